"""The process that reads a workbook: `workbook_process.py MEMORY SECONDS BYTES < workbook > tables`.

Runs on its own and imports nothing of shopcare. Every visible sheet is written to standard output as UTF-8 CSV, one record per
sheet row; the last line of standard error is a JSON object: `{"sheets": [[name, start, end], ...]}` with places in bytes,
or `{"problem": "corrupt" | "encrypted" | "too-large"}`.
"""

from __future__ import annotations

import json
import re
import resource
import signal
import struct
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from typing import IO, Any
from xml.parsers import expat

#: Numbers of more digits than a spreadsheet keeps are written so that nobody takes them for an id.
EXACT_MOST = 10**15
#: A longer cell is cut here; its row is refused for it anyway.
CELL_MOST = 150_000
ROWS_AT_ONCE = 2_000
QUOTE = '"'
#: Cells of a sheet that are written: far more than an export has, far fewer than a sheet may repeat.
CELLS_MOST = 60_000_000
REMEMBERED = 50_000
BLOCK_BYTES, CELL_BYTES = 1 << 20, 1 << 10
_ERROR_CELL = re.compile(
    rb"""<(?:\w+:)?c\b[^<>]*\bt="e"[^<>]*>(?:<(?:\w+:)?f\b[^<>]*/>|<(?:\w+:)?f\b[^<>]*>[^<>]*</(?:\w+:)?f>)?<(?:\w+:)?v>([^<>]*)<"""
)
_REFERENCE = re.compile(rb"""\br="([A-Z]{1,3})([0-9]{1,7})\"""")
#: What a sheet says of itself that is not believed: its size, and the numbers of its rows.
_SIZE_OR_ROW_NUMBER = re.compile(
    rb"""<(?:\w+:)?dimension\b[^<>]*>|</(?:\w+:)?dimension>|(?<=<row)\b([^<>]*?)\sr="[^"<>]*\"""", re.ASCII
)
_HALF_SECOND = timedelta(microseconds=500_000)


OLE2 = b"\xd0\xcf\x11\xe0"
ERROR_NAMES = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}  # fmt: skip
_CODES = b"[" + b"".join(re.escape(bytes([code])) for code in ERROR_NAMES) + b"]"
#: Sheets without such bytes have no errors, and most have none.
_XLS_ERROR = re.compile(rb"\x05\x02\x08\x00.{6}" + _CODES + rb"\x01|\x02." + _CODES + rb"...\xff\xff", re.DOTALL)
_XLSB_ERROR = re.compile(rb"[\x03\x0b][\x09-\xff].{8,11}" + _CODES, re.DOTALL)
_BOOLERR, _FORMULA, _BOUNDSHEET, _EOF, _FILEPASS = 0x0205, 0x0006, 0x0085, 0x000A, 0x002F
_ROW, _CELL_ERROR, _FORMULA_ERROR, _BUNDLE_SHEET = 0, 3, 11, 156
_NO_SECTOR = 0xFFFFFFFA
#: prctl's PR_SET_PDEATHSIG.
_TELL_OF_PARENT = 1

#: Row → (column, what stands there), from 0.
Errors = dict[int, tuple[tuple[int, str], ...]]


class TooLarge(Exception):
    """More rows, cells or bytes than are taken."""


def number(value: float) -> str:
    """A number as people see it: no `.0`, at most the 15 digits a spreadsheet keeps, no exponent for small ones."""
    if value.is_integer():
        return str(int(value)) if abs(value) < EXACT_MOST else repr(value)
    text = repr(value)
    if len(text.strip("-0.").replace(".", "")) > 15:
        text = repr(float(f"{value:.15g}"))
        text = text.removesuffix(".0")
    return f"{Decimal(text):f}" if "e-" in text else text


class Numbers(dict[float, str]):
    """Numbers as people see them; prices and quantities come again and again."""

    def __missing__(self, value: float) -> str:
        if len(self) >= REMEMBERED:
            self.clear()
        self[value] = number(value)
        return self[value]


def moment(value: datetime) -> str:
    """A time to the second; spreadsheets count in fractions of a day and miss it by some microseconds."""
    try:
        return (value + _HALF_SECOND).replace(microsecond=0).isoformat(" ")
    except OverflowError:
        return value.isoformat(" ")


def text(value: Any) -> str:
    """A cell as CSV would have it."""
    if isinstance(value, str):
        return value if len(value) <= CELL_MOST else value[:CELL_MOST]
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return number(value)
    if isinstance(value, int):
        return str(value) if abs(value) < EXACT_MOST else repr(float(value))
    if isinstance(value, datetime):
        return moment(value)
    return value.isoformat() if isinstance(value, date | time) else str(value)


