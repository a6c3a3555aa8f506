"""Merging and taking it back, in any order, beside orders, refunds, points and tiers.

The machine keeps only who was said to be whom; what the store then shows is judged from its rows by definitions written
out here. The second test plays the same life on a store where the merged customers were one from the start.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from loyalty_store import DAY, T0, add_customer, add_order, add_refund, context, copied_store, shipped_settings
from order_store import blocks
from shopcare.domain.persons import below, survivors
from shopcare.errors import ShopcareError
from shopcare.reports.retention import retention
from shopcare.services import awards, customers, merging, orders, points, points_reports, tiers
from shopcare.services.context import Context
from shopcare.services.points import InsufficientPoints
from shopcare.store.engine import writing
from shopcare.store.queries.customers import CustomerFilter
from shopcare.store.queries.orders import OrderFilter

CUSTOMERS = (1, 2, 3, 4)
customers_ = st.sampled_from(CUSTOMERS)
RULES = shipped_settings(multipliers=(1100, 1500), redeem_unit=1, expiry="40d")
BALANCE = ("available", "pending", "debt", "total")


def numbers(text: object) -> int:
    """The number of a printed id."""
    return int(str(text)[1:])


class Persons(RuleBasedStateMachine):
    """Four customers whom somebody keeps merging and unmerging while they live on."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.store = copied_store(self.folder / "store.db")
        self.now = T0
        self.into: dict[int, int] = {}
        self.orders = 0
        with writing(self.store) as conn:
            for customer in CUSTOMERS:
                add_customer(conn, customer)

    def teardown(self) -> None:
        """Remove the store."""
        shutil.rmtree(self.folder)

    def ctx(self) -> Context:
        """This instant."""
        return context(self.store, now=self.now, settings=RULES)

    def survivor(self, customer: int) -> int:
        """The end of the chain, walked by hand."""
        while customer in self.into:
            customer = self.into[customer]
        return customer

    def facts(self) -> list[str]:
        """Everything in the store but who is whom."""
        with closing(sqlite3.connect(self.store)) as conn:
            return [line for line in conn.iterdump() if '"customer"' not in line and '"customer_merge"' not in line
                    and '"audit"' not in line and "alembic" not in line]  # fmt: skip

    @rule(customer=customers_, duplicate=customers_)
    def merge(self, customer: int, duplicate: int) -> None:
        """What makes no tree is refused and changes nothing; what does moves nothing."""
        before = self.facts()
        if duplicate in self.into or self.survivor(customer) == duplicate:
            with pytest.raises(ShopcareError) as refusal:
                merging.merge(self.ctx(), f"C{customer}", f"buyer{duplicate}")
            same, together = customer == duplicate, self.survivor(customer) == self.survivor(duplicate)
            code = "customer.same" if same else "customer.one_person" if together else "customer.merged"
            assert (refusal.value.code, refusal.value.exit_code) == (code, 5)
        else:
            merging.merge(self.ctx(), f"C{customer}", f"buyer{duplicate}", dry_run=True)
            self.whoever_is_whom_is_what_was_said()
            merging.merge(self.ctx(), f"C{customer}", f"buyer{duplicate}")
            self.into[duplicate] = customer
        assert self.facts() == before

    @rule(customer=customers_)
    def unmerge(self, customer: int) -> None:
        """Only who was merged is taken out, and nothing is moved."""
        before = self.facts()
        if customer in self.into:
            merging.unmerge(self.ctx(), f"C{customer}")
            del self.into[customer]
        else:
            with pytest.raises(ShopcareError) as refusal:
                merging.unmerge(self.ctx(), f"C{customer}")
            assert refusal.value.code == "customer.not_merged"
        assert self.facts() == before

    @rule(days=st.sampled_from([0, 1, 7, 25, 60]))
    def wait(self, days: int) -> None:
        """Time passes."""
        self.now += days * DAY + 1

    @rule(customer=customers_, paid=st.integers(0, 200_000))
    def an_order_is_imported(self, customer: int, paid: int) -> None:
        """An order of a customer as the platform knows him, whoever he is by now."""
        self.orders += 1
        with writing(self.store) as conn:
            add_order(conn, self.orders, customer, paid, at=self.now)
            conn.execute("UPDATE orders SET number = 'N' || id")

    @precondition(lambda self: self.orders)
    @rule(data=st.data())
    def money_goes_back(self, data: st.DataObject) -> None:
        """All that is left of an order is refunded; the next award takes its points back."""
        order = data.draw(st.integers(1, self.orders))
        with writing(self.store) as conn:
            paid, refunded = conn.execute(
                "SELECT paid_minor, (SELECT COALESCE(SUM(amount_minor), 0) FROM refund WHERE order_id = o.id)"
                " FROM orders AS o WHERE id = ?", (order,),
            ).fetchone()  # fmt: skip
            if paid > refunded:
                add_refund(conn, order, paid - refunded, at=self.now, key=f"r{order}")

    @rule()
    def points_and_tiers(self) -> None:
        """Orders earn and lose their points, and tiers are written down; again changes nothing."""
        awards.award_orders(self.ctx())
        tiers.assign(self.ctx())
        before = self.facts()
        awards.award_orders(self.ctx())
        tiers.assign(self.ctx())
        assert self.facts() == before

    @rule(customer=customers_, amount=st.integers(1, 50))
    def a_bonus(self, customer: int, amount: int) -> None:
        """A gift by key; again, for whichever customer of the person, changes nothing."""
        points.award_bonus(self.ctx(), f"C{customer}", amount, "gift", key=f"{self.now}/{amount}")
        before = self.facts()
        points.award_bonus(self.ctx(), f"C{self.survivor(customer)}", amount, "gift", key=f"{self.now}/{amount}")
        assert self.facts() == before

    @rule(customer=customers_, share=st.floats(0.1, 1.2), keyed=st.booleans())
    def redeem(self, customer: int, share: float, keyed: bool) -> None:
        """What the person has and owes decides; afterwards the person has exactly that much less."""
        held = self.balance(customer)
        most = max(0, min(held["available"], held["total"]))
        amount = max(1, round(most * share))
        key = f"{self.now}/{amount}/{self.survivor(customer)}" if keyed else None
        if amount > most:
            with pytest.raises(InsufficientPoints):
                points.redeem(self.ctx(), f"C{customer}", amount)
            return
        before = self.facts()
        points.redeem(self.ctx(), f"C{customer}", amount, key=key)
        if self.facts() == before:
            assert keyed, "only a key makes a redemption one that was booked before"
            return
        after = self.balance(customer)
        assert after == held | {"available": held["available"] - amount, "total": held["total"] - amount}
        if key:
            points.redeem(self.ctx(), f"C{self.survivor(customer)}", amount, key=key)
            assert self.balance(customer) == after

    def balance(self, customer: int) -> dict[str, int]:
        """The points of the person a customer is."""
        row = blocks(points_reports.show_balance(self.ctx(), f"C{customer}"))["points"][0]
        assert row["customer"] == f"C{self.survivor(customer)}"
        return {name: int(str(row[name])) for name in BALANCE}

    @invariant()
    def whoever_is_whom_is_what_was_said(self) -> None:
        """The links are the ones said and not taken back; the survivor is the end of the chain, and NULL for himself."""
        with closing(sqlite3.connect(self.store)) as conn:
            rows = conn.execute("SELECT id, merged_into_id, survivor_id FROM customer").fetchall()
        survivor = {one: self.survivor(one) for one in CUSTOMERS}
        assert rows == [(one, self.into.get(one), None if survivor[one] == one else survivor[one]) for one in CUSTOMERS]

    @invariant()
    def each_customer_stands_for_himself(self) -> None:
        """Entries = lots - debts for each customer alone, and no debit uses another customer's lot: so any unmerge splits."""
        with closing(sqlite3.connect(self.store)) as conn:
            assert not conn.execute(
                "SELECT 1 FROM points_allocation AS a JOIN points_entry AS e ON e.id = a.entry_id"
                " JOIN points_lot AS l ON l.id = a.lot_id WHERE e.customer_id <> l.customer_id"
            ).fetchall()
            assert not conn.execute(
                "SELECT l.id FROM points_lot AS l JOIN points_allocation AS a ON a.lot_id = l.id"
                " GROUP BY l.id, l.points HAVING SUM(a.points) > l.points"
            ).fetchall()
            assert not conn.execute(
                "SELECT e.id FROM points_entry AS e JOIN points_allocation AS a ON a.entry_id = e.id"
                " GROUP BY e.id, e.points HAVING SUM(a.points) > -e.points"
            ).fetchall()
            assert not conn.execute("PRAGMA foreign_key_check").fetchall()

    @invariant()
    def lists_show_persons(self) -> None:
        """Customers, orders, points and retention count persons, and add up to what the rows hold."""
        with closing(sqlite3.connect(self.store)) as conn:
            bought = Counter(self.survivor(row[0]) for row in conn.execute("SELECT customer_id FROM orders"))
            held = sum(row[0] for row in conn.execute("SELECT points FROM points_entry"))
        alive = sorted({self.survivor(one) for one in CUSTOMERS})
        listed = blocks(customers.listing(self.ctx(), CustomerFilter()))["customers"]
        assert {numbers(row["id"]): row["orders"] for row in listed} == {one: bought[one] for one in alive}
        for row in listed:
            page = blocks(customers.show(self.ctx(), str(row["id"])))
            assert {**page["customer"][0], "tier": 0} == {**page["customer"][0], **row, "tier": 0}
            ordered = blocks(orders.listing(self.ctx(), OrderFilter(), customer=str(row["id"])))["orders"]
            assert len(ordered) == row["orders"]
            assert {one["customer"] for one in ordered} <= {row["id"]}
        balances = blocks(points_reports.list_balances(self.ctx()))["points"]
        assert [row["customer"] for row in balances] == sorted(row["customer"] for row in balances)
        assert sum(int(str(row["total"])) + int(str(row["expired"])) for row in balances) == held
        for row in balances:
            assert {name: row[name] for name in BALANCE} == self.balance(numbers(row["customer"]))
        base = blocks(retention(self.store, self.now))["base"][0]
        assert base["customers"] == len(bought)
        assert base["orders_max"] == max(bought.values(), default=0)


