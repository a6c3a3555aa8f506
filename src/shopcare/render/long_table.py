"""Long lists for people: the same columns as a rich table, at a fraction of its cost per row.

Rich lays out every cell by itself, which takes over a minute for 10⁵ rows. A list of that size is paged or searched, not
admired: here a row is one line, however wide, and the terminal wraps what it cannot hold. Nothing is cut.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len

from shopcare.domain.report import Block
from shopcare.i18n import _
from shopcare.render.values import currency_of, human

#: From this many rows on a list counts as long.
LONG = 1_000

_RIGHT = {"int", "number", "money", "rate"}


def long_lines(block: Block, tz: str, *, color: bool) -> Iterator[str]:
    """The lines of a long list: titles, a rule, one line per row."""
    columns = block.drawn
    rows = [
        [human(column, row[place], currency, tz, block.names) for place, column in columns]
        for row in block.rows
        for currency in (currency_of(block, row),)
    ]
    titles = [_(column.label) for _place, column in columns]
    widths = [
        max(_width(titles[number]), max((_width(row[number]) for row in rows), default=0))
        for number in range(len(columns))
    ]
    right = [column.kind in _RIGHT for _place, column in columns]
    title = _line(titles, widths, right)
    yield f"\x1b[1m{title}\x1b[0m\n" if color else title + "\n"
    yield "─" * (sum(widths) + 3 * (len(widths) - 1)) + "\n"
    for row in rows:
        yield _line(row, widths, right) + "\n"


def _width(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)


def _line(cells: list[str], widths: list[int], right: list[bool]) -> str:
    padded = (
        " " * (width - _width(cell)) + cell if to_right else cell + " " * (width - _width(cell))
        for cell, width, to_right in zip(cells, widths, right, strict=True)
    )
    return "   ".join(padded).rstrip()
