from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import shopcare
from shopcare.cli.output import FieldUnknown, with_fields
from shopcare.domain.report import Block, Column, Message, Report
from shopcare.render import machine
from shopcare.render.markdown import md_text
from shopcare.render.table import table_text
from shopcare.render.text import FORMULA_STARTS, guarded, neutral

NASTY = "\x1b[31m[red]x[/] \u202eabc\u200b\x9b1m\x00\n\t"
COLUMNS = (
    Column("name", "Name"),
    Column("net_minor", "Net", "money"),
    Column("currency", "Currency", "id"),
    Column("day", "Day", "day"),
)


def listing(*rows: tuple[object, ...]) -> Report:
    """A list with text, money of several currencies and a day."""
    return Report("shopcare.test/1", "Test", [Block("test", "", COLUMNS, list(rows))], listing=True)  # type: ignore[arg-type]


def forms(report: Report) -> dict[str, str]:
    """The report in every form, table included."""
    makers = {
        "json": machine.json_text,
        "jsonl": machine.jsonl_text,
        "tsv": machine.tsv_text,
        "csv": machine.csv_text,
        "md": md_text,
    }
    return {
        "table": table_text(report, width=80, color=False),
        **{name: "".join(make(report)) for name, make in makers.items()},
    }


def test_no_form_lets_text_steer_a_terminal() -> None:
    """Control, bidi and invisible characters and Rich markup come out visible and harmless in every form."""
    for form, text in forms(listing((NASTY, 100, "CNY", 20000))).items():
        printed = text.replace("\n", "").replace("\t" if form == "tsv" else "", "")
        assert printed.isprintable(), form
        assert "[red]" in text.replace("\\[", "[").replace("\\]", "]"), form


@given(st.text(max_size=40))
def test_json_gives_the_text_back(text: str) -> None:
    """Escaping for safety loses nothing: a program reads exactly what the file said."""
    rows = json.loads("".join(machine.json_text(listing((text, 1, "CNY", 0)))))["rows"]
    assert rows[0]["name"] == text


@given(st.text(max_size=40))
def test_a_csv_cell_is_never_a_formula(text: str) -> None:
    """Whatever a cell held, what a spreadsheet reads does not start a formula and steers nothing."""
    shown = "".join(machine.csv_text(listing((text, 1, "CNY", 0))))
    cell = list(csv.reader(io.StringIO(shown)))[1][0]
    assert not cell.startswith(FORMULA_STARTS)
    assert cell == guarded(text)


@given(st.text(max_size=60))
def test_neutral_text_is_printable(text: str) -> None:
    """Nothing that moves a cursor or hides survives; plain text is untouched."""
    unsafe = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert not [c for c in neutral(text) if unicodedata.category(c) in unsafe and c not in "\u200c\u200d"]
    if text.isprintable():
        assert neutral(text) == text


def test_amounts_follow_the_currency_of_their_row() -> None:
    """Yen have no minor digits; hiding the currency column changes no amount."""
    report = listing(("a", 1234, "JPY", 0), ("b", 1234, "CNY", 0))
    assert [line.split("\t")[1] for line in forms(report)["tsv"].splitlines()] == ["1234", "12.34"]
    assert forms(with_fields(report, ["net"]))["tsv"] == "1234\n12.34\n"


def test_unknown_is_null_star_or_empty_but_never_zero() -> None:
    """What cannot be known is shown as unknown in every form."""
    texts = forms(listing((None, None, "CNY", None)))
    assert json.loads(texts["json"])["rows"] == [{"name": None, "net_minor": None, "currency": "CNY", "day": None}]
    assert texts["tsv"] == "\t\tCNY\t\n"
    assert "*" in texts["table"]
    assert "0" not in texts["table"]


