"""SpreadsheetML 2003 ("Excel XML", one of Magento's export kinds): Workbook / Worksheet / Table / Row / Cell / Data.

Read as a stream by expat. A document that declares a type or an entity is refused, so nothing is expanded or fetched.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import IO
from xml.parsers import expat

from shopcare.importers.refusals import CorruptFileError, HtmlOrXmlError, TooLargeError
from shopcare.importers.spool import BLOCK_BYTES, UNPACKED_BYTES_MOST
from shopcare.importers.table_writer import COLUMNS_MOST, ROWS_MOST, TableWriter, TooLarge
from shopcare.importers.workbook import Table

SPACE = "urn:schemas-microsoft-com:office:spreadsheet"
_OPTIONS = "urn:schemas-microsoft-com:office:excel"


def is_spreadsheetml(head: bytes) -> bool:
    """Whether a document begins like one, in any of the encodings XML has."""
    text = head[:4096].replace(b"\0", b"")
    return b"Workbook" in text and SPACE.encode() in text


class _Refused(Exception):
    """A document that declares something."""


class _Reader:
    """The handlers of one document."""

    def __init__(self) -> None:
        self.out = TableWriter()
        self._rows = 0
        self._hidden = False
        self._cells: list[str] = []
        self._kind = ""
        self._place = self._next = 0
        self._text: list[str] | None = None
        self._starts: dict[str, Callable[[dict[str, str]], None]] = {
            f"{SPACE} Worksheet": self._worksheet, f"{SPACE} Row": self._row, f"{SPACE} Cell": self._cell,
            f"{SPACE} Data": self._data, f"{_OPTIONS} Visible": self._data,
        }  # fmt: skip
        self._ends: dict[str, Callable[[], None]] = {
            f"{SPACE} Worksheet": self._worksheet_end, f"{SPACE} Row": self._row_end, f"{SPACE} Data": self._data_end,
            f"{_OPTIONS} Visible": self._visible_end,
        }  # fmt: skip

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if handler := self._starts.get(tag):
            handler(attributes)

    def end(self, tag: str) -> None:
        if handler := self._ends.get(tag):
            handler()

    def text(self, part: str) -> None:
        if self._text is not None:
            self._text.append(part)

    def refuse(self, *_declared: object) -> None:
        raise _Refused

    def _worksheet(self, attributes: dict[str, str]) -> None:
        self._rows, self._hidden = 0, False
        self.out.begin(attributes.get(f"{SPACE} Name", ""))

    def _row(self, attributes: dict[str, str]) -> None:
        self._rows = _index(attributes, self._rows, ROWS_MOST) + 1
        self._cells, self._place, self._next = [], 0, 0

    def _cell(self, attributes: dict[str, str]) -> None:
        place = _index(attributes, self._next, COLUMNS_MOST)
        self._cells.extend([""] * (place + 1 - len(self._cells)))
        self._place = place
        self._next = place + 1 + _count(attributes.get(f"{SPACE} MergeAcross", "0"), COLUMNS_MOST)

    def _data(self, attributes: dict[str, str]) -> None:
        self._kind = attributes.get(f"{SPACE} Type", "String")
        self._text = []

    def _data_end(self) -> None:
        if self._text is not None and self._cells:
            self._cells[self._place] = _value("".join(self._text), self._kind)
        self._text = None

    def _row_end(self) -> None:
        if any(self._cells):
            self.out.row(self._cells, self._rows - 1)

    def _visible_end(self) -> None:
        self._hidden = self._hidden or "hidden" in "".join(self._text or ()).lower()
        self._text = None

    def _worksheet_end(self) -> None:
        self.out.end(hidden=self._hidden)


def _index(attributes: dict[str, str], following: int, most: int) -> int:
    """The place of a row or cell from 0: what `ss:Index` says, else the one after the last."""
    given = attributes.get(f"{SPACE} Index")
    place = following if given is None else _count(given, most) - 1
    if not following <= place < most:
        raise ValueError(place)
    return place


def _count(digits: str, most: int) -> int:
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 9) or int(digits) > most:
        raise ValueError(digits)
    return int(digits)


def _value(text: str, kind: str) -> str:
    if kind == "DateTime":
        return text.replace("T", " ").removesuffix(".000").removesuffix(" 00:00:00")
    if kind == "Boolean":
        return {"1": "TRUE", "0": "FALSE"}.get(text.strip(), text)
    return text


def tables(name: str, opener: Callable[[], IO[bytes]]) -> list[Table]:
    """The visible sheets of a document, in its order.

    Raises:
        CorruptFileError: no well-formed XML. HtmlOrXmlError: it declares a type or entity. TooLargeError.
    """
    reader = _Reader()
    parser = _parser(reader)
    try:
        with opener() as file:
            while block := file.read(BLOCK_BYTES):
                parser.Parse(block, False)
            parser.Parse(b"", True)
    except _Refused as problem:
        raise HtmlOrXmlError(file=name) from problem
    except (expat.ExpatError, ValueError) as problem:
        raise CorruptFileError(file=name, what="workbook") from problem
    except TooLarge as problem:
        raise TooLargeError(file=name, limit=UNPACKED_BYTES_MOST >> 20) from problem
    return reader.out.found


def _parser(reader: _Reader) -> expat.XMLParserType:
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.EntityDeclHandler = reader.refuse
    return parser
