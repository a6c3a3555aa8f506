"""Importing export files of any kind: one transaction per file, a file is stored or refused, bad rows are set aside.

What becomes of the rows is each kind's own: `order_imports`, `case_imports`, `customer_imports`,
`people_imports`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple, Protocol

from shopcare.domain.clock import instant_of, zone
from shopcare.domain.ids import BATCH, show
from shopcare.domain.report import Message
from shopcare.errors import EXIT_INTERRUPTED, ShopcareError, UsageError
from shopcare.importers import folders, mended, opening
from shopcare.importers.formats import catalog
from shopcare.importers.kinds import check_kind, is_of_kind
from shopcare.importers.orders.scattered import NotInOrder
from shopcare.importers.refusals import ImportRefusalError
from shopcare.importers.result import FileResult, ImportResult
from shopcare.importers.rows.judged_dates import date_order_of
from shopcare.importers.rows.tally import Reject, Tally
from shopcare.importers.text import encodings
from shopcare.importers.text.sheet import Sheet
from shopcare.importers.values.dates import DATE_ORDERS, DateOrderNeeded
from shopcare.services import export_dates
from shopcare.services.context import Context
from shopcare.services.load_target import ScatteredOrder
from shopcare.services.shop_choice import shop_of
from shopcare.store import engine
from shopcare.store.queries import audit, batches, shops
from shopcare.store.queries.shops import ShopRow

#: Told from time to time: file, bytes read, bytes in all (0 while it is unpacked), rows read.
Progress = Callable[[str, int, int, int], None]


class RejectsSink(Protocol):
    """Takes rejected rows as they come, in the input's own columns."""

    def start(self, file: str, header: Sequence[str], exported: str = "", date_order: str = "") -> None:
        """A file of this name with this header begins; `exported`: when it was made, if anything says so; `date_order`: what
        its dates of digits begin with, if that was to be known.
        """

    def add(self, reject: Reject, cells: Sequence[str]) -> None:
        """One bad row."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the operator says about all files of a call."""

    platform: str | None = None
    shop: str | None = None
    tz: str | None = None
    exported_at: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    encoding: str | None = None
    date_order: str = ""
    dry_run: bool = False


class Reading(NamedTuple):
    """What turned out about a file while it was read, and has to be known from its beginning."""

    date_order: str
    any_order: bool = False
    scattered: bool = False


class Attempt(NamedTuple):
    """A recognised file, read from its beginning inside its transaction, and where its rows go.

    `zone` is that of times without one, `stamp` when the export was made, as far as anything says so (else 0). `reject`
    takes the cells of bad rows if somebody wants them.
    """

    ctx: Context
    conn: sqlite3.Connection
    sheet: Sheet
    shop: ShopRow
    batch_id: int
    zone: str
    stamp: int
    reading: Reading
    reject: Callable[[Reject, list[str]], None] | None


class Loading(Protocol):
    """The rows of one file on their way to the store. `written`: something was that is worth keeping."""

    @property
    def tally(self) -> Tally:
        """What became of the rows so far."""

    @property
    def written(self) -> bool:
        """Whether anything was written that is worth keeping."""

    def load(self, progress: Callable[[], None]) -> None:
        """Bring all rows to the store.

        Raises:
            NotInOrder, ScatteredOrder, DateOrderNeeded: the file has to be read otherwise.
        """

    def report(self, result: FileResult) -> None:
        """Note what came of them, and what the operator should know."""


def no_table(_sheet: Sheet) -> str:
    """No table of which a file could be the first, and worth another journal."""
    return ""


