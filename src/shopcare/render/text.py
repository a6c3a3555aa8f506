"""Text from files is data: nothing in it may steer a terminal, a spreadsheet or a reader's eye."""

from __future__ import annotations

from collections.abc import Callable

#: Unicode categories that are no visible character: controls, format and bidi characters, surrogates, line separators.
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
#: Joiners are format characters, but several scripts and most emoji are spelled with them, and they move nothing.
_JOINERS = frozenset({"\u200c", "\u200d"})
_NAMED = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}

#: What makes a spreadsheet take a cell for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def _replaced(text: str, escape: Callable[[str], str]) -> str:
    """The text with every unsafe character escaped. Printable text, nearly all there is, is handed back at once."""
    if text.isprintable():
        return text
    from unicodedata import category

    return "".join(
        escape(character) if category(character) in _UNSAFE and character not in _JOINERS else character
        for character in text
    )


def _visible(character: str) -> str:
    code = ord(character)
    if character in _NAMED:
        return _NAMED[character]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _json_escape(character: str) -> str:
    code = ord(character)
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


def neutral(text: str) -> str:
    """The text with control, bidi and invisible characters made visible as escapes."""
    return _replaced(text, _visible)


def guarded(text: str) -> str:
    """A text cell for a spreadsheet: neutral, and never a formula."""
    return "'" + neutral(text) if text.startswith(FORMULA_STARTS) else neutral(text)


def json_safe(encoded: str) -> str:
    """Encoded JSON on one line with unsafe characters as JSON escapes: harmless on a terminal, unchanged when read back."""
    return _replaced(encoded, _json_escape)
