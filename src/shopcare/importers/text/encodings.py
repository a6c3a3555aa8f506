"""In which encoding bytes are likely written, where no header tells. That they can be decoded proves nothing: nearly any bytes
are valid GB18030, and nearly any are valid Windows-1252.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection
from functools import lru_cache

#: Encodings as reported, their codec, and the byte-order mark that announces them. UTF-32's begins with UTF-16's.
MARKED = (
    ("utf-8-sig", "utf-8-sig", codecs.BOM_UTF8),
    ("utf-32", "utf-32", codecs.BOM_UTF32_LE),
    ("utf-32", "utf-32", codecs.BOM_UTF32_BE),
    ("utf-16", "utf-16", codecs.BOM_UTF16_LE),
    ("utf-16", "utf-16", codecs.BOM_UTF16_BE),
    ("gbk", "gb18030", "\ufeff".encode("gb18030")),
)
UNMARKED = (("utf-8", "utf-8"), ("gbk", "gb18030"), ("cp1252", "cp1252"))
WIDE = (("utf-32", "utf-32-le"), ("utf-32", "utf-32-be"), ("utf-16", "utf-16-le"), ("utf-16", "utf-16-be"))

#: Bytes that are no text of any language, or turn escapes in a cell into something else.
_NO_ENCODINGS = frozenset({"idna", "punycode", "undefined", "unicode_escape", "unicode-escape", "raw_unicode_escape",
                           "raw-unicode-escape"})  # fmt: skip
#: The wider encodings that take in what people call by a narrower name.
_WIDER = {"gbk": "gb18030", "gb2312": "gb18030", "shift_jis": "cp932", "iso8859-1": "cp1252", "utf-8": "utf-8-sig"}

_HIGH = re.compile(rb"[\x80-\xff]+")
#: A character of GB2312 in everyday use: punctuation or one of the 3,755 characters of the first level.
_KANA = re.compile(rb"[\xa4\xa5][\xa1-\xfe]")
_COMMON = re.compile(rb"[\xa1-\xa3\xb0-\xd7][\xa1-\xfe]")
#: A character of four bytes in GB18030; nothing else writes digits between high bytes like this.
_FOUR_BYTES = re.compile(rb"[\x81-\xfe][0-9][\x81-\xfe][0-9]")
#: What Windows-1252 has between its letters and hardly any text contains: control codes, low quotes, daggers, accents alone.
_HARDLY_WESTERN = frozenset(b"\x81\x82\x83\x84\x86\x87\x88\x89\x8b\x8d\x8f\x90\x98\x9b\x9d")
_LONG_RUN = re.compile(rb"[\x80-\xff]{4}")
#: A character of several bytes in UTF-8: bytes of other encodings hardly ever stand together like this.
_UTF_8 = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
#: Korean syllables in EUC-KR end where in GB2312 two fifths of the everyday characters are still to come.
_LAST_OF_KOREAN, _ENOUGH_CHARACTERS = 0xC8, 16
#: One in so many characters may be damaged in a text that is in an encoding all the same.
_DAMAGED = 5


def codec_named(encoding: str) -> str | None:
    """The codec of an encoding as people name it; None if there is no such text encoding."""
    try:
        found = codecs.lookup(encoding)
        b"a".decode(found.name, "ignore")  # of no bytes at all anything may be asked
    except (LookupError, ValueError):  # ValueError: a NUL in the name
        return None
    return None if found.name in _NO_ENCODINGS else _WIDER.get(found.name, found.name)


def codecs_named(encoding: str, head: bytes) -> list[tuple[str, str]]:
    """The codecs an encoding the operator has named may mean: wide characters without a mark come in two orders of bytes."""
    codec = codec_named(encoding) or encoding
    if codec in ("utf-16", "utf-32") and not any(
        head.startswith(mark) for _name, each, mark in MARKED if each == codec
    ):
        return [(encoding, f"{codec}-le"), (encoding, f"{codec}-be")]
    return [(encoding, codec)]


def candidates(head: bytes) -> list[tuple[str, str]]:
    """The encodings a text that begins like this may be in, as reported and as codecs, in the order they are tried."""
    for encoding, codec, mark in MARKED:
        if head.startswith(mark):
            return [(encoding, codec)]
    narrow = UNMARKED[:1] if head.isascii() else UNMARKED
    return [*WIDE, *narrow] if b"\0" in head[:64] else list(narrow)


def width(head: bytes) -> int:
    """Bytes of one character at least, in a text that begins like this."""
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)) or head[:4].count(0) == 3:
        return 4
    return 2 if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in head[:64] else 1


def settled(sample: bytes, allowed: Collection[str]) -> tuple[str, str]:
    """The encoding of a text whose header reads the same in all of them, by the bytes of its rows.

    `allowed` are the encodings the format is known in. UTF-8 if nothing shows another, and where most of what is not ASCII
    is UTF-8: rows that are not are then rejected.
    """
    if looks_utf_8(sample):
        return UNMARKED[0]
    if looks_chinese(sample) and _damage(sample, "gb18030") * _DAMAGED <= sum(map(len, _HIGH.findall(sample))) // 2:
        return UNMARKED[1]
    if "cp1252" in allowed and not _damage(sample, "cp1252") and looks_western(sample):
        return UNMARKED[2]
    return UNMARKED[0]


def _damage(sample: bytes, codec: str) -> int:
    """How many places in a text are no characters in an encoding."""
    return sample.decode(codec, "replace").count("\ufffd")


def looks_utf_8(sample: bytes) -> bool:
    """Whether more characters beyond ASCII are UTF-8 than bytes beyond ASCII are not."""
    rest, characters = _UTF_8.subn(b"", sample)
    stray = sum(map(len, _HIGH.findall(rest)))
    return not stray or characters > stray


def looks_chinese(sample: bytes) -> bool:
    """Whether most bytes beyond ASCII are pairs that are everyday characters in GBK, and few are Japanese or all may be Korean
    ones.
    """
    rest, four = _FOUR_BYTES.subn(b"", sample)
    runs = _HIGH.findall(rest)
    total = sum(map(len, runs))
    pairs = [pair for run in runs for pair in _COMMON.findall(run)]
    different = {pair for pair in pairs if pair[0] >= 0xB0}
    if len(different) >= _ENOUGH_CHARACTERS and all(pair[0] <= _LAST_OF_KOREAN for pair in different):
        return False
    kana = sum(len(_KANA.findall(run)) for run in runs)
    return bool(runs or four) and len(pairs) * 2 >= 0.7 * total and kana * 2 <= 0.2 * total


def looks_western(sample: bytes) -> bool:
    """Whether most bytes beyond ASCII stand alone or in twos among ASCII letters, and are letters in Windows-1252."""
    runs = _HIGH.findall(sample)
    total = sum(map(len, runs))
    short = sum(len(run) for run in runs if len(run) < 3)
    odd = sum(1 for run in runs for byte in run if byte in _HARDLY_WESTERN)
    return bool(runs) and short >= 0.8 * total and odd <= 0.1 * total


def is_western_byte(problem: UnicodeDecodeError) -> bool:
    """Whether a byte that is not UTF-8 can be a Windows-1252 character: it stands alone or nearly so, is a letter there, and
    the text around it is in that.
    """
    if _around(problem.object) != "cp1252":
        return False
    around = problem.object[max(0, problem.start - 3) : problem.end + 3]
    bad = problem.object[problem.start : problem.end]
    return not _LONG_RUN.search(around) and _HARDLY_WESTERN.isdisjoint(bad)


@lru_cache(maxsize=1)  # asked again for every such byte of the same block
def _around(block: bytes) -> str:
    return settled(block, ("cp1252",))[0]
