"""Shops."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from shopcare.store.engine import ShopUnknown

#: Begins the keys of `store_meta` that name the shops whose currency no file and nobody has said.
ASSUMED_CURRENCY = "assumed_currency."


class ShopRow(NamedTuple):
    """A shop as every area needs it."""

    id: int
    name: str
    platform: str
    currency: str
    tz: str


def all_shops(conn: sqlite3.Connection) -> list[ShopRow]:
    """Every shop, oldest first."""
    return [ShopRow(*row) for row in conn.execute("SELECT id, name, platform, currency, tz FROM shop ORDER BY id")]


def oldest_zone(conn: sqlite3.Connection) -> str:
    """The zone of the oldest shop: lists over all shops have one clock."""
    row = conn.execute("SELECT tz FROM shop ORDER BY id LIMIT 1").fetchone()
    return str(row[0]) if row else "UTC"


def shop_named(conn: sqlite3.Connection, name: str) -> ShopRow:
    """The shop of that name.

    Raises:
        ShopUnknown: no such shop.
    """
    row = conn.execute(
        "SELECT id, name, platform, currency, tz FROM shop WHERE name = :name", {"name": name}
    ).fetchone()
    if row is None:
        raise ShopUnknown(name=name)
    return ShopRow(*row)


def orders_by_shop(conn: sqlite3.Connection) -> dict[int, int]:
    """How many orders each shop has."""
    return dict(conn.execute("SELECT shop_id, COUNT(*) FROM orders GROUP BY shop_id"))


def insert_shop(conn: sqlite3.Connection, name: str, platform: str, currency: str, tz: str, at: int) -> int:
    """A new shop; its id."""
    cursor = conn.execute(
        "INSERT INTO shop (name, platform, currency, tz, created_at) VALUES (?, ?, ?, ?, ?)",
        (name, platform, currency, tz, at),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def is_currency_assumed(conn: sqlite3.Connection, shop_id: int) -> bool:
    """Whether nothing has said yet in which currency a shop counts."""
    key = f"{ASSUMED_CURRENCY}{shop_id}"
    return conn.execute("SELECT 1 FROM store_meta WHERE key = ?", (key,)).fetchone() is not None


def assume_currency(conn: sqlite3.Connection, shop_id: int) -> None:
    """Note that the currency of a new shop is only assumed."""
    conn.execute("INSERT INTO store_meta (key, value) VALUES (?, '1')", (f"{ASSUMED_CURRENCY}{shop_id}",))


def settle_currency(conn: sqlite3.Connection, shop_id: int, currency: str) -> None:
    """The currency that a shop counts in from its first orders on."""
    conn.execute("DELETE FROM store_meta WHERE key = ?", (f"{ASSUMED_CURRENCY}{shop_id}",))
    conn.execute("UPDATE shop SET currency = ? WHERE id = ?", (currency, shop_id))
