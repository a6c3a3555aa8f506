"""What a reader of binary workbooks (xls, xlsb) does not tell: which cells hold an error, the first day, a password.

The structures are those of [MS-XLS], [MS-XLSB] and [MS-CFB]. Used by the process that reads workbooks.
"""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Callable, Iterator
from typing import IO
from xml.parsers import expat

OLE2 = b"\xd0\xcf\x11\xe0"
ERROR_NAMES = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}  # fmt: skip
_CODES = b"[" + b"".join(re.escape(bytes([code])) for code in ERROR_NAMES) + b"]"
#: Sheets without such bytes have no errors, and most have none.
_XLS_ERROR = re.compile(rb"\x05\x02\x08\x00.{6}" + _CODES + rb"\x01|\x02." + _CODES + rb"...\xff\xff", re.DOTALL)
_XLSB_ERROR = re.compile(rb"[\x03\x0b][\x09-\xff].{8,11}" + _CODES, re.DOTALL)
_BOOLERR, _FORMULA, _BOUNDSHEET, _EOF, _FILEPASS, _DATE_1904 = 0x0205, 0x0006, 0x0085, 0x000A, 0x002F, 0x0022
_ROW, _CELL_ERROR, _FORMULA_ERROR, _BUNDLE_SHEET, _BOOK_PROPERTIES = 0, 3, 11, 156, 153
_NO_SECTOR = 0xFFFFFFFA

#: Row → (column, what stands there), from 0.
Errors = dict[int, tuple[tuple[int, str], ...]]

#: What a structure raises that only the reader understands.
UNKNOWN_STRUCTURE = (KeyError, ValueError, IndexError, struct.error, expat.ExpatError, zipfile.BadZipFile)


def of_xls(book: IO[bytes]) -> tuple[dict[int, Errors], bool]:
    """The errors in the sheets of an xls, in the order in which it lists them; whether its days are counted from 1904.

    Raises:
        UNKNOWN_STRUCTURE.
    """
    stream = _stream_of(book)
    starts, is_1904 = [], False
    for kind, record in _records_from(stream, 0):
        if kind == _BOUNDSHEET:
            starts.append(struct.unpack_from("<I", record)[0])
        elif kind == _DATE_1904:
            is_1904 = record[:1] == b"\x01"
    if not _XLS_ERROR.search(stream):
        return {}, is_1904
    return {index: _sheet_errors(stream, start) for index, start in enumerate(starts)}, is_1904


def is_locked(book: IO[bytes]) -> bool:
    """Whether an xls says that all that follows is encrypted; the reader then does not know it for one."""
    try:
        return any(kind == _FILEPASS for kind, _record in _records_from(_stream_of(book), 0))
    except UNKNOWN_STRUCTURE:
        return False


def of_xlsb(book: IO[bytes]) -> tuple[dict[int, Errors], bool]:
    """The same of an xlsb.

    Raises:
        UNKNOWN_STRUCTURE.
    """
    with zipfile.ZipFile(book) as archive:
        links, is_1904 = [], False
        for kind, content in _binary_records(archive.read("xl/workbook.bin")):
            if kind == _BUNDLE_SHEET:
                length = int.from_bytes(content[8:12], "little")
                links.append(content[12 : 12 + 2 * length].decode("utf-16-le"))
            elif kind == _BOOK_PROPERTIES:
                is_1904 = bool(content[0] & 1)
        targets = _targets(archive.read("xl/_rels/workbook.bin.rels"))
        parts = [_part(targets.get(link, "")) for link in links]
        present = archive.namelist()
        return {i: _binary_errors(archive.read(part)) for i, part in enumerate(parts) if part in present}, is_1904


def _part(target: str) -> str:
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _targets(document: bytes) -> dict[str, str]:
    """The members that the links of a workbook lead to."""
    found: dict[str, str] = {}

    def refuse(*_declared: object) -> None:
        raise ValueError("declares an entity")

    def note(_tag: str, attributes: dict[str, str]) -> None:
        found[attributes.get("Id", "")] = attributes.get("Target", "")

    parser = expat.ParserCreate()
    parser.StartElementHandler = note
    parser.EntityDeclHandler = refuse
    parser.Parse(document, True)
    return found


