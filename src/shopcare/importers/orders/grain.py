"""What a row says of its line, and what of the whole order: rows of two grains in one file, rows that end early."""

from __future__ import annotations

from collections.abc import Callable

from shopcare.importers.orders.facts import Group
from shopcare.importers.orders.mapping import Mapper
from shopcare.importers.values.cells import BadCell, bare

#: The first sub-order may have the order's own number: only beside so many others it is the sum of them.
OTHERS_ENOUGH = 2


def twice_stated(mapper: Mapper, number: str, group: Group) -> tuple[set[int], bool]:
    """The lines of rows that state in another grain what the other rows of the order state, and whether in an older state.

    Told by the keys: a row without a sub-order's number, or with the order's own, that comes to what the others come to. If
    it is further along than they are, they are the ones set aside.
    """
    place = mapper.place("line_id")
    if not mapper.layout.either_grain or place < 0:
        return set(), False
    whole = [row for row in group if bare(row[1][place]) in ("", number)]
    parts = [row for row in group if bare(row[1][place]) not in ("", number)]
    if not parts and [bool(bare(row[1][place])) for row in whole].count(True) == 1:  # the only sub-order has its number
        whole, parts = [row for row in whole if not bare(row[1][place])], [row for row in whole if bare(row[1][place])]
    if len(whole) != 1 or not parts or (bare(whole[0][1][place]) and len(parts) < OTHERS_ENOUGH):
        return set(), False
    paid = _reader(mapper)
    try:
        if paid(whole[0][1]) != sum(paid(row[1]) for row in parts):
            return set(), False
    except BadCell:
        return set(), False  # named where the row is read
    ranks = [mapper.rank(row[1]) for row in parts]
    rank = mapper.rank(whole[0][1])
    older = parts if rank > max(ranks) else whole
    return {row[0] for row in older}, rank not in ranks


def filled_up(mapper: Mapper, group: Group) -> Group:
    """The rows with what each repeats of the order, also those that end before it or leave it blank."""
    if len(group) < 2 or not mapper.layout.once:
        return group
    places = [place for name in (*mapper.layout.once, "ordered_at") if (place := mapper.place(name)) >= 0]
    said = {place: next((row[1][place] for row in group if bare(row[1][place])), "") for place in places}
    for _line, cells, _packed in group:
        for place in places:
            if not bare(cells[place]):
                cells[place] = said[place]
    return group


def _reader(mapper: Mapper) -> Callable[[list[str]], int]:
    place = mapper.place("paid")

    def paid(cells: list[str]) -> int:
        found: int | None = mapper.readers.money(cells[mapper.place("currency")]).paid[cells[place]]
        return found or 0

    return paid
