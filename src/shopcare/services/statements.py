"""What the store keeps of single exports' statements of an order, and what a further one comes to together with them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import blake2b
from struct import pack
from typing import NamedTuple

from shopcare.domain.order_parts import (
    SALE,
    WHOLE,
    Part,
    Rules,
    as_far_as_known,
    key_of,
    united,
    with_further,
)
from shopcare.domain.order_statements import (
    Source,
    Statement,
    buyer_in,
    same,
    settled,
    statements_of,
    still_needed,
    text_of,
    was_shipped,
)
from shopcare.domain.order_states import LineState, OrderState, lines_of_order_list, says_left
from shopcare.domain.orders import REFUNDED
from shopcare.importers.formats.catalog import Format, known_formats
from shopcare.importers.orders.facts import LineFacts, OrderFacts, Rival
from shopcare.services.load_target import Target
from shopcare.store.queries import imports as sql


class Joined(NamedTuple):
    """A file's statement of an order together with all earlier ones.

    `facts` are what the file states with the earlier pieces of its export, `stated` the state of that, None if it states
    none. `state` is what the order is then, None if it still waits. `text` is what is to be kept of the statements, None
    for nothing, `before` what was. `whole`: the lines of `facts` have the stored ones among them.
    """

    facts: OrderFacts
    stated: OrderState | None
    state: OrderState | None
    shipped: bool
    text: str | None
    before: str | None
    whole: bool


class Statements:
    """The statements of the orders of one file, looked up a chunk at a time."""

    def __init__(self, conn: sqlite3.Connection, target: Target, known: Format, rules: Rules) -> None:
        self._conn = conn
        self._target = target
        self._rules = rules
        self._source = source_of(known, target.stamp)
        self._export = Source(known.name, target.stamp)
        self._any = sql.has_rows(conn, "order_statement", target.shop_id)
        self._texts: dict[str, str] = {}
        self._exports: dict[int, Source] = {}

    def look_up(self, numbers: Iterable[str]) -> bool:
        """Find what is kept of these orders; whether there is anything."""
        self._texts = sql.statements(self._conn, self._target.shop_id, numbers) if self._any else {}
        return bool(self._texts)

    def text(self, number: str) -> str | None:
        """What is kept of an order, as it is stored."""
        return self._texts.get(number)

    def with_buyer(self, facts: OrderFacts) -> OrderFacts:
        """What a file states, with the buyer that earlier rows name, if its own name nobody."""
        text = None if facts.buyer or self._source is None else self.text(facts.number)
        if text is None or self._source is None:
            return facts
        buyer, display = buyer_in(text, self._source)
        return facts._replace(buyer=buyer, display=display)

    def write(self, texts: Iterable[tuple[str, str | None]]) -> None:
        """Keep the statements of orders (number, text), None for none."""
        rows = list(texts)
        sql.write_statements(self._conn, ((self._target.shop_id, number, text) for number, text in rows if text))
        sql.delete_statements(self._conn, self._target.shop_id, (number for number, text in rows if text is None))
        self._any = self._any or any(text for _number, text in rows)

    def of_new(self, facts: OrderFacts, customer: int | None) -> str | None:
        """What is to be kept of an order nothing is known of, None if its row and its line say it all."""
        statements = self._of_file(facts, customer)
        row = statements[0].state if len(statements) == 1 else None
        return _kept(statements, row, [tuple(line) for line in facts.lines or ()])

    def joined(
        self, facts: OrderFacts, customer: int | None, stored: sql.StoredOrder | None, lines: Sequence[LineState]
    ) -> Joined:
        """What the file says of an order and all that was said before."""
        before = self._texts.get(facts.number)
        earlier = self._earlier(before, stored, lines)
        if self._source is not None:
            return self._spread(facts, customer, stored, earlier, before)
        if facts.told:
            return self._plain(facts, customer, earlier, before)
        return self._further_lines(facts, stored, lines, earlier, before)

    def _earlier(
        self, before: str | None, stored: sql.StoredOrder | None, lines: Sequence[LineState]
    ) -> list[Statement]:
        """The statements that are known of an order."""
        if before is None:
            return [self._of_stored(stored, lines)] if stored else []
        written: dict[int, tuple[object, ...]] = {line.line_no: tuple(_written(line)) for line in lines}
        return statements_of(before, stored.state if stored else None, written)

    def _spread(
        self, facts: OrderFacts, customer: int | None, stored: sql.StoredOrder | None, earlier: list[Statement],
        before: str | None,
    ) -> Joined:  # fmt: skip
        """Rows that make up the order with those of the same source."""
        mine = next((each for each in earlier if each.source == self._source), None)
        others = [each for each in earlier if each is not mine]
        whole = False
        if mine is not None and mine.parts:
            facts = self._with_parts(facts, mine.parts)
            if mine.state is not None:
                customer = customer if customer is not None else mine.state.customer_id
                whole = stored is not None and stored.age_of_lines == lines_of_order_list(mine.state)
        (new,) = self._of_file(facts, customer)
        return _joined(facts, new.state, earlier, [*others, new], before, whole=whole)

    def _with_parts(self, facts: OrderFacts, parts: Sequence[Part]) -> OrderFacts:
        """What a file's rows state together with earlier ones."""
        rows = united(parts, facts.parts, self._rules.once)
        row_hash = facts.row_hash if _are_among(rows, facts.parts) else _hash_of(rows)
        found = as_far_as_known(rows, self._rules)
        facts = facts._replace(row_hash=row_hash, parts=tuple(rows))
        if found is None:
            return facts._replace(told=(), lines=None)
        lines = tuple(LineFacts._make(line) for line in found.lines)
        return facts._replace(shipped=found.shipped, seen_at=found.at, told=tuple(found.told), lines=lines)

    def _plain(self, facts: OrderFacts, customer: int | None, earlier: list[Statement], before: str | None) -> Joined:
        """A statement that stands for itself; lines of it may stand in another file."""
        for each in earlier:
            if each.state is None and each.source == self._export:
                facts = facts._replace(lines=_further(facts.lines or (), each.parts, facts.told[3]))
        new = self._of_file(facts, customer)
        return _joined(facts, new[0].state, earlier, [*earlier, *new], before, whole=False)

    def _further_lines(
        self, facts: OrderFacts, stored: sql.StoredOrder | None, lines: Sequence[LineState], earlier: list[Statement],
        before: str | None,
    ) -> Joined:  # fmt: skip
        """Lines of an order that stands in another file: added if its lines are of the same export, else they wait."""
        mine = next((each for each in earlier if each.state is None and each.source == self._export), None)
        others = [each for each in earlier if each is not mine]
        parts = tuple(united(mine.parts if mine else (), facts.parts, ()))
        new = Statement(self._export, None, False, parts)
        if stored is None or stored.lines_age is not None or self._export_of(stored) != self._export:
            return _joined(facts._replace(lines=None), None, earlier, [*others, new], before, whole=False)
        facts = facts._replace(lines=_further([_written(line) for line in lines], parts, stored.state.currency))
        return _joined(facts, stored.state, earlier, [*others, new], before, whole=True)

    def _of_file(self, facts: OrderFacts, customer: int | None) -> list[Statement]:
        """The statements of a file, newest first."""
        stamp = self._target.stamp
        if not facts.told:
            return [Statement(self._source or self._export, None, False, facts.parts, (facts.buyer, facts.display))]
        if not facts.rivals:
            state = OrderState._make((customer, *facts.told, max(facts.seen_at, stamp), facts.row_hash))
            return [Statement(self._source, state, _left(state, said=facts.shipped), facts.parts)]
        return [self._rival(facts, customer, rival) for rival in facts.rivals]

    def _rival(self, facts: OrderFacts, customer: int | None, rival: Rival) -> Statement:
        """One of several statements of one file."""
        buyer, shipped, seen_at, row_hash, told = rival
        whose = customer if buyer and buyer == facts.buyer else None
        state = OrderState._make((whose, *told, max(seen_at, self._target.stamp), row_hash))
        return Statement(None, state, _left(state, said=shipped))

    def _of_stored(self, stored: sql.StoredOrder, lines: Sequence[LineState]) -> Statement:
        """The one statement of an order of which nothing is kept: its row, and its line where rows make it up."""
        state, shipped = stored.state, _had_left(stored)
        lines = [line for line in lines if line.quantity]
        name, stamp = self._export_of(stored)
        known = _named(name)
        source = source_of(known, stamp) if known else None
        if known is None or source is None or len(lines) > 1 or stored.lines_age is not None:
            return Statement(None, state, shipped)
        line = _written(lines[0]) if lines else None
        event = state.ordered_at if known.layout.reversed else ""
        if known.layout.either_grain and (line is None or line[0] in (None, stored.number)):
            event = WHOLE
        told = tuple(state[1:-2])
        part = Part(SALE, key_of(SALE, line, event), state.exported_at, shipped, state.row_hash, told, line)
        return Statement(source, state, shipped, (part,))

    def _export_of(self, stored: sql.StoredOrder) -> Source:
        """The export that the newest statement of a stored order is from."""
        if stored.batch_id not in self._exports:
            self._exports[stored.batch_id] = Source(*sql.export_of(self._conn, stored.batch_id))
        return self._exports[stored.batch_id]


