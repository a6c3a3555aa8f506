"""Bytes → rows: encoding, delimiter, header line, then the rows with their physical line numbers, as a stream.

A successful decode proves nothing (nearly any bytes are valid GB18030), so the header decides: the first encoding and
delimiter under which a known header appears is the file's.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import os
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import IO, NamedTuple

from shopcare.i18n import _
from shopcare.importers import encodings
from shopcare.importers.folders import printable
from shopcare.importers.formats import Format, normal
from shopcare.importers.headers import Match, match, missing, recognise, resembles, spelled
from shopcare.importers.refusals import (
    EmptyFileError,
    ImportRefusalError,
    MissingColumnError,
    MojibakeError,
    UnbalancedQuoteError,
    UnknownFormatError,
    UnreadableError,
    WrongEncodingError,
)
from shopcare.importers.signatures import refuse_by_signature, refuse_noise
from shopcare.importers.spool import spooled

#: Bytes looked at to find the header.
HEAD_BYTES = 1 << 17
#: Records searched for a header: exports with title lines have a handful of them.
HEADER_SEARCH = 30
DELIMITERS = (",", "\t", ";", "|")
BLOCK_BYTES = 1 << 18
#: Records brought along at a time where they are parsed one by one.
BATCH_ROWS = 1000
#: Characters of one cell after which the parser gives up: only a quote that is never closed gets this far.
CELL_LIMIT = 1 << 24

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


@dataclass(frozen=True, slots=True)
class Source:
    """A file to import: its printed name, how to open it, its size without padding, and what stands at its end.

    What came out of a `container` carries its digest, the name of the `member`, and that of the `sheet`; a sheet is UTF-8
    CSV of our own making, whose records are `numbered_by_record` because that is its row. `given_encoding` is what the
    operator says.
    """

    name: str
    open: Callable[[], IO[bytes]]
    size: int
    padding: int
    head: bytes
    tail: bytes
    container: str = ""
    member: str = ""
    sheet: str = ""
    digest: str = ""
    numbered_by_record: bool = False
    given_encoding: str = ""


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

    `rows()` may be called again and starts over; `digest`, `damaged` and `position` tell about the newest pass.
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

    @property
    def _errors(self) -> str:
        allowed = self.match.format.layout.encodings
        western = self.codec == "utf-8" and "cp1252" in allowed and "gbk" not in allowed
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
        if self.damaged or not cells or len(cells) >= len(self.header):
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
        records = csv.reader(text, delimiter=self.delimiter, strict=True)
        line = 1
        try:
            for cells in records:
                yield line, cells, None
                line = records.line_num + 1
        except csv.Error as problem:
            self._stopped(problem, line, records.line_num)
        finally:
            text.detach()  # the file is closed by its own context

    def _split(self, raw: _Hashing) -> Iterator[Piece]:
        """Records of a file with few quotes: a line without one is split, which is what the parser would do, only faster."""
        csv.field_size_limit(CELL_LIMIT)
        texts, number = self._texts(raw), 1
        for text in texts:
            if self.quotes and '"' in text:
                number = yield from self._with_quotes(number, text, texts)
            else:
                piece = Text(number, text)
                number += piece.lines
                yield piece

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
        """Whole physical lines with line feeds between them, from a file in any newline style."""
        decoder = codecs.getincrementaldecoder(self.codec)(self._errors)
        rest, block = "", b"start"
        buffer = memoryview(bytearray(BLOCK_BYTES))
        while block:
            size = raw.readinto(buffer)
            block = bytes(buffer[:size])
            text = rest + decoder.decode(block, final=not block)
            held = "\r" if block and text.endswith("\r") else ""  # its line feed may be in the next block
            if "\r" in text:
                text = text[: len(text) - len(held)].replace("\r\n", "\n").replace("\r", "\n")
            whole, found, rest = text.rpartition("\n")
            rest += held
            if found:
                yield whole
        if rest:
            yield rest

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


def open_source(name: str) -> Source:
    """A file by its name, or standard input by `-` (kept in a temporary file, because rows may be read twice).

    Raises:
        UnreadableError: missing, a folder, no permission.
    """
    path, shown = Path(name), printable(name)
    try:
        if name == "-":
            return _spooled(name, sys.stdin.buffer)
        if not name:
            raise FileNotFoundError
        if path.is_dir():
            raise UnreadableError(file=shown, problem="the folder has no export files in it", missing=False)
        with path.open("rb") as file:
            if not path.is_file() or not os.fstat(file.fileno()).st_size:
                return _spooled(shown, file)
            return described(shown, lambda: path.open("rb"), file)
    except FileNotFoundError as problem:
        raise UnreadableError(file=shown, problem="there is no such file", missing=True) from problem
    except (OSError, ValueError, AttributeError) as problem:  # a NUL in the name; standard input is closed
        text = getattr(problem, "strerror", None) or str(problem)
        raise UnreadableError(file=shown, problem=text.rstrip("."), missing=False) from problem


def _spooled(name: str, stream: IO[bytes]) -> Source:
    """What has no length and can be read once only: a pipe, a device."""
    spool = spooled(name, iter(lambda: stream.read(BLOCK_BYTES), b""))
    with spool.open() as file:
        return described(name, spool.open, file)


def described(name: str, opener: Callable[[], IO[bytes]], file: IO[bytes]) -> Source:
    """What is known of a file before it is read."""
    size = file.seek(0, io.SEEK_END)
    padding = _padding(file, size)
    file.seek(0)
    head = file.read(HEAD_BYTES)
    padding -= -(size - padding) % encodings.width(head)
    size -= padding
    file.seek(max(0, size - 8))
    tail = file.read(min(8, size))
    if (text := tail.rstrip(b"\x1a"))[-1:] in (b"\r", b"\n"):  # how old programs end a text
        size, tail = size - len(tail) + len(text), text
    return Source(name, opener, size, padding, head[:size], tail)


def _padding(file: IO[bytes], size: int) -> int:
    """How many NULs an interrupted copy left at the end (0 for fewer than four: wide characters end in up to three)."""
    padding = 0
    while padding < size:
        step = min(BLOCK_BYTES, size - padding)
        file.seek(size - padding - step)
        block = file.read(step)
        kept = len(block.rstrip(b"\0"))
        padding += step - kept
        if kept:
            break
    return padding if padding > 3 else 0


def open_sheet(source: Source, formats: Sequence[Format]) -> Sheet:
    """Find the header and its format.

    Raises:
        EmptyFileError, BinaryError, ArchiveError, HtmlOrXmlError, MojibakeError, UnknownFormatError,
        MissingColumnError, DuplicateColumnError.
    """
    head = source.head
    if not head.strip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"):
        raise EmptyFileError(file=source.name)
    if not source.numbered_by_record:
        refuse_by_signature(source.name, head)
    first: list[tuple[int, list[str]]] = []
    tried = _encodings(source)
    for encoding, codec in tried:
        for delimiter in DELIMITERS[:1] if source.numbered_by_record else DELIMITERS:
            records = _records(source, codec, delimiter)
            first = max(first, records, key=lambda found: len(_widest(found)[1]))
            for position, (_line, header) in enumerate(records):
                known = recognise(header, formats)
                if known is not None and (dialect := _dialect(source, encoding, codec, header, known)):
                    found = records if dialect[1] == codec else _records(source, dialect[1], delimiter)
                    return _sheet(source, (*dialect, delimiter), found, position, known)
    if source.given_encoding:
        _say_if_wrong(source, formats)
    if not _widest(first)[1] or not any(cell.strip("\0 ").strip() for cell in _widest(first)[1]):
        raise EmptyFileError(file=source.name)
    if not source.numbered_by_record:
        wide = [_decoded(head, codec) for _encoding, codec in tried if codec.startswith(("utf-16", "utf-32"))]
        refuse_noise(source.name, head, wide)
    raise _unrecognised(source, first, formats)


def _records(source: Source, codec: str, delimiter: str) -> list[tuple[int, list[str]]]:
    """The first records, numbered by line, or by row for a sheet of a workbook."""
    records = _first_records(_decoded(source.head, codec), delimiter)
    if source.numbered_by_record:
        return [(number, cells) for number, (_line, cells) in enumerate(records, 1)]
    return records


def _decoded(head: bytes, codec: str) -> str:
    return codecs.getincrementaldecoder(codec)("shopcare-keep").decode(head, final=False).lstrip("\ufeff")


def _dialect(source: Source, encoding: str, codec: str, header: Sequence[str], known: Format) -> tuple[str, str] | None:
    """The encoding of a file in which this header was found; None if the header cannot be right in it."""
    if source.numbered_by_record or source.given_encoding or (encoding, codec) not in encodings.UNMARKED:
        return encoding, codec
    if all(name.isascii() for name in spelled(header, known) if name in known.known):
        return encodings.settled(source.head, known.layout.encodings)
    return (encoding, codec) if _may_be(encoding, header, known) else None


def _say_if_wrong(source: Source, formats: Sequence[Format]) -> None:
    """Refuse a file that would be known in another encoding than the operator says.

    Raises:
        WrongEncodingError.
    """
    try:
        found = open_sheet(replace(source, given_encoding=""), formats).encoding
    except ImportRefusalError:
        return
    raise WrongEncodingError(file=source.name, given=source.given_encoding, found=found)


def _sheet(
    source: Source,
    dialect: tuple[str, str, str],
    records: Sequence[tuple[int, list[str]]],
    position: int,
    known: Format,
) -> Sheet:
    line, header = records[position]
    preamble = [start for start, _cells in records[:position]]
    found = match(header, known, file=source.name, line=line)
    encoding, codec, delimiter = dialect
    header_is_quoted = f'"{max(header, key=len)}"'.encode(errors="replace") in source.head
    quotes = known.layout.quotes or delimiter != "\t" or codec.startswith("utf-16") or header_is_quoted
    return Sheet(source, encoding, codec, delimiter, line, header, preamble, found, quotes)


def _may_be(encoding: str, header: Sequence[str], known: Format) -> bool:
    """Whether a header of a format may be in an encoding: read in a wrong one, some of its names may still be right."""
    if any("\udc80" <= letter <= "\udcff" for letter in "".join(header)):
        return False
    return encoding in known.layout.encodings


def _encodings(source: Source) -> list[tuple[str, str]]:
    if source.numbered_by_record:
        return [("", "utf-8")]
    if source.given_encoding:
        return encodings.codecs_named(source.given_encoding, source.head)
    return encodings.candidates(source.head)


def _first_records(text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    """The first records with their lines. Lenient: this only looks for a header."""
    csv.field_size_limit(CELL_LIMIT)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    found: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for cells in reader:
            found.append((line, cells))
            line = reader.line_num + 1
            if len(found) == HEADER_SEARCH:
                break
    except csv.Error:
        pass  # what was read before is all that can hold a header
    return found


def _widest(records: Sequence[tuple[int, list[str]]]) -> tuple[int, list[str]]:
    """The record with most cells among the first: the header, if there is one."""
    return max(records, key=lambda record: sum(1 for cell in record[1] if cell.strip()), default=(1, []))


def _unrecognised(source: Source, first: Sequence[tuple[int, list[str]]], formats: Sequence[Format]) -> Exception:
    """Say what the file most likely is."""
    line, header = _widest(first)
    header = _mended(header)
    if damaged := _mojibake(source, formats):
        return damaged
    nearly = resembles(header, formats)
    if nearly is None and len(formats) == 1 and formats[0].columns:
        nearly = formats[0]  # the operator said what it is
    lacking = [nearly.columns[name][0] for name in missing(spelled(header, nearly), nearly)] if nearly else []
    if nearly is not None and lacking:
        return MissingColumnError(file=source.name, title=nearly.title, columns=", ".join(f"'{x}'" for x in lacking))
    shown = ", ".join(cell.strip()[:30] for cell in header[:6])
    return UnknownFormatError(file=source.name, line=line, header=shown, cells=list(header))


def _mended(header: Sequence[str]) -> list[str]:
    """Names that were read as UTF-8 and are not, in the other customary encoding."""
    try:
        names = [cell.encode("utf-8", "surrogateescape") for cell in header]
    except UnicodeEncodeError:  # halves of wide characters
        return [cell.encode("utf-8", "replace").decode() for cell in header]
    try:
        "".join(header).encode()
    except UnicodeEncodeError:
        codec = "cp1252" if encodings.looks_western(b",".join(names)) else "gb18030"
        return [name.decode(codec, "replace") for name in names]
    return list(header)


#: How text gets damaged: the encoding it was in, and the one it was taken for.
MISREADINGS = (
    ("gb18030", "cp1252"),
    ("gb18030", "latin-1"),
    ("utf-8", "gb18030"),
    ("utf-8", "cp1252"),
    ("utf-8", "latin-1"),
)

#: So many known names that come out are no accident; where letters were lost, the others do not.
NAMES_ENOUGH = 3


def _mojibake(source: Source, formats: Sequence[Format]) -> MojibakeError | None:
    """Whether undoing a customary misreading of the header gives a known one, or several known names."""
    text = codecs.getincrementaldecoder("utf-8-sig")("replace").decode(source.head, final=False)
    known = frozenset().union(*(each.known for each in formats))
    for meant, taken in MISREADINGS:
        for delimiter in DELIMITERS:
            for _line, header in _first_records(text, delimiter)[:5]:
                mended = [_undo(cell, meant, taken) for cell in header]
                changed = [(was, name) for was, name in zip(header, mended, strict=True) if was != name]
                names = [(was, name) for was, name in changed if normal(name) in known]
                if changed and (len(names) >= NAMES_ENOUGH or recognise(mended, formats)):
                    was, name = (names or changed)[0]
                    return MojibakeError(file=source.name, header=was[:20], meant=name[:20])
    return None


def _undo(cell: str, meant: str, taken: str) -> str:
    try:
        return cell.encode(taken).decode(meant)
    except UnicodeError:
        return cell
