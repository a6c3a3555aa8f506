"""What exports say of cases, and writing what follows from it. Bulk statements take positional values."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from shopcare.domain.account import Claim
from shopcare.domain.case_registers import Registers, as_text, from_text
from shopcare.domain.cases import Event, State
from shopcare.store.numbers import next_id

#: Values bound per look-up statement; longer lists are asked in pieces.
LOOKUP = 500


class StoredReport(NamedTuple):
    """What is stored of the platform's statements on a case; `case_id` None: it waits for its order."""

    id: int
    external_id: str
    order_number: str
    case_id: int | None
    refused: str
    currency: str
    registers: Registers
    first_batch_id: int
    batch_id: int


class CaseFactsRow(NamedTuple):
    """The facts of a case that are no part of its history."""

    kind: str
    reason: str
    amount_minor: int | None
    external_id: str | None
    external_status: str | None
    external_deadline_at: int | None


_REPORT = (
    "SELECT r.id, r.external_id, r.order_number, r.case_id, r.refused, r.currency, r.registers, r.first_batch_id, r.batch_id"
    " FROM case_report AS r "
)


def _report(row: Sequence[object]) -> StoredReport:
    stored = StoredReport._make(row)
    return stored._replace(registers=from_text(str(stored.registers)))


def reports(conn: sqlite3.Connection, shop_id: int, external_ids: Iterable[str]) -> dict[str, StoredReport]:
    """What is stored of cases with these ids."""
    listed = list(external_ids)
    found: dict[str, StoredReport] = {}
    for start in range(0, len(listed), LOOKUP):
        piece = listed[start : start + LOOKUP]
        for row in conn.execute(
            f"{_REPORT} WHERE r.shop_id = ? AND r.external_id IN ({','.join('?' * len(piece))})", (shop_id, *piece)
        ):
            found[row[1]] = _report(row)
    return found


def waiting_reports(conn: sqlite3.Connection, shop_id: int) -> Iterator[tuple[StoredReport, int]]:
    """Statements without a case whose order is there by now, with the order's id; by the platform's id."""
    rows = conn.execute(
        f"{_REPORT.replace(' FROM ', ', o.id FROM ', 1)} "
        "JOIN orders AS o ON o.shop_id = r.shop_id AND o.number = r.order_number "
        "WHERE r.shop_id = :shop AND r.case_id IS NULL ORDER BY r.external_id",
        {"shop": shop_id},
    ).fetchall()
    return ((_report(row[:-1]), row[-1]) for row in rows)


def waiting_count(conn: sqlite3.Connection, shop_id: int) -> int:
    """How many statements have no case yet."""
    row = conn.execute(
        "SELECT COUNT(*) FROM case_report WHERE shop_id = :shop AND case_id IS NULL", {"shop": shop_id}
    ).fetchone()
    return int(row[0])


def order_ids(conn: sqlite3.Connection, shop_id: int, numbers: Iterable[str]) -> dict[str, int]:
    """The orders of a shop by number."""
    listed = list(numbers)
    found: dict[str, int] = {}
    for start in range(0, len(listed), LOOKUP):
        piece = listed[start : start + LOOKUP]
        found.update(
            conn.execute(
                f"SELECT number, id FROM orders WHERE shop_id = ? AND number IN ({','.join('?' * len(piece))})",
                (shop_id, *piece),
            )
        )
    return found


