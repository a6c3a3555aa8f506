"""Many rows at once, by column: what the interpreter does to a whole column in one call costs a fraction of a loop over rows.

Only rows with nothing unusual about them are read this way; `Unusual` sends them to the reader that takes them one by one
and knows what to say of each.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, repeat
from typing import Any, overload

from shopcare.importers.text.sheet import Piece, Row, Text
from shopcare.importers.values.cells import LONGEST_CELL, NO_IDS

#: Ids that are taken as they stand: what `cells.identifier` leaves alone, without what may be a rounded number.
_PLAIN_IDS = re.compile(r"(?:[0-9A-Za-z#][0-9A-Za-z#_@:/-]{0,99}\n)*", re.ASCII).fullmatch
_ROUNDED = re.compile(r"^[0-9]+[eE][0-9]+$", re.ASCII | re.MULTILINE).search


class Unusual(Exception):
    """These rows have to be read one by one."""


class Same(Sequence[Any]):
    """A column that has the same value in each of so many rows."""

    __slots__ = ("_rows", "value")

    def __init__(self, value: Any, rows: int) -> None:
        self.value = value
        self._rows = rows

    def __len__(self) -> int:
        """How many rows."""
        return self._rows

    def __iter__(self) -> Iterator[Any]:
        """The value as often as there are rows."""
        return repeat(self.value, self._rows)

    def __contains__(self, value: object) -> bool:
        """Whether it is this value."""
        return self._rows > 0 and value == self.value

    def count(self, value: object) -> int:
        """How many rows have this value."""
        return self._rows if value == self.value else 0

    @overload
    def __getitem__(self, place: int) -> Any: ...
    @overload
    def __getitem__(self, place: slice) -> Same: ...
    def __getitem__(self, place: int | slice) -> Any:
        """The value; for a slice the same for fewer rows."""
        rows = range(self._rows)[place]
        return Same(self.value, len(rows)) if isinstance(rows, range) else self.value


def converted(cells: Sequence[Any], read: Callable[[Any], Any]) -> Sequence[Any]:
    """What the cells of a column say; asked once where all of them are the same."""
    if cells and (isinstance(cells, Same) or are_same(cells)):
        return Same(read(cells[0]), len(cells))
    return list(map(read, cells))


def are_same(cells: Sequence[Any]) -> bool:
    """Whether all cells of a column are the same; there must be one at least."""
    first, rows = cells[0], len(cells)
    return bool(first == cells[-1] == cells[rows // 2]) and cells.count(first) == rows


def distinct(column: Sequence[Any]) -> Iterable[Any]:
    """The different values of a column."""
    return (column.value,) if isinstance(column, Same) else set(column)


class Columns:
    """Rows of a file by column. `numbers` are their physical lines, `packed` the bytes their hashes are made of."""

    __slots__ = ("_cells", "_column", "numbers", "packed")

    def __init__(self, numbers: Sequence[int], packed: Sequence[bytes], column: Callable[[int], Sequence[str]]) -> None:
        self.numbers = numbers
        self.packed = packed
        self._column = column
        self._cells: dict[int, Sequence[str]] = {}

    def __getitem__(self, place: int) -> Sequence[str]:
        """The cells of a column, from top to bottom."""
        found = self._cells.get(place)
        if found is None:
            found = self._cells[place] = self._column(place)
        return found

    def __len__(self) -> int:
        """How many rows."""
        return len(self.numbers)

    def row(self, index: int, width: int) -> tuple[int, list[str], bytes]:
        """One row as the reader of single rows wants it: line, cells and the empty one after them, bytes."""
        return self.numbers[index], [*(self[place][index] for place in range(width)), ""], self.packed[index]


def of_text(text: Text, delimiter: str, width: int) -> Columns:
    """The columns of whole lines without a quote.

    Raises:
        Unusual: a line has not this many cells, a cell is too long, a character is none.
    """
    marked = delimiter + "\n" + delimiter
    flat = text.text.replace("\n", marked).split(delimiter)
    step, count = width + 1, text.lines
    if len(flat) != step * count - 1 or flat[width::step].count("\n") != count - 1:
        raise Unusual
    packed = _packed(text.text).split(b"\n")
    if max(map(len, packed)) > LONGEST_CELL:
        raise Unusual
    return Columns(range(text.first, text.first + count), packed, lambda place: flat[place::step])


def of_rows(rows: Sequence[Row], width: int) -> Columns:
    """The columns of parsed rows.

    Raises:
        Unusual: as above.
    """
    if any(len(cells) != width for _line, cells, _text in rows):
        raise Unusual
    texts = ["\x1f".join(cells) if text is None else text for _line, cells, text in rows]
    if max(map(len, texts)) > LONGEST_CELL:
        raise Unusual
    columns = list(zip(*(cells for _line, cells, _text in rows), strict=True))
    return Columns([row[0] for row in rows], [_packed(text) for text in texts], columns.__getitem__)


def _packed(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise Unusual from None


def check_ids(cells: Sequence[str], header: str, footers: tuple[str, ...]) -> None:
    """Refuse order numbers that are not plainly themselves, or may be furniture.

    Raises:
        Unusual.
    """
    text = "\n".join(chain(cells, ("",)))
    if not _PLAIN_IDS(text) or _ROUNDED(text) or not NO_IDS.isdisjoint(cells) or header in cells:
        raise Unusual
    plain = tuple(footer for footer in footers if footer.isascii())  # no other can begin a plain id
    if plain and any(cell.startswith(plain) for cell in cells):
        raise Unusual


def check_filled(columns: Columns, width: int, least: int) -> None:
    """Refuse rows unless at least so many columns have no blank cell.

    Raises:
        Unusual.
    """
    filled = 0
    for place in range(width):
        if filled >= least:
            return
        filled += all(map(str.strip, columns[place]))
    if filled < least:
        raise Unusual


def halves(piece: Piece) -> tuple[Piece, Piece]:
    """Rows in two parts."""
    if isinstance(piece, Text):
        return piece.halves()
    half = len(piece) // 2
    return piece[:half], piece[half:]
