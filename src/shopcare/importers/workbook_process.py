"""The process that reads a workbook: `workbook_process.py MEMORY SECONDS BYTES < workbook > tables`.

Runs on its own and imports nothing of shopcare. Every visible sheet is written to standard output as UTF-8 CSV, one record per
sheet row; the last line of standard error is a JSON object: `{"sheets": [[name, start, end], ...]}` with places in bytes,
or `{"problem": "corrupt" | "encrypted" | "too-large"}`.
"""

from __future__ import annotations

import csv
import io
import json
import re
import resource
import signal
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import IO, Any
from xml.parsers import expat

#: Numbers of more digits than a spreadsheet keeps are written so that nobody takes them for an id.
EXACT_MOST = 10**15
#: A longer cell is cut here; its row is refused for it anyway.
CELL_MOST = 150_000
ROWS_AT_ONCE = 2_000
CELLS_MOST = 60_000_000
REMEMBERED = 50_000
BLOCK_BYTES, CELL_BYTES = 1 << 20, 1 << 10
_ERROR_CELL = re.compile(
    rb"""<(?:\w+:)?c\b[^<>]*\bt="e"[^<>]*>(?:<(?:\w+:)?f\b[^<>]*/>|<(?:\w+:)?f\b[^<>]*>[^<>]*</(?:\w+:)?f>)?<(?:\w+:)?v>([^<>]*)<"""
)
_REFERENCE = re.compile(rb"""\br="([A-Z]{1,3})([0-9]{1,7})\"""")
_HALF_SECOND = timedelta(microseconds=500_000)


#: Row → (column, what stands there), from 0.
Errors = dict[int, tuple[tuple[int, str], ...]]


class TooLarge(Exception):  # noqa: D101
    pass


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


def write(sheet: Any, errors: Errors, out: IO[bytes], most: int) -> None:
    """A sheet as CSV at the end of `out`."""
    block = io.StringIO(newline="")
    writer = csv.writer(block, lineterminator="\n")
    for count, cells in enumerate(records(sheet, errors), 1):
        writer.writerow(cells)
        if not count % ROWS_AT_ONCE:
            _flush(block, out, most)
    _flush(block, out, most)


def _flush(block: io.StringIO, out: IO[bytes], most: int) -> None:
    out.write(block.getvalue().encode("utf-8", "replace"))
    if out.tell() > most:
        raise TooLarge
    block.seek(0)
    block.truncate()


def errors_in(book: IO[bytes]) -> dict[str, Errors]:
    """The cells of an xlsx that hold an error, by sheet; the reader gives them as blank, which would be taken for nothing."""
    book.seek(0)
    try:
        with zipfile.ZipFile(book) as archive:
            return {name: _errors(archive, part) for name, part in _parts(archive)}
    except (KeyError, ValueError, expat.ExpatError, zipfile.BadZipFile):
        return {}  # no xlsx, or one whose names only the reader understands


def _parts(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """The sheets of a workbook with the names of their members."""
    links = _elements(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {each.get("Id", ""): each.get("Target", "") for _tag, each in links}
    for tag, sheet in _elements(archive.read("xl/workbook.xml")):
        if tag.endswith(" sheet"):
            link = next((value for key, value in sheet.items() if key.endswith(" id")), "")
            target = targets.get(link, "")
            part = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            if part in archive.namelist():
                yield sheet.get("name", ""), part


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
    workbook: Any, errors: dict[str, Errors], out: IO[bytes], most: int, visible: Any
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
        write(sheet, errors.get(about.name, {}), out, most)
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
            return {"problem": "encrypted" if "password" in str(problem).lower() else "corrupt"}


def main() -> None:
    """Set the limits and read."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    memory, seconds, most = (int(each) for each in sys.argv[1:4])
    for limit, value in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0)):
        try:
            resource.setrlimit(limit, (value, value))
        except (ValueError, OSError):  # not every system has every limit
            continue
    sys.stderr.write("\n" + json.dumps(answer(most)) + "\n")


if __name__ == "__main__":
    main()
