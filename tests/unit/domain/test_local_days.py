"""Days in another zone."""

from __future__ import annotations

from datetime import date

import pytest

from shopcare.domain.clock import LocalDays, day_number, day_of


@pytest.mark.parametrize("tz", ["America/New_York", "Asia/Shanghai", "Australia/Lord_Howe", "Asia/Beirut", "UTC"])
def test_the_remembered_offset_gives_the_same_day_as_the_calendar(tz: str) -> None:
    """Over a year with both clock changes, every half hour falls on the day the zone's calendar gives.

    Beirut changes its clocks at midnight, so one night has the old day twice.
    """
    start = day_number(date(2024, 1, 1)) * 86_400
    days = LocalDays(tz)
    assert all(days.day_of(at) == day_of(at, tz) for at in range(start, start + 366 * 86_400, 1_800))
