"""Kaplan-Meier: how many have had an event by a day, when some were not watched that long."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, log, sqrt
from typing import NamedTuple

from shopcare.domain.proportions import Z95


class Survival(NamedTuple):
    """The survival curve at one time.

    `survival` is the estimated share without the event so far, `low` and `high` its log-log interval (None where the
    estimate is 0 or 1 and the interval is not defined), `at_risk` how many were still watched and without event just
    before that time.
    """

    survival: float
    low: float | None
    high: float | None
    at_risk: int


def kaplan_meier(events: Mapping[int, int], censored: Mapping[int, int], at: int, z: float = Z95) -> Survival:
    """The Kaplan-Meier estimate at a time, from how many had the event or left unobserved at each time.

    Someone censored at the time of an event counts as at risk for it. The interval is S^exp(+-z sqrt(V) / ln S) with
    Greenwood's V = sum of d / (n (n - d)).

    Source: Kaplan and Meier (1958), JASA 53, 457-481; Kalbfleisch and Prentice (1980), The Statistical Analysis of
    Failure Time Data, section 1.3.
    """
    n = sum(events.values()) + sum(censored.values())
    survival, variance = 1.0, 0.0
    for time in sorted({time for time in (*events, *censored) if time <= at}):
        died = events.get(time, 0)
        if died:
            survival *= (n - died) / n
            variance += died / (n * (n - died)) if n > died else 0.0
        if time < at:
            n -= died + censored.get(time, 0)
    low, high = _log_log(survival, variance, z)
    return Survival(survival, low, high, n)


def _log_log(survival: float, variance: float, z: float) -> tuple[float | None, float | None]:
    if not 0 < survival < 1:
        return None, None
    reach = z * sqrt(variance) / log(survival)
    return survival ** exp(-reach), survival ** exp(reach)
