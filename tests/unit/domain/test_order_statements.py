"""What several exports of an order come to depends on what they state, never on the order in which they come."""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

from hypothesis import given
from hypothesis import strategies as st

from shopcare.domain.order_parts import SALE, Part, Rules, key_of, together, united
from shopcare.domain.order_statements import (
    Source,
    Statement,
    settled,
    statements_of,
    still_needed,
    text_of,
    was_shipped,
)
from shopcare.domain.order_states import OrderState
from shopcare.domain.orders import STATUS_RANKS

OPTIONAL = st.one_of(st.none(), st.integers(0, 3))
RULES = Rules(frozenset({"paid", "refunded"}), (), frozenset({"refunded"}))


@st.composite
def states(draw: st.DrawFn) -> OrderState:
    """A state over few values, so that ties are common; states that differ have different hashes, as of files."""
    status = draw(st.sampled_from(sorted(STATUS_RANKS)))
    told = (
        draw(OPTIONAL), status, status, STATUS_RANKS[status], "CNY", draw(OPTIONAL), draw(st.integers(3, 5)), draw(OPTIONAL),
        draw(OPTIONAL), draw(st.one_of(st.none(), st.integers(0, 5))), 1, 1, 1, draw(OPTIONAL), draw(OPTIONAL), draw(OPTIONAL),
        None, None, None,
    )  # fmt: skip
    return OrderState(*told, exported_at=draw(st.integers(0, 3)), row_hash=crc32(repr(told).encode()))


STATEMENTS = st.lists(
    states().map(lambda state: Statement(None, state, state.row_hash % 2 == 0)), min_size=1, max_size=5
)


def imported(statements: Sequence[Statement]) -> list[Statement]:
    """What is kept when statements come one by one and each time what can add nothing is forgotten."""
    kept: list[Statement] = []
    for statement in statements:
        kept = still_needed([*kept, statement])
    return kept


@given(STATEMENTS, st.data())
def test_statements_in_any_order_and_repeatedly_come_to_the_same(
    statements: list[Statement], data: st.DataObject
) -> None:
    """One by one in any order, some twice, forgetting as one goes: what all of them together come to."""
    mixed = data.draw(st.permutations(statements))
    again = data.draw(st.lists(st.sampled_from(statements), max_size=2))
    kept = imported([*mixed, *again])
    assert settled(kept) == settled(statements)
    assert was_shipped(kept) == was_shipped(statements)
    assert kept == imported(statements)


@given(STATEMENTS)
def test_the_newest_statements_own_facts_are_untouched(statements: list[Statement]) -> None:
    """What the newest states is what the order is; refunds never exceed what was paid unless it says so itself."""
    found = settled(statements)
    winner = max((each.state for each in statements if each.state), key=lambda state: state.age)
    assert found is not None
    assert all(after == before for after, before in zip(found, winner, strict=True) if before is not None)
    back, own = found.refunded_reported_minor, winner.refunded_reported_minor
    assert back == own or back is None or back <= found.paid_minor


@given(STATEMENTS)
def test_nothing_is_kept_of_what_newer_statements_say_as_well(statements: list[Statement]) -> None:
    """Every kept statement but the newest says something that no newer one does."""
    kept = still_needed(statements)
    for place, statement in enumerate(kept[1:], 1):
        newer = [each.state for each in kept[:place]]
        assert statement.state is not None
        assert any(
            value is not None and all(state is not None and state[field] is None for state in newer)
            for field, value in enumerate(statement.state)
        )


ROW = st.tuples(
    st.sampled_from("AB"), st.integers(1, 3), st.sampled_from(["paid", "shipped", "refunded"]), st.integers(3, 5), OPTIONAL,
)  # fmt: skip


def part(line_id: str, at: int, status: str, paid: int, freight: int | None) -> Part:
    """A row with an id."""
    told = (
        status, status, STATUS_RANKS[status], "CNY", None, paid, freight, None, None, 1, 1, 1, None, None, None, None, None,
        None,
    )  # fmt: skip
    line = line_id, None, None, None, 1, None, None
    return Part(SALE, key_of(SALE, line), at, False, crc32(repr((line_id, at, told)).encode()), told, line)


@given(st.lists(ROW, min_size=1, max_size=6), st.data())
def test_rows_in_any_order_make_the_same_order(
    rows: list[tuple[str, int, str, int, int | None]], data: st.DataObject
) -> None:
    """Rows with ids one by one in any order, some twice: of each id the newest, with what only replaced ones say."""
    parts = [part(*row) for row in rows]
    found = []
    for sequence in (
        parts,
        [*data.draw(st.permutations(parts)), *data.draw(st.lists(st.sampled_from(parts), max_size=2))],
    ):
        kept: list[Part] = []
        for each in sequence:
            kept = united(kept, [each], ())
        found.append((set(kept), together(kept, RULES)))
    assert found[0] == found[1]
    newest = {each.key: max((p for p in parts if p.key == each.key), key=lambda p: p.age) for each in parts}
    assert found[0][1].told.paid_minor == sum(each.told[5] for each in newest.values())


@given(STATEMENTS, st.lists(ROW, max_size=3), st.booleans())
def test_what_is_kept_reads_back_as_it_was(
    statements: list[Statement], rows: list[tuple[str, int, str, int, int | None]], is_row: bool
) -> None:
    """Statements and rows as text and back; what the order's row and lines say is not said again, and is found there."""
    parts = tuple(part(*row) for row in rows)
    spread = Statement(Source("a-format", -1), statements[0].state, True, parts)
    every = [spread, *statements, Statement(Source("a-format", 0), None, False, parts)]
    row = statements[0].state if is_row else None
    lines = [each.line for each in parts if each.line] if is_row else []
    assert statements_of(text_of(every, row, lines), row, dict(enumerate(lines, 1))) == every
