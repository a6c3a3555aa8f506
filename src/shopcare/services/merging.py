"""One person under two customers: saying so, and taking it back.

Nothing is moved: the merged customer keeps his identities, orders, points and tiers, and only counts as the other one. So
taking it back restores exactly what was, whatever was imported or booked in between.
"""

from __future__ import annotations

import sqlite3

from shopcare.domain import ids
from shopcare.domain.clock import day_of
from shopcare.domain.points import balance
from shopcare.domain.report import Block, Column, Message, Report, Row
from shopcare.errors import EXIT_REFUSED, ShopcareError
from shopcare.i18n import N_
from shopcare.services.context import Context
from shopcare.services.tiers import tier_due
from shopcare.store import persons
from shopcare.store.persons import Said
from shopcare.store.queries import customers, points
from shopcare.store.queries.audit import record
from shopcare.store.queries.customers import Home, home_of
from shopcare.store.queries.shops import settle_currency


class SameCustomer(ShopcareError):
    """Nobody is merged with himself: exit 5."""

    code, exit_code = "customer.same", EXIT_REFUSED
    sentence = "Both keys name one customer, {customer}."
    hint = "`shopcare customer list` prints the customers."


class OnePersonAlready(ShopcareError):
    """The two were merged before: exit 5."""

    code, exit_code = "customer.one_person", EXIT_REFUSED
    sentence = "{customer} and {duplicate} count as one customer already, {survivor}."
    hint = "`shopcare customer unmerge {merged}` takes that back."


class MergedAlready(ShopcareError):
    """The duplicate is part of somebody else: exit 5."""

    code, exit_code = "customer.merged", EXIT_REFUSED
    sentence = "{duplicate} is merged into {survivor} already."
    hint = (
        "`shopcare customer merge {customer} {survivor}` merges all of {survivor};"
        " `shopcare customer unmerge {duplicate}` takes {duplicate} out first."
    )


class CurrenciesDiffer(ShopcareError):
    """Spend and points of different currencies cannot be counted together: exit 5."""

    code, exit_code = "customer.currency", EXIT_REFUSED
    sentence = "{customer} is counted in {currency}, {duplicate} in {other_currency}."
    hint = "Only customers of shops with one currency are merged: tiers and points are worth money in it."


class NotMerged(ShopcareError):
    """There is nothing to take back: exit 5."""

    code, exit_code = "customer.not_merged", EXIT_REFUSED
    sentence = "{customer} is not merged into another customer."
    hint = "`shopcare customer show {customer}` lists who is merged into {customer}."


_PERSON = (
    Column("customer", "Customer", "id"),
    Column("display", "Name"),
    Column("shop", "Shop", "id"),
    Column("merged", "Merged into it", "id"),
    Column("orders", "Orders", "int"),
    Column("net_minor", "Net spend", "money"),
    Column("currency", "Currency", "id"),
    Column("first_day", "First order", "day"),
    Column("last_day", "Last order", "day"),
    Column("available", "Points available", "int"),
    Column("pending", "Pending", "int"),
    Column("debt", "Owed", "int"),
)

#: Columns that give way in a narrow terminal.
_SPARE = ("shop", "last_day", "first_day")

#: What merges of many customers came to, and unmerges, without rows.
MERGED, UNMERGED = (
    Report(f"shopcare.customer.{verb}/1", title, [Block("persons", "", _PERSON, [], "customer.net_spend", yielding=_SPARE)],
           listing=True)
    for verb, title in (("merge", N_("Merged")), ("unmerge", N_("Unmerged")))
)  # fmt: skip


def merge(ctx: Context, customer: str, duplicate: str, *, reason: str = "", dry_run: bool = False) -> Report:
    """Let a duplicate, with everybody merged into it, count as another customer; the report shows the whole person.

    Raises:
        NotFound, AmbiguousKey: a key names no customer, or several.
        SameCustomer, OnePersonAlready, MergedAlready, CurrenciesDiffer: the two cannot be merged.
    """
    from shopcare.store.engine import writing

    with writing(ctx.store, dry_run=dry_run) as conn:
        into, merged = customers.resolve_named(conn, customer), customers.resolve_named(conn, duplicate)
        survivor = persons.survivor_of(conn, into)
        _check(conn, into, survivor, merged)
        _settle_currency(conn, (survivor, merged))
        persons.merge(conn, merged, into, _said(conn, ctx, merged, reason))
        detail = " ".join(part for part in (_name(merged), reason) if part)
        record(conn, at=ctx.now, actor=ctx.actor, command="customer merge", subject=_name(into), detail=detail)
        return _report(ctx, conn, "merge", N_("Merged"), [survivor])


