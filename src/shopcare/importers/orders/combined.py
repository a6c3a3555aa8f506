"""Rows that make up an order together: some of its money stands on every row, some is spread over them.

Each row is read as if it were the whole order; what the rows come to is in `domain.order_parts`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from shopcare.domain.order_parts import (
    BARE,
    ITEM,
    RETURN,
    SALE,
    WHOLE,
    MoreThanPaid,
    NoSale,
    Part,
    Rules,
    as_far_as_known,
    key_of,
    together,
)
from shopcare.domain.order_states import Told, says_left
from shopcare.i18n import _
from shopcare.importers.formats.catalog import normal_word
from shopcare.importers.orders.facts import LineFacts
from shopcare.importers.orders.mapping import Mapper, Read, new_tuple
from shopcare.importers.values.cells import BadCell, bare, unsigned
from shopcare.importers.values.times import Times

#: Stands for a time that another row may know, while a row is read.
SOME_DAY = "2000-01-01"


class Combined(NamedTuple):
    """What the rows of an order come to; they may be lines or refunds of an order in another file, of which only the buyer is
    known then.
    """

    read: Read
    lines: tuple[LineFacts, ...] | None
    parts: tuple[Part, ...]


def rules_of(mapper: Mapper) -> Rules:
    """How the rows of a file make up an order."""
    layout = mapper.layout
    added = frozenset(layout.added) | (frozenset({"paid", "refunded"}) if mapper.lines_pay else frozenset())
    once = tuple(name for name in layout.once if name not in added)
    return Rules(added, once, mapper.went_back, by_times=layout.summary)


class Combination:
    """Takes the rows of one order, one after the other; `made` is what they state together."""

    def __init__(self, mapper: Mapper, number: str, stamp: int, hash_of: Callable[[bytes], int]) -> None:
        """`stamp`: when the file was exported, 0 if nothing says so."""
        self._mapper = mapper
        self._layout = mapper.layout
        self._number = number
        self._stamp = stamp
        self._hash_of = hash_of
        self._parts: list[Part] = []
        self._buyers: list[tuple[str, str, str]] = []

    def add(self, cells: list[str], packed: bytes) -> None:
        """Take one row.

        Raises:
            BadCell: a cell cannot be read.
        """
        mapper, layout = self._mapper, self._layout
        cells = self._timed(cells)
        if layout.reversed and normal_word(cells[mapper.place("row_kind")]) in layout.reversed:
            back = [unsigned(cell) if place in mapper.paid_places else cell for place, cell in enumerate(cells)]
            named = None, *(bare(cells[mapper.place(name)]) for name in ("sku", "title"))
            self._part(RETURN, mapper.order(self._number, back), named, packed)
            return
        line = mapper.line(cells, mapper.currency(cells))
        if layout.summary:
            has_amount = bool(bare(cells[mapper.place("paid")]))
            kind = SALE if line is None else ITEM if has_amount else BARE
            self._part(kind, self._without_times(kind, cells), line, packed)
            return
        self._part(SALE, mapper.order(self._number, cells), line, packed)

    def _without_times(self, kind: str, cells: list[str]) -> Read:
        """What a row states in a format in which the order's times may stand on another one: its amounts as if it had been
        paid, and the times that it has; one with an amount of its own and an item has to say when it was ordered.
        """
        mapper = self._mapper
        blank = {
            name: SOME_DAY
            for name in ("ordered_at", "paid_at")
            if not bare(cells[mapper.place(name)]) and (name, kind) != ("ordered_at", ITEM)
        }
        filled = {mapper.place(name): text for name, text in blank.items()}
        if kind == BARE:
            filled[mapper.place("paid")] = "0"
        read = mapper.order(self._number, [filled.get(place, cell) for place, cell in enumerate(cells)])
        buyer, display, in_words, _seen_at, told = read
        known = Told._make(told)
        if "ordered_at" in blank:
            known = known._replace(ordered_at=0, ordered_day=0, ordered_month=0)
        if "paid_at" in blank:
            known = known._replace(paid_at=None)
        seen_at = max(known.ordered_at, known.paid_at or 0, known.shipped_at or 0, known.completed_at or 0)
        return buyer, display, in_words, seen_at, tuple(known)

    def _part(self, kind: str, read: Read, line: tuple[Any, ...] | None, packed: bytes) -> None:
        buyer, display, in_words, seen_at, told = read
        shipped = bool(told) and says_left(told[0], told[13], told[14], said=in_words)
        event = told[9] if self._layout.reversed else ""
        if self._layout.either_grain and (line is None or line[0] in (None, "", self._number)):
            event = WHOLE
        said = None if kind == RETURN else line
        at = max(seen_at, self._stamp)
        self._parts.append(Part(kind, key_of(kind, line, event), at, shipped, self._hash_of(packed), told, said))
        self._buyers.append((kind, buyer, display))

    def _timed(self, cells: list[str]) -> list[str]:
        """The row with its date, clock and zone in one cell, for formats that have a column for each."""
        mapper = self._mapper
        clock = mapper.place("clock")
        if clock < 0 or not bare(cells[clock]):
            return cells
        place, zone = mapper.place("ordered_at"), mapper.place("zone")
        text = f"{bare(cells[place])} {bare(cells[clock])}"
        if name := self._layout.zones.get(bare(cells[zone])) or bare(cells[zone]):
            try:
                at = Times(name, name, mapper.setting.date_order).at(text)
            except ValueError as problem:
                if isinstance(problem, BadCell):
                    raise
                raise BadCell("bad-date", _("'{text}' is not a time zone").format(text=name[:40])) from problem
            text = "" if at is None else datetime.fromtimestamp(at, UTC).isoformat()
        return [*cells[:place], text, *cells[place + 1 :]]

    def made(self) -> Combined:
        """The order's facts and lines, and the rows one by one where its money is spread over them.

        Raises:
            BadCell: the rows do not make an order.
        """
        parts = tuple(self._parts) if self._layout.spread else ()
        read = as_far_as_known if any(part.kind == RETURN for part in parts) else together
        try:
            found = read(self._parts, rules_of(self._mapper))
        except NoSale:
            found = None
        except MoreThanPaid:
            raise BadCell("refund-exceeds-paid", _("more was refunded than was paid")) from None
        buyer, display = self._buyer()
        if found is None:
            return Combined((buyer, display, False, 0, ()), None, parts)
        lines = tuple(new_tuple(LineFacts, line) for line in found.lines)
        return Combined((buyer, display, found.shipped, found.at, tuple(found.told)), lines, parts)

    def _buyer(self) -> tuple[str, str]:
        """Whoever the rows of sales name, else those of items."""
        kinds = (SALE,), (ITEM, BARE)
        named = [(buyer, display) for kind in kinds for what, buyer, display in self._buyers if buyer and what in kind]
        return named[0] if named else ("", "")
