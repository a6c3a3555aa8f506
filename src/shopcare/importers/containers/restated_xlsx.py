"""An xlsx whose sheets state what the reader would lose or not take: written anew, so that it reads what is there.

Lost would be errors in cells and formulas without a result (both read as nothing), and all but one of the rows that have one
number; not taken are wrong sizes, numbers of rows that are none, and errors of newer programs. Most workbooks have none of
it, which a look at the bytes shows. Used by the process that reads workbooks.
"""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Iterator
from typing import IO
from xml.parsers import expat

from shopcare.importers.containers.xml_feed import feed

BLOCK_BYTES, HEAD_BYTES, TAG_BYTES = 1 << 20, 1 << 12, 1 << 10
#: What stands for the result of a formula that no program has calculated, and for an error that is not named.
NOT_CALCULATED, UNNAMED_ERROR = "#UNCALCULATED!", "#VALUE!"

_BOOK = "xl/workbook.xml"
_ROOT = re.compile(rb"<(\w+:)?worksheet[\s>]")
#: Bytes of which a sheet without errors has none; and a kind of text that the reader takes for nothing.
_ERROR_OR_SECTION = (b't="e"', b"t='e'", b"[CDATA[")
_NO_RESULT = re.compile(
    rb"(?:</(?:\w+:)?f\s*>|<(?:\w+:)?f\b[^<>]*/>)\s*(?:</|<(?:\w+:)?v\b[^<>]*/>|<(?:\w+:)?v\b[^<>]*>\s*</)"
)
_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{0,7})").fullmatch
_NUMBER = re.compile(r"[0-9]{1,7}").fullmatch


def is_1904(archive: zipfile.ZipFile) -> bool:
    """Whether the workbook counts its days from 1904."""
    if _BOOK not in archive.namelist():
        return False
    properties = rb"""<(?:\w+:)?workbookPr\b[^<>]*\bdate1904\s*=\s*["'](?:1|true|on)["']"""
    return re.search(properties, archive.read(_BOOK)) is not None


def is_needed(archive: zipfile.ZipFile) -> bool:
    """Whether any sheet has such cells or rows, as far as its bytes show it."""
    for name, root in _sheets(archive):
        with archive.open(name) as stream:
            if root is None or _is_odd(stream, root):
                return True
    return False


def _sheets(archive: zipfile.ZipFile) -> Iterator[tuple[str, bytes | None]]:
    """The members that are sheets of cells, each with what precedes its elements' names; None in a wide encoding."""
    for name in archive.namelist():
        if name.endswith(".xml"):
            with archive.open(name) as stream:
                head = stream.read(HEAD_BYTES)
            if found := _ROOT.search(head.replace(b"\0", b"")):
                yield name, None if b"\0" in head else found[1] or b""


def _is_odd(stream: IO[bytes], prefix: bytes) -> bool:
    """Whether a sheet has errors, formulas without a result, or rows that do not follow each other."""
    order, row, rest = _Order(prefix), b"<" + prefix + b"row", b""
    has_formulas, formula = False, b"</" + prefix + b"f>"
    while block := stream.read(BLOCK_BYTES):
        window = rest + block
        if any(sign in window for sign in _ERROR_OR_SECTION):
            return True
        has_formulas = has_formulas or formula in window  # the first one in a sheet has an end of its own
        if has_formulas and _NO_RESULT.search(window):
            return True
        end = max(len(window) - TAG_BYTES, 0)
        last = window.rfind(row, end)
        end = end if last < 0 else last
        if not order.holds(window, end):
            return True
        rest = window[end:]
    return not order.holds(rest, len(rest))


class _Order:
    """Where the rows of a sheet stand, as the reader takes it: by their first cell, else by their own number, else below the
    one before.
    """

    def __init__(self, prefix: bytes) -> None:
        self._rows = re.compile(
            rb"""<%srow\b(?:[^<>]*?\sr=["']([0-9]{1,7})["'])?[^<>]*>(?:\s*<%sc\b(?:[^<>]*?\sr=["'][A-Z]+([0-9]{1,7})["'])?)?"""
            % (prefix, prefix)
        )
        self._last, self._next = 0, 1

    def holds(self, window: bytes, end: int) -> bool:
        """Whether the rows that begin up to there follow each other."""
        last, following = self._last, self._next
        for own, of_cell in self._rows.findall(window, 0, end):
            number = int(own) if own else following
            following = number + 1
            if of_cell:
                number = int(of_cell)
            if number <= last:
                return False
            last = number
        self._last, self._next = last, following
        return True


