"""Two exports state the same order: which state is the newer one, and what the older one still knows.

The order of two states does not depend on the order in which they arrive, so importing files in any order, twice or in
pieces gives the same store.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Sequence
from itertools import count
from typing import Any, NamedTuple

from shopcare.domain.orders import COMPLETED, SHIPPED

#: How new the lines of an order are; of two the greater one counts. As text in the store, see `age_text`.
LinesAge = tuple[int, ...]


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

    def contradicts(self, other: OrderState) -> bool:
        """Whether anything this one states is otherwise in the other one."""
        return any(mine not in (None, theirs) for mine, theirs in zip(self[:-2], other[:-2], strict=True))


class Told(NamedTuple):
    """What a file says of the order itself: `OrderState` between its customer and its export date. None: it does not say."""

    status: str
    status_raw: str
    status_rank: int
    currency: str
    total_minor: int | None
    paid_minor: int
    freight_minor: int | None
    discount_minor: int | None
    refunded_minor: int | None
    ordered_at: int
    ordered_day: int
    ordered_month: int
    paid_at: int | None
    shipped_at: int | None
    completed_at: int | None
    channel: str | None
    payment_method: str | None
    province: str | None


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


def says_left(status: str, shipped_at: int | None, completed_at: int | None, *, said: bool) -> bool:
    """Whether a statement says in any way that the goods left; `said`: in words of its own."""
    return said or shipped_at is not None or completed_at is not None or status in (SHIPPED, COMPLETED)


def completed(statements: Sequence[Sequence[Any]], refunded: int) -> tuple[Any, ...]:
    """The first of several statements, given newest first, with what only older ones know.

    `refunded` is the place of what went back, three behind what was paid: an older amount above that is not taken over.
    """
    newest = tuple(statements[0])
    if None not in newest or len(statements) == 1:
        return newest
    known: list[Any] = [
        next((value for value in column if value is not None), None) for column in zip(*statements, strict=True)
    ]
    if known[refunded] is not None and known[refunded] > known[refunded - 3]:
        known[refunded] = newest[refunded]
    return tuple(known)


def says_more(older: Sequence[Any], newer: Sequence[Sequence[Any]]) -> bool:
    """Whether a statement says anything that none of the newer ones does."""
    return any(value is not None and not any(said) for value, *said in zip(older, *map(_said, newer), strict=True))


def _said(statement: Sequence[Any]) -> list[bool]:
    return [value is not None for value in statement]


def lines_of_order_list(state: OrderState) -> LinesAge:
    """How new the lines are that an export states together with the order; pieces of one export are equally new."""
    return (1, *state.age[:-1])


def lines_alone(exported_at: int) -> LinesAge:
    """How new the lines are of an export that knows nothing else of the order; an order's own export knows better."""
    return (0, exported_at)


def joined_lines(stored: Sequence[LineState], stated: Sequence[LineState]) -> list[LineState]:
    """The lines of equally new statements, which may be pieces of one export: what either has, in any order of arrival.

    A line is the same in both by its id, else its SKU, else its title; where they say different things of it one statement
    stays, so a file that comes twice adds nothing. The lines stand as the statement has them that has them all.

    Two formats of one date may state the same lines, only one of them with ids: a line without one is then that of its SKU.
    """
    stored, stated = _without_named(stored, stated), _without_named(stated, stored)
    known, said = _by_key(stored), _by_key(stated)
    joined = [max(known.get(key, []), said.get(key, []), key=_more) for key in {**known, **said}]
    all_, have, new = (
        Counter(line[1:] for group in lines for line in group) for lines in (joined, known.values(), said.values())
    )
    if all_ == have == new:
        return max([*stored], [*stated], key=_all_words)
    if all_ == have:
        return [*stored]
    if all_ == new:
        return [*stated]
    lines = sorted((line for group in joined for line in group), key=_words)
    return [line._replace(line_no=number) for number, line in enumerate(lines, 1)]


