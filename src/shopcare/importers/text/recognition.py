"""A source → a sheet: the header is looked for in every encoding and with every delimiter.

A successful decode proves nothing (nearly any bytes are valid GB18030), so the header decides: the first encoding and
delimiter under which a known header appears is the file's.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Sequence
from dataclasses import replace

from shopcare.importers.formats.catalog import Format, normal
from shopcare.importers.formats.headers import match, missing, recognise, resembles, spelled
from shopcare.importers.refusals import (
    EmptyFileError,
    ImportRefusalError,
    MissingColumnError,
    MojibakeError,
    UnknownFormatError,
    WrongEncodingError,
)
from shopcare.importers.text import encodings
from shopcare.importers.text.header_row import header_of, is_value
from shopcare.importers.text.sheet import CELL_LIMIT, Sheet
from shopcare.importers.text.signatures import refuse_by_signature, refuse_noise
from shopcare.importers.text.source import Source

#: Filled records searched for a header: exports with title lines have a handful of them.
HEADER_SEARCH = 30
DELIMITERS = (",", "\t", ";", "|")


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
                known = recognise(header, formats) if any(header) else None
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
        return encodings.settled(source.first_lines, known.layout.encodings)
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
    named = (header[place] for name, place in found.places.items() if name in known.required)
    if value := next(filter(is_value, named), ""):
        raise _unknown(source, line, header, value)  # the names the operator gave are those of a row
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
    line, filled = 1, 0
    try:
        for cells in reader:
            found.append((line, cells))
            line = reader.line_num + 1
            filled += any(map(str.strip, cells))
            if filled == HEADER_SEARCH:
                break
    except csv.Error:
        pass  # what was read before is all that can hold a header
    return found


def _widest(records: Sequence[tuple[int, list[str]]]) -> tuple[int, list[str]]:
    """The record with most cells among the first: the header, if there is one."""
    return max(records, key=lambda record: sum(1 for cell in record[1] if cell.strip()), default=(1, []))


def _unrecognised(source: Source, first: Sequence[tuple[int, list[str]]], formats: Sequence[Format]) -> Exception:
    """Say what the file most likely is."""
    line, cells, value = header_of(first)
    header = _mended(cells)
    if damaged := _mojibake(source, formats):
        return damaged
    nearly = resembles(header, formats)
    if nearly is None and len(formats) == 1 and formats[0].columns:
        nearly = formats[0]  # the operator said what it is
    lacking = [nearly.columns[name][0] for name in missing(spelled(header, nearly), nearly)] if nearly else []
    if nearly is not None and lacking:
        return MissingColumnError(file=source.name, title=nearly.title, columns=", ".join(f"'{x}'" for x in lacking))
    return _unknown(source, line, header, value)


def _unknown(source: Source, line: int, header: Sequence[str], value: str) -> UnknownFormatError:
    shown = ", ".join(cell.strip()[:30] for cell in header[:6])
    return UnknownFormatError(file=source.name, line=line, header=shown, cells=list(header), value=value[:30])


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
    headers = [header for delimiter in DELIMITERS for _line, header in _first_records(text, delimiter)[:5]]
    headers = [header for header in headers if not "".join(header).isascii()]
    for meant, taken in MISREADINGS:
        for header in headers:
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
