"""Rows of a file in which every row stands for itself: brought to width, furniture left out, bad ones set aside."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from shopcare.i18n import _
from shopcare.importers.cells import LONGEST_CELL, BadCell
from shopcare.importers.facts import Reject, Skip, Tally
from shopcare.importers.formats import normal
from shopcare.importers.reader import Row, Sheet

#: Rejected and skipped rows listed one by one; further ones are only counted.
LISTED_ROWS = 100_000

RejectSink = Callable[[Reject, list[str]], None]


class RecordStream:
    """The rows of one pass over a file, and the tally of what became of them."""

    def __init__(self, sheet: Sheet, *, rejects: RejectSink | None = None) -> None:
        self.sheet = sheet
        self.tally = Tally()
        self._sink = rejects
        self._width = len(sheet.header)
        self._header = [normal(name) for name in sheet.header]
        self._footers = sheet.match.format.footers
        for line in sheet.preamble:
            self.skip(line, "before the header")

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
        for damage in self.sheet.damaged:
            self.reject(damage.line, damage.code, damage.message, damage.cells)

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
        if any(cells[self._width :]):
            raise BadCell(
                "too-many-cells", _("{count} cells under {width} columns").format(count=len(cells), width=self._width)
            )
        if first in self._header and [normal(cell) for cell in cells] == self._header:
            self.skip(line, "repeated header")
            return None
        if (longest := max(map(len, cells))) > LONGEST_CELL:
            raise BadCell("field-too-long", _("a cell of {count} characters").format(count=longest))
        if not all(map(_is_text, cells)):
            raise BadCell(
                "bad-encoding",
                _("bytes that are not {encoding}; --encoding says what they are").format(encoding=self.sheet.encoding),
            )
        return [*cells[: self._width], *[""] * (self._width + 1 - len(cells))]

    def reject(self, line: int, code: str, message: str, cells: list[str]) -> None:
        """Set a row aside."""
        self.tally.rejected_count += 1
        bad = Reject(line, code, message)
        if self.tally.rejected_count <= LISTED_ROWS:
            self.tally.rejected.append(bad)
        if self._sink is not None:
            self._sink(bad, cells[: self._width])

    def skip(self, line: int, why: str) -> None:
        """Leave a row out that is no data."""
        self.tally.skipped_count += 1
        if self.tally.skipped_count <= LISTED_ROWS:
            self.tally.skipped.append(Skip(line, why))


def _is_text(cell: str) -> bool:
    """Whether a cell holds no byte that could not be decoded."""
    if cell.isascii():
        return True
    try:
        cell.encode()
    except UnicodeEncodeError:
        return False
    return True
