"""The retention summary on stores small enough to work out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from order_store import Bought, blocks, order_store
from shopcare.domain.clock import day_number
from shopcare.domain.report import Report
from shopcare.reports.retention import PURCHASES, retention
from shopcare.store.engine import ShopUnknown, reading


def at(text: str) -> int:
    """An instant, UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def day(text: str) -> int:
    """A day number."""
    return day_number(date.fromisoformat(text))


NOW = at("2026-04-30 12:00")

# Customer 1: twice on one day, then in March with a refund in April. 2: once in January. 3: once in March. 0: guests.
ORDERS = [
    Bought(1, at("2026-01-10 09:00"), 1000),
    Bought(1, at("2026-01-10 10:00"), 500),
    Bought(1, at("2026-03-20 09:00"), 2000, refunds=((300, day("2026-04-02"), True),)),
    Bought(2, at("2026-01-31 09:00"), 700),
    Bought(3, at("2026-03-05 09:00"), 900, refunds=((100, day("2026-03-05"), False),)),
    Bought(0, at("2026-02-01 09:00"), 400, refunds=((50, day("2026-02-03"), True),)),
    Bought(0, at("2026-02-02 09:00"), 100),
    Bought(3, at("2026-03-06 09:00"), 9999, counted=False),
    Bought(3, at("2026-04-29 09:00"), 60),
]


def summary(tmp_path: Path, as_of: str = "2026-03-31", **options: str | None) -> Report:
    """The report on ORDERS as of a day."""
    store = order_store(tmp_path / "store.db", ORDERS)
    return retention(store, NOW, as_of_day=day(as_of), **options)  # type: ignore[arg-type]


def test_base_counts_guests_as_orders_only(tmp_path: Path) -> None:
    """Seven counted orders up to March, two of guests; April's refund and order are not seen yet."""
    (base,) = blocks(summary(tmp_path))["base"]
    assert (base["orders"], base["customers"]) == (7, 3)
    assert (base["guest_orders"], base["guest_share"], base["guest_net_minor"]) == (2, 2 / 7, 450)
    assert base["net_minor"] == 1000 + 500 + 2000 + 700 + 800 + 450
    assert (base["new_orders"], base["repeat_orders"], base["orders_max"]) == (3, 2, 3)


def test_a_later_as_of_sees_the_refund_and_keeps_it_on_the_order(tmp_path: Path) -> None:
    """The April refund lowers March, the month of its order, and only from its own day on."""
    before = {row["cohort"] * 100 + row["offset"]: row for row in blocks(summary(tmp_path))["cohorts"]}
    (tmp_path / "store.db").unlink()
    after = {row["cohort"] * 100 + row["offset"]: row for row in blocks(summary(tmp_path, "2026-04-02"))["cohorts"]}
    january = (2026 * 12) * 100
    assert before[january + 2]["net_minor"] == 2000
    assert after[january + 2]["net_minor"] == 1700
    assert after[january + 3]["net_minor"] == 0


def test_repeat_by_orders_and_by_days_differ_by_the_double_order(tmp_path: Path) -> None:
    """As of February customer 1 has two orders but one day."""
    by_orders, by_days = blocks(summary(tmp_path, "2026-02-28"))["repeat_rate"]
    assert (by_orders["by"], by_orders["k"], by_orders["n"]) == ("orders", 1, 2)
    assert (by_days["by"], by_days["k"], by_days["n"]) == ("days", 0, 2)


def test_second_order_counts_naive_and_mature(tmp_path: Path) -> None:
    """Customer 1 returned after 69 days; the 60-day windows of 2 customers and no 90-day window are over."""
    rows = {row["within_days"]: row for row in blocks(summary(tmp_path))["second_order"]}
    assert [(rows[w]["naive"], rows[w]["mature"], rows[w]["mature_n"], rows[w]["immature"]) for w in (30, 60, 90)] == [
        (0, 0, 2, 1),
        (0, 0, 1, 2),
        (1, 0, 0, 3),
    ]
    assert rows[90]["naive_rate"] == 1 / 3
    assert rows[90]["mature_rate"] is None
    assert all(row["km"] is None for row in rows.values())  # fewer than ten at risk


