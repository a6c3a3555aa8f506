"""Times of an export → instants, and instants → the shop's days and months.

Times without a zone are read in the source's zone. A time the clocks skipped in spring is read as if they had not been put
forward yet, one they showed twice in autumn as the first of the two (PEP 495, fold 0).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from shopcare.domain.clock import EPOCH_ORDINAL, SECONDS_PER_DAY, zone
from shopcare.i18n import _
from shopcare.importers.values.cells import BadCell, bare
from shopcare.importers.values.dates import clock_hour, parts

_TIME = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
    r"(?:[T\s]*(\d{1,2})[:时](\d{1,2})(?:[:分](\d{1,2})秒?(?:\.\d{1,9})?|分)?)?"
    r"(?:\s*([AP])\.?M\.?)?\s*(Z|(?:UTC|GMT)(?:[+-]\d{1,2}(?::?\d{2})?)?|[+-]\d{2}:?\d{2}|(?(4)[+-]\d{2}|(?!)))?",
    re.ASCII | re.IGNORECASE,
).fullmatch

FIRST_YEAR, LAST_YEAR = 1970, 2199
#: Time-zone offsets change on quarter hours only.
QUARTER_HOUR = 900
REMEMBERED_QUARTERS = 8_000
REMEMBERED_HOURS = 20_000


class _Minutes(dict[str, int]):
    """`" 10:03"` → seconds since midnight; also for `T` and for no time at all."""

    def __missing__(self, key: str) -> int:
        if len(key) == 6 and key[0] in " T" and key[3] == ":" and (key[1:3] + key[4:]).isdecimal() and key.isascii():
            hours, minutes = int(key[1:3]), int(key[4:])
            if hours < 24 and minutes < 60:
                self[key] = hours * 3600 + minutes * 60
                return self[key]
        raise KeyError(key)


_SECONDS = {f":{second:02d}": second for second in range(60)} | {"": 0}


class _Midnights(dict[str, int]):
    """`"2026-08-01"` → the instant of its midnight; days on which the clocks change are left to the slow way."""

    def __init__(self, tz: ZoneInfo) -> None:
        super().__init__()
        self._tz = tz

    def __missing__(self, key: str) -> int:
        found = _TIME(key)
        if len(key) != 10 or found is None or found[4] or not key.isascii():
            raise KeyError(key)
        try:
            start = datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=self._tz)
            following = start + timedelta(days=1)
        except (ValueError, OverflowError):
            raise KeyError(key) from None
        at = int(start.timestamp())
        if not FIRST_YEAR <= start.year <= LAST_YEAR or int(following.timestamp()) - at != SECONDS_PER_DAY:
            raise KeyError(key)
        self[key] = at
        return at


class _Hours(dict[str, int]):
    """`"2026-08-01 10"` → the instant at which that hour begins; also for `T`."""

    def __init__(self, midnights: _Midnights) -> None:
        super().__init__()
        self._midnights = midnights

    def __missing__(self, key: str) -> int:
        if len(key) != 13 or key[10] not in " T" or not key[11:].isdecimal() or not key.isascii() or key[11:] > "23":
            raise KeyError(key)
        at = self._midnights[key[:10]] + int(key[11:]) * 3600
        if len(self) >= REMEMBERED_HOURS:
            self.clear()
        self[key] = at
        return at


#: `":03:25"` and `":03"` → seconds of the hour.
_OF_HOUR = {f":{minute:02d}{text}": minute * 60 + second for minute in range(60) for text, second in _SECONDS.items()}


class Times:
    """Reads the times of one file: `at` a cell's instant, `day` and `month` in the shop's zone."""

    def __init__(self, source_tz: str, shop_tz: str, date_order: str = "") -> None:
        self._order = date_order
        self._source = zone(source_tz)
        self._shop = zone(shop_tz)
        self._midnights = _Midnights(self._source)
        self._hours = _Hours(self._midnights)
        self._minutes = _Minutes({"": 0})
        self._days: dict[int, tuple[int, int]] = {}

    def at(self, cell: str) -> int | None:
        """The instant of a cell; None for an empty one.

        Raises:
            BadCell: `bad-date`.
            DateOrderNeeded: see `dates`.
        """
        if not cell:
            return None
        try:
            return self._midnights[cell[:10]] + self._minutes[cell[10:16]] + _SECONDS[cell[16:]]
        except KeyError:
            text = bare(cell)
            return self._slow(text) if text else None

    def column(self, cells: Sequence[str]) -> list[int | None]:
        """The instants of many cells; raises as `at` does."""
        hours, of_hour = self._hours, _OF_HOUR
        try:
            return [hours[t[:13]] + of_hour[t[13:]] if t else None for t in cells]
        except KeyError:
            return self._finer(cells)

    def _finer(self, cells: Sequence[str]) -> list[int | None]:
        """The same where some cells have no time of day, or one written in another way."""
        midnights, minutes, seconds = self._midnights, self._minutes, _SECONDS
        try:
            return [midnights[t[:10]] + minutes[t[10:16]] + seconds[t[16:]] if t else None for t in cells]
        except KeyError:
            return list(map(self.at, cells))

    def days_and_months(self, instants: Sequence[int]) -> tuple[list[int], list[int]]:
        """The day numbers and month indexes of many instants in the shop's zone."""
        days, slow = self._days.get, self.day_and_month
        found = [days(at // QUARTER_HOUR) or slow(at) for at in instants]
        return [day for day, _month in found], [month for _day, month in found]

    def _slow(self, text: str) -> int:
        found = _TIME(text)
        try:
            if found is not None:
                year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
                hour, offset = (clock_hour(hour, found[7]) if found[7] else hour), found[8]
            elif (said := parts(text, self._order)) is not None:
                year, month, day, hour, minute, second, offset = said
            else:
                raise ValueError
            tz = _offset(offset) if offset else self._source
            moment = datetime(year, month, day, hour, minute, second, tzinfo=tz)
            if not FIRST_YEAR <= year <= LAST_YEAR:
                raise ValueError
        except ValueError:
            raise BadCell(
                "bad-date", _("'{text}' is not a date or time this format has").format(text=text[:40])
            ) from None
        return int(moment.timestamp())

    def parts(self) -> dict[str, object]:
        """What `at` and `day_and_month` look up first, for code that does that look itself."""
        return {
            "day_and_month": self.day_and_month,
            "midnights": self._midnights,
            "minutes": self._minutes,
            "seconds": _SECONDS,
            "days": self._days,
        }

    def day_and_month(self, at: int) -> tuple[int, int]:
        """The day number and month index of an instant in the shop's zone."""
        quarter = at // QUARTER_HOUR
        found = self._days.get(quarter)
        if found is None:
            local = datetime.fromtimestamp(quarter * QUARTER_HOUR, self._shop)
            found = local.toordinal() - EPOCH_ORDINAL, local.year * 12 + local.month - 1
            if len(self._days) >= REMEMBERED_QUARTERS:
                self._days.clear()
            self._days[quarter] = found
        return found


def _offset(text: str) -> timezone:
    """`Z`, `UTC`, `+0900`, `+09:00`, `+09`, `GMT+9`.

    Raises:
        ValueError: an offset of a day or more.
    """
    signed = text.upper().removeprefix("UTC").removeprefix("GMT")
    if signed in ("Z", ""):
        return timezone.utc  # noqa: UP017 - the type of every branch
    digits = signed[1:].replace(":", "")
    hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
    if minutes > 59:
        raise ValueError(text)
    return timezone((-1 if signed[0] == "-" else 1) * timedelta(hours=hours, minutes=minutes))


_STAMP = re.compile(
    r"(?<!\d)(20\d{2})([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])"
    r"(?:[-_T ]?([01]\d|2[0-3])[-_:.]?([0-5]\d)(?:[-_:.]?([0-5]\d))?)?(?!\d)"
)


def stamp_in_name(name: str, tz: str) -> int | None:
    """When an export was made, as its file name says (`…_20260805.csv`, `…202608010900.csv`); None without a date.

    A name with a period (`Order.all.20260801_20260831.xlsx`) says it was not made before its end.
    """
    latest: int | None = None
    for found in _STAMP.finditer(name):
        year, _separator, month, day, hour, minute, second = found.groups()
        try:
            moment = datetime(
                int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=zone(tz)
            )
        except ValueError:
            continue
        latest = max(latest or 0, int(moment.timestamp()))
    return latest
