"""Rows that make up an order together, each with a part of its money, wherever the files are cut that they stand in.

What counts depends on the rows that are known, never on the order in which files brought them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from shopcare.domain.money import minor_per_major
from shopcare.domain.order_states import Told, completed, says_more
from shopcare.domain.orders import CANCELLED, CLOSED, PAID, REFUNDED, SHIPPED, STATUS_RANKS, UNKNOWN, UNPAID

#: What a row is: a sale; an item below an order's own row, with an amount or bare; money taken back; a line whose order
#: stands elsewhere.
SALE, ITEM, BARE, RETURN, LINE = "sale", "item", "bare", "return", "line"

#: What tells rows that may be a whole order from those of its sub-orders, in formats that have both.
WHOLE = "whole"
#: The first sub-order may have the order's own number: only beside so many others a row with it is the sum of them.
OTHERS_ENOUGH = 2

#: Statuses of rows that no longer take part in what becomes of an order.
ENDED = frozenset({CANCELLED, CLOSED, REFUNDED})
MONEY = ("total", "paid", "freight", "discount")
#: Where a line's words stand: id, SKU, title, (category,) pieces, price, amount.
_CATEGORY = 3
_REFUNDED = Told._fields.index("refunded_minor")
_ONCE = {"status": "status_raw"}


class Part(NamedTuple):
    """A row of an order. Units: epoch seconds, minor units.

    `key` makes rows of two files the same: the platform's line id, else the SKU, else the title. `at` is how new the row is:
    its export's date or its own newest time. `told` holds the values of `Told`, `line` those of a line as written, none if
    the row has none. `older`: a newer row took its place, but leaves blank what this one says. `currency`: what the amounts
    of a line were read in whose order, which knows the currency, stands elsewhere.
    """

    kind: str
    key: str
    at: int
    shipped: bool
    row_hash: int
    told: tuple[Any, ...]
    line: tuple[Any, ...] | None
    older: bool = False
    currency: str = ""

    @property
    def age(self) -> tuple[int, int, int, int, int]:
        """What tells the newer of two rows, as `OrderState.age` does of two orders."""
        if not self.told:
            return self.at, 0, 0, 0, self.row_hash
        told = Told._make(self.told)
        return self.at, told.status_rank, told.refunded_minor or 0, told.paid_minor, self.row_hash


class Rules(NamedTuple):
    """How the rows of a format make up an order: fields that are added up, fields that every row repeats, statuses under
    which all of a row went back. `by_times`: there is no status, the times of paying and shipping tell, which may stand on
    the items; an `ordered_at` of 0 is unknown.
    """

    added: frozenset[str]
    once: tuple[str, ...]
    went_back: frozenset[str]
    by_times: bool = False


class Together(NamedTuple):
    """What parts come to."""

    told: Told
    shipped: bool
    at: int
    lines: tuple[tuple[Any, ...], ...]


class NoSale(Exception):
    """Money was taken back for a sale that is not among the rows."""


class MoreThanPaid(Exception):
    """More went back than was paid."""


def key_of(kind: str, line: Sequence[Any] | None, event: object = "") -> str:
    """What makes rows of two files the same; `event` tells the events of one line apart, where rows are events.

    A row that may be a `WHOLE` order has that for its event, and needs no other name.
    """
    if event == WHOLE:
        return f"|{WHOLE}|"
    named = next((f"{place}:{text}" for place, text in enumerate((line or ())[:_CATEGORY]) if text), "")
    return f"{kind if kind == RETURN else ''}|{event}|{named}"


def united(known: Sequence[Part], stated: Sequence[Part], once: Sequence[str]) -> list[Part]:
    """The rows that count of those known and those stated: of each key the newer ones.

    Rows of one key that stand in one file stay together. What every row repeats has to be the same: of two versions the
    rows of the newer one count.
    """
    mine, theirs = _by_key(known), _by_key(stated)
    found: list[Part] = []
    for key in sorted({**mine, **theirs}):
        rivals = sorted((mine.get(key, []), theirs.get(key, [])), key=_weight)
        newer = [part for part in rivals[1] if not part.older]
        found += newer
        if len(newer) == 1:
            found += _still_needed(newer[0], [*rivals[0], *(part for part in rivals[1] if part.older)])
    return _of_one_version(found, once)


def together(parts: Sequence[Part], rules: Rules) -> Together:
    """What rows state together.

    Raises:
        NoSale, MoreThanPaid: they make no order.
    """
    parts = _of_one_grain(_completed(parts))
    sales = _judged(parts) if rules.by_times else _sales(parts)
    sales = sorted(sales, key=lambda part: (part.key, part.age))  # however the file has them
    if not sales:
        raise NoSale
    tolds = [Told._make(part.told) for part in sales]
    taken_back = sum(Told._make(part.told).paid_minor for part in parts if part.kind == RETURN)
    money = {name: _money(name, tolds, rules) for name in MONEY}
    paid = money["paid"] or 0
    refunded = _refunded(sales, tolds, paid, rules)
    if taken_back:
        refunded = (refunded or 0) + taken_back
    if refunded is not None and refunded > paid:
        raise MoreThanPaid
    told = _decisive(tolds)
    if taken_back and refunded == paid:
        told = told._replace(status=REFUNDED, status_rank=STATUS_RANKS[REFUNDED])
    told = _with_times(told, tolds)._replace(
        total_minor=money["total"],
        paid_minor=paid,
        freight_minor=money["freight"],
        discount_minor=money["discount"],
        refunded_minor=refunded,
        channel=_first(told.channel for told in tolds),
        payment_method=_first(told.payment_method for told in tolds),
        province=_first(told.province for told in tolds),
    )
    lines = [part.line for kind in ((SALE,), (ITEM, BARE, LINE)) for part in parts if part.kind in kind and part.line]
    return Together(told, any(part.shipped for part in sales), max(part.at for part in parts), tuple(lines))


def as_far_as_known(parts: Sequence[Part], rules: Rules) -> Together | None:
    """The same of rows of which others may stand in another file; None if the sale does.

    Refunds above what was paid are of a sale that is not there yet: until then it is not known what went back.
    """
    try:
        return together(parts, rules)
    except NoSale:
        return None
    except MoreThanPaid:
        found = together([_without_refund(part) for part in parts if part.kind != RETURN], rules)
        return found._replace(told=found.told._replace(refunded_minor=None))


def _without_refund(part: Part) -> Part:
    told = part.told
    return part._replace(told=(*told[:_REFUNDED], None, *told[_REFUNDED + 1 :])) if told else part


def went_back(parts: Sequence[Part]) -> list[tuple[tuple[Any, ...], int]]:
    """What the rows of an order say went back of each: (line, minor units), in the order of their names; 0 for nothing."""
    sales = sorted(_sales(_of_one_grain(_completed(parts))), key=lambda part: (part.key, part.age))
    return [(part.line, Told._make(part.told).refunded_minor or 0) for part in sales if part.line is not None]


def with_further(lines: Sequence[tuple[Any, ...]], further: Iterable[Part], currency: str) -> list[tuple[Any, ...]]:
    """An order's lines, the first of which stands on its own row, and lines of it that stand in another file.

    A file that comes twice adds nothing; lines that are equal to the first are further pieces.
    """
    found, rest = list(lines), [_words(line) for line in lines[1:]]
    for line in [_in(part, currency) for part in further if part.line is not None]:
        if _words(line) in rest:
            rest.remove(_words(line))
        else:
            found.append(line)
    return found


def _in(part: Part, currency: str) -> tuple[Any, ...]:
    """A line with its amounts in the order's currency; one that has other decimals than the currency allows is unknown."""
    assert part.line is not None
    *words, price, amount = part.line
    given, wanted = minor_per_major(part.currency), minor_per_major(currency)
    return *words, *(
        None if minor is None or minor * wanted % given else minor * wanted // given for minor in (price, amount)
    )


