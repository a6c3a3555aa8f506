"""Orders that earn points, and orders whose points a refund takes back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from shopcare.domain.points import UNDONE, EarningOrder
from shopcare.store.persons import MERGED_PERSONS


class AwardOrder(NamedTuple):
    """A counted order of a member with the currency and zone of the member's home shop.

    `customer_id` and `shop_id` are the buyer's own, before merges. `refunds` are (instant, amount, freight part of it) in
    minor units.
    """

    id: int
    customer_id: int
    shop_id: int
    currency: str
    status: str
    status_raw: str
    ordered_at: int
    shipped_at: int | None
    completed_at: int | None
    paid_minor: int
    freight_minor: int
    is_awarded: bool
    refunds: tuple[tuple[int, int, int], ...]


class Member(NamedTuple):
    """A member whose orders are looked at, after merges, with the shop that counts the points."""

    id: int
    shop_id: int
    currency: str
    tz: str


class Award(NamedTuple):
    """An earn entry and its lot before they are written: booked on the order's own buyer, whoever he was merged into.

    `member_id` is who he is after merges.
    """

    member_id: int
    order_id: int
    shop_id: int
    customer_id: int
    points: int
    effective_at: int
    available_at: int
    expires_at: int | None
    source_key: str
    rule: str


class Awarded(NamedTuple):
    """What a run awarded: orders, points and members; `lapsed` points had expired before they were booked."""

    orders: int
    points: int
    members: int
    lapsed: int


class Earned(NamedTuple):
    """An earn entry with its order as it stands now, the points taken back so far, and how often such were given back."""

    entry_id: int
    shop_id: int
    customer_id: int
    order_id: int
    points: int
    effective_at: int
    rule: str
    clawed: int
    restored: int
    order: EarningOrder


#: (person, one of his customers): buyers with something to award, then everybody who is one person with them.
_MEMBERS_TO_AWARD = (
    """
    INSERT INTO temp.award_member
    SELECT COALESCE(c.survivor_id, c.id), c.id, c.shop_id
    FROM (
        SELECT DISTINCT o.customer_id FROM orders AS o
        WHERE o.is_counted = 1 AND o.customer_id IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM points_entry AS e WHERE e.order_id = o.id AND e.kind = 'earn')
    ) AS due CROSS JOIN customer AS c WHERE c.id = due.customer_id
    """,
    f"""
    INSERT INTO temp.award_member
    SELECT p.person_id, c.id, c.shop_id
    FROM {MERGED_PERSONS} AS p CROSS JOIN customer AS c
    WHERE c.id = p.customer_id AND EXISTS (SELECT 1 FROM temp.award_member AS a WHERE a.person_id = p.person_id)
    ON CONFLICT DO NOTHING
    """,
)

_ORDERS_TO_AWARD = """
SELECT m.person_id, c.shop_id, s.currency, s.tz, o.id, m.customer_id, m.shop_id, o.currency, o.status, o.status_raw,
       o.ordered_at, o.shipped_at, o.completed_at, o.paid_minor, COALESCE(o.freight_minor, 0),
       EXISTS (SELECT 1 FROM points_entry AS e WHERE e.order_id = o.id AND e.kind = 'earn'),
       r.refunded_at, r.amount_minor, r.freight_minor
FROM temp.award_member AS m CROSS JOIN customer AS c CROSS JOIN shop AS s CROSS JOIN orders AS o
     LEFT JOIN refund AS r ON r.order_id = o.id
