"""Importing order exports: orders, and the lines of orders."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from shopcare.domain.report import Message
from shopcare.i18n import N_
from shopcare.importers.orders.mapping import Mapper, Setting
from shopcare.importers.orders.scattered import InOrder, SeenBefore, gathered
from shopcare.importers.orders.stream import OrderStream
from shopcare.importers.result import FileResult, Outcome
from shopcare.importers.text.sheet import Piece, Sheet
from shopcare.importers.values.cells import BadCell
from shopcare.services.context import Context
from shopcare.services.file_imports import Attempt, Kind, Reading
from shopcare.services.line_loading import LineLoading
from shopcare.services.load_target import ScatteredOrder, Seen, Target
from shopcare.services.order_loading import OrderLoading
from shopcare.services.shop_choice import buyers_platform
from shopcare.store import engine
from shopcare.store.queries import batches
from shopcare.store.queries import imports as sql
from shopcare.store.salt import salt

#: Bytes from which a first load makes its indexes afterwards, and keeps another journal, see `engine.writing`.
BIG_FILE = 8_000_000


class OrderImport:
    """The rows of one file of orders or lines on their way to the store."""

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self._mapper = _mapper(attempt)
        self._stream = OrderStream(attempt.sheet, self._mapper, rejects=attempt.reject, stamp=attempt.stamp)
        self._outcome = Outcome()
        self._linked: list[Message] = []
        self.tally = self._stream.tally
        self.written = False

    def load(self, progress: Callable[[], None]) -> None:
        """Bring all rows to the store.

        Raises:
            NotInOrder: order numbers neither rise nor fall (not in `any_order`).
            ScatteredOrder: rows of an order do not follow each other (not when `scattered`).
            DateOrderNeeded: dates are all digits (not with a `date_order`).
        """
        attempt = self._attempt
        loading = self._loading()
        big = attempt.sheet.source.size > BIG_FILE and sql.is_empty(attempt.conn, "orders")
        dropped = sql.drop_order_indexes(attempt.conn) if big else []
        self._outcome = loading.load(self._pieces(), progress)
        sql.make_indexes(attempt.conn, dropped)
        suspects = frozenset() if attempt.reading.scattered else loading.suspects
        if suspects and _repeated(attempt.sheet, self._mapper, suspects):
            raise ScatteredOrder
        linked = self._link_cases()
        self.written = loading.touched or linked

    def _pieces(self) -> Iterator[Piece]:
        """The rows; those of an order brought together where they are scattered."""
        sheet = self._attempt.sheet
        if not self._attempt.reading.scattered:
            return sheet.pieces()
        return gathered(self._stream.data(sheet.rows()), self._mapper, len(sheet.header))

    def _loading(self) -> OrderLoading | LineLoading:
        attempt, conn, size = self._attempt, self._attempt.conn, self._attempt.sheet.source.size
        known, shop, scattered = attempt.sheet.match.format, attempt.shop, attempt.reading.scattered
        identity = "email" if known.buyer == "email" else "buyer_id"
        target = Target(
            shop.id, buyers_platform(known, shop), identity, attempt.batch_id, attempt.ctx.now, attempt.stamp
        )
        seen = _seen(attempt.reading, size)
        if known.kind == "lines":
            return LineLoading(conn, target, self._stream, seen=seen)
        first = not any(sql.has_rows(conn, table, shop.id) for table in ("orders", "order_statement"))
        ahead = size > BIG_FILE
        return OrderLoading(
            conn, target, self._stream, seen=seen, first_load=first, gathered=scattered, ahead=ahead
        )  # fmt: skip

    def _link_cases(self) -> bool:
        """Make the after-sales cases that waited for an order of this file; whether there were any."""
        from shopcare.services.case_linking import Work, link_waiting, warnings_on_the_desk
        from shopcare.services.case_units import link_units_after
        from shopcare.store.queries.case_imports import waiting_count

        conn, shop, batch_id = self._attempt.conn, self._attempt.shop, self._attempt.batch_id
        link_units_after(conn, shop.id, batch_id)
        if not waiting_count(conn, shop.id):
            return False
        linked = link_waiting(Work(self._attempt.ctx, conn, shop.id, batch_id))
        if linked.cases:
            self._linked.append(
                Message(
                    "{count} after-sales cases found their order; {refunds} refunds of them were booked.",
                    {"count": linked.cases, "refunds": linked.refunds},
                )
            )
        self._linked += warnings_on_the_desk(linked)
        if linked.refused:
            self._linked.append(
                Message(
                    "{count} after-sales cases cannot be linked to their order; `shopcare import show BATCH` says why.",
                    {"count": linked.refused},
                )
            )
        return bool(linked.cases)

    def report(self, result: FileResult) -> None:
        """Note what came of the orders, and what the operator should know."""
        result.outcome = self._outcome
        result.warnings += [*_warnings(result, self._attempt.sheet.match.format.kind), *self._linked]


def _mapper(attempt: Attempt) -> Mapper:
    """How cells become facts; a file is in its format's currency where its shop is of another platform."""
    match, shop = attempt.sheet.match, attempt.shop
    known = match.format
    own_currency = known.currency and (shop.platform != known.platform or known.layout.fixed)
    currency = known.currency if own_currency else shop.currency
    return Mapper(match, Setting(currency, attempt.zone, shop.tz, salt(attempt.conn), attempt.reading.date_order))


def _table_filled(sheet: Sheet) -> str:
    return "orders" if sheet.source.size > BIG_FILE else ""


def _seen(reading: Reading, size: int) -> Seen:
    """Which orders may have stood further up in a file of that size: none where their rows were brought together."""
    if reading.scattered:
        return _never
    return SeenBefore(size) if reading.any_order else InOrder()


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


#: What is said of orders that are known in part only, by the kind of the file.
_WAITING = {
    "lines": N_("The lines of {count} orders wait for their order list; import it too."),
    "orders": N_(
        "{count} orders are known in part only; they wait for the file that their first rows or sales stand in."
    ),
}


def _warnings(result: FileResult, kind: str) -> Iterator[Message]:
    """What the operator should know about orders that were taken."""
    if result.tally.guests:
        yield Message(
            "{count} orders have no usable buyer; repeat figures leave them out.", {"count": result.tally.guests}
        )
    if result.outcome.waiting:
        yield Message(_WAITING[kind], {"count": result.outcome.waiting})
    if result.outcome.not_newer:
        yield Message(
            "{count} orders differ from what is stored but are not newer; --exported-at DATE says how new the file is.",
            {"count": result.outcome.not_newer},
        )
    if not result.rows:
        yield Message("0 orders in file.", {})


def _settle(ctx: Context, results: Sequence[FileResult]) -> None:
    """Say of each file how many of its orders wait still: files of one call may complete each other."""
    if len(results) < 2 or not any(result.outcome.waiting for result in results):
        return
    with engine.reading(ctx.store) as conn:
        for result in results:
            if result.outcome.waiting and result.batch is not None:
                _note_waiting(result, batches.still_waiting(conn, result.batch))


def _note_waiting(result: FileResult, count: int) -> None:
    """Put this count in the place of the one from when the file was read."""
    result.outcome = result.outcome._replace(waiting=count)
    others = [(each, each.text not in _WAITING.values()) for each in result.warnings]
    result.warnings = [
        each if is_other else each._replace(values={"count": count}) for each, is_other in others if is_other or count
    ]


ORDERS = Kind("orders", OrderImport, bulk=True, fills=_table_filled, settle=_settle)
