"""What every pass over a file does with its rows: checks them, brings them to width, counts those it sets aside."""

from __future__ import annotations

from collections.abc import Callable

from shopcare.i18n import _
from shopcare.importers.rows.tally import Reject, Skip, Tally
from shopcare.importers.text.sheet import Sheet
from shopcare.importers.values.cells import LONGEST_CELL, BadCell

#: Rejected and skipped rows listed one by one; further ones are only counted.
LISTED_ROWS = 100_000

#: Takes the cells of a bad row.
RejectSink = Callable[[Reject, list[str]], None]


class RowStream:
    """One pass over a file, and the tally of what became of its rows."""

    def __init__(self, sheet: Sheet, rejects: RejectSink | None, unmapped: dict[str, int] | None = None) -> None:
        """`unmapped`: where words are counted that mean nothing here."""
        self.sheet = sheet
        self.tally = Tally(unmapped={} if unmapped is None else unmapped)
        self.sink = rejects
        self._width = len(sheet.header)
        for line in sheet.preamble:
            self.skip(line, "before the header")

    def reject(self, line: int, code: str, message: str, cells: list[str]) -> None:
        """Set a row aside."""
        self.tally.rejected_count += 1
        bad = Reject(line, code, message)
        if self.tally.rejected_count <= LISTED_ROWS:
            self.tally.rejected.append(bad)
        if self.sink is not None:
            self.sink(bad, cells[: self._width])

    def skip(self, line: int, why: str) -> None:
        """Leave a row out that is no data."""
        self.tally.skipped_count += 1
        if self.tally.skipped_count <= LISTED_ROWS:
            self.tally.skipped.append(Skip(line, why))

    def reject_damaged(self) -> None:
        """Set aside what the reader could not even make rows of; known when all rows were read."""
        for damage in self.sheet.damaged:
            self.reject(damage.line, damage.code, damage.message, damage.cells)

    def bring_to_width(self, cells: list[str]) -> None:
        """Make a row as wide as the header.

        Raises:
            BadCell: `too-many-cells`.
        """
        if any(cells[self._width :]):
            text = _("{count} cells under {width} columns").format(count=len(cells), width=self._width)
            raise BadCell("too-many-cells", text)
        del cells[self._width :]
        cells.extend([""] * (self._width - len(cells)))

    def check_cells(self, cells: list[str]) -> None:
        """Refuse what no export has in a cell.

        Raises:
            BadCell: `field-too-long`, `bad-encoding`.
        """
        if (longest := max(map(len, cells))) > LONGEST_CELL:
            raise BadCell("field-too-long", _("a cell of {count} characters").format(count=longest))
        try:
            "\x1f".join(cells).encode()
        except UnicodeEncodeError:
            text = _("bytes that are not {encoding}; --encoding says what they are")
            raise BadCell("bad-encoding", text.format(encoding=self.sheet.encoding)) from None
