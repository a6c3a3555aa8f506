"""Dates that are not written year first: with a month's name, all in digits, or as a spreadsheet's day number.

`01/08/2026` is the first of August in one country and the eighth of January in another, and `26/08/01` may begin with its
year. One row cannot tell; the whole column usually can, and where it cannot the operator has to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from shopcare.importers.values.cells import bare

DAY_FIRST, MONTH_FIRST, YEAR_FIRST = "dmy", "mdy", "ymd"
DATE_ORDERS = (DAY_FIRST, MONTH_FIRST, YEAR_FIRST)
#: Exports are of late: a reading with dates so many years older than those of another one is not what is meant.
YEARS_OLDER = 10

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
    r"(?:(?:\s+|\s*[T,]\s*)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d{1,9})?)?(?:\s*(?P<half>[AP]\.?M\.?))?)?"
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
        date = _ordered(found, order)
        return _parts(found, *date) if date else None
    for style in _NAMED:
        found = style.fullmatch(text)
        if found and (month := _MONTHS.get(found["month"].lower(), 0)):
            return _parts(found, _full(found["year"]), month, int(found["day"]))
    return _serial(text)


def _ordered(found: re.Match[str], order: str) -> tuple[int, int, int] | None:
    """Year, month and day of a date in digits; None if it has four digits for a year that should come first."""
    a, b, last = found["a"], found["b"], found["year"]
    if order == YEAR_FIRST:
        return (_full(a), int(b), int(last)) if len(a) == len(last) == 2 else None
    day, month = (a, b) if order == DAY_FIRST else (b, a)
    return _full(last), int(month), int(day)


def _full(year: str) -> int:
    return int(year) + 2000 if len(year) == 2 else int(year)


def _parts(found: re.Match[str], year: int, month: int, day: int) -> Parts:
    hour = int(found["hour"] or 0)
    if found["half"]:
        hour = clock_hour(hour, found["half"])
    minute, second = int(found["minute"] or 0), int(found["second"] or 0)
    return year, month, day, hour, minute, second, found["zone"]


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


def judged_order(rows: Iterable[Sequence[str]], places: Sequence[int], usual: str = "", *, latest: int) -> str | None:
    """The order of day, month and year that a file's own dates show; None if they show none or several.

    If they show none, it is the one `usual` in its format, None without one. The first of the columns with such dates
    decides alone: another column of the same file proves nothing about it. `latest` is the last year they may be of.
    """
    seen: dict[int, dict[tuple[str, ...], re.Match[str]]] = {place: {} for place in places}
    for cells in rows:
        for place, dates in seen.items():
            if place < len(cells) and (found := _DIGITS.fullmatch(bare(cells[place]))):
                dates[found.group("a", "b", "year")] = found
    return _judged(next(filter(None, seen.values()), {}).values(), latest, usual)


def column_in_digits(rows: Iterable[Sequence[str]], places: Sequence[int]) -> int:
    """The first of these columns that has dates in digits; the first of all if none has."""
    written = {
        place for cells in rows for place in places if place < len(cells) and _DIGITS.fullmatch(bare(cells[place]))
    }
    return next(filter(written.__contains__, places), places[0])


def _judged(dates: Iterable[re.Match[str]], latest: int, usual: str) -> str | None:
    """The order all of these dates can be in; dates that exist in no order say nothing."""
    readings = [years for found in dates if (years := _years(found, latest))]
    if not readings:
        return usual or None
    oldest = {order: min(years[order] for years in readings) for order in set(readings[0]).intersection(*readings)}
    likely = [order for order, year in oldest.items() if year > max(oldest.values()) - YEARS_OLDER]
    return likely[0] if len(likely) == 1 else usual if usual in likely else None


def _years(found: re.Match[str], latest: int) -> dict[str, int]:
    """The orders in which a date in digits exists, each with the year it then is of."""
    dates = {order: date for order in DATE_ORDERS if (date := _ordered(found, order))}
    return {
        order: year
        for order, (year, month, day) in dates.items()
        if 1 <= month <= 12 and 1 <= day <= 31 and (year <= latest or len(found["year"]) == 4)
    }
