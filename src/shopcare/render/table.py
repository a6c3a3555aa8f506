"""Reports for people: rich tables, records and heat maps, as wide as the terminal."""

from __future__ import annotations

import io
from collections.abc import Mapping
from math import ceil

from rich import box
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from shopcare.domain.report import Block, Column, Report, Row, Value
from shopcare.i18n import _
from shopcare.render.heatmap import heatmap, is_matrix
from shopcare.render.long_table import LONG, long_lines
from shopcare.render.text import neutral
from shopcare.render.values import about_line, currency_of, human

_RIGHT = {"int", "number", "money", "rate"}
_WHOLE = _RIGHT | {"id", "day", "month", "instant", "code"}

#: Blank cells between two columns with and without room, and how narrow a text may be folded before columns give way.
ROOMY_GAP, GAP, FOLDED = 3, 2, 16


def table_text(report: Report, *, width: int, color: bool) -> str:
    """A report drawn for a terminal of a width; without colour the same characters are drawn plain."""
    drawn = io.StringIO()
    console = _console(drawn, width=width, color=color)
    console.print(Text(_(report.title), style="bold"))
    if not report.listing and (about := about_line(report)):
        console.print(Text(about, style="dim"))
    for block in (block for block in report.blocks if block.drawn):
        if block.title and not report.listing:
            console.print()
            console.print(Text(_(block.title), style="bold"))
        if not block.rows:
            console.print(Text(_("none"), style="dim"))
        elif block.layout == "table" and len(block.rows) >= LONG:
            drawn.writelines(long_lines(block, report.timezone, color=color))
        else:
            console.print(_drawn(block, report.timezone, console))
        if block.note:
            console.print(Text(_(block.note), style="dim"))
    for warning in report.warnings:
        console.print(Text("! " + neutral(_(warning.text).format_map(warning.values)), style="yellow"))
    return drawn.getvalue()


def _console(file: io.StringIO, *, width: int, color: bool) -> Console:
    """A console that draws into memory: writing, and what can go wrong there, belongs to `cli.output`."""
    return Console(
        file=file, width=width, force_terminal=color, no_color=not color, color_system="auto" if color else None,
        highlight=False, markup=False, emoji=False, legacy_windows=False,
    )  # fmt: skip


def _drawn(block: Block, tz: str, console: Console) -> RenderableType:
    if block.layout == "cohorts" and is_matrix(block):
        return heatmap(block, width=console.width, color=not console.no_color)
    if block.layout == "record":
        return _record(block, tz)
    return _table(block, tz, console.width)


def _record(block: Block, tz: str) -> RenderableType:
    """One fact per line; several rows are several such lists."""
    lists: list[RenderableType] = []
    for row in block.rows:
        if lists:
            lists.append(Text(""))
        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column(overflow="fold")
        currency = currency_of(block, row)
        for place, column in block.drawn:
            grid.add_row(Text(_(column.label)), _text(column, row[place], currency, tz, block.names))
        lists.append(grid)
    return Group(*lists)


def _table(block: Block, tz: str, width: int) -> RenderableType:
    """A table that fits: titles stack, texts fold, and if that is not enough columns give way and are named below."""
    columns = [column for _place, column in block.drawn]
    rows = [_cells(block, row, tz) for row in block.rows]
    widths = [max((cell_len(row[place].plain) for row in rows), default=0) for place in range(len(columns))]
    titles = [_(column.label) for column in columns]
    roomy = (
        sum(max(*pair) for pair in zip(widths, map(cell_len, titles), strict=True)) + ROOMY_GAP * (len(columns) - 1)
        <= width
    )
    kept = list(range(len(columns))) if roomy else _fitting(block, columns, titles, widths, width)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold", collapse_padding=not roomy)
    for place in kept:
        whole = columns[place].kind in _WHOLE
        table.add_column(
            Text(titles[place] if roomy else "\n".join(_stacked(titles[place]))),
            justify="right" if columns[place].kind in _RIGHT else "left",
            no_wrap=whole, overflow="fold", min_width=widths[place] if whole else None,
        )  # fmt: skip
    for row in rows:
        table.add_row(*(row[place] for place in kept))
    left_out = [titles[place] for place in range(len(columns)) if place not in kept]
    return Group(table, _left_out(left_out)) if left_out else table


def _cells(block: Block, row: Row, tz: str) -> list[Text]:
    currency = currency_of(block, row)
    return [_text(column, row[place], currency, tz, block.names) for place, column in block.drawn]


def _fitting(block: Block, columns: list[Column], titles: list[str], widths: list[int], width: int) -> list[int]:
    """The columns that fit at their narrowest: those that yield go first, then from the right; the first one stays."""
    least = [
        max(size if column.kind in _WHOLE else min(size, FOLDED), *(cell_len(word) for word in _stacked(title)))
        for column, title, size in zip(columns, titles, widths, strict=True)
    ]
    kept = list(range(len(columns)))
    keys = [column.key for column in columns]
    going = [keys.index(key) for key in block.yielding if key in keys]
    going += [place for place in reversed(kept[1:]) if place not in going]
    for place in going:
        if sum(least[other] for other in kept) + GAP * (len(kept) - 1) <= width:
            break
        kept.remove(place)
    return kept


def _stacked(title: str) -> list[str]:
    """A title in its narrowest lines: words, and of Chinese even pieces of at most four characters."""
    pieces: list[str] = []
    for word in title.split(" "):
        length = len(word) if word.isascii() else ceil(len(word) / ceil(len(word) / 4))
        pieces += [word[place : place + length] for place in range(0, len(word), length)]
    return pieces


def _left_out(titles: list[str]) -> Text:
    """Nothing is cut silently: what did not fit is named, with the way to see it."""
    text = _("Too narrow for: {columns}. A wider terminal, --fields or --format csv shows them.")
    return Text(text.format(columns=_(", ").join(titles)), style="dim")


def _text(column: Column, value: Value, currency: str, tz: str, names: Mapping[str, Value]) -> Text:
    """A cell. Text objects are never parsed for markup, so `[red]` in a buyer's name stays what it is."""
    style = "dim" if value is None else ""
    return Text(human(column, value, currency, tz, names), style=style)
