"""Workbooks of the binary kinds written by hand: xls (BIFF8 in OLE2) and xlsb."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from export_books import PACKAGE, RELATIONS, zipped

#: A time as spreadsheets count it since 1900, and an error by its code.
Serial = type("Serial", (float,), {})
Error = type("Error", (int,), {})
Cell = str | float
NOT_AVAILABLE, REFERENCE, VALUE = Error(0x2A), Error(0x17), Error(0x0F)


def xls(
    sheets: dict[str, Sequence[Sequence[Cell]]],
    *,
    hidden: Sequence[str] = (),
    is_1904: bool = False,
    locked: bool = False,
) -> bytes:
    """An xls; a float is a number, a `Serial` a time, an `Error` a failed formula. `locked` has only the sign of a password."""
    records = _biff(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 6))
    if locked:
        records += _biff(0x002F, struct.pack("<HHH", 1, 1, 1) + bytes(48))
    records += _biff(0x0022, struct.pack("<H", is_1904))
    records += b"".join(_biff(0x00E0, struct.pack("<HH", 0, each) + bytes(16)) for each in (0, 22))
    bodies = [_xls_sheet(rows) for rows in sheets.values()]
    names = [name.encode("utf-16-le") for name in sheets]
    place = len(records) + sum(12 + len(name) for name in names) + 4
    for title, name, body in zip(sheets, names, bodies, strict=True):
        state = {False: 0, True: 1 + (title == "Very")}[title in hidden]
        records += _biff(0x0085, struct.pack("<IBBBB", place, state, 0, len(title), 1) + name)
        place += len(body)
    return _ole2(records + _biff(0x000A, b"") + b"".join(bodies))


def _xls_sheet(rows: Sequence[Sequence[Cell]]) -> bytes:
    cells = b"".join(_xls_cell(row, column, cell) for row, line in enumerate(rows) for column, cell in enumerate(line))
    width = max(map(len, rows), default=0)
    dimensions = _biff(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))
    return _biff(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 6)) + dimensions + cells + _biff(0x000A, b"")


def _xls_cell(row: int, column: int, cell: Cell) -> bytes:
    place = struct.pack("<HHH", row, column, isinstance(cell, Serial))
    if isinstance(cell, Error):
        if column % 2:
            return _biff(0x0205, place + struct.pack("<BB", cell, 1))
        result = struct.pack("<BBBBBBH", 2, 0, cell, 0, 0, 0, 0xFFFF)
        return _biff(0x0006, place + result + struct.pack("<HIH", 0, 0, 0))
    if isinstance(cell, str):
        return _biff(0x0204, place + struct.pack("<HB", len(cell), 1) + cell.encode("utf-16-le"))
    return _biff(0x0203, place + struct.pack("<d", cell))


def _biff(kind: int, content: bytes) -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def _ole2(stream: bytes) -> bytes:
    """A file with this one stream, `Workbook`."""
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    sectors = len(stream) // 512
    tables = -(-(sectors + 2) // 127)
    chain = [*range(1, sectors), 0xFFFFFFFE, 0xFFFFFFFE, *[0xFFFFFFFD] * tables]
    table = struct.pack(f"<{len(chain)}I", *chain).ljust(tables * 512, b"\xff")
    listed = [sectors + 1 + number for number in range(tables)]
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, tables, sectors, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    head += struct.pack(f"<{tables}I", *listed)
    directory = (
        _entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + _entry("Workbook", 2, 0xFFFFFFFF, 0, len(stream)) + bytes(256)
    )
    return head.ljust(512, b"\xff") + stream + directory + table


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    links = struct.pack("<III", 0xFFFFFFFF, 0xFFFFFFFF, child)
    return (
        text.ljust(64, b"\0")
        + struct.pack("<HBB", len(text), kind, 1)
        + links
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )


def xlsb(sheets: dict[str, Sequence[Sequence[Cell]]], *, hidden: Sequence[str] = (), is_1904: bool = False) -> bytes:
    """An xlsb, of the same kinds of cells."""
    book = _brt(131) + _brt(153, struct.pack("<III", is_1904, 0, 0)) + _brt(143)
    links, parts = "", {}
    for number, (title, rows) in enumerate(sheets.items(), 1):
        state = 1 + (title == "Very") if title in hidden else 0
        book += _brt(156, struct.pack("<II", state, number) + _wide(f"r{number}") + _wide(title))
        links += f'<Relationship Id="r{number}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{number}.bin"/>'
        parts[f"xl/worksheets/sheet{number}.bin"] = _xlsb_sheet(rows)
    formats = b"".join(_brt(47, struct.pack("<HH", 0, each) + bytes(12)) for each in (0, 22))
    styles = _brt(278) + _brt(617, struct.pack("<I", 2)) + formats + _brt(618) + _brt(279)
    return zipped({
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
        "xl/workbook.bin": book + _brt(144) + _brt(157, bytes(26)) + _brt(132),
        "xl/_rels/workbook.bin.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{links}</Relationships>',
        "xl/styles.bin": styles,
        **parts,
    })  # fmt: skip


def _xlsb_sheet(rows: Sequence[Sequence[Cell]]) -> bytes:
    width = max(map(len, rows), default=1)
    body = _brt(129) + _brt(148, struct.pack("<IIII", 0, max(len(rows) - 1, 0), 0, width - 1)) + _brt(145)
    for row, line in enumerate(rows):
        body += _brt(0, struct.pack("<I", row) + bytes(13))
        body += b"".join(_xlsb_cell(column, cell) for column, cell in enumerate(line))
    return body + _brt(146) + _brt(130)


def _xlsb_cell(column: int, cell: Cell) -> bytes:
    place = struct.pack("<II", column, isinstance(cell, Serial))
    if isinstance(cell, Error):
        return (
            _brt(3, place + bytes([cell]))
            if column % 2
            else _brt(11, place + bytes([cell]) + struct.pack("<HII", 0, 0, 0))
        )
    return _brt(6, place + _wide(cell)) if isinstance(cell, str) else _brt(5, place + struct.pack("<d", cell))


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _brt(kind: int, content: bytes = b"") -> bytes:
    head, size = bytearray(), len(content)
    head += bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    while size > 127:
        head.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes(head) + bytes([size]) + content
