"""Sheets written as XML, read as a stream by expat, so that memory does not grow with the rows.

A document that declares a type or an entity is refused, so nothing is expanded or fetched.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import IO
from xml.parsers import expat

from shopcare.importers.containers.spool import BLOCK_BYTES
from shopcare.importers.containers.table_writer import TableWriter

Attributes = dict[str, str]


class Declared(Exception):
    """A document that declares a type or an entity."""


class SheetReader:
    """The handlers of one document, by the names of its elements; `out` takes the rows.

    `_text` are the parts of the text that is being read, None outside of any.
    """

    def __init__(self, starts: dict[str, Callable[[Attributes], None]], ends: dict[str, Callable[[], None]]) -> None:
        self.out = TableWriter()
        self._starts, self._ends = starts, ends
        self._text: list[str] | None = None

    def read(self, stream: IO[bytes]) -> None:
        """Take the whole document.

        Raises:
            Declared, TooLarge, expat.ExpatError: no well-formed XML. ValueError: a count that cannot be.
        """
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.text
        parser.StartDoctypeDeclHandler = _refuse
        parser.EntityDeclHandler = _refuse
        while block := stream.read(BLOCK_BYTES):
            parser.Parse(block, False)
        parser.Parse(b"", True)

    def start(self, tag: str, attributes: Attributes) -> None:
        """An element begins."""
        if handler := self._starts.get(tag):
            handler(attributes)

    def end(self, tag: str) -> None:
        """An element is over."""
        if handler := self._ends.get(tag):
            handler()

    def text(self, part: str) -> None:
        """Text of an element."""
        if self._text is not None:
            self._text.append(part)


def _refuse(*_declared: object) -> None:
    raise Declared


def count(digits: str, most: int = 99_999_999) -> int:
    """A count as a document states it.

    Raises:
        ValueError: no such count, or more than `most`.
    """
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 8) or int(digits) > most:
        raise ValueError(digits)
    return int(digits)