def insert_report(
    conn: sqlite3.Connection, shop_id: int, external_id: str, order_number: str, currency: str, registers: Registers,
    batch_id: int,
) -> int:  # fmt: skip
    """A first statement on a case; its id."""
    cursor = conn.execute(
        "INSERT INTO case_report (shop_id, external_id, order_number, currency, registers, first_batch_id, batch_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (shop_id, external_id, order_number, currency, as_text(registers), batch_id, batch_id),
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def update_report(conn: sqlite3.Connection, report_id: int, currency: str, registers: Registers, batch_id: int) -> None:
    """The newest state of a statement."""
    conn.execute(
        "UPDATE case_report SET currency = ?, registers = ?, batch_id = ? WHERE id = ?",
        (currency, as_text(registers), batch_id, report_id),
    )


def link_report(conn: sqlite3.Connection, report_id: int, case_id: int | None, refused: str = "") -> None:
    """The case that a statement is about now, or why there is none."""
    conn.execute("UPDATE case_report SET case_id = ?, refused = ? WHERE id = ?", (case_id, refused, report_id))


def insert_case(
    conn: sqlite3.Connection, shop_id: int, order_id: int, customer_id: int | None, currency: str, facts: CaseFactsRow,
    event: Event, batch_id: int,
) -> int:  # fmt: skip
    """A case with its first event; its id."""
    case_id = next_id(conn, "case")
    conn.execute(
        'INSERT INTO "case" (id, shop_id, order_id, customer_id, kind, stage, waiting_on, fault, reason, amount_minor,'
        " currency, external_id, external_status, external_deadline_at, opened_at, version)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
        (
            case_id, shop_id, order_id, customer_id, facts.kind, event.stage, event.waiting_on, event.fault, facts.reason,
            facts.amount_minor, currency, facts.external_id, facts.external_status, facts.external_deadline_at, event.at,
        ),
    )  # fmt: skip
    insert_events(conn, shop_id, case_id, [event], batch_id)
    return case_id


def insert_events(conn: sqlite3.Connection, shop_id: int, case_id: int, events: Iterable[Event], batch_id: int) -> None:
    """Events that an import writes."""
    names = ", ".join(Event._fields)
    first = next_id(conn, "case_event")
    conn.executemany(
        f"INSERT INTO case_event (id, shop_id, case_id, batch_id, {names})"
        f" VALUES ({', '.join('?' * (4 + len(Event._fields)))})",
        [(number, shop_id, case_id, batch_id, *event) for number, event in enumerate(events, first)],
    )


def write_state(conn: sqlite3.Connection, case_id: int, state: State, closed_day: int | None) -> None:
    """The state that the events of a case lead to."""
    conn.execute(
        'UPDATE "case" SET stage = :stage, waiting_on = :waiting_on, fault = :fault, outcome = :outcome,'
        " closed_at = :closed_at, closed_day = :closed_day, reopened_count = :reopened_count, version = :version"
        " WHERE id = :id",
        {**state._asdict(), "closed_day": closed_day, "id": case_id},
    )


def case_facts(conn: sqlite3.Connection, case_id: int) -> CaseFactsRow:
    """The facts of a case beside its history."""
    row = conn.execute(
        'SELECT kind, reason, amount_minor, external_id, external_status, external_deadline_at FROM "case" WHERE id = ?',
        (case_id,),
    ).fetchone()
    return CaseFactsRow(*row)


def write_facts(conn: sqlite3.Connection, case_id: int, facts: CaseFactsRow) -> None:
    """New facts of a case beside its history."""
    conn.execute(
        'UPDATE "case" SET kind = ?, reason = ?, amount_minor = ?, external_id = ?, external_status = ?,'
        " external_deadline_at = ? WHERE id = ?",
        (*facts, case_id),
    )


def opened_by_import(conn: sqlite3.Connection, case_id: int) -> bool:
    """Whether the first event of a case came from an export."""
    row = conn.execute("SELECT batch_id FROM case_event WHERE case_id = ? AND seq = 1", (case_id,)).fetchone()
    return row[0] is not None


class Ending(NamedTuple):
    """How a case was closed last, and whether an export did it; the outcome is None where nothing ever closed it."""

    outcome: str | None = None
    by_import: bool = False


def last_ending(conn: sqlite3.Connection, case_id: int) -> Ending:
    """How a case was closed last, whether or not it was opened again since."""
    row = conn.execute(
        "SELECT outcome, batch_id IS NOT NULL FROM case_event WHERE case_id = ? AND action = 'close' ORDER BY seq DESC LIMIT 1",
        (case_id,),
    ).fetchone()
    return Ending(row[0], bool(row[1])) if row else Ending()


def insert_refund(
    conn: sqlite3.Connection, shop_id: int, order_id: int, case_id: int, source_key: str, amount_minor: int,
    freight_minor: int, currency: str, at: int, day: int, month: int, day_known: bool, batch_id: int,
) -> int:  # fmt: skip
    """A refund that the platform lists; its id."""
    refund_id = next_id(conn, "refund")
    conn.execute(
        "INSERT INTO refund (id, shop_id, order_id, case_id, source, source_key, amount_minor, freight_minor, currency,"
        " refunded_at, refunded_day, refunded_month, day_known, batch_id)"
        " VALUES (?, ?, ?, ?, 'case', ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            refund_id, shop_id, order_id, case_id, source_key, amount_minor, freight_minor, currency, at, day, month,
            int(day_known), batch_id,
        ),
    )  # fmt: skip
    return refund_id


