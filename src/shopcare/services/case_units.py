"""The units of the cases that came from exports: linked to the lines of their orders, again whenever either changes."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence

from shopcare.domain.case_registers import items_of
from shopcare.domain.case_units import NamedCase, OrderedLine, units_of_cases
from shopcare.domain.claims import holds
from shopcare.domain.order_states import LineState
from shopcare.importers.formats.catalog import normal
from shopcare.importers.values.cells import bare
from shopcare.store.queries import case_imports as sql
from shopcare.store.queries import imports as import_sql

#: Orders whose cases are linked at a time.
CHUNK = 500


def link_units(conn: sqlite3.Connection, shop_id: int, order_ids: Iterable[int]) -> None:
    """Bring the units of the imported cases of these orders in line with the orders' lines as they stand."""
    wanted = sorted(set(order_ids))
    for start in range(0, len(wanted), CHUNK):
        _link(conn, shop_id, wanted[start : start + CHUNK])


def link_units_after(conn: sqlite3.Connection, shop_id: int, batch_id: int) -> None:
    """The same for the orders that a batch of orders or lines changed."""
    link_units(conn, shop_id, sql.orders_with_cases_changed_by(conn, shop_id, batch_id))


def _link(conn: sqlite3.Connection, shop_id: int, order_ids: Sequence[int]) -> None:
    cases: dict[int, list[NamedCase]] = defaultdict(list)
    for order_id, case_id, kind, outcome, received, registers in sql.imported_cases(conn, order_ids):
        cases[order_id].append(NamedCase(case_id, kind, outcome, received, items_of(registers)))
    lines = import_sql.stored_lines(conn, cases)
    held: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for order_id, claim in sql.desk_claims(conn, cases):
        if holds(claim):
            held[order_id][claim.line_no] += claim.quantity
    before = sql.imported_units(conn, cases)
    after = {
        (case_id, line_no): (order_id, pieces)
        for order_id, named in cases.items()
        for case_id, units in units_of_cases(_ordered(lines.get(order_id, ())), held[order_id], named).items()
        for line_no, pieces in units.items()
    }
    sql.remove_units(conn, [key for key, known in before.items() if after.get(key) != known])
    sql.insert_units(
        conn,
        [
            (case_id, line_no, shop_id, order_id, pieces)
            for (case_id, line_no), (order_id, pieces) in after.items()
            if before.get((case_id, line_no)) != (order_id, pieces)
        ],
    )


def _ordered(lines: Iterable[LineState]) -> list[OrderedLine]:
    return [
        OrderedLine(line.line_no, line.external_id or "", line.sku or "", normal(bare(line.title or "")), line.quantity)
        for line in lines
    ]
