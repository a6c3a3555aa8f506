"""Loading a file whose dates are all digits: if the first rows do not show their order, all of them are looked at."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace

from shopcare.importers import mended
from shopcare.importers.dates import DateOrderNeeded
from shopcare.importers.facts import Reject
from shopcare.importers.reader import Sheet
from shopcare.importers.result import FileResult
from shopcare.services.context import Context
from shopcare.services.imports import PATIENCE, Options, Progress, RejectsSink, date_order_of, hand_over

Load = Callable[[Context, sqlite3.Connection, FileResult, Sheet, Options, RejectsSink | None, Progress | None], bool]


class _Kept:
    """Rejected rows of an attempt, until it is known to be the last one."""

    def __init__(self) -> None:
        self.rows: list[tuple[Reject, list[str]]] = []

    def start(self, file: str, header: Sequence[str], exported: str = "", date_order: str = "") -> None:
        """Said to the real one already."""

    def add(self, reject: Reject, cells: Sequence[str]) -> None:
        """One bad row."""
        self.rows.append((reject, list(cells)))


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
        known = options.date_order or mended.date_order(sheet) or date_order_of(sheet, patience=PATIENCE) or ""
        options = replace(options, date_order=known)
        try:
            written = load(ctx, conn, result, sheet, options, kept, progress)
        except DateOrderNeeded:
            options = replace(options, date_order=date_order_of(sheet) or "")
            if not options.date_order:
                raise
            conn.execute("ROLLBACK TO file")
            kept = None if rejects is None else _Kept()
            result.warnings = []
            written = load(ctx, conn, result, sheet, options, kept, progress)
        if rejects is not None and kept is not None:
            hand_over(rejects, kept.rows, result, sheet, options)
        return written

    return loading
