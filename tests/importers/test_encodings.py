"""In which encoding a text is: the header decides; where it reads the same in all, the bytes of the rows have to show it."""

from __future__ import annotations

import codecs
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from importers.test_arrival import store
from shopcare.errors import UsageError
from shopcare.importers.result import FileResult
from shopcare.importers.text.encodings import looks_chinese, looks_western
from shopcare.services import format_files
from shopcare.services.context import Context
from shopcare.services.file_imports import Options, import_files
from shopcare.services.order_imports import ORDERS

HERE = Path(__file__).parent
PLAIN = "order_id,ordered_at,paid,title\n"
SHOPIFY = (
    "Name,Email,Financial Status,Paid at,Currency,Total,Created at,Lineitem quantity,Lineitem name,Lineitem price\n"
)
CHINESE, JAPANESE, WESTERN = ("玻璃杯", "雨伞（蓝色）"), ("日本語の商品", "タオル"), ("café crème", "Ação — São João")

Take = Callable[..., FileResult]


@pytest.fixture
def ctx(tmp_path: Path) -> Context:
    """A fresh store."""
    return store(tmp_path)


@pytest.fixture
def take(ctx: Context, tmp_path: Path) -> Take:
    """Import these bytes."""

    def call(content: bytes, **options: object) -> FileResult:
        (file := tmp_path / "a.csv").write_bytes(content)
        return import_files(ctx, [str(file)], Options(**options), ORDERS).files[0]  # type: ignore[arg-type]

    return call


def titles(ctx: Context) -> list[str]:
    """What the lines of the store are called."""
    with closing(sqlite3.connect(ctx.store)) as conn:
        return [title for (title,) in conn.execute("SELECT title FROM order_line ORDER BY order_id")]


def plain(names: tuple[str, ...]) -> str:
    """Generic orders of these articles."""
    return PLAIN + "".join(f"N{n},2026-08-01,1.00,{name}\n" for n, name in enumerate(names))


def shopify(names: tuple[str, ...]) -> str:
    """The same as Shopify writes them."""
    row = "#{n},a{n}@example.com,paid,2026-08-01 10:11:12 +0900,CNY,100,2026-08-01 10:11:12 +0900,1,{name},100\n"
    return SHOPIFY + "".join(row.format(n=n, name=name) for n, name in enumerate(names))


MARKS = {
    "utf-8": codecs.BOM_UTF8, "utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE, "utf-32-be": codecs.BOM_UTF32_BE, "gb18030": "\ufeff".encode("gb18030"),
}  # fmt: skip


@pytest.mark.parametrize("marked", [True, False])
@pytest.mark.parametrize("encoding", MARKS)
@pytest.mark.parametrize("kind", ["plain", "shopify", "taobao"])
def test_unicode_with_and_without_a_mark(kind: str, encoding: str, marked: bool, take: Take, ctx: Context) -> None:
    """Every file of every platform is the same whichever way it was saved, a quoted first header name too."""
    taobao = (HERE / "taobao/taobao_ExportOrderList202608010900.csv").read_bytes().decode("gb18030")
    text = {"plain": plain(CHINESE), "shopify": shopify(CHINESE), "taobao": taobao}[kind]
    result = take(MARKS[encoding] * marked + text.encode(encoding))
    assert (result.error, result.tally.rejected) == (None, [])
    assert result.outcome.new == (8 if kind == "taobao" else 2)
    if kind != "taobao":
        assert titles(ctx) == list(CHINESE)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_padding_after_wide_characters(encoding: str, take: Take, ctx: Context) -> None:
    """NULs an interrupted copy left take no part of the last character with them."""
    result = take(MARKS[encoding] + plain(CHINESE).encode(encoding) + bytes(4096))
    assert (result.error, result.tally.rejected, titles(ctx)) == (None, [], list(CHINESE))


@pytest.mark.parametrize("text", [plain, shopify])
@pytest.mark.parametrize(
    ("names", "encoding", "found"),
    [(CHINESE, "gb18030", "gbk"), (("玻璃€杯", "𠀀㐀镕"), "gb18030", "gbk"), (WESTERN, "cp1252", "cp1252"), (("Ñandú", "nº 5"), "cp1252", "cp1252")],
)  # fmt: skip
def test_a_header_in_plain_letters_leaves_it_to_the_rows(
    text: Callable[[tuple[str, ...]], str], names: tuple[str, ...], encoding: str, found: str, take: Take, ctx: Context
) -> None:
    """Chinese re-saved by a spreadsheet in GBK and Western text in Windows-1252 are told by how their bytes stand together."""
    result = take(text(names).encode(encoding))
    assert (result.error, result.encoding, result.tally.rejected) == (None, found, [])
    assert titles(ctx) == list(names)


