"""Reports for people: rich tables, records and heat maps, as wide as the terminal."""

from __future__ import annotations

import io

from rich import box
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from shopcare.domain.report import Block, Column, Report, Value
from shopcare.i18n import _
from shopcare.render.heatmap import heatmap, is_matrix
from shopcare.render.long_table import LONG, long_lines
from shopcare.render.text import neutral
from shopcare.render.values import currency_of, human

_RIGHT = {"int", "number", "money", "rate"}
_WHOLE = _RIGHT | {"id", "day", "month", "instant", "code"}


def table_text(report: Report, *, width: int, color: bool) -> str:
    """A report drawn for a terminal of a width; without colour the same characters are drawn plain."""
    drawn = io.StringIO()
    console = _console(drawn, width=width, color=color)
    console.print(Text(_(report.title), style="bold"))
    for block in (block for block in report.blocks if block.drawn):
        if block.title and not report.listing:
            console.print()
            console.print(Text(_(block.title), style="bold"))
        if block.layout == "table" and len(block.rows) >= LONG:
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
    table = _table(block, tz)
    fits = console.measure(table, options=console.options.update(width=10_000)).maximum <= console.width
    return table if fits else _narrow(table)


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
            grid.add_row(Text(_(column.label)), _text(column, row[place], currency, tz))
        lists.append(grid)
    return Group(*lists)


def _table(block: Block, tz: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for _place, column in block.drawn:
        right = column.kind in _RIGHT
        table.add_column(
            Text(_(column.label)),
            justify="right" if right else "left",
            no_wrap=column.kind in _WHOLE,
            overflow="fold",
        )
    for row in block.rows:
        currency = currency_of(block, row)
        table.add_row(*(_text(c, row[place], currency, tz) for place, c in block.drawn))
    return table


def _narrow(table: Table) -> Table:
    """The table with its column titles word below word and less air; a figure is never cut, whatever the width."""
    table.collapse_padding = True
    for column in table.columns:
        if column.no_wrap:
            column.header = Text("\n".join(str(column.header).split(" ")))
            column.min_width = max((cell_len(str(cell)) for cell in column.cells), default=0)
    return table


def _text(column: Column, value: Value, currency: str, tz: str) -> Text:
    """A cell. Text objects are never parsed for markup, so `[red]` in a buyer's name stays what it is."""
    style = "dim" if value is None else ""
    return Text(human(column, value, currency, tz), style=style)
