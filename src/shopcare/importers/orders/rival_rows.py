"""Rows of one file that state the same order differently: what they come to, wherever they stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from shopcare.domain import order_states
from shopcare.domain.order_states import Told
from shopcare.importers.orders.facts import LineFacts, Rival
from shopcare.importers.orders.mapping import Read

#: Where what went back stands in what a row states.
REFUNDED = Told._fields.index("refunded_minor")


class Stated(NamedTuple):
    """A row as a statement of its order, and how new it is."""

    age: tuple[int, int, int, int, int]
    read: Read
    row: tuple[int, list[str], bytes]
    lines: tuple[LineFacts, ...]

    def by_age(self) -> tuple[int, int, int, int, int]:
        """What to sort by."""
        return self.age


def completed(reads: Sequence[Read]) -> Read:
    """The newest statement, given first, with what only older ones know; as `order_statements.settled` does it of files."""
    _buyer, _display, shipped, seen_at, _told = reads[0]
    buyer, display = next(((read[0], read[1]) for read in reads if read[0]), ("", ""))
    return buyer, display, shipped, seen_at, order_states.completed([read[4] for read in reads], REFUNDED)


def rivals(stated: Sequence[Stated]) -> tuple[Rival, ...]:
    """The statements, given newest first, that are needed to say what further files come to; none if the newest is."""
    kept: list[Rival] = []
    for each in stated:
        buyer, _display, shipped, seen_at, told = each.read
        newer = [(rival.buyer or None, *rival.told) for rival in kept]
        if not kept or order_states.says_more((buyer or None, *told), newer):
            kept.append(Rival(buyer, shipped, seen_at, each.age[-1], told))
    return tuple(kept) if len(kept) > 1 else ()
