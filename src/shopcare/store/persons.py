"""Which customers are one person: the only place where merges are written, and where reads learn to follow them.

A merge moves nothing. Identities, orders, cases, points and tiers stay with the customer they came to, so taking it back
restores exactly what was, and it does not matter whether an order is imported before or after it. Whoever reads by person
follows `customer.survivor_id` through one of the texts below.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import NamedTuple

from shopcare.domain.persons import below, survivors

#: Everything of one person, after a column that names a customer; `:customer_id` is the survivor.
OF_PERSON = (
    "IN (SELECT id FROM customer WHERE id = :customer_id"
    " UNION ALL SELECT id FROM customer WHERE survivor_id = :customer_id)"
)

#: The customer `c` who stands for the buyer of the order `o`; NULL for a guest.
BUYER = (
    "LEFT JOIN customer AS own ON own.id = o.customer_id"
    " LEFT JOIN customer AS c ON c.id = COALESCE(own.survivor_id, own.id)"
)

#: The same two at an earlier time, once `follow_then` has said who counted as whom.
OF_PERSON_THEN = "IN (SELECT :customer_id UNION ALL SELECT id FROM temp.merged_then WHERE survivor_id = :customer_id)"
BUYER_THEN = (
    "LEFT JOIN temp.merged_then AS then_ ON then_.id = o.customer_id"
    " LEFT JOIN customer AS c ON c.id = COALESCE(then_.survivor_id, o.customer_id)"
)

#: (person_id, customer_id) of everybody whom a merge concerns, survivors included.
MERGED_PERSONS = (
    "(SELECT survivor_id AS person_id, id AS customer_id FROM customer WHERE survivor_id IS NOT NULL"
    " UNION SELECT survivor_id, survivor_id FROM customer WHERE survivor_id IS NOT NULL)"
)

#: Whether no merge concerns the customer `c`.
NEVER_MERGED = "c.survivor_id IS NULL AND c.id NOT IN (SELECT survivor_id FROM customer WHERE survivor_id IS NOT NULL)"


class MergeRow(NamedTuple):
    """A customer who counts as another one, and who said so."""

    customer_id: int
    display: str
    shop: str
    into_id: int
    merged_at: int
    reason: str
    actor: str


def survivor_of(conn: sqlite3.Connection, customer_id: int) -> int:
    """The customer as whom somebody is counted."""
    row = conn.execute("SELECT COALESCE(survivor_id, id) FROM customer WHERE id = :id", {"id": customer_id}).fetchone()
    return int(row[0])


def customers_of(conn: sqlite3.Connection, survivor_id: int) -> list[int]:
    """Everybody who is one person, the survivor first."""
    rows = conn.execute("SELECT id FROM customer WHERE survivor_id = :id ORDER BY id", {"id": survivor_id})
    return [survivor_id, *(row[0] for row in rows)]


def merges_of(conn: sqlite3.Connection, survivor_id: int) -> list[MergeRow]:
    """Who counts as this customer, by id."""
    rows = conn.execute(
        """
        SELECT c.id, c.display, s.name, m.into_id, m.merged_at, m.reason, m.actor
        FROM customer AS c JOIN shop AS s ON s.id = c.shop_id
        JOIN customer_merge AS m ON m.id = (SELECT MAX(id) FROM customer_merge WHERE customer_id = c.id)
        WHERE c.survivor_id = :id ORDER BY c.id
        """,
        {"id": survivor_id},
    )
    return [MergeRow(*row) for row in rows]


def survivors_now(conn: sqlite3.Connection) -> dict[int, int]:
    """Who each merged customer is."""
    return dict(conn.execute("SELECT id, survivor_id FROM customer WHERE survivor_id IS NOT NULL"))


def survivors_on(conn: sqlite3.Connection, day: int) -> dict[int, int]:
    """Who each merged customer was at the end of a day of the customer's shop."""
    return _survivors(conn, "merged_day <= :until", day)


def survivors_at(conn: sqlite3.Connection, at: int) -> dict[int, int]:
    """Who each merged customer was at an instant."""
    return _survivors(conn, "merged_at <= :until", at)


def _survivors(conn: sqlite3.Connection, condition: str, until: int) -> dict[int, int]:
    return survivors(
        conn.execute(
            "SELECT customer_id, into_id FROM customer_merge WHERE into_id IS NOT NULL AND id IN"
            f" (SELECT MAX(id) FROM customer_merge WHERE {condition} GROUP BY customer_id)",
            {"until": until},
        )
    )


def follow_then(conn: sqlite3.Connection, survivors_then: Mapping[int, int]) -> None:
    """Say who counted as whom at the time a list is of: `temp.merged_then`, (id, survivor_id)."""
    conn.execute("DROP TABLE IF EXISTS temp.merged_then")
    conn.execute("CREATE TEMP TABLE merged_then (id INTEGER PRIMARY KEY, survivor_id INTEGER)")
    conn.executemany("INSERT INTO temp.merged_then VALUES (?, ?)", survivors_then.items())


# --- writing ---------------------------------------------------------------------------------------------------------


class Said(NamedTuple):
    """Who says so, when and why."""

    at: int
    day: int
    reason: str
    actor: str


def merge(conn: sqlite3.Connection, customer_id: int, into_id: int, said: Said) -> None:
    """From now on somebody who stood for himself, with everybody who counts as him, counts as another one."""
    survivor = survivor_of(conn, into_id)
    assert customer_id not in (into_id, survivor), "customers are never merged in a circle"
    assert survivor_of(conn, customer_id) == customer_id, "only who stands for himself is merged"
    _note(conn, customer_id, into_id, said)
    conn.execute("UPDATE customer SET merged_into_id = ? WHERE id = ?", (into_id, customer_id))
    conn.execute(
        "UPDATE customer SET survivor_id = :survivor WHERE id = :id OR survivor_id = :id",
        {"survivor": survivor, "id": customer_id},
    )


def unmerge(conn: sqlite3.Connection, customer_id: int, said: Said) -> None:
    """Somebody stands for himself again, with everybody who was merged into him."""
    survivor = survivor_of(conn, customer_id)
    rows = conn.execute("SELECT id, merged_into_id FROM customer WHERE survivor_id = ?", (survivor,))
    own = below(customer_id, dict(rows.fetchall()))
    _note(conn, customer_id, None, said)
    conn.execute("UPDATE customer SET merged_into_id = NULL, survivor_id = NULL WHERE id = ?", (customer_id,))
    conn.executemany("UPDATE customer SET survivor_id = ? WHERE id = ?", ((customer_id, each) for each in own))


def _note(conn: sqlite3.Connection, customer_id: int, into_id: int | None, said: Said) -> None:
    conn.execute(
        """
        INSERT INTO customer_merge (shop_id, customer_id, into_id, merged_at, merged_day, reason, actor)
        SELECT shop_id, id, :into, :at, :day, :reason, :actor FROM customer WHERE id = :id
        """,
        {"id": customer_id, "into": into_id, **said._asdict()},
    )
