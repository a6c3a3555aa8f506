"""Customers and products that imported orders name: found in bulk, made where they are new, remembered in flat memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence

from shopcare.importers.facts import LineFacts, OrderFacts
from shopcare.store.numbers import next_id
from shopcare.store.queries import imports as sql

#: Identities and SKUs remembered; forgotten all at once when full.
REMEMBERED = 250_000


class Customers:
    """The customers of a shop by one kind of identity."""

    def __init__(
        self, conn: sqlite3.Connection, batch_id: int, shop_id: int, platform: str, kind: str, now: int
    ) -> None:
        self._conn = conn
        self._batch_id = batch_id
        self._shop_id = shop_id
        self._platform = platform
        self._kind = kind
        self._now = now
        self._next_id = next_id(conn, "customer")
        self._known: dict[str, int | None] = {"": None}
        self._identity_of: dict[str, str] = {}  # of cells that are not the identity itself
        self._knows_all = not sql.has_rows(conn, "customer_identity", shop_id)

    def of(self, orders: Sequence[OrderFacts]) -> list[int | None]:
        """The customer of each order, None for a guest; new buyers become customers."""
        known = self._known
        unknown = {facts[2]: facts[3] for facts in orders if facts[2] not in known}  # buyer, display; asked very often
        if unknown:
            if self._is_full(len(unknown)):
                unknown = {facts.buyer: facts.display for facts in orders if facts.buyer}
            self._learn(unknown)
        return [known[facts[2]] for facts in orders]

    def of_cells(self, cells: Sequence[str], read: Callable[[str], tuple[str, str]]) -> list[int | None]:
        """The customer each cell names, None for a guest; `read` gives a cell's identity and how people see it."""
        known, identity_of = self._known, self._identity_of
        hashed = self._kind == "email"  # then no cell is an identity, though one may look like it
        if not hashed and not identity_of:
            try:
                return list(map(known.__getitem__, cells))
            except KeyError:
                pass  # somebody new is among them
        unread = set(cells).difference(identity_of if hashed else known, identity_of)
        if unread:
            if self._is_full(2 * len(unread)):
                unread = set(cells)
            found = {cell: read(cell) for cell in dict.fromkeys(cells) if cell in unread}  # in the order of the file
            identity_of.update((cell, value) for cell, (value, _display) in found.items() if hashed or value != cell)
            self._learn({value: display for value, display in found.values() if value not in known})
        return (
            [known[identity_of.get(cell, cell)] for cell in cells] if identity_of else [known[cell] for cell in cells]
        )

    def forget(self) -> None:
        """Give the memory back."""
        self._known.clear()
        self._known[""] = None
        self._identity_of.clear()
        self._knows_all = False

    def _is_full(self, further: int) -> bool:
        """Whether there is no room for so many; then everything was forgotten to make some."""
        full = len(self._known) + len(self._identity_of) + further > REMEMBERED
        if full:
            self.forget()
        return full

    def _learn(self, unknown: dict[str, str]) -> None:
        """Find the customers with these identities, or make them."""
        if not self._knows_all:
            found = sql.customers_by_identity(self._conn, self._shop_id, self._kind, unknown)
            self._known.update(found)
            unknown = {value: display for value, display in unknown.items() if value not in found}
        first = self._next_id
        self._next_id += len(unknown)
        made = dict(zip(unknown, range(first, self._next_id), strict=True))
        shop, platform, kind = self._shop_id, self._platform, self._kind
        batch = self._batch_id
        sql.insert_customers(
            self._conn, batch, ((made[value], shop, text, self._now) for value, text in unknown.items())
        )
        sql.insert_identities(
            self._conn, batch, ((shop, number, platform, kind, value) for value, number in made.items())
        )
        self._known.update(made)


class Products:
    """The products of a shop by SKU."""

    def __init__(self, conn: sqlite3.Connection, shop_id: int) -> None:
        self._conn = conn
        self._shop_id = shop_id
        self._next_id = next_id(conn, "product")
        self._known: dict[str | None, int | None] = {None: None}

    def known(self, lines: Sequence[LineFacts]) -> Mapping[str | None, int | None]:
        """The product of every SKU of these lines, None for no SKU; new SKUs become products."""
        return (
            self.of_columns(*zip(*((line[1], line[2], line[3]) for line in lines), strict=True))
            if lines
            else self._known
        )

    def of_columns(
        self, skus: Sequence[str | None], titles: Sequence[str | None], categories: Sequence[str | None]
    ) -> Mapping[str | None, int | None]:
        """The same for the columns of many lines."""
        known = self._known
        unknown = set(skus).difference(known)
        if unknown:
            if len(known) + len(unknown) > REMEMBERED:
                known.clear()
                known[None] = None
                unknown = set(skus)
            named: dict[str, tuple[str | None, str | None]] = {}
            for sku, title, category in zip(skus, titles, categories, strict=True):
                if sku is not None and sku in unknown:
                    named.setdefault(sku, (title, category))  # wherever a chunk ends, the first line to name it counts
            self._learn(named)
        return known

    def _learn(self, unknown: dict[str, tuple[str | None, str | None]]) -> None:
        found = sql.products_by_sku(self._conn, self._shop_id, unknown)
        self._known.update(found)
        new = {sku: named for sku, named in unknown.items() if sku not in found}
        first = self._next_id
        self._next_id += len(new)
        made = dict(zip(new, range(first, self._next_id), strict=True))
        rows = ((made[sku], self._shop_id, sku, title or "", category or "") for sku, (title, category) in new.items())
        sql.insert_products(self._conn, rows)
        self._known.update(made)
