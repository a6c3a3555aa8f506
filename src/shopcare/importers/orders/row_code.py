"""The source of the functions that read an order and its lines, made for one header: absent columns cost nothing.

They run once per row of any file, and every look-up they do not make counts. The text is assembled from the constants
below and column numbers only; nothing of a file's content ever gets into it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Shape:
    """What kind of reader a format needs.

    `paid` is `written` in a column, the `total` less what is outstanding, or `reckoned` from parts. `judged`: an amount may
    stand there although nothing was paid; where it `stands`, it was paid. `claimed`: a refund may stand there although nothing
    went back. `whole`: a row is all of an order, or its first row is; where the paid amount is `spread`, a row that went back
    did so with its own part of it. `sent`: a column beside the status says whether the goods left.
    """

    paid: str
    refined: bool
    stands: bool
    judged: bool
    claimed: bool
    blank_is_unknown: bool
    whole: bool
    spread: bool
    sent: bool = False


_HEAD = """
def order(number, cells):
    status = status_of[cells[{status}]]
    money = money_of[cells[{currency}]]
    total = {total}
    refunded = {refunded}
"""
_PAID_AS_WRITTEN = """
    paid = money.paid[cells[{paid}]]
"""
_PAID_FROM_TOTAL = """
    paid = total
    outstanding = {outstanding}
    if paid is not None and outstanding:
        paid = max(paid - outstanding, 0)
"""
_PAID_RECKONED = """
    paid = reckoned(cells, money)
"""
_STATUS = """
    if {nothing_paid} and not refunded:
        paid = 0
    elif paid is None:
        raise BadCell("missing-value", no_paid_amount)
    name = status.name
"""
_UNSAID = """
    if not status.raw and paid > 0:
        name = REFUNDED if refunded == paid else PAID
"""
_REFINED = """
    name = refined(cells, name)
"""
_REFUND = """
    if not refunded:
        if name in WENT_BACK and (refunded is None or name == CLOSED):
            refunded = paid
    elif refunded > paid:
        raise BadCell("refund-exceeds-paid", refunded_above_paid)
"""
_REFUND_OF_ROW = """
    if not refunded and name in WENT_BACK and (refunded is None or name == CLOSED):
        refunded = paid
"""
_TIME = """
    text = cells[{place}]
    if text:
        try:
            {name} = midnights[text[:10]] + minutes[text[10:16]] + seconds[text[16:]]
        except KeyError:
            {name} = at_{name}(text)
    else:
        {name} = None
"""
_NO_TIME = """
    {name} = None
"""
_SEEN = """
    if ordered_at is None:
        ordered_at = at_of_number(number)
    day, month = days.get(ordered_at // quarter) or day_and_month(ordered_at)
    seen_at = ordered_at
    if paid_at is not None and paid_at > seen_at:
        seen_at = paid_at
    if shipped_at is not None and shipped_at > seen_at:
        seen_at = shipped_at
    if completed_at is not None and completed_at > seen_at:
        seen_at = completed_at
    if updated_at is not None and updated_at > seen_at:
        seen_at = updated_at
    buyer, display = buyer_of[cells[{buyer}]]
    if not status.known:
        count_unmapped(status.raw)
    return (
        buyer, display, status.shipped or shipped_at is not None or completed_at is not None{sent}, seen_at,
        (
            name, status.raw, RANKS[name], money.currency, total, paid, {freight}, {discount}, refunded,
            ordered_at, day, month, paid_at, shipped_at, completed_at, {channel}, {payment_method}, {province},
        ),
    )
"""
_MONEY = ("total", "refunded", "outstanding", "freight")
TIMES = ("ordered_at", "paid_at", "shipped_at", "completed_at", "updated_at")
_PAID = {"written": _PAID_AS_WRITTEN, "total": _PAID_FROM_TOTAL, "reckoned": _PAID_RECKONED}


def order_source(places: Mapping[str, int], discounts: Sequence[int], shape: Shape) -> str:
    """The function's source for fields at these places (-1: no such column)."""
    cells: dict[str, Any] = {
        name: f"money.{name}[cells[{places[name]}]]" if places[name] >= 0 else "None" for name in _MONEY
    }
    for name, reader in (("channel", "labels"), ("payment_method", "labels"), ("province", "provinces")):
        cells[name] = f"{reader}[cells[{places[name]}]]" if places[name] >= 0 else "None"
    cells |= {name: places[name] for name in ("status", "currency", "paid", "buyer")}
    cells["discount"] = "discount(cells, money)" if len(discounts) > 1 else f"money.discount[cells[{discounts[0]}]]"
    cells["nothing_paid"] = "nothing_paid(cells, status)" if shape.judged else "status.nothing_paid"
    if shape.stands:
        cells["nothing_paid"] = f"paid is None and {cells['nothing_paid']}"
    if places["adjusted"] >= 0:
        cells["refunded"] = f"remainder(total, money.total[cells[{places['adjusted']}]])"
    if shape.claimed:
        cells["refunded"] = f"granted(cells, {cells['refunded']})"
    cells["sent"] = " or sent(cells)" if shape.sent else ""
    parts = [_HEAD, _PAID[shape.paid], _STATUS]
    parts += [_UNSAID] * shape.blank_is_unknown + [_REFINED] * shape.refined + [_REFUND] * shape.whole
    parts += [_REFUND_OF_ROW] * shape.spread
    text = "".join(part.format(**cells) for part in parts)
    for name in TIMES:
        text += (_TIME if places[name] >= 0 else _NO_TIME).format(name=name, place=places[name])
    return text + _SEEN.format(**cells)


_LINE = """
def line(cells, currency):
    if not ({any_cell}):
        return None
    money = money_of[currency]
    pieces = {quantity}
    unit = {unit_price}
    whole = {amount}
    if whole is None and unit is not None:
        whole = unit * pieces
    return new_tuple(LineFacts, ({line_id}, {sku}, {title}, {category}, pieces, unit, whole))
"""
_LINE_READERS = {
    "line_id": "ids", "sku": "skus", "title": "texts", "category": "texts", "quantity": "quantities",
    "unit_price": "money.unit_price", "amount": "money.line",
}  # fmt: skip
#: Cells of which one must be there for a row to describe a line.
DESCRIBING = ("sku", "title", "line_id", "quantity", "unit_price")


def line_source(places: Mapping[str, int], *, summed_up: bool = False) -> str:
    """The source of the function that reads a row's line.

    `summed_up`: a row that sums up an order has a quantity and a price as well, which then describe no line.
    """
    present = {name: f"cells[{place}]" for name, place in places.items() if place >= 0}
    missing = {"quantity": "1"}
    cells = {
        name: f"{reader}[{present[name]}]" if name in present else missing.get(name, "None")
        for name, reader in _LINE_READERS.items()
    }
    describing = [present[name] for name in DESCRIBING[: 3 if summed_up else None] if name in present]
    return _LINE.format(any_cell=" or ".join(describing) or "False", **cells)


def compiled(source: str, names: dict[str, Any]) -> Callable[..., Any]:
    """The function of such a source with what it looks up."""
    made: dict[str, Any] = {}
    exec(compile(source, "<row reader>", "exec"), names, made)  # noqa: S102 - see above: made of our own constants
    (function,) = made.values()
    return function  # type: ignore[no-any-return]  # made by exec
