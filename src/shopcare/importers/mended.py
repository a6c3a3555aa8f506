"""The columns that a file of rejected rows has beside the input's own, and knowing such a file again once it is mended.

A mended row is as new as the export it comes from and its dates are written as there, so both go with it where they are known.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import islice

from shopcare.importers.formats.catalog import normal
from shopcare.importers.text.sheet import Sheet
from shopcare.importers.values.dates import DATE_ORDERS

REASONS = ("line", "code", "reason")
EXPORTED, DATE_ORDER = "exported_at", "date_order"
#: What may stand behind the reasons.
_BEHIND = ((EXPORTED, DATE_ORDER), (EXPORTED,), (DATE_ORDER,), ())
#: Begins a name that the input has a column of already.
APART = "rejected_"


def added(header: Sequence[str], *, dated: bool, ordered: bool = False) -> list[str]:
    """The names of the columns to add to these: `dated` with the date of the export, `ordered` with the order of its dates."""
    own = {normal(name) for name in header}
    names = (*REASONS, *((EXPORTED,) if dated else ()), *((DATE_ORDER,) if ordered else ()))
    return [APART + name if name in own else name for name in names]


def _behind(header: Sequence[str]) -> tuple[str, ...] | None:
    """What stands behind the reasons; None if it is no file of rejected rows."""
    for behind in _BEHIND:
        names = (*REASONS, *behind)
        last = [normal(name) for name in header[-len(names) :]]
        if len(header) > len(names) and all(
            found in (name, APART + name) for found, name in zip(last, names, strict=True)
        ):
            return behind
    return None


def own_width(header: Sequence[str]) -> int:
    """How many columns are the input's own: all, unless it is a file of rejected rows itself."""
    behind = _behind(header)
    return len(header) if behind is None else len(header) - len(REASONS) - len(behind)


def exported(sheet: Sheet) -> str:
    """When the export was made that a file of rejected rows comes from, as it stands there; empty if it says nothing."""
    text = _said(sheet, EXPORTED)
    return text if _is_time(text) else ""


def date_order(sheet: Sheet) -> str:
    """Whether day, month or year came first in the export that a file of rejected rows comes from; empty if it says nothing."""
    text = _said(sheet, DATE_ORDER)
    return text if text in DATE_ORDERS else ""


def _said(sheet: Sheet, name: str) -> str:
    """What the first row of a file of rejected rows says in one of the columns behind the reasons."""
    behind = _behind(sheet.header)
    if not behind or name not in behind:
        return ""
    place = len(sheet.header) - len(behind) + behind.index(name)
    for _line, cells, _text in islice(sheet.rows(), 1):
        return cells[place].strip() if len(cells) > place else ""
    return ""


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
