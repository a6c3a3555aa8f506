"""Redeeming points: what is refused and what it leaves."""

from __future__ import annotations

from pathlib import Path

import pytest

from loyalty_store import DAY, T0, add_customer, add_order, add_refund, add_shop, context, count, new_store
from shopcare.errors import NotFound, ShopcareError
from shopcare.services import awards, points
from shopcare.services.points import (
    InsufficientPoints,
    NotWholeUnits,
    OrderInOtherCurrency,
    OrderOfAnother,
    ShareExceeded,
)
from shopcare.store.engine import writing


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A member with 1,000 points usable and 40 pending, and orders of every kind."""
    path = new_store(tmp_path / "store.db")
    with writing(path) as conn:
        add_shop(conn, 2, "abroad", "USD")
        add_customer(conn, 1)
        add_customer(conn, 2)
        add_order(conn, 1, 1, 4_000, at=T0 - DAY)
        add_order(conn, 2, 2, 4_000, status="paid")
        add_order(conn, 3, 1, 4_000, status="paid", currency="USD")
        add_order(conn, 4, 1, 1_999, status="paid")
        add_order(conn, 5, 1, 4_000, status="paid")
        add_refund(conn, 5, 3_000)
        add_order(conn, 6, None, 4_000, status="paid")
    awards.award_orders(context(path))
    points.award_bonus(context(path), "C1", 1_000, "gift")
    return path


@pytest.mark.parametrize(
    ("amount", "order", "refusal", "told"),
    [
        (150, None, NotWholeUnits, {"unit": 100, "requested": 150, "next_multiple": 200}),
        (1_100, None, InsufficientPoints, {"available": 1_000, "pending": 40, "next_release": "2026-03-07"}),
        (100, "N2", OrderOfAnother, {"order": "N2"}),
        (100, "N6", OrderOfAnother, {"order": "N6"}),
        (100, "N3", OrderInOtherCurrency, {"currency": "USD", "home_currency": "CNY"}),
        (1_000, "N4", ShareExceeded, {"most": 900}),
        (600, "N5", ShareExceeded, {"most": 500}),
        (100, "N9", NotFound, {"key": "N9"}),
    ],
)
def test_refusals_tell_what_is_possible_and_change_nothing(
    store: Path, amount: int, order: str | None, refusal: type[ShopcareError], told: dict[str, object]
) -> None:
    """Each rule has a sentence with its figures, and the store keeps its rows."""
    before = [count(store, table) for table in ("points_entry", "points_allocation", "audit")]
    with pytest.raises(refusal) as raised:
        points.redeem(context(store), "C1", amount, order=order)
    assert {key: raised.value.context[key] for key in told} == told
    assert [count(store, table) for table in ("points_entry", "points_allocation", "audit")] == before


def test_all_redemptions_of_an_order_share_its_half(store: Path) -> None:
    """1,999 fen allow 900 points; 500 and 400 are taken, not one unit more."""
    points.redeem(context(store), "C1", 500, order="N4")
    points.redeem(context(store), "C1", 400, order="N4")
    with pytest.raises(ShareExceeded) as refusal:
        points.redeem(context(store), "C1", 100, order="N4")
    assert refusal.value.context["most"] == 0


def test_a_hint_without_pending_points_does_not_promise_any(store: Path) -> None:
    """Who has nothing pending is sent to the history."""
    with pytest.raises(InsufficientPoints) as refusal:
        points.redeem(context(store, now=T0 + 30 * DAY), "C1", 2_000)
    assert "history" in refusal.value.hint


def test_a_redemption_with_a_key_is_made_once_and_without_one_each_time(store: Path) -> None:
    """A checkout that retries passes its order as the key; two visits to the counter are two redemptions."""
    for key in ("checkout-1", "checkout-1", None, None):
        points.redeem(context(store), "C1", 100, key=key)
    assert count(store, "points_allocation") == 3


def test_a_dry_run_checks_and_writes_nothing(store: Path) -> None:
    """The balance it tells is that after the redemption; the rows stay."""
    before = count(store, "points_entry")
    report = points.redeem(context(store), "C1", 300, dry_run=True)
    assert 700 in report.blocks[0].rows[0]
    assert count(store, "points_entry") == before
    with pytest.raises(InsufficientPoints):
        points.redeem(context(store), "C1", 1_100, dry_run=True)
