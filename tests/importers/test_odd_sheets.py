"""Workbooks that state something oddly: what a reader would lose without a word is read, or named as bad."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

import binary_books
import export_books as books
from importers.test_arrival import store
from shopcare.importers.containers import restated_xlsx
from shopcare.importers.result import FileResult
from shopcare.importers.values.cells import ERRORS
from shopcare.services.context import Context
from shopcare.services.file_imports import Options, import_files
from shopcare.services.order_imports import ORDERS

Take = Callable[[bytes], FileResult]
HEADER = ("order_id", "ordered_at", "paid", "quantity", "refunded")
AT = "2026-08-01 12:00:00"
NOON = 1_785_556_800  # in Shanghai


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


def stored(ctx: Context) -> dict[str, tuple[int, int]]:
    """Orders: what was paid, and when they were made."""
    with closing(sqlite3.connect(ctx.store)) as conn:
        rows = conn.execute("SELECT number, paid_minor, ordered_at FROM orders ORDER BY number").fetchall()
    return {number: (paid, at) for number, paid, at in rows}


def rejected(result: FileResult) -> list[tuple[int, str]]:
    """Lines and codes of what was rejected."""
    assert result.error is None, result.error
    return [(bad.line, bad.code) for bad in result.tally.rejected]


def sheet_with(cell: str, padding: int = 0) -> bytes:
    """An xlsx of two orders of which the first is refunded by this cell; many blank characters may stand before it."""
    text = books.sheet_xml([HEADER, ("A1", AT, "5", "1", "REFUND"), ("A2", AT, "6", "1", "1")])
    text = re.sub(r'<c r="E2".*?</c>', " " * padding + cell.replace("\\", r"\\"), text)
    return books.xlsx({"S": text})


UNKNOWN = [
    '<c r="E2" t="e"><v>#DIV/0!</v></c>',
    "<c t='e' r='E2'><v>#REF!</v></c>",
    '<c t="e"><v>#N/A</v></c>',
    '<c r="E2" t="e"/>',
    '<c r="E2" t="e"><v>#SPILL!</v></c>',
    '<c r="E2" t="e"><f>1</f><v>#CALC!</v></c>',
    '<c r="E2" t="e"><f><![CDATA[1<0]]></f><v>#NUM!</v></c>',
    f'<c r="E2" t="e"><f>IF(A1="{"x" * 3000}",1)</f>\n<v xml:space="preserve"> #NAME? </v></c>',
    '<c r="E2"><f>SUM(A1)</f></c>',
    '<c r="E2"><f>SUM(A1)</f><v></v></c>',
    '<c r="E2"><f>SUM(A1)</f><v/></c>',
    '<c r="E2" t="str"><f>A1</f></c>',
    '<c r="E2"><f>A1</f><v>1</v></c><c r="F2"><f t="shared" si="0"/></c>',
]


@pytest.mark.parametrize("cell", UNKNOWN)
@pytest.mark.parametrize("padding", [0, (1 << 20) - 600])
def test_what_is_not_known_is_not_taken_for_nothing(cell: str, padding: int, take: Take, ctx: Context) -> None:
    """Errors and formulas that nobody calculated, however they are written and wherever the blocks of the sheet end."""
    cell = cell.replace('<c r="E2"><f>A1</f><v>1</v></c><c r="F2">', '<c r="F2"><f>A1</f><v>1</v></c><c r="E2">')
    result = take(sheet_with(cell, padding))
    assert (rejected(result), list(stored(ctx))) == ([(2, "bad-amount")], ["A2"])


@pytest.mark.parametrize("cell", ['<c r="E2" t="str"><f>""</f><v></v></c>', '<c r="E2"/>', ""])
def test_what_came_to_nothing_is_nothing(cell: str, take: Take, ctx: Context) -> None:
    """A formula whose result is an empty text, and a blank cell."""
    assert rejected(take(sheet_with(cell))) == []
    assert stored(ctx) == {"A1": (500, NOON), "A2": (600, NOON)}


def test_a_text_in_a_section_is_a_text(take: Take) -> None:
    """CDATA is a way to write text like any other."""
    result = take(sheet_with('<c r="E2" t="str"><v><![CDATA[bad & <worse>]]></v></c>'))
    assert [str(bad.message) for bad in result.tally.rejected] == ["refunded: 'bad & <worse>' is not an amount"]


def test_the_name_of_an_unknown_result_is_the_name_of_an_error() -> None:
    """It names no buyer and no article, as the errors of spreadsheets do not."""
    assert {restated_xlsx.NOT_CALCULATED, restated_xlsx.UNNAMED_ERROR} <= ERRORS


FORMULA = {
    "ods": books.ods_of(
        "".join(
            "<table:table-row>"
            + "".join(f'<table:table-cell office:value-type="string"><text:p>{c}</text:p></table:table-cell>' for c in row)
            + "</table:table-row>"
            for row in [HEADER, ("A1", AT, "5", "1", "@"), ("A2", AT, "6", "1", "")]
        ).replace('office:value-type="string"><text:p>@</text:p>', 'table:formula="of:=1+1">')
    ),
    "xml": books.excel_xml([HEADER, ("A1", AT, "5", "1", "@"), ("A2", AT, "6", "1", "")]).replace(
        b'<Cell><Data ss:Type="String">@</Data></Cell>', b'<Cell ss:Formula="=1+1"/>'
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", FORMULA)
def test_formulas_without_a_result_in_other_workbooks(kind: str, take: Take, ctx: Context) -> None:
    """The same in OpenDocument and SpreadsheetML."""
    assert (rejected(take(FORMULA[kind])), list(stored(ctx))) == ([(2, "bad-amount")], ["A2"])


ROWS = [HEADER, *((f"A{n}", AT, str(n), "1", "") for n in range(1, 5))]
MISNUMBERED = {
    "two rows of one number": (r'(<row r="|<c r="[A-E])4"', r'\g<1>3"'),
    "two rows of one number, cells by place": (r'<row r="4"|<c r="[A-E][0-9]"', lambda m: m[0][:4].strip() + ' r="3"' if "row" in m[0] else "<c"),
    "not in their order": (r'(<row r="|<c r="[A-E])5"', r'\g<1>2"'),
    "all cells in the first row": (r'<c r="([A-E])[0-9]"', r'<c r="\g<1>1"'),
    "all rows the first, no places": (r'<row r="[0-9]"|<c r="[A-E][0-9]"', lambda m: '<row r="1"' if "row" in m[0] else "<c"),
    "columns only": (r'<c r="([A-E])[0-9]"', r'<c r="\g<1>"'),
    "absolute": (r'<c r="([A-E])([0-9])"', r'<c r="$\g<1>$\g<2>"'),
    "a prefix": (r"<(/?)(worksheet|sheetData|row|c|v|is|t)\b( r=\"4\")?", r'<\1x:\2\3'),
}  # fmt: skip


@pytest.mark.parametrize("how", MISNUMBERED)
def test_no_row_is_lost_however_rows_are_numbered(how: str, take: Take, ctx: Context) -> None:
    """Rows that would stand on top of each other stand below each other."""
    was, becomes = MISNUMBERED[how]
    sheet = re.sub(was, becomes, books.sheet_xml(ROWS))  # type: ignore[call-overload]  # a text or a function
    if how == "a prefix":
        sheet = sheet.replace("<x:worksheet xmlns=", "<x:worksheet xmlns:x=").replace('r="5"', 'r="4"')
    assert rejected(take(books.xlsx({"S": sheet}))) == []
    assert [paid for paid, _at in stored(ctx).values()] == [100, 200, 300, 400]


def test_ordinary_sheets_are_read_as_they_are(tmp_path: Path) -> None:
    """Only what needs it is written anew, because that takes several times as long."""
    import zipfile

    for number, sheet in enumerate(
        [books.sheet_xml(ROWS), books.sheet_xml(ROWS * 9000), re.sub(r' r="[A-Z]?[0-9]+"', "", books.sheet_xml(ROWS))]
    ):
        (file := tmp_path / f"{number}.xlsx").write_bytes(books.xlsx({"S": sheet}))
        with zipfile.ZipFile(file) as archive:
            assert not restated_xlsx.is_needed(archive)


SERIAL = 46_235.5 - 1462


def in_1904(kind: str) -> bytes:
    """A workbook that counts from 1904, with a time that is only a number, and an amount that looks like one."""
    rows = [HEADER, ("A1", SERIAL, 44_773.0, 1.0, ""), ("A2", "2026-08-01 12:00:00", "5", "1", "bad")]
    if kind == "xlsx":
        return books.xlsx({"S": rows}, properties='<workbookPr date1904="1"/>')
    if kind in ("xls", "xlsb"):
        made = binary_books.xls if kind == "xls" else binary_books.xlsb
        return made({"S": rows}, is_1904=True)
    if kind == "xml":
        options = "<x:ExcelWorkbook><x:Date1904/></x:ExcelWorkbook>"
        number = re.compile(rb'"String">([0-9.]+)<')
        return number.sub(rb'"Number">\1<', books.excel_xml(rows, more=options))
    lines = "".join(
        "<table:table-row>" + "".join(
            f'<table:table-cell office:value-type="float" office:value="{c}"/>' if isinstance(c, float)
            else f'<table:table-cell office:value-type="string"><text:p>{c}</text:p></table:table-cell>' for c in row
        ) + "</table:table-row>" for row in rows
    )  # fmt: skip
    first_day = (
        '<table:calculation-settings><table:null-date table:date-value="1904-01-01"/></table:calculation-settings>'
    )
    return books.ods_of(lines, before=first_day)


@pytest.mark.parametrize("kind", ["xlsx", "xls", "xlsb", "xml", "ods"])
def test_days_that_are_only_numbers_count_from_the_workbooks_first_day(kind: str, take: Take, ctx: Context) -> None:
    """A cell of no format in a workbook that counts from 1904; amounts are no days."""
    assert rejected(take(in_1904(kind))) == [(3, "bad-amount")]
    assert stored(ctx) == {"A1": (4_477_300, NOON)}


SECOND = [HEADER, ("B1", AT, "7", "1", "")]


@pytest.mark.parametrize(
    ("sheets", "others"),
    [
        ({"July": ROWS, "August": SECOND, "Notes": [("x", "y")], "September": SECOND}, "August, September"),
        ({"July": ROWS, "Blank": [HEADER], "Hidden": SECOND}, ""),
        ({"Notes": [("x", "y")], "July": ROWS}, ""),
    ],
)
def test_a_sheet_that_is_left_out_is_named(
    sheets: dict[str, books.Rows], others: str, take: Take, ctx: Context
) -> None:
    """One sheet is one import; that other visible sheets are exports too is said."""
    result = take(books.xlsx(sheets, hidden=["Hidden"]))
    said = [warning.values for warning in result.warnings if warning.text.startswith("sheets-left-out")]
    assert said == ([{"sheet": "July", "others": others}] if others else [])
    assert list(stored(ctx)) == ["A1", "A2", "A3", "A4"]


def test_more_sheets_than_an_export_has(take: Take) -> None:
    """A header is not looked for in hundreds of sheets."""
    before = "".join(
        f'<table:table table:name="{n}"><table:table-row><table:table-cell office:value-type="string"><text:p>x</text:p>'
        "</table:table-cell></table:table-row></table:table>"
        for n in range(600)
    )
    result = take(books.ods_of("", before=before))
    assert result.error is not None
    assert result.error.code == "import.too-large"


def excel_xml(*cells: str) -> bytes:
    """A SpreadsheetML document with one row of these cells."""
    text = books.excel_xml([HEADER, ("@",)]).decode()
    return text.replace('<Cell><Data ss:Type="String">@</Data></Cell>', "".join(cells)).encode()


def cell(text: str, kind: str = "String", more: str = "") -> str:
    """A cell of it."""
    return f'<Cell><Data ss:Type="{kind}">{text}</Data>{more}</Cell>'


def test_a_comment_is_not_the_value_of_its_cell(take: Take, ctx: Context) -> None:
    """Its text has the same name as the cell's, in a namespace that prefixes share."""
    comment = '<Comment ss:Author="me"><ss:Data xmlns="http://www.w3.org/TR/REC-html40"><B>me:</B>7</ss:Data></Comment>'
    take(excel_xml(cell("A1", more=comment), cell(AT), cell("5", "Number", comment)))
    assert stored(ctx) == {"A1": (500, NOON)}


