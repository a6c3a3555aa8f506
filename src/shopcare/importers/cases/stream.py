"""Rows of an after-sales export → what they say of cases, bad rows set aside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from hashlib import blake2b
from itertools import groupby
from operator import itemgetter

from shopcare.i18n import _
from shopcare.importers.cases.rivals import FIELDS, CaseRow, age_of, judged
from shopcare.importers.cases.rows import CaseReader
from shopcare.importers.formats.catalog import normal
from shopcare.importers.rows.contradictions import otherwise
from shopcare.importers.rows.repeated_headers import RepeatedHeaders
from shopcare.importers.rows.sorting import Keyed, by_key
from shopcare.importers.rows.stream import RejectSink, RowStream
from shopcare.importers.text.sheet import Sheet
from shopcare.importers.values.cells import BadCell, bare
from shopcare.importers.values.times import Times

#: Rows taken of one case: what has more is no case but a wrong column.
MOST_ROWS = 10_000
#: Rows after which progress is told while a file is read.
PROGRESS_ROWS = 2_000


class CaseStream(RowStream):
    """The cases of one pass over a file, and the tally of its rows."""

    def __init__(
        self,
        sheet: Sheet,
        currency: str,
        times: Times,
        *,
        stamp: int = 0,
        rejects: RejectSink | None = None,
    ) -> None:
        """`stamp`: when the file was exported, 0 if nothing says so."""
        super().__init__(sheet, rejects)
        self.reader = CaseReader(sheet, currency, times, self.tally.unmapped)
        self._stamp = stamp
        self._headers = RepeatedHeaders(sheet)

    def cases(self, progress: Callable[[], None]) -> Iterator[list[CaseRow]]:
        """Every case with its rows, the newest first, by the platform's id: wherever rows stand, they are brought together.

        Rows that a newer one contradicts are set aside here, and are among them nevertheless, see `CaseRow`.
        """
        for _case, rows in groupby(by_key(self._keyed(progress)), itemgetter(0)):
            found = judged(self._once_each(rows))
            by_line = {row.line: row for row in found}
            for row in found:
                if row.against is None:
                    self.tally.rows += 1
                else:
                    self.reject(row.line, "conflicting-rows", self._conflict(row, by_line), row.cells)
            if found:
                yield found
        self.reject_damaged()

    def _keyed(self, progress: Callable[[], None]) -> Iterator[Keyed]:
        """Every row that is data, under the id of its case."""
        for number, (line, cells, _whole) in enumerate(self.sheet.rows()):
            if number % PROGRESS_ROWS == 0:
                progress()
            if not any(cell.strip() for cell in cells):
                continue
            try:
                self.bring_to_width(cells)
                self.check_cells(cells)
                self.reader.order_number(cells)
                case = self.reader.case_id(cells)
            except BadCell as problem:
                self._set_aside(line, cells, problem)
                continue
            if self._is_furniture(line, cells):
                self.skip(line, "repeated header")
            elif case.startswith(self.sheet.match.format.footers):
                self.skip(line, "footer")
            else:
                yield case, line, cells

    def _once_each(self, rows: Iterator[Keyed]) -> Iterator[CaseRow]:
        """What the rows of a case say, without exact repeats and rows that cannot be read."""
        before: set[int] = set()
        for count, (case, line, cells) in enumerate(rows):
            if count >= MOST_ROWS:
                self.reject(line, "too-many-lines", _("case {case} has too many rows").format(case=case), cells)
                continue
            packed = "\x1f".join(cells).encode()
            row_hash = int.from_bytes(blake2b(packed, digest_size=8).digest(), "big", signed=True)
            if row_hash in before:
                self.skip(line, "exact repeat")
                continue
            try:
                facts = self.reader.read(cells, row_hash)
            except BadCell as problem:
                self._set_aside(line, cells, problem)
                continue
            before.add(row_hash)
            yield CaseRow(age_of(facts, self._stamp), line, cells, facts)

    def _conflict(self, row: CaseRow, by_line: Mapping[int, CaseRow]) -> str:
        """Which row counts in place of one, and what the two say differently."""
        assert row.against is not None, "only of rows that contradict a newer one"
        line, names = row.against
        other = by_line[line]
        places = self.reader.places(*(field for name in names for field in FIELDS[name]))
        header, counts, given = self.sheet.header, other.cells, row.cells
        different = (place for place in places if bare(counts[place]) != bare(given[place]))
        return otherwise(line, ((header[place], counts[place], given[place]) for place in different))

    def _set_aside(self, line: int, cells: list[str], problem: BadCell) -> None:
        first = next((normal(cell) for cell in cells if cell.strip()), "")
        footers = self.sheet.match.format.footers
        if footers and first.startswith(footers):
            self.skip(line, "footer")
        elif self._is_furniture(line, cells):
            self.skip(line, "repeated header")
        else:
            self.reject(line, problem.code, str(problem), cells)

    def _is_furniture(self, line: int, cells: list[str]) -> bool:
        place = self.sheet.match.places["order_id"]
        name = normal(cells[place]) if len(cells) > place else ""
        if name not in self._headers.names:
            return False
        return self._headers.check(line, cells) or name == normal(self.sheet.header[place])