def test_the_day_a_window_ends_is_mature(tmp_path: Path) -> None:
    """A window is over on the day first + W, as of that day, and not the day before."""
    first = at("2026-01-01 00:00")
    store = order_store(tmp_path / "store.db", [Bought(1, first)], zones=("UTC",))
    for as_of, mature in (("2026-01-30", 0), ("2026-01-31", 1)):
        row = blocks(retention(store, NOW, as_of_day=day(as_of)))["second_order"][0]
        assert (row["within_days"], row["mature_n"]) == (30, mature)


@pytest.mark.parametrize(
    ("returned", "as_of", "naive", "mature"),
    [
        ("2026-01-31", "2026-01-31", 1, 1),
        ("2026-02-01", "2026-02-01", 0, 0),
        ("2026-01-30", "2026-01-30", 1, 0),
    ],
)
def test_the_last_day_of_a_window_belongs_to_it(
    tmp_path: Path, returned: str, as_of: str, naive: int, mature: int
) -> None:
    """A return on day 30 is within 30 days, and known to be on day 30; one on day 31 is not."""
    orders = [Bought(1, at("2026-01-01 09:00")), Bought(1, at(f"{returned} 09:00"))]
    row = blocks(retention(order_store(tmp_path / "store.db", orders), NOW, as_of_day=day(as_of)))["second_order"][0]
    assert (row["within_days"], row["naive"], row["mature"]) == (30, naive, mature)


def test_kaplan_meier_and_its_interval(tmp_path: Path) -> None:
    """5 of 20 came back: 1 - S = .25; S^exp(z sqrt(V) / ln S) with V = 5 / (20 x 15), worked out by hand."""
    first = at("2026-01-01 09:00")
    orders = [Bought(customer, first) for customer in range(1, 21)]
    orders += [Bought(customer, first + 10 * 86_400) for customer in range(1, 6)]
    row = blocks(retention(order_store(tmp_path / "store.db", orders), NOW))["second_order"][0]
    assert (row["km"], row["km_low"], row["km_high"]) == pytest.approx((0.25, 0.1125, 0.5001), abs=5e-5)


def test_averages_by_customers_and_by_cohorts(tmp_path: Path) -> None:
    """3 of 4 and 0 of 1 a month later: .6 of the customers, .375 on average of the cohorts."""
    orders = [Bought(customer, at("2026-01-05 09:00")) for customer in range(1, 5)]
    orders += [Bought(customer, at("2026-02-05 09:00")) for customer in (1, 2, 3, 9)]
    averages = blocks(retention(order_store(tmp_path / "store.db", orders), NOW, as_of_day=day("2026-03-31")))
    first = averages["cohort_average"][0]
    assert (first["offset"], first["weighted"], first["simple"], first["cohorts"]) == (1, 0.6, 0.375, 2)


def test_kaplan_meier_needs_ten_at_risk(tmp_path: Path) -> None:
    """With ten customers watched for 30 days there is an estimate, with nine there is none."""
    for n, known in ((9, False), (10, True)):
        orders = [Bought(customer, at("2026-01-01 09:00")) for customer in range(1, n + 1)]
        store = order_store(tmp_path / f"{n}.db", orders)
        row = blocks(retention(store, NOW, as_of_day=day("2026-01-31")))["second_order"][0]
        assert (row["km"] == 0.0) is known


