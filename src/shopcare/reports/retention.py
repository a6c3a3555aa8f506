"""The retention summary: who came back, when, and what each month's first buyers brought since.

Definitions, formulas and sources stand in docs/retention.md; every block names its definition there. The histories are
read in one ordered pass over the covering index `ix_orders_counted` and counted as they come: faster than the same figures
by window functions, and no memory grows with the number of customers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from shopcare.domain.clock import date_of, day_of, end_of_day, month_of_day, month_text
from shopcare.domain.histories import histories, in_zone
from shopcare.domain.proportions import share, wilson
from shopcare.domain.quantiles import linear_quantiles, mean
from shopcare.domain.report import Block, Column, Message, Report, Row
from shopcare.domain.retention import (
    WINDOWS,
    Cell,
    Tally,
    cells,
    cohort_averages,
    second_order,
    truncation_ratio,
)
from shopcare.store import persons
from shopcare.store.engine import reading
from shopcare.store.queries.shops import ShopRow, all_shops, shop_named

if TYPE_CHECKING:
    from pathlib import Path
    from sqlite3 import Connection

SCHEMA = "shopcare.report.retention/1"

# The stored days are those of each shop's zone. In another zone days follow from the instants, and so does as-of.
_BY_DAY = {
    "when": "o.ordered_day, o.ordered_month",
    "ordered": "o.ordered_day <= :as_of_day",
    "refunded": "r.refunded_day <= :as_of_day",
}
_BY_INSTANT = {
    "when": "o.ordered_at, NULL",
    "ordered": "o.ordered_at <= :until_at",
    "refunded": "r.refunded_at <= :until_at",
}
_SEEN = "o.is_counted = 1 AND {ordered} AND (:shop_id IS NULL OR o.shop_id = :shop_id)"

TOTALS = f"""
    SELECT o.currency, COUNT(*), COUNT(*) - COUNT(o.customer_id),
           SUM(CASE WHEN o.customer_id IS NULL THEN o.paid_minor ELSE 0 END)
    FROM orders o WHERE {_SEEN} GROUP BY o.currency ORDER BY COUNT(*) DESC, o.currency
"""

# Refunds are few beside orders, so they are read first and their orders looked up: SQLite keeps CROSS JOIN's order.
REFUNDS = f"""
    SELECT COUNT(*), COUNT(*) - COALESCE(SUM(r.day_known), 0),
           COALESCE(SUM(CASE WHEN o.customer_id IS NULL THEN r.amount_minor ELSE 0 END), 0)
    FROM refund r CROSS JOIN orders o
    WHERE o.id = r.order_id AND {{refunded}} AND o.currency = :currency AND {_SEEN}
"""

# Orders of one instant share their day and month, so how such ties fall changes no figure.
PURCHASES = f"""
    SELECT o.customer_id, {{when}}, o.paid_minor - COALESCE(
               (SELECT SUM(r.amount_minor) FROM refund r WHERE r.order_id = o.id AND {{refunded}}), 0)
    FROM orders o
    WHERE o.currency = :currency AND {_SEEN} AND o.customer_id IS NOT NULL
    ORDER BY o.shop_id, o.customer_id, o.ordered_at
