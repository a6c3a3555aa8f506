"""Sheets read as a stream → tables: UTF-8 CSV in a spool, one record per sheet row, so that a record's number is its row's."""

from __future__ import annotations

import io
from collections.abc import Sequence

from shopcare.importers.containers.spool import BLOCK_BYTES, Spool
from shopcare.importers.containers.workbook import Table
from shopcare.importers.containers.workbook_process import CELLS_MOST, ROW_MOST, TooLarge, line

ROWS_MOST, COLUMNS_MOST = 1 << 20, 1 << 14


class TableWriter:
    """Takes the rows of one sheet after the other; `found` are the ones that ended visible and with rows.

    `most` are the bytes that all of them may come to. `is_1904`: the sheets that end from now on count days from 1904.
    """

    def __init__(self, most: int) -> None:
        self.found: list[Table] = []
        self.rows = 0
        self.is_1904 = False
        self._most = most
        self._spool = Spool()
        self._block = io.StringIO(newline="")
        self._sheet = ""
        self._written = self._start = self._cells = 0

    def begin(self, sheet: str) -> None:
        """A sheet begins; its first row has number 0."""
        self._sheet, self._start, self.rows, self._cells = sheet, self._written, 0, 0

    def row(self, cells: Sequence[str], number: int, times: int = 1) -> None:
        """A row with cells, at its number or the `times` following ones; rows that were left out before it are blank.

        Raises:
            TooLarge.
        """
        self._cells += len(cells) * times
        if number + times > ROWS_MOST or len(cells) > COLUMNS_MOST or self._cells > CELLS_MOST:
            raise TooLarge
        if sum(map(len, cells)) > ROW_MOST:  # before a cell that is repeated is written out
            raise TooLarge
        self._block.write("\n" * (number - self.rows))
        text = line(cells) + "\n"
        for _time in range(times):
            self._block.write(text)
            if self._block.tell() > BLOCK_BYTES:
                self._flush()
        self.rows = number + times

    def end(self, *, hidden: bool) -> None:
        """The sheet is over."""
        self._flush()
        if not hidden and self._written > self._start:
            self.found.append(Table(self._sheet, self._spool, self._start, self._written, self.is_1904))

    def _flush(self) -> None:
        block = self._block.getvalue().encode("utf-8", "replace")
        self._spool.write(block)
        self._written += len(block)
        self._block.seek(0)
        self._block.truncate()
        if self._written > self._most:
            raise TooLarge
