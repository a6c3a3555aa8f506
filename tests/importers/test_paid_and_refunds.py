"""Refunds of an order never exceed what was paid for it, whatever later exports say."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from case_files import ORDER_COLUMNS, asked, fresh, take_orders, write
from shopcare.domain.cases import Step
from shopcare.services import cases
from shopcare.services.cases import Closing, Opening
from shopcare.services.context import Context
from shopcare.services.file_imports import Options, import_files
from shopcare.services.order_imports import ORDERS

AT = "2026-06-01 10:00:00"
BALANCE = "SELECT o.paid_minor, (SELECT SUM(r.amount_minor) FROM refund AS r WHERE r.order_id = o.id) FROM orders AS o"


def refund(ctx: Context, order: str, amount: str) -> None:
    """A refund of the desk."""
    case = str(cases.open_case(ctx, Opening(order, "refund_only", "late", amount=amount)).blocks[0].rows[0][0])
    cases.close(ctx, case, Step("close", outcome="refunded"), Closing())


@pytest.mark.parametrize(("status", "paid"), [("completed", "50"), ("cancelled", "0")])
def test_a_row_with_less_paid_than_refunded_is_rejected(tmp_path: Path, status: str, paid: str) -> None:
    """Both figures are named, the order keeps its state, the rest of the file is taken; the same again each time."""
    ctx = fresh(tmp_path)
    take_orders(
        ctx, write(tmp_path / "a_20260605.csv", ORDER_COLUMNS, [("D1", "b", AT, "completed", "100", "", "2026-06-02")])
    )
    refund(ctx, "D1", "70")
    before = asked(ctx, "SELECT * FROM orders")
    rows = [("D1", "b", AT, status, paid, "", ""), ("D2", "b", AT, "paid", "9", "", "")]
    newer = write(tmp_path / "a_20260610.csv", ORDER_COLUMNS, rows)
    for new in (1, 0):
        result = import_files(ctx, [newer], Options(), ORDERS)
        (bad,) = result.files[0].tally.rejected
        assert (result.exit_code, bad.line, bad.code) == (3, 2, "paid-below-refunds")
        assert f"{paid}.00 CNY" in bad.message
        assert "70.00 CNY" in bad.message
        assert (result.files[0].outcome.new, result.files[0].tally.rows) == (new, 1)
        assert asked(ctx, "SELECT * FROM orders WHERE number = 'D1'") == before


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("refund"), st.integers(1, 60), st.just("")),
        st.tuples(st.just("export"), st.integers(0, 100), st.sampled_from(["", "10", "50"])),
    ),
    min_size=1, max_size=5,
)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS)
def test_refunds_stay_within_what_was_paid(steps: list[tuple[str, int, str]]) -> None:
    """Exports and refunds of the desk in any sequence: after every step the refunds are covered."""
    from shopcare.errors import ShopcareError

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ctx = fresh(folder)
        take_orders(ctx, write(folder / "a_20260605.csv", ORDER_COLUMNS, [("D1", "b", AT, "completed", "100", "", "")]))
        for place, (kind, amount, reported) in enumerate(steps):
            if kind == "refund":
                try:
                    refund(ctx, "D1", str(amount))
                except ShopcareError:
                    continue
            else:
                row = ("D1", "b", AT, "completed", amount, reported, "")
                import_files(
                    ctx, [write(folder / f"a_202606{10 + place}.csv", ORDER_COLUMNS, [row])], Options(), ORDERS
                )
            ((paid, refunded),) = asked(ctx, BALANCE)
            assert (refunded or 0) <= paid


@pytest.mark.parametrize(
    ("status", "paid", "refunded", "stored"),
    [
        ("cancelled", "100", "", (10000, None, 0)),
        ("cancelled", "100", "40", (10000, 4000, 0)),
        ("cancelled", "", "", (0, None, 0)),
        ("unpaid", "100", "", (10000, None, 0)),
        ("refunded", "100", "", (10000, 10000, 0)),
        ("refunded", "100", "30", (10000, 3000, 1)),
        ("closed", "100", "", (10000, None, 1)),
    ],
)
def test_a_generic_file_says_what_was_paid(
    tmp_path: Path, status: str, paid: str, refunded: str, stored: tuple[int | None, ...]
) -> None:
    """The paid column stands for every status; the status decides whether the order counts and what went back."""
    ctx = fresh(tmp_path)
    take_orders(ctx, write(tmp_path / "a.csv", ORDER_COLUMNS, [("D1", "b", AT, status, paid, refunded, "")]))
    assert asked(ctx, "SELECT paid_minor, refunded_reported_minor, is_counted FROM orders") == [stored]
