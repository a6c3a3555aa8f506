"""What holds for every proportion, quantile and survival curve."""

from __future__ import annotations

import statistics
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcare.domain.proportions import wilson
from shopcare.domain.quantiles import linear_quantiles, mean
from shopcare.domain.survival import kaplan_meier

times = st.lists(st.integers(0, 60), min_size=1, max_size=60)


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_rate_and_stays_a_rate(trial: tuple[int, int]) -> None:
    """0 <= low <= k/n <= high <= 1."""
    k, n = trial
    low, high = wilson(k, n) or (2.0, 2.0)
    assert 0 <= low <= k / n <= high <= 1


@given(st.integers(1, 10**4).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_is_the_same_from_either_side(trial: tuple[int, int]) -> None:
    """The interval of those who did not is the mirror image of the interval of those who did."""
    k, n = trial
    low, high = wilson(k, n) or (2.0, 2.0)
    assert wilson(n - k, n) == pytest.approx((1 - high, 1 - low), abs=1e-12)


@given(st.lists(st.integers(0, 400), min_size=2, max_size=80))
def test_quantiles_of_counts_are_those_of_the_list(values: list[int]) -> None:
    """Counting first and interpolating then gives the standard library's inclusive percentiles and mean."""
    percentiles = statistics.quantiles(values, n=20, method="inclusive")
    wanted = [percentiles[4], percentiles[9], percentiles[14], percentiles[17]]
    assert linear_quantiles(Counter(values), 0.25, 0.5, 0.75, 0.9) == pytest.approx(wanted)
    assert mean(Counter(values)) == pytest.approx(statistics.fmean(values))


@given(times, st.integers(0, 70))
def test_without_censoring_kaplan_meier_is_the_plain_share(events: list[int], at: int) -> None:
    """When everyone is watched to the event, 1 - S is the share who had it."""
    share = sum(time <= at for time in events) / len(events)
    assert 1 - kaplan_meier(Counter(events), {}, at).survival == pytest.approx(share, abs=1e-12)


@given(times, times)
def test_survival_falls_and_its_interval_holds_it(events: list[int], censored: list[int]) -> None:
    """The curve never rises, and wherever there is an interval the estimate lies in it."""
    curve = [kaplan_meier(Counter(events), Counter(censored), at) for at in range(62)]
    assert all(later.survival <= earlier.survival for earlier, later in pairwise(curve))
    assert all(
        point.low <= point.survival <= point.high for point in curve if point.low is not None and point.high is not None
    )


@given(times, times, st.integers(0, 60))
def test_who_left_before_the_first_event_changes_nothing(events: list[int], censored: list[int], at: int) -> None:
    """Customers who were not watched to the first event say nothing about it."""
    early = Counter({0: 7})
    later = Counter({time + 1: n for time, n in Counter(events).items()})
    known = Counter({time + 1: n for time, n in Counter(censored).items()})
    assert kaplan_meier(later, known + early, at + 1).survival == kaplan_meier(later, known, at + 1).survival
