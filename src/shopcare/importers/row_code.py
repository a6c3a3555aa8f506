"""The source of the function that reads an order's row, made for one header: columns that are not there cost nothing.

It runs once per order of any file, and every look-up it does not make counts. The text is assembled from the constants
below and column numbers only; nothing of a file's content ever gets into it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

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
_STATUS = """
    if status.nothing_paid and not refunded:
        paid = 0
    elif paid is None:
        raise BadCell("missing-value", no_paid_amount)
    name = status.name
    if not status.raw and paid > 0:
        name = REFUNDED if refunded == paid else PAID
"""
_REFINED = """
    name = refined(cells, name)
"""
_REFUND = """
    if refunded is None:
        if name == REFUNDED:
            refunded = paid
    elif refunded > paid:
        raise BadCell("refund-exceeds-paid", refunded_above_paid)
"""
_TIME = """
    text = cells[{place}]
    if text:
        try:
            {name} = midnights[text[:10]] + minutes[text[10:16]] + seconds[text[16:]]
        except KeyError:
            {name} = at(text)
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
    buyer, display = buyer_of[cells[{buyer}]]
    if not status.known:
        count_unmapped(status.raw)
    return (
        buyer, display, status.shipped or shipped_at is not None or completed_at is not None, seen_at,
        (
            name, status.raw, RANKS[name], money.currency, total, paid, {freight}, {discount}, refunded,
            ordered_at, day, month, paid_at, shipped_at, completed_at, {channel}, {payment_method}, {province},
        ),
    )
"""
_MONEY = ("total", "refunded", "outstanding", "freight")
_TIMES = ("ordered_at", "paid_at", "shipped_at", "completed_at")


def order_source(places: Mapping[str, int], discounts: Sequence[int], *, as_written: bool, refined: bool) -> str:
    """The function's source for fields at these places (-1: no such column)."""
    cells: dict[str, Any] = {
        name: f"money.{name}[cells[{places[name]}]]" if places[name] >= 0 else "None" for name in _MONEY
    }
    for name, reader in (("channel", "texts"), ("payment_method", "texts"), ("province", "provinces")):
        cells[name] = f"{reader}[cells[{places[name]}]]" if places[name] >= 0 else "None"
    cells |= {name: places[name] for name in ("status", "currency", "paid", "buyer")}
    cells["discount"] = "discount(cells, money)" if len(discounts) > 1 else f"money.discount[cells[{discounts[0]}]]"
    parts = [_HEAD, _PAID_AS_WRITTEN if as_written else _PAID_FROM_TOTAL, _STATUS, _REFINED if refined else "", _REFUND]
    text = "".join(part.format(**cells) for part in parts)
    for name in _TIMES:
        text += (_TIME if places[name] >= 0 else _NO_TIME).format(name=name, place=places[name])
    return text + _SEEN.format(**cells)


def compiled(source: str, names: dict[str, Any]) -> Callable[[str, list[str]], Any]:
    """The function of such a source with what it looks up."""
    exec(compile(source, "<row reader>", "exec"), names)  # noqa: S102 - see above: made of our own constants
    function: Callable[[str, list[str]], Any] = names["order"]
    return function
