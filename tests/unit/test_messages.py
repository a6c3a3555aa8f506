"""The catalogue is whole, its files are up to date, and no English sentence reaches somebody who reads Chinese."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest
from babel.messages.catalog import Catalog

import messages
from conftest import Run
from shopcare import i18n
from shopcare.cli import pages
from shopcare.errors import NotFound, UsageError
from shopcare.render.refusals import sentence_of
from surface import Surface, surface

CHINESE = re.compile("[一-鿿]")

#: What stays as it is in any language: commands, options, placeholders, codes, file names, format names, examples.
KEPT = re.compile(
    r"`[^`]*`|shopcare [\w ]+|--?[A-Za-z][\w-]*|\{[^}]*\}|\b[A-Z][A-Z0-9_-]+\b|[\w.*-]+\.\w+|\b[a-z]+(?:[_|-][a-z]+)+\b"
)


@pytest.fixture
def chinese() -> Iterator[None]:
    """The process speaks Chinese, and English again afterwards."""
    i18n.set_language("zh")
    yield
    i18n.set_language("en")


@pytest.fixture(scope="module")
def found() -> Surface:
    """The command line as the generator reads it."""
    return surface()


def test_the_catalogue_is_whole_and_up_to_date() -> None:
    """Every message id in the code has a translation with the same blanks, and both files are what would be written."""
    assert messages.main(["--check"]) == 0


@pytest.fixture(scope="module")
def wanted() -> dict[str, set[str]]:
    """Every message id in the code."""
    found, problems = messages.message_ids()
    assert problems == []
    return found


def test_every_message_id_is_answered_in_chinese(wanted: dict[str, set[str]], chinese: None) -> None:
    """The compiled catalogue answers every message id, in Chinese where the answer has words of its own."""
    untouched = [text for text in wanted if i18n._(text) == text and re.search("[A-Za-z]{3}", KEPT.sub("", text))]
    assert [text for text in untouched if text not in NAMES] == []


#: Names that are written alike in both languages.
NAMES = {"woocommerce", "shopify", "judgeme", "K-M", "taobao, pdd, shopify …"}


def test_no_translation_holds_an_english_sentence() -> None:
    """Three English words in a row in a translation are a sentence that was forgotten."""
    for message in messages.read(messages.FOLDER / "shopcare.po"):
        if message.id:
            bare = KEPT.sub("§", str(message.string))
            assert not re.search(r"\b[A-Za-z]{2,} [A-Za-z]{2,} [A-Za-z]{2,}", bare), message.id


def test_help_pages_are_chinese_and_fit_the_screen(run: Run, found: Surface) -> None:
    """Headings, sentences and options of help pages are Chinese; wrapped lines are at most as wide as the terminal."""
    for words in [(), ("case",), *(command.words for command in found.commands())]:
        page = run(*words, "--help", env={"SHOPCARE_LANG": "zh", "COLUMNS": "80"})
        assert page.returncode == 0, page.stderr
        assert page.stdout.startswith("用法：")
        assert "显示本帮助并退出" in page.stdout
        for line in page.stdout.splitlines():
            is_example = line.strip().startswith(("shopcare", "zcat"))
            assert is_example or pages.width_of(line) <= 80, line
            bare = KEPT.sub("", line)
            assert is_example or CHINESE.search(bare) or not re.search(r"[A-Za-z]{3,} [a-z]{2,} [a-z]{2,}", bare), line


@pytest.mark.parametrize(
    "arguments",
    [
        ("nope",), ("shop", "lst"), ("shop", "list", "--nope"), ("shop", "add"), ("shop", "list", "--format", "xml"),
        ("shop", "list", "--fields", "nope"), ("order", "show", "1"), ("case", "show", "A1"), ("customer", "show", "C1"),
        ("case", "open", "1", "--kind", "nope", "--reason", "x"), ("shop", "list", "--now", "soon"),
        ("import", "orders", "missing.csv"), ("shop", "list", "--store", "missing.db"), ("init",),
        ("shop", "add", "/", "--platform", "x", "--currency", "CNY", "--tz", "UTC"), ("shop", "list", "--config", "missing"),
        ("points", "redeem", "C1", "x"), ("tier", "show", "C9"), ("report", "retention", "--tz", "Nowhere/Land"),
        ("report", "retention", "--as-of", "x"), ("import", "orders", "x.csv", "--tz", "Nowhere"),
    ],
)  # fmt: skip
def test_refusals_are_chinese(shop: Run, arguments: tuple[str, ...]) -> None:
    """Both lines of a refusal are Chinese, whatever is wrong."""
    refused = shop(*arguments, env={"SHOPCARE_LANG": "zh"})
    assert refused.returncode not in (0, 1)
    assert refused.stderr
    for line in refused.stderr.splitlines():
        assert CHINESE.search(line), line
        assert not re.search(r"[a-z]{2,} [a-z]{2,} [a-z]{2,}", KEPT.sub("", line)), line


def test_only_our_own_words_are_translated(chinese: None) -> None:
    """A name that happens to be a word of the program stays a name; the kind of thing it is gets translated."""
    assert sentence_of(NotFound(kind="order", key="Orders", listing="")) == "没有订单“Orders”。"
    assert sentence_of(UsageError(problem="Option {name} needs a value.", name="Shop")) == "选项 Shop 需要一个值。"


def test_texts_put_together_by_hand_are_found() -> None:
    """A formatted text where a message id belongs is complained about, also when it got a name first."""
    tree = ast.parse("def f(x):\n    text = f'not {x}'\n    raise UsageError(problem=text)\nColumn('a', 'Label')\n")
    said: list[str] = []
    texts = [text for node in messages._places(tree, set()) for text in messages._literals(node, said.append)]
    assert texts == ["Label"]
    assert len(said) == 1


def test_blanks_must_agree() -> None:
    """A translation that fills other blanks than its message is complained about."""
    catalog = Catalog(locale="zh_CN")
    catalog.add("{a} of {b}", "{b} 的 {a}")
    catalog.add("{a} of {c}", "{c} 的 {d}")
    catalog.add("Empty", "")
    assert len(messages.complaints(catalog)) == 2


def test_the_same_messages_give_the_same_bytes() -> None:
    """Neither a date nor a machine is in the files."""
    wanted = {"Order": {"a.py"}}
    once, again = (messages.updated(Catalog(locale="zh_CN"), wanted) for _time in range(2))
    assert messages.po_bytes(once) == messages.po_bytes(again)
    assert b"POT-Creation-Date" not in messages.po_bytes(once)
    assert messages.mo_bytes(once) == messages.mo_bytes(again)


def test_chinese_is_wrapped_by_width() -> None:
    """Chinese takes two columns a character, breaks anywhere but before closing punctuation, and loses nothing."""
    text = "订单、售后单、会员等级和积分，都在一个本地库里。Use `shopcare init` first."
    for width in range(12, 60):
        lines = pages.wrapped(text, width)
        assert all(pages.width_of(line) <= width + 2 for line in lines)
        assert not any(line.startswith(("、", "，", "。")) for line in lines)
        assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", text)


@pytest.mark.parametrize(
    ("piece", "shown"),
    [("{CASE}", "CASE"), ("[CASE]", "[CASE]"), ("{FILE...}", "FILE..."), ("{action}:<a|b>", "ACTION"), ("[OPTIONS]", "[OPTIONS]")],
)  # fmt: skip
def test_usage_names_arguments_plainly(piece: str, shown: str) -> None:
    """Neither braces nor lists of choices stand in a usage line."""
    assert pages.bare(piece) == shown


def test_words_of_an_option_are_explained_in_chinese(chinese: None) -> None:
    """An option with choices says what its words mean; the words themselves stay, because they are typed."""
    assert pages.explained("What came of it.", ["refunded", "x1"]) == "处理结果。（refunded 已退款）"
    assert pages.explained("What came of it.", []) == "处理结果。"


def test_examples_are_no_message_ids() -> None:
    """Of a literal paragraph the heading and the comments are translated, the commands stay as they are."""
    help_text = "Do it.\n\n\b\nExamples:\n  shopcare do it  # the short way\n  shopcare do that\n"
    seen: list[str] = []
    shown = pages.translated(help_text, lambda text: seen.append(text) or text.upper())
    assert seen == ["Do it.", "Examples:", "the short way"]
    assert shown == "DO IT.\n\n\b\nEXAMPLES:\n  shopcare do it  # THE SHORT WAY\n  shopcare do that"
