"""Rows of a file in which every row stands for itself: brought to width, furniture left out, bad ones set aside."""

from __future__ import annotations

from collections.abc import Iterator

from shopcare.importers.formats.catalog import normal
from shopcare.importers.rows.stream import RejectSink, RowStream
from shopcare.importers.text.sheet import Row, Sheet
from shopcare.importers.values.cells import BadCell


class RecordStream(RowStream):
    """The rows of one pass over a file, and the tally of what became of them."""

    def __init__(self, sheet: Sheet, *, rejects: RejectSink | None = None) -> None:
        super().__init__(sheet, rejects)
        self._header = [normal(name) for name in sheet.header]
        self._footers = sheet.match.format.footers

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Every row that is data, as wide as the header with one empty cell appended, and its line."""
        for row in self.sheet.rows():
            try:
                cells = self._checked(row)
            except BadCell as problem:
                self.reject(row[0], problem.code, str(problem), row[1])
                continue
            if cells is not None:
                yield row[0], cells
        self.reject_damaged()

    def _checked(self, row: Row) -> list[str] | None:
        """The row at the header's width; None for furniture.

        Raises:
            BadCell: `too-many-cells`, `field-too-long`, `bad-encoding`.
        """
        line, cells, _text = row
        first = next((normal(cell) for cell in cells if cell.strip()), "")
        if not first:
            return None
        if self._footers and first.startswith(self._footers):
            self.skip(line, "footer")
            return None
        self.bring_to_width(cells)
        if first in self._header and [normal(cell) for cell in cells] == self._header:
            self.skip(line, "repeated header")
            return None
        self.check_cells(cells)
        return [*cells, ""]
