"""In which encoding bytes are likely written, where no header tells. That they can be decoded proves nothing: nearly any bytes
are valid GB18030, and nearly any are valid Windows-1252.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection

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
_FIRST_LEVEL = re.compile(rb"[\xb0-\xd7][\xa1-\xfe]")
#: Korean (EUC-KR) has its syllables in pairs that begin up to here; of the everyday characters of Chinese nearly half begin
#: after it, so that so many different ones without any of those are no Chinese.
_LAST_OF_HANGUL, KOREAN_FEWEST = 0xC8, 10
_COMMON = re.compile(rb"[\xa1-\xa3\xb0-\xd7][\xa1-\xfe]")
#: A character of four bytes in GB18030; nothing else writes digits between high bytes like this.
_FOUR_BYTES = re.compile(rb"[\x81-\xfe][0-9][\x81-\xfe][0-9]")
#: What Windows-1252 has between its letters and hardly any text contains: control codes, low quotes, daggers, accents alone.
_HARDLY_WESTERN = frozenset(b"\x81\x82\x83\x84\x86\x87\x88\x89\x8b\x8d\x8f\x90\x98\x9b\x9d")
_LONG_RUN = re.compile(rb"[\x80-\xff]{4}")


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
    return [*WIDE, *UNMARKED] if b"\0" in head[:64] else list(UNMARKED)


def width(head: bytes) -> int:
    """Bytes of one character at least, in a text that begins like this."""
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)) or head[:4].count(0) == 3:
        return 4
    return 2 if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in head[:64] else 1


def settled(head: bytes, allowed: Collection[str]) -> tuple[str, str]:
    """The encoding of a text whose header reads the same in all of them, by the bytes of its rows.

    `allowed` are the encodings the format is known in. UTF-8 if nothing shows another: rows that are not are then rejected.
    """
    if _is_mostly_utf8(head):
        return UNMARKED[0]
    if _is_valid(head, "gb18030") and looks_chinese(head):
        return UNMARKED[1]
    if "cp1252" in allowed and _is_valid(head, "cp1252") and looks_western(head):
        return UNMARKED[2]
    return UNMARKED[0]


def _is_mostly_utf8(head: bytes) -> bool:
    """Whether more characters beyond ASCII are UTF-8 than not: a few bytes in another encoding do not change the rest."""
    if _is_valid(head, "utf-8"):
        return True
    read = head.decode("utf-8", "ignore")
    bad = len(head.decode("utf-8", "replace")) - len(read)
    return sum(1 for letter in read if letter > "\x7f") > bad


def _is_valid(head: bytes, codec: str) -> bool:
    try:
        codecs.getincrementaldecoder(codec)("strict").decode(head, final=False)
    except UnicodeDecodeError:
        return False
    return True


def looks_chinese(sample: bytes) -> bool:
    """Whether most bytes beyond ASCII are pairs that are everyday characters in GBK, and few are Japanese or Korean ones."""
    rest, four = _FOUR_BYTES.subn(b"", sample)
    runs = _HIGH.findall(rest)
    total = sum(map(len, runs))
    common = sum(len(_COMMON.findall(run)) for run in runs)
    kana = sum(len(_KANA.findall(run)) for run in runs)
    if not (runs or four) or common * 2 < 0.7 * total or kana * 2 > 0.2 * total:
        return False
    different = {pair for run in runs for pair in _FIRST_LEVEL.findall(run)}
    return len(different) < KOREAN_FEWEST or any(pair[0] > _LAST_OF_HANGUL for pair in different)


def looks_western(sample: bytes) -> bool:
    """Whether most bytes beyond ASCII stand alone or in twos among ASCII letters, and are letters in Windows-1252."""
    runs = _HIGH.findall(sample)
    total = sum(map(len, runs))
    short = sum(len(run) for run in runs if len(run) < 3)
    odd = sum(1 for run in runs for byte in run if byte in _HARDLY_WESTERN)
    return bool(runs) and short >= 0.8 * total and odd <= 0.1 * total


def is_western_byte(problem: UnicodeDecodeError) -> bool:
    """Whether a byte that is not UTF-8 can be a Windows-1252 character: it stands alone or nearly so, and is a letter there."""
    around = problem.object[max(0, problem.start - 3) : problem.end + 3]
    bad = problem.object[problem.start : problem.end]
    return not _LONG_RUN.search(around) and _HARDLY_WESTERN.isdisjoint(bad)
