"""Importing reviews, survey answers and behaviour events.

A fact is known again by its key; of two statements about it the newer one stays: by the date of the export, then by the
newest time it mentions, then the one that says more, then by its text, so that files may come in any order or pieces.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby, islice
from operator import itemgetter
from typing import NamedTuple

from shopcare.domain.report import Message
from shopcare.i18n import N_
from shopcare.importers.mended import own_width
from shopcare.importers.people import RecordMapper
from shopcare.importers.result import FileResult, Outcome
from shopcare.importers.rows.contradictions import otherwise
from shopcare.importers.rows.records import RecordStream
from shopcare.importers.values.cells import BadCell
from shopcare.importers.values.times import Times
from shopcare.services.file_imports import Attempt, Kind
from shopcare.services.images import Stated, json_of
from shopcare.store.queries import people as sql
from shopcare.store.queries.people import StoredRecord
from shopcare.store.queries.undo import keep_images
from shopcare.store.record_tables import TABLES
from shopcare.store.salt import salt

#: Rows looked up and written at a time.
CHUNK = 2_000


_REPEAT = N_("exact repeat")
_REPEAT_OF_READ = N_("a repeat in every column that is read")


class _Said(NamedTuple):
    """What one row states: the key of the fact, the physical line, the cells, and the values of the table's columns."""

    key: str
    line: int
    cells: list[str]
    state: tuple[int | str | None, ...]


class _Changes(NamedTuple):
    """What a chunk of rows does to the store: rows of statements, and what the changed facts were before."""

    inserts: list[tuple[object, ...]]
    updates: list[tuple[object, ...]]
    touches: list[tuple[int, int]]
    images: list[tuple[str, str]]


def _is_guest(said: _Said) -> bool:
    """Whether a row names nobody: the last column is the value of the identity."""
    return said.state[-1] is None


class RowLoading(ABC):
    """Takes the rows of one file, chunk by chunk."""

    def __init__(self, work: Attempt) -> None:
        times = Times(work.zone, work.shop.tz, work.reading.date_order)
        self._work = work
        self._stream = RecordStream(work.sheet, rejects=work.reject)
        header = work.sheet.header[: own_width(work.sheet.header)]
        self._mapper = RecordMapper(header, work.sheet.match, times, salt(work.conn))
        self._stated = Stated(work.conn, work.batch_id, work.shop.id)
        self.tally = self._stream.tally
        self.new = self.changed = self.unchanged = self.not_newer = 0
        self.written = False

    def load(self, progress: Callable[[], None]) -> None:
        """Bring all rows to the store."""
        rows = self._stream.rows()
        while chunk := list(islice(rows, CHUNK)):
            self.take(chunk)
            progress()
        self.finish()

    @abstractmethod
    def take(self, rows: Sequence[tuple[int, list[str]]]) -> None:
        """Bring some rows to the store, or put them aside for `finish`."""

    @abstractmethod
    def finish(self) -> None:
        """Bring what was put aside to the store."""

    def report(self, result: FileResult) -> None:
        """Note what came of the rows, and what the operator should know."""
        result.outcome = Outcome(self.new, self.changed, self.unchanged)
        if self.tally.guests:
            text = "{count} rows name nobody who can be known again; figures by customer leave them out."
            result.warnings.append(Message(text, {"count": self.tally.guests}))
        if self.not_newer:
            text = "{count} rows differ from what is stored but are not newer; --exported-at DATE says how new the file is."
            result.warnings.append(Message(text, {"count": self.not_newer}))
        if not result.rows:
            result.warnings.append(Message("0 rows in file.", {}))


