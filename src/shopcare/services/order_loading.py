"""Orders as a file states them → the store: new ones written, newer states taken over, the rest left alone.

Everything happens in chunks, so memory does not grow with the file, and inside the caller's transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from shopcare.domain.order_states import LineState, OrderState, joined_lines, newest, same_lines
from shopcare.domain.orders import counts
from shopcare.domain.refunds import exported_part
from shopcare.importers.facts import LineFacts, OrderFacts, OrderLines
from shopcare.importers.result import Outcome
from shopcare.services.buyers_and_products import Customers, Products
from shopcare.store.queries import imports as sql

#: Orders brought to the store at a time.
CHUNK = 1_000


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
    """An order to be written: what was stored (None for a new one) and what shall be."""

    id: int
    facts: OrderFacts
    stored: sql.StoredOrder | None
    state: OrderState


class OrderLoading:
    """Takes the orders of one file, one after the other; `finish` writes the last of them."""

    def __init__(self, conn: sqlite3.Connection, target: Target) -> None:
        self._conn = conn
        self._target = target
        self._customers = Customers(conn, target.shop_id, target.platform, target.identity_kind, target.now)
        self._products = Products(conn, target.shop_id)
        self._first_load = not sql.has_rows(conn, "orders", target.shop_id)
        self._lines_wait = sql.has_rows(conn, "waiting_line", target.shop_id)
        self._next_id = sql.next_id(conn, "orders")
        self._chunk: list[OrderFacts] = []
        self.suspects: set[str] = set()
        self.touched = False
        self.new = self.changed = self.unchanged = 0

    def add(self, facts: OrderFacts) -> None:
        """Take one order.

        Raises:
            ScatteredOrder: its rows stood further up in the file as well.
        """
        self._chunk.append(facts)
        if len(self._chunk) >= CHUNK:
            self._flush()

    def finish(self) -> Outcome:
        """Write what is left."""
        if self._chunk:
            self._flush()
        return Outcome(self.new, self.changed, self.unchanged)

    def _flush(self) -> None:
        chunk, self._chunk = self._chunk, []
        stored = self._stored(chunk)
        wanted = [facts for facts in chunk if not self._is_known(facts, stored.get(facts.number))]
        if not wanted:
            return
        customers = self._customers.of(wanted)
        changes = [
            self._change(facts, customer, stored.get(facts.number))
            for facts, customer in zip(wanted, customers, strict=True)
        ]
        self._write([change for change in changes if change is not None])

    def _stored(self, chunk: Sequence[OrderFacts]) -> dict[str, sql.StoredOrder]:
        """What is stored of a chunk; on a first load only numbers that may have come before need looking up."""
        numbers = [facts.number for facts in chunk]
        if any(facts.maybe_scattered for facts in chunk) and len(set(numbers)) < len(numbers):
            raise ScatteredOrder
        if self._first_load:
            numbers = [facts.number for facts in chunk if facts.maybe_scattered]
        return sql.stored_orders(self._conn, self._target.shop_id, numbers) if numbers else {}

    def _is_known(self, facts: OrderFacts, stored: sql.StoredOrder | None) -> bool:
        """Whether the store has exactly this row already."""
        if stored is None:
            return False
        if facts.maybe_scattered:
            if stored.batch_id == self._target.batch_id:
                raise ScatteredOrder
            self.suspects.add(facts.number)  # the filter may be wrong; the caller looks again
        state = stored.state
        if state.row_hash == facts.row_hash and state.exported_at >= self._exported_at(facts):
            self.unchanged += 1
            return True
        return False

    def _exported_at(self, facts: OrderFacts) -> int:
        return max(facts.seen_at, self._target.stamp)

    def _change(self, facts: OrderFacts, customer: int | None, stored: sql.StoredOrder | None) -> _Change | None:
        """What an order becomes; None if nothing of it changes."""
        stated = OrderState(
            customer, facts.status, facts.status_raw, facts.status_rank, facts.currency, facts.total_minor,
            facts.paid_minor, facts.freight_minor, facts.discount_minor, facts.refunded_minor, facts.ordered_at,
            facts.ordered_day, facts.ordered_month, facts.paid_at, facts.shipped_at, facts.completed_at, facts.channel,
            facts.payment_method, facts.province, self._exported_at(facts), facts.row_hash,
        )  # fmt: skip
        if stored is None:
            self.new += 1
            self._next_id += 1
            return _Change(self._next_id - 1, facts, None, stated)
        return _Change(stored.id, facts, stored, newest(stored.state, stated))

    def _write(self, changes: Sequence[_Change]) -> None:
        new = [change for change in changes if change.stored is None]
        old = [change for change in changes if change.stored is not None]
        refunds = sql.stored_refunds(self._conn, [change.id for change in old]) if old else {}
        if new:
            self._insert(new)
        if old:
            self._update(old, refunds)

    def _insert(self, changes: Sequence[_Change]) -> None:
        target = self._target
        self.touched = True
        sql.insert_orders(
            self._conn,
            [
                (
                    c.id, target.shop_id, c.facts.number, _counted(c, c.state.refunded_reported_minor or 0),
                    target.batch_id, target.batch_id, *c.state,
                )
                for c in changes
            ],
        )  # fmt: skip
        lines = [(c.id, line) for c in changes for line in self.numbered(c.facts.lines or ())]
        sql.insert_lines(self._conn, [(order_id, target.shop_id, *line) for order_id, line in lines])
        self._write_refunds([(c, c.state.refunded_reported_minor) for c in changes if c.state.refunded_reported_minor])
        if self._lines_wait:
            self._fetch_waiting(changes)

    def _fetch_waiting(self, changes: Sequence[_Change]) -> None:
        """Lines that came before their orders."""
        ids = {c.facts.number: c.id for c in changes if not c.facts.lines}
        waiting = sql.waiting_lines(self._conn, self._target.shop_id, ids)
        rows = [(ids[number], self._target.shop_id, *line) for number, lines in waiting.items() for line in lines]
        sql.insert_lines(self._conn, rows)
        sql.delete_waiting(self._conn, self._target.shop_id, waiting)

    def numbered(self, lines: Sequence[LineFacts]) -> list[LineState]:
        """The lines with their numbers and products."""
        products = self._products.of(lines)
        return [
            LineState(
                number,
                line.external_id,
                product,
                line.sku,
                line.title,
                line.quantity,
                line.unit_price_minor,
                line.amount_minor,
            )
            for number, (line, product) in enumerate(zip(lines, products, strict=True), start=1)
        ]

    def _update(self, changes: Sequence[_Change], refunds: dict[int, sql.StoredRefund]) -> None:
        with_lines = [change.id for change in changes if change.facts.lines]
        stored_lines = sql.stored_lines(self._conn, with_lines) if with_lines else {}
        updates, touches, booked = [], [], []
        for change in changes:
            assert change.stored is not None
            known = change.stored.state
            refund = refunds.get(change.id, sql.StoredRefund(0, 0, 0))
            exported = exported_part(
                change.state.refunded_reported_minor or 0, refund.booked_minor, refund.reported_before_minor
            )
            counted = _counted(change, refund.booked_minor + exported)
            lines_changed = self._update_lines(change, stored_lines.get(change.id, []))
            if exported != refund.exported_minor:
                booked.append((change, exported))
            if not change.state.says_the_same(known) or counted != change.stored.is_counted:
                updates.append((counted, self._target.batch_id, *change.state, change.id))
            elif change.state != known:
                touches.append((change.state.exported_at, change.state.row_hash, change.id))
            if not change.state.says_the_same(known) or lines_changed or exported != refund.exported_minor:
                self.changed += 1
            else:
                self.unchanged += 1
        self.touched = self.touched or bool(updates or touches or booked)
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
        assert change.stored is not None
        stated = self.numbered(change.facts.lines)
        if same_lines(stored, stated):
            return False
        stated_won = change.state.row_hash == change.facts.row_hash
        same_order = change.state.says_the_same(change.stored.state)
        if stored and not (stated_won or same_order):
            return False
        return self.write_lines(change.id, stored, joined_lines(stored, stated, replace=stated_won and not same_order))

    def write_lines(self, order_id: int, stored: list[LineState], lines: list[LineState]) -> bool:
        """Write the lines of an order anew; a vanished line a case is about stays with no pieces."""
        kept = {line.line_no for line in lines}
        gone = [line for line in stored if line.line_no not in kept]
        if gone:
            named = sql.lines_with_cases(self._conn, order_id)
            lines = sorted([*lines, *(line._replace(quantity=0) for line in gone if line.line_no in named)])
        if lines == stored:
            return False
        self.touched = True
        sql.delete_lines(self._conn, [order_id])
        sql.insert_lines(self._conn, [(order_id, self._target.shop_id, *line) for line in lines])
        return True

    def _write_refunds(self, amounts: Sequence[tuple[_Change, int | None]]) -> None:
        target, rows, gone = self._target, [], []
        for change, amount in amounts:
            if not amount:
                gone.append(change.id)
                continue
            state = change.state
            rows.append(
                (
                    target.shop_id, change.id, f"export:{change.id}", amount, state.currency,
                    state.ordered_at, state.ordered_day, state.ordered_month, target.batch_id,
                )
            )  # fmt: skip
        sql.write_export_refunds(self._conn, rows)
        sql.delete_export_refunds(self._conn, gone)


def _counted(change: _Change, refunded: int) -> int:
    state = change.state
    shipped = change.facts.shipped or state.shipped_at is not None or state.completed_at is not None
    return int(counts(state.status, state.paid_minor, refunded, shipped=shipped))


class LineLoading:
    """Takes the lines of orders from a file that knows nothing else of them."""

    def __init__(self, conn: sqlite3.Connection, target: Target) -> None:
        self._conn = conn
        self._target = target
        self._orders = OrderLoading(conn, target)
        self._chunk: list[OrderLines] = []
        self.suspects: set[str] = set()
        self.new = self.changed = self.unchanged = self.waiting = 0

    @property
    def touched(self) -> bool:
        """Whether anything was written."""
        return bool(self.new or self.changed)

    def add(self, lines: OrderLines) -> None:
        """Take the lines of one order.

        Raises:
            ScatteredOrder: lines of this order stood further up in the file as well.
        """
        if lines.maybe_scattered:
            raise ScatteredOrder
        self._chunk.append(lines)
        if len(self._chunk) >= CHUNK:
            self._flush()

    def finish(self) -> Outcome:
        """Write what is left."""
        if self._chunk:
            self._flush()
        return Outcome(self.new, self.changed, self.unchanged, self.waiting)

    def _flush(self) -> None:
        chunk, self._chunk = self._chunk, []
        shop_id, numbers = self._target.shop_id, [lines.number for lines in chunk]
        orders = sql.stored_orders(self._conn, shop_id, numbers)
        stored = sql.stored_lines(self._conn, [order.id for order in orders.values()])
        waiting = sql.waiting_lines(self._conn, shop_id, [number for number in numbers if number not in orders])
        for number, lines, _scattered in chunk:
            order = orders.get(number)
            known = stored.get(order.id, []) if order else waiting.get(number, [])
            stated = self._orders.numbered(lines)
            if same_lines(known, stated):
                self.unchanged += 1
            else:
                self._take(number, order.id if order else None, known, joined_lines(known, stated, replace=False))
            self.waiting += order is None

    def _take(self, number: str, order_id: int | None, known: list[LineState], lines: list[LineState]) -> None:
        if lines == known:
            self.unchanged += 1
        elif order_id is not None:
            self._orders.write_lines(order_id, known, lines)
            self.changed += 1
        else:
            sql.delete_waiting(self._conn, self._target.shop_id, [number])
            sql.insert_waiting(self._conn, [(self._target.shop_id, number, *line) for line in lines])
            self.new += not known
            self.changed += bool(known)
