"""Orders as a file states them → the store: new ones written, newer states taken over, the rest left alone.

Everything happens in chunks, so memory does not grow with the file, and inside the caller's transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from itertools import count, islice
from typing import NamedTuple

from shopcare.domain.order_states import LineState, OrderState, joined_lines, newest, same_lines
from shopcare.domain.orders import UNKNOWN, counts
from shopcare.domain.refunds import exported_beyond
from shopcare.importers.facts import LineFacts, OrderFacts, OrderLines, Unread
from shopcare.importers.orders import OrderStream
from shopcare.importers.reader import Row
from shopcare.importers.result import Outcome
from shopcare.services.buyers_and_products import Customers, Products
from shopcare.services.images import json_of, lines_image, order_image
from shopcare.store.queries import imports as sql
from shopcare.store.queries.undo import keep_images

#: Orders brought to the store at a time.
CHUNK = 250


class ScatteredOrder(Exception):
    """Rows of one order stood in several places of the file."""


class Target(NamedTuple):
    """Where a file's orders go. `stamp` is when the export was made, as far as anything says so (else 0)."""

    shop_id: int
    platform: str
    identity_kind: str
    batch_id: int
    now: int
    stamp: int


class _Change(NamedTuple):
    """A stored order a file states otherwise: what was stored and what shall be."""

    facts: OrderFacts
    stored: sql.StoredOrder
    state: OrderState

    @property
    def id(self) -> int:
        """The order."""
        return self.stored.id


