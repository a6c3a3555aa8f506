"""The points ledger as a state machine, against one plain integer per member.

The machine does what operators and imports do, in any order, through the services and a real store; after each step the
rows of the store are judged by definitions written out here, not by the code under test.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections import defaultdict
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from loyalty_store import DAY, T0, TZ, add_customer, add_order, add_refund, context, copied_store, shipped_settings
from shopcare.domain.clock import day_of
from shopcare.domain.points import Allocation, Debt, Lot, clawable, pay, redeemable, take
from shopcare.services import awards, points, points_reports
from shopcare.services.clawbacks import clawback_for_order
from shopcare.services.context import Context
from shopcare.services.points import InsufficientPoints
from shopcare.store.engine import writing

MEMBERS = (1, 2)
members = st.sampled_from(MEMBERS)
#: Rates of 1.1 and 1.5 points per yuan, redeemed one by one: rounding and partial lots are common.
RULES = shipped_settings(multipliers=(1100, 1500), redeem_unit=1, expiry="40d")


class Ledger(RuleBasedStateMachine):
    """Two members; amounts are small so that zero points, exact hits and shortfalls are common."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.store = copied_store(self.folder / "store.db")
        self.now = T0
        self.totals = dict.fromkeys(MEMBERS, 0)
        self.paid: dict[int, int] = {}
        self.refunded: dict[int, int] = defaultdict(int)
        self.kept: dict[int, int] = {}
        self.multiplier: dict[int, int] = {}
        self.bonuses = 0
        with writing(self.store) as conn:
            for member in MEMBERS:
                add_customer(conn, member)

    def teardown(self) -> None:
        """Remove the store."""
        shutil.rmtree(self.folder)

    def ctx(self) -> Context:
        """This instant."""
        return context(self.store, now=self.now, settings=RULES)

    @rule(days=st.sampled_from([0, 1, 7, 25, 60]))
    def wait(self, days: int) -> None:
        """Time passes; lots become usable and lapse."""
        self.now += days * DAY + 1

    @rule(member=members, paid=st.integers(0, 3000))
    def an_order_is_imported(self, member: int, paid: int) -> None:
        """An order, completed as it is placed."""
        order = len(self.paid) + 1
        with writing(self.store) as conn:
            add_order(conn, order, member, paid, at=self.now)
        self.paid[order] = paid

    @precondition(lambda self: self.paid)
    @rule(data=st.data(), by_case=st.booleans())
    def money_goes_back(self, data: st.DataObject, by_case: bool) -> None:
        """A refund, booked by a case with its clawback or reported by an export and found by the next award."""
        order = data.draw(st.sampled_from(sorted(self.paid)))
        left = self.paid[order] - self.refunded[order]
        amount = data.draw(st.integers(0, left))
        if amount:
            with writing(self.store) as conn:
                self.refunded[order] += amount
                refund = add_refund(conn, order, amount, at=self.now, key=f"{order}/{self.refunded[order]}")
                if by_case:
                    clawed, short = clawback_for_order(conn, self.ctx(), order, refund)
                    assert 0 <= short <= clawed
                    assert clawback_for_order(conn, self.ctx(), order, refund) == (0, 0)
                    self.takes_back(order)

    def takes_back(self, order: int) -> None:
        """What an awarded order is still worth is what stays."""
        if order in self.kept:
            worth = self.worth(order)
            self.totals[self.member_of(order)] += worth - self.kept[order]
            self.kept[order] = worth

    def worth(self, order: int) -> int:
        """The points of what is left of an order; the first tier covers all amounts here."""
        return (self.paid[order] - self.refunded[order]) * 1100 // 100_000

    def member_of(self, order: int) -> int:
        """Whose order it is."""
        with closing(sqlite3.connect(self.store)) as conn:
            return int(conn.execute("SELECT customer_id FROM orders WHERE id = ?", (order,)).fetchone()[0])

    @rule()
    def points_are_awarded(self) -> None:
        """All orders earn once; refunds since are taken back first."""
        awards.award_orders(self.ctx())
        for order in self.paid:
            self.takes_back(order)
            if order not in self.kept and self.worth(order):
                self.kept[order] = self.worth(order)
                self.totals[self.member_of(order)] += self.kept[order]

    @rule(member=members, amount=st.integers(1, 40), again=st.booleans())
    def a_bonus(self, member: int, amount: int, again: bool) -> None:
        """A gift; the same key again changes nothing."""
        self.bonuses += 1
        for _ in range(1 + again):
            points.award_bonus(self.ctx(), f"C{member}", amount, "gift", key=str(self.bonuses))
        self.totals[member] += amount

    @rule(member=members, amount=st.integers(1, 60))
    def redeem(self, member: int, amount: int) -> None:
        """Never more than is available, and never less than was asked."""
        available = self.available(member)
        if amount <= available:
            points.redeem(self.ctx(), f"C{member}", amount)
            self.totals[member] -= amount
        else:
            with pytest.raises(InsufficientPoints) as refusal:
                points.redeem(self.ctx(), f"C{member}", amount)
            assert refusal.value.context["available"] == available

    def available(self, member: int) -> int:
        """What the rows say can be used now."""
        with closing(sqlite3.connect(self.store)) as conn:
            lots, _ = rows_of(conn, member, self.now)
        return sum(lot.remaining for lot in lots if lot.available_at <= self.now <= (lot.expires_at or self.now))

    @invariant()
    def entries_equal_the_integer_and_lots_less_debt(self) -> None:
        """Sum of entries = what is left in lots - debt = the plain integer."""
        with closing(sqlite3.connect(self.store)) as conn:
            for member in MEMBERS:
                total = conn.execute(
                    "SELECT COALESCE(SUM(points), 0) FROM points_entry WHERE customer_id = ?", (member,)
                )
                lots, debts = rows_of(conn, member, self.now)
                assert total.fetchone()[0] == self.totals[member]
                assert sum(lot.remaining for lot in lots) - sum(debt.owed for debt in debts) == self.totals[member]

    @invariant()
    def lots_and_debts_are_sound(self) -> None:
        """Nothing below zero or above the original, and nobody owes points while holding some."""
        with closing(sqlite3.connect(self.store)) as conn:
            for member in MEMBERS:
                lots, debts = rows_of(conn, member, self.now)
                size = dict(conn.execute("SELECT id, points FROM points_lot"))
                assert all(0 <= lot.remaining <= size[lot.id] for lot in lots)
                assert all(debt.owed > 0 for debt in debts)
                if debts:
                    assert not any(lot.remaining for lot in lots if not lot.is_expired(self.now))

    @invariant()
    def replaying_the_entries_gives_the_same_allocations(self) -> None:
        """Who consumed what follows from the entries alone."""
        with closing(sqlite3.connect(self.store)) as conn:
            kept = [Allocation(*row) for row in conn.execute("SELECT entry_id, lot_id, points FROM points_allocation")]
            assert sorted(replayed(conn)) == sorted(kept)

    @invariant()
    def balances_say_what_the_rows_say(self) -> None:
        """One member, all members, now and earlier: the same numbers as the rows in effect by then."""
        for at in (self.now, self.now - 10 * DAY):
            ctx = context(self.store, now=at, settings=RULES)
            listed = {row[0]: row for row in points_reports.list_balances(ctx).blocks[0].rows}
            for member in MEMBERS:
                with closing(sqlite3.connect(self.store)) as conn:
                    expected = expected_row(*rows_of(conn, member, at), at)
                shown = points_reports.show_balance(ctx, f"C{member}").blocks[0].rows[0]
                assert shown[2:] == expected
                assert listed.get(f"C{member}", shown) == shown


