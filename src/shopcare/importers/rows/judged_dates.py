"""In which order day, month and year stand in a file's dates of digits: all of its columns with times are looked at."""

from __future__ import annotations

from datetime import UTC, datetime

from shopcare.importers.refusals import AmbiguousDateError
from shopcare.importers.text.sheet import Sheet
from shopcare.importers.values.dates import column_in_digits, judged_order


def date_order_of(sheet: Sheet, now: int) -> str:
    """Whether day, month or year comes first in a file's dates of digits, or else in its format; reads the file again.

    `now` in epoch seconds: what an export is about may be due in the next year, but not later.

    Raises:
        AmbiguousDateError: nothing shows it.
    """
    places = sheet.match.times
    latest = datetime.fromtimestamp(now, UTC).year + 1
    usual = sheet.match.format.layout.order
    order = judged_order((cells for _line, cells, _text in sheet.rows()), places, usual, latest=latest)
    if order is None:
        place = column_in_digits((cells for _line, cells, _text in sheet.rows()), places)
        raise AmbiguousDateError(file=sheet.source.name, column=sheet.header[place].strip())
    return order
