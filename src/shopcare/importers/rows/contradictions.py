"""How a row is told that another one counts in its place."""

from __future__ import annotations

from collections.abc import Iterable

from shopcare.i18n import _
from shopcare.importers.values.cells import bare

#: Values that contradict each other are shown up to this many characters.
LONGEST_SHOWN = 40


def otherwise(line: int, columns: Iterable[tuple[str, str, str]]) -> str:
    """Why a row is set aside: the one in `line` counts; where they differ, as (column, its cell, the cell set aside)."""
    differences = [
        _("{column} '{value}', not '{given}'").format(column=name.strip(), value=_shown(value), given=_shown(given))
        for name, value, given in columns
    ]
    text = _("line {line} says otherwise of the same thing, and counts: {differences}")
    return text.format(line=line, differences="; ".join(differences))


def _shown(cell: str) -> str:
    return bare(cell)[:LONGEST_SHOWN]
