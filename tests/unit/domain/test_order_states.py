"""Which of two states of an order is the newer one does not depend on which arrives first."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from shopcare.domain.order_states import LineState, OrderState, newest, replaced_lines, same_lines
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


def piece(sku: str, quantity: int) -> LineState:
    """A line without anything else."""
    return LineState(0, None, None, sku, None, quantity, None, None)


@given(LINES, LINES, st.sets(st.integers(1, 5)))
@example([piece("A", 1), piece("B", 1)], [piece("B", 2), piece("B", 2)], {2})
def test_newer_lines_take_the_place_of_older_ones(
    one: list[LineState], other: list[LineState], named: set[int]
) -> None:
    """What the newer state states is what there is, beside named lines that are gone; saying it again changes nothing."""
    before, stated = numbered(one), numbered(other)
    after = replaced_lines(before, stated, named)
    gone = [line for line in after if line.quantity == 0]
    assert same_lines([line for line in after if line.quantity], stated)
    assert {line.line_no for line in gone} <= named
    assert len({line.line_no for line in after}) == len(after)
    if not gone:
        assert replaced_lines(after, stated, named) == after


@given(LINES, LINES, st.sets(st.integers(1, 5)))
def test_a_named_line_keeps_its_number(one: list[LineState], other: list[LineState], named: set[int]) -> None:
    """A case finds the line it is about under the same number and with the same goods."""
    before = numbered(one)
    after = {line.line_no: line for line in replaced_lines(before, numbered(other), named)}
    assert all(after[line.line_no].sku == line.sku for line in before if line.line_no in named)


def numbered(lines: list[LineState]) -> list[LineState]:
    """Lines as a file states them."""
    return [line._replace(line_no=place) for place, line in enumerate(lines, 1)]