@pytest.mark.parametrize("text", [plain, shopify])
@pytest.mark.parametrize(
    ("names", "encoding"), [(JAPANESE, "cp932"), (("Привет мир",), "cp1251"), (("한국어 상품",), "johab")]
)
def test_what_nothing_shows_is_not_guessed(
    text: Callable[[tuple[str, ...]], str], names: tuple[str, ...], encoding: str, take: Take, ctx: Context
) -> None:
    """That some bytes are valid Windows-1252 or GBK proves nothing: their rows are rejected; the option decides."""
    content = text(names).encode(encoding)
    assert [bad.code for bad in take(content).tally.rejected] == ["bad-encoding"] * len(names)
    assert titles(ctx) == []
    assert take(content, encoding=encoding).tally.rejected == []
    assert titles(ctx) == list(names)


def test_a_column_of_another_encoding_does_not_hide_in_a_known_header(take: Take, ctx: Context) -> None:
    """A column the seller added is Chinese; all names that are known read the same in every encoding."""
    result = take(
        shopify(CHINESE)
        .replace("Lineitem price\n", "Lineitem price,备注\n")
        .replace(",100\n", ",100,好\n")
        .encode("gbk")
    )
    assert (result.encoding, result.ignored, titles(ctx)) == ("gbk", ("备注",), list(CHINESE))


def test_late_bytes_of_another_encoding_are_no_western_text(take: Take) -> None:
    """Beyond what is looked at for the encoding only a row's own bytes can tell."""
    head = (
        SHOPIFY + 3000 * "#1,a@example.com,paid,2026-08-01 10:11:12 +0900,CNY,100,2026-08-01 10:11:12 +0900,1,x,100\n"
    )
    rows = "#2,b@example.com,paid,2026-08-01 10:11:12 +0900,CNY,100,2026-08-01 10:11:12 +0900,1,{},100\n"
    western = take((head + rows.format("Müller")).encode("cp1252"))
    assert western.tally.rejected == []
    for name, encoding in (("玻璃杯", "gbk"), ("タオル", "cp932")):
        assert [bad.code for bad in take((head + rows.format(name)).encode(encoding)).tally.rejected] == [
            "bad-encoding"
        ]


@pytest.mark.parametrize(
    ("header", "encoding"),
    [("numéro,date,payé", "cp1252"), ("订单,时间,实付", "gbk"), ("Größe,Datum,Betrag", "cp1252")],
)
def test_names_of_ones_own_decide_too(header: str, encoding: str, take: Take, tmp_path: Path) -> None:
    """`--column` names and a format made from the file are read as they were written."""
    content = f"{header}\nN1,2026-08-01,1.00\n".encode(encoding)
    named = dict(zip(("order_id", "ordered_at", "paid"), header.split(","), strict=True))
    assert take(content, columns=named).outcome.new == 1
    _table, proposal = format_files.propose(str(tmp_path / "a.csv"), "orders", named)
    format_files.save(format_files.check_name("mine"), "a.csv", proposal)
    again = take(content)
    assert (again.error, again.format) == (None, "mine")


@pytest.mark.parametrize(
    "name",
    [
        "rot13",
        "base64",
        "hex",
        "zlib",
        "idna",
        "punycode",
        "undefined",
        "unicode_escape",
        "raw_unicode_escape",
        "mbcs",
        "oem",
        "",
        "a\0b",
        "🙂",
    ],
)
def test_what_is_no_text_encoding_is_a_wrong_call(name: str, take: Take) -> None:
    """The call is refused before any file is opened."""
    with pytest.raises(UsageError, match="no text encoding"):
        take(plain(CHINESE).encode(), encoding=name)


@pytest.mark.parametrize(
    "name",
    [
        "utf-16",
        "utf-16-le",
        "UTF-32",
        "utf-7",
        "utf-8-sig",
        "big5",
        "euc-jp",
        "hz",
        "iso2022_jp",
        "cp037",
        "shift_jis",
        "latin-1",
    ],
)
@pytest.mark.parametrize("kind", ["taobao", "plain"])
def test_no_encoding_ends_in_a_traceback(name: str, kind: str, take: Take) -> None:
    """Wrong or right, a file is taken or refused."""
    taobao = (HERE / "taobao/taobao_ExportOrderList202608010900.csv").read_bytes()
    result = take(taobao if kind == "taobao" else plain(("x",)).encode(), encoding=name)
    assert result.error is None or str(result.error)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_a_named_wide_encoding_needs_no_mark(encoding: str, take: Take, ctx: Context) -> None:
    """Which byte comes first is seen from the header."""
    assert take(plain(CHINESE).encode(encoding), encoding=encoding[:6]).error is None
    assert titles(ctx) == list(CHINESE)


