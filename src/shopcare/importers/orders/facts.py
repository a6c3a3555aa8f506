"""What a file says, row objects kept as plain as bulk loading needs them."""

from __future__ import annotations

from typing import Any, NamedTuple

from shopcare.domain.order_parts import Part


class LineFacts(NamedTuple):
    """A line of an order, as written. Units: pieces and minor units of the order's currency."""

    external_id: str | None
    sku: str | None
    title: str | None
    category: str | None
    quantity: int
    unit_price_minor: int | None
    amount_minor: int | None


class Rival(NamedTuple):
    """One of several rows that state the same order, see `OrderFacts`."""

    buyer: str
    shipped: bool
    seen_at: int
    row_hash: int
    told: tuple[Any, ...]


class OrderFacts(NamedTuple):
    """An order as one file states it.

    `buyer` is the value of its identity (a buyer id, or the keyed hash of an e-mail address), empty for a guest; `display`
    how people see it. `shipped`: something says the goods left. `seen_at` is the newest time the file knows of the order.
    `told` holds the values of `Told`, `lines` is None if the format has none.

    `parts` are the rows of an order whose money is spread over them. With `told` empty they are all there is: lines or
    refunds of an order that stands in another file. Where rows contradict each other and `told` is the newest completed
    with what others know, `rivals` are these statements one by one, newest first.
    """

    number: str
    row_hash: int
    buyer: str
    display: str
    shipped: bool
    seen_at: int
    told: tuple[Any, ...]
    lines: tuple[LineFacts, ...] | None
    parts: tuple[Part, ...] = ()
    rivals: tuple[Rival, ...] = ()


#: The rows of one order: physical line, cells, cells as bytes.
Group = list[tuple[int, list[str], bytes]]


class Unread(NamedTuple):
    """The rows of an order before they are read: `row_hash` tells whether the store has exactly these rows already."""

    number: str
    row_hash: int
    group: Group


class OrderLines(NamedTuple):
    """The lines of an order, from a file that knows nothing else of it."""

    number: str
    lines: tuple[LineFacts, ...]
