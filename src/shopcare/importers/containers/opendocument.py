"""OpenDocument workbooks (ods): the sheets in `content.xml`.

Values are what the file states beside the text a person sees (`office:value`, `office:date-value`); an error has no value,
so its text stands for it.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from typing import IO
from xml.parsers import expat

from shopcare.importers.containers.archive import DAMAGE
from shopcare.importers.containers.restated_xlsx import NOT_CALCULATED
from shopcare.importers.containers.sheet_xml import Attributes, Declared, SheetReader, count, day_or_moment
from shopcare.importers.containers.spool import unpacked_most
from shopcare.importers.containers.table_writer import COLUMNS_MOST, ROWS_MOST
from shopcare.importers.containers.workbook import Table
from shopcare.importers.containers.workbook_process import CELL_MOST, TooLarge, number
from shopcare.importers.refusals import CorruptFileError, EncryptedError, TooLargeError

_SPACES = "urn:oasis:names:tc:opendocument:xmlns:"
OFFICE, TABLE, TEXT, STYLE = (f"{_SPACES}{name}:1.0 " for name in ("office", "table", "text", "style"))
CALC = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0 "
_VALUE_TYPE = f"{OFFICE}value-type"
_RESULTS = ("value", "date-value", "time-value", "boolean-value", "string-value")
_BLANKS = re.compile(r"[ \t\r\n]+")
#: What stands in a cell without being its content: comments, drawings, what was there before a change.
_ASIDE = (f"{OFFICE}annotation", f"{_SPACES}drawing:1.0 ", f"{TABLE}tracked-changes", f"{TABLE}dde-links")


class _Reader(SheetReader):
    """The handlers of one document."""

    def __init__(self, most: int) -> None:
        self._hidden_styles: set[str] = set()
        self._style = ""
        self._hidden = False
        self._row = self._rows_repeated = 0
        self._cells: list[str] = []
        self._blank = 0
        self._cell: Attributes | None = None
        self._paragraphs: list[str] = []
        starts: dict[str, Callable[[Attributes], None]] = {
            f"{STYLE}style": self._style_start, f"{STYLE}table-properties": self._table_properties,
            f"{TABLE}null-date": self._first_day, f"{TABLE}table": self._table_start, f"{TABLE}table-row": self._row_start,
            f"{TABLE}table-cell": self._cell_start, f"{TABLE}covered-table-cell": self._cell_start,
            f"{TEXT}p": self._paragraph_start, f"{TEXT}s": self._spaces, f"{TEXT}tab": lambda _: self.text("\t"),
            f"{TEXT}line-break": lambda _: self._paragraphs.append(self._taken()),
        }  # fmt: skip
        ends: dict[str, Callable[[], None]] = {
            f"{TABLE}table": self._table_end, f"{TABLE}table-row": self._row_end, f"{TABLE}table-cell": self._cell_end,
            f"{TABLE}covered-table-cell": self._cell_end, f"{TEXT}p": self._paragraph_end,
        }  # fmt: skip
        super().__init__(starts, ends, _ASIDE, most)

    def is_aside(self, tag: str) -> bool:
        return super().is_aside(tag) or (self._cell is not None and tag == f"{TABLE}table")

    def text(self, part: str) -> None:
        super().text(part if part == "\t" else _BLANKS.sub(" ", part))

    def _style_start(self, attributes: Attributes) -> None:
        self._style = attributes.get(f"{STYLE}name", "")

    def _table_properties(self, attributes: Attributes) -> None:
        if attributes.get(f"{TABLE}display") == "false":
            self._hidden_styles.add(self._style)

    def _first_day(self, attributes: Attributes) -> None:
        self.out.is_1904 = attributes.get(f"{TABLE}date-value") == "1904-01-01"

    def _table_start(self, attributes: Attributes) -> None:
        self._hidden = attributes.get(f"{TABLE}style-name", "") in self._hidden_styles
        self._row = 0
        self.out.begin(attributes.get(f"{TABLE}name", ""))

    def _table_end(self) -> None:
        self.out.end(hidden=self._hidden)

    def _row_start(self, attributes: Attributes) -> None:
        self._rows_repeated = _repeated(attributes, "rows", ROWS_MOST)
        self._cells, self._blank = [], 0

    def _row_end(self) -> None:
        if self._cells:
            self.out.row(self._cells, self._row, self._rows_repeated)
        self._row += self._rows_repeated

    def _cell_start(self, attributes: Attributes) -> None:
        self._cell, self._paragraphs = attributes, []

    def _cell_end(self) -> None:
        attributes = self._cell or {}
        value = _value(attributes, "\n".join(self._paragraphs))[:CELL_MOST]
        times = _repeated(attributes, "columns", COLUMNS_MOST)
        if value:
            if len(self._cells) + self._blank + times > COLUMNS_MOST:
                raise TooLarge
            self._cells += [""] * self._blank + [value] * times
            self._blank = 0
        else:
            self._blank += times
        self._cell = None

    def _paragraph_start(self, _attributes: Attributes) -> None:
        if self._cell is not None:
            self._text = []

    def _spaces(self, attributes: Attributes) -> None:
        if self._text is not None:
            self._text.append(" " * min(count(attributes.get(f"{TEXT}c", "1")), CELL_MOST))

    def _paragraph_end(self) -> None:
        if self._text is not None:
            self._paragraphs.append(self._taken())
        self._text = None

    def _taken(self) -> str:
        """The text so far; what follows begins anew."""
        text, self._text = "".join(self._text or ()), []
        return text


def _repeated(attributes: Attributes, what: str, most: int) -> int:
    times = count(attributes.get(f"{TABLE}number-{what}-repeated", "1"), most)
    if not times:
        raise ValueError(times)
    return times


def _value(attributes: Attributes, shown: str) -> str:
    """What a cell says; `shown` is what a person sees."""
    if attributes.get(f"{CALC}value-type") == "error":
        return shown or "#VALUE!"
    kind = attributes.get(_VALUE_TYPE, "")
    if f"{TABLE}formula" in attributes and not shown and not _is_calculated(attributes):
        return NOT_CALCULATED
    if kind in ("float", "currency", "percentage") and (value := attributes.get(f"{OFFICE}value")):
        return number(float(value)) if not shown.startswith("#") else shown
    if kind == "date" and (value := attributes.get(f"{OFFICE}date-value")):
        return day_or_moment(value)
    if kind == "boolean":
        return {"true": "TRUE", "false": "FALSE"}.get(attributes.get(f"{OFFICE}boolean-value", ""), shown)
    return shown or attributes.get(f"{OFFICE}string-value", "")


def _is_calculated(attributes: Attributes) -> bool:
    """Whether a file states what a formula came to; an empty text is something too."""
    return any(f"{OFFICE}{name}" in attributes for name in _RESULTS) or attributes.get(_VALUE_TYPE) == "string"


def tables(name: str, opener: Callable[[], IO[bytes]], size: int) -> list[Table]:
    """The visible sheets of a workbook of so many bytes, in its order.

    Raises:
        CorruptFileError, EncryptedError, TooLargeError.
    """
    most = unpacked_most(size)
    reader = _Reader(most)
    try:
        with opener() as file, zipfile.ZipFile(file) as archive, archive.open("content.xml") as stream:
            reader.read(stream)
    except TooLarge as problem:
        raise TooLargeError(file=name, limit=most >> 20) from problem
    except RuntimeError as problem:  # the member is encrypted
        raise EncryptedError(file=name) from problem
    except (*DAMAGE, Declared, expat.ExpatError) as problem:
        raise CorruptFileError(file=name, what="workbook") from problem
    return reader.out.found