def test_a_wrong_encoding_named_is_said(take: Take) -> None:
    """The header shows what the file is in; no column is called missing."""
    error = take((HERE / "taobao/taobao_ExportOrderList202608010900.csv").read_bytes(), encoding="utf-8").error
    assert error is not None
    assert error.code == "import.wrong-encoding"
    assert "gbk" in str(error)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-8"])
def test_a_foreign_table_in_wide_characters_is_no_noise(encoding: str, take: Take) -> None:
    """What is said of it is that its header is not known."""
    error = take(MARKS[encoding] + "Kontonummer;Saldo\n1;2\n".encode(encoding)).error
    assert error is not None
    assert error.code == "import.unknown-format"
    assert "Kontonummer" in str(error)


@pytest.mark.parametrize("content", [b"\0-\0\1\0\x80\0", b"a\0,\0\0\xd8,\0b\0", b"\xff\xfe\0\xdc,\0a\0"])
def test_halves_of_wide_characters_are_a_sentence(content: bytes, take: Take) -> None:
    """A header of them is refused like any other that is not known."""
    error = take(content).error
    assert error is not None
    str(error).encode()


@pytest.mark.parametrize("blank", ["\u3000\u3000\n", "\u00a0,\u2003\n\n", ",,,\n,,,\n"])
def test_blanks_of_every_width_are_an_empty_file(blank: str, take: Take) -> None:
    """There is no header to speak of."""
    error = take(blank.encode()).error
    assert error is not None
    assert error.code == "import.empty-file"