def nothing_more(_ctx: Context, _results: Sequence[FileResult]) -> None:
    """What a file brought stays what it was when the file was read."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of export: how its rows are loaded.

    `bulk`: the loading checks all references and values itself, `fills`: the table that a big file fills, see
    `engine.writing`. `settle` is called with all stored files of a call: a later one may have brought what an earlier one
    lacked.
    """

    name: str
    loading: Callable[[Attempt], Loading]
    bulk: bool = False
    fills: Callable[[Sheet], str] = no_table
    settle: Callable[[Context, Sequence[FileResult]], None] = nothing_more

    @property
    def command(self) -> str:
        """The noun and verb that import it."""
        return f"import {self.name}"

    @property
    def schema(self) -> str:
        """The schema of its result."""
        return f"shopcare.import.{self.name}/1"


def import_files(
    ctx: Context,
    files: Sequence[str],
    options: Options,
    what: Kind,
    *,
    rejects: RejectsSink | None = None,
    progress: Progress | None = None,
) -> ImportResult:
    """Import export files of one kind, each in a transaction of its own; a folder or pattern stands for its files.

    Raises:
        UnknownPlatformError, UnknownFieldError, ShopUnknown, UsageError: the call itself is wrong; nothing was stored.
        StoreMissing and its like, KeyboardInterrupt: before any file was stored; after that the result says what stopped it.
    """
    known = catalog.chosen(options.platform, options.columns, generic=f"generic-{what.name}")
    _check_call(ctx, options, what.command)
    call = _Call(ctx, options, what, known, rejects, progress)
    results: list[FileResult] = []
    for name in folders.expanded(files):
        shown = folders.printable(name)
        result = FileResult(shown, kind=what.name)
        try:
            _import(call, name, result)
        except ImportRefusalError as refusal:
            # without its frames, which would keep the file open
            result = FileResult(shown, kind=what.name, error=refusal.with_traceback(None))
        except (KeyboardInterrupt, ShopcareError) as stop:
            if options.dry_run or all(done.error for done in results):
                raise
            return _done(call, results, _stopped_by(stop))
        results.append(result)
    return _done(call, results)


def _done(call: _Call, results: Sequence[FileResult], stopped: ShopcareError | None = None) -> ImportResult:
    dry_run = call.options.dry_run
    if not dry_run:
        call.what.settle(call.ctx, [result for result in results if result.error is None])
    return ImportResult(tuple(results), dry_run, stopped)


class ImportInterrupted(ShopcareError):
    """Ctrl-C between or inside files, when earlier files are stored: exit 130."""

    code, exit_code = "import.interrupted", EXIT_INTERRUPTED
    sentence = "Interrupted."
    hint = "The files named above are done and stay so; the file that was being imported and those after it are not."


def _stopped_by(problem: BaseException) -> ShopcareError:
    """What ended an import after some of its files were stored, with a hint that does not say that nothing was."""
    if not isinstance(problem, ShopcareError):
        return ImportInterrupted()
    problem.hint = ImportInterrupted.hint
    return problem.with_traceback(None)


class _Call(NamedTuple):
    """One call for several files."""

    ctx: Context
    options: Options
    what: Kind
    known: Sequence[catalog.Format]
    rejects: RejectsSink | None
    progress: Progress | None


def _check_call(ctx: Context, options: Options, command: str) -> None:
    """What can be wrong without looking at any file."""
    if options.tz:
        try:
            zone(options.tz)
        except ValueError as problem:
            text = "{option}: '{given}' is not an IANA time zone such as Asia/Shanghai."
            raise UsageError(problem=text, command=command, option="--tz", given=options.tz) from problem
    stated = _exported_at(options, "UTC", command)
    if stated is not None and export_dates.is_to_come(stated, ctx):
        text = "{option}: {given} is still to come; no export is newer than now."
        raise UsageError(problem=text, command=command, option="--exported-at", given=options.exported_at)
    if options.date_order not in ("", *DATE_ORDERS):
        text = "{option} takes {choices}, not '{given}'."
        choices, given = " or ".join(DATE_ORDERS), options.date_order
        raise UsageError(problem=text, command=command, option="--date-order", choices=choices, given=given)
    if options.encoding is not None and encodings.codec_named(options.encoding) is None:
        text = "{option}: '{given}' is no text encoding; known are utf-8, gb18030, utf-16, cp1252, shift_jis."
        raise UsageError(problem=text, command=command, option="--encoding", given=options.encoding)
    with engine.reading(ctx.store) as conn:
        if options.shop:
            shops.shop_named(conn, options.shop)


