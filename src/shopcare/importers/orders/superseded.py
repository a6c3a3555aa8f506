"""Rows that make up an order together, some of which other rows of the file state anew: two exports pasted into one file."""

from __future__ import annotations

from collections.abc import Callable

from shopcare.importers.formats.catalog import normal_word
from shopcare.importers.orders.facts import Group
from shopcare.importers.orders.mapping import Mapper
from shopcare.importers.values.cells import bare

#: A row: physical line, cells, cells as bytes.
Row = tuple[int, list[str], bytes]
#: What tells the newer of two rows, wherever they stand.
Age = Callable[[Row], tuple[int, ...]]

#: What tells lines without an id apart, and what of such a line is of its order.
_LINE = ("sku", "title", "quantity", "unit_price", "amount")
_STATE = ("status", "updated_at")
#: The same where times tell what became of an order.
_TIMES = ("paid_at", "shipped_at")


def superseded(mapper: Mapper, group: Group, age: Age) -> set[int]:
    """The lines of rows that count no more: of each line's rows all but the newest, and rows that contradict the newest one
    in what every row repeats of the order.

    Equal rows without a line id are pieces of their own; here they stay together.
    """
    old = _lines_again(mapper, group, age)
    left = [row for row in group if row[0] not in old]
    return old | _other_orders(mapper, left, age)


def _lines_again(mapper: Mapper, group: Group, age: Age) -> set[int]:
    by_key: dict[tuple[str, ...], list[Row]] = {}
    for row in group:
        by_key.setdefault(_key(mapper, row), []).append(row)
    old: set[int] = set()
    for rows in by_key.values():
        if len(rows) > 1 and len({_state(mapper, row) for row in rows}) > 1:
            newest = _state(mapper, max(rows, key=age))
            old.update(row[0] for row in rows if _state(mapper, row) != newest)
    return old


def _key(mapper: Mapper, row: Row) -> tuple[str, ...]:
    """What makes two rows the same line."""
    line_id = bare(row[1][mapper.place("line_id")])
    return (line_id,) if line_id else ("", *(bare(row[1][mapper.place(name)]) for name in _LINE))


def _state(mapper: Mapper, row: Row) -> tuple[str, ...] | bytes:
    """In what two rows of one line differ, if they are not the same line twice."""
    if bare(row[1][mapper.place("line_id")]):
        return row[2]
    fields = _TIMES if mapper.layout.summary else _STATE
    return tuple(normal_word(row[1][mapper.place(name)]) for name in fields)


def _other_orders(mapper: Mapper, group: Group, age: Age) -> set[int]:
    """Rows that say otherwise of the order than the newest; where one of them says nothing they do not."""
    places = [place for name in mapper.layout.once if (place := mapper.place(name)) >= 0]
    repeated = {row[0]: [normal_word(row[1][place]) for place in places] for row in group}
    if all(len({words[at] for words in repeated.values()} - {""}) < 2 for at in range(len(places))):
        return set()
    newest = repeated[max(group, key=age)[0]]
    return {
        line
        for line, words in repeated.items()
        if any(said and counts and said != counts for said, counts in zip(words, newest, strict=True))
    }
