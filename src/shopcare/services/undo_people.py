"""Undoing imports of reviews, answers, events and customers: what stands on them, and taking them back."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from shopcare.domain import ids
from shopcare.store.batches import RENAMED, Batch
from shopcare.store.queries import undo as common
from shopcare.store.queries import undo_people as sql
from shopcare.store.record_tables import TABLES


class TakenBack(NamedTuple):
    """What taking a batch back came to."""

    facts_removed: int = 0
    facts_restored: int = 0
    identities_removed: int = 0
    customers_removed: int = 0


def blockers(conn: sqlite3.Connection, batch: Batch) -> dict[str, list[str]]:
    """What stands on a batch, by what it is: batches that changed or stated the same again, and use of its customers."""
    if batch.kind == "customers":
        sql.own_identities(conn, batch)
        later = {
            *common.stating_batches(conn, batch, ["customers"]), *_orders_by(conn, batch),
            *sql.later_renames(conn, batch),
        }  # fmt: skip
        in_use = sql.customers_in_use(conn, batch)
    else:
        table = TABLES[batch.kind]
        sql.own_records(conn, batch, table)
        later = {*common.stating_batches(conn, batch, [batch.kind]), *sql.later_changes(conn, batch, table)}
        in_use = []
    return {
        "import": [ids.show(ids.BATCH, number) for number in sorted(later)],
        "customer": [] if later else [ids.show(ids.CUSTOMER, number) for number in in_use],
    }


def _orders_by(conn: sqlite3.Connection, batch: Batch) -> set[int]:
    """Batches of orders that may have found their buyers by identities of this one."""
    from shopcare.importers.formats.catalog import known_formats

    kind_of = {known.name: "email" if known.buyer == "email" else "buyer_id" for known in known_formats()}
    return {number for number, name, kind in sql.later_orders(conn, batch) if kind_of.get(name, kind) == kind}


def take_back(conn: sqlite3.Connection, batch: Batch) -> TakenBack:
    """Remove what a batch brought and restore what it changed."""
    if batch.kind == "customers":
        sql.collect_customers(conn, batch)
        sql.restore_identities(conn, common.images(conn, batch.id, RENAMED))
        identities = sql.remove_identities(conn, batch)
        customers, theirs = sql.remove_nameless(conn, batch)
        return TakenBack(identities_removed=identities + theirs, customers_removed=customers)
    table = TABLES[batch.kind]
    restored = sql.restore_records(conn, table, common.images(conn, batch.id, table.name))
    return TakenBack(facts_restored=restored, facts_removed=sql.remove_records(conn, batch, table))