def _exported_at(options: Options, tz: str, command: str) -> int | None:
    """When the operator says the files were exported; None if not."""
    if options.exported_at is None:
        return None
    try:
        return instant_of(options.exported_at, tz)
    except ValueError as problem:
        text = "{option} takes a date or time such as 2026-08-05, not '{given}'."
        raise UsageError(problem=text, command=command, option="--exported-at", given=options.exported_at) from problem


def _stamp(call: _Call, result: FileResult, sheet: Sheet, tz: str) -> int:
    """When a file was exported, as far as the operator or its names say; 0 if nothing does."""
    options, what = call.options, call.what
    text = export_dates.stated(call.ctx, options.exported_at, result.file, sheet)
    return _exported_at(replace(options, exported_at=text), tz, what.command) or 0 if text else 0


def _import(call: _Call, name: str, result: FileResult) -> None:
    """Open a file and load it in its transaction; again from its beginning when something has turned out about it."""
    options, what = call.options, call.what
    if call.progress is not None:
        call.progress(result.file, 0, 0, 0)
    others = (
        catalog.chosen(None, {}, generic=f"generic-{what.name}") if options.platform and not options.columns else ()
    )
    sheet = opening.open_file(
        name, call.known, options.encoding, is_wanted=lambda found: is_of_kind(found, what.name),
        platform=options.platform or "", others=others,
    )  # fmt: skip
    check_kind(sheet, what.name)
    _describe(result, sheet)
    reading = Reading(options.date_order or mended.date_order(sheet))
    with engine.writing(call.ctx.store, dry_run=options.dry_run, bulk=what.bulk, fills=what.fills(sheet)) as conn:
        conn.execute("SAVEPOINT file")
        while True:
            try:
                written = _load(call, conn, result, sheet, reading)
                break
            except (NotInOrder, ScatteredOrder, DateOrderNeeded) as problem:
                reading = _otherwise(problem, reading, sheet, call.ctx.now)
                conn.execute("ROLLBACK TO file")
        if not result.rows:
            opening.check_line_ends(sheet)
        if not written:
            conn.execute("ROLLBACK TO file")


def _otherwise(problem: Exception, reading: Reading, sheet: Sheet, now: int) -> Reading:
    """How a file is read that could not be read like this.

    Raises:
        AmbiguousDateError: nothing shows the order of day, month and year.
    """
    match problem:
        case NotInOrder():
            return reading._replace(any_order=True)
        case ScatteredOrder():
            return reading._replace(scattered=True)
    return reading._replace(date_order=date_order_of(sheet, now))