"""


class CurrencyTotal(NamedTuple):
    """Counted orders in one currency, and those of guests among them."""

    currency: str
    orders: int
    guest_orders: int
    guest_paid_minor: int


class Refunds(NamedTuple):
    """Refunds of the counted orders: how many, how many without a date, and what guests got back."""

    total: int
    undated: int
    guest_minor: int


class Facts(NamedTuple):
    """Everything `build` needs, free of connections and clocks.

    `zones` are the zones in which days were counted; `totals` holds the report's own currency and the others.
    """

    today: int
    zones: Sequence[str]
    currency: str | None
    totals: Sequence[CurrencyTotal]
    refunds: Refunds
    tally: Tally


def retention(
    store: Path,
    now: int,
    *,
    as_of_day: int | None = None,
    tz: str | None = None,
    currency: str | None = None,
    shop: str | None = None,
) -> Report:
    """The retention summary of one shop or of all, in one currency.

    Args:
        store: the store to read.
        now: the instant that decides what today is.
        as_of_day: later orders and refunds are invisible; the default is today, in the zone where it is latest.
        tz: count days and months in this zone instead of each shop's own.
        currency: the default is the one with the most counted orders.
        shop: the default is all shops.

    Raises:
        ShopUnknown: no shop of that name.
    """
    with reading(store) as conn:
        shops = [shop_named(conn, shop)] if shop else all_shops(conn)
        own_zones = sorted({shop_.tz for shop_ in shops}) or ["UTC"]
        zones = [tz] if tz else own_zones
        today = max(day_of(now, zone) for zone in zones)
        as_of = today if as_of_day is None else as_of_day
        view = _View(conn, as_of, zones[0] if zones != own_zones else None, shops[0].id if shop else None)
        totals = view.totals()
        chosen = currency or _usual_currency(totals, shops)
        return build(Facts(today, zones, chosen, totals, view.refunds(chosen), view.tally(chosen)))


def _usual_currency(totals: Sequence[CurrencyTotal], shops: Sequence[ShopRow]) -> str | None:
    """The currency of most orders; without orders that of the shops, if they agree."""
    if totals:
        return totals[0].currency
    declared = {shop.currency for shop in shops}
    return declared.pop() if len(declared) == 1 else None


class _View:
    """The orders and refunds that are visible as of a day, restated in another zone if one is given."""

    def __init__(self, conn: Connection, as_of_day: int, restated: str | None, shop_id: int | None) -> None:
        self._conn, self._as_of_day, self._restated = conn, as_of_day, restated
        self._texts = _BY_INSTANT if restated else _BY_DAY
        self._values = {
            "shop_id": shop_id,
            "as_of_day": as_of_day,
            "until_at": end_of_day(as_of_day, restated) if restated else None,
        }

    def _rows(self, sql: str, currency: str | None = None) -> Iterator[Any]:
        return self._conn.execute(sql.format_map(self._texts), {**self._values, "currency": currency})

    def totals(self) -> list[CurrencyTotal]:
        return [CurrencyTotal(*row) for row in self._rows(TOTALS)]

    def refunds(self, currency: str | None) -> Refunds:
        return Refunds(*next(self._rows(REFUNDS, currency)))

    def tally(self, currency: str | None) -> Tally:
        tally = Tally(self._as_of_day)
        rows = self._rows(PURCHASES, currency)
        if self._restated:
            rows = in_zone(rows, self._restated)
        for purchases in histories(rows, self._survivors()):
            tally.add(purchases)
        return tally

    def _survivors(self) -> dict[int, int]:
        """Who was merged into whom by then: a later merge does not change an earlier report."""
        if self._restated:
            return persons.survivors_at(self._conn, end_of_day(self._as_of_day, self._restated))
        return persons.survivors_on(self._conn, self._as_of_day)


def build(facts: Facts) -> Report:
    """The report from the facts alone."""
    tally, month = facts.tally, month_of_day(facts.tally.as_of_day)
    month_is_over = month_of_day(tally.as_of_day + 1) > month
    cohort_cells = list(cells(tally.cohorts, as_of_month=month, month_is_over=month_is_over))
    zone = facts.zones[0] if len(facts.zones) == 1 else "mixed"
    return Report(
        schema=SCHEMA,
        title="Retention summary",
        facts={"as_of": date_of(tally.as_of_day).isoformat(), "timezone": zone, "currency": facts.currency},
        blocks=[
            _base(facts),
            _repeat_rate(tally),
            _second_order(tally),
            _gaps(tally),
            _cohorts(cohort_cells, facts.currency or ""),
            _cohort_average(cohort_cells),
        ],
        warnings=list(_warnings(facts)),
        timezone=facts.zones[0],
    )


def _own(facts: Facts) -> CurrencyTotal:
    """The totals in the report's currency."""
    found = (total for total in facts.totals if total.currency == facts.currency)
    return next(found, CurrencyTotal(facts.currency or "", 0, 0, 0))


def _base(facts: Facts) -> Block:
    tally, total = facts.tally, _own(facts)
    guest_net = total.guest_paid_minor - facts.refunds.guest_minor
    net = guest_net + sum(sum(cohort.net_minor.values()) for cohort in tally.cohorts.values())
    repeat = tally.orders - tally.customers
    return Block(
        "base",
        "Base",
        (
            Column("orders", "Orders", "int"),
            Column("customers", "Customers", "int"),
            Column("net_minor", "Net revenue", "money"),
            Column("guest_orders", "Guest orders", "int"),
            Column("guest_share", "Guest share of orders", "rate"),
            Column("guest_net_minor", "Guest net revenue", "money"),
            Column("new_orders", "First orders", "int"),
            Column("repeat_orders", "Repeat orders", "int"),
            Column("repeat_share", "Repeat share of orders", "rate"),
            Column("repeat_low", "Repeat share, 95% from", "rate"),
            Column("repeat_high", "Repeat share, 95% to", "rate"),
            Column("orders_max", "Most orders of one customer", "int"),
        ),
        [
            (
                total.orders, tally.customers, net, total.guest_orders, share(total.guest_orders, total.orders),
                guest_net, tally.customers, repeat, *_rate(repeat, total.orders), tally.orders_max,
            )
        ],
        definition="retention.base/1",
        layout="record",
        note="Paid orders that were not wholly refunded before shipping. Net is paid less refunds up to the as-of day.",
        currency=facts.currency or "",
    )  # fmt: skip


def _repeat_rate(tally: Tally) -> Block:
    return Block(
        "repeat_rate",
        "Repeat rate",
        (
            Column("by", "Two or more", "code"),
            Column("k", "Customers", "int"),
            Column("n", "Of", "int"),
            Column("rate", "Rate", "rate"),
            Column("low", "95% from", "rate"),
            Column("high", "95% to", "rate"),
        ),
        [
            _repeat_row("orders", tally.repeaters, tally),
            _repeat_row("days", sum(tally.returned_after_days.values()), tally),
        ],
        definition="retention.repeat_rate/1",
        note="Customers with two or more orders, and with orders on two or more days. Wilson interval.",
    )


