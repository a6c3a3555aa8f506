"""The process that reads a workbook: `main` with the arguments MEMORY SECONDS BYTES, the workbook on standard input.

Every visible sheet is written to standard output as UTF-8 CSV, one record per sheet row; the last line of standard error is a
JSON object: `{"sheets": [[name, start, end], ...], "is_1904": false}` with places in bytes, or
`{"problem": "corrupt" | "encrypted" | "too-large"}`. Imports little, because every workbook pays for it.
"""

from __future__ import annotations

import io
import json
import os
import resource
import signal
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from typing import IO, Any

from shopcare.importers.containers import restated_xlsx
from shopcare.importers.containers.binary_workbooks import (
    OLE2,
    UNKNOWN_STRUCTURE,
    Errors,
    is_locked,
    of_xls,
    of_xlsb,
)

#: Numbers of more digits than a spreadsheet keeps are written so that nobody takes them for an id.
EXACT_MOST = 10**15
#: A longer cell is cut here; its row is refused for it anyway.
CELL_MOST = 150_000
ROWS_AT_ONCE = 2_000
QUOTE = '"'
#: Cells of a sheet that are written: far more than an export has, far fewer than a sheet may repeat.
CELLS_MOST = 60_000_000
REMEMBERED = 50_000
#: Characters of a row that are taken: many of the longest cells.
ROW_MOST = 1 << 24
_HALF_SECOND = timedelta(microseconds=500_000)


#: prctl's PR_SET_PDEATHSIG.
_TELL_OF_PARENT = 1


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
    if len(text) > ROW_MOST:
        raise TooLarge
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


def convert(book: IO[bytes], errors: dict[int, Errors], out: IO[bytes], most: int) -> list[tuple[str, int, int]]:
    """Every visible sheet with rows, and where it stands in `out`."""
    from python_calamine import CalamineWorkbook

    book.seek(0)
    with CalamineWorkbook.from_filelike(book) as workbook:
        return _tables(workbook, errors, out, most)


def _tables(workbook: Any, errors: dict[int, Errors], out: IO[bytes], most: int) -> list[tuple[str, int, int]]:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    found = []
    for index, about in enumerate(workbook.sheets_metadata):
        if about.visible != SheetVisibleEnum.Visible or about.typ != SheetTypeEnum.WorkSheet:
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


def read(book: IO[bytes], out: IO[bytes], most: int) -> dict[str, object]:
    """The answer for a workbook: its tables.

    Raises:
        MemoryError, TooLarge, PasswordError, CalamineError and its like: it cannot be read.
    """
    book.seek(0)
    if book.read(len(OLE2)) == OLE2:
        return _binary(book, out, most, of_xls)
    with zipfile.ZipFile(Apart(book)) as archive:
        if "xl/workbook.bin" not in archive.namelist():
            return _xlsx(book, archive, out, most)
    return _binary(book, out, most, of_xlsb)


class Apart(io.RawIOBase):
    """A file read from places of its own, while another reader of the same descriptor moves that one's."""

    def __init__(self, file: IO[bytes]) -> None:
        self._descriptor, self._size = file.fileno(), os.fstat(file.fileno()).st_size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # the wider Buffer protocol is not needed
        block = os.pread(self._descriptor, len(buffer), self._at)
        buffer[: len(block)] = block
        self._at += len(block)
        return len(block)


def _binary(
    book: IO[bytes], out: IO[bytes], most: int, about: Callable[[IO[bytes]], tuple[dict[int, Errors], bool]]
) -> dict[str, object]:
    errors: dict[int, Errors] = {}
    is_1904 = False
    with suppress(*UNKNOWN_STRUCTURE):  # one that only the reader understands
        errors, is_1904 = about(book)
    return {"sheets": convert(book, errors, out, most), "is_1904": is_1904}


def _xlsx(book: IO[bytes], archive: zipfile.ZipFile, out: IO[bytes], most: int) -> dict[str, object]:
    """An xlsx, restated if that is needed to read what is there: which another thread finds out while the reader, which lets
    it, parses the sheets.
    """
    is_1904 = restated_xlsx.is_1904(archive)
    with ThreadPoolExecutor(1) as beside:
        is_odd = beside.submit(restated_xlsx.is_needed, archive)
        try:
            sheets = convert(book, {}, out, most)
            if not is_odd.result():
                return {"sheets": sheets, "is_1904": is_1904}
        except (MemoryError, TooLarge):
            if not is_odd.result():
                raise
        except BaseException as problem:  # a panic of the reader is no Exception
            if "password" in str(problem).lower():
                raise
    out.seek(0)
    out.truncate()
    with tempfile.TemporaryFile() as copy:
        restated_xlsx.restate(book, copy)
        return {"sheets": convert(copy, {}, out, most), "is_1904": is_1904}


def answer(most: int) -> dict[str, object]:
    """Read the workbook on standard input; whatever goes wrong with it is a finding, not a failure."""
    from python_calamine import PasswordError

    book = sys.stdin.buffer
    with open(1, "wb", closefd=False) as out:
        try:
            return read(book, out, most)
        except PasswordError:
            return {"problem": "encrypted"}
        except (MemoryError, TooLarge):
            return {"problem": "too-large"}
        except BaseException as problem:  # noqa: BLE001 - a panic of the reader is no Exception
            locked = "password" in str(problem).lower() or is_locked(book)
            return {"problem": "encrypted" if locked else "corrupt"}


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