def _load(call: _Call, conn: sqlite3.Connection, result: FileResult, sheet: Sheet, reading: Reading) -> bool:
    """Load a file inside its transaction; whether anything was written that is worth keeping.

    Raises:
        NotInOrder, ScatteredOrder, DateOrderNeeded: it has to be read otherwise.
    """
    ctx, options, what, rejects, progress = call.ctx, call.options, call.what, call.rejects, call.progress
    known = sheet.match.format
    shop, result.warnings = shop_of(conn, sheet, result.file, options.shop, ctx.now)
    tz = options.tz or known.zone or shop.tz
    stamp = _stamp(call, result, sheet, tz)
    batch_id = batches.insert_batch(conn, _batch_row(ctx, result, sheet, shop))
    kept: list[tuple[Reject, list[str]]] = []
    keep = None if rejects is None else lambda reject, cells: kept.append((reject, cells))
    loading = what.loading(Attempt(ctx, conn, sheet, shop, batch_id, tz, stamp, reading, keep))
    tally = loading.tally
    loading.load(lambda: progress and progress(result.file, sheet.position, sheet.source.size, tally.rows))
    tally.rejected.sort(key=lambda reject: reject.line)
    tally.skipped.sort(key=lambda skip: skip.line)
    result.tally, result.shop = tally, shop.name
    result.warnings += _of_the_file(sheet)
    result.warnings += export_dates.passed_over(ctx, options.exported_at, result.file, sheet)
    loading.report(result)
    if rejects is not None:
        rejects.start(
            result.file,
            sheet.header,
            export_dates.stated(ctx, options.exported_at, result.file, sheet),
            reading.date_order,
        )
        for reject, cells in sorted(kept, key=lambda bad: bad[0].line):
            rejects.add(reject, cells)
    earlier = batches.batch_of_same_file(conn, shop.id, sheet.digest, stamp, batch_id)
    if earlier is not None and not loading.written:
        result.batch = earlier
        return False
    result.batch = batch_id
    _finish(ctx, conn, result, sheet, shop, stamp, what.command)
    return True


def _describe(result: FileResult, sheet: Sheet) -> None:
    """What a file turned out to be."""
    result.platform = sheet.match.format.platform
    result.format = sheet.match.format.name
    result.container, result.sheet = sheet.source.container, sheet.source.sheet
    result.encoding = sheet.encoding
    result.header_line = sheet.header_line
    reasons = {name.strip() for name in sheet.header[mended.own_width(sheet.header) :]}
    result.ignored = tuple(name for name in sheet.match.ignored if name not in reasons)


def _of_the_file(sheet: Sheet) -> Iterator[Message]:
    """What the operator should know about the file itself."""
    if sheet.source.padding:
        yield Message(
            "trailing-nul-padding: {count} NUL bytes at the end were ignored; the copy was interrupted.",
            {"count": sheet.source.padding},
        )
    if sheet.left_out:
        yield Message(
            "sheets-left-out: only the sheet '{sheet}' was read; save these, which are exports too, as files: {others}.",
            {"sheet": sheet.source.sheet, "others": ", ".join(sheet.left_out)},
        )


def _batch_row(ctx: Context, result: FileResult, sheet: Sheet, shop: ShopRow) -> dict[str, object]:
    """A batch before its counts are known."""
    counts = ("row_count", "new_count", "changed_count", "unchanged_count", "rejected_count", "skipped_count")
    return {
        "shop_id": shop.id, "kind": sheet.match.format.kind, "file_name": Path(result.file).name, "file_sha256": "",
        "platform": result.platform, "format": result.format, "encoding": result.encoding,
        "header_line": result.header_line, **dict.fromkeys(counts, 0), "exported_at": None, "imported_at": ctx.now,
    }  # fmt: skip


def _finish(
    ctx: Context, conn: sqlite3.Connection, result: FileResult, sheet: Sheet, shop: ShopRow, stamp: int,
    command: str,
) -> None:  # fmt: skip
    """The counts, the rejected rows and the audit row of a batch."""
    assert result.batch is not None
    tally, outcome, batch_id = result.tally, result.outcome, result.batch
    batches.finish_batch(
        conn,
        batch_id,
        {
            "file_sha256": sheet.digest, "row_count": result.rows, "new_count": outcome.new,
            "changed_count": outcome.changed, "unchanged_count": outcome.unchanged,
            "rejected_count": tally.rejected_count, "skipped_count": tally.skipped_count, "exported_at": stamp or None,
        },
    )  # fmt: skip
    batches.insert_rejects(conn, ((shop.id, batch_id, bad.line, bad.code, bad.message) for bad in tally.rejected))
    detail = (
        f"{outcome.new} new, {outcome.changed} changed, {outcome.unchanged} unchanged, {tally.rejected_count} rejected"
    )
    audit.record(conn, at=ctx.now, actor=ctx.actor, command=command, subject=show(BATCH, batch_id), detail=detail)
