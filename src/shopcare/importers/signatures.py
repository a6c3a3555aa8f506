"""Files that are no delimited text at all, told by their first bytes."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from shopcare.importers.refusals import ArchiveError, BinaryError, HtmlOrXmlError

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
_COMPRESSED = (b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!", b"\x28\xb5\x2f\xfd")
_PAGES = (b"<!doctype", b"<html", b"<?xml", b"<table", b"<head", b"<meta", b"<div")
#: Control bytes no text export contains, beside tab, newline, form feed and the escape some tools leave.
_CONTROLS = frozenset(range(32)) - {9, 10, 11, 12, 13, 26, 27}


def refuse_by_signature(name: str, head: bytes) -> None:
    """Refuse archives of kinds that are not read, web pages, pictures by name.

    Raises:
        ArchiveError, HtmlOrXmlError, BinaryError.
    """
    if head.startswith(_COMPRESSED):
        raise ArchiveError(file=name)
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_PAGES):
        raise HtmlOrXmlError(file=name)
    for signature, what in _PICTURES_AND_OTHERS.items():
        if head.startswith(signature):
            raise BinaryError(file=name, what=what)


def refuse_noise(name: str, head: bytes, wide: Sequence[str] = ()) -> None:
    """Refuse bytes with more control characters than any text has; called when no header was found.

    `wide` is what they read as in encodings of two or four bytes a character: text in one of them is no noise.

    Raises:
        BinaryError.
    """
    if _is_noise(head[:8192]) and all(_is_noise(_code_units(text[:4096])) for text in wide):
        raise BinaryError(file=name, what="binary data")


def _is_noise(sample: Iterable[int]) -> bool:
    units = list(sample)
    return sum(1 for unit in units if unit in _CONTROLS or 0xD800 <= unit < 0xE000) * 100 > len(units)


def _code_units(text: str) -> Iterator[int]:
    """Characters, for ones that are in no everyday use a control character: noise reads as those."""
    return (unit if unicodedata.category(chr(unit)) not in ("Cn", "Co") else 0 for unit in map(ord, text))
