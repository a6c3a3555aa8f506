"""The cohort matrix as a heat map: cohorts down, months since the first order across, the active share in each cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.text import Text

from shopcare.domain.clock import month_text
from shopcare.domain.report import Block
from shopcare.i18n import _

#: From few to many. Background and foreground are both set, so that they can be read on a dark and on a light screen.
SHADES = (
    "#000000 on #eef4fb",
    "#000000 on #cfe1f2",
    "#000000 on #a3c8e6",
    "#000000 on #6aaad6",
    "#ffffff on #2f7ab8",
    "#ffffff on #0b4a86",
)

#: Places of a cell: `100.0` and its mark; nothing stands between cells, so that colours touch.
CELL_WIDTH = 6

NOT_OVER = "+"


class _Cell(NamedTuple):
    cohort: int
    size: int
    offset: int
    active: int
    complete: bool

    @property
    def rate(self) -> float:
        return self.active / self.size


def is_matrix(block: Block) -> bool:
    """Whether a block has rows and every column the matrix is made of (`--fields` may have taken some away)."""
    return bool(block.rows) and {column.key for column in block.columns}.issuperset(_Cell._fields)


def heatmap(block: Block, *, width: int, color: bool) -> RenderableType:
    """The matrix with as many months as fit into `width`, and below it what one needs to know to read it.

    Shape: `is_matrix(block)`; cohort is a month index.
    """
    cells = list(_cells(block))
    cohorts = [list(row) for _cohort, row in groupby(cells, lambda cell: cell.cohort)]
    margin = _Margin(_label(block, "cohort"), _label(block, "size"), [f"{row[0].size:,}" for row in cohorts])
    months = max(cell.offset for cell in cells) + 1
    fitting = min(months, max(1, (width - margin.width) // CELL_WIDTH))
    seen = [cell for cell in cells if cell.offset < fitting]
    top = max((cell.rate for cell in seen if cell.offset), default=0.0) or 1.0
    lines = [Text(margin.head + "".join(f"{k:>{CELL_WIDTH - 1}} " for k in range(fitting)), style="bold")]
    for row in cohorts:
        drawn = (_drawn(cell, top, color=color) for cell in row[:fitting])
        lines.append(Text.assemble(margin.line(month_text(row[0].cohort), f"{row[0].size:,}"), *drawn))
    lines.append(Text(margin.line(_("Average"), "") + "".join(_averages(seen, fitting)), style="bold"))
    return Group(*lines, *_explained(seen, months - fitting))


def _cells(block: Block) -> Iterator[_Cell]:
    place = {column.key: index for index, column in enumerate(block.columns)}
    wanted = [place[name] for name in _Cell._fields]
    for row in block.rows:
        cohort, size, offset, active, complete = (row[index] for index in wanted)
        yield _Cell(int(cohort or 0), int(size or 0), int(offset or 0), int(active or 0), bool(complete))


def _label(block: Block, key: str) -> str:
    return _(next(column.label for column in block.columns if column.key == key))


class _Margin:
    """The two columns left of the matrix, padded by what a terminal shows rather than by characters."""

    def __init__(self, cohort: str, size: str, sizes: Sequence[str]) -> None:
        self._first = max(len("2026-01"), cell_len(cohort), cell_len(_("Average")))
        self._second = max(cell_len(size), *map(len, sizes))
        self.width = self._first + 2 + self._second + 1
        self.head = self.line(cohort, size)

    def line(self, first: str, second: str) -> str:
        left = " " * (self._first - cell_len(first) + 2)
        return first + left + " " * (self._second - cell_len(second)) + second + " "


def _drawn(cell: _Cell, top: float, *, color: bool) -> tuple[str, str]:
    text = f"{cell.rate * 100:5.1f}" + (" " if cell.complete else NOT_OVER)
    shade = min(int(cell.rate / top * len(SHADES)), len(SHADES) - 1)
    return text, SHADES[shade] if color else ""


def _averages(cells: Sequence[_Cell], months: int) -> Iterator[str]:
    """The share over all cohorts by month, weighted by customers, complete months only."""
    for offset in range(months):
        over = [cell for cell in cells if cell.offset == offset and cell.complete]
        size = sum(cell.size for cell in over)
        yield f"{sum(cell.active for cell in over) / size * 100:5.1f} " if size else " " * CELL_WIDTH


def _explained(cells: Sequence[_Cell], left_out: int) -> Iterator[Text]:
    yield Text(_("% of a cohort's customers with an order in the n-th month after their first one."), style="dim")
    if not all(cell.complete for cell in cells):
        yield Text(_("+ the month is not over: the figure can still grow; averages leave it out."), style="dim")
    if left_out:
        message = _("{left_out} more months do not fit: --format csv and --json have all of them.")
        yield Text(message.format(left_out=left_out), style="dim")
