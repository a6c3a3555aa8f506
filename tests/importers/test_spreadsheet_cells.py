"""Cells of workbooks of every kind: kinds of values, repeated and merged cells, hidden sheets, errors, passwords."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import product
from pathlib import Path

import pytest

import binary_books
import export_books as books
from binary_books import VALUE, Serial
from export_books import HEADER
from importers.test_arrival import store
from shopcare.importers.containers import workbook
from shopcare.importers.formats.catalog import shipped_formats
from shopcare.importers.opening import open_file
from shopcare.importers.result import FileResult
from shopcare.services.context import Context
from shopcare.services.file_imports import Options, import_files
from shopcare.services.order_imports import ORDERS

Take = Callable[[bytes], FileResult]


@pytest.fixture
def ctx(tmp_path: Path) -> Context:
    """A fresh store."""
    return store(tmp_path)


@pytest.fixture
def take(ctx: Context, tmp_path: Path) -> Take:
    """Import these bytes under a name that says nothing."""

    def call(content: bytes) -> FileResult:
        (file := tmp_path / "export").write_bytes(content)
        return import_files(ctx, [str(file)], Options(), ORDERS).files[0]

    return call


def stored(ctx: Context) -> list[tuple[object, ...]]:
    """Orders: number, what was paid, when it was made (noon of 1 August in Shanghai is 1785556800)."""
    with closing(sqlite3.connect(ctx.store)) as conn:
        return conn.execute("SELECT number, paid_minor, ordered_at FROM orders ORDER BY number").fetchall()


def refusal(result: FileResult) -> str:
    """Why a file was refused."""
    assert result.error is not None
    return result.error.code.removeprefix("import.")


def ods_cell(kind: str, said: str = "", shown: str = "", more: str = "") -> str:
    """A cell of an OpenDocument workbook: its kind, what the file states, what a person sees."""
    name = {"date": "date-value", "boolean": "boolean-value"}.get(kind, "value")
    stated = f' office:{name}="{said}"' if said else ""
    kind = f' office:value-type="{kind}"' if kind else ""
    return f"<table:table-cell{kind}{stated}{more}>{f'<text:p>{shown}</text:p>' if shown else ''}</table:table-cell>"


def ods_row(*cells: str, more: str = "") -> str:
    """A row of these cells, laid out the way pretty printers do."""
    return f"\n  <table:table-row{more}>\n    " + "\n    ".join(cells) + "\n  </table:table-row>\n"


ODS_HEADER = ods_row(*(ods_cell("string", shown=name) for name in HEADER))
NOON, NOON_AT = ods_cell("date", "2026-08-01T12:00:00.000000000", "1.8.26 12:00"), 1_785_556_800
FILL = '<table:table-cell table:number-columns-repeated="16381"/>'


def test_values_of_an_open_document_are_what_it_states(take: Take, ctx: Context) -> None:
    """Numbers, currencies, percentages and dates by value, not as shown; texts with their blanks, comments aside."""
    comment = "<office:annotation><text:p>not this</text:p></office:annotation>"
    text = f'<table:table-cell office:value-type="string">{comment}<text:p>N<text:s text:c="2"/>4</text:p></table:table-cell>'
    rows = [
        ods_row(ods_cell("float", "1001", "1,001"), NOON, ods_cell("currency", "1288.5", "1.288,50 €"), FILL),
        ods_row(ods_cell("string", shown="N2"), ods_cell("date", "2026-08-01", "Sat"), ods_cell("percentage", "0.5", "50%")),
        ods_row(ods_cell("float", "9900000000000000101", "9.9E+18"), NOON, ods_cell("float", "1", "1")),
        ods_row(text, NOON, ods_cell("float", "32.9", "33")),
    ]  # fmt: skip
    result = take(books.ods_of(ODS_HEADER + "".join(rows)))
    assert [(bad.line, bad.code) for bad in result.tally.rejected] == [(4, "id-precision-lost")]
    midnight = NOON_AT - 43_200
    assert stored(ctx) == [("1001", 128_850, NOON_AT), ("N  4", 3290, NOON_AT), ("N2", 50, midnight)]


def test_repeated_and_covered_cells_of_an_open_document(take: Take, ctx: Context) -> None:
    """Blank rows count, a million blank rows at the end do not, a row that stands twice is the same row twice."""
    order = [ods_cell("string", shown="N1"), NOON, ods_cell("float", "5", "5")]
    rows = [
        ods_row(ods_cell("string", shown="August"), '<table:covered-table-cell table:number-columns-repeated="2"/>'),
        ods_row("<table:table-cell/>", more=' table:number-rows-repeated="3"'),
        ODS_HEADER,
        ods_row(*order, more=' table:number-rows-repeated="2"'),
        ods_row(ods_cell("string", shown="bad"), NOON, ods_cell("string", shown="x")),
        ods_row(FILL, more=' table:number-rows-repeated="1048000"'),
    ]
    result = take(books.ods_of("".join(rows)))
    assert (result.header_line, [(bad.line, bad.code) for bad in result.tally.rejected]) == (5, [(8, "bad-amount")])
    assert stored(ctx) == [("N1", 500, NOON_AT)]


def test_a_hidden_sheet_of_an_open_document_is_left_out(take: Take, ctx: Context) -> None:
    """What its style does not display is not read, like in every other kind of workbook."""
    style = (
        '<office:automatic-styles><style:style style:name="h"><style:table-properties table:display="false"/></style:style>'
        "</office:automatic-styles>"
    )
    order = ods_row(ods_cell("string", shown="OLD"), NOON, ods_cell("float", "5", "5"))
    hidden = f'<table:table table:name="Old" table:style-name="h">{ODS_HEADER}{order}</table:table>'
    result = take(books.ods_of(ODS_HEADER + order.replace("OLD", "NEW"), styles=style, before=hidden))
    assert (result.sheet, [number for number, _paid, _at in stored(ctx)]) == ("Orders", ["NEW"])


@pytest.mark.parametrize(
    "more",
    [
        'table:number-rows-repeated="1048577"',
        'table:number-rows-repeated="0"',
        'table:number-rows-repeated="-1"',
        'table:number-rows-repeated="x"',
    ],
)
def test_impossible_repetitions_of_an_open_document(more: str, take: Take) -> None:
    """More rows than a sheet has, or none, is damage."""
    assert refusal(take(books.ods_of(ODS_HEADER + ods_row(NOON, more=" " + more)))) == "corrupt-file"


def test_a_declared_entity_of_an_open_document_is_refused(take: Take) -> None:
    """Nothing is expanded or fetched."""
    content = books.ods(books.TWO_ORDERS, doctype='<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>')
    assert refusal(take(content)) == "corrupt-file"


DAY = 46_235.5  # noon of 1 August 2026, counted from 1900
BINARY = {"xls": binary_books.xls, "xlsb": binary_books.xlsb}


@pytest.mark.parametrize("kind", BINARY)
@pytest.mark.parametrize("is_1904", [False, True])
def test_binary_workbooks_and_both_first_days(kind: str, is_1904: bool, take: Take, ctx: Context) -> None:
    """xls and xlsb give what an xlsx gives; days are counted from 1900 or 1904, as the workbook says."""
    day = Serial(DAY - 1462 if is_1904 else DAY)
    rows = [HEADER, ("N1", day, 32.9), (1001.0, "2026-08-01 12:00:00", "10.00"), (9900000000000000101.0, day, 1.0)]
    result = take(BINARY[kind]({"S": rows}, is_1904=is_1904))
    assert (result.container, [(bad.line, bad.code) for bad in result.tally.rejected]) == (
        kind,
        [(4, "id-precision-lost")],
    )
    assert stored(ctx) == [("1001", 1000, NOON_AT), ("N1", 3290, NOON_AT)]


@pytest.mark.parametrize("kind", BINARY)
def test_hidden_and_very_hidden_sheets(kind: str, take: Take, ctx: Context) -> None:
    """Neither is read."""
    row = (Serial(DAY), 5.0)
    sheets = {"Hidden": [HEADER, ("H", *row)], "Very": [HEADER, ("V", *row)], "Shown": [HEADER, ("S", *row)]}
    result = take(BINARY[kind](sheets, hidden=["Hidden", "Very"]))
    assert (result.sheet, [number for number, _paid, _at in stored(ctx)]) == ("Shown", ["S"])


def workbook_of_errors(kind: str) -> bytes:
    """A second sheet whose cells hold errors: as order number, as time, as amount, as quantity, as buyer and article."""
    header = (*HEADER, "quantity", "customer_id", "sku", "status")
    at = "2026-08-01 12:00:00"
    error = {"xlsx": "#VALUE!", "ods": "#VALUE!"}.get(kind, VALUE)
    rows = [
        header, (error, at, "5", "1", "b", "s", "paid"), ("T", error, "5", "1", "b", "s", "paid"),
        ("A", at, error, "1", "b", "s", "paid"), ("Q", at, "5", error, "b", "s", "paid"),
        ("B", at, "5", "1", error, error, "paid"), ("S", at, "5", "1", "b", "s", error),
    ]  # fmt: skip
    first: Sequence[Sequence[str]] = [("Notes",)]
    if kind == "ods":
        lines = "".join(
            ods_row(*(ods_error(c) if c == error else ods_cell("string", shown=str(c)) for c in row)) for row in rows
        )
        return books.ods_of(
            lines, before=f'<table:table table:name="N">{ods_row(ods_cell("string", shown="Notes"))}</table:table>'
        )
    if kind == "xlsx":
        return books.xlsx({"N": first, "S": rows})  # type: ignore[dict-item]  # there are no error codes in it
    return BINARY[kind]({"N": first, "S": rows})  # type: ignore[dict-item]


def ods_error(text: str) -> str:
    """An error as LibreOffice writes it: a string without a value."""
    more = ' table:formula="of:=A1" office:value-type="string" office:string-value="" calcext:value-type="error"'
    return f"<table:table-cell{more}><text:p>{text}</text:p></table:table-cell>"


@pytest.mark.parametrize("kind", ["xlsx", "xls", "xlsb", "ods"])
def test_an_error_is_neither_nothing_nor_a_name(kind: str, take: Take, ctx: Context) -> None:
    """Formulas that failed are named as bad cells where a value is needed, and identify neither buyer nor article."""
    result = take(workbook_of_errors(kind))
    assert [(bad.line, bad.code) for bad in result.tally.rejected] == [
        (2, "error-cell"), (3, "bad-date"), (4, "bad-amount"), (5, "bad-quantity")
    ]  # fmt: skip
    assert result.tally.unmapped == {"#VALUE!": 1}
    with closing(sqlite3.connect(ctx.store)) as conn:
        assert conn.execute("SELECT number, customer_id IS NULL FROM orders ORDER BY 1").fetchall() == [
            ("B", 1),
            ("S", 0),
        ]
        assert conn.execute("SELECT COUNT(*) FROM product WHERE sku LIKE '#%'").fetchone() == (0,)


@pytest.mark.parametrize("error", ["#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "Err:502"])
def test_errors_in_a_text_are_the_same(error: str, take: Take, ctx: Context) -> None:
    """A workbook with errors saved as CSV."""
    result = take(f"order_id,ordered_at,paid\n{error},2026-08-01,5\nA,2026-08-01,{error}\nT,{error},5\n".encode())
    assert [bad.code for bad in result.tally.rejected] == ["error-cell", "bad-amount", "bad-date"]
    assert stored(ctx) == []


@pytest.mark.parametrize("sheets", [{"S": books.TWO_ORDERS}, {"A": [("x",)], "B": books.TWO_ORDERS}])
def test_an_xls_with_a_password_is_named(sheets: dict[str, list[tuple[str, ...]]], take: Take) -> None:
    """The sign of it (FILEPASS) stands in the open; nothing after it can be read."""
    assert refusal(take(binary_books.xls(sheets, locked=True))) == "encrypted"


@pytest.mark.parametrize("kind", BINARY)
def test_a_small_workbook_gets_no_gigabytes(kind: str, take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell in the far corner asks for them; it is stopped by what so few bytes can need."""
    monkeypatch.setattr(workbook, "MEMORY_BYTES_BASE", 300 << 20)
    rows = [HEADER, *[()] * 60_000, (*[""] * 250, "x")]
    assert refusal(take(BINARY[kind]({"S": rows}))) == "too-large"


