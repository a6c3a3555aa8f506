"""Points taken back for money that went back, given back when that is undone, and debts paid from new points.

A step of a wider write: everything here runs inside the caller's transaction.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from shopcare.domain.points import (
    Allocation,
    Lot,
    after,
    by_customer,
    claw,
    clawable,
    earning_base,
    pay,
    read_rule,
    take,
)
from shopcare.services.context import Context
from shopcare.store.queries import awards, points
from shopcare.store.queries.points import ClawedEntry, Entry

if TYPE_CHECKING:
    from shopcare.store.queries.awards import Earned


class Clawed(NamedTuple):
    """Points taken back, how many of them no lot could cover (debt now), and from how many orders."""

    points: int
    shortfall: int
    orders: int


class _Plan(NamedTuple):
    """A clawback before it is written: what it takes of whose lots; allocations carry no entry yet."""

    earned: Earned
    base_minor: int
    points: int
    taken: dict[int, list[Allocation]]
    missing: int

    def parts(self) -> Iterator[tuple[int, int, list[Allocation]]]:
        """(customer, points, allocations): whose lots are taken, and last who earned, with what no lot covers."""
        own = self.earned.customer_id
        for customer, taken in self.taken.items():
            if customer != own:
                yield customer, sum(part.points for part in taken), taken
        mine = self.taken.get(own, [])
        if amount := sum(part.points for part in mine) + self.missing:
            yield own, amount, mine


def clawback_for_order(conn: sqlite3.Connection, ctx: Context, order_id: int, refund_id: int) -> tuple[int, int]:
    """Take back what an order earned for money that has just gone back; call it after the refund row is written.

    Runs inside the caller's write transaction. Calling it again without a further refund takes nothing.

    Returns: the points taken back, and how many of them are debt because they were spent.
    """
    clawed = book_clawbacks(conn, ctx, awards.earned_on(conn, order_id), f"refund {refund_id}")
    return clawed.points, clawed.shortfall


def book_clawbacks(conn: sqlite3.Connection, ctx: Context, earned: Iterable[Earned], reason: str) -> Clawed:
    """Take back the points of orders that have lost worth since they earned, member by member.

    Where a member is several merged customers, each is debited for his own lots, and the one who earned for the rest.
    """
    due: dict[int, list[tuple[Earned, int, int]]] = defaultdict(list)
    for entry in earned:
        rule = read_rule(entry.rule)
        base = earning_base(entry.order, exclude_freight=rule.exclude_freight)
        if amount := claw(rule, entry.points, base, entry.clawed):
            due[entry.customer_id].append((entry, base, amount))
    if not due:
        return Clawed(0, 0, 0)
    points.set_scope(conn, due)
    persons = points.persons_in_scope(conn)
    by_person: dict[int, list[tuple[Earned, int, int]]] = defaultdict(list)
    for customer, claims in due.items():
        by_person[persons[customer]] += claims
    plans = [plan for person, lots in points.lots_in_scope(conn) for plan in _plans(ctx.now, lots, by_person[person])]
    for plan in plans:
        for customer, amount, taken in plan.parts():
            entry_id = points.add_entry(conn, _clawback_entry(ctx, plan, customer, amount, reason))
            points.add_allocations(conn, (part._replace(entry_id=entry_id) for part in taken))
    return Clawed(sum(plan.points for plan in plans), sum(plan.missing for plan in plans), len(plans))


def _plans(now: int, lots: Sequence[Lot], due: Iterable[tuple[Earned, int, int]]) -> Iterator[_Plan]:
    """Which lots of one member the clawbacks use up, one after the other."""
    for earned, base, amount in due:
        taken, missing = take(0, amount, clawable(lots, now, earned.entry_id))
        yield _Plan(earned, base, amount, by_customer(taken, lots), missing)
        lots = after(lots, taken)


def _clawback_entry(ctx: Context, plan: _Plan, customer: int, amount: int, reason: str) -> Entry:
    """The entry of a clawback on one customer.

    Its key names what is left of the order: the rest only ever falls below what was clawed for before, so no two
    clawbacks of an order share one; unless points were given back in between, which the key says too.
    """
    earned = plan.earned
    again = f":{earned.restored}" if earned.restored else ""
    other = "" if customer == earned.customer_id else f":C{customer}"
    return Entry(
        customer_id=customer,
        kind="clawback",
        points=-amount,
        order_id=earned.order_id,
        effective_at=ctx.now,
        recorded_at=ctx.now,
        source_key=f"clawback:{earned.order_id}:{plan.base_minor}{again}{other}",
        rule=earned.rule,
        reason=reason,
        actor=ctx.actor,
        reverses_id=earned.entry_id,
    )


def give_back(conn: sqlite3.Connection, ctx: Context, clawed: Iterable[ClawedEntry], reason: str) -> int:
    """Reverse clawbacks whose refunds are taken out again; the points given back.

    Nothing is taken out of the ledger: every part a clawback took from a lot comes back as a lot of the same days, and what
    it left owing is paid at once.
    """
    total = 0
    for entry in clawed:
        parts = points.parts_of(conn, entry.id)
        owed = -entry.points - sum(part.points for part in parts)
        for place, part in enumerate(parts, 1):
            points.add_lot(
                conn, _restored(conn, ctx, entry, part.points, place, reason), part.available_at, part.expires_at
            )
        if owed:
            lot_id = points.add_lot(conn, _restored(conn, ctx, entry, owed, 0, reason), ctx.now, None)
            points.add_allocations(conn, [Allocation(entry.id, lot_id, owed)])
        total -= entry.points
    return total


def _restored(conn: sqlite3.Connection, ctx: Context, entry: ClawedEntry, amount: int, part: int, reason: str) -> int:
    given = Entry(
        customer_id=entry.customer_id, kind="restore", points=amount, order_id=entry.order_id,
        effective_at=ctx.now, recorded_at=ctx.now, source_key=f"clawback:{entry.id}:{part}", rule="", reason=reason,
        actor=ctx.actor, reverses_id=entry.id,
    )  # fmt: skip
    return points.add_entry(conn, given)


def pay_debts(conn: sqlite3.Connection, ctx: Context, members: Iterable[int], first_entry_id: int) -> int:
    """Let the lots of the entries from `first_entry_id` on pay what their members owe; the points that went there.

    Members are persons or any of their customers. What one customer's lot pays of another's debt is moved first.
    """
    points.set_scope(conn, members)
    debts = points.debts_in_scope(conn)
    if not debts:
        return 0
    points.set_scope(conn, debts)
    paid: list[Allocation] = []
    for member, lots in list(points.lots_in_scope(conn)):
        usable = {lot.id: lot for lot in lots if lot.entry_id >= first_entry_id and not lot.is_expired(ctx.now)}
        owners = {debt.entry_id: debt.customer_id for debt in debts[member]}
        for part in pay(debts[member], list(usable.values())):
            lot, debtor = usable[part.lot_id], owners[part.entry_id]
            paid.append(part if lot.customer_id == debtor else _moved(conn, ctx, part, lot, debtor))
    points.add_allocations(conn, paid)
    return sum(part.points for part in paid)


def _moved(conn: sqlite3.Connection, ctx: Context, part: Allocation, lot: Lot, debtor: int) -> Allocation:
    """Move points of a lot, with their times, to another customer of the same person, to pay what he owes."""
    entries = [
        Entry(
            customer_id=customer, kind=kind, points=amount, order_id=None, effective_at=ctx.now, recorded_at=ctx.now,
            source_key=f"debt:{part.entry_id}:{lot.id}", rule="", reason="debt of a merged customer", actor=ctx.actor,
        )
        for customer, kind, amount in (
            (lot.customer_id, "transfer_out", -part.points), (debtor, "transfer_in", part.points),
        )
    ]  # fmt: skip
    out, into = (points.add_entry(conn, entry) for entry in entries)
    points.add_allocations(conn, [Allocation(out, lot.id, part.points)])
    return part._replace(lot_id=points.add_lot(conn, into, lot.available_at, lot.expires_at))
