"""Lines of orders as a file states them → the store: with their orders, or from a file that knows nothing else of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice

from shopcare.domain.order_states import (
    LinesAge,
    LineState,
    age_text,
    joined_lines,
    leaves_out,
    lines_alone,
    replaced_lines,
    same_lines,
)
from shopcare.importers.orders.columns import LineColumns
from shopcare.importers.orders.facts import LineFacts, OrderLines
from shopcare.importers.orders.stream import OrderStream
from shopcare.importers.result import Outcome
from shopcare.importers.rows.columns import Same
from shopcare.importers.text.sheet import Piece
from shopcare.services.buyers_and_products import Products
from shopcare.services.images import Stated, lines_image, waiting_image
from shopcare.services.load_target import CHUNK, ScatteredOrder, Seen, Target
from shopcare.store.queries import imports as sql
from shopcare.store.queries.undo import keep_images


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
        products, shop = iter(self._products.of(every)), self._shop_id
        sql.insert_lines(
            self._conn,
            [
                (order_id, shop, number, line_id, next(products), sku, title, pieces, price, amount)
                for order_id, lines in orders
                if lines
                for number, (line_id, sku, title, _category, pieces, price, amount) in enumerate(lines, 1)
            ],
        )

    def insert_columns(self, order_ids: Sequence[int], lines: LineColumns) -> None:
        """The lines of a block of new orders."""
        if not lines.order:
            return
        products = self._products.of_columns(lines.sku, lines.title, lines.category)
        alone = len(lines.order) == len(order_ids) and isinstance(lines.order, range)
        columns = {
            "order_id": order_ids if alone else list(map(order_ids.__getitem__, lines.order)),
            "shop_id": Same(self._shop_id, len(lines.order)), "line_no": lines.line_no, "external_id": lines.external_id,
            "product_id": products, "sku": lines.sku, "title": lines.title,
            "quantity": lines.quantity, "unit_price_minor": lines.unit_price_minor, "amount_minor": lines.amounts(),
        }  # fmt: skip
        sql.insert_columns(self._conn, "order_line", *parted(columns))

    def numbered(self, lines: Sequence[LineFacts]) -> list[LineState]:
        """Lines with their numbers and products."""
        stated = enumerate(zip(lines, self._products.of(lines), strict=True), start=1)
        return [
            LineState(number, line_id, product, sku, title, pieces, price, amount)
            for number, ((line_id, sku, title, _category, pieces, price, amount), product) in stated
        ]

    def replace(self, stated: dict[int, list[LineState]], stored: dict[int, list[LineState]]) -> dict[int, bool]:
        """Write the lines of orders anew; which differ from what is stored, and whether by more than their numbers."""
        differing = [order_id for order_id, lines in stated.items() if lines != stored.get(order_id, [])]
        named = sql.lines_with_cases(self._conn, differing)
        written: dict[int, bool] = {}
        for order_id in differing:
            before = stored.get(order_id, [])
            lines = replaced_lines(before, stated[order_id], named.get(order_id, ()))
            if lines != before:
                written[order_id] = not same_lines(before, lines)
                sql.delete_lines(self._conn, [order_id])
                sql.insert_lines(self._conn, [(order_id, self._shop_id, *line) for line in lines])
        self.written = self.written or bool(written)
        return written


def parted(columns: Mapping[str, Sequence[object]]) -> tuple[dict[str, Sequence[object]], dict[str, object]]:
    """The columns whose rows differ, and of the others the value."""
    same = {name: column.value for name, column in columns.items() if isinstance(column, Same)}
    return {name: column for name, column in columns.items() if name not in same}, same


class LineLoading:
    """Takes the lines of orders from a file that knows nothing else of them."""

    suspects: frozenset[str] = frozenset()

    def __init__(self, conn: sqlite3.Connection, target: Target, stream: OrderStream, *, seen: Seen) -> None:
        self._conn = conn
        self._target = target
        self._stream = stream
        self._seen = seen
        self._lines = LineWriting(conn, target.shop_id)
        self._stated = Stated(conn, target.batch_id, target.shop_id)
        self.written = False
        self.new = self.changed = self.unchanged = self.waiting = self.not_newer = 0

    @property
    def touched(self) -> bool:
        """Whether anything was written."""
        return self.written

    def load(self, pieces: Iterable[Piece], progress: Callable[[], None]) -> Outcome:
        """Bring the lines of every order of the file to the store.

        Raises:
            ScatteredOrder: lines of an order may stand in several places of the file.
            NotInOrder: `seen` cannot tell.
        """
        orders = self._stream.lines(pieces)
        while chunk := list(islice(orders, CHUNK)):
            if self._seen([lines.number for lines in chunk]):
                raise ScatteredOrder
            self._take_chunk(chunk)
            self._stated.write()
            progress()
        return Outcome(self.new, self.changed, self.unchanged, self.waiting, self.not_newer)

    def _take_chunk(self, chunk: Sequence[OrderLines]) -> None:
        numbers = [lines.number for lines in chunk]
        orders = sql.stored_orders(self._conn, self._target.shop_id, numbers)
        stored = sql.stored_lines(self._conn, [order.id for order in orders.values()])
        missing = [number for number in numbers if number not in orders]
        waiting = sql.waiting_lines(self._conn, self._target.shop_id, missing)
        for number, lines in chunk:
            stated = self._lines.numbered(lines)
            age = lines_alone(self._target.stamp)
            order = orders.get(number)
            if order is None:
                self.waiting += 1
                self._wait(number, stated, age, waiting.get(number))
            elif self._is_older(known := stored.get(order.id, []), stated, age, order.age_of_lines):
                self._stated.add(order.id)
                self._leave(known, stated, is_piece=age == order.age_of_lines)
            else:
                self._take(order, known, joined_lines(known, stated) if age == order.age_of_lines else stated, age)

    def _is_older(self, known: list[LineState], stated: list[LineState], age: LinesAge, known_age: LinesAge) -> bool:
        """Whether stated lines change nothing of the known ones: older, or a piece of the same export that is there."""
        return bool(known) and (age < known_age or (age == known_age and joined_lines(known, stated) == known))

    def _take(self, order: sql.StoredOrder, known: list[LineState], stated: list[LineState], age: LinesAge) -> None:
        """Newer lines of a stored order."""
        target = self._target
        keep_images(self._conn, [(target.batch_id, "order", str(order.id), target.shop_id, lines_image(order, known))])
        said_anew = self._lines.replace({order.id: stated}, {order.id: known}).get(order.id, False)
        sql.write_lines_ages(self._conn, [(age_text(age), order.id)])
        self.written = True
        self.changed += said_anew
        self.unchanged += not said_anew

    def _leave(self, known: list[LineState], stated: list[LineState], *, is_piece: bool) -> None:
        """Lines that are no newer than the known ones."""
        self.unchanged += 1
        left_out = leaves_out(known, stated) if is_piece else not same_lines(known, stated)
        self.not_newer += not self._target.stamp and left_out

    def _wait(self, number: str, stated: list[LineState], age: LinesAge, known: sql.WaitingLines | None) -> None:
        """Lines whose order is not there yet."""
        target = self._target
        keep_images(self._conn, [(target.batch_id, "waiting", number, target.shop_id, waiting_image(known))])
        if known is not None and self._is_older(known.lines, stated, age, known.age):
            self._leave(known.lines, stated, is_piece=age == known.age)
            return
        if known is not None and age == known.age:
            stated = joined_lines(known.lines, stated)
        sql.delete_waiting(self._conn, target.shop_id, [number])
        sql.insert_waiting(self._conn, [(target.shop_id, number, *line, age_text(age)) for line in stated])
        self.written = True
        said_anew = known is None or not same_lines(known.lines, stated)
        self.new += known is None
        self.changed += known is not None and said_anew
        self.unchanged += not said_anew
