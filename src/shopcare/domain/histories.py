"""From order rows to the purchase history of each customer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter

from shopcare.domain.clock import LocalDays, month_of_day

#: day number, month index, net in minor units
Purchase = tuple[int, int, int]

#: customer id, then the purchase
CustomerPurchase = tuple[int, int, int, int]


def in_zone(rows: Iterable[tuple[int, int, None, int]], tz: str) -> Iterator[CustomerPurchase]:
    """Rows of (customer, instant, nothing, net) with the day and month of the instant in a zone."""
    days, months = LocalDays(tz), _Months()
    for customer, at, _, net_minor in rows:
        day = days.day_of(at)
        yield customer, day, months[day], net_minor


class _Months(dict[int, int]):
    """The month index of each day number, worked out once."""

    def __missing__(self, day: int) -> int:
        self[day] = month_of_day(day)
        return self[day]


def histories(rows: Iterable[CustomerPurchase], survivor: Mapping[int, int]) -> Iterator[list[Purchase]]:
    """The purchases of each customer, oldest first, from rows ordered by customer and time.

    Only customers who were merged, and those they became, wait until all of their rows are together.
    """
    waiting: defaultdict[int, list[Purchase]] = defaultdict(list)
    involved = {*survivor, *survivor.values()}
    for customer, group in groupby(rows, itemgetter(0)):
        purchases = [(day, month, net_minor) for _, day, month, net_minor in group]
        if customer in involved:
            waiting[survivor.get(customer, customer)] += purchases
        else:
            yield purchases
    for purchases in waiting.values():
        yield sorted(purchases)
