"""Rows of one file that state the same case: which are its history, and which contradict each other.

Rows of different times are the history of a case. Rows of one time, or without any, contradict each other where they say
different things of the same fact; the newer one counts (`Age`), wherever it stands. What is about one article of a case says
nothing about another article.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from shopcare.domain.case_registers import STAGE_RANKS, Age
from shopcare.importers.cases.rows import CaseFacts
from shopcare.importers.formats.catalog import normal_word

#: Whose fault nobody knows is not said.
UNKNOWN_FAULT = "unknown"
#: The time of a row that knows none, which therefore is of every time.
NO_TIME = 0


class Fact(NamedTuple):
    """Something a row may say: its name, and the article of the case it is about (empty: the case itself)."""

    name: str
    item: tuple[str, ...] = ()


#: A fact's name → the fields of a format it is read from.
FIELDS = {
    "order": ("order_id",), "currency": ("currency",),
    "standing": ("status", "result", "arbitration", "advance", "waiting_on", "kind", "business", "goods_back"),
    "kind": ("kind", "business", "goods_back"), "fault": ("fault",), "amount": ("amount",),
    "refunded": ("refunded", "amount"), "freight": ("freight",), "applied_at": ("applied_at",),
    "closed_at": ("closed_at",), "refunded_at": ("refunded_at",), "deadline": ("deadline",), "approval": ("approval",),
    "reason": ("reason", "reason_detail"), "condition": ("condition",), "quantity": ("quantity",),
}  # fmt: skip
#: Facts that a case has once, whatever the time: a row that says otherwise is about something else.
TIMELESS = frozenset({"order", "currency"})


class CaseRow(NamedTuple):
    """A row as a statement of its case.

    `against`: the line of the row that counts in its place, and the facts it says otherwise. What only this row says counts
    all the same, unless it is `foreign`: about another order, or in another currency.
    """

    age: Age
    line: int
    cells: list[str]
    facts: CaseFacts
    against: tuple[int, tuple[str, ...]] | None = None
    foreign: bool = False


def age_of(facts: CaseFacts, stamp: int) -> Age:
    """How new a row is; `stamp`: when its file was exported, 0 if nothing says so."""
    rank = STAGE_RANKS[facts.standing.stage] if facts.standing else 0
    return Age(facts.refunded_minor, max(facts.seen_at, stamp), facts.seen_at, rank, facts.row_hash)


def judged(rows: Iterable[CaseRow]) -> list[CaseRow]:
    """The rows of one case, the newest first, each with what it contradicts."""
    said: dict[tuple[int | None, Fact], tuple[object, int]] = {}
    found = []
    for row in sorted(rows, key=lambda row: row.age, reverse=True):
        rivals = list(_rivals(row, said))
        names = tuple(dict.fromkeys(name for name, _line in rivals))
        against = (rivals[0][1], names) if rivals else None
        row = row._replace(against=against, foreign=not TIMELESS.isdisjoint(names))  # noqa: PLW2901
        found.append(row)
        for fact, value in () if row.foreign else statements(row.facts):
            for time in (row.facts.seen_at, None):
                said.setdefault((time, fact), (value, row.line))
    return found


def _rivals(row: CaseRow, said: dict[tuple[int | None, Fact], tuple[object, int]]) -> Iterator[tuple[str, int]]:
    """The facts that a newer row of the same time says otherwise, with its line."""
    at = row.facts.seen_at
    for fact, value in statements(row.facts):
        times = (None,) if fact.name in TIMELESS or at == NO_TIME else (at, NO_TIME)
        for time in times:
            newer = said.get((time, fact))
            if newer is not None and newer[0] != value:
                yield fact.name, newer[1]


def statements(facts: CaseFacts) -> Iterator[tuple[Fact, object]]:
    """Everything a row says, by fact."""
    item = tuple(facts.item) if any(facts.item) else ()
    standing = facts.standing or (normal_word(facts.status_raw) if facts.status_raw else None)
    fault = None if facts.fault == UNKNOWN_FAULT else facts.fault
    of_case = (
        ("order", facts.order_number), ("currency", facts.currency or None), ("standing", standing),
        ("kind", None if facts.is_usual_kind else facts.kind), ("fault", fault), ("amount", facts.amount_minor),
        ("refunded", facts.refunded_minor or None), ("freight", facts.freight_minor or None),
        ("applied_at", facts.applied_at), ("closed_at", facts.closed_at), ("refunded_at", facts.refunded_at),
        ("deadline", facts.deadline_at), ("approval", facts.approval),
    )  # fmt: skip
    of_item = (("reason", facts.reason), ("condition", facts.condition), ("quantity", facts.quantity))
    yield from ((Fact(name), value) for name, value in of_case if value is not None)
    yield from ((Fact(name, item), value) for name, value in of_item if value is not None)
