"""Rows read many at a time, by column, say what the same rows say one by one."""

from __future__ import annotations

import csv
import io
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from importers.test_arrival import store
from importers.test_export_files import FILES
from shopcare.importers.orders.columns import ColumnReader
from shopcare.services.file_imports import Options, import_files
from shopcare.services.order_imports import ORDERS

HEADER = [
    "order_id",
    "customer_id",
    "ordered_at",
    "status",
    "currency",
    "paid",
    "refunded",
    "discount",
    "completed_at",
    "line_id",
    "sku",
    "title",
    "quantity",
    "unit_price",
]

ORDER_CELLS = st.tuples(
    st.sampled_from(["", "buyer-1", "buyer-2", "买家三", "'buyer-1", "a***b"]),
    st.sampled_from(["2026-08-01", "2026-08-01 10:00:05", "2026/8/2 1:02", "20260801", "", "soon"]),
    st.sampled_from(["paid", "completed", "cancelled", "refunded", "", "odd"]),
    st.sampled_from(["CNY", "", "USD", "cny"]),
    st.sampled_from(["12.50", "0", "1,000.00", "¥3", "", "-1"]),
    st.sampled_from(["", "0.00", "2.00", "12.50"]),
    st.sampled_from(["", "-1.00", "0.5"]),
    st.sampled_from(["", "2026-08-09 00:00:00"]),
)
LINE_CELLS = st.tuples(
    st.sampled_from(["", "1", "2"]),
    st.sampled_from(["", "SKU-1", "SKU-2", '="007"']),
    st.sampled_from(["", "杯子", "a, b", "'=1+1"]),
    st.sampled_from(["", "1", "2", "x"]),
    st.sampled_from(["", "6.25", "3"]),
)
#: What nearly every row of an export looks like, so that blocks of plain rows come about.
PLAIN_ORDER = st.tuples(
    st.sampled_from(["buyer-1", "buyer-2", "buyer-3"]), st.just("2026-08-01 10:00:05"),
    st.sampled_from(["paid", "completed", "refunded"]), st.just("CNY"), st.sampled_from(["12.50", "99.00"]),
    st.sampled_from(["", "0.00"]), st.just(""), st.sampled_from(["", "2026-08-09 00:00:00"]),
)  # fmt: skip
PLAIN_LINE = st.tuples(
    st.just(""), st.sampled_from(["SKU-1", "SKU-2"]), st.just("a cup"), st.sampled_from(["1", "2"]), st.just("6.25")
)
FILES_OF_ORDERS = st.lists(
    st.tuples(
        st.one_of(PLAIN_ORDER, PLAIN_ORDER, PLAIN_ORDER, ORDER_CELLS),
        st.lists(st.one_of(PLAIN_LINE, PLAIN_LINE, PLAIN_LINE, LINE_CELLS), min_size=1, max_size=3),
    ),
    max_size=30,
)


def outcome(file: Path, *, by_column: bool, block: int, twice: bool = False) -> tuple[object, ...]:
    """Everything an import says and leaves behind."""
    read_slowly: Any = property(lambda _self: False, lambda _self, _value: None)
    with (
        tempfile.TemporaryDirectory() as name,
        patch("shopcare.importers.text.sheet.BLOCK_BYTES", block),
        patch("shopcare.importers.text.sheet.BATCH_ROWS", max(block // 60, 1)),
        patch("shopcare.importers.orders.stream.FEWEST_ROWS", 1),
    ):
        if not by_column:
            with patch.object(ColumnReader, "reads_columns", read_slowly, create=True):
                return _outcome(Path(name), file, twice=twice)
        return _outcome(Path(name), file, twice=twice)


def _outcome(folder: Path, file: Path, *, twice: bool) -> tuple[object, ...]:
    ctx = store(folder)
    results = [import_files(ctx, [str(file)], Options(), ORDERS).files[0] for _time in range(1 + twice)]
    said = [
        (
            result.error and str(result.error),
            result.tally,
            result.outcome,
            [str(warning) for warning in result.warnings],
        )
        for result in results
    ]
    tables = (
        "orders",
        "order_line",
        "customer",
        "customer_identity",
        "product",
        "refund",
        "import_reject",
        "waiting_line",
    )
    with closing(sqlite3.connect(ctx.store)) as conn:
        return said, {table: conn.execute(f"SELECT * FROM {table}").fetchall() for table in tables}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    FILES_OF_ORDERS,
    st.sampled_from([150, 700, 1 << 18]),
    st.booleans(),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.booleans(),
)
def test_columns_say_what_rows_say(
    orders: list[tuple[tuple[str, ...], list[tuple[str, ...]]]], block: int, rising: bool, quoting: Any, twice: bool
) -> None:
    """Any generic file, wherever its blocks end and whatever is wrong in it, gives the same store and the same words."""
    buffer = io.StringIO(newline="")
    write = csv.writer(buffer, lineterminator="\n", quoting=quoting).writerow
    write(HEADER)
    for place, (order, lines) in enumerate(orders):
        number = f"N{place:03d}" if rising else f"N{place * 7 % 11:03d}"
        for line in lines:
            write([number, *order, *line])
    with tempfile.TemporaryDirectory() as name:
        (file := Path(name) / "orders.csv").write_text(buffer.getvalue(), "utf-8")
        assert outcome(file, by_column=True, block=block, twice=twice) == outcome(
            file, by_column=False, block=block, twice=twice
        )


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_every_sample_reads_the_same_by_column(file: Path) -> None:
    """The samples of all platforms, in blocks of about two rows."""
    assert outcome(file, by_column=True, block=600) == outcome(file, by_column=False, block=600)
