"""After-sales cases: rows, lines, events, and the refunds they book."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from shopcare.domain.account import Claim
from shopcare.domain.cases import Event, State
from shopcare.domain.refundable import Part
from shopcare.store.numbers import next_id
from shopcare.store.persons import BUYER, BUYER_THEN, OF_PERSON, OF_PERSON_THEN, follow_then, survivors_at

if TYPE_CHECKING:
    from sqlmodel import Session

_CASE = f"""
SELECT a.id, a.shop_id, s.name, s.tz, a.order_id, o.number, c.id, c.display, a.kind, a.stage, a.outcome,
       a.waiting_on, a.fault, a.reason, a.amount_minor, a.currency, a.external_id, a.external_status,
       a.external_deadline_at, a.opened_at, a.closed_at, a.reopened_count, a.version,
       (SELECT COALESCE(SUM(r.amount_minor), 0) FROM refund r WHERE r.order_id = a.order_id AND r.case_id = a.id)
FROM "case" a
JOIN shop s ON s.id = a.shop_id
JOIN orders o ON o.id = a.order_id
{BUYER}
"""


#: The same as of an instant: what the events until then came to. What is no event (kind, order, amount asked, the
#: platform's words) is as it is known now.
_CASE_THEN = f"""
SELECT a.id, a.shop_id, s.name, s.tz, a.order_id, o.number, c.id, c.display, a.kind, e.stage, e.outcome,
       e.waiting_on, e.fault, a.reason, a.amount_minor, a.currency, a.external_id, a.external_status,
       a.external_deadline_at, a.opened_at, CASE WHEN e.stage = 'closed' THEN e.at END,
       (SELECT COUNT(*) FROM case_event n WHERE n.case_id = a.id AND n.seq <= e.seq AND n.action = 'reopen'), e.seq,
       (SELECT COALESCE(SUM(r.amount_minor), 0) FROM refund r
        WHERE r.order_id = a.order_id AND r.case_id = a.id AND r.refunded_at <= :at)
FROM "case" a
JOIN shop s ON s.id = a.shop_id
JOIN orders o ON o.id = a.order_id
JOIN case_event e ON e.case_id = a.id
  AND e.seq = (SELECT MAX(n.seq) FROM case_event n WHERE n.case_id = a.id AND n.at <= :at)
{BUYER_THEN}
"""


class CaseRow(NamedTuple):
    """A case as it stands, with its order's number and buyer and what it refunded so far.

    The buyer is the order's, whom a later export may have made known, or who he is after merges.
    """

    id: int
    shop_id: int
    shop: str
    tz: str
    order_id: int
    order: str
    customer_id: int | None
    customer: str | None
    kind: str
    stage: str
    outcome: str | None
    waiting_on: str
    fault: str
    reason: str
    amount_minor: int | None
    currency: str
    external_id: str | None
    external_status: str | None
    external_deadline_at: int | None
    opened_at: int
    closed_at: int | None
    reopened_count: int
    version: int
    refunded_minor: int

    @property
    def state(self) -> State:
        """The moving part of the case."""
        return State(
            self.stage, self.waiting_on, self.fault, self.outcome, self.opened_at, self.closed_at,
            self.reopened_count, self.version,
        )  # fmt: skip


class CaseFilter(NamedTuple):
    """Which cases to list; None leaves a filter out. `is_open` False lists open and closed ones.

    `at` lists those opened by then as they stood then.
    """

    is_open: bool = True
    stage: str | None = None
    kind: str | None = None
    customer_id: int | None = None
    order_id: int | None = None
    waiting_on: str | None = None
    shop: str | None = None
    at: int | None = None


class NewCase(NamedTuple):
    """What stays the same in the life of a case."""

    shop_id: int
    order_id: int
    customer_id: int | None
    kind: str
    amount_minor: int | None
    currency: str
    external_id: str | None


class Booking(NamedTuple):
    """What all rows of one refund share."""

    shop_id: int
    order_id: int
    case_id: int
    currency: str
    reported_before_minor: int
    refunded_at: int
    refunded_day: int
    refunded_month: int


def case_by_id(conn: sqlite3.Connection, case_id: int) -> CaseRow | None:
    """The case of an id, or None."""
    row = conn.execute(_CASE + "WHERE a.id = :id", {"id": case_id}).fetchone()
    return CaseRow(*row) if row else None


def case_with_external_id(conn: sqlite3.Connection, shop_id: int, external_id: str) -> int | None:
    """The case that already carries the platform's id in this shop, or None."""
    row = conn.execute(
        'SELECT id FROM "case" WHERE shop_id = :shop AND external_id = :external',
        {"shop": shop_id, "external": external_id},
    ).fetchone()
    return row[0] if row else None