def _without_named(lines: Sequence[LineState], others: Sequence[LineState]) -> list[LineState]:
    """The lines without those that a format with ids states as well; all of its lines have one."""
    if not all(line.external_id for line in others):
        return list(lines)
    named = {line.sku or line.title for line in others}
    return [line for line in lines if line.external_id or (line.sku or line.title) not in named]


def leaves_out(lines: Sequence[LineState], stated: Sequence[LineState]) -> bool:
    """Whether a statement has anything that is not among the lines."""
    return bool(Counter(map(_words, stated)) - Counter(map(_words, lines)))


def _by_key(lines: Sequence[LineState]) -> dict[object, list[LineState]]:
    """Lines by what makes them the same in two statements, those of one key in order; without those that are gone."""
    found: dict[object, list[LineState]] = {}
    for line in sorted(lines, key=_words):
        if line.quantity:
            key = next(
                ((place, text) for place, text in enumerate((line.external_id, line.sku, line.title)) if text), None
            )
            found.setdefault(key, []).append(line)
    return found


def _more(lines: Sequence[LineState]) -> tuple[int, list[str]]:
    """Of two statements of the same lines the longer one counts; a piece of it says less."""
    return len(lines), _all_words(lines)


def _all_words(lines: Sequence[LineState]) -> list[str]:
    return [_words(line) for line in lines]


def _words(line: LineState) -> str:
    """What a line says, apart from our own numbers."""
    return repr((line.external_id, line.sku, *line[4:]))


def replaced_lines(stored: Sequence[LineState], stated: Sequence[LineState], named: Container[int]) -> list[LineState]:
    """The lines of an order after a newer state of them, which is all that counts.

    Lines are numbered by their place. A line that a case or refund names keeps its number, whatever else about it changed;
    one that is gone stays with no pieces.
    """
    bound = [line for line in stored if line.line_no in named]
    if not bound:
        return list(stated)
    if same_lines(stored, stated):
        return list(stored)
    kept = _recognised(bound, stated)
    gone = [line._replace(quantity=0) for line in bound if line.line_no not in kept.values()]
    taken = {*kept.values(), *(line.line_no for line in gone)}
    further = count(max(*taken, len(stated)) + 1)
    numbers = [
        kept.get(place) or (line.line_no if line.line_no not in taken else next(further))
        for place, line in enumerate(stated)
    ]
    return sorted([*(line._replace(line_no=no) for no, line in zip(numbers, stated, strict=True)), *gone])


def _recognised(bound: Sequence[LineState], stated: Sequence[LineState]) -> dict[int, int]:
    """The numbers of lines that are stated again, by place: the surest likeness first."""
    kept: dict[int, int] = {}
    for likeness in _LIKENESSES:
        left: dict[object, list[LineState]] = {}
        for line in reversed(bound):
            if line.line_no not in kept.values():
                left.setdefault(likeness(line), []).append(line)
        for place, line in enumerate(stated):
            if place not in kept and (alike := left.get(likeness(line))):
                kept[place] = alike.pop().line_no
    return kept


_LIKENESSES: tuple[Callable[[LineState], object], ...] = (
    lambda line: line,
    lambda line: line[1:],
    lambda line: line.identity,
    lambda line: (line.external_id, line.sku, line.title),
    lambda line: (line.external_id, line.sku, line.line_no),
    lambda line: (line.external_id, line.sku),
)


def same_lines(stored: Sequence[LineState], stated: Sequence[LineState]) -> bool:
    """Whether both mention the same lines, in any order and under any number."""
    return Counter(line[1:] for line in stored) == Counter(line[1:] for line in stated)


def age_text(age: LinesAge) -> str:
    """An age as it is stored."""
    return ":".join(map(str, age))


def age_of(text: str) -> LinesAge:
    """The age of such a text; a hash at its end, as earlier versions wrote it, does not count."""
    kind, *rest = map(int, text.split(":"))
    return (kind, *rest[: 4 if kind else 1])