def unmerge(ctx: Context, customer: str, *, reason: str = "", dry_run: bool = False) -> Report:
    """Let a merged customer, with everybody merged into him, stand for himself again; the report shows both.

    Raises:
        NotFound, AmbiguousKey: the key names no customer, or several.
        NotMerged: he stands for himself.
    """
    from shopcare.store.engine import writing

    with writing(ctx.store, dry_run=dry_run) as conn:
        merged = customers.resolve_own(conn, customer)
        survivor = persons.survivor_of(conn, merged)
        if survivor == merged:
            raise NotMerged(customer=_name(merged))
        persons.unmerge(conn, merged, _said(conn, ctx, merged, reason))
        detail = " ".join(part for part in (_name(survivor), reason) if part)
        record(conn, at=ctx.now, actor=ctx.actor, command="customer unmerge", subject=_name(merged), detail=detail)
        return _report(ctx, conn, "unmerge", N_("Unmerged"), sorted((survivor, merged)))


def _check(conn: sqlite3.Connection, into: int, survivor: int, merged: int) -> None:
    names = {"customer": _name(into), "duplicate": _name(merged), "survivor": _name(survivor)}
    if into == merged:
        raise SameCustomer(**names)
    now = persons.survivor_of(conn, merged)
    if now == survivor:
        raise OnePersonAlready(**names, merged=_name(merged if now != merged else into))
    if now != merged:
        raise MergedAlready(**names | {"survivor": _name(now)})
    mine, theirs = home_of(conn, survivor), home_of(conn, merged)
    if mine.currency != theirs.currency:
        raise CurrenciesDiffer(**names, currency=mine.currency, other_currency=theirs.currency)


def _settle_currency(conn: sqlite3.Connection, persons_: tuple[int, int]) -> None:
    """Where somebody is a customer of two shops, an assumed currency stays what it was when they were said to be one."""
    homes = [home_of(conn, person) for person in persons_]
    for home in homes if len({home.shop_id for home in homes}) > 1 else ():
        settle_currency(conn, home.shop_id, home.currency)


def _name(customer: int) -> str:
    return ids.show(ids.CUSTOMER, customer)


def _said(conn: sqlite3.Connection, ctx: Context, merged: int, reason: str) -> Said:
    return Said(ctx.now, day_of(ctx.now, home_of(conn, merged).tz), reason, ctx.actor)


def _report(ctx: Context, conn: sqlite3.Connection, verb: str, title: str, persons_: list[int]) -> Report:
    homes = [home_of(conn, person) for person in persons_]
    rows = [_row(conn, home, ctx.now) for home in homes]
    warnings = [
        Message(DUE_OF, {"customer": _name(home.customer_id), "tier": tier})
        for home in homes
        if (tier := tier_due(ctx, conn, home)) is not None
    ]
    block = Block("persons", "", _PERSON, rows, "customer.net_spend", yielding=_SPARE)
    return Report(f"shopcare.customer.{verb}/1", title, [block], warnings=warnings, listing=True, timezone=homes[0].tz)


#: As `tiers.DUE`, where several customers are listed.
DUE_OF = N_("By the orders known now the tier of {customer} is {tier}. `shopcare tier assign` writes it down.")


def _row(conn: sqlite3.Connection, home: Home, now: int) -> Row:
    """A person with everybody merged into him."""
    orders, net_minor, first_day, last_day = customers.spent_by_customer(conn, home.customer_id)
    points.choose(conn, home.customer_id)
    found = balance(*points.account(conn), now)
    others = persons.customers_of(conn, home.customer_id)[1:]
    return (
        _name(home.customer_id), home.display, home.shop, " ".join(map(_name, others)) or None, orders, net_minor,
        home.currency, first_day, last_day, found.available, found.pending, found.debt,
    )  # fmt: skip
