"""The points ledger: entries, lots, allocations.

Everything here is appended, never changed. What is left of a lot is its points less its allocations; what is owed on a
debit is its points less its own allocations.

Points belong to the customer they were booked on, whoever he was merged into, and a debit uses lots of its own customer
only; so each customer's rows stand for themselves, and taking a merge back splits nothing. A merged person is read through
the scope: its members are persons, each with all of his customers.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from shopcare.domain.points import Allocation, Debt, Lot
from shopcare.store.persons import survivors_at

FOREVER = 2**62


class Entry(NamedTuple):
    """A movement of points before it is written."""

    customer_id: int
    kind: str
    points: int
    order_id: int | None
    effective_at: int
    recorded_at: int
    source_key: str
    rule: str
    reason: str
    actor: str
    reverses_id: int | None = None


class ClawedEntry(NamedTuple):
    """A clawback as it was booked; `points` is negative."""

    id: int
    customer_id: int
    order_id: int
    points: int


class Part(NamedTuple):
    """What a debit took from one lot, with the days of that lot."""

    points: int
    available_at: int
    expires_at: int | None


class EntryKept(NamedTuple):
    """What a key stands for already."""

    id: int
    points: int
    rule: str


class MemberBalance(NamedTuple):
    """A member's points at an instant, as `domain.points.Balance`."""

    customer_id: int
    display: str
    tz: str
    available: int
    pending: int
    expired: int
    debt: int
    next_release_at: int | None
    next_release: int
    next_expiry_at: int | None
    next_expiry: int


class HistoryRow(NamedTuple):
    """An entry with the sum of all entries up to it, and its lot if it has one."""

    id: int
    effective_at: int
    kind: str
    points: int
    running: int
    order_number: str | None
    reason: str
    available_at: int | None
    expires_at: int | None
    remaining: int | None


# --- single entries -------------------------------------------------------------------------------------------------


def entry_under(conn: sqlite3.Connection, kind: str, source_key: str) -> EntryKept | None:
    """The entry that a key stands for, if it was written before."""
    row = conn.execute(
        "SELECT id, points, rule FROM points_entry WHERE kind = :kind AND source_key = :key",
        {"kind": kind, "key": source_key},
    ).fetchone()
    return EntryKept(*row) if row else None


