"""What exports say of a case → the case itself: its events, its facts and the refunds the platform lists.

Runs inside the import's transaction, for a statement whose order is in the store. Statements that came before their order
are brought here by the import of that order.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from shopcare.domain import case_registers as registers_
from shopcare.domain import ids
from shopcare.domain.case_registers import Standing
from shopcare.domain.cases import CLOSED, NEVER_PAID, Event, State, applied, replay
from shopcare.domain.clock import day_of, month_of_day
from shopcare.domain.money import format_amount
from shopcare.domain.orders import counts
from shopcare.domain.refunds import BookedRefund, Listed, exported_beyond, same_money, with_the_list
from shopcare.domain.report import Message
from shopcare.i18n import N_, _
from shopcare.importers.formats.catalog import normal_word, shipped_formats
from shopcare.importers.orders.mapping import LEFT
from shopcare.importers.values.cells import BadCell
from shopcare.services.assumed_refunds import assumed
from shopcare.services.case_units import link_units
from shopcare.services.context import Context
from shopcare.store.queries import case_imports as sql
from shopcare.store.queries import cases as case_queries
from shopcare.store.queries import imports as import_sql
from shopcare.store.queries import refunds as refund_sql
from shopcare.store.queries.case_imports import CaseFactsRow, Ending, StoredReport
from shopcare.store.queries.cases import CaseRow
from shopcare.store.queries.orders import OrderRow, order_by_id, set_counted
from shopcare.store.queries.refunds import StoredRefunds
from shopcare.store.queries.undo import keep_image

#: Who acts in the log of a case when an export does.
ACTOR = "import"
#: Stands for the number of a case that is still to be made.
NEW_CASE = 0
#: Refunds that a warning names one by one.
NAMED = 10


class Work(NamedTuple):
    """The import under way."""

    ctx: Context
    conn: sqlite3.Connection
    shop_id: int
    batch_id: int


class Linked(NamedTuple):
    """What bringing cases up to date came to.

    `same` names listed refunds that are ones the desk had booked, `beside` those that were booked although the desk had
    refunded something of the order too, `paid` cases that the platform says came to nothing although the desk gave money back.
    """

    cases: int = 0
    refunds: int = 0
    refused: int = 0
    same: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    paid: tuple[str, ...] = ()

    def plus(self, other: Linked) -> Linked:
        """Both together."""
        return Linked(
            self.cases + other.cases, self.refunds + other.refunds, self.refused + other.refused,
            self.same + other.same, self.beside + other.beside, self.paid + other.paid,
        )  # fmt: skip


def link_waiting(work: Work) -> Linked:
    """Make the cases whose order has come by now. One that cannot be made keeps waiting, with the reason."""
    done, orders = Linked(), set()
    for report, order_id in sql.waiting_reports(work.conn, work.shop_id):
        try:
            done = done.plus(bring_up_to_date(work, report, report, order_id)[1])
            orders.add(order_id)
        except BadCell as problem:
            if report.refused != str(problem):
                sql.link_report(work.conn, report.id, None, str(problem))
            done = done.plus(Linked(refused=1))
    link_units(work.conn, work.shop_id, orders)
    return done


def warnings_on_the_desk(linked: Linked) -> list[Message]:
    """What the operator should know of refunds of the desk and of the platform's list on the same orders."""
    warnings = []
    if linked.same:
        text = N_(
            "{count} listed refunds are ones the desk had booked (same order, amount and week), and are not booked again:"
            " {names}"
        )
        warnings.append(Message(text, {"count": len(linked.same), "names": _named(linked.same)}))
    if linked.beside:
        text = N_(
            "{count} listed refunds were booked beside refunds of the desk on the same orders; if they are the same money,"
            " it is counted twice: {names}"
        )
        warnings.append(Message(text, {"count": len(linked.beside), "names": _named(linked.beside)}))
    if linked.paid:
        text = N_(
            "{count} cases that the platform closed without a refund keep their outcome, because money went back under them:"
            " {names}"
        )
        warnings.append(Message(text, {"count": len(linked.paid), "names": _named(linked.paid)}))
    return warnings


