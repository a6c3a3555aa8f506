"""The refunds of orders as they were booked, and as the platform lists them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from shopcare.domain.case_registers import Registers, Standing, from_text, items_of
from shopcare.domain.refunds import BookedRefund, DeskRefund, Listed, with_the_list

#: Values bound per look-up statement; longer lists are asked in pieces.
LOOKUP = 500


class StoredRefunds(NamedTuple):
    """The refunds of an order: booked ones in the order of booking, and the row of the exports."""

    booked: tuple[BookedRefund, ...] = ()
    exported_minor: int = 0

    @property
    def booked_minor(self) -> int:
        """Everything booked, by the desk or from the platform's list."""
        return sum(refund.amount_minor for refund in self.booked)


def stored_refunds(conn: sqlite3.Connection, order_ids: Iterable[int]) -> dict[int, StoredRefunds]:
    """The refunds of orders that have any, with what the platform lists them for; of the desk's those it lists are listed."""
    found = booked_refunds(conn, order_ids)
    known = listed_money(conn, [order_id for order_id, refunds in found.items() if refunds.booked])
    for order_id, said in known.items():
        refunds = found[order_id]
        found[order_id] = refunds._replace(booked=with_the_list(refunds.booked, said))
    return found


def booked_refunds(conn: sqlite3.Connection, order_ids: Iterable[int]) -> dict[int, StoredRefunds]:
    """The refunds of orders that have any, by who booked them."""
    found: dict[int, StoredRefunds] = {}
    rows = _in_pieces(
        conn,
        "SELECT order_id, source, case_id, amount_minor, refunded_at, reported_before_minor, batch_id IS NOT NULL"
        " FROM refund WHERE order_id IN ({orders}) ORDER BY order_id, id",
        order_ids,
    )
    for order_id, source, case_id, amount, refunded_at, before, is_listed in rows:
        known = found.get(order_id, StoredRefunds())
        if source == "export":
            found[order_id] = known._replace(exported_minor=amount)
        else:
            refund = BookedRefund(case_id, amount, refunded_at, before, bool(is_listed))
            found[order_id] = known._replace(booked=(*known.booked, refund))
    return found


def listed_money(conn: sqlite3.Connection, order_ids: Iterable[int]) -> dict[int, dict[int, Listed]]:
    """What the platform lists as given back under the cases of orders: order → case → amount and time."""
    found: dict[int, dict[int, Listed]] = {}
    rows = _in_pieces(
        conn,
        'SELECT a.order_id, a.id, r.registers FROM "case" AS a JOIN case_report AS r ON r.case_id = a.id'
        " WHERE a.order_id IN ({orders})",
        order_ids,
    )
    for order_id, case_id, text in rows:
        registers = from_text(text)
        if registers.standing and registers.standing[1].refunded_minor:
            found.setdefault(order_id, {})[case_id] = listed(registers, registers.standing[1])
    return found


def listed(registers: Registers, standing: Standing) -> Listed:
    """What exports list as given back in a case that stands there, and for what."""
    return Listed(standing.refunded_minor, standing.known_refund_time, tuple(sorted(items_of(registers))))


def desk_refunds(conn: sqlite3.Connection, order_id: int) -> list[DeskRefund]:
    """What cases of the desk gave back of an order, of those only that no export names."""
    rows = conn.execute(
        "SELECT a.id, SUM(r.amount_minor), MAX(r.refunded_at), MIN(r.reported_before_minor)"
        ' FROM refund AS r JOIN "case" AS a ON a.id = r.case_id'
        " JOIN case_event AS f ON f.case_id = a.id AND f.seq = 1 AND f.batch_id IS NULL"
        " WHERE r.order_id = :id AND r.source = 'case' AND r.batch_id IS NULL AND a.external_id IS NULL GROUP BY a.id",
        {"id": order_id},
    )
    return [DeskRefund._make(row) for row in rows]


def unbooked_of_order(conn: sqlite3.Connection, order_id: int, besides: int) -> list[int]:
    """What exports list as refunded of an order and no refund was booked for, per statement on a case, leaving one out.

    Units: minor units. That money is booked as a refund of the desk.
    """
    rows = conn.execute(
        "SELECT r.registers, (SELECT COALESCE(SUM(f.amount_minor), 0) FROM refund AS f"
        " WHERE f.order_id = a.order_id AND f.case_id = a.id)"
        ' FROM "case" AS a JOIN case_report AS r ON r.case_id = a.id WHERE a.order_id = :id AND r.id <> :besides',
        {"id": order_id, "besides": besides},
    )
    said = [(from_text(registers).standing, booked) for registers, booked in rows]
    return [left for standing, booked in said if standing and (left := standing[1].refunded_minor - booked) > 0]


def _in_pieces(conn: sqlite3.Connection, statement: str, order_ids: Iterable[int]) -> Iterator[tuple[Any, ...]]:
    """The rows of a statement about orders; `{orders}` in it stands for their numbers."""
    listed = list(order_ids)
    for start in range(0, len(listed), LOOKUP):
        piece = listed[start : start + LOOKUP]
        yield from conn.execute(statement.format(orders=",".join("?" * len(piece))), piece)
