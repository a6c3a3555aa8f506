"""Customers: lists, and one customer on one page."""

from __future__ import annotations

import sqlite3

from shopcare.domain import ids
from shopcare.domain.clock import end_of_day
from shopcare.domain.report import Block, Column, Report, Row, Value
from shopcare.services.case_reports import cases_block
from shopcare.services.context import Context
from shopcare.services.orders import orders_block
from shopcare.store.persons import merges_of
from shopcare.store.queries import customers as queries
from shopcare.store.queries.customers import CustomerFilter, Home

_LIST = (
    Column("id", "Customer", "id"),
    Column("display", "Name"),
    Column("shop", "Shop", "id"),
    Column("orders", "Orders", "int"),
    Column("net_minor", "Net spend", "money"),
    Column("currency", "Currency", "id"),
    Column("first_day", "First order", "day"),
    Column("last_day", "Last order", "day"),
    Column("tier", "Tier", "code"),
)


def listing(ctx: Context, wanted: CustomerFilter) -> Report:
    """The customers a filter lets through, by id; all of them unless a limit is named.

    As of a day tiers end with it in the zone of the oldest shop, orders, refunds and merges in that of their own.

    Raises:
        ShopUnknown: the shop.
    """
    from shopcare.store.engine import reading
    from shopcare.store.queries.shops import shop_named

    with reading(ctx.store) as conn:
        if wanted.shop is not None:
            shop_named(conn, wanted.shop)
        rows: list[Row] = [
            (ids.show(ids.CUSTOMER, row.id), *row[1:])
            for row in queries.customers_listed(conn, wanted, now=_until(ctx, conn, wanted.as_of_day))
        ]
    names, yielding = ctx.settings.tier_names, ("shop", "currency")
    block = Block("customers", "Customers", _LIST, rows, "customer.net_spend", names=names, yielding=yielding)
    return Report("shopcare.customer.list/1", "Customers", [block], listing=True)


def _until(ctx: Context, conn: sqlite3.Connection, day: int | None) -> int:
    """The end of a day of the oldest shop, or now."""
    from shopcare.store.queries.shops import oldest_zone

    return ctx.now if day is None else end_of_day(day, oldest_zone(conn))


_PAGE = (
    *(column for column in _LIST if column.key != "tier"),
    Column("cases", "Cases", "int"),
    Column("open_cases", "Open cases", "int"),
    Column("last_contact_at", "Last contact", "instant"),
    Column("last_contact", "Last contact was", "code"),
)


def show(ctx: Context, key: str) -> Report:
    """One customer on one page: who they are, their orders, cases, tier, points and last contact.

    Raises:
        NotFound, AmbiguousKey: the key names no customer, or several.
    """
    from shopcare.services.points_reports import balance_block
    from shopcare.services.tiers import tier_block
    from shopcare.store.engine import reading
    from shopcare.store.queries.cases import CaseFilter, cases_listed
    from shopcare.store.queries.orders import OrderFilter, orders_listed
    from shopcare.store.queries.tiers import changes_of

    with reading(ctx.store) as conn:
        customer = queries.home_of(conn, queries.resolve(conn, key))
        cases = list(cases_listed(conn, CaseFilter(is_open=False, customer_id=customer.customer_id)))
        open_cases = sum(case.closed_at is None for case in cases)
        page = {**_who(conn, customer), "cases": len(cases), "open_cases": open_cases}
        row: Row = tuple(page[column.key] for column in _PAGE)
        tier, warnings = tier_block(ctx, conn, customer, changes_of(conn, customer.customer_id))
        blocks = [
            Block("customer", "", _PAGE, [row], layout="record", currency=customer.currency),
            orders_block(orders_listed(conn, OrderFilter(customer_id=customer.customer_id))),
            cases_block(cases),
            said_block(conn, customer.customer_id),
            identities_block(conn, customer.customer_id),
            merged_block(conn, customer.customer_id),
            _without_name(tier),
            _without_name(balance_block(conn, customer, ctx.now)),
        ]
    facts = {"id": ids.show(ids.CUSTOMER, customer.customer_id), "timezone": customer.tz, "currency": customer.currency}
    return Report("shopcare.customer/1", "Customer", blocks, facts=facts, warnings=warnings, timezone=customer.tz)


_SAID = (
    Column("reviews", "Reviews", "int"),
    Column("mean_rating", "Mean rating", "number"),
    Column("last_review_at", "Last review", "instant"),
    Column("answers", "Survey answers", "int"),
    Column("last_answer_at", "Last answer", "instant"),
)


def said_block(conn: sqlite3.Connection, customer_id: int) -> Block:
    """How much a customer has reviewed and answered; drawn only where there is anything."""
    from shopcare.store.queries.people import said_by_customer

    said = said_by_customer(conn, customer_id)
    aside = frozenset() if said.reviews or said.answers else frozenset(column.key for column in _SAID)
    return Block("said", "Reviews and answers", _SAID, [tuple(said)], layout="record", aside=aside)


_IDENTITIES = (
    Column("customer", "Customer", "id"),
    Column("shop", "Shop", "id"),
    Column("platform", "Platform", "id"),
    Column("kind", "Kind", "code"),
    Column("value", "Known as"),
)
_MERGED = (
    Column("customer", "Customer", "id"),
    Column("display", "Name"),
    Column("shop", "Shop", "id"),
    Column("into", "Merged into", "id"),
    Column("merged_at", "Merged at", "instant"),
    Column("reason", "Reason"),
    Column("actor", "Who"),
)


def identities_block(conn: sqlite3.Connection, customer_id: int) -> Block:
    """The names under which platforms know a person, merged customers' too; of an address only that there is one."""
    rows: list[Row] = [
        (ids.show(ids.CUSTOMER, row.customer_id), row.shop, row.platform, row.kind, row.value)
        for row in queries.identities_of(conn, customer_id)
    ]
    return Block("identities", "Known as", _IDENTITIES, rows)


def merged_block(conn: sqlite3.Connection, customer_id: int) -> Block:
    """Who was merged into a customer; drawn only where there is anybody."""
    rows: list[Row] = [
        (
            ids.show(ids.CUSTOMER, row.customer_id), row.display, row.shop, ids.show(ids.CUSTOMER, row.into_id),
            row.merged_at, row.reason, row.actor,
        )
        for row in merges_of(conn, customer_id)
    ]  # fmt: skip
    aside = frozenset() if rows else frozenset(column.key for column in _MERGED)
    return Block("merged", "Merged customers", _MERGED, rows, aside=aside, yielding=("shop", "actor"))


def _without_name(block: Block) -> Block:
    """A record of the page whose head has already said whom it is about."""
    return block._replace(aside=frozenset({"customer", "display"}))


def _who(conn: sqlite3.Connection, customer: Home) -> dict[str, Value]:
    """A customer's own facts by column key."""
    orders, net_minor, first_day, last_day = queries.spent_by_customer(conn, customer.customer_id)
    contact = queries.last_contact(conn, customer.customer_id)
    latest = max((at for at in contact if at is not None), default=None)
    return {
        "id": ids.show(ids.CUSTOMER, customer.customer_id), "display": customer.display, "shop": customer.shop,
        "orders": orders, "net_minor": net_minor, "currency": customer.currency, "first_day": first_day,
        "last_day": last_day,
        "last_contact_at": latest,
        "last_contact": None if latest is None else ("case" if latest == contact.case_at else "order"),
    }  # fmt: skip
