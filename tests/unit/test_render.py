from __future__ import annotations

import csv
import io
import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcare.cli.output import FieldUnknown, with_fields
from shopcare.domain.report import Block, Column, Message, Report
from shopcare.render import machine
from shopcare.render.markdown import md_text
from shopcare.render.table import table_text
from shopcare.render.text import FORMULA_STARTS, guarded, neutral

NASTY = "\x1b[31m[red]x[/] \u202eabc\u200b\x9b1m\x00\n\t"
COLUMNS = (
    Column("name", "Name"),
    Column("net", "Net", "money"),
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
    assert json.loads(texts["json"])["rows"] == [{"name": None, "net": None, "currency": "CNY", "day": None}]
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
    assert refusal.value.context["columns"] == "currency, day, name, net"


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