class RecordLoading(RowLoading):
    """Takes the facts of one file."""

    def __init__(self, work: Attempt) -> None:
        super().__init__(work)
        self._table = TABLES[work.sheet.match.format.kind]
        self._times = [self._table.columns.index(name) for name in self._table.times]
        self._beaten: list[_Said] = []
        sql.forget_taken(work.conn)

    def take(self, rows: Sequence[tuple[int, list[str]]]) -> None:
        """Bring what the rows state to the store."""
        read = []
        for line, cells in rows:
            try:
                read.append(self._said(line, cells))
            except BadCell as problem:
                self._stream.reject(line, problem.code, str(problem), cells)
        earlier = sql.taken(self._work.conn, {said.key for said in read})
        before = {key: self._said(line, json.loads(cells)) for key, (line, cells) in earlier.items()}
        counting = dict(before)
        for said in read:
            self._join(counting, said)
        sql.beat(self._work.conn, [(said.key, said.line, json.dumps(said.cells)) for said in self._beaten])
        self._beaten.clear()
        fresh = [said for key, said in counting.items() if said is not before.get(key)]
        sql.take(self._work.conn, [(said.key, said.line, json.dumps(said.cells)) for said in fresh])
        self._store(fresh, before)
        self._stated.write()

    def finish(self) -> None:
        """Everything is written by now; set the rows aside in whose place others count."""
        for _key, rows in groupby(sql.beaten(self._work.conn), itemgetter(0)):
            before: dict[tuple[int | str | None, ...], list[str]] = {}
            for _again, line, text, counts_line, counts_text in rows:
                said, counts = self._said(line, json.loads(text)), json.loads(counts_text)
                if said.state in before:
                    self._skip(said, before[said.state])
                    continue
                before[said.state] = said.cells
                message = otherwise(counts_line, self._mapper.differences(counts, said.cells))
                self._stream.reject(line, "conflicting-rows", message, said.cells)

    def _said(self, line: int, cells: list[str]) -> _Said:
        record = self._mapper.record(cells)
        return _Said(record.key, line, cells, tuple(record.state[name] for name in self._table.columns))

    def _join(self, counting: dict[str, _Said], said: _Said) -> None:
        """Of the rows of a file about one fact the newest one stays, wherever it stands."""
        before = counting.setdefault(said.key, said)
        if before is said:
            return
        if before.state == said.state:
            self._skip(said, before.cells)
            return
        if self._age(said.state) > self._age(before.state):
            counting[said.key], said = said, before
        self._beaten.append(said)

    def _skip(self, said: _Said, cells: list[str]) -> None:
        """Leave out a row that says of its fact what another one (its cells) does."""
        differ = self._mapper.differ_unread(cells, said.cells)
        self._stream.skip(said.line, _REPEAT_OF_READ if differ else _REPEAT)

    def _age(self, state: tuple[int | str | None, ...]) -> tuple[int, int, int, str]:
        """What is greater is newer, or has a reply or an addition that the other lacks; equal only for equal states."""
        said = [value for value in state if value is not None]
        words = sum(len(value) for value in said if isinstance(value, str))
        return max(int(state[place] or 0) for place in self._times), len(said), words, repr(state)

    def _store(self, rows: Sequence[_Said], replaced: Mapping[str, _Said]) -> None:
        """Write what is new; rows in `replaced` were taken from further up in the file and do not count any more."""
        work = self._work
        stored = sql.stored_records(work.conn, self._table, work.shop.id, {said.key for said in rows})
        changes = _Changes([], [], [], [])
        for said in rows:
            known, again = stored.get(said.key), replaced.get(said.key)
            self._stream.tally.rows += again is None
            self._stream.tally.guests += _is_guest(said) - (again is not None and _is_guest(again))
            if known is None:
                self.new += 1
                changes.inserts.append((work.shop.id, said.key, work.stamp, work.batch_id, work.batch_id, *said.state))
            else:
                self._compare(said, known, changes, again=again is not None)
        self._write(changes)

    def _compare(self, said: _Said, known: StoredRecord, changes: _Changes, *, again: bool) -> None:
        """What a row changes of a stored fact; `again`: a row further up was counted for it."""
        work = self._work
        is_ours = known.batch_id == work.batch_id
        if said.state != known.state and self._is_newer(said.state, known):
            changes.updates.append((work.stamp, work.batch_id, *said.state, known.id))
            self.changed += not is_ours
            self.unchanged -= again and not is_ours
        else:
            self.unchanged += not again
            is_beside = not work.stamp or work.stamp == known.exported_at
            self.not_newer += said.state != known.state and is_beside and not (is_ours or again)
            if said.state != known.state or work.stamp <= known.exported_at:
                self._stated.add(known.id)
                return
            changes.touches.append((work.stamp, known.id))
        if not is_ours:
            changes.images.append((str(known.id), json_of([known.exported_at, known.batch_id, *known.state])))

    def _write(self, changes: _Changes) -> None:
        work, table = self._work, self._table
        keep_images(work.conn, ((work.batch_id, table.name, key, work.shop.id, text) for key, text in changes.images))
        sql.insert_records(work.conn, table, changes.inserts)
        sql.update_records(work.conn, table, changes.updates)
        sql.touch_records(work.conn, table, changes.touches)
        self.written = self.written or any(changes[:3])

    def _is_newer(self, state: tuple[int | str | None, ...], known: StoredRecord) -> bool:
        return (self._work.stamp, self._age(state)) > (known.exported_at, self._age(known.state))


REVIEWS, SURVEYS, EVENTS = (Kind(name, RecordLoading) for name in ("reviews", "surveys", "events"))