def cases_listed(conn: sqlite3.Connection, wanted: CaseFilter) -> Iterator[CaseRow]:
    """The cases a filter lets through, oldest first.

    Grain: one row per case. Units: minor units of the order's currency.
    """
    text, state, still_open, person = _CASE, "a", "a.closed_at IS NULL", OF_PERSON
    if wanted.at is not None:
        text, state, still_open, person = _CASE_THEN, "e", "e.stage <> 'closed'", OF_PERSON_THEN
        follow_then(conn, survivors_at(conn, wanted.at))
    conditions = {
        "stage": f"{state}.stage = :stage", "kind": "a.kind = :kind", "customer_id": f"o.customer_id {person}",
        "order_id": "a.order_id = :order_id", "waiting_on": f"{state}.waiting_on = :waiting_on",
        "shop": "s.name = :shop", "at": "a.opened_at <= :at",
    }  # fmt: skip
    values = {name: value for name, value in wanted._asdict().items() if name in conditions and value is not None}
    chosen = [conditions[name] for name in values] + ([still_open] if wanted.is_open else [])
    where = "WHERE " + " AND ".join(chosen) if chosen else ""
    return map(CaseRow._make, conn.execute(f"{text} {where} ORDER BY a.id", values))


def units_of_case(conn: sqlite3.Connection, case_id: int) -> dict[int, int]:
    """The pieces a case is about: line number → quantity; empty if it speaks of the whole order."""
    rows = conn.execute("SELECT line_no, quantity FROM case_line WHERE case_id = :id ORDER BY line_no", {"id": case_id})
    return dict(rows.fetchall())


def claims_on_order(conn: sqlite3.Connection, order_id: int) -> list[Claim]:
    """What every case of an order claims of its lines, and what came of it.

    Grain: one claim per (case, order line).
    """
    rows = conn.execute(
        """
        SELECT l.case_id, l.line_no, l.quantity, a.kind, a.outcome,
               EXISTS (SELECT 1 FROM case_event e WHERE e.case_id = a.id AND e.stage = 'received'),
               (SELECT COALESCE(SUM(r.amount_minor), 0) FROM refund r
                WHERE r.order_id = l.order_id AND r.case_id = l.case_id AND r.line_no = l.line_no)
        FROM case_line l
        JOIN "case" a ON a.id = l.case_id
        WHERE l.order_id = :id
        ORDER BY l.case_id, l.line_no
        """,
        {"id": order_id},
    )
    return [
        Claim(case_id, line_no, quantity, kind, outcome, bool(received), refunded)
        for case_id, line_no, quantity, kind, outcome, received, refunded in rows
    ]


def listed_by_case(conn: sqlite3.Connection, order_id: int) -> dict[int, int]:
    """What the platform lists as given back of the goods, by case. Units: minor units of the order's currency."""
    rows = conn.execute(
        "SELECT case_id, SUM(amount_minor - freight_minor) FROM refund"
        " WHERE order_id = :id AND source = 'case' AND line_no IS NULL AND batch_id IS NOT NULL GROUP BY case_id",
        {"id": order_id},
    )
    return dict(rows.fetchall())


def listed_alike(conn: sqlite3.Connection, order_id: int, besides: int, amount_minor: int, since: int) -> list[int]:
    """Other cases of an order under which the platform lists exactly this amount since then."""
    rows = conn.execute(
        "SELECT case_id FROM refund WHERE order_id = :id AND case_id <> :besides AND batch_id IS NOT NULL"
        " GROUP BY case_id HAVING SUM(amount_minor) = :amount AND MAX(refunded_at) >= :since ORDER BY case_id",
        {"id": order_id, "besides": besides, "amount": amount_minor, "since": since},
    )
    return [row[0] for row in rows]


