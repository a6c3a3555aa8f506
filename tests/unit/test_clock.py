from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcare.domain import clock

ZONES = st.sampled_from(["UTC", "Asia/Shanghai", "America/New_York", "Asia/Kathmandu"])


@given(st.integers(0, 4_000_000_000), ZONES)
def test_an_instant_lies_within_its_day(at: int, tz: str) -> None:
    """The day of an instant ends at or after it and the day before ended earlier."""
    day = clock.day_of(at, tz)
    assert clock.end_of_day(day - 1, tz) < at <= clock.end_of_day(day, tz)


@given(st.integers(-10_000, 60_000))
def test_months_and_days_agree(day: int) -> None:
    """Month index, its first day and its text are consistent with the calendar."""
    month = clock.month_of_day(day)
    first = clock.day_number(clock.date_of(day).replace(day=1))
    assert clock.month_of_day(first) == month == clock.month_of_day(first - 1) + 1
    assert clock.date_of(day).isoformat().startswith(clock.month_text(month))


def test_a_shop_in_shanghai_is_a_day_ahead_in_the_evening() -> None:
    """The same instant falls on different days in different zones."""
    at = clock.instant(datetime(2026, 8, 1, 17, 0, tzinfo=UTC))
    assert at == clock.instant_of("2026-08-01T17:00", "UTC") == clock.instant_of("2026-08-02 01:00", "Asia/Shanghai")
    assert (clock.day_of(at, "UTC"), clock.day_of(at, "Asia/Shanghai")) == (20666, 20667)


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "Asia", "../etc/passwd", "/etc/passwd"])
def test_only_real_zones_are_zones(name: str) -> None:
    """Folders, paths and inventions are refused."""
    with pytest.raises(ValueError, match="unknown time zone"):
        clock.zone(name)