def _named(names: Sequence[str]) -> str:
    shown = "; ".join(names[:NAMED])
    return shown if len(names) <= NAMED else f"{shown} …"


def other_order(case: str, known: str, said: str) -> str:
    """That a case belongs to another order than a row says."""
    return _("case {case} is one of order {known}, not of {said}").format(case=case, known=known, said=said)


def other_currency(said: str, order: str, known: str) -> str:
    """That a case is in another currency than its order."""
    return _("the case is in {currency}, order {order} in {other}").format(currency=said, order=order, other=known)


def keep_before(work: Work, external_id: str, stored: StoredReport | None, case_id: int | None) -> None:
    """Remember what a statement and its case were before this batch, for undoing it; things that are new need nothing."""
    if stored is None and case_id is None:
        return
    image = {
        "report": None
        if stored is None
        else [stored.case_id, registers_.as_text(stored.registers), stored.batch_id, stored.currency],
        "case_id": case_id,
        "case": None if case_id is None else sql.case_facts(work.conn, case_id),
    }
    keep_image(work.conn, work.batch_id, "case", external_id, work.shop_id, json.dumps(image))


def bring_up_to_date(
    work: Work, report: StoredReport, stored: StoredReport | None, order_id: int
) -> tuple[int, Linked]:
    """Bring the case of a statement to where the platform says it stands, and book what went back; the case's id.

    Everything is checked before anything is written.

    Args:
        report: the statement as it is now.
        stored: as it was before this file; None for a new one.

    Raises:
        BadCell: `currency-differs`, `case-of-another-order`, `refund-above-left`.
    """
    order = order_by_id(work.conn, order_id)
    if report.currency not in ("", order.currency):
        raise BadCell("currency-differs", other_currency(report.currency, order.number, order.currency))
    case_id = report.case_id or case_queries.case_with_external_id(work.conn, work.shop_id, report.external_id)
    case = None if case_id is None else case_queries.case_by_id(work.conn, case_id)
    if case is not None and case.order_id != order.id:
        text = other_order(report.external_id, case.order, order.number)
        raise BadCell("case-of-another-order", text)
    todo = _to_book(work, report, stored, order, case)
    refund = todo.amount_minor
    keep_before(work, report.external_id, stored, case_id)
    opened_at, at = registers_.event_times(report.registers, work.ctx.now)
    before = stored.registers if stored is not None and stored.case_id is not None else None
    if case is None:
        event = registers_.opening(report.registers, opened_at, ACTOR)
        facts = _facts(report, None)
        case_id = sql.insert_case(
            work.conn, work.shop_id, order.id, order.customer_id, order.currency, facts, event, work.batch_id
        )
        state, at = applied(None, event), max(at, event.at)
    else:
        state, at = case.state, max(at, case_queries.changed_at(work.conn, case.id))
        desk = None if sql.opened_by_import(work.conn, case.id) else sql.case_facts(work.conn, case.id)
        sql.write_facts(work.conn, case.id, _facts(report, desk))
    assert case_id is not None, "found or made"
    ending = sql.last_ending(work.conn, case_id) if case is not None else Ending()
    paid_ending = _paid_ending(case, ending)
    events = registers_.further_events(
        state, report.registers, before, at, ACTOR, refund,
        is_desks_ending=before is None or not ending.by_import, paid_ending=paid_ending,
    )  # fmt: skip
    if todo.same and events:
        events[-1] = events[-1]._replace(note=f"{events[-1].note} · {todo.same}")
    _write_events(work, case_id, state, events, order.tz)
    if report.case_id is None:
        sql.link_report(work.conn, report.id, case_id)
    if refund:
        _book(work, report, order, case_id, refund)
    elif _is_newly_listed(report, stored):
        recount(work.conn, order, work.batch_id)
    same, beside = (todo.same,) if todo.same else (), (todo.beside,) if todo.beside else ()
    is_denied = paid_ending is not None and registers_.denies_money(report.registers)
    is_told = is_denied and registers_.has_moved(report.registers, before)
    paid = (f"{report.external_id} = {ids.show(ids.CASE, case_id)}",) if is_told else ()
    return case_id, Linked(int(report.case_id is None), int(refund > 0), 0, same, beside, paid)