def _words(line: tuple[Any, ...]) -> tuple[Any, ...]:
    return line[:_CATEGORY] + line[_CATEGORY + 1 :]


def _by_key(parts: Sequence[Part]) -> dict[str, list[Part]]:
    found: dict[str, list[Part]] = {}
    for part in parts:
        found.setdefault(part.key, []).append(part)
    return found


def _weight(parts: Sequence[Part]) -> tuple[Any, ...]:
    """Of two statements of the same lines the heavier one counts: the newer, else the longer."""
    current = [part for part in parts if not part.older]
    return max((part.at for part in current), default=-1), len(current), sorted(part.age for part in current)


def _still_needed(newer: Part, others: Iterable[Part]) -> list[Part]:
    """Of replaced rows those that say what no newer one does; items may say nothing of the order (nor complete it)."""
    needed: list[Part] = []
    for part in sorted(others, key=lambda part: part.age, reverse=True):
        said = [each.told for each in (newer, *needed) if each.told]
        if part.told and part.row_hash != newer.row_hash and says_more(part.told, said):
            needed.append(part._replace(older=True))
    return needed


def _of_one_version(parts: list[Part], once: Sequence[str]) -> list[Part]:
    current = [part for part in parts if not part.older and part.told]
    if not once or not current:
        return parts
    newest = _repeated(max(current, key=lambda part: part.age), once)
    return [part for part in parts if not part.told or _repeated(part, once) == newest]