TestPersons = Persons.TestCase
TestPersons.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)

steps = st.lists(
    st.one_of(
        st.tuples(st.just("order"), st.integers(1, 3), st.integers(0, 150_000)),
        st.tuples(st.just("refund"), st.integers(0, 9), st.integers(1, 100)),
        st.tuples(st.just("award"), st.just(0), st.just(0)),
        st.tuples(st.just("bonus"), st.integers(1, 3), st.integers(1, 60)),
        st.tuples(st.just("redeem"), st.integers(1, 3), st.integers(1, 100)),
        st.tuples(st.just("wait"), st.just(0), st.sampled_from([1, 8, 30, 50])),
    ),
    max_size=14,
)


EARNED = [("order", 1, 10_000), ("award", 0, 0), ("wait", 0, 8)]


@given(steps)
@example([*EARNED, ("redeem", 1, 100), ("refund", 0, 100), ("award", 0, 0), ("bonus", 2, 60), ("bonus", 3, 60)])
@example([*EARNED, ("bonus", 2, 60), ("redeem", 3, 100), ("refund", 0, 100), ("award", 0, 0), ("wait", 0, 50)])
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_merged_customers_live_as_one(played: list[tuple[str, int, int]]) -> None:
    """Three customers merged beforehand earn, owe, lapse, redeem and climb exactly as one customer does."""
    with tempfile.TemporaryDirectory() as folder:
        stores = [copied_store(Path(folder) / name) for name in ("three.db", "one.db")]
        for store in stores:
            with writing(store) as conn:
                for customer in (1, 2, 3):
                    add_customer(conn, customer)
        merging.merge(context(stores[0]), "C2", "C3")
        merging.merge(context(stores[0]), "C1", "C2")
        pages = [_life(store, played, as_one=store is stores[1]) for store in stores]
        assert pages[0] == pages[1]