def rows_of(conn: sqlite3.Connection, member: int, at: int) -> tuple[list[Lot], list[Debt]]:
    """Lots and debts of a member from the rows in effect by an instant, summed in Python."""
    in_effect = "SELECT id, points FROM points_entry WHERE customer_id = ? AND effective_at <= ?"
    entries = dict(conn.execute(in_effect, (member, at)))
    rows = list(conn.execute("SELECT id, entry_id, available_at, expires_at, points FROM points_lot"))
    lots = {row[0]: Lot(*row) for row in rows if row[1] in entries}
    owed = {entry: -amount for entry, amount in entries.items() if amount < 0}
    for entry, lot, amount in conn.execute("SELECT entry_id, lot_id, points FROM points_allocation"):
        if entry in owed and lot in lots:
            owed[entry] -= amount
            lots[lot] = lots[lot]._replace(remaining=lots[lot].remaining - amount)
    return list(lots.values()), [Debt(entry, left) for entry, left in owed.items() if left]


def expected_row(lots: list[Lot], debts: list[Debt], at: int) -> tuple[int | None, ...]:
    """The numbers of a balance, written out."""
    pending = [lot for lot in lots if lot.remaining and lot.available_at > at]
    usable = [lot for lot in lots if lot.remaining and lot.available_at <= at <= (lot.expires_at or at)]
    lapsed = [lot for lot in lots if lot.expires_at is not None and lot.expires_at < at]
    owed = sum(debt.owed for debt in debts)
    release = min((lot.available_at for lot in pending), default=None)
    expiry = min((lot.expires_at for lot in usable if lot.expires_at is not None), default=None)
    available, waiting = sum(lot.remaining for lot in usable), sum(lot.remaining for lot in pending)
    return (
        available, waiting, owed, available + waiting - owed,
        sum(lot.remaining for lot in pending if lot.available_at == release),
        None if release is None else day_of(release, TZ),
        sum(lot.remaining for lot in usable if expiry and lot.expires_at == expiry),
        None if expiry is None else day_of(expiry, TZ), sum(lot.remaining for lot in lapsed),
    )  # fmt: skip


