"""Wilson's interval against published figures."""

from __future__ import annotations

import pytest

from shopcare.domain.proportions import share, wilson

# Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3 (score, no continuity correction).
NEWCOMBE = [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)]


@pytest.mark.parametrize(("k", "n", "low", "high"), NEWCOMBE)
def test_wilson_equals_the_published_intervals(k: int, n: int, low: float, high: float) -> None:
    """Four intervals of Newcombe's comparison come out to the four printed digits."""
    found = wilson(k, n)
    assert found is not None
    assert found == pytest.approx((low, high), abs=5e-5)


def test_nothing_has_no_rate() -> None:
    """Without trials there is neither a rate nor an interval, rather than 0."""
    assert share(0, 0) is None
    assert wilson(0, 0) is None
