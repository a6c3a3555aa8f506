"""The desk and the platform's lists on the same orders: whatever is done in whatever order, money and units stay sound."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from case_files import asked, facts, fresh, take_orders, write
from shopcare.domain.account import Sheet
from shopcare.domain.cases import Event, Step, replay
from shopcare.errors import ShopcareError
from shopcare.services import cases, order_account
from shopcare.services.case_imports import CASES
from shopcare.services.cases import Closing, Opening
from shopcare.services.context import Context
from shopcare.services.file_imports import Options, import_files
from shopcare.store.engine import reading
from shopcare.store.queries.orders import order_by_id

ORDER_HEADER = (
    "order_id",
    "customer_id",
    "ordered_at",
    "status",
    "paid",
    "freight",
    "sku",
    "quantity",
    "unit_price",
    "refunded",
)
CASE_HEADER = (
    "case_id", "order_id", "kind", "status", "refunded", "freight", "applied_at", "closed_at", "sku", "quantity",
)  # fmt: skip
LINES = {"": [("A", 3, 20), ("B", 1, 40)], "turned": [("B", 1, 40), ("A", 2, 20), ("A", 1, 20)], "less": [("A", 3, 20)]}
DAY = 86_400


class DeskAndImports(RuleBasedStateMachine):
    """One order of 110.00 with 10.00 of freight; the platform knows the cases R1 to R3, the desk makes its own."""

    @initialize()
    def begin(self) -> None:
        """A fresh store with the order."""
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name)
        self.ctx = fresh(self.path)
        self.files = 0
        self.last = self.reported = ""
        self.list_lines("")

    def teardown(self) -> None:
        """Leave nothing behind."""
        if hasattr(self, "folder"):
            self.folder.cleanup()

    def later(self) -> Context:
        """The context some hours on."""
        self.ctx = self.ctx._replace(now=self.ctx.now + 3_600)
        return self.ctx

    def name(self) -> Path:
        """A new file."""
        self.files += 1
        return self.path / f"{self.files}.csv"

    @rule(which=st.sampled_from(sorted(LINES)), reported=st.sampled_from(["10", "20", "50", "110"]))
    def report_total(self, which: str, reported: str) -> None:
        """A newer export of the order whose total of refunds is another one."""
        self.reported = reported
        self.list_lines(which)

    @rule(which=st.sampled_from(sorted(LINES)))
    def list_lines(self, which: str) -> None:
        """A newer export of the order, its lines as they were, in another order, or fewer."""
        rows = [
            ("N1", "b1", "2026-08-01 10:00:00", "completed", "110", "10", *line, self.reported) for line in LINES[which]
        ]
        take_orders(
            self.later(), write(self.name(), ORDER_HEADER, rows), exported_at=f"2026-08-12 00:{1 + self.files % 28:02d}"
        )

    @rule(
        case=st.sampled_from(["R1", "R2", "R3"]), kind=st.sampled_from(["refund_only", "return_refund", "exchange"]),
        status=st.sampled_from(["requested", "received", "withdrawn", "closed/rejected", "refunded", "refunded"]), amount=st.sampled_from([10, 20, 40, 110]),
        freight=st.sampled_from(["", "10"]), sku=st.sampled_from(["", "A", "B"]), pieces=st.sampled_from(["", "1", "2"]),
    )  # fmt: skip
    def list_case(self, case: str, kind: str, status: str, amount: int, freight: str, sku: str, pieces: str) -> None:
        """The platform's list says something of a case; the same file again changes nothing."""
        back = str(amount) if status == "refunded" else ""
        at = f"2026-08-{2 + self.files % 25:02d} 10:00:00"
        row = (case, "N1", kind, status, back, freight if back else "", "2026-08-02 09:00:00", at, sku, pieces)
        file = write(self.name(), CASE_HEADER, [row])
        import_files(self.later(), [file], Options(), CASES)
        before = facts(self.ctx), asked(self.ctx, "SELECT * FROM case_line ORDER BY 1, 2")
        import_files(self.ctx, [file], Options(), CASES)
        assert (facts(self.ctx), asked(self.ctx, "SELECT * FROM case_line ORDER BY 1, 2")) == before

    @rule(
        kind=st.sampled_from(["refund_only", "return_refund"]), lines=st.sampled_from([(), ("A:1",), ("B:1",), ("A:2", "B:1")]),
        refund=st.sampled_from([None, "10", "20", "40"]), external=st.sampled_from([None, "R1", "R2"]),
    )  # fmt: skip
    def desk(self, kind: str, lines: tuple[str, ...], refund: str | None, external: str | None) -> None:
        """The desk opens a case and may close it with a refund, if the rules let it."""
        try:
            opened = cases.open_case(self.later(), Opening("N1", kind, "x", lines=lines, external_id=external))
            if refund:
                case = str(opened.blocks[0].rows[0][0])
                cases.close(self.later(), case, Step("close", outcome="refunded"), Closing(refund=refund))
        except ShopcareError:
            return

    @rule(which=st.integers(1, 6), refund=st.sampled_from(["10", "20"]))
    def desk_closes_any(self, which: int, refund: str) -> None:
        """The desk closes whatever case there is, one of the platform too."""
        try:
            cases.close(self.later(), f"A{which}", Step("close", outcome="refunded"), Closing(refund=refund))
        except ShopcareError:
            return

    @invariant()
    def money_stays_within_the_order(self) -> None:
        """No more went back than was paid, of no line more than its share; figures never fall below zero."""
        if not hasattr(self, "ctx"):
            return
        sheet = self.sheet()
        assert 0 <= sheet.refunded_minor <= sheet.paid_minor
        assert 0 <= sheet.freight_refunded_minor <= sheet.freight_minor
        assert 0 <= sheet.goods_left_minor <= sheet.left_minor
        booked = sum(line.refunded_minor for line in sheet.lines)
        assert booked <= sheet.refunded_minor
        for line in sheet.lines:
            listed = [claim for claim in sheet.claims if claim.line_no == line.line_no]
            assert all(claim.refunded_minor <= line.refunded_minor for claim in listed)

    @invariant()
    def units_stay_within_the_lines(self) -> None:
        """A case of the platform names no more pieces than the line as it stands was ordered with."""
        if not hasattr(self, "ctx"):
            return
        over = (
            "SELECT 1 FROM case_line u JOIN case_event f ON f.case_id = u.case_id AND f.seq = 1 AND f.batch_id IS NOT NULL"
            " LEFT JOIN order_line l ON l.order_id = u.order_id AND l.line_no = u.line_no"
            " WHERE u.quantity > COALESCE(l.quantity, 0)"
        )
        assert asked(self.ctx, over) == []

    @invariant()
    def histories_give_the_cases(self) -> None:
        """Replaying the events of every case gives its row; what events refunded is what was booked for the case."""
        if not hasattr(self, "ctx"):
            return
        for case, *row in asked(self.ctx, 'SELECT id, stage, outcome, closed_at, version FROM "case"'):
            events = asked(
                self.ctx,
                "SELECT seq, at, actor, action, stage, waiting_on, fault, outcome, reason, refund_minor, note FROM case_event"
                f" WHERE case_id = {case} ORDER BY seq",
            )
            state = replay(Event(*event) for event in events)  # type: ignore[arg-type]  # columns of the table
            assert [state.stage, state.outcome, state.closed_at, state.version] == row
            paid = asked(self.ctx, f"SELECT COALESCE(SUM(amount_minor), 0) FROM refund WHERE case_id = {case}")[0][0]
            assert sum(int(str(event[9] or 0)) for event in events) == paid

    @invariant()
    def what_came_to_nothing_paid_nothing(self) -> None:
        """A case that ended as rejected, withdrawn or expired gave no money back."""
        if not hasattr(self, "ctx"):
            return
        paid = (
            'SELECT a.id FROM "case" a JOIN refund r ON r.case_id = a.id'
            " WHERE a.outcome IN ('rejected', 'withdrawn', 'expired')"
        )
        assert asked(self.ctx, paid) == []

    def sheet(self) -> Sheet:
        """The account of the order."""
        with reading(self.ctx.store) as conn:
            return order_account.account(conn, order_by_id(conn, 1))


TestDeskAndImports = DeskAndImports.TestCase
TestDeskAndImports.settings = settings(
    max_examples=25, stateful_step_count=10, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
