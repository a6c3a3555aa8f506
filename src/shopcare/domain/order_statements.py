"""What several exports say of one order, and what that comes to.

An order is what the newest of its statements says, completed with what only older ones know. That depends on the
statements alone, so files may arrive in any order, in pieces and repeatedly. Statements that can add nothing are forgotten.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from shopcare.domain.order_parts import Part
from shopcare.domain.order_states import OrderState, completed, says_more

_REFUNDED = OrderState._fields.index("refunded_reported_minor")


class Source(NamedTuple):
    """The export that rows belong to: rows of one source make up an order together.

    `stamp` is the export's date, 0 if nothing says it. Rows with an id of their own are told apart whatever export
    they are from: their source has stamp -1.
    """

    format: str
    stamp: int


class Statement(NamedTuple):
    """What an export says of an order: `state`, made up of `parts` where its money is spread over rows.

    Without a `state` the parts are lines or refunds whose order stands in another file, and `buyer` whose they are: the value
    of an identity, and how people see it. `shipped`: the goods left.
    """

    source: Source | None
    state: OrderState | None
    shipped: bool
    parts: tuple[Part, ...] = ()
    buyer: tuple[str, str] = ("", "")


def settled(statements: Sequence[Statement]) -> OrderState | None:
    """What an order is; None if none of the statements says."""
    states = [state for _age, state in _by_age(statements)]
    return OrderState._make(completed(states, _REFUNDED)) if states else None


def was_shipped(statements: Sequence[Statement]) -> bool:
    """Whether the newest statement says that the goods left."""
    newest = max(statements, key=_age, default=None)
    return newest is not None and newest.shipped


def still_needed(statements: Sequence[Statement]) -> list[Statement]:
    """The statements without those that can add nothing, whatever else arrives: the newest, and what says more."""
    kept: list[Statement] = []
    newest_at = 0
    for statement in sorted(statements, key=_age, reverse=True):
        state = statement.state
        if state is None:
            if not _is_over(statement, newest_at):
                kept.append(statement)
            continue
        newer = [each.state for each in kept if each.state is not None]
        if (
            not newer
            or says_more(state, newer)
            or (statement.parts and statement.source is not None and statement.source.stamp < 0)
        ):
            kept.append(statement)
            newest_at = newest_at or state.exported_at
    return kept


def _is_over(statement: Statement, newest_at: int) -> bool:
    """Whether rows without their order are of a dated export that a newer one has replaced."""
    return statement.source is not None and 0 < statement.source.stamp < newest_at


def _age(statement: Statement) -> tuple[Any, ...]:
    """Newest last; those that say nothing of the order itself first."""
    state = statement.state
    return (0, *state.age) if state is not None else (-1, repr(statement.source))


def _by_age(statements: Sequence[Statement]) -> list[tuple[Any, OrderState]]:
    states = [statement.state for statement in statements if statement.state is not None]
    return sorted(((state.age, state) for state in states), key=lambda pair: pair[0], reverse=True)


def same(one: Sequence[Statement], other: Sequence[Statement]) -> bool:
    """Whether two sets of statements are of the same rows."""
    return sorted(map(_mark, one)) == sorted(map(_mark, other))


def _mark(statement: Statement) -> str:
    rows = [(part.key, part.at, part.row_hash, part.older) for part in statement.parts]
    return repr((statement.source, statement.state, statement.shipped, rows, statement.buyer))


# --- as they are stored ----------------------------------------------------------------------------------------------
# The order's row and its lines are not said again: a state that is the row is ROW, a row of the file says only what it says
# otherwise than its statement (by place), and a line of the order is its number.

ROW = 0
Line = tuple[Any, ...]


def text_of(statements: Sequence[Statement], row: OrderState | None = None, lines: Sequence[Line] = ()) -> str:
    """Statements as they are stored, of an order with this row and these lines, numbered from 1."""
    numbers = {line: number for number, line in enumerate(lines, 1)}
    return json.dumps(
        [
            (
                source,
                ROW if state is not None and state == row else state,
                shipped,
                [_stored(part, state, numbers) for part in parts],
                *([buyer] if buyer[0] else []),
            )
            for source, state, shipped, parts, buyer in statements
        ],
        ensure_ascii=False,
        separators=(",", ":"),
    )


def _stored(part: Part, state: OrderState | None, numbers: Mapping[Line, int]) -> list[Any]:
    kind, key, at, shipped, row_hash, told, line, older, currency = part
    said: Any = told
    if state is not None and told:
        said = {place: value for place, value in enumerate(told) if value != state[place + 1]}
        at = at - state.exported_at
    stored = [kind, key, at, shipped, row_hash, said, numbers.get(line, line) if line is not None else None]
    return [*stored, older, currency] if older or currency else stored


def statements_of(
    text: str, row: OrderState | None = None, lines: Mapping[int, Line] = MappingProxyType({})
) -> list[Statement]:
    """The statements of such a text, with the order's row and its lines by number."""
    return [
        _statement(Source(*source) if source else None, row if state == ROW else state, shipped, parts, lines, *buyer)
        for source, state, shipped, parts, *buyer in json.loads(text)
    ]


def buyer_in(text: str, source: Source) -> tuple[str, str]:
    """Whose the rows of a source are that wait for their order, according to such a text; empty if nothing says so."""
    waiting = (buyer for of, state, _shipped, _parts, *buyer in json.loads(text) if state is None and of == [*source])
    return next(((value, display) for found in waiting for value, display in found), ("", ""))


def _statement(
    source: Source | None, state: Sequence[Any] | None, shipped: bool, parts: Sequence[Any], lines: Mapping[int, Line],
    buyer: Sequence[str] = ("", ""),
) -> Statement:  # fmt: skip
    said = OrderState._make(state) if state is not None else None
    return Statement(source, said, shipped, tuple(_part(said, lines, *part) for part in parts), (buyer[0], buyer[1]))


def _part(
    state: OrderState | None, lines: Mapping[int, Line], kind: str, key: str, at: int, shipped: bool, row_hash: int, said: Any,
    line: Any, *rest: Any,
) -> Part:  # fmt: skip
    told = tuple(said)
    if isinstance(said, dict):
        assert state is not None
        told = tuple(said.get(str(place), value) for place, value in enumerate(state[1:-2]))
        at += state.exported_at
    found = lines[line] if isinstance(line, int) else line and tuple(line)
    return Part(kind, key, at, shipped, row_hash, told, found, *rest)
