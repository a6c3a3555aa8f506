"""From a name to a recognised file: whatever it is packed in is undone here, then `recognition` finds the header."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import IO, TYPE_CHECKING

from shopcare.importers.containers.spool import Spool, digest_of, unpacked_most
from shopcare.importers.formats.catalog import Format
from shopcare.importers.refusals import (
    ArchiveError,
    EmptyFileError,
    ImportRefusalError,
    LineEndsError,
    MissingColumnError,
    TooLargeError,
    UnknownFormatError,
    WrongPlatformError,
)
from shopcare.importers.text.recognition import open_sheet
from shopcare.importers.text.sheet import Sheet
from shopcare.importers.text.source import Source, described, open_source

if TYPE_CHECKING:
    from shopcare.importers.containers.workbook import Table

#: What was found in a file: of a workbook maybe several, at least one.
Sheets = Sequence[Sheet]

ZIP, GZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"), b"\x1f\x8b"
OLE2 = b"\xd0\xcf\x11\xe0"
#: Visible sheets of a workbook; in each of them a header is looked for.
SHEETS_MOST = 500


def open_file(
    name: str,
    formats: Sequence[Format],
    encoding: str | None = None,
    *,
    is_wanted: Callable[[Sheet], bool] | None = None,
    platform: str = "",
    others: Sequence[Format] = (),
) -> Sheet:
    """The table in a file: of text, of an archive its one member, of a workbook's visible sheets with a known header the first
    that `is_wanted`, else the first; it tells which others were left out. `encoding` is that of text, if the operator names it;
    `others` are the formats that it is not in if it is in one of the `platform` that the operator names.

    Raises:
        ImportRefusalError: one of its kinds says why not.
    """
    source = replace(open_source(name), given_encoding=encoding or "")
    try:
        return open_in(source, formats, is_wanted)
    except (UnknownFormatError, MissingColumnError):
        if others:
            _refuse_other(source, platform, others)
        raise


def _refuse_other(source: Source, platform: str, others: Sequence[Format]) -> None:
    """Refuse a source that is in one of the other formats than those of a platform.

    Raises:
        WrongPlatformError.
    """
    try:
        found = open_in(source, others).match.format
    except ImportRefusalError:
        return
    raise WrongPlatformError(file=source.name, given=platform, title=found.title, found=found.platform)


def open_in(source: Source, formats: Sequence[Format], is_wanted: Callable[[Sheet], bool] | None = None) -> Sheet:
    """The same for a source, which may be looked at several times: standard input cannot be opened again.

    Raises:
        ImportRefusalError: one of its kinds says why not.
    """
    sheets = _opened(source, formats, packed="")
    chosen = next((each for each in sheets if is_wanted is None or is_wanted(each)), sheets[0])
    chosen.left_out = tuple(each.source.sheet for each in sheets if each is not chosen and _has_rows(each))
    return chosen


def _has_rows(sheet: Sheet) -> bool:
    return any(any(cells) for _line, cells, _text in sheet.rows())


#: Characters that some programs take for the end of a line, but no table does.
_ODD_LINE_ENDS = "\v\f\x1c\x1d\x1e\x85\u2028\u2029"


def check_line_ends(sheet: Sheet) -> None:
    """Refuse a file without a row whose header shows why: the rows stand in it.

    Raises:
        LineEndsError.
    """
    odd = next((character for cell in sheet.header for character in cell if character in _ODD_LINE_ENDS), "")
    if odd:
        raise LineEndsError(file=sheet.source.name, character=f"U+{ord(odd):04X}")


def _opened(source: Source, formats: Sequence[Format], *, packed: str) -> Sheets:
    """`packed` is the archive this came out of; there is one level of them."""
    head = source.head
    if head.startswith(GZIP):
        return _gzip(source, formats, packed)
    if head.startswith(ZIP):
        return _zip(source, formats, packed)
    if head.startswith(OLE2):
        from shopcare.importers.containers import workbook

        return _workbook(source, formats, workbook.ole2_kind(source.name, source.open), source.size)
    if b"<" in head[:64]:
        from shopcare.importers.containers import spreadsheetml

        if spreadsheetml.is_spreadsheetml(head):
            return _first_known(source, formats, "xml", spreadsheetml.tables(source.name, source.open, source.size))
    return [open_sheet(source, formats)]


def _gzip(source: Source, formats: Sequence[Format], packed: str) -> Sheets:
    from shopcare.importers.containers.archive import gunzipped

    if packed:
        raise ArchiveError(file=source.name)
    spool = gunzipped(source.name, source.open, source.size)
    return _opened(_inner(source, spool, "gzip"), formats, packed="gzip")


def _zip(source: Source, formats: Sequence[Format], packed: str) -> Sheets:
    from shopcare.importers.containers import archive, workbook

    found = archive.members(source.name, source.open)
    kind = workbook.zip_kind(source.name, source.open, found)
    if kind == "ods":
        from shopcare.importers.containers import opendocument

        return _first_known(source, formats, kind, opendocument.tables(source.name, source.open, source.size))
    if kind:
        return _workbook(source, formats, kind, sum(info.file_size for info in found))
    if packed:
        raise ArchiveError(file=source.name)
    member, spool = archive.only_member(source.name, source.open, found)
    return _opened(_inner(source, spool, "zip", member), formats, packed="zip")


def _inner(source: Source, spool: Spool, container: str, member: str = "") -> Source:
    """What was unpacked, under the name of the file it came in."""
    with spool.open() as file:
        inner = described(source.name, _opener(spool, 0, None), file)
    return replace(
        inner, container=container, member=member, digest=_digest(source), given_encoding=source.given_encoding
    )


def _opener(spool: Spool, start: int, end: int | None) -> Callable[[], IO[bytes]]:
    return lambda: spool.open(start, end)


def _digest(source: Source) -> str:
    if source.digest:
        return source.digest
    with source.open() as file:
        return digest_of(file)


def _workbook(source: Source, formats: Sequence[Format], kind: str, unpacked: int) -> Sheets:
    from shopcare.importers.containers import workbook

    size = source.size + source.padding
    return _first_known(source, formats, kind, workbook.tables(source.name, source.open, size, unpacked))


def _first_known(source: Source, formats: Sequence[Format], kind: str, tables: Sequence[Table]) -> Sheets:
    """The sheets with a header that can be imported; if there are none, the refusal that says most."""
    if len(tables) > SHEETS_MOST:
        raise TooLargeError(file=source.name, limit=unpacked_most(source.size) >> 20)
    base = replace(source, container=kind, digest=_digest(source), numbered_by_record=True)
    refusals: list[ImportRefusalError] = []
    found: list[Sheet] = []
    for table in tables:
        try:
            found.append(open_sheet(_of_table(base, table), formats))
        except ImportRefusalError as refusal:
            refusals.append(refusal)
    if not found:
        raise max(refusals, key=_weight, default=EmptyFileError(file=source.name))
    return found


def _of_table(base: Source, table: Table) -> Source:
    """A sheet of the workbook `base` as a source of its own."""
    opener = _opener(table.spool, table.start, table.end)
    with opener() as file:
        part = described(base.name, opener, file)
    return replace(
        part, container=base.container, member=base.member, digest=base.digest, sheet=table.sheet,
        numbered_by_record=True, is_1904=table.is_1904,
    )  # fmt: skip


def _weight(refusal: ImportRefusalError) -> tuple[int, int]:
    """A sheet that is nearly an export says more than one that is none, a wide one more than a narrow or blank one."""
    if isinstance(refusal, UnknownFormatError):
        cells = refusal.context["cells"]
        return 1, len(cells) if isinstance(cells, list) else 0
    return 0 if isinstance(refusal, EmptyFileError) else 2, 0
