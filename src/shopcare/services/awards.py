"""Awarding orders: every order that was signed off earns once, and what refunds took since is taken back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shopcare.domain.clock import SECONDS_PER_DAY
from shopcare.domain.points import EarnRule, base_minor, earn_by, expires_at, rule_text, signed_off_at
from shopcare.domain.report import Block, Column, Message, Report
from shopcare.domain.tiers import OrderSpend, tiers_before
from shopcare.i18n import N_
from shopcare.services.clawbacks import Clawed, book_clawbacks, pay_debts
from shopcare.services.context import Context
from shopcare.store.queries import awards as queries
from shopcare.store.queries.audit import record
from shopcare.store.queries.awards import Award, Awarded, AwardOrder, Member

if TYPE_CHECKING:
    from shopcare.domain.points import PointsRules
    from shopcare.domain.tiers import Ladder, Tier

#: The one rule by which orders earn; part of an entry's key, so that another rule may pay for the same order.
SPEND = "spend"

OTHER_CURRENCY = N_("{count} orders in another currency than their member's shop earn no points.")

_AWARDED = (
    Column("orders", "Orders awarded", "int"),
    Column("members", "Members", "int"),
    Column("points", "Points awarded", "int"),
    Column("lapsed", "of them lapsed already", "int"),
    Column("paid_debt", "of them paid debts", "int"),
    Column("clawed_orders", "Orders that lost worth", "int"),
    Column("clawed", "Points taken back", "int"),
    Column("shortfall", "of them owed", "int"),
    Column("waiting", "Orders not signed off yet", "int"),
    Column("worthless", "Orders worth no point", "int"),
    Column("without_customer", "Orders without a customer", "int"),
    Column("other_currency", "Orders in another currency", "int"),
)


@dataclass(slots=True)
class _Left:
    """Counted orders that earned nothing in this run, by why."""

    waiting: int = 0
    worthless: int = 0
    other_currency: int = 0


def award_orders(ctx: Context, *, dry_run: bool = False) -> Report:
    """Give every signed-off order of a customer its points, once, and take back what refunds have cost since.

    Set-based and streaming: one pass over the orders of members who have something to award, one member in memory at a
    time. Taking back comes first, so that new points pay what is owed.
    """
    from shopcare.store.engine import writing

    left = _Left()
    with writing(ctx.store, dry_run=dry_run) as conn:
        clawed = book_clawbacks(conn, ctx, queries.earned_and_lowered(conn), "refunds reported by an export")
        awarded = queries.collect_awards(conn, _awards(conn, ctx, left), at=ctx.now)
        paid_debt = _book(conn, ctx) if awarded.orders else 0
        if awarded.orders or clawed.orders:
            detail = f"{awarded.points} points for {awarded.orders} orders, {clawed.points} points taken back"
            record(conn, at=ctx.now, actor=ctx.actor, command="points award", detail=detail)
        return _report(awarded, paid_debt, clawed, left, queries.guest_orders(conn))


def _book(conn: sqlite3.Connection, ctx: Context) -> int:
    """Write the awards put aside and let them pay debts; the points that went there."""
    first = queries.book_awards(conn, recorded_at=ctx.now, actor=ctx.actor)
    return pay_debts(conn, ctx, queries.awarded_members(conn), first)


def _awards(conn: sqlite3.Connection, ctx: Context, left: _Left) -> Iterator[Award]:
    rules, ladder = ctx.settings.points, ctx.settings.ladder  # built anew at each access: once is enough
    for member, orders in queries.orders_to_award(conn):
        yield from _member_awards(rules, ladder, ctx.now, member, orders, left)


def _member_awards(
    rules: PointsRules, ladder: Ladder, now: int, member: Member, orders: Sequence[AwardOrder], left: _Left
) -> Iterator[Award]:
    """What the orders of one member earn now, the oldest sign-off first."""
    ours = [order for order in orders if order.currency == member.currency]
    left.other_currency += sum(not order.is_awarded for order in orders) - sum(not order.is_awarded for order in ours)
    due = [
        (signed_off, order.id, place)
        for place, order in enumerate(ours)
        if not order.is_awarded and (signed_off := _signed_off(rules, order, now)) is not None
    ]
    left.waiting += sum(not order.is_awarded for order in ours) - len(due)
    if not due:
        return
    rungs = tiers_before([_spend(order) for order in ours], ladder, member.currency)
    for signed_off, _, place in sorted(due):
        award = _award(rules, ladder.tiers[rungs[place]], member, ours[place], signed_off)
        if award.points:
            yield award
        else:
            left.worthless += 1


def _signed_off(rules: PointsRules, order: AwardOrder, now: int) -> int | None:
    """When the order was signed off, if it was by now."""
    at = signed_off_at(
        status=order.status,
        status_known=order.status_raw != "",
        ordered_at=order.ordered_at,
        shipped_at=order.shipped_at,
        completed_at=order.completed_at,
        signoff_days=rules.signoff_days,
    )
    return at if at is not None and at <= now else None


def _spend(order: AwardOrder) -> OrderSpend:
    return OrderSpend(order.ordered_at, order.paid_minor, tuple((at, amount) for at, amount, _ in order.refunds))


def _award(rules: PointsRules, tier: Tier, member: Member, order: AwardOrder, signed_off: int) -> Award:
    """The points of one order with the rule they follow; 0 points are no award."""
    refunds = [(amount, freight) for _, amount, freight in order.refunds]
    base = base_minor(order.paid_minor, order.freight_minor, refunds, exclude_freight=rules.exclude_freight)
    rule = EarnRule(
        points_per_major=rules.points_per_major,
        multiplier_permille=tier.points_multiplier_permille,
        tier=tier.code,
        currency=order.currency,
        base_minor=base,
        exclude_freight=rules.exclude_freight,
        pending_days=rules.pending_days,
        expiry=rules.expiry,
    )
    available_at = signed_off + rules.pending_days * SECONDS_PER_DAY
    return Award(
        member_id=member.id,
        order_id=order.id,
        shop_id=order.shop_id,
        customer_id=order.customer_id,
        points=earn_by(rule, base),
        effective_at=signed_off,
        available_at=available_at,
        expires_at=expires_at(rules.expiry, signed_off, available_at, member.tz),
        source_key=f"earn:{order.id}:{SPEND}",
        rule=rule_text(rule),
    )


def _report(awarded: Awarded, paid_debt: int, clawed: Clawed, left: _Left, guests: int) -> Report:
    row = (
        awarded.orders, awarded.members, awarded.points, awarded.lapsed, paid_debt, clawed.orders, clawed.points,
        clawed.shortfall, left.waiting, left.worthless, guests, left.other_currency,
    )  # fmt: skip
    warnings = [Message(OTHER_CURRENCY, {"count": left.other_currency})] if left.other_currency else []
    block = Block("award", "", _AWARDED, [row], layout="record")
    return Report("shopcare.points.award_orders/1", "Points awarded", [block], warnings=warnings, listing=True)
