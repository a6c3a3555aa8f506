"""Files that are no delimited text at all, told by their first bytes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from shopcare.i18n import N_
from shopcare.importers.refusals import ArchiveError, BinaryError, HtmlOrXmlError

_PICTURES_AND_OTHERS = {
    b"\x89PNG": N_("a PNG picture"),
    b"\xff\xd8\xff": N_("a JPEG picture"),
    b"GIF8": N_("a GIF picture"),
    b"%PDF": N_("a PDF document"),
    b"SQLite format 3\0": N_("a SQLite database"),
    b"\x7fELF": N_("a program"),
    b"MZ\x90": N_("a program"),
    b"{\\rtf": N_("an RTF document"),
}
_COMPRESSED = (b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!", b"\x28\xb5\x2f\xfd")
#: How web pages and pieces of them begin; a title line of an export may well have a `<`.
_PAGE = re.compile(
    rb"<(?:!--|!doctype|\?xml|/?(?:html|head|body|meta|link|style|script|title|table|thead|tbody|tr|td|th|div|span|p|br|b|form)\b)"
)
#: A page with its pictures in one file (MHTML), which spreadsheet programs save too.
_WEB_ARCHIVE = re.compile(
    rb"(?:^|\n)mime-version:.*multipart/related|(?:^|\n)content-type:\s*multipart/related", re.DOTALL
)
_TAR_PLACE = 257
#: Control bytes no text export contains, beside tab, newline, form feed and the escape some tools leave.
_CONTROLS = frozenset(range(32)) - {9, 10, 11, 12, 13, 26, 27}


def refuse_by_signature(name: str, head: bytes) -> None:
    """Refuse archives of kinds that are not read, web pages, pictures by name.

    Raises:
        ArchiveError, HtmlOrXmlError, BinaryError.
    """
    if head.startswith(_COMPRESSED) or head.startswith(b"ustar", _TAR_PLACE):
        raise ArchiveError(file=name)
    text = head[:4096].lstrip(b"\xef\xbb\xbf\xff\xfe").replace(b"\0", b"").lstrip().lower()
    if _PAGE.match(text) or _WEB_ARCHIVE.search(text):
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
