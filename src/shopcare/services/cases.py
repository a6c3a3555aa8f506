"""Cases: open, move, close, list and show; the refunds they book."""

from __future__ import annotations

import re
import sqlite3
from typing import TYPE_CHECKING, NamedTuple

from shopcare.domain import ids
from shopcare.domain.account import Sheet
from shopcare.domain.cases import (
    CLOSED,
    RETURNING,
    Event,
    OptionMissing,
    Standing,
    Step,
    applied,
    check_kind,
    check_version,
    moved,
    opened,
)
from shopcare.domain.claims import check_units, choose_units, parse_line
from shopcare.domain.clock import date_of, day_of, month_of_day
from shopcare.domain.money import AmountError, exponent, format_amount, parse_amount
from shopcare.domain.orders import counts
from shopcare.domain.refundable import CurrencyDiffers, Part, check_amount, figure, parts, positive, settle
from shopcare.domain.refunds import SAME_MONEY_WITHIN
from shopcare.errors import EXIT_REFUSED, EXIT_USAGE, ShopcareError
from shopcare.services import order_account
from shopcare.services.case_reports import Booked, resolve, written_report
from shopcare.services.context import Context
from shopcare.store.queries import cases as queries
from shopcare.store.queries.audit import record
from shopcare.store.queries.cases import Booking, CaseRow, NewCase
from shopcare.store.queries.orders import OrderRow, order_by_id, set_counted

if TYPE_CHECKING:
    from sqlmodel import Session

    from shopcare.domain.report import Report

_AMOUNT = re.compile(r"(?:([A-Za-z]{3})\s*)?([^A-Za-z\s]+)(?:\s*([A-Za-z]{3}))?")


class AmountUnreadable(ShopcareError):
    """A text that is no amount of the order's currency: exit 2."""

    code, exit_code = "refund.amount", EXIT_USAGE
    sentence = "{option}: '{text}' is not an amount in {currency}."
    hint = "Plain digits and a point, with at most {decimals} decimals; for example {example}."


class ExternalIdTaken(ShopcareError):
    """The platform's id of a case belongs to another case of the shop: exit 5."""

    code, exit_code = "case.external_id_taken", EXIT_REFUSED
    sentence = "The platform's case {external} is already {case}."
    hint = "`shopcare case show {case}` shows it."


class Opening(NamedTuple):
    """What `case open` is told. Amounts are texts, because only the order knows their currency."""

    order: str
    kind: str
    reason: str
    lines: tuple[str, ...] = ()
    amount: str | None = None
    external_id: str | None = None
    fault: str = "unknown"
    waiting_on: str | None = None
    note: str = ""


class Closing(NamedTuple):
    """The money side of `case close`. `freight` is the part of `refund` that is freight."""

    refund: str | None = None
    freight: str | None = None


def open_case(ctx: Context, opening: Opening, *, dry_run: bool = False) -> Report:
    """Open a case on an order.

    Raises:
        NotFound, AmbiguousKey: the order.
        NotPaid, NotShipped, UnknownSku, UnitsTaken, RefundAboveLeft, RefundAboveUnits: the order cannot have this case.
        ExternalIdTaken: the platform's case is known already.
    """
    from shopcare.store.engine import raw, session

    wanted = [parse_line(text) for text in opening.lines]
    reason = opening.reason.strip()
    if not reason:
        raise OptionMissing(step=opening.kind, option="--reason", command="open")
    with session(ctx.store, dry_run=dry_run) as session_:
        conn = raw(session_)
        order = order_account.resolve(conn, opening.order)
        check_kind(
            opening.kind, order.number, order.status, shipped=order_account.shipped(order), paid=order.paid_minor > 0
        )
        _check_external(conn, order, opening.external_id)
        sheet = order_account.account(conn, order)
        units = choose_units(sheet, opening.kind, wanted, goods_return=opening.kind in RETURNING)
        new = NewCase(
            order.shop_id, order.id, order.customer_id, opening.kind, _claimed(sheet, units, opening.amount),
            order.currency, opening.external_id,
        )  # fmt: skip
        event = opened(
            ctx.now, ctx.actor, reason, waiting_on=opening.waiting_on, fault=opening.fault, note=opening.note.strip()
        )
        case_id = queries.insert_case(session_, new, units, event)
        return _written(ctx, raw(session_), case_id, "case open", order.number, Booked())


