"""What several exports say of one order, and what that comes to.

An order is what the newest of its statements says, completed with what only older ones know. That depends on the
statements alone, so files may arrive in any order, in pieces and repeatedly. Statements that can add nothing are forgotten.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
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

    Without a `state` the parts are lines or refunds whose order stands in another file. `shipped`: the goods left.
    """

    source: Source | None
    state: OrderState | None
    shipped: bool
    parts: tuple[Part, ...] = ()


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


def text_of(statements: Sequence[Statement]) -> str:
    """Statements as they are stored."""
    return json.dumps(statements, ensure_ascii=False, separators=(",", ":"))


def statements_of(text: str) -> list[Statement]:
    """The statements of such a text."""
    return [
        Statement(
            Source(*source) if source else None,
            OrderState._make(state) if state else None,
            shipped,
            tuple(_part(*part) for part in parts),
        )
        for source, state, shipped, parts in json.loads(text)
    ]


def _part(
    kind: str, key: str, at: int, shipped: bool, row_hash: int, told: list[Any], line: list[Any] | None, *rest: Any
) -> Part:
    return Part(kind, key, at, shipped, row_hash, tuple(told), None if line is None else tuple(line), *rest)
