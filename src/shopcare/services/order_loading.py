"""Orders as a file states them → the store: new ones written, newer states taken over, the rest left alone.

Everything happens in chunks, so memory does not grow with the file, and inside the caller's transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from itertools import compress

from shopcare.domain.orders import UNKNOWN
from shopcare.importers.orders import reading_process
from shopcare.importers.orders.columns import Block, PlainOrders
from shopcare.importers.orders.combined import rules_of
from shopcare.importers.orders.facts import OrderFacts, Unread
from shopcare.importers.orders.stream import OrderStream
from shopcare.importers.result import Outcome
from shopcare.importers.text.sheet import Piece
from shopcare.services.buyers_and_products import Customers
from shopcare.services.images import Stated
from shopcare.services.load_target import CHUNK, ScatteredOrder, Seen, Target
from shopcare.services.order_updates import Change, OrderUpdates
from shopcare.services.order_writing import NewOrders
from shopcare.services.statements import Joined, Statements
from shopcare.store.queries import imports as sql


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
        self._statements = Statements(conn, target, stream.sheet.match.format, rules_of(stream.mapper))
        unchecked = first_load and not gathered
        self._new = NewOrders(conn, target, stream.mapper.times, self._statements, unchecked=unchecked)
        looks_up = not self._new.unchecked or self._new.lines_wait
        self._ahead = ahead and not looks_up and reading_process.is_possible()
        self._stated = Stated(conn, target.batch_id, target.shop_id)
        self._updates = OrderUpdates(conn, target, stream, self._new.lines, self._stated, self._statements)
        self.suspects: set[str] = set()
        self.written = False
        self.new = self.changed = self.unchanged = self.waiting = 0

    @property
    def touched(self) -> bool:
        """Whether anything was written."""
        return self.written or self._new.count > 0 or self._new.lines.written or self._updates.written

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
        return self._outcome()

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
                        self._take_new(found.orders, self._customers.of(found.orders))
                progress()
        self._customers.forget()
        return self._outcome()

    def _outcome(self) -> Outcome:
        """What became of the orders."""
        done = self._updates
        changed, unchanged = self.changed + done.changed, self.unchanged + done.unchanged
        return Outcome(self.new + self._new.count, changed, unchanged, self.waiting, done.not_newer)

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
        elif self._new.lines_wait or (not self._first_load and self._statements.look_up(numbers)):
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
        self._new.note_set_aside([number for number, made in stated if made is None or not made.told])
        if not facts:
            return
        is_known = not self._first_load and self._statements.look_up([made.number for made in facts])
        if is_known:
            facts = [self._statements.with_buyer(made) for made in facts]
        customers = self._customers.of(facts)
        if stored or is_known:
            self._join(list(zip(facts, customers, strict=True)), stored, chunk)
        else:
            self._take_new(facts, customers)

    def _take_new(self, facts: Sequence[OrderFacts], customers: Sequence[int | None]) -> None:
        """Orders of which nothing is known; of some there may be lines or refunds alone."""
        if all(made.told for made in facts):
            self._new.insert(facts, customers)
        else:
            self._join(list(zip(facts, customers, strict=True)), {}, ())

    def _join(
        self,
        stated: Sequence[tuple[OrderFacts, int | None]],
        stored: dict[str, sql.StoredOrder],
        chunk: Sequence[Unread],
    ) -> None:
        """Orders of which something is known or missing: what all that was said of them comes to."""
        lines = sql.stored_lines(self._conn, [order.id for order in stored.values()])
        new, changes = [], []
        for facts, customer in stated:
            known = stored.get(facts.number)
            joined = self._statements.joined(facts, customer, known, lines.get(known.id, ()) if known else ())
            if known is not None:
                changes.append(Change(joined, known))
            elif joined.state is None:
                self._wait(joined)
            else:
                new.append(joined)
        if new:
            self._new.insert_joined(new)
        if changes:
            self._updates.take(changes, chunk, lines)

    def _wait(self, joined: Joined) -> None:
        """Lines or refunds whose order is not there yet."""
        self.waiting += 1
        self._new.keep_waiting([joined.facts.number])  # also of what is stated again: it stands on who stated it first
        if joined.text == joined.before:
            self.unchanged += 1
            return
        self._statements.write([(joined.facts.number, joined.text)])
        self.written = True
        self.new += joined.before is None
        self.changed += joined.before is not None

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
