"""Rows that carry an order's own cells above the rows of its items (eBay), where some of these cells stand on the items."""

from __future__ import annotations

from collections.abc import Mapping

from shopcare.importers.orders.facts import Group
from shopcare.importers.orders.mapping import Mapper
from shopcare.importers.values.cells import bare

#: What one item shows of its order, and what all of them have to show.
OF_ANY, OF_ALL = ("ordered_at",), ("paid_at", "shipped_at")
ITEM_CELLS = ("line_id", "sku", "title")


def dated(group: Group, mapper: Mapper) -> Group:
    """The rows of an order with the times its own row lacks: ordered when its first item was, paid and shipped once all
    items are.
    """
    of_items = [mapper.place(name) for name in ITEM_CELLS if mapper.place(name) >= 0]
    items = [cells for _line, cells, _packed in group if any(bare(cells[place]) for place in of_items)]
    if not items or len(items) == len(group):
        return group
    known: dict[int, str] = {}
    for name in (*OF_ANY, *OF_ALL):
        place = mapper.place(name)
        said = [cells[place] for cells in items if bare(cells[place])] if place >= 0 else []
        if said and (name in OF_ANY or len(said) == len(items)):
            known[place] = said[0]
    return [
        (line, cells if any(cells is item for item in items) else _filled(cells, known), packed)
        for line, cells, packed in group
    ]


def _filled(cells: list[str], known: Mapping[int, str]) -> list[str]:
    return [known[place] if place in known and not bare(cell) else cell for place, cell in enumerate(cells)]
