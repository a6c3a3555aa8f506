"""Which order a key names, and its account of money and units."""

from __future__ import annotations

import sqlite3

from shopcare.domain.account import Line, Sheet, freight_share, line_shares, line_weights, with_listed
from shopcare.domain.cases import is_shipped
from shopcare.errors import AmbiguousKey, NotFound
from shopcare.i18n import N_
from shopcare.store.queries import cases as case_queries
from shopcare.store.queries import orders as queries
from shopcare.store.queries.orders import OrderRow

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
    lines, claims = with_listed(
        [
            Line(row.line_no, row.sku or f"#{row.line_no}", row.quantity, share, row.refunded_minor)
            for row, share in zip(rows, shares, strict=True)
        ],
        case_queries.claims_on_order(conn, order.id),
        case_queries.listed_by_case(conn, order.id),
    )
    return Sheet(
        order=order.number, currency=order.currency, paid_minor=order.paid_minor, freight_minor=freight,
        refunded_minor=order.refunded_minor, freight_refunded_minor=min(order.freight_refunded_minor, freight), lines=lines,
        claims=claims,
    )  # fmt: skip


def shipped(order: OrderRow) -> bool:
    """Whether the buyer may hold goods of the order."""
    return is_shipped(order.status, order.shipped_at, order.completed_at)