@pytest.mark.parametrize("place", range(0, 6000, 400))
@pytest.mark.parametrize("kind", BINARY)
def test_a_binary_workbook_cut_off_anywhere(kind: str, place: int, take: Take, ctx: Context) -> None:
    """Refused with a sentence, or taken whole; never in part."""
    content = workbook_of_errors(kind)
    result = take(content[:place])
    assert result.error is None or str(result.error)
    assert len(stored(ctx)) in (0, 2)


@pytest.mark.parametrize("kind", ["xlsx", "xml"])
def test_a_cell_may_hold_what_divides_cells_and_rows(kind: str, tmp_path: Path) -> None:
    """Commas, quotes and line breaks within cells neither split nor move a row: it has its cells, and the sheet's number."""
    cells = [f"x{''.join(marks)}y" for marks in product(',"\n\ra', repeat=3)]
    rows = [
        HEADER,
        *((f"N{number}", "2026-08-01", cell) for number, cell in enumerate(cells)),
        ("last", "2026-08-01", "5"),
    ]
    (file := tmp_path / "export").write_bytes(books.xlsx({"S": rows}) if kind == "xlsx" else books.excel_xml(rows))
    read = [(number, *cells) for number, cells, _line in open_file(str(file), shipped_formats()).rows()]
    assert [unbroken(row) for row in read] == [unbroken((number, *row)) for number, row in enumerate(rows[1:], 2)]


