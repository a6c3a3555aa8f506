"""Customers and products that imported orders name: found in bulk, made where they are new, remembered in flat memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from shopcare.importers.orders.buyers import REMEMBERED, Buyers
from shopcare.importers.orders.facts import LineFacts, OrderFacts
from shopcare.importers.values.identities import ADDRESS
from shopcare.services.load_target import Target
from shopcare.store.numbers import next_id
from shopcare.store.queries import imports as sql


class Customers:
    """The customers of a shop by one kind of identity."""

    def __init__(self, conn: sqlite3.Connection, target: Target) -> None:
        self._conn = conn
        self._target = target
        self._next_id = next_id(conn, "customer")
        self._buyers = Buyers(self.learn, hashed=target.identity_kind == "email")
        self._knows_all = not sql.has_rows(conn, "customer_identity", target.shop_id)

    def of(self, orders: Sequence[OrderFacts]) -> Sequence[int | None]:
        """The customer of each order, None for a guest; new buyers become customers."""
        return _or_nobody(self._buyers.of([facts[2:4] for facts in orders]))  # buyer, display

    def of_cells(self, cells: Sequence[str], read: Callable[[str], tuple[str, str]]) -> Sequence[int | None]:
        """The customer each cell names, None for a guest; `read` gives a cell's identity and how people see it."""
        return _or_nobody(self._buyers.of_cells(cells, read))

    def forget(self) -> None:
        """Give the memory back."""
        self._buyers.forget()

    def learn(self, unknown: Mapping[str, str]) -> dict[str, int]:
        """Find the customers with these identities (and how people see them), or make them."""
        addresses = [value for value in unknown if value.startswith(ADDRESS)]
        ids = [value for value in unknown if not value.startswith(ADDRESS)] if addresses else unknown
        known = self._learned(
            self._target.identity_kind, ids, unknown.values() if ids is unknown else map(unknown.get, ids)
        )
        if addresses:
            hashes = [value.removeprefix(ADDRESS) for value in addresses]
            found = self._learned("email", hashes, map(unknown.get, addresses))
            known |= {value: found[text] for value, text in zip(addresses, hashes, strict=True)}
        return known

    def _learned(self, kind: str, values: Collection[str], displays: Iterable[str | None]) -> dict[str, int]:
        """The same for identities of one kind."""
        known: dict[str, int] = {}
        if not self._knows_all or self._buyers.forgot:
            known = sql.customers_by_identity(self._conn, self._target.shop_id, kind, values, self._target.platform)
        new = {value: display or "" for value, display in zip(values, displays, strict=True) if value not in known}
        numbers = range(self._next_id, self._next_id + len(new))
        self._next_id += len(new)
        self._insert(numbers, kind, list(new), list(new.values()))
        return known | dict(zip(new, numbers, strict=True))

    def _insert(self, numbers: Sequence[int], kind: str, values: Sequence[str], displays: Sequence[str]) -> None:
        shop, platform, _kind, batch, now, _stamp = self._target
        customer = {"shop_id": shop, "created_at": now, "first_batch_id": batch}
        sql.insert_columns(self._conn, "customer", {"id": numbers, "display": displays}, customer)
        identity = {"shop_id": shop, "platform": platform, "kind": kind, "batch_id": batch}
        sql.insert_columns(self._conn, "customer_identity", {"customer_id": numbers, "value": values}, identity)


def _or_nobody(numbers: Sequence[int]) -> Sequence[int | None]:
    """Customers by number, None for 0."""
    return [number or None for number in numbers] if 0 in numbers else numbers


class Products:
    """The products of a shop by SKU."""

    def __init__(self, conn: sqlite3.Connection, shop_id: int) -> None:
        self._conn = conn
        self._shop_id = shop_id
        self._next_id = next_id(conn, "product")
        self._known: dict[str | None, int | None] = {None: None}

    def of(self, lines: Sequence[LineFacts]) -> Sequence[int | None]:
        """The product of each line, None for no SKU; new SKUs become products."""
        return self.of_columns(*zip(*((line[1], line[2], line[3]) for line in lines), strict=True)) if lines else ()

    def of_columns(
        self, skus: Sequence[str | None], titles: Sequence[str | None], categories: Sequence[str | None]
    ) -> Sequence[int | None]:
        """The same for the columns of many lines."""
        known = self._known
        found = list(map(known.get, skus))
        if None not in found:
            return found
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
        return [known[sku] for sku in skus]

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
