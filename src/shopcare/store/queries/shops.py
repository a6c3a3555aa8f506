"""Shops."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from shopcare.store.engine import ShopUnknown


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
