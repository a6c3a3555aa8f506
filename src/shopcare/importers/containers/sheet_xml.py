"""Sheets written as XML, read as a stream by expat, so that memory does not grow with the rows.

A document that declares a type or an entity is refused, so nothing is expanded or fetched.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import IO
from xml.parsers import expat

from shopcare.importers.containers.spool import BLOCK_BYTES
from shopcare.importers.containers.table_writer import TableWriter
from shopcare.importers.containers.workbook_process import moment
from shopcare.importers.containers.xml_feed import feed

Attributes = dict[str, str]
_DECLARED_ENCODING = re.compile(rb"""<\?xml\b[^<>]*?\bencoding\s*=\s*["']([\w.-]+)["']""").match
#: Encodings that expat does not know, by the names documents give them, and their codecs.
_CODECS = {
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "x-gbk": "gb18030", "cp936": "gb18030", "big5": "cp950",
    "shift_jis": "cp932", "shift-jis": "cp932", "windows-31j": "cp932", "euc-jp": "euc_jp", "euc-kr": "cp949",
}  # fmt: skip


class Declared(Exception):
    """A document that declares a type or an entity."""


class SheetReader:
    """The handlers of one document, by the names of its elements; `out` takes the rows.

    `_text` are the parts of the text that is being read, None outside of any. `aside` is how elements are named, or how their
    names begin, that stand among cells or in one and are not its content. `most` are the bytes all sheets may come to.
    """

    def __init__(
        self,
        starts: dict[str, Callable[[Attributes], None]],
        ends: dict[str, Callable[[], None]],
        aside: tuple[str, ...],
        most: int,
    ) -> None:
        self.out = TableWriter(most)
        self._aside_names, self._aside = aside, 0
        self._starts, self._ends = starts, ends
        self._text: list[str] | None = None

    def read(self, stream: IO[bytes]) -> None:
        """Take the whole document.

        Raises:
            Declared, TooLarge, expat.ExpatError: no well-formed XML. ValueError: a count that cannot be, or bytes that are
            nothing in the encoding.
        """
        first = stream.read(BLOCK_BYTES)
        codec = _codec(first)
        parser = expat.ParserCreate("utf-8" if codec else None, " ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._take
        parser.StartDoctypeDeclHandler = _refuse
        parser.EntityDeclHandler = _refuse
        blocks = _blocks(first, stream)
        feed(parser, _as_utf8(blocks, codec) if codec else blocks)

    def is_aside(self, tag: str) -> bool:
        """Whether an element with all that is in it is passed over."""
        return tag.startswith(self._aside_names)

    def text(self, part: str) -> None:
        """Text of an element."""
        if self._text is not None:
            self._text.append(part)

    def _start(self, tag: str, attributes: Attributes) -> None:
        if self._aside or self.is_aside(tag):
            self._aside += 1
        elif handler := self._starts.get(tag):
            handler(attributes)

    def _end(self, tag: str) -> None:
        if self._aside:
            self._aside -= 1
        elif handler := self._ends.get(tag):
            handler()

    def _take(self, part: str) -> None:
        if not self._aside:
            self.text(part)


def _codec(head: bytes) -> str:
    """The codec of a document in an encoding that expat does not know, or that a mark decides; empty for all others."""
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    found = _DECLARED_ENCODING(head)
    return _CODECS.get(found[1].decode("ascii", "replace").lower(), "") if found else ""


def _blocks(first: bytes, stream: IO[bytes]) -> Iterator[bytes]:
    block = first
    while block:
        yield block
        block = stream.read(BLOCK_BYTES)


def _as_utf8(blocks: Iterator[bytes], codec: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(codec)("strict")
    for block in blocks:
        yield decoder.decode(block).encode()
    yield decoder.decode(b"", final=True).encode()


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


def day_or_moment(value: str) -> str:
    """A date or time as a document states it, to the second; a day by itself where it is midnight."""
    try:
        at = datetime.fromisoformat(value[:26])
    except ValueError:
        return value
    return moment(at).removesuffix(" 00:00:00")
