"""Customers: which one a key names, what they bought, when they were last heard of."""

from __future__ import annotations

import sqlite3
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from shopcare.domain.ids import CUSTOMER, read, show
from shopcare.errors import AmbiguousKey, NotFound
from shopcare.store.persons import OF_PERSON, follow_then, survivor_of, survivors_at, survivors_on

LISTING = "`shopcare customer list` prints the customers."

#: What counts as spent: orders in the sense of the retention figures, in the currency of the customer's shop. `{until}` is
#: empty or ends it with a day.
_SPENT = """
SELECT o.customer_id, COUNT(*) AS orders, SUM(o.paid_minor) AS paid_minor,
       MIN(o.ordered_day) AS first_day, MAX(o.ordered_day) AS last_day
FROM shop h
JOIN orders o ON o.shop_id = h.id AND o.currency = h.currency
WHERE o.is_counted = 1 AND o.customer_id {which}{until}
GROUP BY o.customer_id
"""
_RETURNED = """
SELECT o.customer_id, SUM(r.amount_minor) AS refunded_minor
FROM refund r
JOIN orders o ON o.id = r.order_id
JOIN shop h ON h.id = o.shop_id AND h.currency = o.currency
WHERE o.is_counted = 1 AND o.customer_id {which}{until}
GROUP BY o.customer_id
"""
#: The same of merged customers, who are few, by the survivor.
_ABSORBED_SPENT = """
SELECT m.survivor_id, COUNT(*) AS orders, SUM(o.paid_minor) AS paid_minor,
       MIN(o.ordered_day) AS first_day, MAX(o.ordered_day) AS last_day
FROM {merged} m CROSS JOIN orders o CROSS JOIN shop h
WHERE o.customer_id = m.id AND o.is_counted = 1 AND h.id = o.shop_id
  AND h.currency = o.currency{until}
GROUP BY m.survivor_id
"""
_ABSORBED_RETURNED = """
SELECT m.survivor_id, SUM(r.amount_minor) AS refunded_minor
FROM {merged} m CROSS JOIN orders o CROSS JOIN shop h CROSS JOIN refund r
WHERE o.customer_id = m.id AND o.is_counted = 1 AND h.id = o.shop_id
  AND h.currency = o.currency AND r.order_id = o.id{until}
GROUP BY m.survivor_id
"""


class _Time(NamedTuple):
    """The parts of the list that say as of when: who counts as whom, and what is too late to be seen."""

    merged: str
    orders: str
    refunds: str
    known: str


_NOW = _Time("(SELECT id, survivor_id FROM customer WHERE survivor_id IS NOT NULL)", "", "", "c.merged_into_id IS NULL")
_THEN = _Time(
    "temp.merged_then",
    " AND o.ordered_day <= :as_of_day",
    " AND o.ordered_day <= :as_of_day AND r.refunded_day <= :as_of_day",
    "c.id NOT IN (SELECT id FROM temp.merged_then) AND (c.created_at <= :now OR a.survivor_id IS NOT NULL"
    " OR EXISTS (SELECT 1 FROM orders AS o WHERE o.customer_id = c.id AND o.ordered_at <= :now))",
)


class CustomerListRow(NamedTuple):
    """A customer in a list. Days are None without a counted order, the tier before the first assignment."""

    id: int
    display: str
    shop: str
    orders: int
    net_minor: int
    currency: str
    first_day: int | None
    last_day: int | None
    tier: str | None


class CustomerFilter(NamedTuple):
    """Which customers to list; None leaves a filter out. `as_of_day` hides what came later."""

    shop: str | None = None
    tier: str | None = None
    limit: int | None = None
    as_of_day: int | None = None


class LastContact(NamedTuple):
    """When a customer was last heard of or dealt with; None means never."""

    ordered_at: int | None
    case_at: int | None


def resolve(conn: sqlite3.Connection, key: str, *, at: int | None = None) -> int:
    """The customer a key names, merged customers followed to the one they were merged into, now or at an instant.

    A key is a buyer id as the platform writes it, an e-mail address, our own `C12`, or `SHOP/KEY` where two shops know
    the same key. A buyer who calls himself `C12` and our customer 12 are two matches; `SHOP/C12` and `C012` tell them
    apart.

    Raises:
        NotFound: no customer has it.
        AmbiguousKey: several different customers have it.
    """
    customers = _named(conn, key)
    if at is None:
        found = {survivor_of(conn, customer) for customer in customers}
    else:
        survivors = survivors_at(conn, at)
        found = {survivors.get(customer, customer) for customer in customers}
    return _only(conn, key, found)


