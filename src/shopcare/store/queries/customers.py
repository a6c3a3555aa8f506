"""Customers: which one a key names, what they bought, when they were last heard of."""

from __future__ import annotations

import sqlite3
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from shopcare.domain.ids import CUSTOMER, read, show
from shopcare.errors import AmbiguousKey, NotFound

LISTING = "`shopcare customer list` prints the customers."


#: What counts as spent: orders in the sense of the retention figures, in the currency of the customer's shop.
_SPENT = """
SELECT o.customer_id, COUNT(*) AS orders, SUM(o.paid_minor) AS paid_minor,
       MIN(o.ordered_day) AS first_day, MAX(o.ordered_day) AS last_day
FROM shop h
JOIN orders o ON o.shop_id = h.id AND o.currency = h.currency
WHERE o.is_counted = 1 AND o.customer_id {which}
GROUP BY o.customer_id
"""
_RETURNED = """
SELECT o.customer_id, SUM(r.amount_minor) AS refunded_minor
FROM refund r
JOIN orders o ON o.id = r.order_id
JOIN shop h ON h.id = o.shop_id AND h.currency = o.currency
WHERE o.is_counted = 1 AND o.customer_id {which}
GROUP BY o.customer_id
"""


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
    """Which customers to list; None leaves a filter out."""

    shop: str | None = None
    tier: str | None = None
    limit: int | None = None


class LastContact(NamedTuple):
    """When a customer was last heard of or dealt with; None means never."""

    ordered_at: int | None
    case_at: int | None


def resolve(conn: sqlite3.Connection, key: str) -> int:
    """The customer a key names, merged customers followed to the one they were merged into.

    A key is a buyer id as the platform writes it, an e-mail address, our own `C12`, or `SHOP/KEY` where two shops know
    the same key. A buyer who calls himself `C12` and our customer 12 are two matches; `SHOP/C12` and `C012` tell them
    apart.

    Raises:
        NotFound: no customer has it.
        AmbiguousKey: several different customers have it.
    """
    text = unicodedata.normalize("NFC", key).strip()
    found = {_survivor(conn, customer) for customer in _matches(conn, text)}
    if not found:
        raise NotFound(kind="customer", key=key, listing=LISTING)
    if len(found) > 1:
        names = ", ".join(_unmistakable(conn, customer) for customer in sorted(found))
        raise AmbiguousKey(key=key, kind="customer", candidates=names)
    return found.pop()


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

        identities.append(("email", email_hash(_salt(conn), value)))
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


def _salt(conn: sqlite3.Connection) -> bytes:
    from shopcare.domain.identity import SALT_KEY

    row = conn.execute("SELECT value FROM store_meta WHERE key = :key", {"key": SALT_KEY}).fetchone()
    assert row, "every store has its salt from the start"
    return bytes.fromhex(row[0])


def _survivor(conn: sqlite3.Connection, customer: int) -> int:
    """The customer at the end of the chain of merges."""
    seen = {customer}
    while True:
        row = conn.execute("SELECT merged_into_id FROM customer WHERE id = ?", (customer,)).fetchone()
        if row is None or row[0] is None:
            return customer
        customer = row[0]
        assert customer not in seen, "customers are never merged in a circle"
        seen.add(customer)


def _unmistakable(conn: sqlite3.Connection, customer: int) -> str:
    """Our own id of a customer, with leading zeros where a buyer has taken the plain form as a name."""
    name = show(CUSTOMER, customer)
    while any(True for _ in _known_as(conn, name, shop=None)):
        name = name[:1] + "0" + name[1:]
    return name


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

    Grain: one row per customer. Units: minor units of the shop's currency. Excludes: merged customers; orders that do not
    count; orders in another currency than the shop's.
    """
    conditions = {"shop": "s.name = :shop", "tier": "t.tier = :tier"}
    values = {name: value for name, value in wanted._asdict().items() if value is not None}
    where = "".join(f" AND {text}" for name, text in conditions.items() if name in values)
    rows = conn.execute(
        f"""
        WITH spent AS ({_SPENT.format(which="IS NOT NULL")}),
             returned AS ({_RETURNED.format(which="IS NOT NULL")}),
             newest AS (
                 SELECT customer_id, tier,
                        ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY effective_at DESC, id DESC) AS place
                 FROM tier_assignment WHERE effective_at <= :now
             )
        SELECT c.id, c.display, s.name, COALESCE(b.orders, 0),
               COALESCE(b.paid_minor, 0) - COALESCE(r.refunded_minor, 0), s.currency, b.first_day, b.last_day, t.tier
        FROM customer c
        JOIN shop s ON s.id = c.shop_id
        LEFT JOIN spent b ON b.customer_id = c.id
        LEFT JOIN returned r ON r.customer_id = c.id
        LEFT JOIN newest t ON t.customer_id = c.id AND t.place = 1
        WHERE c.merged_into_id IS NULL{where}
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
    values = {"id": customer_id}
    spent = conn.execute(_SPENT.format(which="= :id"), values).fetchone()
    returned = conn.execute(_RETURNED.format(which="= :id"), values).fetchone()
    if spent is None:
        return 0, 0, None, None
    return spent[1], spent[2] - (returned[1] if returned else 0), spent[3], spent[4]


def last_contact(conn: sqlite3.Connection, customer_id: int) -> LastContact:
    """The latest order of a customer and the latest event of one of their cases."""
    ordered = conn.execute("SELECT MAX(ordered_at) FROM orders WHERE customer_id = :id", {"id": customer_id}).fetchone()
    case = conn.execute(
        'SELECT MAX(e.at) FROM orders o JOIN "case" a ON a.order_id = o.id JOIN case_event e ON e.case_id = a.id'
        " WHERE o.customer_id = :id",
        {"id": customer_id},
    ).fetchone()
    return LastContact(ordered[0], case[0])
