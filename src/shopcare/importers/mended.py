"""The columns that a file of rejected rows has beside the input's own, and knowing such a file again once it is mended.

A mended row is as new as the export it comes from, so the date goes with it where it is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import islice

from shopcare.importers.formats import normal
from shopcare.importers.reader import Sheet

REASONS = ("line", "code", "reason")
EXPORTED = "exported_at"
#: Begins a name that the input has a column of already.
APART = "rejected_"


def added(header: Sequence[str], *, dated: bool) -> list[str]:
    """The names of the columns to add to these."""
    own = {normal(name) for name in header}
    return [APART + name if name in own else name for name in (*REASONS, *((EXPORTED,) if dated else ()))]


def own_width(header: Sequence[str]) -> int:
    """How many columns are the input's own: all, unless it is a file of rejected rows itself."""
    for names in ((*REASONS, EXPORTED), REASONS):
        last = [normal(name) for name in header[-len(names) :]]
        if len(header) > len(names) and all(
            found in (name, APART + name) for found, name in zip(last, names, strict=True)
        ):
            return len(header) - len(names)
    return len(header)


def exported(sheet: Sheet) -> str:
    """When the export was made that a file of rejected rows comes from, as it stands there; empty if it says nothing."""
    width = len(sheet.header)
    if own_width(sheet.header) != width - len(REASONS) - 1:
        return ""
    for _line, cells, _text in islice(sheet.rows(), 1):
        text = cells[width - 1].strip() if len(cells) >= width else ""
        return text if _is_time(text) else ""
    return ""


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
