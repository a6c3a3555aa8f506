"""Customers and products that imported orders name: found in bulk, made where they are new, remembered in flat memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence

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
        self._knows_all = not sql.has_rows(conn, "customer_identity", shop_id)

    def of(self, orders: Sequence[OrderFacts]) -> list[int | None]:
        """The customer of each order, None for a guest; new buyers become customers."""
        known = self._known
        unknown = {facts[2]: facts[3] for facts in orders if facts[2] not in known}  # buyer, display; asked very often
        if unknown:
            if len(known) + len(unknown) > REMEMBERED:
                known.clear()
                self._knows_all = False
                known[""] = None
                unknown = {facts.buyer: facts.display for facts in orders if facts.buyer}
            self._learn(unknown)
        return [known[facts[2]] for facts in orders]

    def forget(self) -> None:
        """Give the memory back."""
        self._known.clear()
        self._knows_all = False

    def _learn(self, unknown: dict[str, str]) -> None:
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
        known = self._known
        unknown = {line[1]: line for line in lines if line[1] not in known}  # the SKU; by place, it is asked very often
        if unknown:
            if len(known) + len(unknown) > REMEMBERED:
                known.clear()
                known[None] = None
                unknown = {line.sku: line for line in lines if line.sku is not None}
            self._learn({sku: line for sku, line in unknown.items() if sku is not None})
        return known

    def _learn(self, unknown: dict[str, LineFacts]) -> None:
        found = sql.products_by_sku(self._conn, self._shop_id, unknown)
        self._known.update(found)
        new = [sku for sku in unknown if sku not in found]
        first = self._next_id
        self._next_id += len(new)
        made = dict(zip(new, range(first, self._next_id), strict=True))
        rows = ((made[sku], self._shop_id, sku, unknown[sku].title or "", unknown[sku].category or "") for sku in new)
        sql.insert_products(self._conn, rows)
        self._known.update(made)