def parts_of(conn: sqlite3.Connection, order_ids: Sequence[int]) -> dict[int, tuple[Part, ...]]:
    """The rows that make up each of these orders, as far as they are kept: of the newest statement that has any."""
    orders = sql.orders_by_id(conn, order_ids)
    lines = sql.stored_lines(conn, order_ids)
    found: dict[int, tuple[Part, ...]] = {}
    for shop_id in {shop_id for shop_id, _order in orders}:
        mine = {order.number: order for shop, order in orders if shop == shop_id}
        for number, text in sql.statements(conn, shop_id, mine).items():
            order = mine[number]
            written: dict[int, tuple[object, ...]] = {
                line.line_no: tuple(_written(line)) for line in lines.get(order.id, ())
            }
            stated = [(each.state.age, each.parts) for each in statements_of(text, order.state, written) if each.state]
            found[order.id] = max(((age, parts) for age, parts in stated if parts), default=((), ()))[1]
    return found


def source_of(known: Format, stamp: int) -> Source | None:
    """The source that a format's rows belong to; None for a format whose rows state their order by themselves."""
    if not known.layout.spread:
        return None
    told_apart = bool(known.columns.get("line_id") or known.layout.reversed)
    return Source(known.name, -1 if told_apart else stamp)


@cache
def _named(name: str) -> Format | None:
    return next((known for known in known_formats() if known.name == name), None)


