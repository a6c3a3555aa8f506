"""Which of day and month comes first in a file's dates of digits: all of its columns with times are looked at."""

from __future__ import annotations

from shopcare.importers.refusals import AmbiguousDateError
from shopcare.importers.text.sheet import Sheet
from shopcare.importers.values.dates import judged_order


def date_order_of(sheet: Sheet) -> str:
    """Whether day or month comes first in a file's dates of digits, or else in its format; reads the file again.

    Raises:
        AmbiguousDateError: nothing shows it.
    """
    places = sheet.match.times
    usual = sheet.match.format.layout.order
    order = judged_order((cells for _line, cells, _text in sheet.rows()), places, usual)
    if order is None:
        raise AmbiguousDateError(file=sheet.source.name, column=sheet.header[places[0]].strip())
    return order
