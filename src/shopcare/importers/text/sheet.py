"""A recognised file: the stream of its records with their physical line numbers, from text in any dialect."""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import re
from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain, islice
from typing import IO, NamedTuple

from shopcare.i18n import _
from shopcare.importers.formats.headers import Match
from shopcare.importers.refusals import TooLargeError, UnbalancedQuoteError
from shopcare.importers.text import encodings
from shopcare.importers.text.source import BLOCK_BYTES, Source

#: Records brought along at a time where they are parsed one by one.
BATCH_ROWS = 1000
#: Characters of one cell after which the parser gives up: only a quote that is never closed gets this far.
CELL_LIMIT = 1 << 24
#: A day as spreadsheets count it, of 1927 or later, and how many days the two ways to count them are apart.
_DAY_1904 = re.compile(r"[1-7][0-9]{4}(?:\.[0-9]{1,20})?", re.ASCII).fullmatch
DAYS_TO_1904 = 1462
#: The longest line that is taken.
LINE_BYTES_MOST = 256 << 20

#: First physical line, cells, and the line itself where one line is all of it.
Row = tuple[int, list[str], str | None]


class Text(NamedTuple):
    """Whole physical lines without a quote: the number of the first, and their text with line feeds between them."""

    first: int
    text: str

    @property
    def lines(self) -> int:
        """How many lines."""
        return self.text.count("\n") + 1

    def rows(self, delimiter: str) -> list[Row]:
        """The lines as rows."""
        lines = self.text.split("\n")
        return [(number, line.split(delimiter) if line else [], line) for number, line in enumerate(lines, self.first)]

    def after(self, line: int) -> Text | None:
        """What stands below a line; None for nothing."""
        if self.first > line:
            return self
        parts = self.text.split("\n", line - self.first + 1)
        return Text(line + 1, parts[-1]) if len(parts) > line - self.first + 1 else None

    def halves(self) -> tuple[Text, Text]:
        """The lines in two parts; there must be two lines at least."""
        lines = self.text.split("\n")
        half = len(lines) // 2
        return Text(self.first, "\n".join(lines[:half])), Text(self.first + half, "\n".join(lines[half:]))


#: Several records that follow each other.
Piece = Text | list[Row]


def _keep_as_surrogates(problem: UnicodeError) -> tuple[str, int]:
    """Undecodable bytes become lone surrogates, so that only their row is refused."""
    if not isinstance(problem, UnicodeDecodeError):
        raise problem
    bad = problem.object[problem.start : problem.end]
    return "".join(chr(0xDC00 + byte) for byte in bad), problem.end


def _western(problem: UnicodeError) -> tuple[str, int]:
    """Bytes that are not UTF-8 in a file that may be Windows-1252: each is a character of that."""
    if not isinstance(problem, UnicodeDecodeError):
        raise problem
    if not encodings.is_western_byte(problem):
        return _keep_as_surrogates(problem)
    return problem.object[problem.start : problem.end].decode("cp1252", "shopcare-keep"), problem.end


codecs.register_error("shopcare-keep", _keep_as_surrogates)
codecs.register_error("shopcare-western", _western)


@dataclass(slots=True)
class Damage:
    """A record the parser itself could not deliver."""

    line: int
    code: str
    message: str
    cells: list[str]


