"""Orders: finding one by its number, its account of money and units, lists."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from shopcare.domain import ids
from shopcare.domain.account import Line, Sheet, freight_share, line_shares, line_weights
from shopcare.domain.cases import is_shipped
from shopcare.domain.claims import available
from shopcare.domain.report import Block, Column, Report, Row
from shopcare.errors import AmbiguousKey, NotFound
from shopcare.i18n import N_
from shopcare.services.context import Context
from shopcare.store.queries import cases as case_queries
from shopcare.store.queries import orders as queries
from shopcare.store.queries.orders import OrderFilter, OrderListRow, OrderRow

LISTING = N_("`shopcare order list` prints the orders.")


def resolve(conn: sqlite3.Connection, key: str) -> OrderRow:
    """The order of an external number, or of `SHOP/NUMBER` where several shops have that number.

    Shopify's numbers begin with `#`, which shells eat; it may be left out.

    Raises:
        NotFound: no such order.
        AmbiguousKey: several shops have it.
    """
    found = queries.orders_numbered(conn, key) or queries.orders_numbered(conn, "#" + key)
    if not found and "/" in key:
        shop, _, number = key.partition("/")
        found = queries.orders_numbered(conn, number, shop) or queries.orders_numbered(conn, "#" + number, shop)
    if not found:
        raise NotFound(kind="order", key=key, listing=LISTING)
    if len(found) > 1:
        candidates = ", ".join(f"{order.shop}/{order.number}" for order in found)
        raise AmbiguousKey(key=key, kind="order", candidates=candidates)
    return found[0]


def account(conn: sqlite3.Connection, order: OrderRow) -> Sheet:
    """What was paid for an order, what went back, and which cases claim which of its units."""
    rows = queries.lines_of_order(conn, order.id)
    freight = freight_share(order.paid_minor, order.freight_minor)
    weights = line_weights((row.quantity, row.amount_minor, row.unit_price_minor) for row in rows)
    shares = line_shares(order.paid_minor - freight, weights)
    lines = tuple(
        Line(row.line_no, row.sku or f"#{row.line_no}", row.quantity, share, row.refunded_minor)
        for row, share in zip(rows, shares, strict=True)
    )
    return Sheet(
        order=order.number, currency=order.currency, paid_minor=order.paid_minor, freight_minor=freight,
        refunded_minor=order.refunded_minor, freight_refunded_minor=order.freight_refunded_minor, lines=lines,
        claims=tuple(case_queries.claims_on_order(conn, order.id)),
    )  # fmt: skip


def shipped(order: OrderRow) -> bool:
    """Whether the buyer may hold goods of the order."""
    return is_shipped(order.status, order.shipped_at, order.completed_at)


_LIST = (
    Column("order", "Order", "id"),
    Column("shop", "Shop", "id"),
    Column("customer", "Customer", "id"),
    Column("buyer", "Buyer"),
    Column("status", "Status", "code"),
    Column("ordered_day", "Ordered on", "day"),
    Column("paid_minor", "Paid", "money"),
    Column("refunded_minor", "Refunded", "money"),
    Column("net_minor", "Net", "money"),
    Column("currency", "Currency", "id"),
)


def listing(ctx: Context, wanted: OrderFilter, *, customer: str | None = None) -> Report:
    """The orders a filter lets through, newest first; all of them unless a limit is named.

    Raises:
        NotFound: the shop or the customer does not exist.
    """
    from shopcare.store.engine import reading
    from shopcare.store.queries.customers import resolve as resolve_customer
    from shopcare.store.queries.shops import shop_named

    with reading(ctx.store) as conn:
        if wanted.shop is not None:
            shop_named(conn, wanted.shop)
        if customer is not None:
            wanted = wanted._replace(customer_id=resolve_customer(conn, customer))
        block = orders_block(queries.orders_listed(conn, wanted))
    return Report("shopcare.order.list/1", "Orders", [block], listing=True)


def orders_block(orders: Iterable[OrderListRow]) -> Block:
    """Orders as a table; what went back is counted whether cases booked it or exports report it."""
    rows: list[Row] = [
        (
            row.number, row.shop, _customer(row.customer_id), row.customer, row.status, row.ordered_day,
            row.paid_minor, row.refunded_minor, row.paid_minor - row.refunded_minor, row.currency,
        )
        for row in orders
    ]  # fmt: skip
    return Block(
        "orders",
        "Orders",
        _LIST,
        rows,
        definition="order.net",
        aside=frozenset({"buyer", "currency"}),
        yielding=("shop", "customer", "ordered_day"),
    )


def _customer(customer_id: int | None) -> str | None:
    return None if customer_id is None else ids.show(ids.CUSTOMER, customer_id)


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
        order.number, order.shop, _customer(order.customer_id), order.status, order.status_raw, order.ordered_at,
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
