"""Kaplan-Meier against the remission times every textbook works through."""

from __future__ import annotations

from collections import Counter

import pytest

from shopcare.domain.survival import kaplan_meier

# Weeks of remission under 6-MP, 21 children: Freireich et al. (1963), Blood 21, 699-716.
RELAPSED = Counter([6, 6, 6, 7, 10, 13, 16, 22, 23])
CENSORED = Counter([6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35])

# Week, at risk, survival, log-log interval, as listed in Kleinbaum and Klein, Survival Analysis, computer appendix.
PUBLISHED = """
 6 21 .8571 .6197 .9516
 7 17 .8067 .5631 .9228
10 15 .7529 .5032 .8894
13 12 .6902 .4316 .8491
16 11 .6275 .3675 .8049
22  7 .5378 .2678 .7468
23  6 .4482 .1881 .6801
"""


@pytest.mark.parametrize("line", PUBLISHED.strip().splitlines())
def test_estimate_and_interval_equal_the_published_table(line: str) -> None:
    """Survival, log-log interval and number at risk are the printed ones at every relapse."""
    week, at_risk, survival, low, high = line.split()
    found = kaplan_meier(RELAPSED, CENSORED, int(week))
    assert found.at_risk == int(at_risk)
    assert (found.survival, found.low, found.high) == pytest.approx(
        (float(survival), float(low), float(high)), abs=5e-5
    )


def test_between_events_the_curve_stays_where_it_was() -> None:
    """The estimate at week 21 is that of week 16; only the number at risk has gone down."""
    at_16, at_21 = kaplan_meier(RELAPSED, CENSORED, 16), kaplan_meier(RELAPSED, CENSORED, 21)
    assert (at_21.survival, at_21.low, at_21.high) == (at_16.survival, at_16.low, at_16.high)
    assert at_21.at_risk == 7


def test_no_interval_where_the_formula_has_none() -> None:
    """With nobody or everybody having had the event the log-log interval is unknown, not 0 wide."""
    assert kaplan_meier({}, {30: 4}, 10) == kaplan_meier({}, {12: 4}, 10)
    assert kaplan_meier({}, {30: 4}, 10).low is None
    assert kaplan_meier({5: 4}, {}, 10).survival == 0
    assert kaplan_meier({5: 4}, {}, 10).high is None
