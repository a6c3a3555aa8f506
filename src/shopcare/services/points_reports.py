"""Looking at points: balances and histories."""

from __future__ import annotations

import sqlite3

from shopcare.domain import ids
from shopcare.domain.clock import day_of, end_of_day
from shopcare.domain.points import balance
from shopcare.domain.report import Block, Column, Report, Row
from shopcare.services.context import Context
from shopcare.store import persons
from shopcare.store.queries import points
from shopcare.store.queries.customers import Home, home_of, resolve
from shopcare.store.queries.points import MemberBalance
from shopcare.store.queries.shops import oldest_zone

_BALANCE = (
    Column("customer", "Customer", "id"),
    Column("display", "Buyer"),
    Column("available", "Available", "int"),
    Column("pending", "Pending", "int"),
    Column("debt", "Owed", "int"),
    Column("total", "Total", "int"),
    Column("next_release", "Come next", "int"),
    Column("next_release_day", "on", "day"),
    Column("next_expiry", "Lapse next", "int"),
    Column("next_expiry_day", "after", "day"),
    Column("expired", "Lapsed", "int"),
)

_HISTORY = (
    Column("entry", "Entry", "id"),
    Column("effective_at", "In effect", "instant"),
    Column("kind", "Kind", "code"),
    Column("points", "Points", "int"),
    Column("balance", "Sum", "int"),
    Column("remaining", "Left", "int"),
    Column("usable_from", "Usable from", "day"),
    Column("usable_until", "Usable until", "day"),
    Column("order", "Order", "id"),
    Column("reason", "Reason"),
)


def show_balance(ctx: Context, customer: str, *, as_of_day: int | None = None) -> Report:
    """The points of one member: now, or at the end of a day in the zone of the member's shop.

    Raises:
        NotFound, AmbiguousKey: the customer.
    """
    from shopcare.store.engine import reading

    with reading(ctx.store) as conn:
        home, as_of = _member(conn, customer, as_of_day)
        block = balance_block(conn, home, ctx.now if as_of is None else as_of, as_of=as_of)
    return Report("shopcare.points.balance/1", "Points", [block], listing=True, timezone=home.tz)


def _member(conn: sqlite3.Connection, customer: str, as_of_day: int | None) -> tuple[Home, int | None]:
    """The member a key names, and the end of the day asked for in the zone of his shop; merges after it are invisible."""
    home = home_of(conn, resolve(conn, customer))
    if as_of_day is None:
        return home, None
    as_of = end_of_day(as_of_day, home.tz)
    return home_of(conn, resolve(conn, customer, at=as_of)), as_of


def balance_block(conn: sqlite3.Connection, home: Home, at: int, *, as_of: int | None = None) -> Block:
    """The points of one member at an instant, as one record; `as_of` hides later merges."""
    points.choose(conn, home.customer_id, as_of=as_of)
    found = balance(*points.account(conn, at), at)
    row = _balance_row(
        MemberBalance(
            home.customer_id, home.display, home.tz, found.available, found.pending, found.expired, found.debt,
            found.next_release_at, found.next_release, found.next_expiry_at, found.next_expiry,
        )
    )  # fmt: skip
    return Block("points", "Points", _BALANCE, [row], definition="points.balance", layout="record")


def list_balances(ctx: Context, *, as_of_day: int | None = None) -> Report:
    """The points of every member who ever had any: now, or at the end of a day in the zone of the oldest shop."""
    from shopcare.store.engine import reading

    with reading(ctx.store) as conn:
        tz = oldest_zone(conn)
        at = ctx.now if as_of_day is None else end_of_day(as_of_day, tz)
        survivors = persons.survivors_now(conn) if as_of_day is None else persons.survivors_at(conn, at)
        members = sorted(points.of_persons(conn, points.balances(conn, at), survivors))
        rows = [_balance_row(member) for member in members]
    block = Block("points", "", _BALANCE, rows, definition="points.balance", yielding=("expired", "total"))
    return Report("shopcare.points.balance/1", "Points", [block], listing=True, timezone=tz)


def _day(at: int | None, tz: str) -> int | None:
    return None if at is None else day_of(at, tz)


def _balance_row(member: MemberBalance) -> Row:
    return (
        ids.show(ids.CUSTOMER, member.customer_id), member.display, member.available, member.pending, member.debt,
        member.available + member.pending - member.debt, member.next_release, _day(member.next_release_at, member.tz),
        member.next_expiry, _day(member.next_expiry_at, member.tz), member.expired,
    )  # fmt: skip


def show_history(ctx: Context, customer: str, *, as_of_day: int | None = None) -> Report:
    """Every entry of a member in order of effect, with the sum so far and what is left of its lot.

    Raises:
        NotFound, AmbiguousKey: the customer.
    """
    from shopcare.store.engine import reading

    with reading(ctx.store) as conn:
        home, as_of = _member(conn, customer, as_of_day)
        points.choose(conn, home.customer_id, as_of=as_of)
        rows: list[Row] = [
            (
                entry.id, entry.effective_at, entry.kind, entry.points, entry.running, entry.remaining,
                _day(entry.available_at, home.tz), _day(entry.expires_at, home.tz), entry.order_number, entry.reason,
            )
            for entry in points.history(conn, points.FOREVER if as_of is None else as_of)
        ]  # fmt: skip
    block = Block("entries", "", _HISTORY, rows, definition="points.entries")
    return Report("shopcare.points.history/1", "Points history", [block], listing=True, timezone=home.tz)