class OrderLoading:
    """Takes the orders of one file, one after the other; `finish` writes the last of them."""

    def __init__(self, conn: sqlite3.Connection, target: Target, stream: OrderStream, *, first_load: bool) -> None:
        self._conn = conn
        self._target = target
        self._stream = stream
        self._first_load = first_load
        self._customers = Customers(conn, target.shop_id, target.platform, target.identity_kind, target.now)
        self._lines = LineWriting(conn, target.shop_id)
        self._lines_wait = sql.has_rows(conn, "waiting_line", target.shop_id)
        self._next_id = sql.next_id(conn, "orders")
        self._chunk: list[Unread] = []
        self.suspects: set[str] = set()
        self.written = False
        self.new = self.changed = self.unchanged = 0

    @property
    def touched(self) -> bool:
        """Whether anything was written."""
        return self.written or self._lines.written

    def load(self, rows: Iterator[Row], progress: Callable[[], None]) -> Outcome:
        """Bring every order of the file to the store.

        Raises:
            ScatteredOrder: rows of an order stand in several places of the file.
        """
        orders = self._stream.orders(rows)
        while chunk := list(islice(orders, CHUNK)):
            self._take(chunk)
            progress()
        self._customers.forget()  # what comes next, making indexes, wants memory of its own
        return Outcome(self.new, self.changed, self.unchanged)

    def _take(self, chunk: Sequence[Unread]) -> None:
        stored = self._stored(chunk)
        read = self._stream.read
        if stored:
            chunk = [unread for unread in chunk if not self._is_known(unread, stored.get(unread.number))]
        facts = [made for unread in chunk if (made := read(unread)) is not None]
        if not facts:
            return
        customers = self._customers.of(facts)
        if not stored:
            self._insert(facts, customers)
            return
        paired = list(zip(facts, customers, strict=True))
        new = [pair for pair in paired if pair[0].number not in stored]
        if new:
            self._insert([made for made, _customer in new], [customer for _made, customer in new])
        changes = [
            _Change(made, known, newest(known.state, self._state(made, customer)))
            for made, customer in paired
            if (known := stored.get(made.number)) is not None
        ]
        if changes:
            self._update(changes)

    def _stored(self, chunk: Sequence[Unread]) -> dict[str, sql.StoredOrder]:
        """What is stored of a chunk; on a first load only numbers that may have come before need looking up."""
        numbers = [unread.number for unread in chunk]
        scattered = [unread.number for unread in chunk if unread.maybe_scattered]
        if scattered and len(set(numbers)) < len(numbers):
            raise ScatteredOrder
        wanted = scattered if self._first_load else numbers
        return sql.stored_orders(self._conn, self._target.shop_id, wanted) if wanted else {}

    def _is_known(self, unread: Unread, stored: sql.StoredOrder | None) -> bool:
        """Whether the store has exactly these rows already."""
        if stored is None:
            return False
        if stored.batch_id == self._target.batch_id:
            raise ScatteredOrder
        if unread.maybe_scattered:
            self.suspects.add(unread.number)  # the filter may be wrong; the caller looks again
        state = stored.state
        if state.row_hash != unread.row_hash or state.exported_at < self._target.stamp:
            return False
        unknown = state.status_raw if state.status == UNKNOWN else None
        self._stream.known(unread, guest=state.customer_id is None, unknown_status=unknown)
        self.unchanged += 1
        return True

    def _state(self, facts: OrderFacts, customer: int | None) -> OrderState:
        exported_at = max(facts.seen_at, self._target.stamp)
        return OrderState._make((customer, *facts.told, exported_at, facts.row_hash))

    def _insert(self, orders: Sequence[OrderFacts], customers: Sequence[int | None]) -> None:
        target, first = self._target, self._next_id
        shop, batch, stamp = target.shop_id, target.batch_id, target.stamp
        self._next_id += len(orders)
        self.new += len(orders)
        self.written = True
        rows, refunds = [], []
        for order_id, facts, customer in zip(count(first), orders, customers, strict=False):
            number, row_hash, _buyer, _display, shipped, seen_at, told, _lines = facts
            refunded = told[8]
            counted = counts(told[0], told[5], refunded or 0, shipped=shipped)
            rows.append(
                (
                    order_id, shop, number, int(counted), batch, batch, customer, *told,
                    seen_at if seen_at > stamp else stamp, row_hash,
                )
            )  # fmt: skip
            if refunded:
                refunds.append(self._refund(order_id, refunded, told[3], told[9:12]))
        sql.insert_orders(self._conn, rows)
        self._lines.insert(list(zip(count(first), (facts.lines for facts in orders), strict=False)))
        if refunds:
            sql.write_export_refunds(self._conn, refunds)
        if self._lines_wait:
            self._fetch_waiting({facts.number: first + i for i, facts in enumerate(orders) if not facts.lines})

    def _refund(self, order_id: int, amount: int, currency: str, ordered: Sequence[object]) -> tuple[object, ...]:
        target = self._target
        return target.shop_id, order_id, f"export:{order_id}", amount, currency, *ordered, target.batch_id

    def _fetch_waiting(self, ids: dict[str, int]) -> None:
        """Lines that came before their orders."""
        waiting = sql.waiting_lines(self._conn, self._target.shop_id, ids)
        keep_images(
            self._conn,
            [
                (self._target.batch_id, "waiting", number, self._target.shop_id, lines_image(lines))
                for number, lines in waiting.items()
            ],
        )
        rows = [(ids[number], self._target.shop_id, *line) for number, lines in waiting.items() for line in lines]
        sql.insert_lines(self._conn, rows)
        sql.delete_waiting(self._conn, self._target.shop_id, waiting)

    def _update(self, changes: Sequence[_Change]) -> None:
        refunds = sql.stored_refunds(self._conn, [change.id for change in changes])
        with_lines = [change.id for change in changes if change.facts.lines]
        stored_lines = sql.stored_lines(self._conn, with_lines) if with_lines else {}
        updates, touches, booked, images = [], [], [], []
        for change in changes:
            known = change.stored.state
            refund = refunds.get(change.id, sql.StoredRefunds())
            exported = exported_beyond(change.state.refunded_reported_minor or 0, refund.booked)
            counted = _counted(change, refund.booked_minor + exported)
            lines_changed = self._update_lines(change, stored_lines.get(change.id, []))
            if exported != refund.exported_minor:
                booked.append((change, exported))
            if not change.state.says_the_same(known) or counted != change.stored.is_counted:
                updates.append((counted, self._target.batch_id, *change.state, change.id))
            elif change.state != known:
                touches.append((change.state.exported_at, change.state.row_hash, change.id))
            if change.state != known or lines_changed or exported != refund.exported_minor:
                lines = stored_lines.get(change.id, []) if lines_changed else None
                images.append(order_image(self._target.batch_id, change.stored, lines, refund.exported_minor))
            if not change.state.says_the_same(known) or lines_changed or exported != refund.exported_minor:
                self.changed += 1
            else:
                self.unchanged += 1
        keep_images(self._conn, ((*image[:3], self._target.shop_id, image[3]) for image in images))
        self.written = self.written or bool(updates or touches or booked)
        sql.update_orders(self._conn, updates)
        sql.touch_orders(self._conn, touches)
        self._write_refunds(booked)

    def _update_lines(self, change: _Change, stored: list[LineState]) -> bool:
        """Bring the lines of a stored order up to date; whether anything changed.

        A newer state of the order replaces its lines; a file that states the same order may know more of them; an older
        state adds nothing, except to an order that has none.
        """
        if not change.facts.lines:
            return False
        stated = self._lines.numbered(change.facts.lines)
        if same_lines(stored, stated):
            return False
        stated_won = change.state.row_hash == change.facts.row_hash
        same_order = change.state.says_the_same(change.stored.state)
        if stored and not (stated_won or same_order):
            return False
        return self._lines.write(change.id, stored, joined_lines(stored, stated, replace=stated_won and not same_order))

    def _write_refunds(self, amounts: Sequence[tuple[_Change, int]]) -> None:
        rows = []
        for change, amount in amounts:
            state = change.state
            if amount:
                ordered = state.ordered_at, state.ordered_day, state.ordered_month
                rows.append(self._refund(change.id, amount, state.currency, ordered))
        sql.write_export_refunds(self._conn, rows)
        sql.delete_export_refunds(self._conn, [change.id for change, amount in amounts if not amount])


