"""Which case a key names; cases as reports: what a step came to, lists, and one case on a page."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

from shopcare.domain import ids
from shopcare.domain.account import Sheet
from shopcare.domain.cases import Event, allowed_actions
from shopcare.domain.clock import end_of_day
from shopcare.domain.refundable import figure
from shopcare.domain.report import Block, Column, Message, Report, Row
from shopcare.errors import NotFound
from shopcare.i18n import N_
from shopcare.services.context import Context
from shopcare.store.queries import cases as queries
from shopcare.store.queries.cases import CaseFilter, CaseRow
from shopcare.store.queries.orders import RefundRow

LISTING = N_("`shopcare case list --all` prints the cases.")

_LIST = (
    Column("id", "Case", "id"),
    Column("order", "Order", "id"),
    Column("shop", "Shop", "id"),
    Column("customer", "Customer", "id"),
    Column("kind", "Kind", "code"),
    Column("stage", "Stage", "code"),
    Column("outcome", "Outcome", "code"),
    Column("waiting_on", "Waiting on", "code"),
    Column("fault", "Fault", "code"),
    Column("amount_minor", "Asked", "money"),
    Column("refunded_minor", "Refunded", "money"),
    Column("currency", "Currency", "id"),
    Column("opened_at", "Opened", "instant"),
    Column("closed_at", "Closed", "instant"),
    Column("external_id", "Platform's id", "id"),
    Column("reason", "Reason"),
)

#: What a list for people leaves out: it has to fit a terminal, and `case show` has it all.
_ASIDE = frozenset({"shop", "customer", "fault", "amount_minor", "opened_at", "closed_at", "external_id", "currency"})

_MORE = (
    Column("external_status", "Platform's status"),
    Column("external_deadline_at", "Platform's deadline", "instant"),
    Column("reopened", "Times reopened", "int"),
    Column("version", "Version", "int"),
    Column("refundable_minor", "Refundable now", "money"),
    Column("actions", "Possible now", "id"),
)

_WRITTEN = (
    *(column for column in _LIST if column.key not in {"refunded_minor"}),
    Column("refund_minor", "Refunded now", "money"),
    Column("refunded_minor", "Refunded by this case", "money"),
    Column("left_minor", "Left of the order", "money"),
    Column("points_taken", "Points taken back", "int"),
    Column("points_debt", "of them debt", "int"),
    Column("reopened", "Times reopened", "int"),
    Column("version", "Version", "int"),
)

#: What steps on many cases came to, without rows.
WRITTEN = Report(
    "shopcare.case/1",
    "Cases",
    [Block("cases", "", _WRITTEN, [], aside=_ASIDE | {"points_debt", "reopened", "version", "refunded_minor"},
           yielding=("points_taken", "reason", "waiting_on", "kind"))],
    listing=True,
)  # fmt: skip

_EVENTS = (
    Column("seq", "No.", "id"),
    Column("at", "When", "instant"),
    Column("actor", "Who"),
    Column("action", "Action", "code"),
    Column("stage", "Stage", "code"),
    Column("waiting_on", "Waiting on", "code"),
    Column("fault", "Fault", "code"),
    Column("outcome", "Outcome", "code"),
    Column("refund_minor", "Refunded", "money"),
    Column("reason", "Reason"),
    Column("note", "Note"),
)

_UNITS = (
    Column("line_no", "Line", "id"),
    Column("sku", "SKU", "id"),
    Column("quantity", "Quantity", "int"),
    Column("ordered", "Ordered", "int"),
    Column("share_minor", "Share of payment", "money"),
)

_REFUNDS = (
    Column("day", "Day", "day"),
    Column("line_no", "Line", "id"),
    Column("amount_minor", "Amount", "money"),
    Column("freight_minor", "of it freight", "money"),
)


def _facts(case: CaseRow) -> dict[str, str | int | None]:
    """What lists and single cases have in common, by column key."""
    return {
        "id": ids.show(ids.CASE, case.id), "order": case.order, "shop": case.shop,
        "customer": None if case.customer_id is None else ids.show(ids.CUSTOMER, case.customer_id),
        "kind": case.kind, "stage": case.stage, "outcome": case.outcome,
        "waiting_on": None if case.closed_at else case.waiting_on,  # nobody's turn any more
        "fault": case.fault, "amount_minor": case.amount_minor, "refunded_minor": case.refunded_minor,
        "currency": case.currency,
        "opened_at": case.opened_at, "closed_at": case.closed_at, "external_id": case.external_id,
        "reason": case.reason, "external_status": case.external_status,
        "external_deadline_at": case.external_deadline_at, "reopened": case.reopened_count, "version": case.version,
    }  # fmt: skip


def _row(columns: tuple[Column, ...], facts: dict[str, str | int | None]) -> Row:
    return tuple(facts[column.key] for column in columns)


def resolve(conn: sqlite3.Connection, key: str) -> CaseRow:
    """The case of an id such as `A12`; plain `12` means the same.

    Raises:
        NotFound: no such case.
    """
    number = ids.read_number(ids.CASE, key)
    case = None if number is None else queries.case_by_id(conn, number)
    if case is None:
        raise NotFound(kind="case", key=key, listing=LISTING)
    return case


class Booked(NamedTuple):
    """What a step moved: money to the buyer, points back from them, and how many of those are debt now.

    `alike`: cases under which the platform lists the same amount of the same order in the same week.
    """

    refund_minor: int = 0
    points: int = 0
    points_debt: int = 0
    alike: tuple[int, ...] = ()


def written_report(case: CaseRow, booked: Booked, left_minor: int) -> Report:
    """What a step on a case came to. `refund` is what this step refunded, `left` what the order has left after it."""
    facts = _facts(case) | {
        "refund_minor": booked.refund_minor, "points_taken": booked.points, "points_debt": booked.points_debt,
        "left_minor": left_minor,
    }  # fmt: skip
    block = Block("case", "", _WRITTEN, [_row(_WRITTEN, facts)], layout="record", currency=case.currency)
    warnings: list[Message] = []
    if booked.alike:
        names = ", ".join(ids.show(ids.CASE, case_id) for case_id in booked.alike)
        text = N_(
            "The platform lists a refund of this amount for the order already, in {cases}; see that it is not the same."
        )
        warnings.append(Message(text, {"cases": names}))
    return Report("shopcare.case/1", "Case", [block], warnings=warnings, listing=True, timezone=case.tz)


def cases_block(cases: Iterable[CaseRow]) -> Block:
    """Cases as a table."""
    return Block(
        "cases",
        "Cases",
        _LIST,
        [_row(_LIST, _facts(case)) for case in cases],
        aside=_ASIDE,
        yielding=("waiting_on", "kind"),
    )


def listing(
    ctx: Context, wanted: CaseFilter, *,
    customer: str | None = None, order: str | None = None, as_of_day: int | None = None,
) -> Report:  # fmt: skip
    """The cases a filter lets through, oldest first: now, or at the end of a day in the zone of the oldest shop.

    Raises:
        NotFound, AmbiguousKey: the customer, order or shop that is named.
    """
    from shopcare.services.order_account import resolve as resolve_order
    from shopcare.store.engine import reading
    from shopcare.store.queries.customers import resolve as resolve_customer
    from shopcare.store.queries.shops import oldest_zone, shop_named

    with reading(ctx.store) as conn:
        if as_of_day is not None:
            wanted = wanted._replace(at=end_of_day(as_of_day, oldest_zone(conn)))
        if wanted.shop is not None:
            shop_named(conn, wanted.shop)
        if customer is not None:
            wanted = wanted._replace(customer_id=resolve_customer(conn, customer, at=wanted.at))
        if order is not None:
            wanted = wanted._replace(order_id=resolve_order(conn, order).id)
        cases = list(queries.cases_listed(conn, wanted))
    zones = {case.tz for case in cases}
    zone = zones.pop() if len(zones) == 1 else "UTC"
    return Report("shopcare.case.list/1", "Cases", [cases_block(cases)], listing=True, timezone=zone)


def show(ctx: Context, key: str) -> Report:
    """One case: its four axes, its units, its refunds and everything that happened.

    Raises:
        NotFound: no such case.
    """
    from shopcare.services import order_account
    from shopcare.store.engine import reading
    from shopcare.store.queries.orders import order_by_id, refunds_of_order

    with reading(ctx.store) as conn:
        case = resolve(conn, key)
        sheet = order_account.account(conn, order_by_id(conn, case.order_id))
        units = queries.units_of_case(conn, case.id)
        refunds = [row for row in refunds_of_order(conn, case.order_id) if row.case_id == case.id]
        blocks = [
            _case_block(case, sheet, units),
            _units_block(sheet, units),
            _refunds_block(refunds, case.currency),
            _events_block(queries.events_of_case(conn, case.id), case.currency),
        ]
    facts = {"id": ids.show(ids.CASE, case.id), "timezone": case.tz, "currency": case.currency}
    return Report("shopcare.case.show/1", "Case", blocks, facts=facts, timezone=case.tz)


def _case_block(case: CaseRow, sheet: Sheet, units: dict[int, int]) -> Block:
    fig = figure(sheet, units, case.id)
    actions = ", ".join(allowed_actions(case.stage, case.kind))
    facts = _facts(case) | {"refundable_minor": fig.usual_minor, "actions": actions}
    columns = (*_LIST, *_MORE)
    return Block("case", "", columns, [_row(columns, facts)], layout="record", currency=case.currency)


def _units_block(sheet: Sheet, units: dict[int, int]) -> Block:
    rows: list[Row] = [
        (line.line_no, line.name, units[line.line_no], line.quantity, line.share_minor)
        for line in sheet.lines
        if line.line_no in units
    ]
    return Block("lines", "Units", _UNITS, rows, definition="order.line_share", currency=sheet.currency)


def _refunds_block(refunds: Iterable[RefundRow], currency: str) -> Block:
    rows: list[Row] = [(row.refunded_day, row.line_no, row.amount_minor, row.freight_minor) for row in refunds]
    return Block("refunds", "Refunds", _REFUNDS, rows, definition="order.refunds", currency=currency)


def _events_block(events: Iterable[Event], currency: str) -> Block:
    rows: list[Row] = [
        (
            event.seq, event.at, event.actor, event.action, event.stage, event.waiting_on, event.fault, event.outcome,
            event.refund_minor or 0, event.reason, event.note,
        )
        for event in events
    ]  # fmt: skip
    return Block("events", "History", _EVENTS, rows, currency=currency, aside=frozenset({"fault", "waiting_on"}))
