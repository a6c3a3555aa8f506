"""A store with a few orders for tests of cases, put in place directly as an import would leave them."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from functools import lru_cache
from pathlib import Path

from loyalty_store import T0, add_customer, add_order, add_shop, new_store
from shopcare.config import Settings, load
from shopcare.domain.cases import Step
from shopcare.services import cases
from shopcare.services.cases import Closing, Opening
from shopcare.services.context import Context

#: 12 August 2026, 01:30 in Shanghai: still the 11th in UTC.
NOW = 1_786_469_400

#: (line, SKU, quantity, amount); amounts in minor units.
LINES = ((1, "TEE", 3, 6_600), (2, "CAP", 1, 4_400))


@lru_cache(maxsize=1)
def _template() -> bytes:
    """The store below, made once: migrating anew for every example would take most of a test's time."""
    with tempfile.TemporaryDirectory() as folder:
        path = new_store(Path(folder) / "store.db")
        with closing(sqlite3.connect(path, isolation_level=None)) as conn:
            _fill(conn)
            conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return path.read_bytes()


def _fill(conn: sqlite3.Connection) -> None:
    add_customer(conn, 1, "li")
    add_order(conn, 1, 1, 11_000, freight_minor=1_000)
    add_order(conn, 2, 1, 5_000, status="paid")
    add_order(conn, 3, None, 0, status="unpaid", counted=False)
    add_lines(conn, 1, LINES)
    add_lines(conn, 2, [(1, "TEE", 1, 5_000)])
    add_shop(conn, 2, "second")
    add_order(conn, 4, None, 7_000, shop=2)
    add_order(conn, 5, None, 7_000)
    conn.execute("UPDATE orders SET number = 'TWIN' WHERE id IN (4, 5)")
    add_order(conn, 6, None, 100)
    conn.execute("UPDATE orders SET number = '#1006' WHERE id = 6")


def add_lines(conn: sqlite3.Connection, order: int, lines: Sequence[tuple[int, str | None, int, int | None]]) -> None:
    """Lines of an order."""
    conn.executemany(
        "INSERT INTO order_line (order_id, line_no, shop_id, sku, quantity, amount_minor) VALUES (?, ?, 1, ?, ?, ?)",
        [(order, line_no, sku, quantity, amount) for line_no, sku, quantity, amount in lines],
    )


def case_store(path: Path) -> Path:
    """N1: 110.00 paid by C1, 10.00 of it freight, over TEE × 3 (60.00) and CAP × 1 (40.00), completed. N2: 50.00, paid
    and not shipped. N3: unpaid. TWIN: in two shops. #1006: 1.00, without lines.
    """
    path.write_bytes(_template())
    return path


@lru_cache(maxsize=1)
def _settings() -> Settings:
    return load()


def at(store: Path, now: int = NOW) -> Context:
    """A command's surroundings."""
    return Context(settings=_settings(), store=store, now=now, actor="ann")


def opened(ctx: Context, kind: str = "return_refund", *lines: str, order: str = "N1", amount: str | None = None) -> str:
    """Open a case; its id."""
    report = cases.open_case(ctx, Opening(order, kind, "because", lines=lines, amount=amount))
    return str(report.blocks[0].rows[0][0])


def closed(
    ctx: Context, case: str, outcome: str, refund: str | None = None, freight: str | None = None
) -> dict[str, object]:
    """Close a case; what it came to, by column."""
    step = Step("close", outcome=outcome, reason="because")
    block = cases.close(ctx, case, step, Closing(refund, freight)).blocks[0]
    return {column.key: value for column, value in zip(block.columns, block.rows[0], strict=True)}


def rows(store: Path, sql: str) -> list[tuple[object, ...]]:
    """What a query answers."""
    with closing(sqlite3.connect(store)) as conn:
        return conn.execute(sql).fetchall()


def dump(store: Path) -> list[str]:
    """The whole store as text, to see whether anything changed."""
    with closing(sqlite3.connect(store)) as conn:
        return list(conn.iterdump())


__all__ = ["NOW", "T0", "add_lines", "at", "case_store", "closed", "dump", "opened", "rows"]