def was_received(conn: sqlite3.Connection, case_id: int) -> bool:
    """Whether goods of this case ever came back."""
    row = conn.execute(
        "SELECT EXISTS (SELECT 1 FROM case_event WHERE case_id = :id AND stage = 'received')", {"id": case_id}
    ).fetchone()
    return bool(row[0])


def changed_at(conn: sqlite3.Connection, case_id: int) -> int:
    """When the newest event of a case happened."""
    row = conn.execute(
        "SELECT at FROM case_event WHERE case_id = :id ORDER BY seq DESC LIMIT 1", {"id": case_id}
    ).fetchone()
    return int(row[0])


def events_of_case(conn: sqlite3.Connection, case_id: int) -> list[Event]:
    """What happened to a case, oldest first."""
    rows = conn.execute(
        "SELECT seq, at, actor, action, stage, waiting_on, fault, outcome, reason, refund_minor, note FROM case_event"
        " WHERE case_id = :id ORDER BY seq",
        {"id": case_id},
    )
    return [Event(*row) for row in rows]


def refund_rows_of_case(conn: sqlite3.Connection, order_id: int, case_id: int) -> int:
    """How many refund rows a case has booked."""
    row = conn.execute(
        "SELECT COUNT(*) FROM refund WHERE order_id = :order AND case_id = :case", {"order": order_id, "case": case_id}
    ).fetchone()
    return int(row[0])


def insert_case(session: Session, new: NewCase, units: Mapping[int, int], event: Event) -> int:
    """Write a new case with its lines and its first event; returns its id."""
    from shopcare.store.tables.cases import Case, CaseLine

    case = Case(
        id=_next_id(session, "case"),
        **new._asdict(), stage=event.stage, waiting_on=event.waiting_on, fault=event.fault, reason=event.reason,
        opened_at=event.at, version=event.seq,
    )  # fmt: skip
    session.add(case)
    session.flush()
    assert case.id is not None
    session.add_all(
        CaseLine(case_id=case.id, line_no=line_no, shop_id=new.shop_id, order_id=new.order_id, quantity=quantity)
        for line_no, quantity in units.items()
    )
    insert_event(session, new.shop_id, case.id, event)
    return case.id


def _next_id(session: Session, table: str) -> int:
    from shopcare.store.engine import raw

    return next_id(raw(session), table)


def insert_event(session: Session, shop_id: int, case_id: int, event: Event) -> None:
    """Append an event to a case's history."""
    from shopcare.store.tables.cases import CaseEvent

    session.add(
        CaseEvent(
            id=_next_id(session, "case_event"),
            shop_id=shop_id, case_id=case_id, seq=event.seq, at=event.at, actor=event.actor, action=event.action,
            stage=event.stage, waiting_on=event.waiting_on, outcome=event.outcome, fault=event.fault,
            reason=event.reason, refund_minor=event.refund_minor, note=event.note,
        )
    )  # fmt: skip
    session.flush()


def update_case(session: Session, case_id: int, state: State, closed_day: int | None) -> bool:
    """Write the new state over the version before it; False if that version is no longer there."""
    from sqlmodel import col, update

    from shopcare.store.tables.cases import Case

    result = session.exec(
        update(Case)
        .where(col(Case.id) == case_id, col(Case.version) == state.version - 1)
        .values(
            stage=state.stage, waiting_on=state.waiting_on, fault=state.fault, outcome=state.outcome,
            closed_at=state.closed_at, closed_day=closed_day, reopened_count=state.reopened_count,
            version=state.version,
        )
    )  # fmt: skip
    return bool(result.rowcount == 1)


def insert_refund(session: Session, booking: Booking, number: int, part: Part) -> int:
    """Book one row of a refund; returns its id."""
    from shopcare.store.tables.cases import Refund

    refund = Refund(
        id=_next_id(session, "refund"),
        shop_id=booking.shop_id, order_id=booking.order_id, case_id=booking.case_id, line_no=part.line_no,
        source="case", source_key=f"case:{booking.case_id}:{number}", amount_minor=part.amount_minor,
        freight_minor=part.freight_minor, currency=booking.currency,
        reported_before_minor=booking.reported_before_minor, refunded_at=booking.refunded_at,
        refunded_day=booking.refunded_day, refunded_month=booking.refunded_month,
    )  # fmt: skip
    session.add(refund)
    session.flush()
    assert refund.id is not None
    return refund.id
