"""After-sales files for tests, and what a store says after importing them."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

from order_store import _empty_store
from shopcare.config import load
from shopcare.services.case_imports import CASES
from shopcare.services.context import Context
from shopcare.services.file_imports import Options, import_files
from shopcare.services.order_imports import ORDERS

NOW = 1_786_500_000

CASE_COLUMNS = (
    "case_id", "order_id", "kind", "status", "reason", "amount", "refunded", "applied_at", "closed_at", "deadline", "fault",
    "waiting_on",
)  # fmt: skip
ORDER_COLUMNS = ("order_id", "customer_id", "ordered_at", "status", "paid", "refunded", "completed_at")

#: What the store says of cases, their refunds and their orders, without our own numbers, batches and histories.
CASES_STORED = """
SELECT o.number, a.external_id, a.kind, a.stage, a.outcome, a.waiting_on, a.fault, a.reason, a.amount_minor, a.currency,
       a.external_status, a.external_deadline_at, a.opened_at, a.closed_at, a.closed_day
FROM "case" AS a JOIN orders AS o ON o.id = a.order_id ORDER BY 1, 2
"""
REFUNDS = """
SELECT o.number, r.source, CASE r.source WHEN 'case' THEN r.source_key END, r.amount_minor, r.freight_minor, r.refunded_day,
       r.day_known
FROM refund AS r JOIN orders AS o ON o.id = r.order_id ORDER BY 1, 2, 3
"""
ORDERS_STORED = "SELECT number, status, paid_minor, refunded_reported_minor, is_counted FROM orders ORDER BY number"
WAITING = "SELECT external_id, order_number, registers FROM case_report WHERE case_id IS NULL ORDER BY 1"

#: How a case that was paid back ends in a generic file.
DONE = {"status": "refunded", "closed_at": "2026-08-05 10:00:00"}


def fresh(folder: Path) -> Context:
    """A store with one generic CNY shop in Shanghai."""
    path = folder / "s.db"
    path.write_bytes(_empty_store())
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.execute("INSERT INTO shop VALUES (1, 'shop', 'generic', 'CNY', 'Asia/Shanghai', 0)")
        conn.execute("UPDATE store_meta SET value = '00' WHERE key = 'identity_salt'")
    return Context(settings=load(), store=path, now=NOW, actor="tester")


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A CSV file; its name."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return str(path)


def take_cases(ctx: Context, *files: str, **options: object) -> list[dict[str, object]]:
    """Import after-sales files; what came of each, by name."""
    result = import_files(ctx, files, Options(**options), CASES)  # type: ignore[arg-type]  # names of its fields
    assert all(each.error is None for each in result.files), result.files
    return [
        {**(each.cases._asdict() if each.cases else {}), "rejected": [bad.code for bad in each.tally.rejected]}
        for each in result.files
    ]


def take_orders(ctx: Context, *files: str, **options: object) -> None:
    """Import order files that must be taken whole."""
    result = import_files(ctx, files, Options(**options), ORDERS)  # type: ignore[arg-type]  # names of its fields
    assert result.exit_code == 0, result.files


def asked(ctx: Context, sql: str) -> list[tuple[object, ...]]:
    """What a query answers."""
    with closing(sqlite3.connect(ctx.store)) as conn:
        return conn.execute(sql).fetchall()


def facts(ctx: Context) -> list[list[tuple[object, ...]]]:
    """What the store says, to compare."""
    return [asked(ctx, sql) for sql in (CASES_STORED, REFUNDS, ORDERS_STORED, WAITING)]


def orders_of(folder: Path, *rows: tuple[object, ...], name: str = "orders.csv") -> str:
    """A generic order file: (number, status, paid, refunded)."""
    full = [
        (number, f"b{number}", "2026-08-01 10:00:00", status, paid, back, "") for number, status, paid, back in rows
    ]
    return write(folder / name, ORDER_COLUMNS, full)


class Kept:
    """What `--rejects` would write."""

    def __init__(self) -> None:
        self.rows: list[list[str]] = []

    def start(self, file: str, header: object, exported: str = "", date_order: str = "") -> None:
        """Nothing to do."""

    def add(self, _reject: object, cells: list[str]) -> None:
        """Keep the cells."""
        self.rows.append(list(cells))


def cases_of(folder: Path, *rows: dict[str, object], name: str = "cases.csv") -> str:
    """A generic after-sales file."""
    usual = {"kind": "refund_only", "reason": "torn", "applied_at": "2026-08-02 10:00:00"}
    return write(
        folder / name, CASE_COLUMNS, [[{**usual, **row}.get(column, "") for column in CASE_COLUMNS] for row in rows]
    )
