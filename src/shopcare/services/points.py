"""Points by hand: a bonus, a redemption.

Every write happens inside one BEGIN IMMEDIATE transaction and checks inside it, so two processes can neither book one
key twice nor redeem the same points. Awarding orders is in `awards`, taking points back in `clawbacks`, looking at points
in `points_reports`.
"""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

from shopcare.domain import ids
from shopcare.domain.clock import day_of, iso
from shopcare.domain.points import (
    Balance,
    balance,
    by_customer,
    expires_at,
    redeemable,
    redeemable_on,
    take,
    value_minor,
)
from shopcare.domain.report import Block, Column, Message, Report
from shopcare.errors import EXIT_REFUSED, ShopcareError
from shopcare.i18n import N_
from shopcare.services.clawbacks import pay_debts
from shopcare.services.context import Context
from shopcare.store.persons import customers_of
from shopcare.store.queries import points
from shopcare.store.queries.audit import record
from shopcare.store.queries.customers import Home, home_of, resolve, resolve_named
from shopcare.store.queries.points import Entry, EntryKept

if TYPE_CHECKING:
    from shopcare.store.queries.orders import OrderRow


class InsufficientPoints(ShopcareError):
    """More asked for than is available: exit 5."""

    code, exit_code = "points.insufficient", EXIT_REFUSED
    sentence = "Member {member} has {available} points available; {requested} requested."
    hint = "{pending} more become available by {next_release}."
    hint_without_pending = N_("No points are pending. `shopcare points history {member}` shows where they went.")

    def __init__(self, **context: object) -> None:
        super().__init__(**context)
        if not context["pending"]:
            self.hint = self.hint_without_pending


class NotWholeUnits(ShopcareError):
    """Points are redeemed in whole units only: exit 5."""

    code, exit_code = "points.unit", EXIT_REFUSED
    sentence = "Points are redeemed in multiples of {unit}; {requested} requested."
    hint = "The next multiple is {next_multiple}. The unit is `points.redeem_unit` in the settings."


class ShareExceeded(ShopcareError):
    """Points may pay only a share of an order: exit 5."""

    code, exit_code = "points.share", EXIT_REFUSED
    sentence = "At most {most} points can still pay for order {order}; {requested} requested."
    hint = "Points pay at most {share_permille} thousandths of what was paid and not refunded."


class OrderOfAnother(ShopcareError):
    """The order belongs to somebody else: exit 5."""

    code, exit_code = "points.order_of_another", EXIT_REFUSED
    sentence = "Order {order} is not an order of member {member}."
    hint = "`shopcare order show {order}` tells whose it is."


class OrderInOtherCurrency(ShopcareError):
    """Points have a value only in the currency of the member's shop: exit 5."""

    code, exit_code = "points.currency", EXIT_REFUSED
    sentence = "Order {order} is in {currency}; the points of member {member} are worth {home_currency}."
    hint = "Redeem without --order, or on an order in {home_currency}."


class KeyTaken(ShopcareError):
    """A key stands for another amount already: exit 5."""

    code, exit_code = "points.key_taken", EXIT_REFUSED
    sentence = "Key '{key}' already stands for {booked} points of member {member}; {requested} requested."
    hint = "An entry is never changed. Give another --key for another booking."


# --- a bonus --------------------------------------------------------------------------------------------------------

_BONUS = (
    Column("customer", "Customer", "id"),
    Column("points", "Points", "int"),
    Column("state", "State", "code"),
    Column("available", "Available now", "int"),
    Column("expires_at", "Expires at", "instant"),
    Column("key", "Key", "id"),
)

#: Bonuses to many, without rows.
BONUSES = Report(
    "shopcare.points.award/1", "Points", [Block("points", "", _BONUS, [], aside=frozenset({"key"}))], listing=True
)


