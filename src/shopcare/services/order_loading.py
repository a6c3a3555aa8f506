"""Orders as a file states them → the store: new ones written, newer states taken over, the rest left alone.

Everything happens in chunks, so memory does not grow with the file, and inside the caller's transaction.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import compress
from typing import NamedTuple

from shopcare.domain.money import format_amount
from shopcare.domain.order_states import (
    LinesAge,
    LineState,
    OrderState,
    age_text,
    joined_lines,
    lines_of_order_list,
    newest,
)
from shopcare.domain.orders import REFUNDED, UNKNOWN, counts
from shopcare.domain.refunds import exported_beyond
from shopcare.i18n import _
from shopcare.importers import reading_process
from shopcare.importers.facts import OrderFacts, Unread
from shopcare.importers.order_columns import Block, PlainOrders
from shopcare.importers.orders import OrderStream
from shopcare.importers.reader import Piece
from shopcare.importers.result import Outcome
from shopcare.services.assumed_refunds import assumed
from shopcare.services.buyers_and_products import Customers
from shopcare.services.images import Stated, order_image
from shopcare.services.load_target import CHUNK, ScatteredOrder, Seen, Target
from shopcare.services.order_writing import NewOrders, export_refund
from shopcare.store.queries import imports as sql
from shopcare.store.queries.undo import keep_images


class _Change(NamedTuple):
    """A stored order a file states otherwise: what was stored, what the file states and what shall be."""

    facts: OrderFacts
    stored: sql.StoredOrder
    stated: OrderState
    state: OrderState

    @property
    def id(self) -> int:
        """The order."""
        return self.stored.id

    @property
    def stated_age(self) -> LinesAge:
        """How new the lines are that the file states."""
        return lines_of_order_list(self.stated)

    def states_newer_lines(self, lines: Sequence[LineState]) -> bool:
        """Whether the file's lines take the place of those stored; one that states none never removes any."""
        return bool(self.facts.lines) and (not lines or self.stated_age > self.stored.age_of_lines)

    def adds_lines(self, lines: Sequence[LineState]) -> bool:
        """Whether the file may be another piece of the export that the stored lines come from."""
        return bool(self.facts.lines and lines) and self.stated_age == self.stored.age_of_lines

    def is_ignored(self, lines: Sequence[LineState]) -> bool:
        """Whether the file states the order otherwise than it is afterwards."""
        if self.stated.age > self.stored.state.age:
            return False
        stored = Counter((line.external_id, line.sku, *line[4:]) for line in lines)
        stated = Counter((line[0], line[1], line[2], *line[4:]) for line in self.facts.lines or ())
        if self.adds_lines(lines):
            return bool(stated - stored) or self.stated.contradicts(self.state)
        otherwise = bool(stated) and stated != stored and not self.states_newer_lines(lines)
        return otherwise or self.stated.contradicts(self.state)

    def lines_age(self, lines: Sequence[LineState]) -> str | None:
        """How new the lines are afterwards, as it is stored."""
        newer = self.states_newer_lines(lines)
        if not newer and not lines:
            return None
        age = self.stated_age if newer else self.stored.age_of_lines
        return None if age == lines_of_order_list(self.state) else age_text(age)