def _repeated(part: Part, once: Sequence[str]) -> list[object]:
    told = Told._make(part.told)
    return [getattr(told, _ONCE.get(name, f"{name}_minor")) for name in once]


def _completed(parts: Sequence[Part]) -> list[Part]:
    """The rows that count, with what only replaced ones say."""
    older = _by_key([part for part in parts if part.older])
    if not older:
        return list(parts)
    return [
        part._replace(told=completed([part.told, *(each.told for each in older.get(part.key, ()))], _REFUNDED))
        if part.told
        else part
        for part in parts
        if not part.older
    ]


def _of_one_grain(parts: list[Part]) -> list[Part]:
    """The rows without those that state in another grain what the others state: a whole order, or all its sub-orders.

    They come to the same money; the newer ones count.
    """
    whole = [part for part in parts if part.key.startswith(f"|{WHOLE}|")]
    others = [part for part in parts if part not in whole]
    if len(whole) != 1 or not others:
        return parts
    has_number = whole[0].line is not None and whole[0].line[0]
    if has_number and len(others) < OTHERS_ENOUGH:
        return parts
    if _paid(whole) != _paid(others):
        return parts
    return whole if whole[0].age[:2] > max(part.age[:2] for part in others) else others


def _paid(parts: Sequence[Part]) -> int:
    return sum(Told._make(part.told).paid_minor for part in parts if part.told)


def _sales(parts: Sequence[Part]) -> list[Part]:
    """The rows that state the order: its own ones, else those of its items that have an amount, else all of them."""
    for kind in (SALE, ITEM, BARE):
        if found := [part for part in parts if part.kind == kind and part.told]:
            return found
    return []


def _judged(parts: Sequence[Part]) -> list[Part]:
    """The rows that state the order where times tell what became of it: its own row, else the items with an amount.

    An order's own row may have no times: the order was made when its first item was, and was paid for and sent once all
    items were.

    Raises:
        NoSale: it is not known when the order was made.
    """
    sales = [part for part in _sales(parts) if part.kind != BARE]
    items = [Told._make(part.told) for part in parts if part.kind in (ITEM, BARE) and part.told]
    judged = []
    for part in sales:
        told = Told._make(part.told)
        if part.kind == SALE and items:
            told = _with_times_of(told, items)
        if not told.ordered_at:
            raise NoSale
        status = SHIPPED if told.shipped_at else PAID if told.paid_at else UNPAID
        told = told._replace(
            status=status, status_rank=STATUS_RANKS[status], paid_minor=told.paid_minor if status != UNPAID else 0
        )
        judged.append(part._replace(told=tuple(told), shipped=part.shipped or told.shipped_at is not None))
    return judged


def _with_times_of(told: Told, items: Sequence[Told]) -> Told:
    first = min((item for item in items if item.ordered_at), key=lambda item: item.ordered_at, default=told)
    if not told.ordered_at:
        told = told._replace(
            ordered_at=first.ordered_at, ordered_day=first.ordered_day, ordered_month=first.ordered_month
        )
    paid = [item.paid_at for item in items if item.paid_at is not None]
    sent = [item.shipped_at for item in items if item.shipped_at is not None]
    return told._replace(
        paid_at=told.paid_at or (min(paid) if len(paid) == len(items) else None),
        shipped_at=told.shipped_at or (min(sent) if len(sent) == len(items) else None),
    )


def _money(name: str, tolds: Sequence[Told], rules: Rules) -> int | None:
    values: list[int] = [value for told in tolds if (value := getattr(told, name + "_minor")) is not None]
    if not values:
        return None
    return sum(values) if name in rules.added else max(values)


def _refunded(sales: Sequence[Part], tolds: Sequence[Told], paid: int, rules: Rules) -> int | None:
    """What went back: the stated amounts, and where only a status word says it, all of the row."""
    stated = _money("refunded", tolds, rules)
    if "refunded" in rules.added:
        by_status = [
            told.paid_minor for told in tolds if told.refunded_minor is None and told.status in rules.went_back
        ]
        return (stated or 0) + sum(by_status) if by_status else stated
    return stated if stated is not None else _refunded_by_status(sales, tolds, paid, rules)


def _refunded_by_status(sales: Sequence[Part], tolds: Sequence[Told], paid: int, rules: Rules) -> int | None:
    """The same where every row repeats the order's amounts, and none says what went back."""
    back = [(told, part.line) for told, part in zip(tolds, sales, strict=True) if told.status in rules.went_back]
    if len(back) == len(tolds):
        return paid
    if not back:
        return None
    return min(sum(line[-1] or 0 for _told, line in back if line is not None), paid)


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