def award_bonus(
    ctx: Context, customer: str, amount: int, reason: str, *, key: str | None = None, dry_run: bool = False
) -> Report:
    """Give a member points by hand, available at once.

    The key makes the call safe to repeat: the same key and amount again books nothing. Without one it is made of the
    member, the day, the amount and the reason.

    Raises:
        NotFound, AmbiguousKey: the customer.
        KeyTaken: the key stands for another amount.
    """
    from shopcare.store.engine import writing

    assert amount > 0, "a bonus adds points"
    with writing(ctx.store, dry_run=dry_run) as conn:
        home, named = home_of(conn, resolve(conn, customer)), resolve_named(conn, customer)
        own_key = f"key:{key}" if key else _day_key(ctx, home, amount, reason)
        is_new = _is_new(conn, home, "bonus", own_key, amount)
        last = expires_at(ctx.settings.points.expiry, ctx.now, ctx.now, home.tz)
        if is_new:
            rule = json.dumps({"expiry": ctx.settings.points.expiry})
            source_key = f"bonus:{named}:{own_key}"
            entry_id = points.add_entry(conn, _by_hand(ctx, named, "bonus", amount, source_key, reason, rule=rule))
            points.add_lot(conn, entry_id, ctx.now, last)
            pay_debts(conn, ctx, [home.customer_id], entry_id)
            record(conn, at=ctx.now, actor=ctx.actor, command="points award", subject=_member(home), detail=reason)
        row = (_member(home), amount, _state(is_new), _balance(conn, ctx, home).available, last, own_key)
    return _record_of("award", _BONUS, row, home, [] if is_new else [Message(ALREADY_BOOKED)])


ALREADY_BOOKED = N_("What was booked before is not booked again. To book it once more, give another --key.")


def _day_key(ctx: Context, home: Home, amount: int, reason: str) -> str:
    """A repeated call on the same day in the shop's zone is the same bonus."""
    import hashlib  # loads OpenSSL, which the reads that come through here have no time for

    digest = hashlib.blake2b(reason.encode(), digest_size=6).hexdigest()
    return f"day:{day_of(ctx.now, home.tz)}:{amount}:{digest}"


def _is_new(conn: sqlite3.Connection, home: Home, kind: str, own_key: str, amount: int) -> bool:
    """Whether nothing was booked under the key yet; the same amount before is no mistake, another one is.

    A key stands for one booking of the person, whichever of his customers it was given for.
    """
    kept = _kept(conn, home, kind, own_key)
    if kept is not None and (booked := _amount(kept)) != abs(amount):
        key = own_key.removeprefix("key:")
        raise KeyTaken(key=key, booked=booked, member=_member(home), requested=abs(amount))
    return kept is None


def _kept(conn: sqlite3.Connection, home: Home, kind: str, own_key: str) -> EntryKept | None:
    """What was booked under a key for any customer of a person."""
    found = (points.entry_under(conn, kind, f"{kind}:{one}:{own_key}") for one in customers_of(conn, home.customer_id))
    return next((entry for entry in found if entry is not None), None)


def _amount(kept: EntryKept) -> int:
    """The points of a booking, of all its parts where it was booked on several merged customers."""
    whole = json.loads(kept.rule).get(WHOLE) if kept.rule else None
    return abs(kept.points) if whole is None else int(whole)


#: Stands in the rule of a redemption's first entry when others follow: the points of all of them.
WHOLE = "redeemed"


def _by_hand(
    ctx: Context, customer: int, kind: str, amount: int, source_key: str, reason: str, *,
    rule: str = "", order_id: int | None = None,
) -> Entry:  # fmt: skip
    return Entry(
        customer_id=customer, kind=kind, points=amount, order_id=order_id,
        effective_at=ctx.now, recorded_at=ctx.now, source_key=source_key, rule=rule, reason=reason, actor=ctx.actor,
    )  # fmt: skip


# --- redeeming ------------------------------------------------------------------------------------------------------

_REDEEMED = (
    Column("customer", "Customer", "id"),
    Column("points", "Points", "int"),
    Column("value_minor", "Value", "money"),
    Column("currency", "Currency", "id"),
    Column("order", "Order", "id"),
    Column("state", "State", "code"),
    Column("available", "Available now", "int"),
    Column("key", "Key", "id"),
)


def redeem(
    ctx: Context,
    customer: str,
    amount: int,
    *,
    order: str | None = None,
    reason: str = "",
    key: str | None = None,
    dry_run: bool = False,
) -> Report:
    """Use up a member's points, soonest expiry first.

    With a key, calling again books nothing; without one every call redeems. Where the member is several merged customers,
    each is debited for his own points.

    Raises:
        NotFound, AmbiguousKey: the customer or the order.
        NotWholeUnits, InsufficientPoints: the amount.
        OrderOfAnother, OrderInOtherCurrency, ShareExceeded: the order.
        KeyTaken: the key stands for another amount.
    """
    from shopcare.store.engine import writing

    assert amount > 0, "a redemption uses points up"
    with writing(ctx.store, dry_run=dry_run) as conn:
        home, named = home_of(conn, resolve(conn, customer)), resolve_named(conn, customer)
        on = _order(conn, order)
        own_key = f"key:{key}" if key else _next_number(conn, home)
        is_new = _is_new(conn, home, "redeem", own_key, -amount)
        if is_new:
            _check(conn, ctx, home, amount, on)
            source_key = f"redeem:{named}:{own_key}"
            entry = _by_hand(ctx, named, "redeem", -amount, source_key, reason, order_id=on.id if on else None)
            _use_up(conn, ctx, home, entry)
            record(conn, at=ctx.now, actor=ctx.actor, command="points redeem", subject=_member(home), detail=reason)
        value = value_minor(amount, ctx.settings.points, home.currency)
        row = (
            _member(home), amount, value, home.currency, on.number if on else None, _state(is_new),
            _balance(conn, ctx, home).available, own_key,
        )  # fmt: skip
    return _record_of("redeem", _REDEEMED, row, home, [] if is_new else [Message(ALREADY_BOOKED)])