def _check_external(conn: sqlite3.Connection, order: OrderRow, external_id: str | None) -> None:
    known = queries.case_with_external_id(conn, order.shop_id, external_id) if external_id else None
    if known is not None:
        raise ExternalIdTaken(external=external_id, case=ids.show(ids.CASE, known))


def _claimed(sheet: Sheet, units: dict[int, int], text: str | None) -> int | None:
    """The amount a new case asks for, refused at once if the order can never give it back."""
    if text is None:
        return None
    amount = _minor(sheet, text, "--amount")
    check_amount(sheet, figure(sheet, units)._replace(whole=True), amount, None)
    return amount


def _minor(sheet: Sheet, text: str, option: str) -> int:
    """An amount as typed, in minor units of the order's currency; a currency code beside it must be the order's."""
    match = _AMOUNT.fullmatch(text.strip())
    code = ((match[1] or match[3] or sheet.currency) if match else sheet.currency).upper()
    if code != sheet.currency:
        raise CurrencyDiffers(order=sheet.order, currency=sheet.currency, asked=code)
    try:
        minor = parse_amount(match[2] if match else text, sheet.currency)
    except AmountError as problem:
        raise AmountUnreadable(
            option=option, text=text[:40], currency=sheet.currency, decimals=exponent(sheet.currency),
            example=format_amount(1250, sheet.currency),
        ) from problem  # fmt: skip
    return positive(minor, option, text)


def move(ctx: Context, key: str, step: Step, *, expected_version: int | None = None, dry_run: bool = False) -> Report:
    """Take a case one step along the transition table, or reopen it.

    Raises:
        NotFound: the case.
        CaseClosed, ActionRefused, ActionForOtherKind, OptionMissing, CaseStale: the step is not possible.
        UnitsTaken: the units of a case to reopen are in another case by now.
    """
    from shopcare.store.engine import raw, session

    with session(ctx.store, dry_run=dry_run) as session_:
        conn = raw(session_)
        case = resolve(conn, key)
        check_version(_name(case), case.version, expected_version)
        event = moved(_standing(conn, case), step, ctx.now, ctx.actor)
        if step.action == "reopen":
            sheet = order_account.account(conn, order_by_id(conn, case.order_id))
            check_units(sheet, case.kind, queries.units_of_case(conn, case.id), case.id)
        _write(session_, case, event)
        return _written(ctx, raw(session_), case.id, "case move", step.action, Booked())


def close(
    ctx: Context,
    key: str,
    step: Step,
    closing: Closing,
    *,
    expected_version: int | None = None,
    dry_run: bool = False,
) -> Report:
    """Close a case with its outcome, book its refund and take back the points the money had earned.

    Raises:
        NotFound: the case.
        CaseClosed, CaseStale, OptionMissing, GivingUpRefused, OutcomeWithoutMoney: it cannot close like this.
        RefundAboveLeft, RefundAboveUnits, FreightAboveLeft, NothingLeft, CurrencyDiffers: the money is not there.
    """
    from shopcare.store.engine import raw, session

    assert step.action == "close" and step.outcome is not None  # noqa: PT018 - one statement about the step
    with session(ctx.store, dry_run=dry_run) as session_:
        conn = raw(session_)
        case = resolve(conn, key)
        check_version(_name(case), case.version, expected_version)
        event = moved(_standing(conn, case), step, ctx.now, ctx.actor)
        order = order_by_id(conn, case.order_id)
        rows = _refund(conn, case, order, step.outcome, closing)
        refunded = sum(part.amount_minor for part in rows) or None
        _write(session_, case, event._replace(refund_minor=refunded))
        booked = _book(ctx, session_, case, order, rows)
        return _written(ctx, raw(session_), case.id, "case close", step.outcome, booked)


