"""New orders and their lines → the store: by column where they come so, one by one where not."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from functools import partial
from itertools import compress, count

from shopcare.domain.order_states import age_text
from shopcare.domain.orders import PLAINLY_COUNTED, counts
from shopcare.importers.orders.columns import OrderColumns, PlainOrders
from shopcare.importers.orders.facts import OrderFacts
from shopcare.importers.rows.columns import Same
from shopcare.importers.values.times import Times
from shopcare.services.images import waiting_image
from shopcare.services.line_loading import LineWriting, parted
from shopcare.services.load_target import ScatteredOrder, Target
from shopcare.services.statements import Joined, Statements, are
from shopcare.store.numbers import next_id
from shopcare.store.queries import imports as sql
from shopcare.store.queries.undo import keep_images

#: Orders set aside whose numbers are remembered.
MOST_SET_ASIDE = 100_000

#: The columns of the order table that are what was read.
_AS_READ = (
    "status", "status_raw", "status_rank", "currency", "total_minor", "paid_minor", "freight_minor", "discount_minor",
    "ordered_at", "paid_at", "shipped_at", "completed_at", "channel", "payment_method", "province",
)  # fmt: skip

#: The customer of each order, None for a guest.
Customers = Sequence[int | None]


class NewOrders:
    """Writes the orders of one file that the store does not have."""

    def __init__(
        self, conn: sqlite3.Connection, target: Target, times: Times, statements: Statements, *, unchecked: bool
    ) -> None:
        """`times`: of the file. `unchecked`: nobody looked whether the store has the orders already, which then can only
        come from this very file.
        """
        self._conn = conn
        self._target = target
        self._times = times
        self._statements = statements
        self.unchecked = unchecked
        self._set_aside: set[str] = set()
        self._next_id = next_id(conn, "orders")
        self.lines = LineWriting(conn, target.shop_id)
        self.lines_wait = sql.has_rows(conn, "waiting_line", target.shop_id)
        self.count = 0

    def note_set_aside(self, numbers: Collection[str]) -> None:
        """Remember orders of which nothing could be read: further rows of them may stand elsewhere in the file.

        Raises:
            ScatteredOrder: they do, or there are too many of them to remember.
        """
        if not self.unchecked or not numbers:
            return
        apart = len(set(numbers)) < len(numbers) or not self._set_aside.isdisjoint(numbers)
        self._set_aside.update(numbers)
        if (
            apart
            or len(self._set_aside) > MOST_SET_ASIDE
            or sql.known_orders(self._conn, self._target.shop_id, numbers)
        ):
            raise ScatteredOrder

    def insert_columns(self, read: PlainOrders, customers: Customers) -> None:
        """Plain orders, which have no waiting lines.

        Raises:
            ScatteredOrder: one of them stood further up in the file.
        """
        self._check_new(read.numbers)
        target, orders, new = self._target, read.orders, len(read.numbers)
        ids = range(self._next_id, self._next_id + new)
        days, months = self._times.days_and_months(orders.ordered_at)
        columns: dict[str, Sequence[object]] = {
            "id": ids, "shop_id": Same(target.shop_id, new), "number": read.numbers, "is_counted": _counted(orders),
            "first_batch_id": Same(target.batch_id, new), "batch_id": Same(target.batch_id, new), "customer_id": customers,
            **{name: getattr(orders, name) for name in _AS_READ}, "refunded_reported_minor": orders.refunded_minor,
            "ordered_day": days, "ordered_month": months, "exported_at": orders.seen_at(target.stamp),
            "row_hash": read.hashes,
        }  # fmt: skip
        try:
            sql.insert_columns(self._conn, "orders", *parted(columns))
        except sqlite3.IntegrityError as problem:
            self._refuse(problem)
        if any(orders.refunded_minor):
            self._insert_refunds(ids, orders, days, months)
        if read.lines is not None:
            self.lines.insert_columns(ids, read.lines)
        self._next_id += new
        self.count += new

    def _insert_refunds(
        self, ids: Sequence[int], orders: OrderColumns, days: Sequence[int], months: Sequence[int]
    ) -> None:
        """What is reported of new orders, which cannot have a refund yet; else as `write_export_refunds`."""
        those, target = partial(compress, selectors=orders.refunded_minor), self._target
        order_ids, first = list(those(ids)), next_id(self._conn, "refund")
        columns = {
            "id": range(first, first + len(order_ids)), "order_id": order_ids,
            "source_key": [f"export:{order_id}" for order_id in order_ids], "amount_minor": list(those(orders.refunded_minor)),
            "currency": list(those(orders.currency)), "refunded_at": list(those(orders.ordered_at)),
            "refunded_day": list(those(days)), "refunded_month": list(those(months)),
        }  # fmt: skip
        same = {"shop_id": target.shop_id, "source": "export", "day_known": 0, "batch_id": target.batch_id}
        sql.insert_columns(self._conn, "refund", columns, same)

    def insert_joined(self, orders: Sequence[Joined]) -> None:
        """Orders one by one, of which lines or refunds may have waited.

        Raises:
            ScatteredOrder: as above.
        """
        self.keep_waiting([joined.facts.number for joined in orders if joined.before])
        customers = [joined.state.customer_id for joined in orders if joined.state]
        kept = [(joined.facts.number, joined.text) for joined in orders if joined.text or joined.before]
        self._insert([joined.facts for joined in orders], customers, kept)

    def insert(self, orders: Sequence[OrderFacts], customers: Customers) -> None:
        """Orders one by one of which nothing is known.

        Raises:
            ScatteredOrder: as above.
        """
        told = zip(orders, customers, strict=True)
        kept = [
            (made.number, self._statements.of_new(made, customer))
            for made, customer in told
            if made.rivals or not are(made.parts, made.told)
        ]
        self._insert(orders, customers, kept)

    def _insert(
        self, orders: Sequence[OrderFacts], customers: Customers, kept: Sequence[tuple[str, str | None]]
    ) -> None:
        """New orders, with what is kept of their statements."""
        self._check_new([made.number for made in orders])
        target, first = self._target, self._next_id
        shop, batch, stamp = target.shop_id, target.batch_id, target.stamp
        self._next_id += len(orders)
        self.count += len(orders)
        rows, refunds = [], []
        for order_id, facts, customer in zip(count(first), orders, customers, strict=False):
            number, row_hash, _buyer, _display, shipped, seen_at, told = facts[:7]
            refunded = told[8]
            counted = counts(told[0], told[5], refunded or 0, shipped=shipped)
            rows.append(
                (
                    order_id, shop, number, int(counted), batch, batch, customer, *told,
                    seen_at if seen_at > stamp else stamp, row_hash,
                )
            )  # fmt: skip
            if refunded:
                refunds.append(target.refund(order_id, refunded, told[3], told[9:12]))
        try:
            sql.insert_orders(self._conn, rows)
        except sqlite3.IntegrityError as problem:
            self._refuse(problem)
        self.lines.insert(list(zip(count(first), (facts.lines for facts in orders), strict=False)))
        if refunds:
            sql.write_export_refunds(self._conn, refunds)
        self._statements.write(kept)
        if self.lines_wait:
            self._fetch_waiting({facts.number: (first + i, not facts.lines) for i, facts in enumerate(orders)})

    def keep_waiting(self, numbers: Sequence[str]) -> None:
        """Note what waits for orders, as it was before this file."""
        batch, shop = self._target.batch_id, self._target.shop_id
        lines = sql.waiting_lines(self._conn, shop, numbers) if self.lines_wait else {}
        images = [
            (batch, "waiting", number, shop, waiting_image(lines.get(number), self._statements.text(number)))
            for number in numbers
        ]
        keep_images(self._conn, images)

    def _check_new(self, numbers: Iterable[str]) -> None:
        if self._set_aside and not self._set_aside.isdisjoint(numbers):
            raise ScatteredOrder

    def _refuse(self, problem: sqlite3.IntegrityError) -> None:
        """An order is there already. Where nobody looked, it came from this file."""
        if self.unchecked:
            raise ScatteredOrder from None
        raise problem

    def _fetch_waiting(self, orders: dict[str, tuple[int, bool]]) -> None:
        """Lines that came before their orders (id, whether it is without lines so far)."""
        shop = self._target.shop_id
        waiting = sql.waiting_lines(self._conn, shop, orders)
        self.keep_waiting(list(waiting))
        wanted = [(orders[number][0], lines) for number, lines in waiting.items() if orders[number][1]]
        sql.insert_lines(self._conn, [(order, shop, *line) for order, waited in wanted for line in waited.lines])
        sql.write_lines_ages(self._conn, [(age_text(waited.age), order) for order, waited in wanted])
        sql.delete_waiting(self._conn, shop, waiting)


def _counted(orders: OrderColumns) -> Sequence[int]:
    """Whether each order counts."""
    names, refunded = orders.status, orders.refunded_minor
    if isinstance(names, Same) and names.value in PLAINLY_COUNTED and not any(refunded):
        return Same(1, len(names))
    return [
        1 if not back and name in PLAINLY_COUNTED else int(counts(name, paid, back or 0, shipped=left))
        for name, paid, back, left in zip(names, orders.paid_minor, refunded, orders.shipped, strict=True)
    ]
