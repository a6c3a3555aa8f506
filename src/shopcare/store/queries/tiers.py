"""Member tiers: what they are decided on, and the changes that were written down.

The tier of a member is the newest change in effect; a member without one stands on the first rung.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from shopcare.domain.tiers import OrderSpend
from shopcare.store.persons import MERGED_PERSONS, NEVER_MERGED, OF_PERSON


class Member(NamedTuple):
    """A member with the shop whose currency the ladder is read in."""

    id: int
    shop_id: int
    currency: str
    tz: str


class Assigned(NamedTuple):
    """Where a member stands, as computed in a run, and where the last change written down left them.

    `tier` None: no change was ever written. `changed_at` is when that change took effect.
    """

    customer_id: int
    display: str
    shop_id: int
    currency: str
    tz: str
    rung: int
    basis_minor: int
    since: int | None
    tier: str | None
    changed_at: int | None


class Change(NamedTuple):
    """A row of the history before it is written."""

    shop_id: int
    customer_id: int
    tier: str
    previous_tier: str | None
    basis_minor: int
    currency: str
    effective_at: int
    effective_day: int
    recorded_at: int
    reason: str
    rules: str


class ChangeRow(NamedTuple):
    """A change that was written down."""

    tier: str
    previous_tier: str | None
    basis_minor: int
    currency: str
    effective_at: int
    recorded_at: int
    reason: str
    rules: str


_FACTS = """
SELECT c.id, c.shop_id, s.currency, s.tz, o.id, o.ordered_at, o.paid_minor, o.currency, r.refunded_at, r.amount_minor
FROM {who} CROSS JOIN shop AS s CROSS JOIN orders AS o LEFT JOIN refund AS r ON r.order_id = o.id
WHERE s.id = c.shop_id AND o.is_counted = 1 AND o.ordered_at <= :at AND {which}
ORDER BY c.id, o.ordered_at, o.id
"""
_NEVER_MERGED = _FACTS.format(who="customer AS c", which=f"o.customer_id = c.id AND {NEVER_MERGED}")
_MERGED = _FACTS.format(
    who=f"{MERGED_PERSONS} AS p CROSS JOIN customer AS c", which="c.id = p.person_id AND o.customer_id = p.customer_id"
)
_ONE = _FACTS.format(who="customer AS c", which=f"c.id = :customer_id AND o.customer_id {OF_PERSON}")


class Spending(NamedTuple):
    """A member's counted orders in the home shop's currency, and how many there are in others."""

    member: Member
    orders: list[OrderSpend]
    other_currency: int


def spending_of_members(conn: sqlite3.Connection, at: int) -> Iterator[Spending]:
    """The counted orders of every member who has any, up to an instant; merged customers are one.

    One pass in index order, and one over those whom a merge concerns.
    """
    yield from _spending(conn.execute(_NEVER_MERGED, {"at": at}))
    yield from _spending(conn.execute(_MERGED, {"at": at}))


def spending_of(conn: sqlite3.Connection, customer_id: int, at: int) -> Spending | None:
    """The counted orders of one member up to an instant; None without any."""
    rows = conn.execute(_ONE, {"at": at, "customer_id": customer_id})
    return next(_spending(rows), None)


def _spending(rows: Iterable[Sequence[Any]]) -> Iterator[Spending]:
    for key, group in groupby(rows, itemgetter(0, 1, 2, 3)):
        member = Member(*key)
        orders: list[OrderSpend] = []
        other_currency = 0
        for _, lines in groupby(group, itemgetter(4)):
            first, *more = lines
            if first[7] != member.currency:
                other_currency += 1
            elif first[9] is None:
                orders.append(OrderSpend(first[5], first[6]))
            else:
                orders.append(OrderSpend(first[5], first[6], tuple((row[8], row[9]) for row in (first, *more))))
        yield Spending(member, orders, other_currency)


_COMPARED = """
SELECT c.id, c.display, s.id, s.currency, s.tz, COALESCE(n.rung, 0), COALESCE(n.basis_minor, 0), n.since, t.tier,
       t.effective_at
FROM customer AS c JOIN shop AS s ON s.id = c.shop_id
     LEFT JOIN temp.tier_now AS n ON n.customer_id = c.id
     LEFT JOIN tier_assignment AS t ON t.id = (
       SELECT id FROM tier_assignment WHERE customer_id = c.id ORDER BY effective_at DESC, id DESC LIMIT 1)
WHERE c.merged_into_id IS NULL
ORDER BY c.id
"""


def compared(conn: sqlite3.Connection, standings: Iterable[tuple[int, int, int, int | None]]) -> Iterator[Assigned]:
    """Where every member stands beside the last change written down, oldest member first.

    `standings` are (customer, rung, spend, since), taken one by one as they come.
    """
    conn.execute("DROP TABLE IF EXISTS temp.tier_now")
    conn.execute(
        "CREATE TEMP TABLE tier_now (customer_id INTEGER PRIMARY KEY, rung INTEGER, basis_minor INTEGER, since INTEGER)"
    )
    conn.executemany("INSERT INTO temp.tier_now VALUES (?, ?, ?, ?)", standings)
    return map(Assigned._make, conn.execute(_COMPARED))


def add_changes(conn: sqlite3.Connection, changes: Iterable[Change]) -> None:
    """Append changes to the history."""
    conn.executemany(
        """
        INSERT INTO tier_assignment (shop_id, customer_id, tier, previous_tier, basis_minor, currency, effective_at,
                                     effective_day, recorded_at, reason, rules)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        changes,
    )


def changes_of(conn: sqlite3.Connection, customer_id: int) -> list[ChangeRow]:
    """The history of a member's tier, newest first."""
    rows = conn.execute(
        """
        SELECT tier, previous_tier, basis_minor, currency, effective_at, recorded_at, reason, rules
        FROM tier_assignment WHERE customer_id = :customer ORDER BY effective_at DESC, id DESC
        """,
        {"customer": customer_id},
    )
    return [ChangeRow(*row) for row in rows]


def members_by_tier(conn: sqlite3.Connection) -> dict[str | None, int]:
    """How many members each tier has; None counts those without any change."""
    return dict(
        conn.execute(
            """
            SELECT t.tier, COUNT(*)
            FROM customer AS c LEFT JOIN tier_assignment AS t ON t.id = (
              SELECT id FROM tier_assignment WHERE customer_id = c.id ORDER BY effective_at DESC, id DESC LIMIT 1)
            WHERE c.merged_into_id IS NULL
            GROUP BY t.tier
            """
        )
    )