def _refund(
    conn: sqlite3.Connection, case: CaseRow, order: OrderRow, outcome: str, closing: Closing
) -> tuple[Part, ...]:
    """The refund rows that this closing books; none if no money moves."""
    sheet = order_account.account(conn, order)
    units = queries.units_of_case(conn, case.id)
    settled = settle(
        sheet, units, case.id, outcome, claimed_minor=case.amount_minor, paid_minor=case.refunded_minor,
        refund_minor=None if closing.refund is None else _minor(sheet, closing.refund, "--refund"),
        freight_minor=None if closing.freight is None else _minor(sheet, closing.freight, "--freight"),
    )  # fmt: skip
    return () if settled is None else parts(sheet, units, case.id, *settled)


def _book(ctx: Context, session_: Session, case: CaseRow, order: OrderRow, rows: tuple[Part, ...]) -> Booked:
    """Write the refund rows, and let the order and its points know in the same transaction."""
    from shopcare.services.clawbacks import clawback_for_order
    from shopcare.store.engine import raw

    if not rows:
        return Booked()
    conn = raw(session_)
    day = day_of(ctx.now, order.tz)
    booking = Booking(
        order.shop_id, order.id, case.id, order.currency, order.refunded_reported_minor or 0, ctx.now, day,
        month_of_day(day),
    )  # fmt: skip
    before = queries.refund_rows_of_case(conn, order.id, case.id)
    for number, part in enumerate(rows, before + 1):
        refund_id = queries.insert_refund(session_, booking, number, part)
    amount = sum(part.amount_minor for part in rows)
    left_us = order.shipped_at is not None or order.completed_at is not None
    set_counted(
        raw(session_), order.id, counts(order.status, order.paid_minor, order.refunded_minor + amount, shipped=left_us)
    )
    points, debt = clawback_for_order(raw(session_), ctx, order.id, refund_id)
    alike = queries.listed_alike(raw(session_), order.id, case.id, amount, ctx.now - SAME_MONEY_WITHIN)
    return Booked(amount, points, debt, tuple(alike))


def _write(session_: Session, case: CaseRow, event: Event) -> None:
    """The event and the row it leads to, over exactly the version it was decided on."""
    state = applied(case.state, event)
    closed_day = None if state.closed_at is None else day_of(state.closed_at, case.tz)
    queries.insert_event(session_, case.shop_id, case.id, event)
    written = queries.update_case(session_, case.id, state, closed_day)
    assert written, "the version was read inside the same write transaction"


def _written(
    ctx: Context,
    conn: sqlite3.Connection,
    case_id: int,
    command: str,
    detail: str,
    booked: Booked,
) -> Report:
    """The audit row of a step, and what the step came to."""
    case = queries.case_by_id(conn, case_id)
    assert case is not None, "just written"
    money = f" {format_amount(booked.refund_minor, case.currency)} {case.currency}" if booked.refund_minor else ""
    record(conn, at=ctx.now, actor=ctx.actor, command=command, subject=_name(case), detail=detail + money)
    left = order_account.account(conn, order_by_id(conn, case.order_id)).left_minor
    return written_report(case, booked, left)


def _name(case: CaseRow) -> str:
    return ids.show(ids.CASE, case.id)


def _standing(conn: sqlite3.Connection, case: CaseRow) -> Standing:
    received = queries.was_received(conn, case.id)
    return Standing(
        name=_name(case), kind=case.kind, state=case.state, changed_at=queries.changed_at(conn, case.id),
        received_units=sum(queries.units_of_case(conn, case.id).values()) or 1 if received else 0,
        paid_minor=case.refunded_minor, paid_text=format_amount(case.refunded_minor, case.currency),
        currency=case.currency,
        closed_on=str(date_of(day_of(case.closed_at, case.tz))) if case.stage == CLOSED and case.closed_at else "",
    )  # fmt: skip