def records(sheet: Any, errors: Errors) -> Iterator[list[str]]:
    """The rows of a sheet from its first one; a blank one is an empty list."""
    first, numbers = sheet.start[1], Numbers()
    for number, row in enumerate(sheet.iter_rows()):
        for place, error in errors.get(number, ()):
            if 0 <= place - first < len(row):
                row[place - first] = error
        cells = [
            numbers[cell]
            if type(cell) is float
            else cell
            if type(cell) is str and len(cell) <= CELL_MOST
            else text(cell)
            for cell in row
        ]
        yield cells if any(cells) else []


def line(cells: Sequence[str]) -> str:
    """A row as a line of CSV. Rows in which nothing needs quotes, as nearly all, are only joined; csv.writer, which looks at
    every character, takes three times as long, and before Python 3.13 it leaves a lone carriage return without quotes.
    """
    text = ",".join(cells)
    if '"' in text or "\n" in text or "\r" in text or text.count(",") != max(len(cells) - 1, 0):
        return ",".join(f'"{cell.replace(QUOTE, QUOTE * 2)}"' for cell in cells)
    return text


def write(sheet: Any, errors: Errors, out: IO[bytes], most: int) -> None:
    """A sheet as CSV at the end of `out`."""
    lines = map(line, records(sheet, errors))
    while block := list(islice(lines, ROWS_AT_ONCE)):
        out.write("\n".join((*block, "")).encode("utf-8", "replace"))
        if out.tell() > most:
            raise TooLarge


def errors_in(book: IO[bytes]) -> dict[int, Errors]:
    """The cells that hold an error, by sheet; the reader gives them as blank, which would be taken for nothing."""
    book.seek(0)
    try:
        if book.read(len(OLE2)) == OLE2:
            book.seek(0)
            return _xls_errors(_workbook_stream(book.read()))
        with zipfile.ZipFile(book) as archive:
            return {index: _errors(archive, part) for index, part in _parts(archive)}
    except (KeyError, ValueError, IndexError, struct.error, expat.ExpatError, zipfile.BadZipFile):
        return {}  # one whose structure only the reader understands


def _parts(archive: zipfile.ZipFile) -> Iterator[tuple[int, str]]:
    """The places of a workbook's sheets with the names of their members."""
    binary = "xl/workbook.bin" in archive.namelist()
    links = _elements(archive.read(f"xl/_rels/workbook.{'bin' if binary else 'xml'}.rels"))
    targets = {each.get("Id", ""): each.get("Target", "") for _tag, each in links}
    for index, link in enumerate(_binary_sheets(archive) if binary else _sheets(archive)):
        target = targets.get(link, "")
        part = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
        if part in archive.namelist():
            yield index, part


def _sheets(archive: zipfile.ZipFile) -> list[str]:
    """The links of the sheets of an xlsx."""
    return [
        next((value for key, value in sheet.items() if key.endswith(" id")), "")
        for tag, sheet in _elements(archive.read("xl/workbook.xml"))
        if tag.endswith(" sheet")
    ]


def _binary_sheets(archive: zipfile.ZipFile) -> list[str]:
    """The links of the sheets of an xlsb."""
    found = []
    for kind, content in _binary_records(archive.read("xl/workbook.bin")):
        if kind == _BUNDLE_SHEET:
            length = int.from_bytes(content[8:12], "little")
            found.append(content[12 : 12 + 2 * length].decode("utf-16-le"))
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


def _xls_errors(stream: bytes) -> dict[int, Errors]:
    """The errors in the sheets of an xls, in the order in which it lists them."""
    if not _XLS_ERROR.search(stream):
        return {}
    starts = [struct.unpack_from("<I", record)[0] for kind, record in _records_from(stream, 0) if kind == _BOUNDSHEET]
    return {index: _sheet_errors(stream, start) for index, start in enumerate(starts)}


def is_locked(book: IO[bytes]) -> bool:
    """Whether an xls says that all that follows is encrypted; the reader then does not know it for one."""
    try:
        book.seek(0)
        stream = _workbook_stream(book.read())
        return any(kind == _FILEPASS for kind, _record in _records_from(stream, 0))
    except (KeyError, ValueError, IndexError, struct.error):
        return False


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


def _elements(document: bytes) -> list[tuple[str, dict[str, str]]]:
    """The elements of a small XML document with their attributes; one that declares entities is not read."""
    found: list[tuple[str, dict[str, str]]] = []

    def refuse(*_declared: object) -> None:
        raise ValueError("declares an entity")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = lambda tag, attributes: found.append((tag, attributes))
    parser.EntityDeclHandler = refuse
    parser.Parse(document, True)
    return found


