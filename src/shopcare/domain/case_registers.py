"""What exports say of a case over time: for each fact the newest known value, so that the order of arrival never matters.

A register is a value with its age. Joining two sets of registers takes the newer value of each fact; that is commutative,
associative and idempotent, so any order, split or repetition of files ends with the same registers. From them follow the
events that bring the case itself up to date.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from shopcare.domain.case_units import Item
from shopcare.domain.cases import CLOSED, NEVER_PAID, STAGES, WAITED_FOR, WITH_MONEY, Event, State, applied

#: How far along a stage is: between two exports of the same date the higher one is the newer state.
STAGE_RANKS = {
    "requested": 10, "negotiating": 15, "approved": 20, "rejected": 25, "awaiting_return": 30, "return_in_transit": 40,
    "received": 50, "awaiting_reship": 60, "reship_in_transit": 65, "awaiting_confirm": 70, "disputed": 80, "settling": 85,
    "closed": 90,
}  # fmt: skip
assert set(STAGE_RANKS) == set(STAGES), "every stage has its rank"

#: The event by which an export changes an open case.
REPORTED = "report"


class Age(NamedTuple):
    """What tells the newer of two statements of where a case stands.

    Money that went back comes first: no later word takes it away again. Then the date: of the export where it is known,
    then of the newest time the row knows itself. Then how far along the case is; the hash only breaks ties.
    """

    refunded_minor: int
    at: int
    seen_at: int
    rank: int
    row_hash: int

    @property
    def of_fact(self) -> tuple[bool, int, int, int, int, int]:
        """What tells the newer of two statements of any other fact: the date comes first, unless a row does not say it
        (`NOT_SAID`).
        """
        refunded, *dates, rank, row_hash = self
        return refunded != NOT_SAID, dates[0], dates[1], refunded, rank, row_hash


#: What stands for the money in the age of a fact that a row does not say, but its format usually means.
NOT_SAID = -1


class Standing(NamedTuple):
    """Where the platform says a case stands. Units: minor units, epoch seconds; `closed_at` None: it does not say."""

    stage: str
    outcome: str | None
    waiting_on: str | None
    closed_at: int | None = None
    refunded_minor: int = 0
    freight_minor: int = 0
    refunded_at: int | None = None
    seen_at: int = 0

    @property
    def place(self) -> tuple[str, str | None, str | None]:
        """Stage, outcome and whom it waits for."""
        return self.stage, self.outcome, self.waiting_on

    @property
    def known_refund_time(self) -> int | None:
        """When the money went back, as far as the export says so."""
        return self.closed_at or self.refunded_at or None


#: The parts of an item's name as they are stored in one text.
_PARTS = "\x1f"


class Registers(NamedTuple):
    """The newest known value of each fact with its age; None where no export has said anything.

    `items` has a register for each item that was named: its quantity, None for one without. Nothing takes an item away.
    `stood_at` is the newest time at which the platform had the case stand anywhere (0: no time is known), which may be later
    than that of the standing that counts, because money counts before time.
    """

    standing: tuple[Age, Standing] | None = None
    status_raw: tuple[Age, str] | None = None
    kind: tuple[Age, str] | None = None
    fault: tuple[Age, str] | None = None
    reason: tuple[Age, str] | None = None
    note: tuple[Age, str] | None = None
    amount_minor: tuple[Age, int] | None = None
    applied_at: tuple[Age, int] | None = None
    deadline_at: tuple[Age, int] | None = None
    items: dict[str, tuple[Age, int | None]] = {}  # noqa: RUF012 - never changed in place
    stood_at: int = 0


#: The registers of single facts are all but the last two.
_FACTS = len(Registers._fields) - 2


def _single(registers: Registers) -> tuple[tuple[Age, Any] | None, ...]:
    return registers[:_FACTS]  # type: ignore[return-value]  # the fields say so one by one


def newest(left: Registers, right: Registers) -> Registers:
    """The newer value of each fact."""
    standings = [each.standing for each in (left, right) if each.standing is not None]
    facts = (
        a if b is None or (a is not None and a[0].of_fact >= b[0].of_fact) else b
        for a, b in zip(_single(left)[1:], _single(right)[1:], strict=True)
    )
    items = {
        name: max(
            (each.items[name] for each in (left, right) if name in each.items), key=lambda known: known[0].of_fact
        )
        for name in sorted(left.items.keys() | right.items.keys())
    }
    standing = max(standings, key=lambda known: known[0], default=None)
    return Registers._make([standing, *facts, items, max(left.stood_at, right.stood_at)])


def is_left_aside(said: Registers, known: Registers, stamp: int) -> bool:
    """Whether a file says of a case what is otherwise in `known`, without being older for certain.

    Excludes: what a file of an earlier date says, and where the case stood before its money went back.

    Args:
        said: what the file says, joined.
        stamp: the date of the file, 0 if nothing says it.
    """
    return any(
        mine != theirs and age.refunded_minor != NOT_SAID and (not stamp or age.at == other.at)
        for (age, mine), (other, theirs) in _both_say(said, known)
    )


def _both_say(said: Registers, known: Registers) -> Iterator[tuple[tuple[Age, object], tuple[Age, object]]]:
    """The facts that two sets of registers state, each with its age; standings only where the same money went back."""
    for mine, theirs in zip(_single(said)[1:], _single(known)[1:], strict=True):
        if mine is not None and theirs is not None:
            yield mine, theirs
    for name, (age, quantity) in said.items.items():
        if quantity is not None and name in known.items:
            yield (age, quantity), known.items[name]
    one, other = said.standing, known.standing
    if one and other and one[0].refunded_minor == other[0].refunded_minor:
        yield (one[0], one[1].place), (other[0], other[1].place)


def values(registers: Registers) -> tuple[object, ...]:
    """The facts without their ages: what makes two sets of registers say the same."""
    facts = tuple(None if register is None else register[1] for register in _single(registers))
    closed_at = registers.stood_at if registers.standing and registers.standing[1].stage == CLOSED else None
    return (*facts, {name: quantity for name, (_age, quantity) in registers.items.items()}, closed_at)


def named(item: Item, quantity: int | None, age: Age) -> dict[str, tuple[Age, int | None]]:
    """The register of one item; none if the row names nothing and no quantity."""
    return {_PARTS.join(item): (age, quantity)} if any(item) or quantity is not None else {}


def items_of(registers: Registers) -> dict[Item, int | None]:
    """What a case is about, as exports name it."""
    return {Item(*name.split(_PARTS)): quantity for name, (_age, quantity) in registers.items.items()}


def as_text(registers: Registers) -> str:
    """Registers as they are stored."""
    return json.dumps(registers, ensure_ascii=False, separators=(",", ":"))


def from_text(text: str) -> Registers:
    """Registers as they were stored, by earlier versions too."""
    loaded = json.loads(text)
    stored = [None if each is None else (_age(each[0]), each[1]) for each in loaded[:_FACTS]]
    standing = stored[0]
    if standing is not None:
        stored[0] = standing[0], Standing(*standing[1])
    items = {name: (_age(age), quantity) for name, (age, quantity) in (loaded[_FACTS:] or [{}])[0].items()}
    registers = Registers._make([*stored, items, 0])
    stood_at = loaded[_FACTS + 1] if loaded[_FACTS + 1 :] else time_of(registers.standing and registers.standing[1])
    return registers._replace(stood_at=stood_at)


def _age(stored: list[int]) -> Age:
    """An age; earlier versions kept one time."""
    refunded, at, *rest = stored
    return Age(refunded, at, *(rest if len(rest) == len(Age._fields) - 2 else (at, *rest)))


def time_of(standing: Standing | None) -> int:
    """When the platform had a case stand there: when it was closed, else the newest time of the row; 0 if nothing says so."""
    return (standing.closed_at or standing.seen_at) if standing else 0


def event_times(registers: Registers, fallback: int) -> tuple[int, int]:
    """(when the case was opened, when it came to stand where it stands); `fallback` where no export gives a time."""
    opened = (
        registers.applied_at[1]
        if registers.applied_at
        else time_of(registers.standing and registers.standing[1]) or fallback
    )
    return opened, max(opened, registers.stood_at)


def opening(registers: Registers, at: int, actor: str) -> Event:
    """The first event of a case that an export brings."""
    standing = registers.standing[1] if registers.standing else None
    stage = standing.stage if standing is not None and standing.stage != CLOSED else "requested"
    waiting = standing.waiting_on if standing is not None and stage == standing.stage else None
    return Event(
        1, at, actor, "open", stage, waiting or WAITED_FOR[stage], registers.fault[1] if registers.fault else "unknown",
        reason=registers.reason[1] if registers.reason else "", note=_note(registers),
    )  # fmt: skip


def _note(registers: Registers) -> str:
    words = (registers.status_raw, registers.note)
    return " · ".join(register[1] for register in words if register is not None)


def has_moved(registers: Registers, before: Registers | None) -> bool:
    """Whether the platform says anew where a case stands; `before` None: it says so for the first time."""
    earlier = before.standing[1].place if before is not None and before.standing else None
    return registers.standing is not None and registers.standing[1].place != earlier


def denies_money(registers: Registers) -> bool:
    """Whether the platform says that a case came to nothing, so that no money can have gone back under it."""
    return registers.standing is not None and registers.standing[1].outcome in NEVER_PAID


def further_events(
    state: State, registers: Registers, before: Registers | None, at: int, actor: str, refund_minor: int,
    *, is_desks_ending: bool = True, paid_ending: str | None = None,
) -> list[Event]:  # fmt: skip
    """The events that bring a case from its state to where the registers say it stands.

    Only what the registers say anew counts: a step the desk took since stays. A closed case that the platform has open
    again, or closed with another outcome, is reopened first; one that exports closed closes again where the platform has it
    stand somewhere at a later time, so that it does not matter which of its rows came first.

    Args:
        before: the registers when the case was last brought up to date; None the first time.
        refund_minor: what this change books; a refund always has its event.
        is_desks_ending: the desk closed the case, not an export.
        paid_ending: the outcome of a case under which money went back before; it stays where the platform says that the case
            came to nothing.
    """
    standing = registers.standing[1] if registers.standing else None
    if standing is not None and paid_ending and denies_money(registers):
        standing = standing._replace(outcome=paid_ending)
    fault = (
        registers.fault[1]
        if registers.fault and (before is None or before.fault is None or before.fault[1] != registers.fault[1])
        else state.fault
    )
    events: list[Event] = []
    if standing is not None and has_moved(registers, before):
        events = _moves(state, standing, fault, at, actor, _note(registers), is_desks_ending=is_desks_ending)
    if not events and not is_desks_ending and _closes_later(state, registers):
        assert standing is not None, "a case that closes later stands somewhere"
        events = [
            _event(state, "close", CLOSED, state.waiting_on, fault, standing.outcome, at, actor, _note(registers))
        ]
    if not events and (fault != state.fault or refund_minor):
        events = [
            _event(state, REPORTED, state.stage, state.waiting_on, fault, state.outcome, at, actor, _note(registers))
        ]
    if refund_minor:
        events[-1] = events[-1]._replace(refund_minor=refund_minor)
    return events


def _closes_later(state: State, registers: Registers) -> bool:
    """Whether a closed case, which the platform has closed too, was closed at a later time than its history says."""
    is_closed = registers.standing is not None and registers.standing[1].stage == CLOSED
    return is_closed and state.closed_at is not None and registers.stood_at > state.closed_at


def _moves(
    state: State, to: Standing, fault: str, at: int, actor: str, note: str, *, is_desks_ending: bool
) -> list[Event]:
    waiting = to.waiting_on or WAITED_FOR.get(to.stage, "us")
    is_same = state.outcome == to.outcome or (
        is_desks_ending and state.outcome in WITH_MONEY and to.outcome in WITH_MONEY
    )
    if state.stage == CLOSED and (to.stage != CLOSED or not is_same):
        stage = "negotiating" if to.stage == CLOSED else to.stage
        event = _event(state, "reopen", stage, waiting, fault, None, at, actor, note)
        again = _moves(applied(state, event), to, fault, at, actor, note, is_desks_ending=is_desks_ending)
        return [event, *again]
    if state.stage == to.stage and (to.stage == CLOSED or state.waiting_on == waiting):
        return []
    action = "close" if to.stage == CLOSED else REPORTED
    return [_event(state, action, to.stage, waiting, fault, to.outcome, at, actor, note)]


def _event(
    state: State, action: str, stage: str, waiting: str, fault: str, outcome: str | None, at: int, actor: str, note: str
) -> Event:
    reason = note if action == "reopen" else ""
    return Event(state.version + 1, at, actor, action, stage, waiting, fault, outcome, reason=reason, note=note)