def test_cohort_cells_stop_at_as_of_and_say_what_is_over(tmp_path: Path) -> None:
    """Cells run to the month of as-of, which is complete on its last day only."""
    rows = blocks(summary(tmp_path, "2026-03-30"))["cohorts"]
    january = [row for row in rows if row["cohort"] == 2026 * 12]
    assert [(r["active"], r["unbounded"], r["repeated_by"], r["complete"]) for r in january] == [
        (2, 2, 1, True),
        (0, 1, 1, True),
        (1, 1, 1, False),
    ]
    assert [r["cum_net_minor"] for r in january] == [2200, 2200, 4200]
    (tmp_path / "store.db").unlink()
    assert all(row["complete"] for row in blocks(summary(tmp_path, "2026-03-31"))["cohorts"])


def test_cohort_averages_use_complete_cells_only(tmp_path: Path) -> None:
    """As of mid April: January's month 1 and 2 and March's none; by customers and by cohorts are told apart."""
    averages = blocks(summary(tmp_path, "2026-04-15"))["cohort_average"]
    assert [(row["offset"], row["weighted"], row["simple"], row["cohorts"]) for row in averages] == [
        (1, 0.0, 0.0, 1),
        (2, 0.5, 0.5, 1),
    ]


def test_another_zone_moves_days_and_months(tmp_path: Path) -> None:
    """2026-01-31 18:00 UTC is February in Shanghai and January in New York; as-of ends with the day there."""
    store = order_store(tmp_path / "store.db", [Bought(1, at("2026-01-31 18:00")), Bought(2, at("2026-03-01 03:00"))])
    own = retention(store, NOW, as_of_day=day("2026-02-28"))
    assert [row["cohort"] for row in blocks(own)["cohorts"]] == [2026 * 12 + 1]
    assert own.facts["timezone"] == "Asia/Shanghai"
    abroad = retention(store, NOW, as_of_day=day("2026-02-28"), tz="America/New_York")
    assert {row["cohort"] for row in blocks(abroad)["cohorts"]} == {2026 * 12, 2026 * 12 + 1}
    assert abroad.facts["timezone"] == "America/New_York"


def test_as_of_defaults_to_today_in_the_shops_zone(tmp_path: Path) -> None:
    """At 20:00 UTC it is already tomorrow in Shanghai."""
    store = order_store(tmp_path / "store.db", ORDERS)
    assert retention(store, at("2026-04-30 20:00")).facts["as_of"] == "2026-05-01"
    assert retention(store, at("2026-04-30 20:00"), tz="UTC").facts["as_of"] == "2026-04-30"


def test_merged_customers_are_one(tmp_path: Path) -> None:
    """1 was merged into 2, and 2 later into 3: their orders are one history, oldest first, and one customer."""
    orders = [Bought(3, at("2026-03-01 09:00")), Bought(1, at("2026-01-01 09:00")), Bought(2, at("2026-02-01 09:00"))]
    report = retention(
        order_store(tmp_path / "store.db", orders, merged={1: 2, 2: 3}), NOW, as_of_day=day("2026-03-31")
    )
    (base,) = blocks(report)["base"]
    assert (base["customers"], base["orders_max"]) == (1, 3)
    assert {row["cohort"] for row in blocks(report)["cohorts"]} == {2026 * 12}


def test_currencies_are_never_mixed(tmp_path: Path) -> None:
    """The currency of most orders is reported, the other one named; each can be asked for."""
    orders = [Bought(1, NOW - 5), Bought(1, NOW - 4), Bought(2, NOW - 3, 77, currency="USD")]
    store = order_store(tmp_path / "store.db", orders)
    usual = retention(store, NOW)
    assert (usual.facts["currency"], blocks(usual)["base"][0]["net_minor"]) == ("CNY", 2000)
    assert any("USD 1" in str(warning) for warning in usual.warnings)
    dollars = retention(store, NOW, currency="USD")
    assert blocks(dollars)["base"][0]["net_minor"] == 77
    assert any("CNY 2" in str(warning) for warning in dollars.warnings)


