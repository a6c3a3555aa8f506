"""What plain rows state of their orders, column by column. `row_code` does the same for a single row and decides what is right.

Grain: one value per order in each column of `OrderColumns`, one per line in those of `LineColumns`. Whatever is not plain
(a bad cell, two currencies, rows of an order that contradict each other) is `Unusual` and left to the reader of single rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, compress
from operator import attrgetter, eq, ge, gt, mul, ne
from typing import Any, NamedTuple

from shopcare.domain.orders import CLOSED, PAID, REFUNDED, STATUS_RANKS
from shopcare.importers.orders.facts import Unread
from shopcare.importers.orders.mapping import Mapper, Money, Status, new_tuple
from shopcare.importers.orders.row_code import DESCRIBING
from shopcare.importers.rows.columns import Columns, Same, Unusual, are_same, converted, distinct
from shopcare.importers.values.cells import BadCell

#: The hashes of the rows of orders, those of an order as one text.
HashOf = Callable[[Sequence[bytes]], Sequence[int]]

_TIMES = ("paid_at", "shipped_at", "completed_at", "updated_at")


class LineColumns(NamedTuple):
    """The lines of a block of orders. `order` is the place of a line's order in the block, from 0; `line_no` counts from 1.
    `amount_minor` is None where it is not written, see `amounts`.
    """

    order: Sequence[int]
    line_no: Sequence[int]
    external_id: Sequence[str | None]
    sku: Sequence[str | None]
    title: Sequence[str | None]
    category: Sequence[str | None]
    quantity: Sequence[int]
    unit_price_minor: Sequence[int | None]
    amount_minor: Sequence[int | None]

    def amounts(self) -> Sequence[int | None]:
        """The amounts of the lines: as written, else price times pieces."""
        written, prices = self.amount_minor, self.unit_price_minor
        if None not in prices and written.count(None) == len(written):
            return list(map(mul, prices, self.quantity))
        return [
            each * pieces if amount is None and each is not None else amount
            for amount, each, pieces in zip(written, prices, self.quantity, strict=True)
        ]


class OrderColumns(NamedTuple):
    """The orders of a block, as `OrderFacts` and `Told` have them one by one, without what follows from other columns."""

    status: Sequence[str]
    status_raw: Sequence[str]
    status_rank: Sequence[int]
    currency: Sequence[str]
    total_minor: Sequence[int | None]
    paid_minor: Sequence[int]
    freight_minor: Sequence[int | None]
    discount_minor: Sequence[int | None]
    refunded_minor: Sequence[int | None]
    ordered_at: Sequence[int]
    paid_at: Sequence[int | None]
    shipped_at: Sequence[int | None]
    completed_at: Sequence[int | None]
    channel: Sequence[str | None]
    payment_method: Sequence[str | None]
    province: Sequence[str | None]
    updated_at: Sequence[int | None]
    shipped: Sequence[bool]

    def seen_at(self, stamp: int) -> Sequence[int]:
        """The newest time anything says of each order; `stamp` is when the file was exported, 0 if nothing tells."""
        newest = _newest(self.ordered_at, self.paid_at, self.shipped_at, self.completed_at, self.updated_at)
        return [max(at, stamp) for at in newest] if stamp else newest


class PlainOrders(NamedTuple):
    """What the rows of a block state: order numbers, hashes of their rows, cells of their buyers, the orders, their lines."""

    numbers: Sequence[str]
    hashes: Sequence[int]
    buyers: Sequence[str]
    orders: OrderColumns
    lines: LineColumns | None


class Block:
    """Plain rows of whole orders: those of `columns` from `first` up to, without it, `last`."""

    def __init__(self, columns: Columns, first: int, last: int, place: int, width: int, hash_of: HashOf) -> None:
        self._columns = columns
        self._width = width
        self._first = first
        self._last = last
        self._place = place
        self._hash_of = hash_of
        cells = columns[place][first:last]
        #: Whether a row is the first one of its order; None if every row is.
        self.begins: list[bool] | None = None
        if any(map(eq, cells, cells[1:])):
            self.begins = [True, *map(ne, cells, cells[1:])]
        self.numbers: Sequence[str] = list(compress(cells, self.begins)) if self.begins else cells
        self.packed = columns.packed[first:last]
        whole = self.packed if self.begins is None else [b"".join(group) for group in self._groups(self.packed)]
        self.hashes = hash_of(whole)

    def __len__(self) -> int:
        """How many rows."""
        return self._last - self._first

    def __getitem__(self, place: int) -> Sequence[str]:
        """The cells of a column."""
        return self._columns[place][self._first : self._last]

    def of_orders(self, place: int) -> Sequence[str]:
        """The cells of a column on the first row of each order."""
        return list(compress(self[place], self.begins)) if self.begins else self[place]

    def starts(self) -> list[int]:
        """The first row of each order, counted from the block's first."""
        rows = range(len(self))
        return list(compress(rows, self.begins)) if self.begins else list(rows)

    def _groups(self, values: Sequence[Any]) -> Iterator[Sequence[Any]]:
        """The values of rows by order."""
        starts = self.starts()
        for start, end in zip(starts, [*starts[1:], len(self)], strict=True):
            yield values[start:end]

    def halves(self) -> tuple[Block, Block]:
        """The orders in two parts; there must be two at least."""
        starts = self.starts()
        middle = self._first + starts[len(starts) // 2]
        further = self._place, self._width, self._hash_of
        return (
            Block(self._columns, self._first, middle, *further),
            Block(self._columns, middle, self._last, *further),
        )

    def rows_of(self, wanted: Sequence[bool]) -> int:
        """How many rows these orders have."""
        return sum(map(len, compress(self._groups(range(len(self))), wanted)))

    def unread(self, wanted: Sequence[bool] | None = None) -> list[Unread]:
        """The orders one by one, or those of them that are wanted."""
        groups = zip(self.numbers, self.hashes, self._groups(range(self._first, self._last)), strict=True)
        return [
            new_tuple(Unread, (number, row_hash, [self._columns.row(row, self._width) for row in rows]))
            for number, row_hash, rows in (compress(groups, wanted) if wanted is not None else groups)
        ]


class ColumnReader:
    """Reads blocks of one file."""

    def __init__(self, mapper: Mapper, *, one_row_per_order: bool) -> None:
        self._mapper = mapper
        self._one_row_per_order = one_row_per_order
        self._shape = mapper.shape
        self._buyer = mapper.place(mapper.format.buyer)
        shape = mapper.shape
        self.reads_columns = not (
            shape.refined
            or shape.judged
            or shape.claimed
            or shape.sent
            or shape.paid == "reckoned"
            or not shape.whole
            or mapper.layout.continued
            or mapper.layout.id_prefix
        )

    def read(self, block: Block) -> PlainOrders:
        """What the orders of a block state.

        Raises:
            Unusual: they have to be read one by one.
        """
        self._check_groups(block)
        try:
            return self._read(block)
        except BadCell:
            raise Unusual from None

    def _check_groups(self, block: Block) -> None:
        """Refuse rows of an order that contradict or repeat each other."""
        if len(set(block.numbers)) < len(block.numbers):
            raise Unusual
        if block.begins is None:
            return
        if self._one_row_per_order or len(set(block.packed)) < len(block.packed):
            raise Unusual
        stated = list(zip(*(block[place] for place in self._mapper.order_places if place >= 0), strict=True))
        firsts = list(compress(stated, block.begins))
        for row, order in zip(stated, accumulate(block.begins), strict=True):
            if row != firsts[order - 1] and any(row):
                raise Unusual

    def _read(self, block: Block) -> PlainOrders:
        mapper, of = self._mapper, _OrderCells(self._mapper, block)
        readers, money = mapper.readers, self._money(of.cells("currency"))
        statuses = of.values("status", readers.status, missing=readers.status(""))
        total = of.values("total", money.total.__getitem__)
        went_back = self._went_back(of, money, total)
        paid = self._paid(of, money, total, statuses, went_back)
        names = self._names(statuses, paid, went_back)
        refunded = self._refunded(names, paid, went_back)
        ordered_at = self._ordered_at(of, block)
        paid_at, shipped_at, completed_at, updated_at = (of.times(name) for name in _TIMES)
        orders = OrderColumns(
            names, converted(statuses, _raw), converted(names, STATUS_RANKS.__getitem__), Same(money.currency, len(names)),
            total, paid, of.values("freight", money.freight.__getitem__), self._discount(block, money), refunded, ordered_at,
            paid_at, shipped_at, completed_at, of.values("channel", readers.label), of.values("payment_method", readers.label),
            of.values("province", readers.province), updated_at, _shipped(statuses, shipped_at, completed_at),
        )  # fmt: skip
        lines = self._lines(block, money) if mapper.has_lines else None
        buyers = of.cells(mapper.format.buyer)
        self._count_unmapped(statuses)  # last, when nothing can be unusual any more
        return PlainOrders(
            block.numbers, block.hashes, Same("", len(names)) if buyers is None else buyers, orders, lines
        )

    def _went_back(self, of: _OrderCells, money: Money, total: Sequence[int | None]) -> Sequence[int | None]:
        """What went back as the file says it: itself, or by what is left of the total."""
        if (adjusted := of.cells("adjusted")) is not None:
            return list(map(self._mapper.readers.remainder, total, map(money.total.__getitem__, adjusted)))
        return of.values("refunded", money.refunded.__getitem__)

    def _names(self, statuses: Sequence[Status], paid: Sequence[int], went_back: Sequence[int | None]) -> Sequence[str]:
        """The statuses; where none is said, what was paid and went back tells."""
        if not self._shape.blank_is_unknown or all(status.raw for status in distinct(statuses)):
            return converted(statuses, _name)
        names = list(map(_name, statuses))
        for place, status in enumerate(statuses):
            if not status.raw and paid[place] > 0:
                names[place] = REFUNDED if went_back[place] == paid[place] else PAID
        return names

    def _refunded(
        self, names: Sequence[str], paid: Sequence[int], went_back: Sequence[int | None]
    ) -> Sequence[int | None]:
        """What went back; all of it under a status that says so, if nothing else does.

        Raises:
            Unusual: more than what was paid.
        """
        all_of_it = self._mapper.went_back
        if not (all_of_it.isdisjoint(distinct(names)) or all(went_back)):
            went_back = [
                part if name in all_of_it and (back is None or (not back and name == CLOSED)) else back
                for name, part, back in zip(names, paid, went_back, strict=True)
            ]
        if None in went_back:
            above = any(back and back > part for back, part in zip(went_back, paid, strict=True))
        else:
            above = any(map(gt, went_back, paid))  # type: ignore[arg-type]  # none of them is None
        if above:
            raise Unusual
        return went_back

    def _ordered_at(self, of: _OrderCells, block: Block) -> Sequence[Any]:
        found = of.times("ordered_at")
        if None not in found:
            return found
        from_id = self._mapper.ordered_at_from_id
        return [from_id(number) if at is None else at for number, at in zip(block.numbers, found, strict=True)]

    def _money(self, currencies: Sequence[str] | None) -> Money:
        """The readers of the one currency of all rows."""
        moneys = [self._mapper.readers.money(cell) for cell in set(currencies or ("",))]
        if any(money is not moneys[0] for money in moneys):
            raise Unusual
        return moneys[0]

    def _paid(
        self,
        of: _OrderCells,
        money: Money,
        total: Sequence[int | None],
        statuses: Sequence[Status],
        refunded: Sequence[int | None],
    ) -> Sequence[Any]:
        """What was paid: as written, or the total less what is outstanding; nothing where the status says so."""
        if self._shape.paid == "written":
            paid: Sequence[Any] = of.values("paid", money.paid.__getitem__)
        elif of.cells("outstanding") is None:
            paid = total
        else:
            outstanding = of.values("outstanding", money.outstanding.__getitem__)
            paid = [
                max(whole - due, 0) if whole is not None and due else whole
                for whole, due in zip(total, outstanding, strict=True)
            ]
        if (not self._shape.stands or None in paid) and any(status.nothing_paid for status in distinct(statuses)):
            stands = self._shape.stands
            paid = [
                0 if status.nothing_paid and not back and not (stands and part is not None) else part
                for status, part, back in zip(statuses, paid, refunded, strict=True)
            ]
        if None in paid:
            raise Unusual
        return paid

    def _discount(self, block: Block, money: Money) -> Sequence[int | None]:
        places = self._mapper.discount_places
        if len(places) > 1:
            raise Unusual
        if places[0] < 0:
            return Same(None, len(block.numbers))
        return converted(block.of_orders(places[0]), money.discount.__getitem__)

    def _count_unmapped(self, statuses: Sequence[Status]) -> None:
        if not all(status.known for status in distinct(statuses)):
            for status in statuses:
                if not status.known:
                    self._mapper.count_unmapped(status.raw)

    def _lines(self, block: Block, money: Money) -> LineColumns:
        mapper, rows = self._mapper, len(block)
        order = range(rows) if block.begins is None else [place - 1 for place in accumulate(block.begins)]
        places = [mapper.place(name) for name in DESCRIBING]
        describing = [block[place] for place in places if place >= 0]
        there: list[bool] | None = None
        if not any(all(cells) for cells in describing):
            there = [any(row) for row in zip(*describing, strict=True)]
            order = list(compress(order, there))

        def column(name: str, reader: Callable[[str], Any], missing: int | None = None) -> Sequence[Any]:
            place = mapper.place(name)
            if place < 0:
                return Same(missing, len(order))
            return converted(block[place] if there is None else list(compress(block[place], there)), reader)

        readers = mapper.readers
        return LineColumns(
            order, _numbered(order, alone=block.begins is None), column("line_id", readers.line_id), column("sku", readers.sku),
            column("title", readers.text), column("category", readers.text), column("quantity", readers.quantity, 1),
            column("unit_price", money.unit_price.__getitem__), column("amount", money.line.__getitem__),
        )  # fmt: skip


class _OrderCells:
    """A block's cells on the first row of each order, by field."""

    def __init__(self, mapper: Mapper, block: Block) -> None:
        self._mapper = mapper
        self._block = block

    def cells(self, name: str) -> Sequence[str] | None:
        """The cells of a field; None if there is no such column."""
        place = self._mapper.place(name)
        return self._block.of_orders(place) if place >= 0 else None

    def values(self, name: str, reader: Callable[[str], Any], missing: object = None) -> Sequence[Any]:
        """What the cells of a field say; the same for each if there is no such column."""
        found = self.cells(name)
        return Same(missing, len(self._block.numbers)) if found is None else converted(found, reader)

    def times(self, name: str) -> Sequence[Any]:
        """The instants of a field."""
        found, times = self.cells(name), self._mapper.times
        if found is None:
            return Same(None, len(self._block.numbers))
        return converted(found, times.at) if are_same(found) else times.column(found)


_raw, _name = attrgetter("raw"), attrgetter("name")


def _shipped(
    statuses: Sequence[Status], shipped_at: Sequence[int | None], completed_at: Sequence[int | None]
) -> Sequence[bool]:
    """Whether something says that the goods left."""
    if None not in shipped_at or None not in completed_at:
        return Same(value=True, rows=len(statuses))
    return [
        status.shipped or one is not None or other is not None
        for status, one, other in zip(statuses, shipped_at, completed_at, strict=True)
    ]


def _numbered(order: Sequence[int], *, alone: bool) -> Sequence[int]:
    """The number of each line in its order, from 1; where each is alone in its order, that is all."""
    if alone:
        return Same(1, len(order))
    numbers, before, number = [], -1, 0
    for place in order:
        number = number + 1 if place == before else 1
        before = place
        numbers.append(number)
    return numbers


def _newest(*times: Sequence[int | None]) -> Sequence[int]:
    """The latest of several times, the first of which is always there."""
    newest: Sequence[Any] = times[0]
    for column in times[1:]:
        if None not in column:
            newest = _newer(newest, column)
    for column in times:
        if None in column and any(column):
            newest = [at if other is None or at >= other else other for at, other in zip(newest, column, strict=True)]
    return newest


def _newer(times: Sequence[Any], others: Sequence[Any]) -> Sequence[Any]:
    """The later of two times each; mostly all of one column are."""
    if all(map(ge, others, times)):
        return others
    return times if all(map(ge, times, others)) else list(map(max, times, others))
