"""The stage machine of a case, against the table printed in docs/cases.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from shopcare.domain.cases import (
    ACTIONS,
    KINDS,
    MOVES,
    OUTCOMES,
    STAGES,
    TRANSITIONS,
    WAITED_FOR,
    WAITING_ON,
    ActionForOtherKind,
    ActionRefused,
    CaseClosed,
    CaseStale,
    GivingUpRefused,
    NotPaid,
    NotShipped,
    OptionMissing,
    Standing,
    State,
    Step,
    allowed_actions,
    applied,
    check_kind,
    check_version,
    is_shipped,
    moved,
    opened,
    replay,
)
from shopcare.errors import ShopcareError

DOCUMENT = Path(__file__).parents[2] / "docs" / "cases.md"


def specification() -> set[tuple[str, str, str]]:
    """The hand-typed table of docs/cases.md as (stage, action, stage)."""
    block = DOCUMENT.read_text(encoding="utf-8").split("```transitions\n")[1].split("```")[0]
    rows = (line.replace("->", " ").split() for line in block.splitlines() if line.strip())
    return {(stage, action, target) for stage, action, target in rows}


def documented_axes() -> dict[str, tuple[str, ...]]:
    """The words of the table of axes in docs/cases.md."""
    section = DOCUMENT.read_text(encoding="utf-8").split("## Four axes")[1].split("##")[0]
    table = (line.split("|")[1:3] for line in section.splitlines() if line.startswith("| "))
    return {name.strip(): tuple(words.strip().split(", ")) for name, words in table}


def test_the_axes_are_the_documented_ones() -> None:
    """Every word of kind, stage, outcome and waiting on stands in docs/cases.md, in the same order."""
    axes = documented_axes()
    assert (axes["kind"], axes["stage"], axes["outcome"], axes["waiting on"]) == (KINDS, STAGES, OUTCOMES, WAITING_ON)


def standing(stage: str = "requested", kind: str = "exchange", **more: object) -> Standing:
    """A case in that stage, seven events old."""
    closed = stage == "closed"
    state = State(stage, "supplier", "both", "explained" if closed else None, 100, 150 if closed else None, 1, 7)
    return Standing("A1", kind, state)._replace(**more)


def full(action: str) -> Step:
    """A step that lacks nothing."""
    outcome = "explained" if action == "close" else None
    return Step(action, waiting_on="buyer", outcome=outcome, reason="because", note="seen")


def test_transitions_equal_the_specification() -> None:
    """docs/cases.md decides; the code only agrees."""
    assert {(stage, action, target) for (stage, action), target in TRANSITIONS.items()} == specification()


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("stage", STAGES)
def test_every_pair_is_followed_or_refused(stage: str, action: str) -> None:
    """No pair of stage and action leads anywhere but where the specification says."""
    targets = {target for row, step, target in specification() if (row, step) == (stage, action)}
    if targets:
        assert {moved(standing(stage), full(action), 200, "ann").stage} == targets
    else:
        with pytest.raises((ActionRefused, CaseClosed)):
            moved(standing(stage), full(action), 200, "ann")


def test_every_action_but_closing_is_a_move() -> None:
    """The words `case move` takes are the actions of the table; closing has its own command."""
    assert {*MOVES, "close"} == set(ACTIONS) == {action for _, action, _ in specification()}


def test_every_stage_can_be_reached_and_closed() -> None:
    """No stage is a dead word: each is reached from the first one, and each open one closes."""
    reached, frontier = {"requested"}, ["requested"]
    while frontier:
        here = frontier.pop()
        following = {target for (stage, _), target in TRANSITIONS.items() if stage == here} - reached
        reached |= following
        frontier += following
    assert reached == set(STAGES)
    assert all(TRANSITIONS[stage, "close"] == "closed" for stage in STAGES if stage != "closed")
    assert set(WAITED_FOR) == set(STAGES) - {"closed"}
    assert set(WAITED_FOR.values()) <= set(WAITING_ON)


@pytest.mark.parametrize("kind", KINDS)
def test_goods_travel_only_in_kinds_that_have_them(kind: str) -> None:
    """A refund without goods cannot be received; a return cannot be shipped out again."""
    allowed = set(allowed_actions("approved", kind))
    assert ("receive" in allowed) == (kind in {"return_refund", "exchange", "repair"})
    assert ("reship" in allowed) == (kind in {"exchange", "reship", "repair"})
    for action in {"receive", "reship"} - allowed:
        with pytest.raises(ActionForOtherKind, match=kind) as refusal:
            moved(standing("approved", kind), Step(action), 200, "ann")
        kinds = str(refusal.value.context["kinds"]).split(", ")
        assert len(kinds) == 3
        assert kind not in kinds


def test_closing_twice_is_refused_and_says_how_it_ended() -> None:
    """The refusal names the outcome and the way to open the case again."""
    with pytest.raises(CaseClosed, match="already closed: explained") as refusal:
        moved(standing("closed"), full("close"), 200, "ann")
    assert (refusal.value.code, refusal.value.exit_code) == ("case.closed", 5)


def test_a_note_on_a_closed_case_leaves_its_closing_alone() -> None:
    """Writing something down later moves neither outcome nor closing time."""
    case = standing("closed")
    after = applied(case.state, moved(case, Step("note", note="rang back"), 900, "ann"))
    assert (after.stage, after.outcome, after.closed_at, after.version) == ("closed", "explained", 150, 8)


def test_reopening_counts_and_clears_the_closing() -> None:
    """A reopened case is open in every respect, and remembers how often."""
    case = standing("closed")
    after = applied(case.state, moved(case, Step("reopen", reason="came back"), 900, "ann"))
    assert (after.stage, after.outcome, after.closed_at, after.reopened_count) == ("negotiating", None, None, 2)


def test_whose_turn_it_is_follows_the_stage_unless_said() -> None:
    """A new stage brings its usual party, a step that stays keeps the last one, and the option beats both."""
    assert moved(standing(), Step("dispute"), 200, "ann").waiting_on == "platform"
    assert moved(standing(), Step("dispute", waiting_on="carrier"), 200, "ann").waiting_on == "carrier"
    assert moved(standing(), Step("note", note="x"), 200, "ann").waiting_on == "supplier"
    assert moved(standing(), full("close"), 200, "ann").waiting_on == "buyer"


@pytest.mark.parametrize(
    ("step", "option"),
    [
        (Step("reject"), "--reason"),
        (Step("close", outcome="rejected"), "--reason"),
        (Step("note"), "--note"),
        (Step("wait"), "--waiting-on"),
    ],
)
def test_steps_that_need_words_are_refused_without(step: Step, option: str) -> None:
    """The refusal names the option that is missing and counts as a usage error."""
    with pytest.raises(OptionMissing, match=option) as refusal:
        moved(standing(), step, 200, "ann")
    assert refusal.value.exit_code == 2


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_nothing_ends_as_if_nothing_had_happened(outcome: str) -> None:
    """Withdrawn and expired need that nothing moved, rejected that nothing was paid; all others do not care."""
    step = Step("close", outcome=outcome, reason="x")
    refused_when_paid = outcome in {"rejected", "withdrawn", "expired"}
    refused_when_received = outcome in {"withdrawn", "expired"}
    for case, refused in (
        (standing(paid_minor=1), refused_when_paid),
        (standing(received_units=1), refused_when_received),
        (standing(), False),
    ):
        if refused:
            with pytest.raises(GivingUpRefused):
                moved(case, step, 200, "ann")
        else:
            assert moved(case, step, 200, "ann").outcome == outcome


@pytest.mark.parametrize("kind", KINDS)
def test_an_order_that_never_left_has_only_cases_about_money_and_words(kind: str) -> None:
    """Nothing can come back, be exchanged or be repaired before it was shipped; nothing unpaid is refunded."""
    before_shipping = {"refund_only", "price_protection", "complaint", "inquiry"}
    if kind in before_shipping:
        check_kind(kind, "1", "paid", shipped=False, paid=True)
    else:
        with pytest.raises(NotShipped):
            check_kind(kind, "1", "paid", shipped=False, paid=True)
    if kind in {"refund_only", "return_refund", "price_protection"}:
        with pytest.raises(NotPaid):
            check_kind(kind, "1", "completed", shipped=True, paid=False)
    else:
        check_kind(kind, "1", "completed", shipped=True, paid=False)


def test_an_order_counts_as_shipped_unless_the_export_says_otherwise() -> None:
    """Only an order that is unpaid, paid or cancelled and has no shipping time is known never to have left."""
    assert not any(is_shipped(status, None, None) for status in ("unpaid", "paid", "cancelled"))
    assert all(is_shipped(status, None, None) for status in ("shipped", "completed", "closed", "refunded", "unknown"))
    assert is_shipped("paid", 1, None)
    assert is_shipped("paid", None, 1)


def test_a_stale_version_is_refused() -> None:
    """A step decided on version 3 is not taken on version 4; without an expectation every version is right."""
    check_version("A1", 4, 4)
    check_version("A1", 4, None)
    with pytest.raises(CaseStale, match="version 4 now, not 3"):
        check_version("A1", 4, 3)


def test_replaying_no_events_is_an_error() -> None:
    """A case without any event does not exist."""
    with pytest.raises(ValueError, match="at least one"):
        replay([])


def test_opening_sets_every_axis() -> None:
    """A new case is requested, ours to answer, without outcome."""
    state = replay([opened(100, "ann", "broken", waiting_on=None, fault="unknown")])
    assert state == State("requested", "us", "unknown", None, 100, None, 0, 1)


def test_every_refusal_has_its_own_code_and_full_texts() -> None:
    """Codes are unique, so a script can tell refusals apart."""
    from shopcare.domain import cases, claims, refundable

    refusals = [
        kind
        for module in (cases, claims, refundable)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, ShopcareError) and kind.__module__ == module.__name__
    ]
    assert len({kind.code for kind in refusals}) == len(refusals)
    assert all(kind.sentence.endswith(".") and kind.hint for kind in refusals)
