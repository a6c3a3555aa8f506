"""Orders, their lines and their refunds."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

from shopcare.store.persons import BUYER, OF_PERSON

_ORDER = """
SELECT o.id, o.shop_id, s.name, s.tz, o.number, o.customer_id,
       (SELECT COALESCE(survivor_id, id) FROM customer WHERE id = o.customer_id),
       o.status, o.status_raw, o.currency, o.total_minor, o.paid_minor, o.freight_minor, o.discount_minor,
       o.refunded_reported_minor, o.is_counted, o.ordered_at,
       o.ordered_day, o.paid_at, o.shipped_at, o.completed_at, o.channel, o.payment_method, o.province,
       (SELECT COALESCE(SUM(r.amount_minor), 0) FROM refund r WHERE r.order_id = o.id),
       (SELECT COALESCE(SUM(r.freight_minor), 0) FROM refund r WHERE r.order_id = o.id)
"""


class OrderRow(NamedTuple):
    """An order with what went back of it so far, by cases and exports together.

    `customer_id` is the buyer as the order names him, `person_id` who he is after merges.
    """

    id: int
    shop_id: int
    shop: str
    tz: str
    number: str
    customer_id: int | None
    person_id: int | None
    status: str
    status_raw: str
    currency: str
    total_minor: int | None
    paid_minor: int
    freight_minor: int | None
    discount_minor: int | None
    refunded_reported_minor: int | None
    is_counted: int
    ordered_at: int
    ordered_day: int
    paid_at: int | None
    shipped_at: int | None
    completed_at: int | None
    channel: str | None
    payment_method: str | None
    province: str | None
    refunded_minor: int
    freight_refunded_minor: int


class LineRow(NamedTuple):
    """A line of an order with what was refunded under its number."""

    line_no: int
    sku: str | None
    title: str | None
    quantity: int
    unit_price_minor: int | None
    amount_minor: int | None
    refunded_minor: int


class RefundRow(NamedTuple):
    """A refund of an order. `day_known` 0: an export reports it without a date."""

    id: int
    refunded_day: int
    day_known: int
    source: str
    case_id: int | None
    line_no: int | None
    amount_minor: int
    freight_minor: int


class OrderFilter(NamedTuple):
    """Which orders to list; None leaves a filter out. Days are inclusive. A customer is a person, by the survivor's id."""

    shop: str | None = None
    status: str | None = None
    customer_id: int | None = None
    since_day: int | None = None
    until_day: int | None = None
    limit: int | None = None


class OrderListRow(NamedTuple):
    """An order in a list, with who the buyer is after merges."""

    number: str
    shop: str
    customer_id: int | None
    customer: str | None
    status: str
    ordered_day: int
    paid_minor: int
    refunded_minor: int
    currency: str


def orders_numbered(conn: sqlite3.Connection, number: str, shop: str | None = None) -> list[OrderRow]:
    """The orders that carry this external number, in every shop or in one; oldest shop first."""
    rows = conn.execute(
        _ORDER + "FROM shop s JOIN orders o ON o.shop_id = s.id AND o.number = :number"
        " WHERE :shop IS NULL OR s.name = :shop ORDER BY s.id",
        {"number": number, "shop": shop},
    )
    return [OrderRow(*row) for row in rows]


def order_by_id(conn: sqlite3.Connection, order_id: int) -> OrderRow:
    """The order of an id that is known to exist."""
    row = conn.execute(
        _ORDER + "FROM orders o JOIN shop s ON s.id = o.shop_id WHERE o.id = :id", {"id": order_id}
    ).fetchone()
    return OrderRow(*row)


def lines_of_order(conn: sqlite3.Connection, order_id: int) -> list[LineRow]:
    """The lines of an order in the order of the export."""
    rows = conn.execute(
        """
        SELECT l.line_no, l.sku, l.title, l.quantity, l.unit_price_minor, l.amount_minor, COALESCE(booked.refunded, 0)
        FROM order_line l
        LEFT JOIN (
            SELECT line_no, SUM(amount_minor) AS refunded FROM refund WHERE order_id = :id GROUP BY line_no
        ) booked ON booked.line_no = l.line_no
        WHERE l.order_id = :id
        ORDER BY l.line_no
        """,
        {"id": order_id},
    )
    return [LineRow(*row) for row in rows]


def refunds_of_order(conn: sqlite3.Connection, order_id: int) -> list[RefundRow]:
    """Every refund of an order, oldest first."""
    rows = conn.execute(
        "SELECT id, refunded_day, day_known, source, case_id, line_no, amount_minor, freight_minor FROM refund"
        " WHERE order_id = :id ORDER BY refunded_at, id",
        {"id": order_id},
    )
    return [RefundRow(*row) for row in rows]


def set_counted(conn: sqlite3.Connection, order_id: int, counted: bool) -> None:
    """Write down whether an order counts in the retention figures."""
    conn.execute(
        "UPDATE orders SET is_counted = :counted WHERE id = :id AND is_counted <> :counted",
        {"id": order_id, "counted": int(counted)},
    )


def orders_listed(conn: sqlite3.Connection, wanted: OrderFilter) -> Iterator[OrderListRow]:
    """The orders a filter lets through, newest first.

    Grain: one row per order. Units: minor units of the order's currency. Excludes: nothing; guests have no customer.
    """
    conditions = {
        "shop": "s.name = :shop", "status": "o.status = :status", "customer_id": f"o.customer_id {OF_PERSON}",
        "since_day": "o.ordered_day >= :since_day", "until_day": "o.ordered_day <= :until_day",
    }  # fmt: skip
    values = {name: value for name, value in wanted._asdict().items() if value is not None}
    where = " AND ".join(text for name, text in conditions.items() if name in values) or "1 = 1"
    rows = conn.execute(
        f"""
        SELECT o.number, s.name, c.id, c.display, o.status, o.ordered_day, o.paid_minor,
               (SELECT COALESCE(SUM(r.amount_minor), 0) FROM refund r WHERE r.order_id = o.id), o.currency
        FROM orders o
        JOIN shop s ON s.id = o.shop_id
        {BUYER}
        WHERE {where}
        ORDER BY o.ordered_at DESC, o.id DESC
        {"LIMIT :limit" if "limit" in values else ""}
        """,
        values,
    )
    return map(OrderListRow._make, rows)
