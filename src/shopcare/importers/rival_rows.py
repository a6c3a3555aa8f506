"""Rows of one file that state the same order differently: what they come to, wherever they stand; and how a row is told
that another one counts in its place.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from shopcare.i18n import _
from shopcare.importers.cells import bare
from shopcare.importers.facts import LineFacts
from shopcare.importers.mapping import Read

#: Values that contradict each other are shown up to this many characters.
LONGEST_SHOWN = 40


class Stated(NamedTuple):
    """A row as a statement of its order, and how new it is."""

    age: tuple[int, int, int, int, int]
    read: Read
    row: tuple[int, list[str], bytes]
    lines: tuple[LineFacts, ...]

    def by_age(self) -> tuple[int, int, int, int, int]:
        """What to sort by."""
        return self.age


def completed(reads: list[Read]) -> Read:
    """The newest statement, given first, with what only older ones know; as `order_states.newest` does it of two files."""
    buyer, display, shipped, seen_at, told = reads[0]
    for other in reads[1:]:
        filled = tuple(theirs if mine is None else mine for mine, theirs in zip(told, other[4], strict=True))
        if filled[8] is not None and filled[8] > filled[5]:
            filled = (*filled[:8], told[8], *filled[9:])
        told = filled
        if not buyer:
            buyer, display = other[:2]
    return buyer, display, shipped, seen_at, told


def otherwise(line: int, columns: Iterable[tuple[str, str, str]]) -> str:
    """Why a row is set aside: the one in `line` counts; where they differ, as (column, its cell, the cell set aside)."""
    differences = [
        _("{column} '{value}', not '{given}'").format(column=name.strip(), value=_shown(value), given=_shown(given))
        for name, value, given in columns
    ]
    text = _("line {line} says otherwise of the same thing, and counts: {differences}")
    return text.format(line=line, differences="; ".join(differences))


def _shown(cell: str) -> str:
    return bare(cell)[:LONGEST_SHOWN]