def _joined(
    facts: OrderFacts, stated: OrderState | None, earlier: Sequence[Statement], statements: Sequence[Statement],
    before: str | None, *, whole: bool,
) -> Joined:  # fmt: skip
    kept = still_needed(statements)
    state, shipped = settled(kept), was_shipped(kept)
    if before is not None and same(kept, earlier):
        return Joined(facts._replace(lines=None) if whole else facts, stated, state, shipped, before, before, whole)
    return Joined(facts, stated, state, shipped, _kept(kept), before, whole)


def _kept(
    statements: Sequence[Statement], row: OrderState | None = None, lines: Sequence[tuple[object, ...]] = ()
) -> str | None:
    """What has to be kept of statements: nothing where the order's row and its line say it all."""
    if len(statements) == 1 and (state := statements[0].state) is not None and are(statements[0].parts, state[1:-2]):
        return None
    return text_of(statements, row, lines) if statements else None


def are(parts: Sequence[Part], told: tuple[object, ...]) -> bool:
    """Whether an order's row says all that its rows do (`told`: the values of `Told`)."""
    return not parts or (len(parts) == 1 and parts[0].told == told)


def _are_among(parts: Sequence[Part], stated: Sequence[Part]) -> bool:
    """Whether all rows are a file's own."""
    own = {part.row_hash for part in stated}
    return all(part.row_hash in own for part in parts)


def _hash_of(parts: Sequence[Part]) -> int:
    """The hash of an order whose rows are from several files."""
    hashes = sorted(part.row_hash for part in parts)
    return int.from_bytes(blake2b(pack(f">{len(hashes)}q", *hashes), digest_size=8).digest(), "big", signed=True)


def _further(lines: Sequence[Sequence[object]], parts: Sequence[Part], currency: str) -> tuple[LineFacts, ...]:
    return tuple(LineFacts._make(line) for line in with_further([tuple(line) for line in lines], parts, currency))


def _written(line: LineState) -> LineFacts:
    """A stored line as a file would write it; its category is the product's."""
    _number, external_id, _product, sku, title, pieces, price, amount = line
    return LineFacts(external_id, sku, title, None, pieces, price, amount)


def _had_left(stored: sql.StoredOrder) -> bool:
    """Whether something said that a stored order's goods left: also that it counts although all of it went back."""
    state = stored.state
    back = state.refunded_reported_minor or 0
    gone = back >= state.paid_minor if state.paid_minor else state.status == REFUNDED
    return _left(state, said=bool(stored.is_counted) and gone)


def _left(state: OrderState, *, said: bool) -> bool:
    return says_left(state.status, state.shipped_at, state.completed_at, said=said)