def _next_number(conn: sqlite3.Connection, home: Home) -> str:
    """A key that no redemption of the person has."""
    number = 1 + sum(points.redemptions_by(conn, one) for one in customers_of(conn, home.customer_id))
    while _kept(conn, home, "redeem", f"number:{number}") is not None:
        number += 1
    return f"number:{number}"


def _order(conn: sqlite3.Connection, key: str | None) -> OrderRow | None:
    if key is None:
        return None
    from shopcare.services.order_account import resolve as resolve_order

    return resolve_order(conn, key)


def _check(conn: sqlite3.Connection, ctx: Context, home: Home, amount: int, order: OrderRow | None) -> None:
    """Refuse what the rules or the balance do not allow."""
    unit = ctx.settings.points.redeem_unit
    if amount % unit:
        raise NotWholeUnits(unit=unit, requested=amount, next_multiple=(amount // unit + 1) * unit)
    if order is not None:
        _check_order(conn, ctx, home, amount, order)
    found = _balance(conn, ctx, home)
    if amount > found.redeemable:
        release = iso(found.next_release_at, home.tz)
        raise InsufficientPoints(
            member=_member(home), available=found.redeemable, requested=amount, pending=found.next_release,
            next_release=release[:10] if release else "",
        )  # fmt: skip


def _check_order(conn: sqlite3.Connection, ctx: Context, home: Home, amount: int, order: OrderRow) -> None:
    if order.person_id != home.customer_id:
        raise OrderOfAnother(order=order.number, member=_member(home))
    if order.currency != home.currency:
        raise OrderInOtherCurrency(
            order=order.number, currency=order.currency, member=_member(home), home_currency=home.currency
        )
    rules = ctx.settings.points
    already = points.redeemed_on(conn, order.id)
    most = redeemable_on(order.paid_minor - order.refunded_minor, already, rules, home.currency)
    if amount > most:
        raise ShareExceeded(
            most=most, order=order.number, requested=amount, share_permille=rules.redeem_max_share_permille
        )


def _use_up(conn: sqlite3.Connection, ctx: Context, home: Home, entry: Entry) -> None:
    """Append a debit and what it takes from which lot: one entry for each customer whose lots it takes.

    The first of them carries the key, and the whole amount if there are more.
    """
    points.choose(conn, home.customer_id)
    lots, _debts = points.account(conn)
    taken, missing = take(0, -entry.points, redeemable(lots, ctx.now))
    assert missing == 0, "checked in this transaction"
    parts = by_customer(taken, lots)
    rule = json.dumps({WHOLE: -entry.points}) if len(parts) > 1 else entry.rule
    source_key, first = entry.source_key, 0
    for customer, allocations in parts.items():
        amount = sum(part.points for part in allocations)
        part_of = entry._replace(customer_id=customer, points=-amount, source_key=source_key, rule=rule)
        entry_id = points.add_entry(conn, part_of)
        points.add_allocations(conn, (part._replace(entry_id=entry_id) for part in allocations))
        first, rule = first or entry_id, entry.rule
        source_key = f"redeem-part:{first}:{entry_id}"


# --- shared ---------------------------------------------------------------------------------------------------------


def _balance(conn: sqlite3.Connection, ctx: Context, home: Home) -> Balance:
    points.choose(conn, home.customer_id)
    return balance(*points.account(conn), ctx.now)


def _member(home: Home) -> str:
    return ids.show(ids.CUSTOMER, home.customer_id)


def _state(is_new: bool) -> str:
    return "booked" if is_new else "booked_before"


def _record_of(
    command: str, columns: tuple[Column, ...], row: tuple[str | int | None, ...], home: Home, warnings: list[Message]
) -> Report:
    block = Block("points", "", columns, [row], layout="record", currency=home.currency)
    return Report(f"shopcare.points.{command}/1", "Points", [block], warnings=warnings, listing=True, timezone=home.tz)
