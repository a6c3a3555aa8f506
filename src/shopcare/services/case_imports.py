"""Importing after-sales exports: one transaction per file, bad rows set aside, refunds booked once.

What a file says of a case is joined with what earlier files said; the newer value of each fact wins, in any order of
arrival. A case whose order is not in the store waits and is made by the import of that order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice

from shopcare.domain.case_registers import (
    NOT_SAID,
    Age,
    Registers,
    Standing,
    is_left_aside,
    named,
    newest,
    time_of,
    values,
)
from shopcare.domain.report import Message
from shopcare.importers.cases.rivals import CaseRow
from shopcare.importers.cases.rows import CaseFacts
from shopcare.importers.cases.stream import CaseStream
from shopcare.importers.result import CaseOutcome, FileResult, Outcome
from shopcare.importers.values.cells import BadCell
from shopcare.importers.values.times import Times
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
from shopcare.services.file_imports import Attempt, Kind
from shopcare.services.images import Stated
from shopcare.store.queries import case_imports as sql
from shopcare.store.queries.case_imports import StoredReport

#: Cases looked up at a time.
CHUNK = 500
_KIND = Registers._fields.index("kind")


class CaseImport:
    """The rows of one after-sales file on their way to the store."""

    def __init__(self, attempt: Attempt) -> None:
        sheet, shop = attempt.sheet, attempt.shop
        known = sheet.match.format
        currency = known.currency if shop.platform != known.platform and known.currency else shop.currency
        times = Times(attempt.zone, shop.tz, attempt.reading.date_order)
        self._stream = CaseStream(sheet, currency, times, stamp=attempt.stamp, rejects=attempt.reject)
        self._loading = CaseLoading(
            Work(attempt.ctx, attempt.conn, shop.id, attempt.batch_id), self._stream, attempt.stamp
        )
        self.tally = self._stream.tally

    @property
    def written(self) -> bool:
        """Whether anything was written that is worth keeping."""
        return self._loading.written

    def load(self, progress: Callable[[], None]) -> None:
        """Bring every case of the file to the store."""
        self._loading.load(progress)

    def report(self, result: FileResult) -> None:
        """Note what came of the cases, and what the operator should know."""
        loading = self._loading
        result.cases = loading.outcome()
        result.outcome = Outcome(loading.new, loading.changed, loading.unchanged, loading.waiting, loading.not_newer)
        result.warnings += _warnings(result, self._stream.reader.without_amount)
        result.warnings += warnings_on_the_desk(loading.linked)


def _warnings(result: FileResult, without_amount: int) -> Iterator[Message]:
    """What the operator should know about cases that were taken."""
    if result.outcome.waiting:
        yield Message("{count} cases wait for their order; import the orders too.", {"count": result.outcome.waiting})
    if result.outcome.not_newer:
        text = (
            "{count} cases differ from what is stored but are not newer; --exported-at DATE says how new the file is."
        )
        yield Message(text, {"count": result.outcome.not_newer})
    if without_amount:
        text = "{count} cases say that money went back but not how much; no refund was booked for them."
        yield Message(text, {"count": without_amount})
    if not result.rows:
        yield Message("0 cases in file.", {})


CASES = Kind("cases", CaseImport)


class CaseLoading:
    """Takes the cases of one file, chunk by chunk."""

    def __init__(self, work: Work, stream: CaseStream, stamp: int) -> None:
        self._work = work
        self._stream = stream
        self._stamp = stamp
        self.new = self.changed = self.unchanged = self.waiting = self.not_newer = 0
        self.written = False
        self._stated = Stated(work.conn, work.batch_id, work.shop_id)
        self.linked = Linked()

    def outcome(self) -> CaseOutcome:
        """What came of the file."""
        return CaseOutcome(self.new, self.changed, self.unchanged, self.linked.refunds, self.linked.cases, self.waiting)

    def load(self, progress: Callable[[], None]) -> None:
        """Bring every case of the file to the store."""
        cases = self._stream.cases(progress)
        work = self._work
        while chunk := list(islice(cases, CHUNK)):
            stored = sql.reports(work.conn, work.shop_id, {rows[0].facts.external_id for rows in chunk})
            numbers = {row.facts.order_number for rows in chunk for row in rows}
            orders = sql.order_ids(work.conn, work.shop_id, numbers)
            for rows in chunk:
                self._take_case(rows, stored.get(rows[0].facts.external_id), orders)
            link_units(work.conn, work.shop_id, orders.values())
            self._stated.write()
            progress()

    def _take_case(self, rows: Sequence[CaseRow], stored: StoredReport | None, orders: Mapping[str, int]) -> None:
        """Take the rows of one case: its history first, then the most money that any row says went back."""
        before, said = stored, Registers()
        with_money = [row for row in rows if row.facts.refunded_minor]
        history = [row for row in reversed(rows) if not row.facts.refunded_minor]
        for row in (*history, *with_money):
            if row.foreign:
                continue
            registers = _registers(row.facts, row.age)
            try:
                stored = self._take(row.facts, registers, stored, orders.get(row.facts.order_number))
            except BadCell as problem:
                self._reject(row, problem)
            else:
                said = newest(said, registers)
        if stored is not None:
            self._count(before, stored)
            self.not_newer += is_left_aside(said, stored.registers, self._stamp)

    def _reject(self, row: CaseRow, problem: BadCell) -> None:
        """Set a row aside, unless a newer one of the file contradicts it and it was set aside for that."""
        if row.against is None:
            self._stream.tally.rows -= 1
            self._stream.reject(row.line, problem.code, str(problem), row.cells)

    def _take(
        self, facts: CaseFacts, said: Registers, stored: StoredReport | None, order_id: int | None
    ) -> StoredReport:
        """Join what a row says with what is stored.

        Raises:
            BadCell: the row contradicts the order or an earlier file.
        """
        if stored is not None and stored.order_number != facts.order_number:
            text = other_order(facts.external_id, stored.order_number, facts.order_number)
            raise BadCell("case-of-another-order", text)
        if stored is not None and facts.currency and stored.currency not in ("", facts.currency):
            text = other_currency(facts.currency, facts.order_number, stored.currency)
            raise BadCell("currency-differs", text)
        joined = said if stored is None else newest(stored.registers, said)
        if stored is not None and joined == stored.registers:
            return stored
        report = self._report(facts, stored, joined)
        if order_id is not None:
            report, linked = self._bring(report, stored, order_id)
            self.linked = self.linked.plus(linked)
            return report
        keep_before(self._work, report.external_id, stored, None)
        return self._write(report, stored)

    def _report(self, facts: CaseFacts, stored: StoredReport | None, joined: Registers) -> StoredReport:
        batch = self._work.batch_id
        if stored is None:
            return StoredReport(
                0, facts.external_id, facts.order_number, None, "", facts.currency, joined, batch, batch
            )  # fmt: skip
        return stored._replace(registers=joined, currency=stored.currency or facts.currency, batch_id=batch)

    def _bring(self, report: StoredReport, stored: StoredReport | None, order_id: int) -> tuple[StoredReport, Linked]:
        """Write the statement and its case together, or neither."""
        conn = self._work.conn
        conn.execute("SAVEPOINT statement")
        try:
            report = self._write(report, stored)
            case_id, linked = bring_up_to_date(self._work, report, stored, order_id)
        except BadCell:
            conn.execute("ROLLBACK TO statement")
            conn.execute("RELEASE statement")
            raise
        conn.execute("RELEASE statement")
        return report._replace(case_id=case_id), linked

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

    def _count(self, before: StoredReport | None, after: StoredReport) -> None:
        """What the rows of one case came to."""
        self.waiting += after.case_id is None
        if before is None:
            self.new += 1
        elif values(after.registers) != values(before.registers):
            self.changed += 1
        else:
            self.unchanged += 1
        if after is before:
            self._stated.add(after.id)
        else:
            self.written = True


def _registers(facts: CaseFacts, age: Age) -> Registers:
    """What a row says, with how new it is."""
    meaning, standing = facts.standing, None
    if meaning is not None:
        standing = Standing(
            *meaning, facts.closed_at, facts.refunded_minor, facts.freight_minor, facts.refunded_at, facts.seen_at
        )
    said = (
        standing, facts.status_raw, facts.kind, facts.fault, facts.reason, facts.note, facts.amount_minor,
        facts.applied_at, facts.deadline_at,
    )  # fmt: skip
    facts_said = [None if value is None else (age, value) for value in said]
    if facts.is_usual_kind and facts.kind is not None:
        facts_said[_KIND] = age._replace(refunded_minor=NOT_SAID), facts.kind
    return Registers._make([*facts_said, named(facts.item, facts.quantity, age), time_of(standing)])