def add_entry(conn: sqlite3.Connection, entry: Entry) -> int:
    """Append an entry; its id."""
    cursor = conn.execute(
        """
        INSERT INTO points_entry (shop_id, customer_id, kind, points, order_id, effective_at, recorded_at, source_key,
                                  rule, reason, actor, reverses_id)
        SELECT shop_id, id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 FROM customer WHERE id = ?1
        """,
        entry,
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def add_lot(conn: sqlite3.Connection, entry_id: int, available_at: int, expires_at: int | None) -> int:
    """Append the lot of a positive entry; its id."""
    cursor = conn.execute(
        """
        INSERT INTO points_lot (shop_id, customer_id, entry_id, points, available_at, expires_at)
        SELECT shop_id, customer_id, id, points, :available_at, :expires_at FROM points_entry WHERE id = :entry
        """,
        {"entry": entry_id, "available_at": available_at, "expires_at": expires_at},
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def parts_of(conn: sqlite3.Connection, entry_id: int) -> list[Part]:
    """What a debit took from which lots, the oldest first."""
    rows = conn.execute(
        "SELECT a.points, l.available_at, l.expires_at FROM points_allocation AS a JOIN points_lot AS l ON l.id = a.lot_id"
        " WHERE a.entry_id = ? ORDER BY a.id",
        (entry_id,),
    )
    return [Part(*row) for row in rows]


def clawed_by_batch(conn: sqlite3.Connection, batch_id: int) -> list[ClawedEntry]:
    """Points that were taken back for the refunds a batch listed, oldest first."""
    rows = conn.execute(
        "SELECT e.id, e.customer_id, e.order_id, e.points FROM refund AS r"
        " JOIN points_entry AS e ON e.order_id = r.order_id AND e.kind = 'clawback' AND e.reason = 'refund ' || r.id"
        " WHERE r.batch_id = ? AND r.source = 'case' ORDER BY e.id",
        (batch_id,),
    )
    return [ClawedEntry(*row) for row in rows]


def add_allocations(conn: sqlite3.Connection, allocations: Iterable[Allocation]) -> None:
    """Append what debits consumed."""
    conn.executemany(
        """
        INSERT INTO points_allocation (shop_id, entry_id, lot_id, points)
        SELECT shop_id, id, ?2, ?3 FROM points_entry WHERE id = ?1
        """,
        allocations,
    )


def redemptions_by(conn: sqlite3.Connection, customer_id: int) -> int:
    """How many redemptions were booked on a customer."""
    row = conn.execute(
        "SELECT COUNT(*) FROM points_entry WHERE customer_id = :customer AND kind = 'redeem'", {"customer": customer_id}
    ).fetchone()
    return int(row[0])


def redeemed_on(conn: sqlite3.Connection, order_id: int) -> int:
    """The points redeemed on an order so far."""
    row = conn.execute(
        "SELECT COALESCE(-SUM(points), 0) FROM points_entry WHERE order_id = :order AND kind = 'redeem'",
        {"order": order_id},
    ).fetchone()
    return int(row[0])


# --- lots and debts -------------------------------------------------------------------------------------------------

_LOTS = """
SELECT s.person_id, l.id, l.entry_id, l.available_at, l.expires_at, l.points - COALESCE((
         SELECT SUM(a.points) FROM points_allocation AS a JOIN points_entry AS d ON d.id = a.entry_id
         WHERE a.lot_id = l.id AND d.effective_at <= :at), 0), l.customer_id
FROM temp.points_scope AS s CROSS JOIN points_lot AS l CROSS JOIN points_entry AS e
WHERE l.customer_id = s.customer_id AND e.id = l.entry_id AND e.effective_at <= :at
ORDER BY s.person_id, l.id
"""

_DEBTS = """
SELECT s.person_id, e.id, -e.points - COALESCE((
         SELECT SUM(a.points) FROM points_allocation AS a
           JOIN points_lot AS l ON l.id = a.lot_id JOIN points_entry AS c ON c.id = l.entry_id
         WHERE a.entry_id = e.id AND c.effective_at <= :at), 0) AS owed, e.customer_id
FROM temp.points_scope AS s CROSS JOIN points_entry AS e
WHERE e.customer_id = s.customer_id AND e.points < 0 AND e.effective_at <= :at
ORDER BY s.person_id, e.id
"""

#: From the customers named to the persons they are, and from those to all of their customers.
_SCOPE = (
    """
    INSERT OR IGNORE INTO temp.points_scope
    SELECT COALESCE(c.survivor_id, c.id), COALESCE(c.survivor_id, c.id)
    FROM temp.points_named AS n CROSS JOIN customer AS c WHERE c.id = n.customer_id
    """,
    """
    INSERT OR IGNORE INTO temp.points_scope
    SELECT n.person_id, c.id
    FROM (SELECT DISTINCT person_id FROM temp.points_scope) AS n CROSS JOIN customer AS c
    WHERE c.survivor_id = n.person_id
    """,
)


def set_scope(conn: sqlite3.Connection, customer_ids: Iterable[int]) -> None:
    """Choose the persons that `lots_in_scope` and `debts_in_scope` answer for, by any of their customers."""
    _empty_scope(conn)
    conn.execute("CREATE TEMP TABLE IF NOT EXISTS points_named (customer_id INTEGER PRIMARY KEY)")
    conn.execute("DELETE FROM temp.points_named")
    conn.executemany("INSERT OR IGNORE INTO temp.points_named VALUES (?)", ((customer,) for customer in customer_ids))
    for statement in _SCOPE:
        conn.execute(statement)


def set_scope_at(conn: sqlite3.Connection, person_id: int, at: int) -> None:
    """Choose one person as it was at an instant: later merges are invisible."""
    _empty_scope(conn)
    merged = (customer for customer, survivor in survivors_at(conn, at).items() if survivor == person_id)
    conn.executemany(
        "INSERT INTO temp.points_scope VALUES (?, ?)", ((person_id, customer) for customer in (person_id, *merged))
    )


def _empty_scope(conn: sqlite3.Connection) -> None:
    conn.execute(
        "CREATE TEMP TABLE IF NOT EXISTS points_scope (person_id INTEGER, customer_id INTEGER,"
        " PRIMARY KEY (person_id, customer_id)) WITHOUT ROWID"
    )
    conn.execute("DELETE FROM temp.points_scope")


def persons_in_scope(conn: sqlite3.Connection) -> dict[int, int]:
    """Each customer in scope and the person he is."""
    return dict(conn.execute("SELECT customer_id, person_id FROM temp.points_scope"))


def lots_in_scope(conn: sqlite3.Connection, at: int = FOREVER) -> Iterator[tuple[int, list[Lot]]]:
    """Each person in scope who has lots, with all of them, oldest first; entries after `at` are invisible."""
    rows = conn.execute(_LOTS, {"at": at})
    return ((person, [Lot(*row[1:]) for row in group]) for person, group in groupby(rows, itemgetter(0)))


def debts_in_scope(conn: sqlite3.Connection, at: int = FOREVER) -> dict[int, list[Debt]]:
    """The persons in scope who owe points, with what they owe, oldest first; entries after `at` are invisible."""
    rows = (row for row in conn.execute(_DEBTS, {"at": at}) if row[2])
    return {person: [Debt(*row[1:]) for row in group] for person, group in groupby(rows, itemgetter(0))}


def choose(conn: sqlite3.Connection, person_id: int, *, as_of: int | None = None) -> None:
    """Choose one person for `account` and `history`: with everybody merged into him now, or as of an instant."""
    if as_of is None:
        set_scope(conn, [person_id])
    else:
        set_scope_at(conn, person_id, as_of)


def account(conn: sqlite3.Connection, at: int = FOREVER) -> tuple[list[Lot], list[Debt]]:
    """The lots and debts of the person chosen, oldest first; entries after `at` are invisible."""
    lots = [lot for _person, found in lots_in_scope(conn, at) for lot in found]
    return lots, [debt for found in debts_in_scope(conn, at).values() for debt in found]


# --- answers --------------------------------------------------------------------------------------------------------

_BALANCES = """
WITH used AS (
  SELECT a.lot_id, SUM(a.points) AS points
  FROM points_allocation AS a JOIN points_entry AS d ON d.id = a.entry_id
  WHERE d.effective_at <= :at
  GROUP BY a.lot_id
), lot AS (
  SELECT l.customer_id, l.available_at, l.expires_at, l.points, l.points - COALESCE(u.points, 0) AS remaining
  FROM points_lot AS l JOIN points_entry AS e ON e.id = l.entry_id LEFT JOIN used AS u ON u.lot_id = l.id
  WHERE e.effective_at <= :at
), lots AS (
  SELECT customer_id,
         SUM(CASE WHEN available_at <= :at AND (expires_at IS NULL OR expires_at >= :at) THEN remaining ELSE 0 END) AS usable,
         SUM(CASE WHEN available_at > :at THEN remaining ELSE 0 END) AS pending,
         SUM(CASE WHEN expires_at < :at THEN remaining ELSE 0 END) AS expired,
         SUM(points - remaining) AS used,
         MIN(CASE WHEN remaining > 0 AND available_at > :at THEN available_at END) AS next_release_at,
         MIN(CASE WHEN remaining > 0 AND available_at <= :at AND expires_at >= :at THEN expires_at END) AS next_expiry_at
  FROM lot GROUP BY customer_id
), nexts AS (
  SELECT l.customer_id,
         SUM(CASE WHEN l.available_at = t.next_release_at THEN l.remaining ELSE 0 END) AS released,
         SUM(CASE WHEN l.expires_at = t.next_expiry_at AND l.available_at <= :at THEN l.remaining ELSE 0 END) AS expiring
  FROM lots AS t JOIN lot AS l ON l.customer_id = t.customer_id
  WHERE t.next_release_at IS NOT NULL OR t.next_expiry_at IS NOT NULL
  GROUP BY l.customer_id
), entries AS (
  SELECT customer_id, -SUM(CASE WHEN points < 0 THEN points ELSE 0 END) AS debited
  FROM points_entry WHERE effective_at <= :at GROUP BY customer_id
)
SELECT e.customer_id, c.display, s.tz, COALESCE(t.usable, 0), COALESCE(t.pending, 0), COALESCE(t.expired, 0),
       e.debited - COALESCE(t.used, 0), t.next_release_at, COALESCE(n.released, 0), t.next_expiry_at,
       COALESCE(n.expiring, 0)
FROM entries AS e
     JOIN customer AS c ON c.id = e.customer_id JOIN shop AS s ON s.id = c.shop_id
     LEFT JOIN lots AS t ON t.customer_id = e.customer_id
     LEFT JOIN nexts AS n ON n.customer_id = e.customer_id
ORDER BY e.customer_id
"""


def balances(conn: sqlite3.Connection, at: int) -> Iterator[MemberBalance]:
    """The balance of every customer who has entries, from entries in effect until an instant.

    Grain: one row per customer, by id; `of_persons` makes one of those who were merged.
    """
    return map(MemberBalance._make, conn.execute(_BALANCES, {"at": at}))


def of_persons(
    conn: sqlite3.Connection, balances: Iterable[MemberBalance], survivor: Mapping[int, int]
) -> Iterator[MemberBalance]:
    """The balances with those of merged customers added to their survivor's, who come last."""
    parts: dict[int, list[MemberBalance]] = defaultdict(list)
    merged = {*survivor, *survivor.values()}
    for one in balances:
        if one.customer_id in merged:
            parts[survivor.get(one.customer_id, one.customer_id)].append(one)
        else:
            yield one
    names = conn.execute(
        "SELECT c.id, c.display, s.tz FROM customer AS c JOIN shop AS s ON s.id = c.shop_id"
        " WHERE c.id IN (SELECT into_id FROM customer_merge WHERE into_id IS NOT NULL) ORDER BY c.id"
    )
    yield from (_together(name, parts[name[0]]) for name in names if name[0] in parts)


def _together(name: tuple[int, str, str], parts: Sequence[MemberBalance]) -> MemberBalance:
    release_at = min((one.next_release_at for one in parts if one.next_release_at is not None), default=None)
    expiry_at = min((one.next_expiry_at for one in parts if one.next_expiry_at is not None), default=None)
    return MemberBalance(
        *name,
        available=sum(one.available for one in parts),
        pending=sum(one.pending for one in parts),
        expired=sum(one.expired for one in parts),
        debt=sum(one.debt for one in parts),
        next_release_at=release_at,
        next_release=sum(one.next_release for one in parts if one.next_release_at == release_at),
        next_expiry_at=expiry_at,
        next_expiry=sum(one.next_expiry for one in parts if one.next_expiry_at == expiry_at),
    )


_HISTORY = """
SELECT e.id, e.effective_at, e.kind, e.points,
       SUM(e.points) OVER (ORDER BY e.effective_at, e.id ROWS UNBOUNDED PRECEDING), o.number, e.reason,
       l.available_at, l.expires_at, l.points - COALESCE((
         SELECT SUM(a.points) FROM points_allocation AS a JOIN points_entry AS d ON d.id = a.entry_id
         WHERE a.lot_id = l.id AND d.effective_at <= :at), 0)
FROM points_entry AS e LEFT JOIN orders AS o ON o.id = e.order_id LEFT JOIN points_lot AS l ON l.entry_id = e.id
WHERE e.customer_id IN (SELECT customer_id FROM temp.points_scope) AND e.effective_at <= :at
ORDER BY e.effective_at, e.id
"""


def history(conn: sqlite3.Connection, at: int = FOREVER) -> list[HistoryRow]:
    """The entries of the person chosen in effect until an instant, oldest first, each with the sum of all up to it."""
    return [HistoryRow(*row) for row in conn.execute(_HISTORY, {"at": at})]