def replayed(conn: sqlite3.Connection) -> list[Allocation]:
    """The allocations that follow from entries and lots, applied one by one in the order they were recorded."""
    lots: dict[int, list[Lot]] = defaultdict(list)
    debts: dict[int, list[Debt]] = defaultdict(list)
    born = {
        row[1]: Lot(*row)
        for row in conn.execute("SELECT id, entry_id, available_at, expires_at, points FROM points_lot")
    }
    done: list[Allocation] = []
    for entry, member, kind, amount, at, own in list(
        conn.execute("SELECT id, customer_id, kind, points, recorded_at, reverses_id FROM points_entry ORDER BY id")
    ):
        if amount > 0:
            lots[member].append(born[entry])
            taken = [] if born[entry].is_expired(at) else pay(debts[member], [born[entry]])
        else:
            usable = redeemable(lots[member], at) if kind == "redeem" else clawable(lots[member], at, own)
            taken, missing = take(entry, -amount, usable)
            if missing:
                debts[member].append(Debt(entry, missing))
        if amount > 0:
            debts[member] = settled(debts[member], taken)
        lots[member] = used(lots[member], taken)
        done += taken
    return done


def settled(debts: list[Debt], taken: list[Allocation]) -> list[Debt]:
    """The debts less what was paid of them."""
    paid: dict[int, int] = defaultdict(int)
    for part in taken:
        paid[part.entry_id] += part.points
    return [Debt(debt.entry_id, left) for debt in debts if (left := debt.owed - paid[debt.entry_id])]


def used(lots: list[Lot], taken: list[Allocation]) -> list[Lot]:
    """The lots less what was taken of them."""
    gone: dict[int, int] = defaultdict(int)
    for part in taken:
        gone[part.lot_id] += part.points
    return [lot._replace(remaining=lot.remaining - gone[lot.id]) for lot in lots]


TestLedger = Ledger.TestCase
TestLedger.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
