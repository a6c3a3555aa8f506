"""Who came back, and when: one pass over purchase histories, then every figure of the retention summary.

The tally keeps counts only, never histories, so its size depends on months and days, not on customers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from shopcare.domain.histories import Purchase
from shopcare.domain.survival import kaplan_meier

#: The windows of the second-order block, in days.
WINDOWS = (30, 60, 90, 180, 365)

#: Below this many customers still at risk a Kaplan-Meier estimate is not printed.
AT_RISK_MIN = 10

#: A first cohort this many times the median of the next three suggests that older history is missing.
TRUNCATION_RATIO = 1.5


Counts = defaultdict[int, int]


class Cohort:
    """Customers whose first order fell in one month. Every mapping is keyed by month index."""

    __slots__ = ("active", "last_order", "net_minor", "second_order", "size")

    def __init__(self) -> None:
        self.size = 0
        self.active: Counts = defaultdict(int)
        self.net_minor: Counts = defaultdict(int)
        self.last_order: Counts = defaultdict(int)
        self.second_order: Counts = defaultdict(int)


class Tally:
    """Counts over the purchase histories of all customers, as of a day.

    `returned_after_days` counts customers by days from the first order to the first one on a later day,
    `never_for_days` those without such an order by the days they have been watched, `watched_days` all of them.

    Excludes: guests, and orders after `as_of_day` (the caller leaves both out).
    """

    def __init__(self, as_of_day: int) -> None:
        self.as_of_day = as_of_day
        self.customers = self.orders = self.repeaters = self.orders_max = 0
        self.cohorts: defaultdict[int, Cohort] = defaultdict(Cohort)
        self.gap_days: Counts = defaultdict(int)
        self.returned_after_days: Counts = defaultdict(int)
        self.never_for_days: Counts = defaultdict(int)
        self.watched_days: Counts = defaultdict(int)
        self.mature: Counts = defaultdict(int)

    def add(self, purchases: Sequence[Purchase]) -> None:
        """Count one customer's whole history, oldest purchase first."""
        first_day, first_month, _ = purchases[0]
        watched = self.as_of_day - first_day
        self.customers += 1
        self.orders += len(purchases)
        self.orders_max = max(self.orders_max, len(purchases))
        self.watched_days[watched] += 1
        cohort = self.cohorts[first_month]
        cohort.size += 1
        self._add_months(cohort, purchases)
        if len(purchases) > 1:
            self.repeaters += 1
            cohort.second_order[purchases[1][1]] += 1
        self._add_days(purchases, first_day, watched)

    def _add_months(self, cohort: Cohort, purchases: Sequence[Purchase]) -> None:
        latest = -1
        for _day, month, net_minor in purchases:
            cohort.net_minor[month] += net_minor
            if month != latest:
                cohort.active[month] += 1
                latest = month
        cohort.last_order[latest] += 1

    def _add_days(self, purchases: Sequence[Purchase], first_day: int, watched: int) -> None:
        previous = first_day
        for day, _month, _net in purchases:
            if day != previous:
                if previous == first_day:
                    self._add_return(day - first_day, watched)
                self.gap_days[day - previous] += 1
                previous = day
        if previous == first_day:
            self.never_for_days[watched] += 1

    def _add_return(self, after: int, watched: int) -> None:
        self.returned_after_days[after] += 1
        for window in WINDOWS:
            if after <= window <= watched:
                self.mature[window] += 1


class SecondOrder(NamedTuple):
    """How many customers ordered again on a later day within a window, in three ways that answer different questions.

    `naive` counts over all customers, `mature` only over the `mature_n` whose window is over. `km` is the Kaplan-Meier
    share with its interval, None when fewer than `AT_RISK_MIN` customers are still at risk.
    """

    within_days: int
    naive: int
    mature: int
    mature_n: int
    immature: int
    km: float | None
    km_low: float | None
    km_high: float | None


def second_order(tally: Tally, window: int) -> SecondOrder:
    """The three figures of an order on a later day within `window` days of the first.

    A second order on the first day is no return: it is usually one purchase placed in two parts.
    """
    estimate = kaplan_meier(tally.returned_after_days, tally.never_for_days, window)
    mature_n = sum(n for watched, n in tally.watched_days.items() if watched >= window)
    known = estimate.at_risk >= AT_RISK_MIN
    return SecondOrder(
        within_days=window,
        naive=sum(n for after, n in tally.returned_after_days.items() if after <= window),
        mature=tally.mature[window],
        mature_n=mature_n,
        immature=tally.customers - mature_n,
        km=1 - estimate.survival if known else None,
        km_low=_complement(estimate.high) if known else None,
        km_high=_complement(estimate.low) if known else None,
    )


def _complement(rate: float | None) -> float | None:
    return None if rate is None else 1 - rate


class Cell(NamedTuple):
    """A cohort in the month `offset` months after its first orders.

    `active` ordered in that month, `unbounded` in it or later, `repeated_by` had a second order by its end. `complete`
    says that the month is over at as-of; until then every count but `unbounded` can still grow.
    """

    cohort: int
    size: int
    offset: int
    active: int
    unbounded: int
    repeated_by: int
    net_minor: int
    cum_net_minor: int
    complete: bool


def cells(cohorts: Mapping[int, Cohort], *, as_of_month: int, month_is_over: bool) -> Iterator[Cell]:
    """Every cell from a cohort's own month to the month of as-of, oldest cohort first."""
    for first_month in sorted(cohorts):
        cohort = cohorts[first_month]
        unbounded, repeated_by, cumulated = cohort.size, 0, 0
        for month in range(first_month, as_of_month + 1):
            repeated_by += cohort.second_order.get(month, 0)
            cumulated += cohort.net_minor.get(month, 0)
            yield Cell(
                cohort=first_month,
                size=cohort.size,
                offset=month - first_month,
                active=cohort.active.get(month, 0),
                unbounded=unbounded,
                repeated_by=repeated_by,
                net_minor=cohort.net_minor.get(month, 0),
                cum_net_minor=cumulated,
                complete=month < as_of_month or month_is_over,
            )
            unbounded -= cohort.last_order.get(month, 0)


class CohortAverage(NamedTuple):
    """Active share `offset` months on, over the cohorts whose cell is complete: by customers and by cohorts."""

    offset: int
    weighted: float
    simple: float
    cohorts: int


def cohort_averages(all_cells: Sequence[Cell]) -> list[CohortAverage]:
    """The averages for each offset from 1 that at least one cohort has completed."""
    by_offset: defaultdict[int, list[Cell]] = defaultdict(list)
    for cell in all_cells:
        if cell.complete and cell.offset > 0:
            by_offset[cell.offset].append(cell)
    return [_average(offset, complete) for offset, complete in sorted(by_offset.items())]


def _average(offset: int, complete: Sequence[Cell]) -> CohortAverage:
    return CohortAverage(
        offset=offset,
        weighted=sum(cell.active for cell in complete) / sum(cell.size for cell in complete),
        simple=sum(cell.active / cell.size for cell in complete) / len(complete),
        cohorts=len(complete),
    )


def truncation_ratio(cohorts: Mapping[int, Cohort]) -> float | None:
    """The first cohort's size over the median of the next three when that is above `TRUNCATION_RATIO`, else None.

    A shop's first month in the data is swollen by old customers whose earlier orders were not imported.
    """
    sizes = [cohorts[month].size for month in sorted(cohorts)[:4]]
    if len(sizes) < 4:
        return None
    _smaller, median, _larger = sorted(sizes[1:])
    ratio = sizes[0] / median
    return ratio if ratio > TRUNCATION_RATIO else None
