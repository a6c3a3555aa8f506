"""Rows that make up an order together: some of its money stands on every row, some is spread over them.

Each row is read as if it were the whole order; then the statements are brought together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from shopcare.domain.orders import CANCELLED, CLOSED, REFUNDED, STATUS_RANKS, UNKNOWN
from shopcare.i18n import _
from shopcare.importers.cells import BadCell, bare, unsigned
from shopcare.importers.facts import Group, LineFacts, Told
from shopcare.importers.formats import normal_word
from shopcare.importers.mapping import Mapper, Read, new_tuple
from shopcare.importers.times import Times

#: Statuses of rows that no longer take part in what becomes of an order.
ENDED = frozenset({CANCELLED, CLOSED, REFUNDED})
MONEY = ("total", "paid", "freight", "discount", "refunded")


class Combination:
    """Takes the rows of one order, one after the other; `made` is what they state together."""

    def __init__(self, mapper: Mapper, number: str) -> None:
        self._mapper = mapper
        self._layout = mapper.layout
        self._number = number
        self._first: list[str] | None = None
        self._sales: list[tuple[Read, LineFacts | None]] = []
        self._items: list[tuple[list[str], LineFacts]] = []
        self._taken_back = 0

    def add(self, cells: list[str]) -> None:
        """Take one row.

        Raises:
            BadCell: a cell cannot be read, or contradicts the first row.
        """
        mapper, layout = self._mapper, self._layout
        cells = self._timed(cells)
        if layout.reversed and normal_word(cells[mapper.place("row_kind")]) in layout.reversed:
            told = mapper.order(
                self._number, [unsigned(c) if i in mapper.paid_places else c for i, c in enumerate(cells)]
            )
            self._taken_back += told[4][5]
            return
        line = mapper.line(cells, mapper.currency(cells))
        if layout.summary and line is not None:
            self._items.append((cells, line))
            return
        self._agree(cells)
        self._sales.append((mapper.order(self._number, cells), line))

    def _agree(self, cells: list[str]) -> None:
        """Refuse a row with other amounts than the first where every row repeats the order's."""
        if self._first is None:
            self._first = cells
        for name in self._layout.once:
            place = self._mapper.place(name)
            if cells[place] != self._first[place] and _differ(cells[place], self._first[place]):
                raise BadCell(
                    "conflicting-rows", _("order {number} has other amounts above").format(number=self._number)
                )

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

    def made(self) -> tuple[Read, tuple[LineFacts, ...]]:
        """The order's facts and lines.

        Raises:
            BadCell: the rows do not make an order.
        """
        lines = [line for _told, line in self._sales if line is not None] + [line for _row, line in self._items]
        if not self._sales:
            stated = [item for item in self._items if bare(item[0][self._mapper.place("paid")])] or self._items
            self._sales = [(self._mapper.order(self._number, cells), line) for cells, line in stated]
        if not self._sales:
            raise BadCell(
                "refund-without-sale",
                _("the sale that {number} gives money back for is not in this file: export both together").format(
                    number=self._number
                ),
            )
        return self._together(), tuple(lines)

    def _together(self) -> Read:
        reads = [read for read, _line in self._sales]
        tolds: list[Told] = [new_tuple(Told, read[4]) for read in reads]
        money = {name: self._money(name, tolds) for name in MONEY}
        paid = money["paid"] or 0
        refunded = money["refunded"] if money["refunded"] is not None else self._refunded_by_status(tolds, paid)
        if self._taken_back:
            refunded = (refunded or 0) + self._taken_back
        if refunded is not None and refunded > paid:
            raise BadCell("refund-exceeds-paid", _("more was refunded than was paid"))
        decisive = _decisive(tolds)
        if self._taken_back and refunded == paid:
            decisive = decisive._replace(status=REFUNDED, status_rank=STATUS_RANKS[REFUNDED])
        told = _with_times(decisive, tolds)._replace(
            total_minor=money["total"],
            paid_minor=paid,
            freight_minor=money["freight"],
            discount_minor=money["discount"],
            refunded_minor=refunded,
            channel=_first(told.channel for told in tolds),
            payment_method=_first(told.payment_method for told in tolds),
            province=_first(told.province for told in tolds),
        )
        buyer, display = next(((read[0], read[1]) for read in reads if read[0]), ("", ""))
        return buyer, display, any(read[2] for read in reads), max(read[3] for read in reads), tuple(told)

    def _money(self, name: str, tolds: Sequence[Told]) -> int | None:
        values: list[int] = [value for told in tolds if (value := getattr(told, name + "_minor")) is not None]
        if not values:
            return None
        layout = self._layout
        added = name in layout.added or (name == "paid" and self._mapper.lines_pay)
        return sum(values) if added else max(values)

    def _refunded_by_status(self, tolds: Sequence[Told], paid: int) -> int | None:
        """What went back where only status words say so: a row that was refunded went back whole."""
        gone = self._mapper.went_back
        back = [(told, line) for told, (_read, line) in zip(tolds, self._sales, strict=True) if told.status in gone]
        if len(back) == len(tolds):
            return paid
        if not back:
            return None
        if "paid" in self._layout.added or self._mapper.lines_pay:
            return sum(told.paid_minor for told, _line in back)
        return min(sum(line.amount_minor or 0 for _told, line in back if line is not None), paid)


def _differ(one: str, other: str) -> bool:
    """Whether two cells say something different, and neither nothing."""
    said, before = bare(one), bare(other)
    return bool(said and before) and said != before


def superseded(mapper: Mapper, group: Group) -> set[int]:
    """The lines of rows that another row of the order states anew, further along: two exports pasted into one file.

    That is told by a line id that comes twice, or by a status that every row should repeat.
    """
    if "status" in mapper.layout.once:
        said = [("order", normal_word(cells[mapper.place("status")])) for _line, cells, _packed in group]
    elif mapper.place("line_id") >= 0:
        said = [(bare(cells[mapper.place("line_id")]), str(line)) for line, cells, _packed in group]
    else:
        return set()
    if len({key for key, _words in said}) == len(set(said)):
        return set()
    newest: dict[str, tuple[int, str]] = {}
    for (key, words), (_line, cells, _packed) in zip(said, group, strict=True):
        rank = mapper.rank(cells)
        if key and words and (key not in newest or rank > newest[key][0]):
            newest[key] = rank, words
    return {row[0] for (key, words), row in zip(said, group, strict=True) if key and words and newest[key][1] != words}


def _decisive(tolds: Sequence[Told]) -> Told:
    """The row whose status is the order's: the least advanced one that still goes on, else the furthest ended one."""
    living = [told for told in tolds if told.status not in ENDED]
    known = [told for told in living if told.status != UNKNOWN]
    if known or living:
        return min(known or living, key=lambda told: told.status_rank)
    return max(tolds, key=lambda told: told.status_rank)


def _with_times(told: Told, tolds: Sequence[Told]) -> Told:
    """The order's times: of ordering, paying and shipping the first, of completion the last, once all rows have one."""
    first = min(tolds, key=lambda each: each.ordered_at)
    done = [each.completed_at for each in tolds if each.completed_at is not None]
    return told._replace(
        ordered_at=first.ordered_at,
        ordered_day=first.ordered_day,
        ordered_month=first.ordered_month,
        paid_at=min((each.paid_at for each in tolds if each.paid_at is not None), default=None),
        shipped_at=min((each.shipped_at for each in tolds if each.shipped_at is not None), default=None),
        completed_at=max(done) if done and len(done) == len(tolds) else None,
    )


def _first(texts: Iterable[str | None]) -> str | None:
    return next((text for text in texts if text is not None), None)