def _life(store: Path, played: list[tuple[str, int, int]], *, as_one: bool) -> list[object]:
    """What a store shows of the person after each step."""
    now, bought, shown = T0, list[int](), list[object]()
    for number, (what, who, much) in enumerate(played):
        customer = 1 if as_one else who
        ctx = context(store, now=now, settings=RULES)
        if what == "order":
            bought.append(much)
            with writing(store) as conn:
                add_order(conn, len(bought), customer, much, at=now)
        elif what == "refund" and who < len(bought) and bought[who] * much // 100:
            amount, bought[who] = bought[who] * much // 100, bought[who] - bought[who] * much // 100
            with writing(store) as conn:
                add_refund(conn, who + 1, amount, at=now, key=f"{number}")
        elif what == "award":
            awards.award_orders(ctx)
            tiers.assign(ctx)
        elif what == "bonus":
            points.award_bonus(ctx, f"C{customer}", much, "gift", key=f"{number}")
        elif what == "redeem":
            try:
                points.redeem(ctx, f"C{customer}", much)
            except InsufficientPoints as refusal:
                shown.append(refusal.context["available"])
        now += much * DAY if what == "wait" else 1
        shown.append([blocks(points_reports.show_balance(ctx, "C1")), blocks(tiers.show(ctx, "C1"))])
    return shown


@given(st.dictionaries(st.integers(2, 30), st.integers(1, 29), max_size=30))
def test_chains_end_where_they_are_walked_to(links: dict[int, int]) -> None:
    """Survivors equal a walk by hand, and whoever is below somebody is exactly who walks through them."""
    into = {one: target for one, target in links.items() if target < one}
    walks = {one: walk(one, into) for one in into}
    assert survivors(into.items()) == {one: path[-1] for one, path in walks.items()}
    for customer in range(1, 31):
        assert sorted(below(customer, into)) == sorted(one for one, path in walks.items() if customer in path)


def walk(customer: int, into: dict[int, int]) -> list[int]:
    """Everybody a customer was merged into, one after the other."""
    path = []
    while customer in into:
        customer = into[customer]
        path.append(customer)
    return path
