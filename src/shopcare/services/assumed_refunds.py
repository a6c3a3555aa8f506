"""Refunds whose amount no order export says: a status word stands for all of the order, or of each of its rows, until somebody
lists the amount.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from shopcare.domain.case_units import OrderedLine
from shopcare.domain.order_parts import Part, went_back
from shopcare.domain.refunds import Assumed
from shopcare.importers.formats.catalog import normal, without_refund_amounts
from shopcare.importers.values.cells import bare
from shopcare.services.statements import parts_of
from shopcare.store.queries import imports as sql


def assumed(
    conn: sqlite3.Connection, order_ids: Sequence[int], known: Mapping[int, Sequence[Part]] = MappingProxyType({})
) -> dict[int, list[Assumed]]:
    """The orders of which listed refunds say how much went back, whatever words say: what the words stand for at each line,
    nothing for an order of one line.

    Excludes: orders of several lines whose export has one word for all of them, which may stand for other lines than the
    listed refunds.

    Args:
        known: the rows of orders that are about to be written.
    """
    silent = without_refund_amounts()
    rows = sql.formats_and_lines(conn, order_ids) if order_ids else ()
    lines_of = {order_id: lines for order_id, format_, lines in rows if format_ in silent}
    found: dict[int, list[Assumed]] = {order_id: [] for order_id, lines in lines_of.items() if lines < 2}
    several = lines_of.keys() - found.keys()
    parts = {**parts_of(conn, sorted(several - known.keys())), **known}
    for order_id in several:
        if lines := [Assumed(_ordered(line), amount) for line, amount in went_back(parts.get(order_id, ()))]:
            found[order_id] = lines
    return found


def _ordered(line: Sequence[object]) -> OrderedLine:
    """A line as a file states it, in the words by which lists of refunds name it."""
    line_id, sku, title = (str(text or "") for text in line[:3])
    return OrderedLine(0, line_id, sku, normal(bare(title)), 1)
