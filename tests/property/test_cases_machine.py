"""Cases as a machine: whatever is done in whatever order, money and units stay within the order.

The store does the work; the model beside it is a handful of plain integers.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from case_store import NOW, at, case_store, rows
from shopcare.domain.cases import KINDS, MOVES, OUTCOMES, Step, replay
from shopcare.errors import ShopcareError
from shopcare.services import cases, order_account
from shopcare.services.cases import Closing, Opening
from shopcare.store.engine import reading
from shopcare.store.queries.cases import case_by_id, events_of_case

PAID, FREIGHT, SHARES, PIECES = 11_000, 1_000, {1: 6_000, 2: 4_000}, {1: 3, 2: 1}


class Desk(RuleBasedStateMachine):
    """Any number of cases on one order of 110.00: TEE × 3 for 60.00, CAP × 1 for 40.00, freight 10.00."""

    @initialize()
    def begin(self) -> None:
        """A fresh store."""
        self.folder = tempfile.TemporaryDirectory()
        self.store = case_store(Path(self.folder.name) / "store.db")
        self.clock = NOW
        self.refunded = 0
        self.cases = 0
        self.closed_at: dict[int, int] = {}

    def teardown(self) -> None:
        """Leave nothing behind."""
        if hasattr(self, "folder"):
            self.folder.cleanup()

    def tick(self) -> int:
        """Time goes on with every step."""
        self.clock += 3_600
        return self.clock

    @rule(
        kind=st.sampled_from(KINDS),
        lines=st.lists(st.tuples(st.sampled_from(["TEE", "CAP"]), st.integers(1, 3)), max_size=2),
        amount=st.none() | st.integers(1, 12_000),
    )
    def open_one(self, kind: str, lines: list[tuple[str, int]], amount: int | None) -> None:
        """Somebody asks for something, possibly for too much."""
        wanted = tuple(f"{sku}:{pieces}" for sku, pieces in lines)
        asked = None if amount is None else f"{amount // 100}.{amount % 100:02d}"
        try:
            cases.open_case(at(self.store, self.tick()), Opening("N1", kind, "x", lines=wanted, amount=asked))
        except ShopcareError:
            return
        self.cases += 1

    @rule(which=st.integers(1, 4), action=st.sampled_from(MOVES))
    def move_one(self, which: int, action: str) -> None:
        """Somebody takes a step, possibly an impossible one."""
        step = Step(action, waiting_on="us", reason="x", note="x")
        try:
            cases.move(at(self.store, self.tick()), f"A{which}", step)
        except ShopcareError:
            return
        if action == "reopen":
            del self.closed_at[which]

    @rule(
        which=st.integers(1, 4),
        outcome=st.sampled_from(OUTCOMES) | st.just("refunded"),
        refund=st.none() | st.integers(1, 12_000),
        freight=st.none() | st.integers(1, 1_100),
    )
    def close_one(self, which: int, outcome: str, refund: int | None, freight: int | None) -> None:
        """Somebody closes a case, possibly giving back too much."""
        closing = Closing(*(None if part is None else f"{part / 100:.2f}" for part in (refund, freight)))
        try:
            report = cases.close(
                at(self.store, self.tick()), f"A{which}", Step("close", outcome=outcome, reason="x"), closing
            )
        except ShopcareError:
            return
        block = report.blocks[0]
        given = dict(zip((column.key for column in block.columns), block.rows[0], strict=True))["refund_minor"]
        assert isinstance(given, int)
        assert refund is None or given == refund
        self.refunded += given
        self.closed_at[which] = self.clock

    @invariant()
    def money_stays_within_the_order(self) -> None:
        """What went back is what the closings said; never more than was paid, per order, line and freight."""
        if not hasattr(self, "store"):
            return
        total, freight = rows(
            self.store, "SELECT COALESCE(SUM(amount_minor), 0), COALESCE(SUM(freight_minor), 0) FROM refund"
        )[0]
        assert total == self.refunded <= PAID
        assert isinstance(freight, int)
        assert freight <= FREIGHT
        for line_no, amount in rows(
            self.store, "SELECT line_no, SUM(amount_minor) FROM refund WHERE line_no IS NOT NULL GROUP BY line_no"
        ):
            assert amount <= SHARES[line_no]  # type: ignore[index, operator]
        paid_nothing = "SELECT COUNT(*) FROM refund r JOIN \"case\" c ON c.id = r.case_id WHERE c.outcome IN ('rejected', 'withdrawn', 'expired')"
        assert rows(self.store, paid_nothing) == [(0,)]

    @invariant()
    def units_are_asked_for_once(self) -> None:
        """Open cases in which goods come back, and those that did, never add up to more than was shipped."""
        if not hasattr(self, "store"):
            return
        held = rows(
            self.store,
            'SELECT l.line_no, SUM(l.quantity) FROM case_line l JOIN "case" c ON c.id = l.case_id'
            " WHERE c.kind IN ('return_refund', 'exchange', 'repair') AND (c.outcome IS NULL OR ("
            " c.outcome NOT IN ('exchanged', 'reshipped', 'repaired')"
            " AND EXISTS (SELECT 1 FROM case_event e WHERE e.case_id = c.id AND e.stage = 'received')))"
            " GROUP BY l.line_no",
        )
        for line_no, pieces in held:
            assert pieces <= PIECES[line_no]  # type: ignore[index, operator]

    @invariant()
    def history_gives_the_table_again(self) -> None:
        """Replaying the events is the row; a closing time is where it was; the account agrees with the rows."""
        if not hasattr(self, "store"):
            return
        assert rows(self.store, 'SELECT COUNT(*) FROM "case"') == [(self.cases,)]
        with reading(self.store) as conn:
            for case_id in range(1, self.cases + 1):
                case = case_by_id(conn, case_id)
                assert case is not None
                assert replay(events_of_case(conn, case_id)) == case.state
                assert case.closed_at == self.closed_at.get(case_id)
            assert order_account.account(conn, order_account.resolve(conn, "N1")).left_minor == PAID - self.refunded


Desk.TestCase.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestDesk = Desk.TestCase