@pytest.mark.parametrize("end", ["\x1a", "\x1a\x1a", "\x1a\0\0\0\0\0"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_an_end_of_file_character_is_no_row(newline: str, end: str, take: Take) -> None:
    """Old programs end a text with Ctrl-Z."""
    result = take((plain(CHINESE).replace("\n", newline) + end).encode())
    assert (result.tally.rejected, result.outcome.new) == ([], 2)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_every_delimiter_in_every_encoding(delimiter: str, encoding: str, take: Take, ctx: Context) -> None:
    """Also where a delimiter's byte is half of a Chinese character (0x7C)."""
    names = ("玻璃杯", "瓅")
    assert b"|" in "瓅".encode("gbk")
    assert take(plain(names).replace(",", delimiter).encode(encoding)).error is None
    assert titles(ctx) == list(names)


@pytest.mark.parametrize(
    ("text", "encoding", "chinese", "western"),
    [("", "utf-8", False, False), ("雨伞 示例 蓝色", "gbk", True, False), ("é", "cp1252", False, True), ("Ação coração", "cp1252", False, True),
     ("タオル ハンカチ", "cp932", False, False), ("日本語の商品", "cp932", False, False), ("日本語の商品です", "euc-jp", False, False), ("Привет мир", "cp1251", False, False)],
)  # fmt: skip
def test_how_bytes_stand_together(text: str, encoding: str, chinese: bool, western: bool) -> None:
    """Pairs of common characters are Chinese, letters by themselves Western, anything else is neither."""
    sample = text.encode(encoding)
    assert (looks_chinese(sample), looks_western(sample)) == (chinese, western)


MISREAD = [
    ("gb18030", "latin-1"),
    ("gb18030", "cp1252"),
    ("utf-8", "gb18030"),
    ("utf-8", "cp1252"),
    ("utf-8", "latin-1"),
]
CHINESE_SAMPLES = [
    "taobao/taobao_ExportOrderList202608010900.csv",
    "jd/jd_orders.csv",
    "douyin/douyin_orders.csv",
    "wechat/wechat_orders.csv",
]


@pytest.mark.parametrize("sample", CHINESE_SAMPLES)
@pytest.mark.parametrize(("meant", "taken"), MISREAD)
def test_text_saved_in_a_wrong_encoding_is_named_even_where_letters_were_lost(
    meant: str, taken: str, sample: str, take: Take
) -> None:
    """Every customary misreading, with what could not be read replaced as programs do: the names that came through tell."""
    content = (HERE / sample).read_bytes()
    encoding = (
        "utf-8-sig" if content.startswith(codecs.BOM_UTF8) else "gb18030" if b"\xb6\xa9" in content[:200] else "utf-8"
    )
    damaged = content.decode(encoding).encode(meant).decode(taken, "replace")
    error = take(damaged.encode()).error
    assert error is not None
    assert error.code == "import.mojibake"
    meant_name = str(error.context["meant"])
    assert meant_name.strip() in content.decode(encoding).split("\n")[0]


ROW = "#{n},a{n}@example.com,paid,2026-08-01 10:11:12 +0900,CNY,100,2026-08-01 10:11:12 +0900,1,{name},100\n"
BAD = {"utf-8": b"Caf\xe9", "gb18030": b"\xc8\xff", "cp1252": b"\x81"}


@pytest.mark.parametrize("where", ["first", "last"])
@pytest.mark.parametrize(
    ("text", "names", "encoding"),
    [
        (plain, WESTERN, "utf-8"), (shopify, WESTERN, "utf-8"), (plain, CHINESE, "utf-8"), (plain, CHINESE, "gb18030"),
        (shopify, CHINESE, "gb18030"),
    ],
)  # fmt: skip
def test_one_bad_byte_is_one_bad_row(
    text: Callable[[tuple[str, ...]], str],
    names: tuple[str, ...],
    encoding: str,
    where: str,
    take: Take,
    ctx: Context,
) -> None:
    """It does not make the other rows another encoding: what most of the bytes show counts."""
    header, *rows = text(names * 10).encode(encoding).splitlines(keepends=True)
    bad = rows[0].replace(names[0].encode(encoding), BAD[encoding]).replace(b"N0", b"X").replace(b"#0", b"#X")
    rows = [bad, *rows] if where == "first" else [*rows, bad]
    result = take(header + b"".join(rows))
    assert [reject.code for reject in result.tally.rejected] == ["bad-encoding"]
    assert sorted(titles(ctx)) == sorted(names * 10)


def test_a_late_bad_byte_in_a_text_that_is_utf_8(take: Take, ctx: Context) -> None:
    """Beyond what is looked at for the encoding a byte that is not UTF-8 is no Western letter either."""
    rows = "".join(ROW.format(n=n, name="Café") for n in range(2000)).encode()
    result = take(SHOPIFY.encode() + rows + ROW.format(n="X", name="Müller").encode("cp1252"))
    assert [reject.code for reject in result.tally.rejected] == ["bad-encoding"]
    assert set(titles(ctx)) == {"Café"}


@pytest.mark.parametrize("quote", ["", '"'])
def test_late_single_characters_of_another_encoding(quote: str, take: Take, ctx: Context) -> None:
    """One Chinese character by itself is as short as two Western letters; the text around it shows which it is."""
    rows = "".join(ROW.format(n=n, name=f"{quote}x{quote}") for n in range(2000)).encode()
    late = "".join(ROW.format(n=f"X{n}", name=f"{quote}{name}{quote}") for n, name in enumerate(["红", "L码", "蓝"]))
    result = take(SHOPIFY.encode() + rows + late.encode("gbk"))
    assert [reject.code for reject in result.tally.rejected] == ["bad-encoding"] * 3
    assert set(titles(ctx)) == {"x"}


def test_korean_is_not_taken_for_chinese(take: Take) -> None:
    """Its bytes are those of everyday Chinese characters, but never of the later ones among them."""
    words = ("한국어 상품", "우산 파란색 대형", "유리컵 세트", "여름 원피스", "신발 운동화 검정", "가방 노트북")
    assert [bad.code for bad in take(plain(words).encode("euc_kr")).tally.rejected] == ["bad-encoding"] * len(words)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-8", "gb18030"])
def test_a_file_that_ends_within_a_character_is_cut(encoding: str, take: Take, ctx: Context) -> None:
    """Its last row is truncated, and no NULs are spoken of that are not there."""
    content = plain((*CHINESE, "杯")).encode(encoding)
    result = take(content[: -len("\n".encode(encoding).removeprefix(codecs.BOM_UTF16_LE)) - 1])
    assert [bad.code for bad in result.tally.rejected] == ["truncated"]
    assert not [warning for warning in result.warnings if "NUL" in warning.text]
    assert titles(ctx) == list(CHINESE)


def test_a_nul_near_the_beginning_is_no_padding_at_the_end(take: Take) -> None:
    """A narrow text of odd length with a NUL in its first row has no NULs at its end."""
    text = (PLAIN + "A\0,2026-08-01,1.00,x\n").encode()
    for content in (text, text.replace(b"x", b"xy")):
        assert not [warning for warning in take(content).warnings if "NUL" in warning.text]