WHERE c.id = m.person_id AND s.id = c.shop_id AND o.customer_id = m.customer_id AND o.is_counted = 1
ORDER BY m.person_id, o.ordered_at, o.id
"""


def orders_to_award(conn: sqlite3.Connection) -> Iterator[tuple[Member, list[AwardOrder]]]:
    """Each member who has a counted order without an earn entry, with all counted orders in (placed, id) order.

    One pass in index order, one member in memory at a time. The orders already awarded come too, because the tier before
    an order depends on them.
    """
    conn.execute(
        "CREATE TEMP TABLE IF NOT EXISTS award_member (person_id INTEGER, customer_id INTEGER, shop_id INTEGER,"
        " PRIMARY KEY (person_id, customer_id)) WITHOUT ROWID"
    )
    conn.execute("DELETE FROM temp.award_member")
    for statement in _MEMBERS_TO_AWARD:
        conn.execute(statement)
    for member, rows in groupby(conn.execute(_ORDERS_TO_AWARD), itemgetter(0, 1, 2, 3)):
        yield Member(*member), list(_award_orders(rows))


def _award_orders(rows: Iterable[Sequence[Any]]) -> Iterator[AwardOrder]:
    for _, group in groupby(rows, itemgetter(4)):
        lines = list(group)
        first = lines[0]
        refunds = tuple((row[16], row[17], row[18]) for row in lines) if first[17] is not None else ()
        yield AwardOrder._make((*first[4:15], bool(first[15]), refunds))


def collect_awards(conn: sqlite3.Connection, awards: Iterable[Award], *, at: int) -> Awarded:
    """Put awards aside, one by one as they come, for `book_awards`."""
    conn.execute("DROP TABLE IF EXISTS temp.award")
    conn.execute(
        """
        CREATE TEMP TABLE award (member_id INTEGER, order_id INTEGER, shop_id INTEGER, customer_id INTEGER, points INTEGER,
          effective_at INTEGER, available_at INTEGER, expires_at INTEGER, source_key TEXT, rule TEXT)
        """
    )
    conn.executemany("INSERT INTO temp.award VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", awards)
    row = conn.execute(
        """
        SELECT COUNT(*), COALESCE(SUM(points), 0), COUNT(DISTINCT member_id),
               COALESCE(SUM(CASE WHEN expires_at < :at THEN points ELSE 0 END), 0)
        FROM temp.award
        """,
        {"at": at},
    ).fetchone()
    return Awarded(*row)


def book_awards(conn: sqlite3.Connection, *, recorded_at: int, actor: str) -> int:
    """Append the entries and lots of the awards put aside; the id of the first new entry."""
    first = int(conn.execute("SELECT COALESCE(MAX(id), 0) + 1 FROM points_entry").fetchone()[0])
    conn.execute(
        """
        INSERT INTO points_entry (shop_id, customer_id, kind, points, order_id, effective_at, recorded_at, source_key, rule,
                                  reason, actor)
        SELECT shop_id, customer_id, 'earn', points, order_id, effective_at, :at, source_key, rule, '', :actor
        FROM temp.award ORDER BY rowid
        """,
        {"at": recorded_at, "actor": actor},
    )
    conn.execute(
        """
        INSERT INTO points_lot (shop_id, customer_id, entry_id, points, available_at, expires_at)
        SELECT a.shop_id, a.customer_id, e.id, a.points, a.available_at, a.expires_at
        FROM temp.award AS a CROSS JOIN points_entry AS e
        WHERE e.kind = 'earn' AND e.source_key = a.source_key
        ORDER BY a.rowid
        """
    )
    return first


def awarded_members(conn: sqlite3.Connection) -> Iterator[int]:
    """The members of the awards put aside, after merges."""
    return (row[0] for row in conn.execute("SELECT DISTINCT member_id FROM temp.award"))


def guest_orders(conn: sqlite3.Connection) -> int:
    """How many counted orders have no customer."""
    row = conn.execute("SELECT COUNT(*) FROM orders WHERE is_counted = 1 AND customer_id IS NULL").fetchone()
    return int(row[0])


_EARNED = """
SELECT e.id, e.shop_id, e.customer_id, e.order_id, e.points, e.effective_at, e.rule,
       (SELECT COALESCE(-SUM(c.points), 0) FROM points_entry AS c WHERE c.order_id = e.order_id AND
               (c.kind = 'clawback' OR (c.kind = 'restore' AND c.source_key LIKE 'clawback:%'))),
       (SELECT COUNT(*) FROM points_entry AS c
        WHERE c.order_id = e.order_id AND c.kind = 'restore' AND c.source_key LIKE 'clawback:%'),
       o.status, o.is_counted, o.paid_minor, COALESCE(o.freight_minor, 0), r.amount_minor, r.freight_minor
FROM points_entry AS e CROSS JOIN orders AS o LEFT JOIN refund AS r ON r.order_id = o.id
WHERE o.id = e.order_id AND e.kind = 'earn' AND {which}
ORDER BY e.customer_id, e.id
"""

#: Orders that may have lost worth since they earned: only these can have points to take back.
_LOWERED = f"""(r.id IS NOT NULL OR o.is_counted = 0 OR o.batch_id <> o.first_batch_id
       OR o.status IN ({", ".join(f"'{status}'" for status in sorted(UNDONE))}))"""


def earned_on(conn: sqlite3.Connection, order_id: int) -> list[Earned]:
    """The earn entries of one order."""
    return list(_earned(conn.execute(_EARNED.format(which="e.order_id = :order"), {"order": order_id})))


def earned_and_lowered(conn: sqlite3.Connection) -> Iterator[Earned]:
    """The earn entries of all orders that may have lost worth since, member by member."""
    return _earned(conn.execute(_EARNED.format(which=_LOWERED)))


def _earned(rows: Iterable[Sequence[Any]]) -> Iterator[Earned]:
    for _, group in groupby(rows, itemgetter(0)):
        lines = list(group)
        first = lines[0]
        refunds = tuple((row[13], row[14]) for row in lines) if first[13] is not None else ()
        order = EarningOrder(first[9], bool(first[10]), first[11], first[12], refunds)
        yield Earned._make((*first[:9], order))
