"""Help pages: how texts are translated, wrapped and laid out. Imported only when a page is shown or translated.

A help text is a docstring: paragraphs between empty lines. A paragraph whose first line is a lone backspace (`\\b`) keeps
its lines as they are; the others are wrapped. Each paragraph, and of a literal one each heading and comment, is a message
id of its own, so that commands in examples stand in no catalogue and can never drift from the code.
"""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from shopcare.i18n import N_, _

#: Marks a paragraph that keeps its lines.
LITERAL = "\b"

USAGE = N_("Usage:")

#: What a literal line explains after a command or word: at least two spaces, or a comment sign.
_EXPLAINED = re.compile(r"(?P<head>\s+\S.*?)(?P<gap>\s{2,}(?:# )?|\s# )(?P<tail>\S.*)")

#: Characters that must not begin a line, in Chinese typesetting.
_NEVER_FIRST = "，。、；：？！）》」』”’…％,.;:?!)]}%"
_NEVER_LAST = "（《「『“‘([{"

_NARROWEST, _FIRST_COLUMN_MAX = 50, 30


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a help text; literal ones begin with a line that is only a backspace."""
    return [part for part in re.split(r"\n\s*\n", text) if part.strip(" \n")]


def is_literal(paragraph: str) -> bool:
    """Whether a paragraph keeps its lines."""
    return paragraph.startswith(LITERAL)


def flowing(paragraph: str) -> str:
    """A paragraph that may be wrapped, on one line: its message id."""
    return " ".join(paragraph.split())


def translated(text: str, translate: Callable[[str], str] = _) -> str:
    """A help text in the language of the process."""
    return "\n\n".join(
        "\n".join(_literal_line(line, translate) for line in part.splitlines())
        if is_literal(part)
        else translate(flowing(part))
        for part in paragraphs(text)
    )


def _literal_line(line: str, translate: Callable[[str], str]) -> str:
    """A line that keeps its place: a heading is translated whole, of an indented line only what explains the command."""
    if not line.strip(" \b"):
        return line
    if not line.startswith(" "):
        return translate(line)
    explained = _EXPLAINED.fullmatch(line)
    return explained["head"] + explained["gap"] + translate(explained["tail"]) if explained else line


def first_sentence(text: str) -> str:
    """What a command does, in one sentence, for the list of commands."""
    opening = flowing(paragraphs(text)[0]) if text.strip() else ""
    found = re.match(r".*?(?:\.(?=\s|$)|。)", opening)
    return found[0] if found else opening


def width_of(text: str) -> int:
    """Columns on a terminal: Chinese characters take two."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def _pieces(text: str) -> Iterator[str]:
    """What may stand on a line of its own: words with the space before them, and single Chinese characters."""
    for word in re.findall(r"\s*\S+", " ".join(text.split())):
        piece = ""
        for character in word:
            breakable = piece.strip() and (_is_wide(character) or _is_wide(piece[-1]))
            if breakable and character not in _NEVER_FIRST and piece[-1] not in _NEVER_LAST:
                yield piece
                piece = ""
            piece += character
        yield piece


def wrapped(text: str, width: int) -> list[str]:
    """The text in lines of at most `width` columns; a single longer word stays whole."""
    lines = [""]
    for piece in _pieces(text):
        if lines[-1] and width_of(lines[-1]) + width_of(piece) > width:
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    return lines


def bare(piece: str) -> str:
    """A piece of a usage line: `{CASE}` as `CASE`, `{action:<a|b>}` as `ACTION`."""
    return re.sub(r"^(\w+)\}?:<.*>$", lambda found: found[1].upper(), piece.strip("{}"))


def explained(text: str, choices: Sequence[object]) -> str:
    """The help of an option in the language of the process, with what its words mean there."""
    words = [str(getattr(choice, "value", choice)) for choice in choices]
    meanings = [f"{word} {_(word)}" for word in words if _(word) != word]
    return _(text) + (_(" ({words})").format(words=_(", ").join(meanings)) if meanings else "")


def choices_wrapped(text: str, width: int) -> list[str]:
    """An option with its choices (`--kind <a|b|c>`) in lines of at most `width` columns, cut after a bar."""
    lines = [""]
    for piece in re.findall(r"[^|]+\|?", text):
        if lines[-1] and width_of(lines[-1]) + width_of(piece) > width - 4:
            lines.append("")
        lines[-1] += piece
    return lines


class Page:
    """A page that the parser's commands write themselves into; takes the calls of its own formatter."""

    def __init__(self, width: int | None = None, max_width: int | None = None) -> None:
        columns = width or shutil.get_terminal_size().columns
        self.width = max(min(columns, max_width or 80) - 2, _NARROWEST)
        self._indent = 0
        self._parts: list[str] = []

    def text(self) -> str:
        """Everything written so far."""
        return "".join(self._parts).rstrip("\n")

    def _line(self, text: str = "", indent: int = 0) -> None:
        self._parts.append((" " * (self._indent + indent) + text).rstrip(" ") + "\n")

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """`Usage: command [OPTIONS] …`."""
        del prefix
        head = f"{_(USAGE)} {prog} "
        first, *others = wrapped(args, self.width - width_of(head)) if args else [""]
        self._line(head + first)
        for line in others:
            self._line(line, width_of(head))

    def write_paragraph(self) -> None:
        """An empty line, except at the top."""
        if self._parts:
            self._line()

    def write_text(self, text: str) -> None:
        """Paragraphs, wrapped unless they are literal."""
        for number, part in enumerate(paragraphs(text)):
            if number:
                self._line()
            lines = part.splitlines()[1:] if is_literal(part) else wrapped(part, self.width - self._indent)
            for line in lines:
                self._line(line)

    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = _FIRST_COLUMN_MAX, col_spacing: int = 2) -> None:
        """Names and their explanations in two columns."""
        rows = list(rows)
        left = min(max(width_of(name) for name, _text in rows), col_max) + col_spacing
        for name, text in rows:
            self._entry(name, wrapped(text, max(self.width - left - self._indent, 10)), left, col_spacing)

    def _entry(self, name: str, lines: list[str], left: int, spacing: int) -> None:
        fits = width_of(name) + spacing <= left
        first, *others = [name] if fits else choices_wrapped(name, self.width - self._indent)
        self._line(first + " " * (left - width_of(name)) + lines[0] if fits else first)
        for line in others:
            self._line(line, 4)
        for line in lines[1:] if fits else lines:
            self._line(line, left)

    @contextmanager
    def section(self, name: str) -> Iterator[None]:
        """A heading with everything below it indented."""
        self.write_paragraph()
        self._line(f"{name}:")
        with self.indentation():
            yield

    @contextmanager
    def indentation(self) -> Iterator[None]:
        """Everything written inside stands two columns further right."""
        self._indent += 2
        try:
            yield
        finally:
            self._indent -= 2