def _repeat_row(by: str, k: int, tally: Tally) -> Row:
    return by, k, tally.customers, *_rate(k, tally.customers)


def _rate(k: int, n: int) -> tuple[float | None, float | None, float | None]:
    """The rate and the two ends of its interval."""
    low, high = wilson(k, n) or (None, None)
    return share(k, n), low, high


def _second_order(tally: Tally) -> Block:
    return Block(
        "second_order",
        "Second order on a later day",
        (
            Column("within_days", "Within days", "int"),
            Column("naive", "Naive", "int"),
            Column("naive_rate", "Naive rate", "rate"),
            Column("mature", "Mature", "int"),
            Column("mature_n", "Of mature", "int"),
            Column("mature_rate", "Mature rate", "rate"),
            Column("immature", "Too recent", "int"),
            Column("km", "K-M", "rate"),
            Column("km_low", "95% from", "rate"),
            Column("km_high", "95% to", "rate"),
        ),
        [_second_order_row(tally, window) for window in WINDOWS],
        definition="retention.second_order/1",
        note="Naive: of all customers. Mature: of those whose window is over. K-M: the Kaplan-Meier share, which uses "
        "both; unknown when fewer than 10 customers are still at risk.",
    )


def _second_order_row(tally: Tally, window: int) -> Row:
    found = second_order(tally, window)
    return (
        window, found.naive, share(found.naive, tally.customers),
        found.mature, found.mature_n, share(found.mature, found.mature_n), found.immature,
        found.km, found.km_low, found.km_high,
    )  # fmt: skip


def _gaps(tally: Tally) -> Block:
    gaps = tally.gap_days
    return Block(
        "gaps",
        "Days between purchases",
        (
            Column("n", "Gaps", "int"),
            Column("mean", "Mean", "number"),
            Column("p25", "25%", "number"),
            Column("median", "Median", "number"),
            Column("p75", "75%", "number"),
            Column("p90", "90%", "number"),
        ),
        [(sum(gaps.values()), mean(gaps), *linear_quantiles(gaps, 0.25, 0.5, 0.75, 0.9))],
        definition="retention.gaps/1",
        note="Between consecutive days with orders. Only who came back has a gap: waits still running are not in these "
        "figures, so they read shorter than the truth.",
    )


def _cohorts(cohort_cells: Sequence[Cell], currency: str) -> Block:
    return Block(
        "cohorts",
        "Cohorts by month of first order",
        (
            Column("cohort", "Cohort", "month"),
            Column("size", "Customers", "int"),
            Column("offset", "Month", "int"),
            Column("active", "Active", "int"),
            Column("unbounded", "Active then or later", "int"),
            Column("repeated_by", "Repeated by then", "int"),
            Column("net_minor", "Net revenue", "money"),
            Column("cum_net_minor", "Net revenue so far", "money"),
            Column("complete", "Complete", "bool"),
        ),
        cohort_cells,
        definition="retention.cohorts/1",
        layout="cohorts",
        currency=currency,
    )


def _cohort_average(cohort_cells: Sequence[Cell]) -> Block:
    """For programs: people see the averages as the last row of the heat map."""
    columns = (
        Column("offset", "Month", "int"),
        Column("weighted", "By customers", "rate"),
        Column("simple", "By cohorts", "rate"),
        Column("cohorts", "Cohorts", "int"),
    )
    return Block(
        "cohort_average",
        "Active share, all cohorts",
        columns,
        cohort_averages(cohort_cells),
        definition="retention.cohort_average/1",
        note="Over complete months only.",
        aside=frozenset(column.key for column in columns),
    )


def _warnings(facts: Facts) -> Iterator[Message]:
    as_of = date_of(facts.tally.as_of_day).isoformat()
    if facts.tally.as_of_day > facts.today:
        yield Message(
            "{as_of} is in the future: windows and months that are not over yet count as over.", {"as_of": as_of}
        )
    if not _own(facts).orders:
        yield Message("There are no counted orders up to {as_of}.", {"as_of": as_of})
    others = [f"{total.currency} {total.orders}" for total in facts.totals if total.currency != facts.currency]
    if others:
        yield Message(
            "Amounts are in {currency} only. Left out are the orders in other currencies: {others}.",
            {"currency": facts.currency, "others": ", ".join(others)},
        )
    if len(facts.zones) > 1:
        yield Message(
            "The shops count days in different time zones: {zones}. Pass --tz to count all in one.",
            {"zones": ", ".join(facts.zones)},
        )
    yield from _data_warnings(facts)


def _data_warnings(facts: Facts) -> Iterator[Message]:
    if facts.refunds.undated:
        yield Message(
            "{undated} of {total} refunds have no date and count from the day of their order.",
            {"undated": facts.refunds.undated, "total": facts.refunds.total},
        )
    ratio = truncation_ratio(facts.tally.cohorts)
    if ratio is not None:
        yield Message(
            "The first cohort, {cohort}, is {ratio} times the median of the next three: older orders seem to be "
            "missing, so many of its customers are not new.",
            {"cohort": month_text(min(facts.tally.cohorts)), "ratio": f"{ratio:.1f}"},
        )