def _binary_records(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The records of a member of an xlsb: kind and size in seven bits a byte."""
    place = 0
    while place < len(content):
        kind, place = _seven_bits(content, place, 2)
        size, place = _seven_bits(content, place, 4)
        yield kind, content[place : place + size]
        place += size


def _seven_bits(content: bytes, place: int, most: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 7 * most, 7):
        byte = content[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            break
    return value, place


def _binary_errors(content: bytes) -> Errors:
    """The errors in a sheet of an xlsb."""
    found: dict[int, dict[int, str]] = {}
    row = 0
    for kind, record in _binary_records(content) if _XLSB_ERROR.search(content) else ():
        if kind == _ROW:
            row = int.from_bytes(record[:4], "little")
        elif kind in (_CELL_ERROR, _FORMULA_ERROR) and len(record) > 8:
            column = int.from_bytes(record[:4], "little")
            found.setdefault(row, {})[column] = ERROR_NAMES.get(record[8], "#N/A")
    return {row: tuple(cells.items()) for row, cells in found.items()}


def _records_from(stream: bytes, place: int) -> Iterator[tuple[int, bytes]]:
    """The records of an xls up to the end of the part that begins at a place; charts within it are passed over."""
    depth = 0
    while place + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, place)
        if kind == _EOF:
            depth -= 1
            if depth <= 0:
                return
        elif kind & 0xFF == 0x09 and kind in (0x0009, 0x0209, 0x0409, 0x0809):
            depth += 1
        elif depth == 1:
            yield kind, stream[place + 4 : place + 4 + size]
        place += 4 + size


def _sheet_errors(stream: bytes, start: int) -> Errors:
    found: dict[int, dict[int, str]] = {}
    for kind, record in _records_from(stream, start):
        code = -1
        if kind == _BOOLERR and len(record) >= 8 and record[7]:
            code = record[6]
        elif kind == _FORMULA and record[12:14] == b"\xff\xff" and record[6] == 2:
            code = record[8]
        if code in ERROR_NAMES:
            row, column = struct.unpack_from("<HH", record)
            found.setdefault(row, {})[column] = ERROR_NAMES[code]
    return {row: tuple(cells.items()) for row, cells in found.items()}


def _stream_of(book: IO[bytes]) -> bytes:
    book.seek(0)
    return _workbook_stream(book.read())


def _workbook_stream(content: bytes) -> bytes:
    """The stream `Workbook` (or `Book`) of an OLE2 file.

    Raises:
        KeyError: there is none.
    """
    shift, small_shift = struct.unpack_from("<HH", content, 30)
    directory_start, _flags, cutoff, small_start = struct.unpack_from("<IIII", content, 48)
    size = 1 << min(shift, 16)

    def sector(number: int) -> bytes:
        return content[(number + 1) * size : (number + 2) * size]

    listed = list(struct.unpack_from("<109I", content, 76))
    following = struct.unpack_from("<I", content, 68)[0]
    while following < _NO_SECTOR and len(listed) * size <= len(content):
        *more, following = struct.unpack(f"<{size // 4}I", sector(following))
        listed += more
    table = b"".join(sector(number) for number in listed if number < _NO_SECTOR)
    directory = _chained(sector, table, directory_start)
    entries = {}
    for place in range(0, len(directory) - 127, 128):
        length = struct.unpack_from("<H", directory, place + 64)[0]
        name = directory[place : place + max(length - 2, 0)].decode("utf-16-le", "replace")
        entries[name.lower()] = struct.unpack_from("<II", directory, place + 116)
    start, length = entries["workbook"] if "workbook" in entries else entries["book"]
    if length >= cutoff:
        return _chained(sector, table, start)[:length]
    small = _chained(sector, table, entries["root entry"][0])
    small_table = _chained(sector, table, small_start)
    width = 1 << min(small_shift, 16)
    return _chained(lambda number: small[number * width : (number + 1) * width], small_table, start)[:length]


def _chained(sector: Callable[[int], bytes], table: bytes, number: int) -> bytes:
    """The sectors that follow each other, by the table that says which comes after which."""
    found: list[bytes] = []
    while number < len(table) // 4 and len(found) <= len(table) // 4:
        found.append(sector(number))
        number = struct.unpack_from("<I", table, number * 4)[0]
    return b"".join(found)