def test_shops_of_two_zones_say_so_and_can_be_told_apart(tmp_path: Path) -> None:
    """Each shop counts in its own zone; the report says that they differ, unless one shop or one zone is asked for."""
    orders = [Bought(1, at("2026-01-31 18:00")), Bought(2, at("2026-01-31 18:00"), shop=2)]
    store = order_store(tmp_path / "store.db", orders, zones=("Asia/Shanghai", "America/New_York"))
    both = retention(store, NOW)
    assert both.facts["timezone"] == "mixed"
    assert any("time zones" in str(warning) for warning in both.warnings)
    assert {row["cohort"] for row in blocks(both)["cohorts"]} == {2026 * 12, 2026 * 12 + 1}
    one = retention(store, NOW, shop="shop2")
    assert (one.facts["timezone"], one.warnings) == ("America/New_York", [])
    same = retention(store, NOW, tz="UTC")
    assert {row["cohort"] for row in blocks(same)["cohorts"]} == {2026 * 12}


def test_refunds_without_a_date_are_told(tmp_path: Path) -> None:
    """One of the two refunds seen by March has no date of its own."""
    assert "1 of 2 refunds have no date and count from the day of their order." in map(str, summary(tmp_path).warnings)


@pytest.mark.parametrize(("first", "warned"), [(3, False), (4, True)])
def test_a_swollen_first_cohort_is_told(tmp_path: Path, first: int, warned: bool) -> None:
    """More than 1.5 times the median of the next three cohorts; 3 against 2 is not yet more."""
    sizes = (first, 2, 1, 2)
    months = [month for month, size in enumerate(sizes, 1) for _ in range(size)]
    orders = [Bought(number, at(f"2026-0{month}-05 09:00")) for number, month in enumerate(months, 1)]
    report = retention(order_store(tmp_path / "store.db", orders), NOW)
    assert any("2026-01" in str(warning) for warning in report.warnings) is warned


def test_an_empty_store_gives_zeros_and_a_warning(tmp_path: Path) -> None:
    """Counts are 0, rates unknown, and a sentence says why."""
    report = retention(order_store(tmp_path / "store.db", []), NOW)
    found = blocks(report)
    assert (found["base"][0]["orders"], found["base"][0]["repeat_share"]) == (0, None)
    assert found["repeat_rate"][0]["rate"] is None
    assert found["gaps"][0]["median"] is None
    assert found["cohorts"] == []
    assert report.facts["currency"] == "CNY"
    assert [str(warning) for warning in report.warnings] == ["There are no counted orders up to 2026-04-30."]


def test_an_as_of_day_to_come_is_told(tmp_path: Path) -> None:
    """Nothing is over before its time; the report says so instead of looking complete."""
    store = order_store(tmp_path / "store.db", ORDERS)
    assert not [w for w in retention(store, NOW, as_of_day=day("2026-04-30")).warnings if "future" in str(w)]
    assert [w for w in retention(store, NOW, as_of_day=day("2026-05-01")).warnings if "future" in str(w)]


def test_an_unknown_shop_is_refused(tmp_path: Path) -> None:
    """A mistyped shop is not an empty report."""
    with pytest.raises(ShopUnknown):
        summary(tmp_path, shop="shop9")


def test_histories_are_read_in_index_order_without_sorting(tmp_path: Path) -> None:
    """The one pass over the orders touches the covering index only, so it costs the same per order at any size."""
    texts = {"when": "o.ordered_day, o.ordered_month", "ordered": "1", "refunded": "1"}
    with reading(order_store(tmp_path / "store.db", ORDERS)) as conn:
        values = {"shop_id": None, "currency": "CNY"}
        plan = [row[3] for row in conn.execute("EXPLAIN QUERY PLAN " + PURCHASES.format_map(texts), values)]
    assert any("COVERING INDEX ix_orders_counted" in step for step in plan)
    assert any("ix_refund_order" in step for step in plan)
    assert not any("TEMP B-TREE" in step for step in plan)
