"""Loading a file whose dates are all digits: if the first rows do not show their order, all of them are looked at."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace

from shopcare.importers.dates import DateOrderNeeded
from shopcare.importers.facts import Reject
from shopcare.importers.reader import Sheet
from shopcare.importers.result import FileResult
from shopcare.services.context import Context
from shopcare.services.imports import Options, Progress, RejectsSink, date_order_of

Load = Callable[[Context, sqlite3.Connection, FileResult, Sheet, Options, RejectsSink | None, Progress | None], bool]


class _Kept:
    """Rejected rows of an attempt, until it is known to be the last one."""

    def __init__(self) -> None:
        self.rows: list[tuple[Reject, list[str]]] = []

    def start(self, file: str, header: Sequence[str], exported: str = "") -> None:
        """Said to the real one already."""

    def add(self, reject: Reject, cells: Sequence[str]) -> None:
        """One bad row."""
        self.rows.append((reject, list(cells)))

    def hand_over(self, rejects: RejectsSink) -> None:
        """All of them to the real one, in the order of the file."""
        for reject, cells in sorted(self.rows, key=lambda row: row[0].line):
            rejects.add(reject, cells)


def judging_dates(load: Load) -> Load:
    """A loader that starts again with the order its file's dates show, once it meets a date of digits without knowing it."""

    def loading(
        ctx: Context,
        conn: sqlite3.Connection,
        result: FileResult,
        sheet: Sheet,
        options: Options,
        rejects: RejectsSink | None,
        progress: Progress | None,
    ) -> bool:
        kept = None if rejects is None else _Kept()
        try:
            written = load(ctx, conn, result, sheet, options, kept, progress)
        except DateOrderNeeded:
            order = date_order_of(sheet)
            if not order:
                raise
            conn.execute("ROLLBACK TO file")
            kept = None if rejects is None else _Kept()
            result.warnings = []
            written = load(ctx, conn, result, sheet, replace(options, date_order=order), kept, progress)
        if rejects is not None and kept is not None:
            kept.hand_over(rejects)
        return written

    return loading