def _paid_ending(case: CaseRow | None, ending: Ending) -> str | None:
    """The outcome of a case under which money went back before this import; None where none did."""
    if case is None or not case.refunded_minor:
        return None
    return ending.outcome if ending.outcome not in NEVER_PAID else "refunded"


def _facts(report: StoredReport, desk: CaseFactsRow | None) -> CaseFactsRow:
    """The facts of a case after an export; what the desk wrote of its own case stays."""
    said = report.registers
    status = said.status_raw[1] if said.status_raw else None
    deadline = said.deadline_at[1] if said.deadline_at else None
    if desk is not None:
        return desk._replace(external_status=status, external_deadline_at=deadline)
    kind = said.kind[1] if said.kind else "inquiry"
    amount = said.amount_minor[1] if said.amount_minor else None
    reason = said.reason[1] if said.reason else ""
    return CaseFactsRow(kind, reason, amount, report.external_id, status, deadline)


def _write_events(work: Work, case_id: int, state: State, events: list[Event], tz: str) -> None:
    for event in events:
        state = applied(state, event)
    sql.insert_events(work.conn, work.shop_id, case_id, events, work.batch_id)
    if events:
        write_state(work.conn, case_id, state, tz)


def write_state(conn: sqlite3.Connection, case_id: int, state: State, tz: str) -> None:
    """The state of a case with the local day it was closed on."""
    closed_day = day_of(state.closed_at, tz) if state.closed_at is not None and state.stage == CLOSED else None
    sql.write_state(conn, case_id, state, closed_day)


def replayed(conn: sqlite3.Connection, case_id: int, tz: str) -> None:
    """Bring the row of a case to what its events say."""
    write_state(conn, case_id, replay(case_queries.events_of_case(conn, case_id)), tz)


# --- money -----------------------------------------------------------------------------------------------------------


def _standing(report: StoredReport) -> Standing | None:
    return report.registers.standing[1] if report.registers.standing else None


class Todo(NamedTuple):
    """What is to be booked for a statement, and how it stands to refunds of the desk, as texts that name both."""

    amount_minor: int = 0
    same: str = ""
    beside: str = ""


def _listed_before(stored: StoredReport | None) -> int:
    """What a case was known to have given back by the list when it was last brought up to date."""
    standing = _standing(stored) if stored is not None and stored.case_id is not None else None
    return standing.refunded_minor if standing else 0


def _is_newly_listed(report: StoredReport, stored: StoredReport | None) -> bool:
    """Whether the list names money that the desk booked before, so that it is no longer the desk's alone, or says for what it
    was.
    """
    standing = _standing(report)
    if standing is None or not standing.refunded_minor:
        return False
    named = stored is not None and report.registers.items.keys() != stored.registers.items.keys()
    return named or standing.refunded_minor != _listed_before(stored)


def _to_book(
    work: Work, report: StoredReport, stored: StoredReport | None, order: OrderRow, case: CaseRow | None
) -> Todo:
    """What the platform has given back and no refund covers yet, neither one of the case nor one of the desk.

    Raises:
        BadCell: `refund-above-left`.
    """
    booked_minor = case.refunded_minor if case is not None else 0
    standing = _standing(report)
    if standing is None or standing.refunded_minor <= booked_minor:
        return Todo()
    covered = max(0, _listed_before(stored) - booked_minor)
    todo = standing.refunded_minor - booked_minor - covered
    at, _known = _refund_time(report, standing, order)
    desk = refund_sql.desk_refunds(work.conn, order.id) if todo > 0 and not covered else []
    if desk and not booked_minor:
        taken = refund_sql.unbooked_of_order(work.conn, order.id, report.id)
        if found := same_money(desk, todo, at, taken):
            return Todo(same=f"{report.external_id} = {ids.show(ids.CASE, found.case_id)}")
    if todo > 0:
        new = BookedRefund(case.id if case else NEW_CASE, todo, at, 0, is_listed=True)
        _check_left(work, order, new, refund_sql.listed(report.registers, standing))
    beside = ", ".join(ids.show(ids.CASE, refund.case_id) for refund in desk)
    return Todo(max(0, todo), beside=f"{order.number}: {report.external_id}, {beside}" if beside else "")


