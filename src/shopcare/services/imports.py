"""Importing export files: one transaction per file, a file is stored or refused, bad rows are set aside."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple, Protocol

from shopcare.domain.clock import end_of_day, instant_of, zone
from shopcare.domain.ids import BATCH, show
from shopcare.domain.report import Block, Column, Message, Report
from shopcare.errors import EXIT_USAGE, UsageError
from shopcare.importers import encodings, folders, formats, mended, opening
from shopcare.importers.cells import BadCell
from shopcare.importers.dates import DATE_ORDERS, DateOrderNeeded, has_digits, judged_order
from shopcare.importers.facts import Reject
from shopcare.importers.kinds import check_kind
from shopcare.importers.mapping import Mapper, Setting
from shopcare.importers.orders import OrderStream
from shopcare.importers.reader import Sheet
from shopcare.importers.refusals import AmbiguousDateError, ImportRefusalError
from shopcare.importers.result import FileResult, ImportResult
from shopcare.importers.scattered import InOrder, NotInOrder, SeenBefore, gathered
from shopcare.importers.times import stamp_in_name
from shopcare.services.context import Context
from shopcare.services.line_loading import LineLoading
from shopcare.services.load_target import ScatteredOrder, Target
from shopcare.services.order_loading import OrderLoading
from shopcare.store import engine
from shopcare.store.queries import audit, shops
from shopcare.store.queries import imports as sql
from shopcare.store.queries.shops import ShopRow

COMMAND = "import orders"
#: Bytes from which a first load makes its indexes afterwards, and keeps another journal, see `engine.writing`.
BIG_FILE = 8_000_000


#: Told from time to time: file, bytes read, bytes in all (0 while it is unpacked), rows read.
Progress = Callable[[str, int, int, int], None]


class RejectsSink(Protocol):
    """Takes rejected rows as they come, in the input's own columns."""

    def start(self, file: str, header: Sequence[str], exported: str = "", date_order: str = "") -> None:
        """A file of this name with this header begins; `exported`: when it was made, if anything says so; `date_order`: what
        its dates of digits begin with. Said again before its first row where that turned out only then.
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


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of export: its command, and how a recognised file of it is loaded inside its transaction.

    `load` says whether anything was written that is worth keeping; otherwise the file leaves the store as it was. `bulk`:
    it checks all references and values itself, see `engine.writing`.
    """

    name: str
    load: Callable[..., bool]
    bulk: bool = False

    @property
    def command(self) -> str:
        """The noun and verb that import it."""
        return f"import {self.name}"

    @property
    def schema(self) -> str:
        """The schema of its result."""
        return f"shopcare.import.{self.name}/1"


class ShopAmbiguousError(ImportRefusalError):
    """Several shops could be meant: exit 2."""

    code, exit_code = "import.which-shop", EXIT_USAGE
    sentence = "{file} is a {platform} file, and there are several {platform} shops: {shops}."
    hint = "Say which one with --shop NAME."


class ShopMissingError(ImportRefusalError):
    """No shop fits a file of the generic format: exit 2."""

    code, exit_code = "import.no-shop", EXIT_USAGE
    sentence = "{file} does not say which shop it belongs to; there are: {shops}."
    hint = "Say which one with --shop NAME."


