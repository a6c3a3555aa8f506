"""Files that are no delimited text at all, told by their first bytes."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from typing import IO

from shopcare.importers.refusals import (
    AmbiguousArchiveError,
    ArchiveError,
    BinaryError,
    CorruptFileError,
    HtmlOrXmlError,
    WorkbookError,
)

_PICTURES_AND_OTHERS = {
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"%PDF": "a PDF document",
    b"SQLite format 3\0": "a SQLite database",
    b"\x7fELF": "a program",
    b"MZ\x90": "a program",
    b"{\\rtf": "an RTF document",
}
_COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!", b"\x28\xb5\x2f\xfd")
_PAGES = (b"<!doctype", b"<html", b"<?xml", b"<table", b"<head", b"<meta", b"<div")
#: Control bytes no text export contains, beside tab, newline, form feed and the escape some tools leave.
_CONTROLS = frozenset(range(32)) - {9, 10, 11, 12, 13, 26, 27}


def refuse_by_signature(name: str, head: bytes, opener: Callable[[], IO[bytes]]) -> None:
    """Refuse workbooks, archives, web pages, pictures by name.

    Raises:
        WorkbookError, ArchiveError, AmbiguousArchiveError, CorruptFileError, HtmlOrXmlError, BinaryError.
    """
    if head.startswith(b"PK"):
        _refuse_zip(name, opener)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise WorkbookError(file=name)
    if head.startswith(_COMPRESSED):
        raise ArchiveError(file=name)
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_PAGES):
        raise HtmlOrXmlError(file=name)
    for signature, what in _PICTURES_AND_OTHERS.items():
        if head.startswith(signature):
            raise BinaryError(file=name, what=what)


def _refuse_zip(name: str, opener: Callable[[], IO[bytes]]) -> None:
    """Workbooks are zip archives too; only the list of members is read, nothing is unpacked."""
    try:
        with opener() as file, zipfile.ZipFile(file) as archive:
            members = [info.filename for info in archive.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as problem:
        raise CorruptFileError(file=name, what="workbook or archive") from problem
    if "[Content_Types].xml" in members or "mimetype" in members:
        raise WorkbookError(file=name)
    if len(members) > 1:
        raise AmbiguousArchiveError(file=name, count=len(members), members=", ".join(members[:5]))
    raise ArchiveError(file=name)


def refuse_noise(name: str, head: bytes) -> None:
    """Refuse bytes with more control characters than any text has; called when no header was found.

    Raises:
        BinaryError.
    """
    sample = head[:8192]
    odd = sum(1 for byte in sample if byte in _CONTROLS)
    if odd * 100 > len(sample):
        raise BinaryError(file=name, what="binary data")
