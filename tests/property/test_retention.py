"""What holds for the retention summary of every store."""

from __future__ import annotations

import random
import tempfile
from collections import defaultdict
from datetime import date
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from order_store import Bought, blocks, order_store
from shopcare.domain.clock import day_number, day_of, month_of_day
from shopcare.domain.report import Report
from shopcare.reports.retention import retention

START = day_number(date(2025, 11, 20)) * 86_400
SPAN_DAYS = 130
ZONE = "Asia/Shanghai"

days = st.integers(START // 86_400, START // 86_400 + SPAN_DAYS + 20)
orders_of = st.builds(
    Bought,
    customer=st.integers(0, 5),
    at=st.integers(START, START + SPAN_DAYS * 86_400),
    paid_minor=st.integers(0, 9_999),
    counted=st.booleans() | st.just(True),
    refunds=st.lists(st.tuples(st.integers(1, 500), days, st.booleans()), max_size=2).map(tuple),
)
stores = st.lists(orders_of, max_size=25)
as_ofs = st.integers(START // 86_400 - 1, START // 86_400 + SPAN_DAYS + 40)
merges = st.sampled_from([{}, {1: 2}, {1: 2, 2: 3}, {4: 1, 5: 1}])
few = settings(max_examples=80, deadline=None)


def summary(
    orders: list[Bought], as_of: int, merged: dict[int, int], first_id: int = 1, tz: str | None = None
) -> Report:
    """The report on a throw-away store with these orders."""
    with tempfile.TemporaryDirectory() as folder:
        store = order_store(Path(folder) / "store.db", orders, zones=(ZONE,), merged=merged, first_id=first_id)
        return retention(store, 2**32, as_of_day=as_of, tz=tz, currency="CNY")


def net(order: Bought, as_of: int) -> int:
    """What an order is worth as of a day."""
    return order.paid_minor - sum(amount for amount, day, _known in order.refunds if day <= as_of)


def months_by_customer(orders: list[Bought], as_of: int, merged: dict[int, int]) -> dict[int, list[tuple[int, int]]]:
    """The plain way: each customer's (month, net), in any order."""
    found: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    for order in orders:
        day = day_of(order.at, ZONE)
        if order.counted and day <= as_of:
            customer = order.customer
            while customer in merged:
                customer = merged[customer]
            found[customer].append((month_of_day(day), net(order, as_of)))
    return found


@few
@given(stores, as_ofs, merges)
def test_cells_equal_counting_sets_of_customers(orders: list[Bought], as_of: int, merged: dict[int, int]) -> None:
    """Size, active, unbounded and net of every cell are what plain sets of customers give, and no cell is missing."""
    plain = months_by_customer(orders, as_of, merged)
    plain.pop(0, None)
    cells = {(row["cohort"], row["offset"]): row for row in blocks(summary(orders, as_of, merged))["cohorts"]}
    cohorts = {min(month for month, _net in bought) for bought in plain.values()}
    assert cells.keys() == {(c, month - c) for c in cohorts for month in range(c, month_of_day(as_of) + 1)}
    for (cohort, offset), row in cells.items():
        members = [bought for bought in plain.values() if min(bought)[0] == cohort]
        month = int(cohort or 0) + int(offset or 0)
        assert row["size"] == len(members)
        assert row["active"] == sum(any(m == month for m, _ in bought) for bought in members)
        assert row["unbounded"] == sum(any(m >= month for m, _ in bought) for bought in members)
        assert row["repeated_by"] == sum(sum(m <= month for m, _ in bought) > 1 for bought in members)
        assert row["net_minor"] == sum(minor for bought in members for m, minor in bought if m == month)
        assert row["cum_net_minor"] == sum(minor for bought in members for m, minor in bought if m <= month)


@few
@given(stores, as_ofs, merges)
def test_blocks_agree_with_each_other(orders: list[Bought], as_of: int, merged: dict[int, int]) -> None:
    """Sums over cells and guests are the base figures; every window splits the customers; returns bound each other."""
    found = blocks(summary(orders, as_of, merged))
    (base,) = found["base"]
    plain = months_by_customer(orders, as_of, merged)
    assert base["orders"] == sum(len(bought) for bought in plain.values())
    assert base["guest_orders"] == len(plain.get(0, []))
    assert base["net_minor"] == sum(minor for bought in plain.values() for _month, minor in bought)
    assert base["orders"] == base["guest_orders"] + base["new_orders"] + base["repeat_orders"]
    assert sum(row["active"] for row in found["cohorts"] if row["offset"] == 0) == base["customers"]
    assert sum(row["net_minor"] for row in found["cohorts"]) + base["guest_net_minor"] == base["net_minor"]
    by_orders, by_days = found["repeat_rate"]
    assert by_days["k"] <= by_orders["k"] <= base["customers"]
    for row in found["second_order"]:
        assert row["mature_n"] + row["immature"] == base["customers"]
        assert row["mature"] <= min(row["naive"], row["mature_n"])
        assert row["naive"] <= by_days["k"] <= found["gaps"][0]["n"]


@few
@given(stores, as_ofs, merges, st.integers(1, 10**6), st.randoms(use_true_random=False))
def test_row_order_and_ids_change_nothing(
    orders: list[Bought], as_of: int, merged: dict[int, int], first_id: int, chance: random.Random
) -> None:
    """The same orders stored in another order, under other ids, give the same report."""
    mixed = list(orders)
    chance.shuffle(mixed)
    assert summary(mixed, as_of, merged, first_id) == summary(orders, as_of, merged)


@few
@given(stores, as_ofs)
def test_what_comes_after_as_of_changes_nothing(orders: list[Bought], as_of: int) -> None:
    """Orders and refunds of later days are invisible."""
    past = [
        Bought(
            **{name: getattr(order, name) for name in ("customer", "at", "paid_minor", "counted")},
            refunds=tuple(refund for refund in order.refunds if refund[1] <= as_of),
        )
        for order in orders
        if day_of(order.at, ZONE) <= as_of
    ]
    assert summary(orders, as_of, {}) == summary(past, as_of, {})


@few
@given(stores, as_ofs, merges)
def test_restating_in_a_zone_with_the_same_days_changes_no_figure(
    orders: list[Bought], as_of: int, merged: dict[int, int]
) -> None:
    """Days worked out from the instants are the stored ones where the zone keeps the same clock (Perth and Shanghai)."""
    assert blocks(summary(orders, as_of, merged, tz="Australia/Perth")) == blocks(summary(orders, as_of, merged))
