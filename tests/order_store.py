"""A store with the real tables, filled with a handful of orders."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from shopcare.domain.clock import day_of, month_of_day
from shopcare.domain.report import Report, Value
from shopcare.store import persons
from shopcare.store.schema import create

SECONDS_PER_DAY = 86_400


@dataclass(frozen=True)
class Bought:
    """One order: customer 0 is a guest; refunds are (minor units, day number, is the day known)."""

    customer: int
    at: int
    paid_minor: int = 1000
    counted: bool = True
    currency: str = "CNY"
    shop: int = 1
    refunds: tuple[tuple[int, int, bool], ...] = ()


def order_store(
    path: Path,
    orders: Sequence[Bought],
    *,
    zones: Sequence[str] = ("Asia/Shanghai",),
    merged: Mapping[int, int] | None = None,
    first_id: int = 1,
) -> Path:
    """A store with one shop per zone and those orders."""
    path.write_bytes(_empty_store())
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        _fill(conn, orders, zones, merged or {}, first_id)
    return path


@lru_cache(maxsize=1)
def _empty_store() -> bytes:
    """A store as `init` leaves it, made once: migrating anew for every example would take most of a test's time."""
    with tempfile.TemporaryDirectory() as folder:
        create(Path(folder) / "store.db")
        return (Path(folder) / "store.db").read_bytes()


def _fill(
    conn: sqlite3.Connection, orders: Sequence[Bought], zones: Sequence[str], merged: Mapping[int, int], first_id: int
) -> None:
    conn.execute("BEGIN")
    for shop, tz in enumerate(zones, 1):
        conn.execute("INSERT INTO shop VALUES (?, ?, 'generic', 'CNY', ?, 0)", (shop, f"shop{shop}", tz))
    conn.execute(
        "INSERT INTO import_batch VALUES (1, 1, 'orders', 'f', 'x', 'g', 'g', 'utf-8', 1, 0, 0, 0, 0, 0, 0, NULL, 0, NULL,"
        " 0, 0, 0)"
    )
    shop_of = {order.customer: order.shop for order in orders if order.customer}
    for customer in sorted({*shop_of, *merged, *merged.values()}):
        row = (customer, shop_of.get(customer, 1), str(customer))
        conn.execute("INSERT INTO customer (id, shop_id, display, created_at) VALUES (?, ?, ?, 0)", row)
    for customer, into in merged.items():
        persons.merge(conn, customer, into, persons.Said(0, 0, "", "test"))
    for order_id, order in enumerate(orders, first_id):
        _insert(conn, order_id, order, zones[order.shop - 1])
    conn.execute("COMMIT")


def _insert(conn: sqlite3.Connection, order_id: int, order: Bought, tz: str) -> None:
    day = day_of(order.at, tz)
    conn.execute(
        "INSERT INTO orders (id, shop_id, number, customer_id, status, status_raw, status_rank, currency, paid_minor,"
        " is_counted, ordered_at, ordered_day, ordered_month, row_hash, first_batch_id, batch_id)"
        " VALUES (?, ?, ?, ?, 'completed', '', 5, ?, ?, ?, ?, ?, ?, 0, 1, 1)",
        (order_id, order.shop, f"N{order_id}", order.customer or None, order.currency, order.paid_minor, order.counted,
         order.at, day, month_of_day(day)),
    )  # fmt: skip
    for index, (amount, refund_day, known) in enumerate(order.refunds):
        conn.execute(
            "INSERT INTO refund (shop_id, order_id, source, source_key, amount_minor, freight_minor, currency,"
            " reported_before_minor, refunded_at, refunded_day, refunded_month, day_known)"
            " VALUES (?, ?, 'export', ?, ?, 0, ?, 0, ?, ?, ?, ?)",
            (order.shop, order_id, f"{order_id}/{index}", amount, order.currency,
             refund_day * SECONDS_PER_DAY + SECONDS_PER_DAY // 2, refund_day, month_of_day(refund_day), known),
        )  # fmt: skip


def blocks(report: Report) -> dict[str, list[dict[str, Value]]]:
    """The report's blocks as JSON has them: rows are mappings by column key."""
    return {
        block.id: [dict(zip((column.key for column in block.columns), row, strict=True)) for row in block.rows]
        for block in report.blocks
    }
