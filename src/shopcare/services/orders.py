"""Lists of orders."""

from __future__ import annotations

from collections.abc import Iterable

from shopcare.domain import ids
from shopcare.domain.report import Block, Column, Report, Row
from shopcare.services.context import Context
from shopcare.store.queries import orders as queries
from shopcare.store.queries.orders import OrderFilter, OrderListRow

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

    with reading(ctx.store) as conn:
        if wanted.shop is not None:
            from shopcare.store.queries.shops import shop_named

            shop_named(conn, wanted.shop)
        if customer is not None:
            from shopcare.store.queries.customers import resolve as resolve_customer

            wanted = wanted._replace(customer_id=resolve_customer(conn, customer))
        block = orders_block(queries.orders_listed(conn, wanted))
    return Report("shopcare.order.list/1", "Orders", [block], listing=True)


def orders_block(orders: Iterable[OrderListRow]) -> Block:
    """Orders as a table; what went back is counted whether cases booked it or exports report it."""
    rows: list[Row] = [
        (
            row.number, row.shop, customer_id(row.customer_id), row.customer, row.status, row.ordered_day,
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


def customer_id(number: int | None) -> str | None:
    """The printed id of an order's customer; None for a guest."""
    return None if number is None else ids.show(ids.CUSTOMER, number)
