"""How far an import is."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic
from typing import Any

#: Between two drawings of the bar.
REDRAWN_SECONDS = 0.1


#: What the bar needs beside the name of the file, in columns of the terminal: itself, percent, rows/s and time left.
BESIDE_NAME, SHORTEST_NAME = 48, 12


def shortened(name: str, width: int) -> str:
    """A file's name as far as there is room for it beside the bar; its end, which tells dates and numbers, is kept."""
    from rich.cells import cell_len, set_cell_size

    room = max(width - BESIDE_NAME, SHORTEST_NAME)
    if cell_len(name) <= room:
        return name
    end = next(name[place:] for place in range(len(name)) if cell_len(name[place:]) <= room // 2)
    return set_cell_size(name, room - cell_len(end) - 1).rstrip() + "…" + end


@contextlib.contextmanager
def progress(*, enabled: bool) -> Iterator[Callable[[str, int, int, int], None] | None]:
    """A bar on a terminal; nothing anywhere else."""
    if not enabled:
        yield None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    from shopcare.i18n import _

    columns = (
        TextColumn("{task.description}"), BarColumn(bar_width=None), TaskProgressColumn(), TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(),
    )  # fmt: skip
    # Without a thread that redraws it: a big file is read by a fork, and threads do not survive one.
    with Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False) as bar:
        tasks: dict[str, Any] = {}
        drawn = 0.0

        def show(file: str, position: int, size: int, rows: int) -> None:
            nonlocal drawn
            if begins := file not in tasks:
                for earlier in tasks.values():
                    bar.update(earlier, visible=False)
                tasks[file] = bar.add_task(escape(shortened(Path(file).name, bar.console.width)), total=None, speed="")
            seconds = bar.tasks[tasks[file]].elapsed or 0
            speed = _("{count} rows/s").format(count=f"{rows / seconds:,.0f}") if rows and seconds else ""
            bar.update(tasks[file], completed=position, total=size or None, speed=speed)
            if begins or monotonic() - drawn > REDRAWN_SECONDS:
                drawn = monotonic()
                bar.refresh()

        yield show