@dataclass(slots=True)
class Sheet:
    """A recognised file: everything known before its first row is read, and the stream of rows.

    `rows()` may be called again and starts over; `digest`, `damaged` and `position` tell about the newest pass. `left_out` are
    other sheets of the same workbook that are exports too.
    """

    source: Source
    encoding: str
    codec: str
    delimiter: str
    header_line: int
    header: list[str]
    preamble: list[int]
    match: Match
    quotes: bool = True
    left_out: tuple[str, ...] = ()
    damaged: list[Damage] = field(default_factory=list)
    digest: str = ""
    _raw: _Hashing | None = None
    _followed: int = 0

    @property
    def position(self) -> int:
        """Bytes read so far."""
        return self._raw.position if self._raw else self._followed

    def follow(self, position: int, digest: str = "") -> None:
        """Take over how far another process is with this file, and at its end the digest."""
        self._raw, self._followed, self.digest = None, position, digest

    def rows(self) -> Iterator[Row]:
        """Every record after the header with its first physical line; blank lines are empty lists.

        Raises:
            UnbalancedQuoteError: cells can no longer be told apart.
        """
        for piece in self.pieces():
            yield from piece.rows(self.delimiter) if isinstance(piece, Text) else piece

    def pieces(self) -> Iterator[Piece]:
        """The same records, many at a time: whole lines without a quote as their text, all others as rows.

        Raises:
            UnbalancedQuoteError: cells can no longer be told apart.
        """
        self.damaged.clear()
        with self.source.open() as file:
            raw = self._raw = _Hashing(file, self.source.size)
            pieces = self._below_header(self._of_source(raw))
            if self.source.is_1904:
                pieces = self._since_1900(pieces)
            yield from pieces if self._ends_with_newline() else self._whole(pieces)
            self.digest = self.source.digest or raw.hexdigest()

    def _of_source(self, raw: _Hashing) -> Iterator[Piece]:
        return _batches(self._parsed(raw)) if self._is_quoted() else self._split(raw)

    def _below_header(self, pieces: Iterator[Piece]) -> Iterator[Piece]:
        for piece in pieces:
            below = piece.after(self.header_line) if isinstance(piece, Text) else self._after_header(piece)
            if below:
                yield below

    def _after_header(self, rows: list[Row]) -> list[Row]:
        return rows if rows[0][0] > self.header_line else [row for row in rows if row[0] > self.header_line]

    def _since_1900(self, pieces: Iterator[Piece]) -> Iterator[Piece]:
        """The pieces of a sheet whose days are counted from 1904, with those that are only numbers counted from 1900."""
        places = self.match.times
        for piece in pieces:
            rows = piece.rows(self.delimiter) if isinstance(piece, Text) else piece
            for _line, cells, _text in rows:
                for place in places:
                    if place < len(cells) and _DAY_1904(cells[place]):
                        cells[place] = str(Decimal(cells[place]) + DAYS_TO_1904)
            yield [(line, cells, None) for line, cells, _text in rows]

    @property
    def _errors(self) -> str:
        allowed = self.match.format.layout.encodings
        open_to_all = (
            self.codec == "utf-8" and self.source.head.isascii()
        )  # what is UTF-8 there shows that all of it is
        western = open_to_all and "cp1252" in allowed and "gbk" not in allowed
        return "shopcare-western" if western else "shopcare-keep"

    def _whole(self, pieces: Iterator[Piece]) -> Iterator[Piece]:
        """The pieces of a file that does not end in a newline: its last row may have been cut off."""
        held: Piece | None = None
        for piece in pieces:
            if held is not None:
                yield held
            held = piece
        if held is None:
            return
        *rows, (line, cells, text) = held.rows(self.delimiter) if isinstance(held, Text) else held
        if self.damaged or not cells or (len(cells) >= len(self.header) and not _is_cut(cells[-1])):
            rows.append((line, cells, text))
        else:
            self._truncated(line, cells)
        if rows:
            yield rows

    def _is_quoted(self) -> bool:
        """Whether so many cells are quoted that the parser is better asked for every line."""
        return (
            self.quotes
            and not self.source.numbered_by_record
            and self.source.head.count(b'"') > self.source.head.count(b"\n")
        )

    def _parsed(self, raw: _Hashing) -> Iterator[Row]:
        """Records by the parser, which counts physical lines in all newline styles."""
        text = io.TextIOWrapper(
            io.BufferedReader(raw, BLOCK_BYTES), encoding=self.codec, errors=self._errors, newline=""
        )
        csv.field_size_limit(CELL_LIMIT)
        above = sum(1 for _title in islice(text, self.header_line - 1))  # not parsed: there a quote means nothing
        records = csv.reader(text, delimiter=self.delimiter, strict=True)
        line = above + 1
        try:
            for cells in records:
                yield line, cells, None
                line = above + records.line_num + 1
        except csv.Error as problem:
            self._stopped(problem, line, above + records.line_num)
        finally:
            text.detach()  # the file is closed by its own context

    def _split(self, raw: _Hashing) -> Iterator[Piece]:
        """Records of a file with few quotes: a line without one is split, which is what the parser would do, only faster."""
        csv.field_size_limit(CELL_LIMIT)
        texts, number = self._texts(raw), 1
        if not self.source.numbered_by_record:
            texts, number = self._below_titles(texts)
        for text in texts:
            if self.quotes and '"' in text:
                number = yield from self._with_quotes(number, text, texts)
            else:
                piece = Text(number, text)
                number += piece.lines
                yield piece

    def _below_titles(self, texts: Iterator[str]) -> tuple[Iterator[str], int]:
        """The lines from the header on, and the number of the first: in a title above it a quote means nothing."""
        number = 1
        for text in texts:
            if below := Text(number, text).after(self.header_line - 1):
                return chain((below.text,), texts), below.first
            number += text.count("\n") + 1
        return texts, number

    def _with_quotes(self, number: int, text: str, texts: Iterator[str]) -> Generator[list[Row], None, int]:
        """The records of some lines, and of as many further ones as the last of them needs; the number of the next line."""
        lines = deque(text.split("\n"))
        rows: list[Row] = []
        while lines:
            line = lines.popleft()
            if '"' not in line:
                rows.append((number, line.split(self.delimiter) if line else [], line))
                number += 1
                continue
            record = csv.reader(chain((line + "\n",), _following(lines, texts)), delimiter=self.delimiter, strict=True)
            try:
                rows.append((number, next(record), None))
            except csv.Error as problem:
                self._stopped(problem, number, number + record.line_num - 1)
            number += 1 if self.source.numbered_by_record else record.line_num
        if rows:
            yield rows
        return number

    def _texts(self, raw: _Hashing) -> Iterator[str]:
        """Whole physical lines with line feeds between them, from a file in any newline style.

        Raises:
            TooLargeError: a line that would fill the memory.
        """
        decoder = codecs.getincrementaldecoder(self.codec)(self._errors)
        rest: list[str] = []  # the parts of the unfinished line: joined once, however many blocks it takes
        held, block = "", b"start"
        buffer = memoryview(bytearray(BLOCK_BYTES))
        while block:
            size = raw.readinto(buffer)
            block = bytes(buffer[:size])
            text = held + decoder.decode(block, final=not block)
            held = "\r" if block and text.endswith("\r") else ""  # its line feed may be in the next block
            if "\r" in text:
                text = text[: len(text) - len(held)].replace("\r\n", "\n").replace("\r", "\n")
            whole, found, part = text.rpartition("\n")
            if found:
                yield "".join((*rest, whole))
                rest.clear()
            rest.append(part)
            if len(rest) * BLOCK_BYTES > LINE_BYTES_MOST:
                raise TooLargeError(file=self.source.name, limit=LINE_BYTES_MOST >> 20)
        if last := "".join(rest):
            yield last

    def _ends_with_newline(self) -> bool:
        return self.source.tail.rstrip(b"\0")[-1:] in (b"\r", b"\n")

    def _stopped(self, problem: csv.Error, line: int, last: int) -> None:
        """An open quote at the end of the file: the last line was cut off, or a quote somewhere before is missing."""
        if "unexpected end" in str(problem) and line == last > self.header_line:
            self._truncated(line, [])
            return
        raise UnbalancedQuoteError(file=self.source.name, line=line)

    def _truncated(self, line: int, cells: list[str]) -> None:
        self.damaged.append(Damage(line, "truncated", _("the file ends in the middle of this row"), cells))


def _is_cut(cell: str) -> bool:
    """Whether a cell ends in the middle of a character."""
    return "\udc00" <= cell[-1:] <= "\udcff"


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(islice(rows, BATCH_ROWS)):
        yield batch


def _following(lines: deque[str], texts: Iterator[str]) -> Iterator[str]:
    """The lines after one that opens a quote, for as long as they are asked for."""
    while True:
        if not lines:
            text = next(texts, None)
            if text is None:
                return
            lines.extend(text.split("\n"))
        yield lines.popleft() + "\n"


class _Hashing(io.RawIOBase):
    """The bytes of a file up to its padding, hashed and counted as they pass."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file = file
        self._left = size
        self._hash = hashlib.sha256()
        self.position = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # the wider Buffer protocol is not needed
        block = self._file.read(min(len(buffer), self._left))
        self._left -= len(block)
        self.position += len(block)
        self._hash.update(block)
        buffer[: len(block)] = block
        return len(block)

    def hexdigest(self) -> str:
        return self._hash.hexdigest()
