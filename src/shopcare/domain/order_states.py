"""Two exports state the same order: which state is the newer one, and what the older one still knows.

The order of two states does not depend on the order in which they arrive, so importing files in any order, twice or in
pieces gives the same store.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import count
from typing import NamedTuple


class OrderState(NamedTuple):
    """What an export says of an order; None is "it does not say". Units: minor units, epoch seconds, day and month numbers."""

    customer_id: int | None
    status: str
    status_raw: str
    status_rank: int
    currency: str
    total_minor: int | None
    paid_minor: int
    freight_minor: int | None
    discount_minor: int | None
    refunded_reported_minor: int | None
    ordered_at: int
    ordered_day: int
    ordered_month: int
    paid_at: int | None
    shipped_at: int | None
    completed_at: int | None
    channel: str | None
    payment_method: str | None
    province: str | None
    exported_at: int
    row_hash: int

    @property
    def age(self) -> tuple[int, int, int, int, int]:
        """What tells the newer of two states: export date, then how far along, then money; the hash only breaks ties."""
        return (
            self.exported_at,
            self.status_rank,
            self.refunded_reported_minor or 0,
            self.paid_minor,
            self.row_hash,
        )

    def says_the_same(self, other: OrderState) -> bool:
        """Whether both state the same facts, whenever they were exported and however the file wrote them."""
        return self[:-2] == other[:-2]


class LineState(NamedTuple):
    """A line of an order; `line_no` is its place in the order and never changes, because cases name it."""

    line_no: int
    external_id: str | None
    product_id: int | None
    sku: str | None
    title: str | None
    quantity: int
    unit_price_minor: int | None
    amount_minor: int | None

    @property
    def identity(self) -> tuple[object, ...]:
        """What makes two mentions the same line: the platform's line id, else everything that is written of it."""
        if self.external_id is not None:
            return (self.external_id,)
        return (None, self.sku, self.title, self.quantity, self.unit_price_minor)


def newest(stored: OrderState, stated: OrderState) -> OrderState:
    """The newer of two states, with what only the older one knows filled in."""
    winner, other = (stated, stored) if stated.age > stored.age else (stored, stated)
    if None not in winner:
        return winner
    filled = OrderState._make(t if w is None else w for w, t in zip(winner, other, strict=True))
    if filled.refunded_reported_minor is not None and filled.refunded_reported_minor > filled.paid_minor:
        return filled._replace(refunded_reported_minor=winner.refunded_reported_minor)
    return filled


def joined_lines(stored: Sequence[LineState], stated: Sequence[LineState], *, replace: bool) -> list[LineState]:
    """The lines of an order after a file states them again.

    A line both mention keeps its number. Twin lines are that many lines: of two mentions of the order the one with more
    twins counts. A line only the store has stays, unless a newer state of the order replaces its lines.
    """
    numbers = count(max((line.line_no for line in stored), default=0) + 1)
    left: dict[tuple[object, ...], list[LineState]] = {}
    for line in reversed(stored):
        left.setdefault(line.identity, []).append(line)
    result: list[LineState] = []
    for line in stated:
        twins = left.get(line.identity)
        if not twins:
            result.append(line._replace(line_no=next(numbers)))
        else:
            known = twins.pop()
            result.append(line._replace(line_no=known.line_no) if replace else known)
    if not replace:
        result += [line for twins in left.values() for line in twins]
    return sorted(result)


def same_lines(stored: Sequence[LineState], stated: Sequence[LineState]) -> bool:
    """Whether both mention the same lines, in any order and under any number."""
    return Counter(line[1:] for line in stored) == Counter(line[1:] for line in stated)
