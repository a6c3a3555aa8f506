"""One order on one page: facts, lines, refunds, cases."""

from __future__ import annotations

import sqlite3

from shopcare.domain import ids
from shopcare.domain.account import Sheet
from shopcare.domain.claims import available
from shopcare.domain.report import Block, Column, Report, Row
from shopcare.services.context import Context
from shopcare.services.order_account import account, resolve
from shopcare.services.orders import customer_id
from shopcare.store.queries import orders as queries
from shopcare.store.queries.orders import OrderRow


def show(ctx: Context, key: str) -> Report:
    """One order: its facts, its lines with their share of the payment, its refunds and its cases.

    Raises:
        NotFound, AmbiguousKey: the key names no order, or several.
    """
    from shopcare.services.case_reports import cases_block
    from shopcare.store.engine import reading
    from shopcare.store.queries.cases import CaseFilter, cases_listed

    with reading(ctx.store) as conn:
        order = resolve(conn, key)
        sheet = account(conn, order)
        blocks = [
            _facts_block(order, sheet),
            _lines_block(conn, order, sheet),
            _refunds_block(conn, order),
            cases_block(list(cases_listed(conn, CaseFilter(is_open=False, order_id=order.id)))),
        ]
    facts = {"order": order.number, "shop": order.shop, "timezone": order.tz, "currency": order.currency}
    return Report("shopcare.order/1", "Order", blocks, facts=facts, timezone=order.tz)


_FACTS = (
    Column("order", "Order", "id"),
    Column("shop", "Shop", "id"),
    Column("customer", "Customer", "id"),
    Column("status", "Status", "code"),
    Column("status_raw", "Status as written"),
    Column("ordered_at", "Ordered at", "instant"),
    Column("paid_at", "Paid at", "instant"),
    Column("shipped_at", "Shipped at", "instant"),
    Column("completed_at", "Completed at", "instant"),
    Column("total_minor", "Total", "money"),
    Column("discount_minor", "Discount", "money"),
    Column("freight_minor", "Freight", "money"),
    Column("paid_minor", "Paid", "money"),
    Column("refunded_minor", "Refunded", "money"),
    Column("net_minor", "Net", "money"),
    Column("left_minor", "Left to refund", "money"),
    Column("currency", "Currency", "id"),
    Column("counted", "Counts in reports", "bool"),
    Column("channel", "Channel"),
    Column("payment_method", "Payment method"),
    Column("province", "Province"),
)


def _facts_block(order: OrderRow, sheet: Sheet) -> Block:
    row: Row = (
        order.number, order.shop, customer_id(order.person_id), order.status, order.status_raw, order.ordered_at,
        order.paid_at, order.shipped_at, order.completed_at, order.total_minor, order.discount_minor,
        order.freight_minor, order.paid_minor, order.refunded_minor, order.paid_minor - order.refunded_minor,
        sheet.left_minor, order.currency, bool(order.is_counted), order.channel, order.payment_method, order.province,
    )  # fmt: skip
    return Block("order", "", _FACTS, [row], layout="record", currency=order.currency)


_LINES = (
    Column("line_no", "Line", "id"),
    Column("sku", "SKU", "id"),
    Column("title", "Title"),
    Column("quantity", "Quantity", "int"),
    Column("amount_minor", "Amount", "money"),
    Column("share_minor", "Share of payment", "money"),
    Column("refunded_minor", "Refunded", "money"),
    Column("available", "Units free for a case", "int"),
)


def _lines_block(conn: sqlite3.Connection, order: OrderRow, sheet: Sheet) -> Block:
    rows: list[Row] = [
        (
            line.line_no, row.sku, row.title, row.quantity, row.amount_minor, line.share_minor, line.refunded_minor,
            available(sheet, line),
        )
        for row, line in zip(queries.lines_of_order(conn, order.id), sheet.lines, strict=True)
    ]  # fmt: skip
    return Block("lines", "Lines", _LINES, rows, definition="order.line_share", currency=order.currency)


_REFUNDS = (
    Column("day", "Day", "day"),
    Column("case", "Case", "id"),
    Column("source", "Source", "code"),
    Column("line_no", "Line", "id"),
    Column("amount_minor", "Amount", "money"),
    Column("freight_minor", "of it freight", "money"),
)


def _refunds_block(conn: sqlite3.Connection, order: OrderRow) -> Block:
    """The refunds of an order; a refund that an export reports without a date has no day."""
    rows: list[Row] = [
        (
            row.refunded_day if row.day_known else None, ids.show(ids.CASE, row.case_id) if row.case_id else None,
            row.source, row.line_no, row.amount_minor, row.freight_minor,
        )
        for row in queries.refunds_of_order(conn, order.id)
    ]  # fmt: skip
    return Block("refunds", "Refunds", _REFUNDS, rows, definition="order.refunds", currency=order.currency)