class OrderLoading:
    """Takes the orders of one file, one after the other; `finish` writes the last of them."""

    def __init__(
        self,
        conn: sqlite3.Connection,
        target: Target,
        stream: OrderStream,
        *,
        seen: Seen,
        first_load: bool,
        gathered: bool,
        ahead: bool = False,
    ) -> None:
        """`gathered`: the rows of each order follow each other for certain. `ahead`: the file is worth reading it in a second
        process, which is possible where nothing has to be looked up before its rows are read.
        """
        self._conn = conn
        self._target = target
        self._stream = stream
        self._seen = seen
        self._first_load = first_load
        self._customers = Customers(conn, target)
        self._new = NewOrders(conn, target, stream.mapper.times, unchecked=first_load and not gathered)
        looks_up = not self._new.unchecked or self._new.lines_wait
        self._ahead = ahead and not looks_up and reading_process.is_possible()
        self._stated = Stated(conn, target.batch_id, target.shop_id)
        self.suspects: set[str] = set()
        self.written = False
        self.changed = self.unchanged = self.not_newer = 0

    @property
    def touched(self) -> bool:
        """Whether anything was written."""
        return self.written or self._new.count > 0 or self._new.lines.written

    def load(self, pieces: Iterable[Piece], progress: Callable[[], None]) -> Outcome:
        """Bring every order of the file to the store.

        Raises:
            ScatteredOrder: rows of an order stand in several places of the file.
            NotInOrder: `seen` cannot tell.
        """
        if self._ahead:
            return self._load_ahead(progress)
        chunk: list[Unread] = []
        for found in self._stream.orders(pieces):
            if isinstance(found, Unread):
                chunk.append(found)
                if len(chunk) < CHUNK:
                    continue
            self._take(chunk)
            chunk = []
            if isinstance(found, Block):
                self._take_block(found)
            self._stated.write()
            progress()
        self._take(chunk)
        self._stated.write()
        self._customers.forget()  # what comes next, making indexes, wants memory of its own
        return Outcome(self._new.count, self.changed, self.unchanged, not_newer=self.not_newer)

    def _load_ahead(self, progress: Callable[[], None]) -> Outcome:
        """The same for a first load, of a file that a second process reads meanwhile.

        Raises:
            ScatteredOrder, ReadingStoppedError.
        """
        with reading_process.reading(self._stream) as orders:
            for found in orders:
                if isinstance(found, PlainOrders):
                    self._insert_plain(found)
                else:
                    self._new.note_set_aside(found.set_aside)
                    if found.orders:
                        self._new.insert(found.orders, self._customers.of(found.orders))
                progress()
        self._customers.forget()
        return Outcome(self._new.count)

    def _take_block(self, block: Block) -> None:
        """Plain rows: at once if all of their orders are new, without the known ones if not."""
        numbers = block.numbers
        self._look_out(numbers)
        known: dict[str, sql.KnownOrder] = {}
        if not self._first_load:
            known = sql.known_orders(self._conn, self._target.shop_id, numbers)
        if known:
            told = [
                self._is_same(row_hash, known.get(number))
                for number, row_hash in zip(numbers, block.hashes, strict=True)
            ]
            self._count_known(
                len(block) if all(told) else block.rows_of(told), [known[n] for n in compress(numbers, told)]
            )
            self._take_read(block.unread([not same for same in told]))
        elif self._new.lines_wait:
            self._take_read(block.unread())
        else:
            self._insert_block(block)

    def _insert_block(self, block: Block) -> None:
        for read in self._stream.read_block(block):
            if isinstance(read, list):
                self._take_read(read)
                continue
            self._insert_plain(read)

    def _insert_plain(self, read: PlainOrders) -> None:
        customers = self._customers.of_cells(read.buyers, self._stream.mapper.readers.buyer)
        self._stream.tally.guests += customers.count(None)
        self._new.insert_columns(read, customers)

    def _look_out(self, numbers: Sequence[str]) -> None:
        """Note orders that may have stood further up in the file as well; the caller looks again, the filter may be wrong."""
        again = [] if self._first_load else self._seen(numbers)
        if again and len(set(numbers)) < len(numbers):
            raise ScatteredOrder
        self.suspects.update(again)

    def _take(self, chunk: Sequence[Unread]) -> None:
        if chunk:
            self._look_out([unread.number for unread in chunk])
            self._take_read(chunk)

    def _take_read(self, chunk: Sequence[Unread]) -> None:
        stored = self._stored(chunk)
        read = self._stream.read
        if stored:
            chunk = [unread for unread in chunk if not self._is_known(unread, stored.get(unread.number))]
        stated = [(unread.number, read(unread)) for unread in chunk]
        facts = [made for _number, made in stated if made is not None]
        self._new.note_set_aside([number for number, made in stated if made is None])
        if not facts:
            return
        customers = self._customers.of(facts)
        if not stored:
            self._new.insert(facts, customers)
            return
        paired = list(zip(facts, customers, strict=True))
        new = [pair for pair in paired if pair[0].number not in stored]
        if new:
            self._new.insert([made for made, _customer in new], [customer for _made, customer in new])
        changes = [
            _Change(made, known, stated, newest(known.state, stated))
            for made, customer in paired
            if (known := stored.get(made.number)) is not None
            for stated in (self._state(made, customer),)
        ]
        if changes:
            refunds = sql.stored_refunds(self._conn, [change.id for change in changes])
            self._update(self._covered(changes, refunds, chunk), refunds)

    def _covered(
        self, changes: Sequence[_Change], refunds: dict[int, sql.StoredRefunds], chunk: Sequence[Unread]
    ) -> list[_Change]:
        """The changes after which an order's refunds are no more than what was paid; the rows of others are set aside."""
        short = {
            change.facts.number: change for change in changes if _refunded(change, refunds) > change.state.paid_minor
        }
        for unread in chunk if short else ():
            if (change := short.get(unread.number)) is not None:
                self._stream.withdraw(unread, "paid-below-refunds", _below_refunds(change, refunds))
        return [change for change in changes if change.facts.number not in short]

    def _stored(self, chunk: Sequence[Unread]) -> dict[str, sql.StoredOrder]:
        """What is stored of a chunk: nothing on a first load."""
        if self._first_load or not chunk:
            return {}
        return sql.stored_orders(self._conn, self._target.shop_id, [unread.number for unread in chunk])

    def _is_known(self, unread: Unread, stored: sql.StoredOrder | None) -> bool:
        """Whether the store has exactly these rows already, which are then counted."""
        known = stored and stored.known
        if not self._is_same(unread.row_hash, known):
            return False
        assert known
        self._count_known(len(unread.group), [known])
        return True

    def _is_same(self, row_hash: int, known: sql.KnownOrder | None) -> bool:
        """Whether the store has exactly these rows already, from an export that is no older."""
        if known is None:
            return False
        if known.batch_id == self._target.batch_id:
            raise ScatteredOrder
        return known.row_hash == row_hash and known.exported_at >= self._target.stamp

    def _count_known(self, rows: int, orders: Sequence[sql.KnownOrder]) -> None:
        unknown = [order.status_raw for order in orders if order.status == UNKNOWN]
        self._stream.known(
            rows, guests=sum(order.customer_id is None for order in orders), unknown_statuses=filter(None, unknown)
        )
        for order in orders:
            self._stated.add(order.id)
        self.unchanged += len(orders)

    def _state(self, facts: OrderFacts, customer: int | None) -> OrderState:
        exported_at = max(facts.seen_at, self._target.stamp)
        return OrderState._make((customer, *facts.told, exported_at, facts.row_hash))

    def _update(self, changes: Sequence[_Change], refunds: dict[int, sql.StoredRefunds]) -> None:
        stored_lines = sql.stored_lines(self._conn, [change.id for change in changes])
        rewritten = self._update_lines(changes, stored_lines)
        listed = [order_id for order_id, refund in refunds.items() if any(each.is_listed for each in refund.booked)]
        unsaid = assumed(self._conn, listed)
        updates, touches, ages, booked, images = [], [], [], [], []
        for change in changes:
            known, lines = change.stored.state, stored_lines.get(change.id, [])
            refund = refunds.get(change.id, sql.StoredRefunds())
            reported = change.state.refunded_reported_minor or 0
            exported = exported_beyond(reported, refund.booked, assumed=change.id in unsaid)
            counted = _counted(change, refund.booked_minor + exported)
            lines_age = change.lines_age(lines)
            if exported != refund.exported_minor:
                booked.append((change, exported))
            if not change.state.says_the_same(known) or counted != change.stored.is_counted:
                updates.append((counted, self._target.batch_id, *change.state, change.id))
            elif change.state != known:
                touches.append((change.state.exported_at, change.state.row_hash, change.id))
            other_age = lines_age != change.stored.lines_age
            if other_age:
                ages.append((lines_age, change.id))
            if change.state != known or other_age or change.id in rewritten or exported != refund.exported_minor:
                image = lines if change.id in rewritten else None
                images.append(order_image(self._target.batch_id, change.stored, image, refund.exported_minor))
            else:
                self._stated.add(change.id)
            if not change.state.says_the_same(known) or rewritten.get(change.id) or exported != refund.exported_minor:
                self.changed += 1
            else:
                self.unchanged += 1
                self.not_newer += not self._target.stamp and change.is_ignored(lines)
        keep_images(self._conn, ((*image[:3], self._target.shop_id, image[3]) for image in images))
        self.written = self.written or bool(updates or touches or ages or booked)
        sql.update_orders(self._conn, updates)
        sql.touch_orders(self._conn, touches)
        sql.write_lines_ages(self._conn, ages)
        self._write_refunds(booked)

    def _update_lines(self, changes: Sequence[_Change], stored: dict[int, list[LineState]]) -> dict[int, bool]:
        """Write lines the file states newer; which orders' were written, and whether they say anything new."""
        newer = {}
        for change in changes:
            known = stored.get(change.id, [])
            if change.states_newer_lines(known):
                newer[change.id] = self._new.lines.numbered(change.facts.lines or ())
            elif change.adds_lines(known):
                newer[change.id] = joined_lines(known, self._new.lines.numbered(change.facts.lines or ()))
        return self._new.lines.replace(newer, stored)

    def _write_refunds(self, amounts: Sequence[tuple[_Change, int]]) -> None:
        rows = []
        for change, amount in amounts:
            state = change.state
            if amount:
                ordered = state.ordered_at, state.ordered_day, state.ordered_month
                rows.append(export_refund(self._target, change.id, amount, state.currency, ordered))
        sql.write_export_refunds(self._conn, rows)
        sql.delete_export_refunds(self._conn, [change.id for change, amount in amounts if not amount])


