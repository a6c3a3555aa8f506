"""SpreadsheetML 2003 ("Excel XML", one of Magento's export kinds): Workbook / Worksheet / Table / Row / Cell / Data."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import IO
from xml.parsers import expat

from shopcare.importers.containers.restated_xlsx import NOT_CALCULATED
from shopcare.importers.containers.sheet_xml import Attributes, Declared, SheetReader, count, day_or_moment
from shopcare.importers.containers.spool import unpacked_most
from shopcare.importers.containers.table_writer import COLUMNS_MOST, ROWS_MOST
from shopcare.importers.containers.workbook import Table
from shopcare.importers.containers.workbook_process import TooLarge, number
from shopcare.importers.refusals import CorruptFileError, HtmlOrXmlError, TooLargeError

SPACE = "urn:schemas-microsoft-com:office:spreadsheet"
_NUMBER = re.compile(r"\s*[+-]?[0-9]{1,400}(?:\.[0-9]{0,400})?(?:[eE][+-]?[0-9]{1,4})?\s*", re.ASCII).fullmatch
_OPTIONS = "urn:schemas-microsoft-com:office:excel"


def is_spreadsheetml(head: bytes) -> bool:
    """Whether a document begins like one, in any of the encodings XML has."""
    text = head[:4096].replace(b"\0", b"")
    return b"Workbook" in text and SPACE.encode() in text


class _Reader(SheetReader):
    """The handlers of one document."""

    def __init__(self, most: int) -> None:
        self._rows = 0
        self._hidden = False
        self._cells: list[str] = []
        self._kind = ""
        self._place = self._next = 0
        starts: dict[str, Callable[[Attributes], None]] = {
            f"{SPACE} Worksheet": self._worksheet, f"{SPACE} Row": self._row, f"{SPACE} Cell": self._cell,
            f"{SPACE} Data": self._data, f"{_OPTIONS} Visible": self._data, f"{_OPTIONS} Date1904": self._first_day,
        }  # fmt: skip
        ends: dict[str, Callable[[], None]] = {
            f"{SPACE} Worksheet": self._worksheet_end, f"{SPACE} Row": self._row_end, f"{SPACE} Data": self._data_end,
            f"{_OPTIONS} Visible": self._visible_end,
        }  # fmt: skip
        super().__init__(starts, ends, (f"{SPACE} Comment",), most)

    def _first_day(self, _attributes: Attributes) -> None:
        self.out.is_1904 = True

    def _worksheet(self, attributes: Attributes) -> None:
        self._rows, self._hidden = 0, False
        self.out.begin(attributes.get(f"{SPACE} Name", ""))

    def _row(self, attributes: Attributes) -> None:
        self._rows = _index(attributes, self._rows, ROWS_MOST) + 1
        self._cells, self._place, self._next = [], 0, 0

    def _cell(self, attributes: Attributes) -> None:
        place = _index(attributes, self._next, COLUMNS_MOST)
        unknown = NOT_CALCULATED if f"{SPACE} Formula" in attributes else ""
        self._cells.extend([""] * (place - len(self._cells)) + [unknown])
        self._place = place
        self._next = place + 1 + count(attributes.get(f"{SPACE} MergeAcross", "0"), COLUMNS_MOST)

    def _data(self, attributes: Attributes) -> None:
        self._kind = attributes.get(f"{SPACE} Type", "String")
        self._text = []

    def _data_end(self) -> None:
        if self._text is not None and self._cells:
            value = _value("".join(self._text), self._kind)
            if value or self._kind == "String":
                self._cells[self._place] = value
        self._text = None

    def _row_end(self) -> None:
        if any(self._cells):
            self.out.row(self._cells, self._rows - 1)

    def _visible_end(self) -> None:
        self._hidden = self._hidden or "hidden" in "".join(self._text or ()).lower()
        self._text = None

    def _worksheet_end(self) -> None:
        self.out.end(hidden=self._hidden)


def _index(attributes: Attributes, following: int, most: int) -> int:
    """The place of a row or cell from 0: what `ss:Index` says, else the one after the last."""
    given = attributes.get(f"{SPACE} Index")
    place = following if given is None else count(given, most) - 1
    if not following <= place < most:
        raise ValueError(place)
    return place


def _value(text: str, kind: str) -> str:
    if kind == "DateTime":
        return day_or_moment(text)
    if kind == "Number" and _NUMBER(text):
        return number(float(text))
    if kind == "Boolean":
        return {"1": "TRUE", "0": "FALSE"}.get(text.strip(), text)
    return text


def tables(name: str, opener: Callable[[], IO[bytes]], size: int) -> list[Table]:
    """The visible sheets of a document of so many bytes, in its order.

    Raises:
        CorruptFileError: no well-formed XML. HtmlOrXmlError: it declares a type or entity. TooLargeError.
    """
    most = unpacked_most(size)
    reader = _Reader(most)
    try:
        with opener() as file:
            reader.read(file)
    except Declared as problem:
        raise HtmlOrXmlError(file=name) from problem
    except (expat.ExpatError, ValueError) as problem:
        raise CorruptFileError(file=name, what="workbook") from problem
    except TooLarge as problem:
        raise TooLargeError(file=name, limit=most >> 20) from problem
    return reader.out.found