@pytest.mark.parametrize(
    ("text", "paid"),
    [("1.1000000000000001", 110), ("32.899999999999999", 3290), ("1.0E+2", 10_000), ("0.30000000000000004", 30)],
)
def test_numbers_of_seventeen_digits_are_what_a_spreadsheet_shows(
    text: str, paid: int, take: Take, ctx: Context
) -> None:
    """Excel writes every number out as it has it in memory."""
    take(excel_xml(cell("A1"), cell("2026-08-01T11:59:59.997", "DateTime"), cell(text, "Number")))
    assert stored(ctx) == {"A1": (paid, NOON)}


@pytest.mark.parametrize(
    ("declared", "codec"), [("GB2312", "gbk"), ("gb18030", "gb18030"), ("Big5", "big5"), ("gbk", "utf-8-sig")]
)
def test_documents_in_chinese_encodings(declared: str, codec: str, take: Take, ctx: Context) -> None:
    """What the document declares is read, unless it begins with the mark of UTF-8."""
    text = excel_xml(cell("A1"), cell(AT), cell("元 5")).decode()
    result = take(text.replace('version="1.0"', f'version="1.0" encoding="{declared}"', 1).encode(codec))
    assert rejected(result) == []
    assert stored(ctx) == {"A1": (500, NOON)}


def test_a_few_bytes_that_repeat_a_long_text_are_refused(take: Take) -> None:
    """A row, and a sheet, may come to as much as an export has; what is repeated is counted before it is written out."""
    long = f"<text:p>{'x' * 100_000}</text:p>"
    for more, rows in (("16000", "1"), ("100", "1000000")):
        row = (
            f'<table:table-row table:number-rows-repeated="{rows}"><table:table-cell office:value-type="string" '
            f'table:number-columns-repeated="{more}">{long}</table:table-cell></table:table-row>'
        )
        result = take(books.ods_of(row))
        assert result.error is not None
        assert result.error.code == "import.too-large"