def _counted(change: _Change, refunded: int) -> int:
    state = change.state
    shipped = change.facts.shipped or state.shipped_at is not None or state.completed_at is not None
    return int(counts(state.status, state.paid_minor, refunded, shipped=shipped))


class LineWriting:
    """Lines of orders, with their products."""

    def __init__(self, conn: sqlite3.Connection, shop_id: int) -> None:
        self._conn = conn
        self._shop_id = shop_id
        self._products = Products(conn, shop_id)
        self.written = False

    def insert(self, orders: Sequence[tuple[int, Sequence[LineFacts] | None]]) -> None:
        """The lines of new orders."""
        every = [line for _order_id, lines in orders if lines for line in lines]
        if not every:
            return
        product_of, shop = self._products.known(every), self._shop_id
        sql.insert_lines(
            self._conn,
            [
                (order_id, shop, number, line_id, product_of[sku], sku, title, pieces, price, amount)
                for order_id, lines in orders
                if lines
                for number, (line_id, sku, title, _category, pieces, price, amount) in enumerate(lines, 1)
            ],
        )

    def numbered(self, lines: Sequence[LineFacts]) -> list[LineState]:
        """Lines with their numbers and products."""
        product_of = self._products.known(lines)
        return [
            LineState(number, line_id, product_of[sku], sku, title, pieces, price, amount)
            for number, (line_id, sku, title, _category, pieces, price, amount) in enumerate(lines, start=1)
        ]

    def write(self, order_id: int, stored: list[LineState], lines: list[LineState]) -> bool:
        """Write the lines of an order anew; a vanished line a case is about stays with no pieces."""
        kept = {line.line_no for line in lines}
        gone = [line for line in stored if line.line_no not in kept]
        if gone:
            named = sql.lines_with_cases(self._conn, order_id)
            lines = sorted([*lines, *(line._replace(quantity=0) for line in gone if line.line_no in named)])
        if lines == stored:
            return False
        self.written = True
        sql.delete_lines(self._conn, [order_id])
        sql.insert_lines(self._conn, [(order_id, self._shop_id, *line) for line in lines])
        return True


class LineLoading:
    """Takes the lines of orders from a file that knows nothing else of them."""

    suspects: frozenset[str] = frozenset()

    def __init__(self, conn: sqlite3.Connection, target: Target, stream: OrderStream) -> None:
        self._conn = conn
        self._shop_id = target.shop_id
        self._batch_id = target.batch_id
        self._stream = stream
        self._lines = LineWriting(conn, target.shop_id)
        self.new = self.changed = self.unchanged = self.waiting = 0

    @property
    def touched(self) -> bool:
        """Whether anything was written."""
        return bool(self.new or self.changed)

    def load(self, rows: Iterator[Row], progress: Callable[[], None]) -> Outcome:
        """Bring the lines of every order of the file to the store.

        Raises:
            ScatteredOrder: lines of an order may stand in several places of the file.
        """
        orders = self._stream.lines(rows)
        while chunk := list(islice(orders, CHUNK)):
            if any(lines.maybe_scattered for lines in chunk):
                raise ScatteredOrder
            self._take_chunk(chunk)
            progress()
        return Outcome(self.new, self.changed, self.unchanged, self.waiting)

    def _take_chunk(self, chunk: Sequence[OrderLines]) -> None:
        numbers = [lines.number for lines in chunk]
        orders = sql.stored_orders(self._conn, self._shop_id, numbers)
        stored = sql.stored_lines(self._conn, [order.id for order in orders.values()])
        waiting = sql.waiting_lines(self._conn, self._shop_id, [number for number in numbers if number not in orders])
        for number, lines, _scattered in chunk:
            order = orders.get(number)
            known = stored.get(order.id, []) if order else waiting.get(number, [])
            stated = self._lines.numbered(lines)
            if same_lines(known, stated):
                self.unchanged += 1
            else:
                self._take(number, order.id if order else None, known, joined_lines(known, stated, replace=False))
            self.waiting += order is None

    def _take(self, number: str, order_id: int | None, known: list[LineState], lines: list[LineState]) -> None:
        if lines == known:
            self.unchanged += 1
        elif order_id is not None:
            image = json_of({"lines": known})
            keep_images(self._conn, [(self._batch_id, "order", str(order_id), self._shop_id, image)])
            self._lines.write(order_id, known, lines)
            self.changed += 1
        else:
            keep_images(self._conn, [(self._batch_id, "waiting", number, self._shop_id, lines_image(known))])
            sql.delete_waiting(self._conn, self._shop_id, [number])
            sql.insert_waiting(self._conn, [(self._shop_id, number, *line) for line in lines])
            self.new += not known
            self.changed += bool(known)
