"""Shares of a whole with an honest interval."""

from __future__ import annotations

from math import sqrt

#: The normal quantile of a two-sided 95 % interval.
Z95 = 1.959963984540054


def share(k: int, n: int) -> float | None:
    """k of n as a rate; None when there is nothing to divide by."""
    return k / n if n else None


def wilson(k: int, n: int, z: float = Z95) -> tuple[float, float] | None:
    """The Wilson score interval of k successes in n trials; None for no trials.

    Source: Wilson (1927), JASA 22, 209-212. Unlike the textbook interval it stays within 0 and 1 and means something at
    k = 0 and k = n.
    """
    if not n:
        return None
    assert 0 <= k <= n
    p, zz = k / n, z * z
    centre = (p + zz / (2 * n)) / (1 + zz / n)
    half = z * sqrt(p * (1 - p) / n + zz / (4 * n * n)) / (1 + zz / n)
    # At the ends the bound is exactly the end: only rounding says otherwise.
    return (0.0 if k == 0 else centre - half, 1.0 if k == n else centre + half)
