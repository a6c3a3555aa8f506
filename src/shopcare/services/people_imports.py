"""Importing reviews, customers, survey answers and behaviour events.

A fact is known again by its key; of two statements about it the newer one stays: by the date of the export, then by the
newest time it mentions, then by its text, so that files may come in any order or pieces.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from shopcare.domain.ids import CUSTOMER, show
from shopcare.domain.report import Message
from shopcare.i18n import _
from shopcare.importers.cells import BadCell
from shopcare.importers.identities import Identity
from shopcare.importers.people import Record, RecordMapper
from shopcare.importers.reader import Sheet
from shopcare.importers.records import RecordStream
from shopcare.importers.result import FileResult, Outcome
from shopcare.importers.times import Times
from shopcare.services.context import Context
from shopcare.services.imports import (
    PATIENCE,
    Kind,
    Options,
    Progress,
    RejectsSink,
    batch_row,
    date_order_of,
    finish,
    shop_of,
    stamp_of,
)
from shopcare.store.queries import imports as import_sql
from shopcare.store.queries import people as sql
from shopcare.store.queries.people import RecordTable, StoredRecord
from shopcare.store.queries.shops import ShopRow

#: Rows looked up and written at a time.
CHUNK = 2_000

TABLES = {"reviews": sql.REVIEWS, "surveys": sql.ANSWERS, "events": sql.EVENTS}


class Work(NamedTuple):
    """Where and as what the rows of one file are stored."""

    conn: sqlite3.Connection
    shop: ShopRow
    platform: str
    batch_id: int
    stamp: int
    now: int


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
    stamp = stamp_of(result, sheet, options, source_tz)
    batch_id = import_sql.insert_batch(conn, batch_row(ctx, result, sheet, shop))
    work = Work(conn, shop, known.platform, batch_id, stamp, ctx.now)
    stream = RecordStream(sheet, rejects=None if rejects is None else rejects.add)
    date_order = options.date_order or known.layout.order or date_order_of(sheet, patience=PATIENCE) or ""
    mapper = RecordMapper(sheet.match, Times(source_tz, shop.tz, date_order), import_sql.salt(conn))
    loading = _loading(known.kind, work, stream, mapper)
    rows = stream.rows()
    while chunk := list(islice(rows, CHUNK)):
        loading.take(chunk)
        if progress is not None:
            progress(result.file, sheet.position, sheet.source.size, stream.tally.rows)
    result.outcome = Outcome(loading.new, loading.changed, loading.unchanged)
    result.tally, result.shop = stream.tally, shop.name
    result.tally.rejected.sort(key=lambda bad: bad.line)
    _warn(result, sheet)
    earlier = import_sql.batch_of_same_file(conn, shop.id, sheet.digest, batch_id)
    if earlier is not None and not loading.written:
        result.batch = earlier
        return False
    result.batch = batch_id
    finish(ctx, conn, result, sheet, shop, stamp, f"import {result.kind}")
    return True


def _loading(kind: str, work: Work, stream: RecordStream, mapper: RecordMapper) -> CustomerLoading | RecordLoading:
    if kind == "customers":
        return CustomerLoading(work, stream, mapper)
    return RecordLoading(work, stream, mapper, TABLES[kind])


def _warn(result: FileResult, sheet: Sheet) -> None:
    """What the operator should know about a file that was taken."""
    if sheet.source.padding:
        text = "trailing-nul-padding: {count} NUL bytes at the end were ignored; the copy was interrupted."
        result.warnings.append(Message(text, {"count": sheet.source.padding}))
    if result.tally.guests:
        text = "{count} rows name nobody who can be known again; figures by customer leave them out."
        result.warnings.append(Message(text, {"count": result.tally.guests}))
    if not result.rows:
        result.warnings.append(Message("0 rows in file.", {}))


REVIEWS, CUSTOMERS, SURVEYS, EVENTS = (Kind(name, _load) for name in ("reviews", "customers", "surveys", "events"))


class RecordLoading:
    """Takes the facts of one file, chunk by chunk."""

    def __init__(self, work: Work, stream: RecordStream, mapper: RecordMapper, table: RecordTable) -> None:
        self._work = work
        self._stream = stream
        self._mapper = mapper
        self._table = table
        self._times = [table.columns.index(name) for name in table.times]
        self.new = self.changed = self.unchanged = 0
        self.written = False

    def take(self, rows: Sequence[tuple[int, list[str]]]) -> None:
        """Bring what the rows state to the store."""
        stated: dict[str, tuple[int, list[str], tuple[int | str | None, ...]]] = {}
        for line, cells in rows:
            try:
                record = self._mapper.record(cells)
            except BadCell as problem:
                self._stream.reject(line, problem.code, str(problem), cells)
                continue
            self._join(stated, line, cells, record)
        self._store(stated)

    def _join(
        self,
        stated: dict[str, tuple[int, list[str], tuple[int | str | None, ...]]],
        line: int,
        cells: list[str],
        record: Record,
    ) -> None:
        """Of two rows of a file about one fact the newer one stays."""
        this = line, cells, tuple(record.state[name] for name in self._table.columns)
        before = stated.get(record.key)
        if before is None:
            stated[record.key] = this
        elif before[2] == this[2]:
            self._stream.skip(line, "exact repeat")
        else:
            winner, loser = (this, before) if self._age(this[2]) > self._age(before[2]) else (before, this)
            stated[record.key] = winner
            self._conflict(loser[0], loser[1])

    def _conflict(self, line: int, cells: list[str]) -> None:
        message = _("another row of the file says something else of the same thing; the newer one counts")
        self._stream.reject(line, "conflicting-rows", message, cells)

    def _age(self, state: tuple[int | str | None, ...]) -> tuple[int, str]:
        """What is greater is newer; equal only for equal states."""
        return max(int(state[place] or 0) for place in self._times), repr(state)

    def _store(self, stated: dict[str, tuple[int, list[str], tuple[int | str | None, ...]]]) -> None:
        work, table = self._work, self._table
        stored = sql.stored_records(work.conn, table, work.shop.id, stated)
        inserts, updates, touches = [], [], []
        for key, (line, cells, state) in stated.items():
            known = stored.get(key)
            if known is None:
                self.new += 1
                inserts.append((work.shop.id, key, work.stamp, work.batch_id, work.batch_id, *state))
            elif known.state == state:
                if known.batch_id == work.batch_id:
                    self._stream.skip(line, "exact repeat")
                    continue
                self.unchanged += 1
                if work.stamp > known.exported_at:
                    touches.append((work.stamp, known.id))
            elif known.batch_id == work.batch_id:
                self._conflict(line, cells)
                if self._is_newer(state, known):
                    updates.append((work.stamp, work.batch_id, *state, known.id))
                continue
            elif self._is_newer(state, known):
                self.changed += 1
                updates.append((work.stamp, work.batch_id, *state, known.id))
            else:
                self.unchanged += 1
            self._stream.tally.rows += 1
            self._stream.tally.guests += state[-1] is None
        sql.insert_records(work.conn, table, inserts)
        sql.update_records(work.conn, table, updates)
        sql.touch_records(work.conn, table, touches)
        self.written = self.written or bool(inserts or updates or touches)

    def _is_newer(self, state: tuple[int | str | None, ...], known: StoredRecord) -> bool:
        return (self._work.stamp, self._age(state)) > (known.exported_at, self._age(known.state))


class CustomerLoading:
    """Takes the identities of one file: everything a row calls one person becomes one customer."""

    def __init__(self, work: Work, stream: RecordStream, mapper: RecordMapper) -> None:
        self._work = work
        self._stream = stream
        self._mapper = mapper
        self._next_id = import_sql.next_id(work.conn, "customer")
        self.new = self.changed = self.unchanged = 0
        self.written = False

    def take(self, rows: Sequence[tuple[int, list[str]]]) -> None:
        """Make or find the customers of the rows."""
        named = []
        for line, cells in rows:
            try:
                named.append((line, cells, self._mapper.identities(cells)))
            except BadCell as problem:
                self._stream.reject(line, problem.code, str(problem), cells)
        known = self._known([identity for _line, _cells, identities in named for identity in identities])
        customers: list[tuple[int, int, str, int]] = []
        links: list[tuple[int, int, str, str, str]] = []
        for line, cells, identities in named:
            self._take(line, cells, identities, known, customers, links)
        import_sql.insert_customers(self._work.conn, customers)
        import_sql.insert_identities(self._work.conn, links)
        self.written = self.written or bool(links)

    def _known(self, identities: Sequence[Identity]) -> dict[tuple[str, str], tuple[int, int]]:
        """(kind, value) → the customer known under it, and who stands for them."""
        found = {}
        for kind in ("buyer_id", "email"):
            values = {identity.value for identity in identities if identity.kind == kind}
            for value, customer in sql.customers_known_as(self._work.conn, self._work.shop.id, kind, values).items():
                found[kind, value] = customer
        return found

    def _take(
        self,
        line: int,
        cells: list[str],
        identities: Sequence[Identity],
        known: dict[tuple[str, str], tuple[int, int]],
        customers: list[tuple[int, int, str, int]],
        links: list[tuple[int, int, str, str, str]],
    ) -> None:
        work = self._work
        found = [known[each.kind, each.value] for each in identities if (each.kind, each.value) in known]
        if len({standing for _customer, standing in found}) > 1:
            names = ", ".join(show(CUSTOMER, standing) for _customer, standing in found)
            message = _("its id and its e-mail address belong to different customers: {names}").format(names=names)
            self._stream.reject(line, "conflicting-identities", message, cells)
            return
        if found:
            owner = found[0]
        else:
            owner = self._next_id, self._next_id
            self._next_id += 1
            customers.append((owner[0], work.shop.id, identities[0].display, work.now))
        unlinked = [each for each in identities if (each.kind, each.value) not in known]
        for each in unlinked:
            known[each.kind, each.value] = owner
            links.append((work.shop.id, owner[0], work.platform, each.kind, each.value))
        self.new += not found
        self.changed += bool(found and unlinked)
        self.unchanged += bool(found and not unlinked)
        self._stream.tally.rows += 1
