"""Expected refusals on stderr: a sentence and a hint for people, one JSON line for programs."""

from __future__ import annotations

from collections.abc import Mapping

from shopcare.errors import WORDS, ShopcareError
from shopcare.i18n import _
from shopcare.render.machine import dumps
from shopcare.render.text import neutral


def _filled(text: str, context: Mapping[str, object]) -> str:
    """The text with its blanks filled; only our own words are translated, never a name that happens to equal one."""
    if not text:
        return ""
    return neutral(_(text).format_map({k: _(str(v)) if k in WORDS else v for k, v in context.items()}))


def sentence_of(refusal: ShopcareError) -> str:
    """The refusal's sentence in the language of the process."""
    return _filled(refusal.sentence, refusal.context)


def hint_of(refusal: ShopcareError) -> str:
    """What to do about it, in the language of the process; empty if there is nothing to say."""
    return _filled(refusal.hint, refusal.context)


def as_text(refusal: ShopcareError, *, color: bool) -> str:
    """Two lines: what is wrong, and what to do."""
    red, dim, off = ("\x1b[31m", "\x1b[2m", "\x1b[0m") if color else ("", "", "")
    lines = [f"{red}{_('error')}{off}: {sentence_of(refusal)}"]
    if hint_of(refusal):
        lines.append(f"{dim}{hint_of(refusal)}{off}")
    return "\n".join(lines)


def as_json(refusal: ShopcareError) -> str:
    """One line: code, message, hint, context."""
    plain = {
        key: value if isinstance(value, int | float | bool) else str(value) for key, value in refusal.context.items()
    }
    return dumps(
        {
            "code": refusal.code,
            "message": sentence_of(refusal),
            "hint": hint_of(refusal),
            "exit_code": refusal.exit_code,
            "context": plain,
        }
    )
