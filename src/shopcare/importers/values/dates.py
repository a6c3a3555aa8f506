"""Dates that are not written year first: with a month's name, all in digits, or as a spreadsheet's day number.

`01/08/2026` is the first of August in one country and the eighth of January in another. One row cannot tell; the whole
column usually can, and where it cannot the operator has to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from shopcare.importers.values.cells import bare

DAY_FIRST, MONTH_FIRST = "dmy", "mdy"
DATE_ORDERS = (DAY_FIRST, MONTH_FIRST)

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar", "feb february februar", "mar march mär maerz mrz märz", "apr april", "may mai",
            "jun june juni", "jul july juli", "aug august", "sep sept september", "oct october okt oktober",
            "nov november", "dec december dez dezember",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip

_CLOCK = (
    r"(?:\s*[T, ]\s*(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d{1,9})?)?\s*(?P<half>[AP]\.?M\.?)?)?"
    r"\s*(?P<zone>Z|(?:UTC|GMT)(?:[+-]\d{1,2}(?::?\d{2})?)?|[+-]\d{2}:?\d{2})?"
)
_DIGITS = re.compile(r"(?P<a>\d{1,2})[/.-](?P<b>\d{1,2})[/.-](?P<year>\d{4}|\d{2})" + _CLOCK, re.ASCII | re.IGNORECASE)
_NAMED = (
    re.compile(r"(?P<day>[0-9]{1,2})\.?[-/ ]\s*(?P<month>[^\W\d_]{3,9})\.?[-/, ]\s*(?P<year>[0-9]{4}|[0-9]{2})" + _CLOCK,
               re.IGNORECASE),
    re.compile(r"(?P<month>[^\W\d_]{3,9})\.?[-/ ]\s*(?P<day>[0-9]{1,2})(?:[-/ ]|,\s*)(?P<year>[0-9]{4}|[0-9]{2})" + _CLOCK,
               re.IGNORECASE),
)  # fmt: skip
_SERIAL = re.compile(r"[2-7][0-9]{4}(?:\.[0-9]+)?", re.ASCII)
_SERIALS_START = datetime(1899, 12, 30)  # noqa: DTZ001 - the spreadsheet's own day zero, in no zone

#: Year, month, day, hour, minute, second, and the text of a zone.
Parts = tuple[int, int, int, int, int, int, str | None]


class DateOrderNeeded(Exception):
    """A date is all digits and nothing has said yet whether its day or its month comes first."""


def parts(text: str, order: str) -> Parts | None:
    """What a date says; None if it is not written in one of these styles.

    Raises:
        DateOrderNeeded: only `order` could tell, and it is empty.
        ValueError: a clock that does not exist.
    """
    found = _DIGITS.fullmatch(text)
    if found:
        if not order:
            raise DateOrderNeeded
        a, b = int(found["a"]), int(found["b"])
        day, month = (a, b) if order == DAY_FIRST else (b, a)
        return _parts(found, month, day)
    for style in _NAMED:
        found = style.fullmatch(text)
        if found and (month := _MONTHS.get(found["month"].lower(), 0)):
            return _parts(found, month, int(found["day"]))
    return _serial(text)


def _parts(found: re.Match[str], month: int, day: int) -> Parts:
    year = int(found["year"])
    hour = int(found["hour"] or 0)
    if found["half"]:
        hour = clock_hour(hour, found["half"])
    minute, second = int(found["minute"] or 0), int(found["second"] or 0)
    return year + 2000 if year < 100 else year, month, day, hour, minute, second, found["zone"]


def clock_hour(hour: int, half: str) -> int:
    """The hour of the day for one of a twelve-hour clock, `half` being its AM or PM.

    Raises:
        ValueError: no hour of such a clock.
    """
    if not 1 <= hour <= 12:
        raise ValueError(hour)
    return hour % 12 + (12 if half[0] in "Pp" else 0)


def _serial(text: str) -> Parts | None:
    """`46235.4166` is a day and part of a day as spreadsheets count them."""
    if not _SERIAL.fullmatch(text):
        return None
    at = _SERIALS_START + timedelta(seconds=round(float(text) * 86_400))
    return at.year, at.month, at.day, at.hour, at.minute, at.second, None


def judged_order(rows: Iterable[Sequence[str]], places: Sequence[int], usual: str = "") -> str | None:
    """The order of day and month that a file's own dates show; None if they show both.

    If they show none, it is the one `usual` in its format, None without one. The first of the columns with such dates
    decides alone: another column of the same file proves nothing about it.
    """
    seen = {place: [False, False, False] for place in places}
    for cells in rows:
        for place, (_any, day_first, month_first) in seen.items():
            if place < len(cells) and (found := _DIGITS.fullmatch(bare(cells[place]))):
                a, b = int(found["a"]), int(found["b"])
                seen[place] = [True, day_first or 31 >= a > 12 >= b, month_first or 31 >= b > 12 >= a]
    for place in places:
        written, day_first, month_first = seen[place]
        if written:
            if day_first == month_first:
                return None if day_first else usual or None
            return DAY_FIRST if day_first else MONTH_FIRST
    return usual or None