def _check_left(work: Work, order: OrderRow, new: BookedRefund, listed: Listed) -> None:
    """Refuse to give back more than was paid.

    Raises:
        BadCell: `refund-above-left`.
    """
    refunds = refund_sql.booked_refunds(work.conn, [order.id]).get(order.id, StoredRefunds())
    said = refund_sql.listed_money(work.conn, [order.id]).get(order.id, {})
    said[new.case_id] = listed
    booked = with_the_list((*refunds.booked, new), said)
    todo = new.amount_minor
    total = sum(refund.amount_minor for refund in booked) + _exported(work.conn, order, booked)
    if total > order.paid_minor:
        left = order.paid_minor - (total - todo)
        raise BadCell(
            "refund-above-left",
            _("a refund of {asked} {currency} is more than order {order} has left: {left}").format(
                asked=format_amount(todo, order.currency),
                currency=order.currency,
                order=order.number,
                left=format_amount(max(left, 0), order.currency),
            ),
        )


def _refund_time(report: StoredReport, standing: Standing, order: OrderRow) -> tuple[int, bool]:
    """When the money went back, and whether the export says so; else the newest time it knows stands in."""
    if given := standing.known_refund_time:
        return given, True
    applied_at = report.registers.applied_at
    return standing.seen_at or (applied_at[1] if applied_at else order.ordered_at), False


def _book(work: Work, report: StoredReport, order: OrderRow, case_id: int, amount: int) -> None:
    """Write a listed refund, and let the order's own figure and its points know."""
    from shopcare.services.clawbacks import clawback_for_order

    standing = _standing(report)
    assert standing is not None, "money comes with a standing"
    at, known = _refund_time(report, standing, order)
    day = day_of(at, order.tz)
    number = case_queries.refund_rows_of_case(work.conn, order.id, case_id) + 1
    freight = standing.freight_minor - sql.freight_refunded_by_case(work.conn, order.id, case_id)
    refund_id = sql.insert_refund(
        work.conn, work.shop_id, order.id, case_id, f"listed:{report.external_id}:{number}", amount,
        max(0, min(freight, amount)), order.currency, at, day, month_of_day(day), known, work.batch_id,
    )  # fmt: skip
    recount(work.conn, order, work.batch_id)
    clawback_for_order(work.conn, work.ctx, order.id, refund_id)


def recount(conn: sqlite3.Connection, order: OrderRow, batch_id: int) -> None:
    """Bring an order's reported refund and whether it counts in line with the booked refunds as they stand."""
    refunds = refund_sql.stored_refunds(conn, [order.id]).get(order.id, StoredRefunds())
    exported = _exported(conn, order, refunds.booked)
    if exported and exported != refunds.exported_minor:
        day = order.ordered_day
        row = (
            order.shop_id, order.id, f"export:{order.id}", exported, order.currency, order.ordered_at, day,
            month_of_day(day), batch_id,
        )  # fmt: skip
        import_sql.write_export_refunds(conn, [row])
    elif refunds.exported_minor and not exported:
        import_sql.delete_export_refunds(conn, [order.id])
    total = refunds.booked_minor + exported
    set_counted(conn, order.id, counts(order.status, order.paid_minor, total, shipped=_has_left(order)))


def _exported(conn: sqlite3.Connection, order: OrderRow, booked: Iterable[BookedRefund]) -> int:
    """What an order's export reports beyond these refunds."""
    unsaid = assumed(conn, [order.id]).get(order.id)
    return exported_beyond(order.refunded_reported_minor or 0, booked, paid=order.paid_minor, assumed=unsaid)


def _has_left(order: OrderRow) -> bool:
    """Whether anything says that the goods left: a time, or a status word that means it on the order's platform."""
    if order.shipped_at is not None or order.completed_at is not None:
        return True
    word = normal_word(order.status_raw)
    return any(word in known.shipped_words or known.status.get(word) in LEFT for known in shipped_formats())
