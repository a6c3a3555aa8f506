"""Workbooks and archives written by hand, so that tests can damage every part of them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
OFFICE = "urn:oasis:names:tc:opendocument:xmlns"
CALC = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"
EXCEL = "urn:schemas-microsoft-com:office:spreadsheet"

HEADER = ("order_id", "ordered_at", "paid")
TWO_ORDERS = (HEADER, ("N1", "2026-08-01", "10.00"), ("N2", "2026-08-02", "12.50"))
Rows = Sequence[Sequence[str | float]]


def zipped(members: Mapping[str, bytes | str]) -> bytes:
    """A zip file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def sheet_xml(rows: Rows) -> str:
    """A worksheet whose <dimension> lies."""
    lines = "".join(
        f'<row r="{number}">{"".join(_cell(number, place, value) for place, value in enumerate(row))}</row>'
        for number, row in enumerate(rows, 1)
    )
    return f'<worksheet xmlns="{MAIN}"><dimension ref="A1:A1"/><sheetData>{lines}</sheetData></worksheet>'


def _escaped(value: str | float) -> str:
    return escape(str(value), {"\r": "&#13;"})


def _cell(row: int, place: int, value: str | float) -> str:
    reference = f'r="{chr(65 + place)}{row}"'
    if isinstance(value, float):
        return f"<c {reference}><v>{value!r}</v></c>"
    if value.startswith("#"):
        return f'<c {reference} t="e"><v>{value}</v></c>'
    return f'<c {reference} t="inlineStr"><is><t>{_escaped(value)}</t></is></c>'


def xlsx(sheets: Mapping[str, Rows | str], hidden: Sequence[str] = (), properties: str = "") -> bytes:
    """A workbook; a sheet may be given as XML."""
    parts, listed, links, overrides = {}, "", "", ""
    for number, (name, rows) in enumerate(sheets.items(), 1):
        state = ' state="hidden"' if name in hidden else ""
        parts[f"xl/worksheets/sheet{number}.xml"] = rows if isinstance(rows, str) else sheet_xml(rows)
        listed += f'<sheet name="{escape(name)}" sheetId="{number}"{state} r:id="r{number}"/>'
        links += f'<Relationship Id="r{number}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        overrides += f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{TYPES}.worksheet+xml"/>'
    return zipped({
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">{overrides}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">{properties}<sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{links}</Relationships>',
        **parts,
    })  # fmt: skip


def ods(rows: Rows, manifest: str = "", doctype: str = "") -> bytes:
    """An OpenDocument workbook."""
    lines = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{escape(str(value))}</text:p></table:table-cell>'
            for value in row
        )
        + "</table:table-row>"
        for row in rows
    )
    return ods_of(lines, manifest, doctype=doctype)


def ods_of(table_rows: str, manifest: str = "", styles: str = "", before: str = "", doctype: str = "") -> bytes:
    """An OpenDocument workbook with these rows as XML, maybe with styles, and sheets before it."""
    content = (
        f'{doctype}<office:document-content xmlns:office="{OFFICE}:office:1.0" xmlns:table="{OFFICE}:table:1.0" '
        f'xmlns:text="{OFFICE}:text:1.0" xmlns:style="{OFFICE}:style:1.0" xmlns:calcext="{CALC}" office:version="1.3">{styles}'
        f"<office:body><office:spreadsheet>{before}"
        f'<table:table table:name="Orders">{table_rows}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    return zipped({
        "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
        "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{OFFICE}:manifest:1.0">{manifest}</manifest:manifest>',
        "content.xml": content,
    })  # fmt: skip


def excel_xml(rows: Rows, doctype: str = "", more: str = "") -> bytes:
    """A SpreadsheetML 2003 document."""
    lines = "".join(
        "<Row>" + "".join(f'<Cell><Data ss:Type="String">{_escaped(v)}</Data></Cell>' for v in row) + "</Row>"
        for row in rows
    )
    return (
        f'<?xml version="1.0"?>{doctype}<?mso-application progid="Excel.Sheet"?>'
        f'<Workbook xmlns="{EXCEL}" xmlns:x="urn:schemas-microsoft-com:office:excel" xmlns:ss="{EXCEL}">{more}'
        f'<Worksheet ss:Name="Sheet 1"><Table>{lines}</Table></Worksheet></Workbook>'
    ).encode()


def csv_text(rows: Rows = TWO_ORDERS) -> bytes:
    """The same as CSV."""
    return "".join(",".join(str(v) for v in row) + "\n" for row in rows).encode()