def import_orders(
    ctx: Context,
    files: Sequence[str],
    options: Options,
    *,
    rejects: RejectsSink | None = None,
    progress: Progress | None = None,
) -> ImportResult:
    """Import order exports, each file in a transaction of its own; a folder or pattern stands for its files.

    Raises:
        UnknownPlatformError, UnknownFieldError, ShopUnknown, UsageError: the call itself is wrong; nothing was stored.
        StoreMissing and its like.
    """
    return import_files(ctx, files, options, ORDERS, rejects=rejects, progress=progress)


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
        StoreMissing and its like.
    """
    known = formats.chosen(options.platform, options.columns, generic=f"generic-{what.name}")
    check_call(ctx, options, what.command)
    results = []
    for name in folders.expanded(files):
        shown = folders.printable(name)
        result = FileResult(shown, kind=what.name)
        try:
            _import(ctx, name, result, known, options, what, rejects, progress)
        except ImportRefusalError as refusal:
            # without its frames, which would keep the file open
            result = FileResult(shown, kind=what.name, error=refusal.with_traceback(None))
        results.append(result)
    return ImportResult(tuple(results), options.dry_run)


def check_call(ctx: Context, options: Options, command: str = COMMAND) -> None:
    """What can be wrong without looking at any file."""
    if options.tz:
        try:
            zone(options.tz)
        except ValueError as problem:
            text = "{option}: '{given}' is not an IANA time zone such as Asia/Shanghai."
            raise UsageError(problem=text, command=command, option="--tz", given=options.tz) from problem
    exported_at(options, "UTC")
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


def exported_at(options: Options, tz: str) -> int | None:
    """When the operator says the files were exported; None if not."""
    if options.exported_at is None:
        return None
    try:
        return instant_of(options.exported_at, tz)
    except ValueError as problem:
        text = "{option} takes a date or time such as 2026-08-05, not '{given}'."
        raise UsageError(problem=text, command=COMMAND, option="--exported-at", given=options.exported_at) from problem


def stamp_of(result: FileResult, sheet: Sheet, options: Options, tz: str) -> int:
    """When a file was exported, as far as the operator or its names say; 0 if nothing does."""
    text = _exported(result, sheet, options)
    return exported_at(replace(options, exported_at=text), tz) or 0 if text else 0


def _exported(result: FileResult, sheet: Sheet, options: Options) -> str:
    """The same as text: a local time where it comes from a name."""
    if options.exported_at is not None:
        return options.exported_at
    if text := mended.exported(sheet):
        return text
    names = (Path(result.file).name, Path(sheet.source.member).name)
    stamp = next((found for name in names if (found := stamp_in_name(name, "UTC"))), 0)
    return datetime.fromtimestamp(stamp, UTC).replace(tzinfo=None).isoformat(" ") if stamp else ""


def _import(
    ctx: Context,
    name: str,
    result: FileResult,
    known: Sequence[formats.Format],
    options: Options,
    what: Kind,
    rejects: RejectsSink | None,
    progress: Progress | None,
) -> None:
    if progress is not None:
        progress(result.file, 0, 0, 0)
    sheet = opening.open_file(name, known, options.encoding)
    check_kind(sheet, what.name)
    describe(result, sheet)
    if rejects is not None:
        rejects.start(result.file, sheet.header, _exported(result, sheet, options))
    fills = "orders" if what.bulk and sheet.source.size > BIG_FILE else ""
    with engine.writing(ctx.store, dry_run=options.dry_run, bulk=what.bulk, fills=fills) as conn:
        conn.execute("SAVEPOINT file")
        try:
            loaded = what.load(ctx, conn, result, sheet, options, rejects, progress)
        except DateOrderNeeded:
            raise ambiguous_dates(sheet) from None
        if not result.rows:
            opening.check_line_ends(sheet)
        if not loaded:
            conn.execute("ROLLBACK TO file")


def _load_orders(
    ctx: Context,
    conn: sqlite3.Connection,
    result: FileResult,
    sheet: Sheet,
    options: Options,
    rejects: RejectsSink | None,
    progress: Progress | None,
) -> bool:
    """Load a file of orders or lines; rows of an order that do not follow each other are brought together first, and dates
    of digits are judged by their column.
    """
    read_as = _Reading(options.date_order or mended.date_order(sheet))
    while True:
        try:
            return _load(ctx, conn, result, sheet, options, rejects, progress, read_as)
        except NotInOrder:
            read_as = read_as._replace(any_order=True)
        except ScatteredOrder:
            read_as = read_as._replace(scattered=True)
        except DateOrderNeeded:
            read_as = read_as._replace(date_order=date_order_of(sheet) or "")
            if not read_as.date_order:
                raise
        conn.execute("ROLLBACK TO file")


class _Reading(NamedTuple):
    """What turned out about a file while it was read, and has to be known from its beginning."""

    date_order: str
    any_order: bool = False
    scattered: bool = False


def _times_of(sheet: Sheet) -> list[int]:
    """The columns with times, that of the orders first."""
    names = [name for name in sheet.match.places if name.endswith("_at") or name in ("at", "deadline")]
    return [sheet.match.places[name] for name in sorted(names, key=lambda name: name != "ordered_at")]


#: Rows among which a file's first date of digits must stand for it to be looked for in all others.
PATIENCE = 200


def date_order_of(sheet: Sheet, *, patience: int | None = None) -> str | None:
    """Whether day or month comes first in a file's dates of digits, or else in its format; None if nothing shows it.

    With `patience` a file without such a date in so many rows is not read any further.
    """
    places = _times_of(sheet)
    if patience and not has_digits((cells for _line, cells, _text in islice(sheet.rows(), patience)), places):
        return None
    usual = sheet.match.format.layout.order
    return judged_order((cells for _line, cells, _text in sheet.rows()), places, usual)


def ambiguous_dates(sheet: Sheet) -> AmbiguousDateError:
    """The refusal of a file whose dates do not show it."""
    return AmbiguousDateError(file=sheet.source.name, column=sheet.header[_times_of(sheet)[0]].strip())


def describe(result: FileResult, sheet: Sheet) -> None:
    """What a file turned out to be."""
    result.platform = sheet.match.format.platform
    result.format = sheet.match.format.name
    result.container, result.sheet = sheet.source.container, sheet.source.sheet
    result.encoding = sheet.encoding
    result.header_line = sheet.header_line
    reasons = {name.strip() for name in sheet.header[mended.own_width(sheet.header) :]}
    result.ignored = tuple(name for name in sheet.match.ignored if name not in reasons)


def _load(
    ctx: Context,
    conn: sqlite3.Connection,
    result: FileResult,
    sheet: Sheet,
    options: Options,
    rejects: RejectsSink | None,
    progress: Progress | None,
    reading: _Reading,
) -> bool:
    """Load a file inside its transaction; whether anything was written that is worth keeping.

    Raises:
        NotInOrder: order numbers neither rise nor fall (not in `any_order`).
        ScatteredOrder: rows of an order do not follow each other (not when `scattered`).
        DateOrderNeeded: dates are all digits (not with a `date_order`).
    """
    known = sheet.match.format
    result.warnings = []
    shop = shop_of(ctx, conn, result, known, options)
    source_tz = options.tz or known.zone or shop.tz
    own_currency = known.currency and (shop.platform != known.platform or known.layout.fixed)
    currency = known.currency if own_currency else shop.currency
    mapper = Mapper(sheet.match, Setting(currency, source_tz, shop.tz, sql.salt(conn), reading.date_order))
    batch_id = sql.insert_batch(conn, batch_row(ctx, result, sheet, shop))
    stamp = stamp_of(result, sheet, options, source_tz)
    kind = "email" if known.buyer == "email" else "buyer_id"
    target = Target(shop.id, known.platform, kind, batch_id, ctx.now, stamp)

    kept: list[tuple[Reject, list[str]]] = []
    keep = None if rejects is None else lambda reject, cells: kept.append((reject, cells))
    stream = OrderStream(sheet, mapper, rejects=keep, stamp=stamp)
    pieces = gathered(stream.data(sheet.rows()), mapper, len(sheet.header)) if reading.scattered else sheet.pieces()
    seen = _never if reading.scattered else SeenBefore(sheet.source.size) if reading.any_order else InOrder()
    loading: OrderLoading | LineLoading
    if known.kind == "orders":
        first_load = not sql.has_rows(conn, "orders", shop.id)
        gathers = reading.scattered
        ahead = sheet.source.size > BIG_FILE
        loading = OrderLoading(conn, target, stream, seen=seen, first_load=first_load, gathered=gathers, ahead=ahead)
    else:
        loading = LineLoading(conn, target, stream, seen=seen)
    big = sheet.source.size > BIG_FILE and sql.is_empty(conn, "orders")
    dropped = sql.drop_order_indexes(conn) if big else []
    result.outcome = loading.load(
        pieces, lambda: progress and progress(result.file, sheet.position, sheet.source.size, stream.tally.rows)
    )
    sql.make_indexes(conn, dropped)
    result.tally = stream.tally
    result.tally.rejected.sort(key=lambda reject: reject.line)
    result.tally.skipped.sort(key=lambda skip: skip.line)
    result.shop = shop.name
    _warn(result, sheet)
    if loading.suspects and not reading.scattered and _repeated(sheet, mapper, loading.suspects):
        raise ScatteredOrder
    linked = _link_cases(ctx, conn, result, shop, batch_id)
    if rejects is not None:
        hand_over(rejects, kept, result, sheet, replace(options, date_order=reading.date_order))
    earlier = sql.batch_of_same_file(conn, shop.id, sheet.digest, batch_id)
    if earlier is not None and not loading.touched and not linked:
        result.batch = earlier
        return False
    result.batch = batch_id
    finish(ctx, conn, result, sheet, shop, stamp)
    return True


def hand_over(
    rejects: RejectsSink, rows: Sequence[tuple[Reject, list[str]]], result: FileResult, sheet: Sheet, options: Options
) -> None:
    """Rejected rows in the order of the file, with what has to be known of it to read them again."""
    if options.date_order:
        rejects.start(result.file, sheet.header, _exported(result, sheet, options), options.date_order)
    for reject, cells in sorted(rows, key=lambda bad: bad[0].line):
        rejects.add(reject, cells)


def _link_cases(ctx: Context, conn: sqlite3.Connection, result: FileResult, shop: ShopRow, batch_id: int) -> bool:
    """Make the after-sales cases that waited for an order of this file; whether there were any."""
    from shopcare.services.case_linking import Work, link_waiting, warnings_on_the_desk
    from shopcare.services.case_units import link_units_after
    from shopcare.store.queries.case_imports import waiting_count

    link_units_after(conn, shop.id, batch_id)
    if not waiting_count(conn, shop.id):
        return False
    linked = link_waiting(Work(ctx, conn, shop.id, batch_id))
    if linked.cases:
        result.warnings.append(
            Message(
                "{count} after-sales cases found their order; {refunds} refunds of them were booked.",
                {"count": linked.cases, "refunds": linked.refunds},
            )
        )
    result.warnings += warnings_on_the_desk(linked)
    if linked.refused:
        result.warnings.append(
            Message(
                "{count} after-sales cases cannot be linked to their order; `shopcare import show BATCH` says why.",
                {"count": linked.refused},
            )
        )
    return bool(linked.cases)


ORDERS = Kind("orders", _load_orders, bulk=True)


def _never(_numbers: Sequence[str]) -> list[str]:
    return []


def _repeated(sheet: Sheet, mapper: Mapper, suspects: set[str] | frozenset[str]) -> bool:
    """Whether rows of one of these orders stand in several places of the file; reads it again."""
    seen: set[str] = set()
    before = ""
    place = mapper.place("order_id")
    for _line, cells, _text in sheet.rows():
        if len(cells) > place and cells[place] != before:
            before = cells[place]
            try:
                number = mapper.number(cells)
            except BadCell:
                continue
            if number in suspects and number in seen:
                return True
            if number in suspects:
                seen.add(number)
    return False


def shop_of(
    ctx: Context, conn: sqlite3.Connection, result: FileResult, known: formats.Format, options: Options
) -> ShopRow:
    """The shop a file belongs to; one of its platform is made if there is none.

    Raises:
        ShopAmbiguousError, ShopMissingError: the operator has to say.
    """
    if options.shop:
        return shops.shop_named(conn, options.shop)
    every = shops.all_shops(conn)
    platform = known.home or known.platform
    fitting = [shop for shop in every if shop.platform == platform]
    if len(fitting) > 1:
        names = ", ".join(shop.name for shop in fitting)
        raise ShopAmbiguousError(file=result.file, platform=platform, shops=names)
    if fitting:
        return fitting[0]
    if len(every) == 1 and (every[0].platform == "generic" or known.platform == "generic" or known.home):
        return every[0]
    if known.platform == "generic":
        names = ", ".join(shop.name for shop in every) or "-"
        raise ShopMissingError(file=result.file, shops=names)
    first = every[0] if every else None
    currency = known.currency or (first.currency if first else "CNY")
    tz = known.zone or (first.tz if first else "UTC")
    name = platform
    while any(shop.name == name for shop in every):
        name += "-import"
    made = sql.insert_shop(conn, name, platform, currency, tz, ctx.now)
    result.warnings.append(
        Message(
            "A shop '{shop}' was created for this file ({currency}, {tz}).",
            {"shop": name, "currency": currency, "tz": tz},
        )
    )
    return ShopRow(made, name, platform, currency, tz)


def batch_row(ctx: Context, result: FileResult, sheet: Sheet, shop: ShopRow) -> dict[str, object]:
    """A batch before its counts are known."""
    counts = ("row_count", "new_count", "changed_count", "unchanged_count", "rejected_count", "skipped_count")
    return {
        "shop_id": shop.id, "kind": sheet.match.format.kind, "file_name": Path(result.file).name, "file_sha256": "",
        "platform": result.platform, "format": result.format, "encoding": result.encoding,
        "header_line": result.header_line, **dict.fromkeys(counts, 0), "exported_at": None, "imported_at": ctx.now,
    }  # fmt: skip


def finish(
    ctx: Context, conn: sqlite3.Connection, result: FileResult, sheet: Sheet, shop: ShopRow, stamp: int,
    command: str = COMMAND,
) -> None:  # fmt: skip
    """The counts, the rejected rows and the audit row of a batch."""
    assert result.batch is not None
    tally, outcome, batch_id = result.tally, result.outcome, result.batch
    sql.finish_batch(
        conn,
        batch_id,
        {
            "file_sha256": sheet.digest, "row_count": result.rows, "new_count": outcome.new,
            "changed_count": outcome.changed, "unchanged_count": outcome.unchanged,
            "rejected_count": tally.rejected_count, "skipped_count": tally.skipped_count, "exported_at": stamp or None,
        },
    )  # fmt: skip
    sql.insert_rejects(conn, ((shop.id, batch_id, bad.line, bad.code, bad.message) for bad in tally.rejected))
    detail = (
        f"{outcome.new} new, {outcome.changed} changed, {outcome.unchanged} unchanged, {tally.rejected_count} rejected"
    )
    audit.record(conn, at=ctx.now, actor=ctx.actor, command=command, subject=show(BATCH, batch_id), detail=detail)


def _warn(result: FileResult, sheet: Sheet) -> None:
    """What the operator should know about a file that was taken."""
    tally, warnings = result.tally, result.warnings
    if sheet.source.padding:
        warnings.append(
            Message(
                "trailing-nul-padding: {count} NUL bytes at the end were ignored; the copy was interrupted.",
                {"count": sheet.source.padding},
            )
        )
    if tally.guests:
        warnings.append(
            Message("{count} orders have no usable buyer; repeat figures leave them out.", {"count": tally.guests})
        )
    if result.outcome.waiting:
        warnings.append(
            Message(
                "The lines of {count} orders wait for their order list; import it too.",
                {"count": result.outcome.waiting},
            )
        )
    if result.outcome.not_newer:
        warnings.append(
            Message(
                "{count} orders differ from what is stored but are not newer; --exported-at DATE says how new the file is.",
                {"count": result.outcome.not_newer},
            )
        )
    if not result.rows:
        warnings.append(Message("0 orders in file.", {}))


def listing(ctx: Context, limit: int, *, as_of_day: int | None = None) -> Report:
    """The newest import batches, newest first: all, or as they were at the end of a day in the zone of the oldest shop."""
    with engine.reading(ctx.store) as conn:
        tz = shops.oldest_zone(conn)
        at = None if as_of_day is None else end_of_day(as_of_day, tz)
        rows = [(show(BATCH, int(str(row[0]))), *row[1:]) for row in sql.batches(conn, limit, at)]
    columns = (
        Column("batch", "Batch", "id"),
        Column("imported_at", "Imported", "instant"),
        Column("shop", "Shop"),
        Column("platform", "Platform", "id"),
        Column("format", "Format", "id"),
        Column("file", "File"),
        Column("rows", "Rows", "int"),
        Column("new", "New", "int"),
        Column("changed", "Changed", "int"),
        Column("unchanged", "Unchanged", "int"),
        Column("rejected", "Rejected", "int"),
        Column("skipped", "Skipped", "int"),
        Column("exported_at", "Exported", "instant"),
        Column("undone_at", "Undone", "instant"),
    )
    spare = ("exported_at", "skipped", "unchanged", "platform", "format", "rows")
    aside = frozenset() if any(row[-1] for row in rows) else frozenset({"undone_at"})
    block = Block("batches", "Import batches", columns, rows, yielding=spare, aside=aside)  # type: ignore[arg-type]  # SQL values
    return Report("shopcare.import.list/1", "Imports", [block], listing=True, timezone=tz)