def test_a_list_has_no_header_for_the_next_command_but_csv_has() -> None:
    """TSV of a list is data only; CSV names its columns."""
    texts = forms(listing(("a", 1, "CNY", 0)))
    assert texts["tsv"].splitlines() == ["a\t0.01\tCNY\t1970-01-01"]
    assert texts["csv"].splitlines()[0] == "name,net,currency,day"


def test_fields_pick_and_order_columns_and_name_what_there_is() -> None:
    """An unknown field lists the known ones."""
    assert forms(with_fields(listing(("a", 1, "CNY", 0)), ["day", "name"]))["tsv"] == "1970-01-01\ta\n"
    with pytest.raises(FieldUnknown, match="bogus") as refusal:
        with_fields(listing(), ["bogus"])
    assert refusal.value.context["columns"] == "currency, day, name, net_minor"


def test_warnings_stand_in_json_and_under_tables() -> None:
    """A warning is data for programs and a sentence for people."""
    report = listing()._replace(warnings=[Message("{n} orders left out", {"n": 3})])
    assert json.loads(forms(report)["json"])["warnings"] == ["3 orders left out"]
    assert "! 3 orders left out" in forms(report)["table"]


def test_chinese_columns_line_up() -> None:
    """Double-width characters are counted as two columns, so the next column starts at the same place."""
    lines = forms(listing(("店铺", 100, "CNY", 0), ("shop", 100, "CNY", 0)))["table"].splitlines()
    wide, narrow = (next(line for line in lines if line.startswith(start)) for start in ("店铺", "shop"))
    assert wide.index("1.00") + 2 == narrow.index("1.00")


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_a_narrow_terminal_cuts_nothing_silently(width: int) -> None:
    """Whatever the width, amounts and ids stand whole, and columns that do not fit are named."""
    columns = [Column(f"key_{n}", f"Title {n}", "id") for n in range(12)]
    row = tuple(f"value-{n:02d}" for n in range(12))
    text = table_text(
        Report("t/1", "T", [Block("t", "", tuple(columns), [row])], listing=True), width=width, color=False
    )
    assert all(len(line.rstrip()) <= width for line in text.splitlines())
    for number in range(12):
        assert f"value-{number:02d}" in text or f"Title {number}" in " ".join(text.split("Too narrow for:")[1].split())


def test_columns_that_yield_go_first() -> None:
    """What a list can spare gives way before what it is for."""
    columns = (Column("a", "A", "id"), Column("spare", "Spare", "id"), Column("net_minor", "Net", "money"))
    block = Block("t", "", columns, [("x" * 10, "y" * 10, 100)], currency="CNY", yielding=("spare",))
    text = table_text(Report("t/1", "T", [block], listing=True), width=20, color=False)
    assert "1.00" in text
    assert "yyy" not in text
    assert "Too narrow for: Spare" in " ".join(text.split())


def test_every_amount_says_its_unit() -> None:
    """In JSON an amount's key ends in `_minor`, and only an amount's; tsv and csv write major units under the plain name."""
    source = "".join(path.read_text("utf-8") for path in Path(shopcare.__file__).parent.rglob("*.py"))
    amounts = re.findall(r'Column\(\s*"(\w+)",\s*"[^"]*",\s*"money"', source)
    others = re.findall(r'Column\(\s*"(\w+)",\s*"[^"]*"(?:,\s*"(?!money)\w+")?\)', source)
    assert len(amounts) > 20
    assert [key for key in amounts if not key.endswith("_minor")] == []
    assert [key for key in others if key.endswith("_minor")] == []
    assert "".join(machine.csv_text(listing())).startswith("name,net,currency,day")


def test_facts_are_written_as_json_writes_them() -> None:
    """The comment line of tsv and csv says true and false, not Python's words."""
    report = listing(("a", 1, "CNY", 0))._replace(listing=False, facts={"ok": True, "as_of": "2026-08-01"})
    texts = forms(report)
    assert texts["tsv"].startswith("# ok=true as_of=2026-08-01\n")
    assert texts["csv"].startswith("# ok=true as_of=2026-08-01\n")
