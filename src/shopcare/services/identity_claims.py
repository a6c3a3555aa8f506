"""An id and an e-mail address that one row calls one person, where the store has them under two customers already.

Whom an address belongs to must not depend on which file came first: to the first id, by the alphabet, that any row gives it
to; two ids are never one customer. So an address moves, as long as only imports of customers ever named it. Where orders or
anything else stand on both customers, nothing moves: that two people are one is for `customer merge` to say.
"""

from __future__ import annotations

import sqlite3
from enum import Enum

from shopcare.importers.formats.catalog import known_formats
from shopcare.services.images import json_of
from shopcare.store.batches import RENAMED, RENAMED_KEY
from shopcare.store.numbers import keep_last_ids
from shopcare.store.queries import people as sql
from shopcare.store.queries.people import Known
from shopcare.store.queries.undo import keep_images


class Settled(Enum):
    """What came of a claim: the address stood alone and is the id's now; it was another id's and is this one's now; or
    everything stays.
    """

    JOINED = 1
    MOVED = 2
    KEPT = 3


class Claims:
    """Settles the claims of one file."""

    def __init__(self, conn: sqlite3.Connection, batch_id: int, shop_id: int) -> None:
        self._conn = conn
        self._batch_id = batch_id
        self._shop_id = shop_id
        self._references = sql.references_to_customers(conn)
        self._by_address = {known.name for known in known_formats() if known.buyer == "email"}

    def settle(self, buyer_id: str, owner: int, address: tuple[str, Known], first_id: str | None) -> Settled:
        """Give an address to the customer of an id, if it may be taken from the one it belongs to.

        Args:
            owner: the customer of the id.
            address: its hash, and the customer it belongs to, who is another one.
            first_id: the id that customer has; None for an address alone.
        """
        value, other = address[0], address[1].customer
        if first_id is not None:
            if buyer_id < first_id and not self._bought_by_address(other) and not self._is_merged(owner, other):
                self._move(sql.identities_of(self._conn, other, value), owner, other)
                return Settled.MOVED
            return Settled.KEPT
        for source, target in ((other, owner), (owner, other)):
            if not self._is_used(source) and not self._is_merged(owner, other):
                self._move(sql.identities_of(self._conn, source), target, source)
                return Settled.JOINED
        return Settled.KEPT

    def _move(self, identities: list[tuple[int, int | None]], target: int, source: int) -> None:
        """Let identities name another customer; one whom nothing names any more goes."""
        row = sql.customer_row(self._conn, source)
        images = [
            (self._batch_id, RENAMED, f"{RENAMED_KEY}{number}", self._shop_id, json_of([source, row]))
            for number, batch in identities
            if batch != self._batch_id
        ]
        keep_images(self._conn, images)
        sql.rename(self._conn, [number for number, _batch in identities], target)
        if not sql.identities_of(self._conn, source) and not self._is_used(source):
            keep_last_ids(self._conn, ["customer"])
            sql.remove_customer(self._conn, source)

    def _is_used(self, customer: int) -> bool:
        """Whether orders, cases, points, a tier or a merge name a customer."""
        return sql.is_named(self._conn, customer, self._references)

    def _is_merged(self, *customers: int) -> bool:
        return any(sql.is_merged(self._conn, customer) for customer in customers)

    def _bought_by_address(self, customer: int) -> bool:
        """Whether orders may have found a customer by an address."""
        return not self._by_address.isdisjoint(sql.order_formats(self._conn, customer))
