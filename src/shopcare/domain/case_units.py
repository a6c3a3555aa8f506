"""Which pieces of an order the platform's cases are about: worked out anew from everything that is known of the order.

An export names an item as it likes: by the number of the sub-order, a SKU or a title, with a quantity or without. What it
names is kept as it was said; which line that is follows from the order's lines as they stand. So it does not matter whether
the order, a newer list of its lines or the case comes first.

Units: pieces.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from shopcare.domain.account import Claim
from shopcare.domain.claims import holds


class Item(NamedTuple):
    """How an export names what a case is about; empty where it does not say."""

    line_id: str = ""
    sku: str = ""
    title: str = ""


class OrderedLine(NamedTuple):
    """A line of an order, in the words by which exports name it."""

    line_no: int
    line_id: str
    sku: str
    title: str
    quantity: int


class NamedCase(NamedTuple):
    """A case of the platform with the items it names; a quantity of None means that the export gives none."""

    case_id: int
    kind: str
    outcome: str | None
    received: bool
    items: Mapping[Item, int | None]


def units_of_cases(
    lines: Sequence[OrderedLine], held: Mapping[int, int], cases: Iterable[NamedCase]
) -> dict[int, dict[int, int]]:
    """The pieces of each line every case is about: case → line number → pieces. Cases that name nothing known are left out.

    An item without a quantity is its whole line. Lines that share a SKU are filled one after the other, those first that
    no other case holds. The platform decides what may come back, so a case may name pieces that another one holds, but
    never more than were ordered.

    Args:
        held: pieces per line that cases of the desk hold.
        cases: oldest first.
    """
    free = {line.line_no: max(0, line.quantity - held.get(line.line_no, 0)) for line in lines}
    found: dict[int, dict[int, int]] = {}
    for case in cases:
        units = _units(lines, free, case.items)
        if not units:
            continue
        found[case.case_id] = units
        for line_no, pieces in units.items():
            if holds(Claim(case.case_id, line_no, pieces, case.kind, case.outcome, case.received)):
                free[line_no] = max(0, free[line_no] - pieces)
    return found


def _units(lines: Sequence[OrderedLine], free: Mapping[int, int], items: Mapping[Item, int | None]) -> dict[int, int]:
    """What one case is about. Two names of one item do not add up; a stated quantity beats none."""
    units: dict[int, int] = {}
    for item, quantity in sorted(items.items(), key=lambda pair: (pair[1] is None, pair[0])):
        named = meant(lines, item)
        if quantity is None:
            if named and not any(line.line_no in units for line in named):
                line = max(named, key=lambda line: (free[line.line_no] == line.quantity, -line.line_no))
                units[line.line_no] = line.quantity
            continue
        for line_no, pieces in _filled(named, free, quantity).items():
            units[line_no] = max(units.get(line_no, 0), pieces)
    return units


def meant(lines: Sequence[OrderedLine], item: Item) -> list[OrderedLine]:
    """The lines an item may be: by the number of the sub-order, else the SKU, else the title.

    Without number and SKU it is the order's only line.
    """
    ordered = [line for line in lines if line.quantity > 0]
    for name in Item._fields:
        said = getattr(item, name)
        if said and (alike := [line for line in ordered if getattr(line, name) == said]):
            return alike
    return ordered if len(ordered) == 1 and not item.line_id and not item.sku else []


def _filled(lines: Sequence[OrderedLine], free: Mapping[int, int], quantity: int) -> dict[int, int]:
    """So many pieces laid over lines: free ones first, then any, up to what was ordered."""
    units = dict.fromkeys((line.line_no for line in lines), 0)
    for room in ([free[line.line_no] for line in lines], [line.quantity for line in lines]):
        for line, most in zip(lines, room, strict=True):
            pieces = max(0, min(quantity, most - units[line.line_no]))
            units[line.line_no] += pieces
            quantity -= pieces
    return {line_no: pieces for line_no, pieces in units.items() if pieces}