def restate(book: IO[bytes], copy: IO[bytes]) -> None:
    """Write a workbook anew, without pictures and the like.

    Raises:
        zipfile.BadZipFile and its like, expat.ExpatError, ValueError: it is damaged.
    """
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
        sheets = {name for name, _prefix in _sheets(old)}
        for name in dict.fromkeys(old.namelist()):
            if name.endswith((".xml", ".rels")):
                with old.open(name) as source, new.open(name, "w", force_zip64=True) as target:
                    if name in sheets:
                        _Sheet(target).restate(source)
                    else:
                        shutil.copyfileobj(source, target, BLOCK_BYTES)
    copy.seek(0)


class _Sheet:
    """The handlers of one sheet: its cells are written again, each where it stands."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target = target
        self._parts: list[str] = []
        self._row = self._stated = self._column = 0
        self._in_row = self._is_aside = self._has_formula = False
        self._cell: dict[str, str] | None = None
        self._text: list[str] | None = None
        self._value: str | None = None
        self._inline: str | None = None

    def restate(self, source: IO[bytes]) -> None:
        """Take the whole sheet.

        Raises:
            expat.ExpatError: no well-formed XML. ValueError: it declares a type.
        """
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.CharacterDataHandler = self._take
        parser.StartDoctypeDeclHandler = _refuse
        self._parts.append('<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>')
        feed(parser, self._blocks(source))
        self._parts.append("</sheetData></worksheet>")
        self._write()

    def _blocks(self, source: IO[bytes]) -> Iterator[bytes]:
        while block := source.read(BLOCK_BYTES):
            yield block
            self._write()

    def _write(self) -> None:
        self._target.write("".join(self._parts).encode())
        self._parts.clear()

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(" ")[2]
        if name == "row":
            stated = attributes.get("r", "")
            self._stated, self._column = int(stated) if _NUMBER(stated) else 0, 0
        elif name == "c":
            self._cell, self._value, self._inline, self._has_formula = attributes, None, None, False
        elif self._cell is not None:
            self._start_in_cell(name)

    def _start_in_cell(self, name: str) -> None:
        if name == "f":
            self._has_formula = True
        elif name == "rPh":  # how a word is pronounced
            self._is_aside = True
        elif name in ("v", "t") and not self._is_aside:
            self._text = []

    def _take(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _end(self, tag: str) -> None:
        name = tag.rpartition(" ")[2]
        if name == "row":
            self._end_row()
        elif self._cell is None:
            return
        elif name == "c":
            self._end_cell(self._cell)
        elif name == "rPh":
            self._is_aside = False
        elif self._text is not None and name in ("v", "t"):
            text, self._text = "".join(self._text), None
            if name == "v":
                self._value = text
            else:
                self._inline = (self._inline or "") + text

    def _end_row(self) -> None:
        if self._in_row:
            self._parts.append("</row>")
        else:
            self._row = self._number(0)
        self._in_row = False

    def _number(self, of_cell: int) -> int:
        """Where a row stands: by its first cell or its own number, if that is below the row before."""
        return next((number for number in (of_cell, self._stated) if number > self._row), self._row + 1)

    def _end_cell(self, cell: dict[str, str]) -> None:
        found = _REFERENCE(cell.get("r", ""))
        if not self._in_row:
            self._in_row, self._row = True, self._number(int(found[2] or 0) if found else 0)
            self._parts.append(f'<row r="{self._row}">')
        self._column = _place(found[1]) if found else self._column + 1
        self._cell = None
        kind, content = self._content(cell.get("t", ""))
        if content:
            style = f' s="{cell["s"]}"' if cell.get("s", "").isdecimal() else ""
            kind = f' t="{_escaped(kind)}"' if kind else ""
            self._parts.append(f'<c r="{_letters(self._column)}{self._row}"{style}{kind}>{content}</c>')

    def _content(self, kind: str) -> tuple[str, str]:
        """The kind of a cell that has been read, and what is in it."""
        value = (self._value or "").strip()
        if kind == "e":
            return "str", _element("v", value or UNNAMED_ERROR)
        if self._inline is not None:
            return "inlineStr", f"<is>{_element('t', self._inline)}</is>"
        if self._has_formula and not value and not (kind == "str" and self._value is not None):
            return "str", _element("v", NOT_CALCULATED)
        return kind, _element("v", self._value if kind == "str" and self._value else value) if value else ""


def _refuse(*_declared: object) -> None:
    raise ValueError("declares a type")


def _element(name: str, text: str) -> str:
    return f'<{name} xml:space="preserve">{_escaped(text)}</{name}>'


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def _place(letters: str) -> int:
    """The number of a column, from 1."""
    place = 0
    for letter in letters.upper():
        place = place * 26 + ord(letter) - 64
    return place


def _letters(place: int) -> str:
    letters = ""
    while place:
        place, letter = divmod(place - 1, 26)
        letters = chr(65 + letter) + letters
    return letters