def resolve_own(conn: sqlite3.Connection, key: str) -> int:
    """The customer a key names as the platforms know him, before merges.

    Raises:
        NotFound: no customer has it.
        AmbiguousKey: several customers have it, even if they are one person after merges.
    """
    return _only(conn, key, _named(conn, key))


def resolve_named(conn: sqlite3.Connection, key: str) -> int:
    """The customer a key names: before merges if that is only one, else the one person they all are.

    Raises:
        NotFound: no customer has it.
        AmbiguousKey: several different customers have it.
    """
    customers = _named(conn, key)
    return customers.pop() if len(customers) == 1 else resolve(conn, key)


def _named(conn: sqlite3.Connection, key: str) -> set[int]:
    """The customers that have a key, before merges.

    Raises:
        NotFound: no customer has it.
    """
    found = set(_matches(conn, unicodedata.normalize("NFC", key).strip()))
    if not found:
        raise NotFound(kind="customer", key=key, listing=LISTING)
    return found


def _only(conn: sqlite3.Connection, key: str, found: set[int]) -> int:
    if len(found) > 1:
        names = ", ".join(_unmistakable(conn, customer) for customer in sorted(found))
        raise AmbiguousKey(key=key, kind="customer", candidates=names)
    return next(iter(found))


def _matches(conn: sqlite3.Connection, text: str) -> Iterator[int]:
    yield from _known_as(conn, text, shop=None)
    for place, character in enumerate(text):
        if character == "/":
            yield from _known_as(conn, text[place + 1 :], shop=text[:place])
    own = read(CUSTOMER, text)
    if own is not None:
        yield from (row[0] for row in conn.execute("SELECT id FROM customer WHERE id = ?", (own,)))


def _known_as(conn: sqlite3.Connection, value: str, shop: str | None) -> Iterator[int]:
    """Customers that a shop, or any shop, knows under an identity."""
    identities = [("buyer_id", value)]
    if "@" in value or "＠" in value:
        from shopcare.domain.identity import email_hash  # hashing is loaded only for addresses
        from shopcare.store.salt import salt

        identities.append(("email", email_hash(salt(conn), value)))
    for kind, known in identities:
        yield from (
            row[0]
            for row in conn.execute(
                """
                SELECT i.customer_id
                FROM shop AS s CROSS JOIN customer_identity AS i
                WHERE i.shop_id = s.id AND i.kind = :kind AND i.value = :value AND (:shop IS NULL OR s.name = :shop)
                """,
                {"kind": kind, "value": known, "shop": shop},
            )
        )


def _unmistakable(conn: sqlite3.Connection, customer: int) -> str:
    """Our own id of a customer, with leading zeros where a buyer has taken the plain form as a name."""
    name = show(CUSTOMER, customer)
    while any(True for _ in _known_as(conn, name, shop=None)):
        name = name[:1] + "0" + name[1:]
    return name


class IdentityRow(NamedTuple):
    """A name under which a platform knows a customer. `value` None: an e-mail address, of which only a hash is kept."""

    customer_id: int
    shop: str
    platform: str
    kind: str
    value: str | None


def identities_of(conn: sqlite3.Connection, customer_id: int) -> list[IdentityRow]:
    """The identities of a person, merged customers' included, customer by customer."""
    rows = conn.execute(
        f"""
        SELECT i.customer_id, s.name, i.platform, i.kind, CASE WHEN i.kind = 'buyer_id' THEN i.value END
        FROM customer_identity AS i JOIN shop AS s ON s.id = i.shop_id
        WHERE i.customer_id {OF_PERSON} ORDER BY i.customer_id, i.id
        """,
        {"customer_id": customer_id},
    )
    return [IdentityRow(*row) for row in rows]


class Home(NamedTuple):
    """A customer with the shop that counts tier and points."""

    customer_id: int
    display: str
    shop_id: int
    currency: str
    tz: str
    shop: str


def home_of(conn: sqlite3.Connection, customer_id: int) -> Home:
    """A customer that is known to exist, with the home shop's currency and zone."""
    row = conn.execute(
        "SELECT c.id, c.display, s.id, s.currency, s.tz, s.name FROM customer AS c JOIN shop AS s ON s.id = c.shop_id"
        " WHERE c.id = :id",
        {"id": customer_id},
    ).fetchone()
    return Home(*row)