def freight_refunded_by_case(conn: sqlite3.Connection, order_id: int, case_id: int) -> int:
    """The freight that the refunds of a case gave back."""
    row = conn.execute(
        "SELECT COALESCE(SUM(freight_minor), 0) FROM refund WHERE order_id = ? AND case_id = ?", (order_id, case_id)
    ).fetchone()
    return int(row[0])


# --- units -----------------------------------------------------------------------------------------------------------


def _in_pieces(conn: sqlite3.Connection, statement: str, order_ids: Iterable[int]) -> Iterator[tuple[Any, ...]]:
    """The rows of a statement about orders; `{orders}` in it stands for their numbers."""
    listed = list(order_ids)
    for start in range(0, len(listed), LOOKUP):
        piece = listed[start : start + LOOKUP]
        yield from conn.execute(statement.format(orders=",".join("?" * len(piece))), piece)


def imported_cases(
    conn: sqlite3.Connection, order_ids: Iterable[int]
) -> Iterator[tuple[int, int, str, str | None, bool, Registers]]:
    """Cases that an export opened: (order, case, kind, outcome, goods came back, what exports say), oldest first."""
    rows = _in_pieces(
        conn,
        "SELECT a.order_id, a.id, a.kind, a.outcome, EXISTS (SELECT 1 FROM case_event AS e WHERE e.case_id = a.id"
        " AND e.stage = 'received'), r.registers"
        ' FROM "case" AS a JOIN case_report AS r ON r.case_id = a.id'
        " JOIN case_event AS f ON f.case_id = a.id AND f.seq = 1 AND f.batch_id IS NOT NULL"
        " WHERE a.order_id IN ({orders}) ORDER BY a.order_id, a.opened_at, a.external_id",
        order_ids,
    )
    return ((*row[:4], bool(row[4]), from_text(row[5])) for row in rows)


def desk_claims(conn: sqlite3.Connection, order_ids: Iterable[int]) -> Iterator[tuple[int, Claim]]:
    """What cases that the desk opened claim of orders' lines."""
    rows = _in_pieces(
        conn,
        "SELECT l.order_id, l.case_id, l.line_no, l.quantity, a.kind, a.outcome, EXISTS (SELECT 1 FROM case_event AS e"
        " WHERE e.case_id = a.id AND e.stage = 'received')"
        ' FROM case_line AS l JOIN "case" AS a ON a.id = l.case_id'
        " JOIN case_event AS f ON f.case_id = a.id AND f.seq = 1 AND f.batch_id IS NULL"
        " WHERE l.order_id IN ({orders})",
        order_ids,
    )
    return ((row[0], Claim._make([*row[1:6], bool(row[6]), 0])) for row in rows)


def imported_units(conn: sqlite3.Connection, order_ids: Iterable[int]) -> dict[tuple[int, int], tuple[int, int]]:
    """(case, line number) → (order, pieces) of the cases that exports opened."""
    rows = _in_pieces(
        conn,
        "SELECT l.case_id, l.line_no, l.order_id, l.quantity FROM case_line AS l"
        " JOIN case_event AS f ON f.case_id = l.case_id AND f.seq = 1 AND f.batch_id IS NOT NULL"
        " WHERE l.order_id IN ({orders})",
        order_ids,
    )
    return {(row[0], row[1]): (row[2], row[3]) for row in rows}


def remove_units(conn: sqlite3.Connection, units: Iterable[tuple[int, int]]) -> None:
    """Units of cases that are no longer theirs: (case, line number)."""
    conn.executemany("DELETE FROM case_line WHERE case_id = ? AND line_no = ?", units)


def insert_units(conn: sqlite3.Connection, rows: Iterable[tuple[int, int, int, int, int]]) -> None:
    """Units of cases: (case, line number, shop, order, pieces)."""
    conn.executemany(
        "INSERT INTO case_line (case_id, line_no, shop_id, order_id, quantity) VALUES (?, ?, ?, ?, ?)", rows
    )


def orders_with_cases_changed_by(conn: sqlite3.Connection, shop_id: int, batch_id: int) -> list[int]:
    """The orders that a batch of orders or lines changed and that exports have cases of."""
    rows = conn.execute(
        'SELECT DISTINCT a.order_id FROM case_report AS r CROSS JOIN "case" AS a ON a.id = r.case_id'
        " WHERE r.shop_id = :shop AND EXISTS (SELECT 1 FROM import_before AS i WHERE i.batch_id = :batch"
        " AND i.subject = 'order' AND i.key = CAST(a.order_id AS TEXT))",
        {"shop": shop_id, "batch": batch_id},
    )
    return [row[0] for row in rows]
