"""Importing after-sales exports: one transaction per file, bad rows set aside, refunds booked once.

What a file says of a case is joined with what earlier files said; the newer value of each fact wins, in any order of
arrival. A case whose order is not in the store waits and is made by the import of that order.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from itertools import islice

from shopcare.domain.case_registers import STAGE_RANKS, Age, Registers, Standing, named, newest, values
from shopcare.domain.report import Message
from shopcare.importers.cases import CaseFacts, CaseStream
from shopcare.importers.cells import BadCell
from shopcare.importers.reader import Sheet
from shopcare.importers.result import CaseOutcome, FileResult, ImportResult, Outcome
from shopcare.importers.times import Times
from shopcare.services.case_linking import (
    Linked,
    Work,
    bring_up_to_date,
    keep_before,
    other_currency,
    other_order,
    warnings_on_the_desk,
)
from shopcare.services.case_units import link_units
from shopcare.services.context import Context
from shopcare.services.images import Stated
from shopcare.services.imports import (
    PATIENCE,
    Kind,
    Options,
    Progress,
    RejectsSink,
    batch_row,
    date_order_of,
    finish,
    import_files,
    shop_of,
    stamp_of,
)
from shopcare.services.judged_dates import judging_dates
from shopcare.store.queries import case_imports as sql
from shopcare.store.queries import imports as import_sql
from shopcare.store.queries.case_imports import StoredReport

#: Cases looked up at a time.
CHUNK = 500


def import_cases(
    ctx: Context,
    files: Sequence[str],
    options: Options,
    *,
    rejects: RejectsSink | None = None,
    progress: Progress | None = None,
) -> ImportResult:
    """Import after-sales exports, each file in a transaction of its own.

    Raises:
        UnknownPlatformError, UnknownFieldError, ShopUnknown, UsageError: the call itself is wrong; nothing was stored.
        StoreMissing and its like.
    """
    return import_files(ctx, files, options, CASES, rejects=rejects, progress=progress)


def _load(
    ctx: Context,
    conn: sqlite3.Connection,
    result: FileResult,
    sheet: Sheet,
    options: Options,
    rejects: RejectsSink | None,
    progress: Progress | None,
) -> bool:
    """Load a file inside its transaction; whether anything was written that is worth keeping."""
    known = sheet.match.format
    shop = shop_of(ctx, conn, result, known, options)
    source_tz = options.tz or known.zone or shop.tz
    currency = known.currency if shop.platform != known.platform and known.currency else shop.currency
    stamp = stamp_of(result, sheet, options, source_tz)
    date_order = options.date_order or known.layout.order or date_order_of(sheet, patience=PATIENCE) or ""
    stream = CaseStream(
        sheet, currency, Times(source_tz, shop.tz, date_order), rejects=None if rejects is None else rejects.add
    )  # fmt: skip
    batch_id = import_sql.insert_batch(conn, batch_row(ctx, result, sheet, shop))
    loading = CaseLoading(Work(ctx, conn, shop.id, batch_id), stream, stamp)
    loading.load(lambda: progress and progress(result.file, sheet.position, sheet.source.size, stream.tally.rows))
    result.cases, result.tally, result.shop = loading.outcome(), stream.tally, shop.name
    result.outcome = Outcome(loading.new, loading.changed, loading.unchanged, loading.waiting)
    result.tally.rejected.sort(key=lambda bad: bad.line)
    _warn(result, sheet, stream.without_amount)
    result.warnings += warnings_on_the_desk(loading.linked)
    earlier = import_sql.batch_of_same_file(conn, shop.id, sheet.digest, batch_id)
    if earlier is not None and not loading.written:
        result.batch = earlier
        return False
    result.batch = batch_id
    finish(ctx, conn, result, sheet, shop, stamp, CASES.command)
    return True


CASES = Kind("cases", judging_dates(_load))


def _warn(result: FileResult, sheet: Sheet, without_amount: int) -> None:
    """What the operator should know about a file that was taken."""
    if sheet.source.padding:
        result.warnings.append(
            Message(
                "trailing-nul-padding: {count} NUL bytes at the end were ignored; the copy was interrupted.",
                {"count": sheet.source.padding},
            )
        )
    if result.outcome.waiting:
        result.warnings.append(
            Message("{count} cases wait for their order; import the orders too.", {"count": result.outcome.waiting})
        )
    if without_amount:
        text = "{count} cases say that money went back but not how much; no refund was booked for them."
        result.warnings.append(Message(text, {"count": without_amount}))
    if not result.rows:
        result.warnings.append(Message("0 cases in file.", {}))


class CaseLoading:
    """Takes the cases of one file, chunk by chunk."""

    def __init__(self, work: Work, stream: CaseStream, stamp: int) -> None:
        self._work = work
        self._stream = stream
        self._stamp = stamp
        self._taken: dict[str, int] = {}
        self.new = self.changed = self.unchanged = self.waiting = 0
        self.written = False
        self._stated = Stated(work.conn, work.batch_id, work.shop_id)
        self.linked = Linked()

    def outcome(self) -> CaseOutcome:
        """What came of the file."""
        return CaseOutcome(self.new, self.changed, self.unchanged, self.linked.refunds, self.linked.cases, self.waiting)

    def load(self, progress: Callable[[], None]) -> None:
        """Bring every case of the file to the store."""
        cases = self._stream.cases()
        work = self._work
        while chunk := list(islice(cases, CHUNK)):
            stored = sql.reports(work.conn, work.shop_id, {facts.external_id for _line, _cells, facts in chunk})
            orders = sql.order_ids(work.conn, work.shop_id, {facts.order_number for _line, _cells, facts in chunk})
            for line, cells, facts in chunk:
                try:
                    self._take(facts, stored, orders.get(facts.order_number))
                except BadCell as problem:
                    self._stream.tally.rows -= 1
                    self._stream.reject(line, problem.code, str(problem), cells)
            link_units(work.conn, work.shop_id, orders.values())
            self._stated.write()
            progress()

    def _take(self, facts: CaseFacts, known: dict[str, StoredReport], order_id: int | None) -> None:
        """Join what a row says with what is stored.

        Raises:
            BadCell: the row contradicts the order or an earlier file.
        """
        stored = known.get(facts.external_id)
        said = self._registers(facts)
        if stored is not None and stored.order_number != facts.order_number:
            text = other_order(facts.external_id, stored.order_number, facts.order_number)
            raise BadCell("case-of-another-order", text)
        if stored is not None and facts.currency and stored.currency not in ("", facts.currency):
            text = other_currency(facts.currency, facts.order_number, stored.currency)
            raise BadCell("currency-differs", text)
        joined = said if stored is None else newest(stored.registers, said)
        if stored is not None and joined == stored.registers:
            self._stated.add(stored.id)
            self.unchanged += 1
            self.waiting += stored.case_id is None
            return
        report = self._report(facts, stored, joined)
        if order_id is not None:
            self.linked = self.linked.plus(self._bring(report, stored, order_id))
        else:
            keep_before(self._work, report.external_id, stored, None)
            self._write(report, stored)
            self.waiting += 1
        self._count(stored, joined)
        known[facts.external_id] = sql.reports(self._work.conn, self._work.shop_id, [facts.external_id])[
            facts.external_id
        ]

    def _report(self, facts: CaseFacts, stored: StoredReport | None, joined: Registers) -> StoredReport:
        batch = self._work.batch_id
        if stored is None:
            return StoredReport(
                0, facts.external_id, facts.order_number, None, "", facts.currency, joined, batch, batch
            )  # fmt: skip
        return stored._replace(registers=joined, currency=stored.currency or facts.currency)

    def _bring(self, report: StoredReport, stored: StoredReport | None, order_id: int) -> Linked:
        """Write the statement and its case together, or neither."""
        conn = self._work.conn
        conn.execute("SAVEPOINT statement")
        try:
            report = self._write(report, stored)
            linked = bring_up_to_date(self._work, report, stored, order_id)
        except BadCell:
            conn.execute("ROLLBACK TO statement")
            conn.execute("RELEASE statement")
            raise
        conn.execute("RELEASE statement")
        return linked

    def _write(self, report: StoredReport, stored: StoredReport | None) -> StoredReport:
        """Write the statement, with its id if it is new."""
        work = self._work
        if stored is None:
            return report._replace(
                id=sql.insert_report(
                    work.conn, work.shop_id, report.external_id, report.order_number, report.currency, report.registers,
                    work.batch_id,
                )
            )  # fmt: skip
        sql.update_report(work.conn, report.id, report.currency, report.registers, work.batch_id)
        return report

    def _count(self, stored: StoredReport | None, joined: Registers) -> None:
        self.written = True
        if stored is None:
            self.new += 1
        elif values(joined) != values(stored.registers):
            self.changed += 1
        else:
            self.unchanged += 1

    def _registers(self, facts: CaseFacts) -> Registers:
        """What a row says, with how new it is."""
        meaning, at = facts.standing, max(facts.seen_at, self._stamp)
        rank = STAGE_RANKS[meaning.stage] if meaning else 0
        age = Age(facts.refunded_minor, at, rank, facts.row_hash)
        standing = None
        if meaning is not None:
            standing = Standing(
                *meaning, facts.closed_at, facts.refunded_minor, facts.freight_minor, facts.refunded_at, facts.seen_at
            )
        said = (
            standing, facts.status_raw, facts.kind, facts.fault, facts.reason, facts.note, facts.amount_minor,
            facts.applied_at, facts.deadline_at,
        )  # fmt: skip
        facts_said = (None if value is None else (age, value) for value in said)
        return Registers._make([*facts_said, named(facts.item, facts.quantity, age)])
