"""Customers: which one a key names."""

from __future__ import annotations

import sqlite3
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from shopcare.domain.identity import SALT_KEY, email_hash
from shopcare.domain.ids import CUSTOMER, read, show
from shopcare.errors import AmbiguousKey, NotFound

LISTING = "`shopcare customer list` prints the customers."


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


def home_of(conn: sqlite3.Connection, customer_id: int) -> Home:
    """A customer that is known to exist, with the home shop's currency and zone."""
    row = conn.execute(
        "SELECT c.id, c.display, s.id, s.currency, s.tz FROM customer AS c JOIN shop AS s ON s.id = c.shop_id"
        " WHERE c.id = :id",
        {"id": customer_id},
    ).fetchone()
    return Home(*row)
