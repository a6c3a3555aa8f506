"""Percentiles of whole numbers that were counted rather than listed, so that a million gaps need no million places."""

from __future__ import annotations

from collections.abc import Mapping
from math import floor


def mean(counts: Mapping[int, int]) -> float | None:
    """The mean of values that occur `counts[value]` times; None for no values."""
    n = sum(counts.values())
    return sum(value * times for value, times in counts.items()) / n if n else None


def linear_quantiles(counts: Mapping[int, int], *probabilities: float) -> list[float | None]:
    """The quantiles of values that occur `counts[value]` times, with linear interpolation; None for no values.

    Source: definition 7 of Hyndman and Fan (1996), The American Statistician 50, 361-365: the value at position
    (n - 1) p of the sorted list counted from 0, which is what R, NumPy and spreadsheets (PERCENTILE.INC) print.
    """
    n = sum(counts.values())
    if not n:
        return [None] * len(probabilities)
    return [_at((n - 1) * p, counts) for p in probabilities]


def _at(position: float, counts: Mapping[int, int]) -> float:
    below = floor(position)
    low, high = _nth(below, counts), _nth(below + 1, counts)
    return low + (high - low) * (position - below)


def _nth(index: int, counts: Mapping[int, int]) -> int:
    """The value at an index of the sorted list; the largest one past its end."""
    values = sorted(value for value, times in counts.items() if times)
    seen = 0
    for value in values:
        seen += counts[value]
        if seen > index:
            return value
    return values[-1]
