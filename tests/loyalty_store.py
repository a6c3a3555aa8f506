"""Stores for tests of tiers and points: rows put in place directly, as an import would leave them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import tomli

from shopcare.config import Settings, shipped
from shopcare.domain.clock import SECONDS_PER_DAY, day_of, month_of_day
from shopcare.domain.identity import SALT_KEY, email_hash
from shopcare.services.context import Context
from shopcare.store import schema

TZ = "Asia/Shanghai"
DAY = SECONDS_PER_DAY
#: 1 March 2026, 00:00 in Shanghai.
T0 = 1_772_294_400


def new_store(path: Path, *, currency: str = "CNY") -> Path:
    """A store with one shop and an import batch to hang orders on."""
    schema.create(path, first=lambda conn: _first_rows(conn, currency))
    return path


@lru_cache(maxsize=1)
def _empty_store() -> bytes:
    with TemporaryDirectory() as folder:
        path = new_store(Path(folder) / "store.db")
        with closing(sqlite3.connect(path)) as conn:
            conn.execute("PRAGMA journal_mode = DELETE")  # so that the one file is the whole store
        return path.read_bytes()


def copied_store(path: Path) -> Path:
    """As `new_store` with yuan, but copied, for tests that make many."""
    path.write_bytes(_empty_store())
    return path


def _first_rows(conn: sqlite3.Connection, currency: str) -> None:
    conn.execute("INSERT INTO shop (id, name, platform, currency, tz, created_at) VALUES (1, 'shop', 'generic', ?, ?, 0)",
                 (currency, TZ))  # fmt: skip
    add_batch(conn, 1)


def add_batch(conn: sqlite3.Connection, batch: int) -> None:
    """One more import."""
    conn.execute(
        """INSERT INTO import_batch (id, shop_id, kind, file_name, file_sha256, platform, format, encoding, header_line,
             row_count, new_count, changed_count, unchanged_count, rejected_count, skipped_count, imported_at)
           VALUES (?, 1, 'orders', 'f', '', 'generic', 'csv', 'utf-8', 1, 0, 0, 0, 0, 0, 0, 0)""",
        (batch,),
    )


def add_shop(conn: sqlite3.Connection, shop: int, name: str, currency: str = "CNY") -> None:
    """One more shop."""
    conn.execute("INSERT INTO shop (id, name, platform, currency, tz, created_at) VALUES (?, ?, 'generic', ?, ?, 0)",
                 (shop, name, currency, TZ))  # fmt: skip


def add_customer(conn: sqlite3.Connection, customer: int, name: str = "", shop: int = 1) -> None:
    """A customer known by a buyer id, `buyer<N>` unless named; a name with @ is an e-mail address."""
    conn.execute("INSERT INTO customer (id, shop_id, display, created_at) VALUES (?, ?, ?, 0)", (customer, shop, name))
    kind, value = "buyer_id", name or f"buyer{customer}"
    if "@" in value:
        salt = conn.execute("SELECT value FROM store_meta WHERE key = ?", (SALT_KEY,)).fetchone()[0]
        kind, value = "email", email_hash(bytes.fromhex(salt), value)
    conn.execute(
        "INSERT INTO customer_identity (shop_id, customer_id, platform, kind, value) VALUES (?, ?, 'generic', ?, ?)",
        (shop, customer, kind, value),
    )


def add_order(
    conn: sqlite3.Connection,
    order: int,
    customer: int | None,
    paid_minor: int,
    *,
    at: int = T0,
    status: str = "completed",
    completed_at: int | None = None,
    shipped_at: int | None = None,
    freight_minor: int | None = None,
    currency: str = "CNY",
    counted: bool = True,
    shop: int = 1,
) -> None:
    """An order, number `N<id>`; completed the moment it was placed unless told otherwise."""
    if status == "completed" and completed_at is None and shipped_at is None:
        completed_at = at
    day = day_of(at, TZ)
    conn.execute(
        """INSERT INTO orders (id, shop_id, number, customer_id, status, status_raw, status_rank, currency, paid_minor, freight_minor,
             is_counted, ordered_at, ordered_day, ordered_month, shipped_at, completed_at, row_hash, first_batch_id,
             batch_id)
           VALUES (?, ?, ?, ?, ?, 'as written', 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 1, 1)""",
        (order, shop, f"N{order}", customer, status, currency, paid_minor, freight_minor, int(counted), at, day,
         month_of_day(day), shipped_at, completed_at),
    )  # fmt: skip


def add_refund(
    conn: sqlite3.Connection, order: int, amount_minor: int, *, at: int = T0, freight_minor: int = 0, key: str = ""
) -> int:
    """A refund as an export reports it (one row per key); the id of the row."""
    day = day_of(at, TZ)
    cursor = conn.execute(
        """INSERT INTO refund (shop_id, order_id, source, source_key, amount_minor, freight_minor, currency, refunded_at,
             refunded_day, refunded_month)
           VALUES (1, ?, 'export', ?, ?, ?, 'CNY', ?, ?, ?)""",
        (order, key or f"{order}:{at}:{amount_minor}", amount_minor, freight_minor, at, day, month_of_day(day)),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def shipped_settings(*, multipliers: Sequence[int] = (), **points: object) -> Settings:
    """The shipped settings, whatever the user of this machine has set, with other points rules or multipliers."""
    values = tomli.loads(shipped("shopcare.toml").read_text("utf-8"))
    values["points"] |= points
    for rung, multiplier in zip(values["tiers"]["ladder"], multipliers, strict=False):
        rung["points_multiplier_permille"] = multiplier
    return Settings(values, {})


def context(store: Path, *, now: int = T0, settings: Settings | None = None) -> Context:
    """A command's surroundings at an instant."""
    return Context(settings=settings or shipped_settings(), store=store, now=now, actor="test")


def count(path: Path, table: str) -> int:
    """How many rows a table has."""
    with closing(sqlite3.connect(path)) as conn:
        return int(conn.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])