def unbroken(row: tuple[int | str, ...]) -> list[int | str]:
    """A row in which every kind of line break is one."""
    return [re.sub("\r\n?", "\n", cell) if isinstance(cell, str) else cell for cell in row]


def test_formulas_merged_cells_and_kinds_of_text_of_an_xlsx(take: Take, ctx: Context) -> None:
    """What a formula came to stands for it; of merged cells the first has the value; texts come in three kinds."""

    def cell(place: str, inner: str, kind: str = "") -> str:
        return f'<c r="{place}" t="{kind or "n"}">{inner}</c>'

    header = "".join(
        cell(f"{letter}2", f"<is><t>{name}</t></is>", "inlineStr") for letter, name in zip("ABC", HEADER, strict=True)
    )
    sheet = (
        f'<worksheet xmlns="{books.MAIN}"><sheetData><row r="1">{cell("A1", "<is><t>August</t></is>", "inlineStr")}</row>'
        f'<row r="2">{header}</row>'
        f'<row r="3">{cell("A3", "<f>A9&amp;1</f><v>N1</v>", "str")}{cell("B3", "<v>2026-08-01T12:00:00</v>", "d")}'
        f'{cell("C3", "<f>SUM(C8:C9)</f><v>32.9</v>")}</row>'
        f'<row r="4">{cell("A4", "<is><r><t>N</t></r><r><t>2</t></r></is>", "inlineStr")}'
        f'{cell("B4", "<v>2026-08-01 12:00</v>", "str")}{cell("C4", "<f>1</f><v>5</v>")}</row>'
        f'<row r="5">{cell("A5", "<v>1</v>", "b")}{cell("B5", "<v>x</v>", "str")}{cell("C5", "<f>C1</f><v>#REF!</v>", "e")}</row>'
        '</sheetData><mergeCells count="1"><mergeCell ref="A1:C1"/></mergeCells></worksheet>'
    )  # fmt: skip
    result = take(books.xlsx({"S": sheet}))
    assert result.header_line == 2
    assert [bad.line for bad in result.tally.rejected] == [5]
    assert stored(ctx) == [("N1", 3290, NOON_AT), ("N2", 500, NOON_AT)]
