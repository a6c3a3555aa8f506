"""What an after-sales case is and how it may move: four axes, one transition table, one event per change.

The truth of a case is its list of events; each event carries the whole state after it, so `replay` gives the row of the
table again. Nothing here knows money or units: those rules are in `refundable`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple, get_args

from shopcare.errors import EXIT_USAGE, ShopcareError

Kind = Literal[
    "refund_only", "return_refund", "exchange", "reship", "repair", "price_protection", "complaint", "inquiry"
]  # fmt: skip
Stage = Literal[
    "requested", "negotiating", "approved", "awaiting_return", "return_in_transit", "received", "settling",
    "awaiting_reship", "reship_in_transit", "awaiting_confirm", "rejected", "disputed", "closed",
]  # fmt: skip
Outcome = Literal[
    "refunded", "partly_refunded", "exchanged", "reshipped", "repaired", "compensated", "explained", "rejected",
    "withdrawn", "expired", "platform_for_buyer", "platform_for_seller",
]  # fmt: skip
WaitingOn = Literal["us", "buyer", "platform", "carrier", "supplier"]
Fault = Literal["seller", "buyer", "both", "platform", "promoter", "unknown"]
#: What `case move` takes; closing has its own command, because it needs an outcome.
Move = Literal[
    "negotiate", "approve", "await_return", "send_back", "receive", "settle", "await_reship", "reship", "deliver",
    "reject", "dispute", "reopen", "wait", "note",
]  # fmt: skip

KINDS: tuple[str, ...] = get_args(Kind)
STAGES: tuple[str, ...] = get_args(Stage)
OUTCOMES: tuple[str, ...] = get_args(Outcome)
WAITING_ON: tuple[str, ...] = get_args(WaitingOn)
FAULTS: tuple[str, ...] = get_args(Fault)
MOVES: tuple[str, ...] = get_args(Move)

CLOSED = "closed"
OPEN_STAGES = STAGES[:-1]

#: Kinds in which the buyer's goods travel back, and kinds in which goods travel to the buyer once more.
RETURNING = frozenset({"return_refund", "exchange", "repair"})
RESHIPPING = frozenset({"exchange", "reship", "repair"})
#: Kinds that ask for the money of the order itself, so the order must have been paid.
MONEY_KINDS = frozenset({"refund_only", "return_refund", "price_protection"})
#: Kinds that need no shipped goods. Every other kind is about something the buyer holds.
UNSHIPPED_KINDS = frozenset({"refund_only", "price_protection", "complaint", "inquiry"})

#: Outcomes that never carry money, and among them those under which the whole case must have paid nothing.
WITHOUT_MONEY = frozenset({"explained", "rejected", "withdrawn", "expired", "platform_for_seller"})
NEVER_PAID = frozenset({"rejected", "withdrawn", "expired"})
#: The buyer's side gave the case up; not possible once goods or money have moved.
GIVEN_UP = frozenset({"withdrawn", "expired"})
#: Outcomes that say money went back, so an amount is part of them.
WITH_MONEY = frozenset({"refunded", "partly_refunded"})

_STEPS: dict[str, tuple[tuple[str, ...], str]] = {
    "negotiate": (("requested", "approved", "received", "rejected", "disputed"), "negotiating"),
    "approve": (("requested", "negotiating", "rejected", "disputed"), "approved"),
    "await_return": (("requested", "negotiating", "approved", "disputed"), "awaiting_return"),
    "send_back": (("approved", "awaiting_return"), "return_in_transit"),
    "receive": (("approved", "awaiting_return", "return_in_transit"), "received"),
    "settle": (("approved", "received", "disputed"), "settling"),
    "await_reship": (("approved", "received", "disputed"), "awaiting_reship"),
    "reship": (("approved", "received", "awaiting_reship"), "reship_in_transit"),
    "deliver": (("reship_in_transit",), "awaiting_confirm"),
    "reject": (("requested", "negotiating", "approved", "awaiting_return", "received", "disputed"), "rejected"),
    "dispute": (tuple(stage for stage in OPEN_STAGES if stage != "disputed"), "disputed"),
    "close": (OPEN_STAGES, CLOSED),
    "reopen": ((CLOSED,), "negotiating"),
}

#: (stage, action) → stage. A pair that is not here is refused. The specification is the table in docs/cases.md.
TRANSITIONS: dict[tuple[str, str], str] = {
    **{(stage, action): target for action, (stages, target) in _STEPS.items() for stage in stages},
    **{(stage, "wait"): stage for stage in OPEN_STAGES},
    **{(stage, "note"): stage for stage in STAGES},
}
ACTIONS = (*_STEPS, "wait", "note")

#: Who is usually waited for once a stage is reached; `--waiting-on` says otherwise. A closed case keeps its last word.
WAITED_FOR = {
    "requested": "us", "negotiating": "buyer", "approved": "us", "awaiting_return": "buyer", "return_in_transit": "us",
    "received": "us", "settling": "us", "awaiting_reship": "us", "reship_in_transit": "carrier",
    "awaiting_confirm": "buyer", "rejected": "buyer", "disputed": "platform",
}  # fmt: skip

_GOODS_ACTIONS = {
    "await_return": RETURNING, "send_back": RETURNING, "receive": RETURNING,
    "await_reship": RESHIPPING, "reship": RESHIPPING, "deliver": RESHIPPING,
}  # fmt: skip


class CaseClosed(ShopcareError):
    """A closed case neither closes again nor moves: exit 5."""

    code = "case.closed"
    sentence = "Case {case} is already closed: {outcome} on {closed_on}."
    hint = "Open it again first: `shopcare case move {case} reopen --reason TEXT`."


class ActionRefused(ShopcareError):
    """The transition table does not know this action in this stage: exit 5."""

    code = "case.action_refused"
    sentence = "Case {case} is in stage {stage}; '{action}' is not possible there."
    hint = "Possible now: {allowed}."


class ActionForOtherKind(ShopcareError):
    """Goods would travel in a case whose kind has none travelling that way: exit 5."""

    code = "case.action_for_other_kind"
    sentence = "Case {case} is of kind {kind}; '{action}' belongs to {kinds}."
    hint = "Close it and open a case of the right kind."


class OptionMissing(ShopcareError):
    """The step needs something the call does not give: exit 2."""

    code, exit_code = "case.option_missing", EXIT_USAGE
    sentence = "'{step}' needs {option}."
    hint = "Add {option}; `shopcare case {command} --help` shows how."


class GivingUpRefused(ShopcareError):
    """A case in which goods came back or money was paid cannot end as if nothing had happened: exit 5."""

    code = "case.already_moved"
    sentence = "Case {case} cannot end as {outcome}: {received} units came back and {paid} {currency} was refunded."
    hint = "Close it with the outcome that really came of it."


class OutcomeWithoutMoney(ShopcareError):
    """This outcome says that no money went back, so a refund beside it contradicts it: exit 5."""

    code = "case.outcome_without_money"
    sentence = "The outcome {outcome} carries no refund."
    hint = "Leave out --refund and --freight, or choose another outcome."


class CaseStale(ShopcareError):
    """Somebody else changed the case since it was read: exit 5."""

    code = "case.stale"
    sentence = "Case {case} is at version {version} now, not {expected}: somebody changed it."
    hint = "Look at it again: `shopcare case show {case}`."


class StepTooEarly(ShopcareError):
    """The time given lies before something that has already happened to the case: exit 5."""

    code = "case.too_early"
    sentence = "Case {case} was last changed after the time of this step."
    hint = "Leave out --now and SHOPCARE_NOW, or give a later time."


class NotShipped(ShopcareError):
    """Nothing of the order was shipped, so there is nothing to send back, exchange or repair: exit 5."""

    code = "case.not_shipped"
    sentence = "Order {order} is {status} and was not shipped; a case of kind {kind} needs shipped goods."
    hint = "Possible before shipping: {allowed}."


class NotPaid(ShopcareError):
    """The order was never paid, so there is no money to give back: exit 5."""

    code = "case.not_paid"
    sentence = "Order {order} was not paid; a case of kind {kind} asks for money back."
    hint = "If it was paid since, import a newer export first: `shopcare import orders FILE`."


class State(NamedTuple):
    """The moving part of a case.

    `outcome` and `closed_at` are known exactly while the stage is closed. `version` is the number of events so far.
    """

    stage: str
    waiting_on: str
    fault: str
    outcome: str | None
    opened_at: int
    closed_at: int | None
    reopened_count: int
    version: int


class Event(NamedTuple):
    """One change of a case with the whole state after it. `refund_minor` is what was refunded by this very event."""

    seq: int
    at: int
    actor: str
    action: str
    stage: str
    waiting_on: str
    fault: str
    outcome: str | None = None
    reason: str = ""
    refund_minor: int | None = None
    note: str = ""


class Step(NamedTuple):
    """What somebody wants to happen to a case. Empty texts and None leave things as they are."""

    action: str
    waiting_on: str | None = None
    fault: str | None = None
    outcome: str | None = None
    reason: str = ""
    note: str = ""


class Standing(NamedTuple):
    """A case as it stands: its printed name, kind and state, and what has already moved because of it."""

    name: str
    kind: str
    state: State
    changed_at: int = 0
    received_units: int = 0
    paid_minor: int = 0
    paid_text: str = "0"
    currency: str = ""
    closed_on: str = ""


def allowed_actions(stage: str, kind: str) -> list[str]:
    """The actions a case of this kind may take in this stage, in the order of `ACTIONS`."""
    return [
        action for action in ACTIONS if (stage, action) in TRANSITIONS and kind in _GOODS_ACTIONS.get(action, KINDS)
    ]


def opened(at: int, actor: str, reason: str, *, waiting_on: str | None, fault: str, note: str = "") -> Event:
    """The first event of a case."""
    stage = "requested"
    return Event(1, at, actor, "open", stage, waiting_on or WAITED_FOR[stage], fault, reason=reason, note=note)


def moved(standing: Standing, step: Step, at: int, actor: str) -> Event:
    """The event that follows from a step, decided by the transition table and the rules on reasons.

    Raises:
        CaseClosed, ActionRefused, ActionForOtherKind: the step is not possible now.
        OptionMissing: a refusal without a reason, a note without text, a wait without whom.
        GivingUpRefused: withdrawn or expired after goods or money moved; rejected after money moved.
        StepTooEarly: the step lies before the last one.
    """
    stage = _target(standing, step.action)
    if at < standing.changed_at:
        raise StepTooEarly(case=standing.name)
    _check_words(step)
    if step.action == "close":
        _check_outcome(standing, step.outcome)
    state = standing.state
    usual = WAITED_FOR.get(stage, state.waiting_on) if stage != state.stage else state.waiting_on
    return Event(
        seq=state.version + 1, at=at, actor=actor, action=step.action, stage=stage,
        waiting_on=step.waiting_on or usual, fault=step.fault or state.fault,
        outcome=step.outcome if step.action == "close" else (state.outcome if stage == CLOSED else None),
        reason=step.reason, note=step.note,
    )  # fmt: skip


def _target(standing: Standing, action: str) -> str:
    stage, kind = standing.state.stage, standing.kind
    target = TRANSITIONS.get((stage, action))
    if target is None and stage == CLOSED:
        raise CaseClosed(case=standing.name, outcome=standing.state.outcome, closed_on=standing.closed_on)
    if target is None:
        allowed = ", ".join(allowed_actions(stage, kind))
        raise ActionRefused(case=standing.name, stage=stage, action=action, allowed=allowed)
    kinds = _GOODS_ACTIONS.get(action)
    if kinds is not None and kind not in kinds:
        raise ActionForOtherKind(
            case=standing.name, kind=kind, action=action, kinds=", ".join(word for word in KINDS if word in kinds)
        )
    return target


def _check_words(step: Step) -> None:
    """A refusal and a reopening say why, a note says something, a wait says for whom."""
    needs_reason = step.action in {"reject", "reopen"} or step.outcome == "rejected"
    command = "close" if step.action == "close" else "move"
    name = step.outcome or step.action
    if needs_reason and not step.reason:
        raise OptionMissing(step=name, option="--reason", command=command)
    if step.action == "note" and not step.note:
        raise OptionMissing(step=name, option="--note", command=command)
    if step.action == "wait" and step.waiting_on is None:
        raise OptionMissing(step=name, option="--waiting-on", command=command)


def _check_outcome(standing: Standing, outcome: str | None) -> None:
    assert outcome in OUTCOMES, "closing needs an outcome"
    gave_up = outcome in GIVEN_UP and standing.received_units > 0
    if gave_up or (outcome in NEVER_PAID and standing.paid_minor > 0):
        raise GivingUpRefused(
            case=standing.name, outcome=outcome, received=standing.received_units, paid=standing.paid_text,
            currency=standing.currency,
        )  # fmt: skip


def check_kind(kind: str, order: str, status: str, *, shipped: bool, paid: bool) -> None:
    """Refuse a case that the order cannot have.

    Raises:
        NotPaid: a kind that asks for money, on an order without any.
        NotShipped: a kind about goods the buyer holds, on an order known not to be shipped.
    """
    if kind in MONEY_KINDS and not paid:
        raise NotPaid(order=order, kind=kind)
    if kind not in UNSHIPPED_KINDS and not shipped:
        allowed = ", ".join(word for word in KINDS if word in UNSHIPPED_KINDS)
        raise NotShipped(order=order, status=status, kind=kind, allowed=allowed)


def is_shipped(status: str, shipped_at: int | None, completed_at: int | None) -> bool:
    """Whether the buyer may hold goods: false only where the export says that the order never left."""
    return shipped_at is not None or completed_at is not None or status not in {"unpaid", "paid", "cancelled"}


def check_version(name: str, version: int, expected: int | None) -> None:
    """Refuse a write that was decided on an older version of the case.

    Raises:
        CaseStale: the versions differ.
    """
    if expected is not None and expected != version:
        raise CaseStale(case=name, version=version, expected=expected)


def applied(state: State | None, event: Event) -> State:
    """The state after one more event."""
    if state is None:
        assert (event.seq, event.action) == (1, "open"), "a case begins by being opened"
        return State(event.stage, event.waiting_on, event.fault, None, event.at, None, 0, 1)
    assert event.seq == state.version + 1, "events follow each other without a gap"
    closed_at = state.closed_at if event.stage == CLOSED else None
    return state._replace(
        stage=event.stage, waiting_on=event.waiting_on, fault=event.fault, outcome=event.outcome,
        closed_at=event.at if event.action == "close" else closed_at,
        reopened_count=state.reopened_count + (event.action == "reopen"), version=event.seq,
    )  # fmt: skip


def replay(events: Iterable[Event]) -> State:
    """The state a case must be in after these events, oldest first.

    Raises:
        ValueError: no events.
    """
    state: State | None = None
    for event in events:
        state = applied(state, event)
    if state is None:
        raise ValueError("a case has at least one event")
    return state
