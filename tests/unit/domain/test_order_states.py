"""Which of two states of an order is the newer one does not depend on which arrives first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shopcare.domain.order_states import LineState, OrderState, joined_lines, newest, same_lines
from shopcare.domain.orders import STATUS_RANKS

OPTIONAL = st.one_of(st.none(), st.integers(0, 3))


@st.composite
def states(draw: st.DrawFn) -> OrderState:
    """A state over few values, so that ties are common."""
    status = draw(st.sampled_from(sorted(STATUS_RANKS)))
    paid = draw(st.integers(3, 5))
    return OrderState(
        draw(OPTIONAL), status, status, STATUS_RANKS[status], "CNY", draw(OPTIONAL), paid, draw(OPTIONAL), draw(OPTIONAL),
        draw(OPTIONAL), 1, 1, 1, draw(OPTIONAL), draw(OPTIONAL), draw(OPTIONAL), None, None, None, draw(st.integers(0, 3)),
        draw(st.integers(0, 1 << 40)),
    )  # fmt: skip


@given(states(), states())
def test_two_states_give_one_whichever_is_first(one: OrderState, other: OrderState) -> None:
    """Commutative, and the winner's own facts are untouched."""
    if one.age == other.age:
        return
    both = newest(one, other)
    assert both == newest(other, one)
    winner = max(one, other, key=lambda state: state.age)
    assert all(after == before for after, before in zip(both, winner, strict=True) if before is not None)


@given(states(), states())
def test_a_state_again_changes_nothing(one: OrderState, other: OrderState) -> None:
    """Idempotent: repeating either state leaves the result as it is."""
    both = newest(one, other)
    assert newest(both, one) == both
    assert newest(both, other) == both


@given(states(), states())
def test_refunds_never_exceed_what_was_paid(one: OrderState, other: OrderState) -> None:
    """Filling in what only the older state knows keeps the rule of the table."""
    both = newest(one, other)
    assert both.refunded_reported_minor is None or both.refunded_reported_minor <= both.paid_minor


LINES = st.lists(
    st.builds(
        LineState,
        st.just(0),
        st.none(),
        st.none(),
        st.sampled_from(["A", "B"]),
        st.none(),
        st.integers(1, 2),
        st.none(),
        st.none(),
    ),
    max_size=5,
)


@given(LINES, LINES)
def test_lines_of_two_files_join_in_either_order(one: list[LineState], other: list[LineState]) -> None:
    """The same lines come out, twins as often as the file with more of them has them, and repeating adds nothing."""
    first = joined_lines(joined_lines([], one, replace=False), other, replace=False)
    second = joined_lines(joined_lines([], other, replace=False), one, replace=False)
    assert same_lines(first, second)
    assert joined_lines(first, one, replace=False) == first
    assert len({line.line_no for line in first}) == len(first)


@given(LINES, LINES)
def test_a_newer_state_replaces_lines_and_keeps_their_numbers(one: list[LineState], other: list[LineState]) -> None:
    """What the newer state states is what there is; a line both have keeps the number cases know it by."""
    before = joined_lines([], one, replace=False)
    after = joined_lines(before, other, replace=True)
    assert same_lines(after, other)
    numbers = {line.line_no: line.identity for line in before}
    assert all(numbers.get(line.line_no, line.identity) == line.identity for line in after)
