"""Every export file in this folder does exactly what the facts beside it (`<file>.expected.json`) say."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from shopcare.domain.money import format_amount
from shopcare.importers.result import FileResult
from shopcare.services.context import Context
from shopcare.services.file_imports import Options, import_files
from shopcare.services.order_imports import ORDERS

HERE = Path(__file__).parent
FILES = sorted(path.with_name(path.name.removesuffix(".expected.json")) for path in HERE.glob("*/*.expected.json"))

#: Facts of a sample as one figure of the store, in minor units where they are money.
FIGURES = {
    "orders": "SELECT COUNT(*) FROM orders",
    "stored_orders": "SELECT COUNT(*) FROM orders",
    "buyers": "SELECT COUNT(DISTINCT customer_id) FROM orders",
    "closed": "SELECT COUNT(*) FROM orders WHERE status = 'closed'",
    "cancelled": "SELECT COUNT(*) FROM orders WHERE status = 'cancelled'",
    "refunded": "SELECT COUNT(*) FROM orders WHERE status = 'refunded'",
    "paid_sum": "SELECT SUM(paid_minor) FROM orders",
    "total_sum": "SELECT SUM(total_minor) FROM orders",
    "total_sum_distinct": "SELECT SUM(total_minor) FROM orders",
    "refund_sum": "SELECT SUM(amount_minor) FROM refund",
}


def expected(file: Path) -> dict[str, Any]:
    """The facts beside a file."""
    facts: dict[str, Any] = json.loads(file.with_name(file.name + ".expected.json").read_text("utf-8"))
    return facts


def taken(file: Path, ctx: Context) -> FileResult:
    """What importing one file gives."""
    return import_files(ctx, [str(file)], Options(), ORDERS).files[0]


def figure(ctx: Context, sql: str) -> int:
    """One number of the store."""
    with closing(sqlite3.connect(ctx.store)) as conn:
        return int(conn.execute(sql).fetchone()[0] or 0)


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_file_does_what_is_written_beside_it(file: Path, ctx: Context) -> None:
    """Rows taken, lines rejected with their codes, lines skipped, refusals, and the sums in the store."""
    facts, result = expected(file), taken(file, ctx)
    if facts["action"] == "refuse":
        assert result.error is not None
        assert result.error.code == f"import.{facts['refused']}"
        assert figure(ctx, "SELECT COUNT(*) FROM orders") == figure(ctx, "SELECT COUNT(*) FROM import_batch") == 0
        return
    assert result.error is None
    assert result.tally.rows == facts["accepted"]
    assert {str(bad.line): bad.code for bad in result.tally.rejected} == facts.get("rejected", {})
    assert [row.line for row in result.tally.skipped] == facts.get("skipped", [])
    for name in ("platform", "container", "sheet", "encoding", "header_line", "rows"):
        assert getattr(result, name) == facts.get(name, getattr(result, name)), name
    if facts.get("kind") == "order_lines":
        assert figure(ctx, "SELECT COUNT(DISTINCT number) FROM waiting_line") == facts["orders"]
        return
    for name, sql in FIGURES.items():
        if name in facts:
            value = figure(ctx, sql)
            money = isinstance(facts[name], str)
            assert (format_amount(value, "CNY") if money else value) == facts[name], name
    if "first_order_id" in facts:
        assert figure(ctx, f"SELECT COUNT(*) FROM orders WHERE number = '{facts['first_order_id']}'") == 1
    if "warning" in facts:
        assert any(facts["warning"] in str(warning) for warning in result.warnings)


def test_every_file_has_its_facts() -> None:
    """No file lies here that no test reads; the after-sales files are named by the tests of cases."""
    lying = {path for path in HERE.glob("*/*") if path.is_file() and not path.name.endswith(".expected.json")}
    assert {path for path in lying if path.parent.name not in ("aftersales", "__pycache__")} == set(FILES)


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_second_import_writes_nothing(file: Path, ctx: Context) -> None:
    """The same bytes again: 0 new, 0 changed, and not one row of any table differs."""
    taken(file, ctx)
    before = dump(ctx)
    again = taken(file, ctx)
    assert (again.outcome.new, again.outcome.changed) == (0, 0)
    assert dump(ctx) == before


def dump(ctx: Context) -> list[str]:
    """The whole store as SQL text."""
    with closing(sqlite3.connect(ctx.store)) as conn:
        return list(conn.iterdump())


def test_a_cell_of_a_megabyte_costs_its_row_only(ctx: Context, tmp_path: Path) -> None:
    """One absurd cell is rejected with its line; the rows around it are stored."""
    lines = (HERE / "pdd" / "shape16_crlf.csv").read_text("utf-8-sig").splitlines()
    cells = lines[2].split(",")
    cells[18] = '"' + "长" * (1 << 20) + '"'
    file = tmp_path / "long.csv"
    file.write_text("\r\n".join([*lines[:2], ",".join(cells), *lines[3:]]) + "\r\n", "utf-8")
    result = taken(file, ctx)
    assert [(bad.line, bad.code) for bad in result.tally.rejected] == [(3, "field-too-long")]
    assert figure(ctx, "SELECT COUNT(*) FROM orders") == 5


def test_amounts_of_the_list_are_counted_once(ctx: Context) -> None:
    """WooCommerce repeats an order's total on every line, Shopify writes it on the first: both sums are the orders' own."""
    for name in ("woocommerce/woocommerce_aoe_orders.csv", "shopify/shopify_orders_export_1.csv"):
        taken(HERE / name, ctx)
    assert Decimal(figure(ctx, "SELECT SUM(paid_minor) FROM orders")) / 100 == Decimal("131.00") + Decimal("87.00")