def _errors(archive: zipfile.ZipFile, part: str) -> Errors:
    if part.endswith(".bin"):
        return _binary_errors(archive.read(part))
    found: dict[int, dict[int, str]] = {}
    with archive.open(part) as stream:
        rest = b""
        while block := stream.read(BLOCK_BYTES):
            window = rest + block
            if b't="e"' in window:
                for cell in _ERROR_CELL.finditer(window):
                    if place := _REFERENCE.search(cell[0]):
                        found.setdefault(int(place[2]) - 1, {})[_column(place[1])] = cell[1].decode("utf-8", "replace")
            rest = window[-CELL_BYTES:]
    return {row: tuple(cells.items()) for row, cells in found.items()}


def _column(letters: bytes) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + letter - 64
    return place - 1


def convert(
    workbook: Any, errors: dict[int, Errors], out: IO[bytes], most: int, visible: Any
) -> list[tuple[str, int, int]]:
    """Every visible sheet with rows, and where it stands in `out`."""
    found = []
    for index, about in enumerate(workbook.sheets_metadata):
        if about.visible != visible.Visible or about.typ not in _grids():
            continue
        sheet = workbook.get_sheet_by_index(index)
        if sheet.start is None:
            continue
        if (sheet.end[0] + 1) * (sheet.end[1] + 1) > CELLS_MOST:
            raise TooLarge
        start = out.tell()
        write(sheet, errors.get(index, {}), out, most)
        found.append((about.name, start, out.tell()))
    return found


def _grids() -> tuple[Any, ...]:
    from python_calamine import SheetTypeEnum

    return (SheetTypeEnum.WorkSheet,)


def answer(most: int) -> dict[str, object]:
    """Read the workbook on standard input; whatever goes wrong with it is a finding, not a failure."""
    from python_calamine import CalamineWorkbook, PasswordError, SheetVisibleEnum

    with open(1, "wb", closefd=False) as out:
        try:
            with CalamineWorkbook.from_filelike(sys.stdin.buffer) as workbook:
                errors = errors_in(sys.stdin.buffer)
                return {"sheets": convert(workbook, errors, out, most, SheetVisibleEnum)}
        except PasswordError:
            return {"problem": "encrypted"}
        except (MemoryError, TooLarge):
            return {"problem": "too-large"}
        except BaseException as problem:  # noqa: BLE001 - a panic of the reader is no Exception
            if "password" in str(problem).lower() or is_locked(sys.stdin.buffer):
                return {"problem": "encrypted"}
        try:
            return {"sheets": read_restated(most, out)}
        except (MemoryError, TooLarge):
            return {"problem": "too-large"}
        except BaseException:  # noqa: BLE001 - the same
            return {"problem": "corrupt"}


def read_restated(most: int, out: IO[bytes]) -> list[tuple[str, int, int]]:
    """The tables of an xlsx whose sheets misstate their size or the numbers of their rows: read without these.

    Raises:
        zipfile.BadZipFile, CalamineError and its like: something else is wrong with it.
    """
    from python_calamine import CalamineWorkbook, SheetVisibleEnum

    out.seek(0)
    out.truncate()
    with tempfile.TemporaryFile() as copy:
        _restate(sys.stdin.buffer, copy)
        with CalamineWorkbook.from_filelike(copy) as workbook:
            return convert(workbook, errors_in(copy), out, most, SheetVisibleEnum)


def _restate(book: IO[bytes], copy: IO[bytes]) -> None:
    book.seek(0)
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
        for name in old.namelist():
            with old.open(name) as source, new.open(name, "w", force_zip64=True) as target:
                for block in _whole_tags(source):
                    is_sheet = name.startswith("xl/worksheets/")
                    target.write(_SIZE_OR_ROW_NUMBER.sub(rb"\1", block) if is_sheet else block)
    copy.seek(0)


def _whole_tags(source: IO[bytes]) -> Iterator[bytes]:
    """A member's bytes in blocks that end where a tag does."""
    rest = b""
    while block := source.read(BLOCK_BYTES):
        whole, end, rest = (rest + block).rpartition(b">")
        yield whole + end
    yield rest


def _end_with_parent() -> None:
    """Nobody reads the answer when the import has been killed; Linux tells, elsewhere the limit of time has to do."""
    with suppress(ImportError, OSError, AttributeError):
        import ctypes

        ctypes.CDLL(None).prctl(_TELL_OF_PARENT, signal.SIGKILL)


def main() -> None:
    """Set the limits and read."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    _end_with_parent()
    memory, seconds, most = (int(each) for each in sys.argv[1:4])
    for limit, value in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0)):
        try:
            resource.setrlimit(limit, (value, value))
        except (ValueError, OSError):  # not every system has every limit
            continue
    sys.stderr.write("\n" + json.dumps(answer(most)) + "\n")


if __name__ == "__main__":
    main()
