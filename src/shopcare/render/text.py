"""Text from files is data: nothing in it may steer a terminal, a spreadsheet or a reader's eye."""

from __future__ import annotations

import re

#: C0 and C1 controls, and the characters that reorder or hide text (bidi overrides and isolates, zero-width, BOM).
_UNSAFE = "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
_NAMED = {"\t": "\\t", "\n": "\\n", "\r": "\\r"}

#: What makes a spreadsheet take a cell for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def _visible(match: re.Match[str]) -> str:
    character = match[0]
    if character in _NAMED:
        return _NAMED[character]
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def neutral(text: str) -> str:
    """The text with control, bidi and invisible characters made visible as escapes."""
    # Printable in Unicode's sense has none of them, and is nearly always the case; the pattern is compiled only when needed.
    return text if text.isprintable() else re.sub(_UNSAFE, _visible, text)


def guarded(text: str) -> str:
    """A text cell for a spreadsheet: neutral, and never a formula."""
    return "'" + neutral(text) if text.startswith(FORMULA_STARTS) else neutral(text)


def json_safe(encoded: str) -> str:
    """Encoded JSON with unsafe characters as JSON escapes: harmless on a terminal, unchanged when read back."""
    if encoded.isprintable():
        return encoded
    return re.sub(
        "[\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]",
        lambda match: f"\\u{ord(match[0]):04x}",
        encoded,
    )
