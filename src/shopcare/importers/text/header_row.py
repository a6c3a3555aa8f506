"""Which of the first records of a file that no format knows is its header, and whether there is one."""

from __future__ import annotations

import re
from collections.abc import Sequence

Record = tuple[int, list[str]]

#: What no column is called: a day, an amount with decimals, an address, a long number.
_VALUE = re.compile(
    r"""(?: [0-9]{4} [-/.年] \s?[0-9]{1,2} [-/.月] \s?[0-9]{1,2} (?:\D.*)?
    | [0-9]{1,2} [-/.] [0-9]{1,2} [-/.] [0-9]{4} (?:\D.*)?
    | [^\w\s]{0,2} \s? (?:[A-Z]{3}\s?)? [0-9]{1,3} (?: [0-9]* | (?:[.,][0-9]{3})* ) [.,] [0-9]{1,2} (?: \s?\D{1,3} )?
    | [^@\s]+ @ [^@\s]+ \. [^@\s]+
    | [0-9]{5,} )""",
    re.VERBOSE | re.ASCII,
).fullmatch
_DIGITS = re.compile("[0-9]+")
#: The longest text that is looked at as a value (characters): the pattern's time grows faster than a cell.
LONGEST_VALUE = 300


def is_value(cell: str) -> bool:
    """Whether a cell is a value by itself, and no name of a column."""
    return len(cell) <= LONGEST_VALUE and bool(_VALUE(_bare(cell)))


def header_of(records: Sequence[Record]) -> tuple[int, list[str], str]:
    """The line and cells of the header: of the records above the first row of values the one with most filled cells.

    The text is empty, or a value that stands where the names should: then there is no header. Without rows of values the
    first of the widest records is the header.
    """
    filled = [(line, cells) for line, cells in records if _width(cells)]
    if not filled:
        return 1, [], ""
    widest = max(filled, key=lambda record: _width(record[1]))
    least = max(2, _width(widest[1]) / 2)
    values = [
        _value_in(cells, following[1]) for (_line, cells), following in zip(filled, [*filled[1:], (0, [])], strict=True)
    ]
    first = next((i for i, (_line, cells) in enumerate(filled) if _width(cells) >= least and values[i]), len(filled))
    above = [record for record in filled[:first] if _width(record[1]) >= least]
    if above:
        return *max(above, key=lambda record: _names(record[1])), ""
    return *widest, values[filled.index(widest)]


def _value_in(cells: Sequence[str], below: Sequence[str]) -> str:
    """A cell that is a value: by itself, or because the one below differs from it by its digits only."""
    pairs = zip(cells, [*below, *[""] * len(cells)], strict=False)
    return next((cell.strip() for cell, under in pairs if is_value(cell) or _counts_on(_bare(cell), _bare(under))), "")


def _counts_on(cell: str, under: str) -> bool:
    """Whether two cells are ids of one kind, such as A-1001 and A-1002."""
    return cell != under and not cell.isdigit() and _DIGITS.sub("0", cell) == _DIGITS.sub("0", under)


def _bare(cell: str) -> str:
    return cell.strip("\0 \t'=\"")


def _names(cells: Sequence[str]) -> int:
    return sum(1 for cell in cells if not _bare(cell).isdigit() and _bare(cell))


def _width(cells: Sequence[str]) -> int:
    return sum(1 for cell in cells if cell.strip("\0 \t"))
