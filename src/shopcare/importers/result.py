"""What an import did with its files: plain data for whoever prints it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from shopcare.domain.ids import BATCH, show
from shopcare.domain.report import Message
from shopcare.errors import EXIT_NOT_FOUND, EXIT_OK, EXIT_PARTLY, EXIT_REFUSED, ShopcareError
from shopcare.importers.rows.tally import Tally


class Outcome(NamedTuple):
    """How many orders of a file were new, changed, unchanged; and the ones that still wait for their order list.

    `not_newer`: of the unchanged ones those an undated file states otherwise, but not in a newer state.
    """

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    waiting: int = 0
    not_newer: int = 0


class CaseOutcome(NamedTuple):
    """How many cases of an after-sales file were new, changed, unchanged; what was booked, and what waits for its order."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    refunds_booked: int = 0
    linked: int = 0
    waiting_for_order: int = 0


@dataclass(slots=True)
class FileResult:
    """What became of one file. Grain: one per file of the call; `error` says why nothing of it was stored. `kind` is what
    the command imports, and names the counts.

    `container` is the kind of workbook or archive it was (empty for plain text), `sheet` the sheet that was read.
    """

    file: str
    platform: str = ""
    format: str = ""
    container: str = ""
    sheet: str = ""
    encoding: str = ""
    header_line: int = 0
    outcome: Outcome = field(default_factory=Outcome)
    tally: Tally = field(default_factory=Tally)
    batch: int | None = None
    shop: str = ""
    warnings: list[Message] = field(default_factory=list)
    ignored: tuple[str, ...] = ()
    error: ShopcareError | None = None
    cases: CaseOutcome | None = None
    kind: str = "orders"

    @property
    def rows(self) -> int:
        """Data rows of the file: the accepted and the rejected ones."""
        return self.tally.rows + self.tally.rejected_count

    @property
    def batch_id(self) -> str | None:
        """The batch as people type it."""
        return None if self.batch is None else show(BATCH, self.batch)


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of all files of a call; `stopped` is what kept it from the files after these."""

    files: tuple[FileResult, ...]
    dry_run: bool
    stopped: ShopcareError | None = None

    @property
    def exit_code(self) -> int:
        """0 all stored · 3 rows rejected or some files refused · 5 all refused · 4 none of the files exists · 2 which shop."""
        refused = [result.error for result in self.files if result.error is not None]
        if len(refused) == len(self.files):
            codes = {EXIT_NOT_FOUND if error.context.get("missing") else error.exit_code for error in refused}
            return codes.pop() if len(codes) == 1 else EXIT_REFUSED
        return EXIT_PARTLY if refused or any(result.tally.rejected_count for result in self.files) else EXIT_OK
