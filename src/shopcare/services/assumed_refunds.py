"""Refunds whose amount no order export says: a status word stands for all of the order, until somebody lists the amount."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from shopcare.importers.formats.catalog import without_refund_amounts
from shopcare.store.queries import imports as sql


def assumed(conn: sqlite3.Connection, order_ids: Sequence[int]) -> set[int]:
    """The orders of which a listed refund says how much went back, whatever their status word stands for.

    Excludes: orders of several lines, of which the word may stand for other lines than the listed refunds.
    """
    silent = without_refund_amounts()
    rows = sql.formats_and_lines(conn, order_ids) if order_ids else ()
    return {order_id for order_id, format_, lines in rows if lines < 2 and format_ in silent}
