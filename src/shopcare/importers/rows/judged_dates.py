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
    places = _times_of(sheet)
    usual = sheet.match.format.layout.order
    order = judged_order((cells for _line, cells, _text in sheet.rows()), places, usual)
    if order is None:
        raise AmbiguousDateError(file=sheet.source.name, column=sheet.header[places[0]].strip())
    return order


def _times_of(sheet: Sheet) -> list[int]:
    """The columns with times, that of the orders first."""
    names = [name for name in sheet.match.places if name.endswith("_at") or name in ("at", "deadline")]
    return [sheet.match.places[name] for name in sorted(names, key=lambda name: name != "ordered_at")]