def _refunded(change: _Change, refunds: dict[int, sql.StoredRefunds]) -> int:
    """All refunds of an order after a change."""
    refund = refunds.get(change.id, sql.StoredRefunds())
    return refund.booked_minor + exported_beyond(change.state.refunded_reported_minor or 0, refund.booked)


def _below_refunds(change: _Change, refunds: dict[int, sql.StoredRefunds]) -> str:
    currency = change.state.currency
    text = _("order {number}: {paid} {currency} paid is less than the {refunded} {currency} that were refunded")
    return text.format(
        number=change.facts.number, currency=currency, paid=format_amount(change.state.paid_minor, currency),
        refunded=format_amount(_refunded(change, refunds), currency),
    )  # fmt: skip


def _counted(change: _Change, refunded: int) -> int:
    state = change.state
    shipped = _word_of_shipping(change) or state.shipped_at is not None or state.completed_at is not None
    return int(counts(state.status, state.paid_minor, refunded, shipped=shipped))


def _word_of_shipping(change: _Change) -> bool:
    """Whether the newer of the two states says that the goods left, in whichever order they came.

    What was stored has kept that only where it matters: an order that went back whole counts if it had been shipped.
    """
    known = change.stored.state
    if change.stated.age > known.age:
        return change.facts.shipped
    went_back = known.status == REFUNDED and (known.refunded_reported_minor or 0) >= known.paid_minor
    return went_back and bool(change.stored.is_counted)
