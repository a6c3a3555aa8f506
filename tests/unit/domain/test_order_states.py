"""Lines of an order after a newer state of them."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from shopcare.domain.order_states import LineState, replaced_lines, same_lines

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
