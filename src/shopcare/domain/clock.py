"""Time at rest and time on the wall.

Instants are whole seconds since 1970-01-01T00:00:00Z (`*_at`). Beside them stand the shop's calendar day as a day number
(`*_day`, days since 1970-01-01) and its month as a month index (`*_month`, year x 12 + month - 1), so that reports need
no date functions. Nothing here reads the clock: the instant is always an argument.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

EPOCH = date(1970, 1, 1)
EPOCH_ORDINAL = EPOCH.toordinal()
SECONDS_PER_DAY = 86_400


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """The time zone of that IANA name.

    Raises:
        ValueError: no such zone.
    """
    from zoneinfo import ZoneInfo  # not at the top: most reads need no zone, and it takes its time

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as problem:  # not found is a KeyError, a folder such as 'Asia' an OSError
        raise ValueError(f"unknown time zone '{name}'") from problem


def instant(moment: datetime) -> int:
    """An aware datetime as whole seconds since the epoch."""
    assert moment.tzinfo is not None, "naive datetimes have no instant"
    return int(moment.timestamp())


def instant_of(text: str, tz: str) -> int:
    """The instant of an ISO 8601 date or time; one without an offset is a time in the zone.

    Raises:
        ValueError: no such text, or no such zone.
    """
    given = datetime.fromisoformat(text)
    return instant(given if given.tzinfo else given.replace(tzinfo=zone(tz)))


def moment(at: int, tz: str = "UTC") -> datetime:
    """An instant as an aware datetime in a zone."""
    return datetime.fromtimestamp(at, UTC).astimezone(zone(tz))


def day_of(at: int, tz: str) -> int:
    """The calendar day number of an instant in a zone."""
    return moment(at, tz).date().toordinal() - EPOCH_ORDINAL


def day_number(day: date) -> int:
    """The day number of a date."""
    return day.toordinal() - EPOCH_ORDINAL


def date_of(day: int) -> date:
    """The date of a day number."""
    return date.fromordinal(day + EPOCH_ORDINAL)


def month_of_day(day: int) -> int:
    """The month index of a day number."""
    moment_ = date_of(day)
    return moment_.year * 12 + moment_.month - 1


def month_text(month: int) -> str:
    """A month index as `YYYY-MM`."""
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def end_of_day(day: int, tz: str) -> int:
    """The last instant of a calendar day in a zone."""
    following = date_of(day) + timedelta(days=1)
    return instant(datetime(following.year, following.month, following.day, tzinfo=zone(tz))) - 1


def iso(at: int | None, tz: str = "UTC") -> str | None:
    """An instant as ISO 8601 with offset in a zone; None stays None."""
    return None if at is None else moment(at, tz).isoformat()


class LocalDays:
    """The calendar days of many instants in one zone: the distance from UTC is looked up once per UTC day."""

    def __init__(self, tz: str) -> None:
        self._tz = tz
        self._offsets: dict[int, int | None] = {}

    def day_of(self, at: int) -> int:
        """The calendar day number of an instant, the same as the function `day_of` gives."""
        utc_day = at // SECONDS_PER_DAY
        if utc_day not in self._offsets:
            self._offsets[utc_day] = self._offset(utc_day)
        offset = self._offsets[utc_day]
        return day_of(at, self._tz) if offset is None else (at + offset) // SECONDS_PER_DAY

    def _offset(self, utc_day: int) -> int | None:
        """Seconds east of UTC on that UTC day; None on a day on which the clocks change."""
        start = utc_day * SECONDS_PER_DAY
        first, last = (moment(at, self._tz).utcoffset() for at in (start, start + SECONDS_PER_DAY))
        return int(first.total_seconds()) if first is not None and first == last else None
