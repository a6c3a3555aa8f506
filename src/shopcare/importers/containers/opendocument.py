"""OpenDocument workbooks (ods): the sheets in `content.xml`.

Values are what the file states beside the text a person sees (`office:value`, `office:date-value`); an error has no value,
so its text stands for it.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from datetime import datetime
from typing import IO
from xml.parsers import expat

from shopcare.importers.containers.archive import DAMAGE
from shopcare.importers.containers.sheet_xml import Attributes, Declared, SheetReader, count
from shopcare.importers.containers.spool import UNPACKED_BYTES_MOST
from shopcare.importers.containers.table_writer import COLUMNS_MOST, ROWS_MOST
from shopcare.importers.containers.workbook import Table
from shopcare.importers.containers.workbook_process import CELL_MOST, TooLarge, moment, number
from shopcare.importers.refusals import CorruptFileError, EncryptedError, TooLargeError

_SPACES = "urn:oasis:names:tc:opendocument:xmlns:"
OFFICE, TABLE, TEXT, STYLE = (f"{_SPACES}{name}:1.0 " for name in ("office", "table", "text", "style"))
CALC = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0 "
_BLANKS = re.compile(r"[ \t\r\n]+")
#: What stands in a cell without being its content: comments, drawings, what was there before a change.
_ASIDE = (f"{OFFICE}annotation", f"{_SPACES}drawing:1.0 ", f"{TABLE}tracked-changes", f"{TABLE}dde-links")


class _Reader(SheetReader):
    """The handlers of one document."""

    def __init__(self) -> None:
        self._hidden_styles: set[str] = set()
        self._style = ""
        self._hidden = False
        self._aside = 0
        self._in_table = False
        self._row = self._rows_repeated = 0
        self._cells: list[str] = []
        self._blank = 0
        self._cell: Attributes | None = None
        self._paragraphs: list[str] = []
        starts: dict[str, Callable[[Attributes], None]] = {
            f"{STYLE}style": self._style_start, f"{STYLE}table-properties": self._table_properties,
            f"{TABLE}table": self._table_start, f"{TABLE}table-row": self._row_start,
            f"{TABLE}table-cell": self._cell_start, f"{TABLE}covered-table-cell": self._cell_start,
            f"{TEXT}p": self._paragraph_start, f"{TEXT}s": self._spaces, f"{TEXT}tab": lambda _: self.text("\t"),
            f"{TEXT}line-break": lambda _: self._paragraphs.append(self._taken()),
        }  # fmt: skip
        ends: dict[str, Callable[[], None]] = {
            f"{TABLE}table": self._table_end, f"{TABLE}table-row": self._row_end, f"{TABLE}table-cell": self._cell_end,
            f"{TABLE}covered-table-cell": self._cell_end, f"{TEXT}p": self._paragraph_end,
        }  # fmt: skip
        super().__init__(starts, ends)

    def start(self, tag: str, attributes: Attributes) -> None:
        if self._aside or tag.startswith(_ASIDE) or (self._cell is not None and tag == f"{TABLE}table"):
            self._aside += 1
        else:
            super().start(tag, attributes)

    def end(self, tag: str) -> None:
        if self._aside:
            self._aside -= 1
        else:
            super().end(tag)

    def text(self, part: str) -> None:
        if not self._aside:
            super().text(part if part == "\t" else _BLANKS.sub(" ", part))

    def _style_start(self, attributes: Attributes) -> None:
        self._style = attributes.get(f"{STYLE}name", "")

    def _table_properties(self, attributes: Attributes) -> None:
        if attributes.get(f"{TABLE}display") == "false":
            self._hidden_styles.add(self._style)

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
    kind = attributes.get(f"{OFFICE}value-type", "")
    if kind in ("float", "currency", "percentage") and (value := attributes.get(f"{OFFICE}value")):
        return number(float(value)) if not shown.startswith("#") else shown
    if kind == "date" and (value := attributes.get(f"{OFFICE}date-value")):
        return _date(value)
    if kind == "boolean":
        return {"true": "TRUE", "false": "FALSE"}.get(attributes.get(f"{OFFICE}boolean-value", ""), shown)
    return shown or attributes.get(f"{OFFICE}string-value", "")


def _date(value: str) -> str:
    try:
        at = datetime.fromisoformat(value[:26])
    except ValueError:
        return value
    return moment(at).removesuffix(" 00:00:00")


def tables(name: str, opener: Callable[[], IO[bytes]]) -> list[Table]:
    """The visible sheets of a workbook, in its order.

    Raises:
        CorruptFileError, EncryptedError, TooLargeError.
    """
    reader = _Reader()
    try:
        with opener() as file, zipfile.ZipFile(file) as archive, archive.open("content.xml") as stream:
            reader.read(stream)
    except TooLarge as problem:
        raise TooLargeError(file=name, limit=UNPACKED_BYTES_MOST >> 20) from problem
    except RuntimeError as problem:  # the member is encrypted
        raise EncryptedError(file=name) from problem
    except (*DAMAGE, Declared, expat.ExpatError) as problem:
        raise CorruptFileError(file=name, what="workbook") from problem
    return reader.out.found