def customers_listed(conn: sqlite3.Connection, wanted: CustomerFilter, *, now: int) -> Iterator[CustomerListRow]:
    """The customers a filter lets through, by id, with what they spent and the tier in effect at `now`.

    Grain: one row per person; what merged customers spent counts for the survivor. Units: minor units of the shop's
    currency. Excludes: orders that do not count; orders in another currency than the shop's; as of a day, orders, refunds
    and merges after it, and customers of whom nothing was known by `now`, its end.
    """
    time = _NOW if wanted.as_of_day is None else _THEN
    if wanted.as_of_day is not None:
        follow_then(conn, survivors_on(conn, wanted.as_of_day))
    conditions = {"shop": "s.name = :shop", "tier": "t.tier = :tier"}
    values = {name: value for name, value in wanted._asdict().items() if value is not None}
    where = "".join(f" AND {text}" for name, text in conditions.items() if name in values)
    rows = conn.execute(
        f"""
        WITH spent AS ({_SPENT.format(which="IS NOT NULL", until=time.orders)}),
             returned AS ({_RETURNED.format(which="IS NOT NULL", until=time.refunds)}),
             absorbed AS ({_ABSORBED_SPENT.format(merged=time.merged, until=time.orders)}),
             absorbed_returned AS ({_ABSORBED_RETURNED.format(merged=time.merged, until=time.refunds)}),
             newest AS (
                 SELECT customer_id, tier,
                        ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY effective_at DESC, id DESC) AS place
                 FROM tier_assignment WHERE effective_at <= :now
             )
        SELECT c.id, c.display, s.name, COALESCE(b.orders, 0) + COALESCE(a.orders, 0),
               COALESCE(b.paid_minor, 0) + COALESCE(a.paid_minor, 0)
                 - COALESCE(r.refunded_minor, 0) - COALESCE(ar.refunded_minor, 0),
               s.currency,
               CASE WHEN b.first_day <= a.first_day THEN b.first_day ELSE COALESCE(a.first_day, b.first_day) END,
               CASE WHEN b.last_day >= a.last_day THEN b.last_day ELSE COALESCE(a.last_day, b.last_day) END,
               t.tier
        FROM customer c
        JOIN shop s ON s.id = c.shop_id
        LEFT JOIN spent b ON b.customer_id = c.id
        LEFT JOIN returned r ON r.customer_id = c.id
        LEFT JOIN absorbed a ON a.survivor_id = c.id
        LEFT JOIN absorbed_returned ar ON ar.survivor_id = c.id
        LEFT JOIN newest t ON t.customer_id = c.id AND t.place = 1
        WHERE {time.known}{where}
        ORDER BY c.id
        {"LIMIT :limit" if "limit" in values else ""}
        """,
        {"now": now, **values},
    )
    return map(CustomerListRow._make, rows)


def spent_by_customer(conn: sqlite3.Connection, customer_id: int) -> tuple[int, int, int | None, int | None]:
    """(counted orders, net spend, first day, last day) of one customer.

    Units: minor units of the shop's currency. Excludes: orders that do not count or are in another currency.
    """
    values = {"customer_id": customer_id}
    spent = conn.execute(_SPENT.format(which=OF_PERSON, until=""), values).fetchall()
    returned = conn.execute(_RETURNED.format(which=OF_PERSON, until=""), values).fetchall()
    net_minor = sum(row[2] for row in spent) - sum(row[1] for row in returned)
    days = [day for row in spent for day in row[3:]]
    return sum(row[1] for row in spent), net_minor, min(days, default=None), max(days, default=None)


def last_contact(conn: sqlite3.Connection, customer_id: int) -> LastContact:
    """The latest order of a customer and the latest event of one of their cases."""
    values = {"customer_id": customer_id}
    ordered = conn.execute(f"SELECT MAX(ordered_at) FROM orders WHERE customer_id {OF_PERSON}", values).fetchone()
    case = conn.execute(
        'SELECT MAX(e.at) FROM orders o JOIN "case" a ON a.order_id = o.id JOIN case_event e ON e.case_id = a.id'
        f" WHERE o.customer_id {OF_PERSON}",
        values,
    ).fetchone()
    return LastContact(ordered[0], case[0])
