"""`--as-of` on lists: what a list said at the end of a day it still says about that day, whatever happened since."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from case_store import add_lines, at
from loyalty_store import DAY, T0, add_batch, add_customer, add_order, copied_store
from shopcare.domain.cases import Step
from shopcare.domain.clock import day_of
from shopcare.domain.report import Row
from shopcare.errors import ShopcareError
from shopcare.services import batches, case_reports, cases, customers, merging, tiers
from shopcare.services.cases import Closing, Opening
from shopcare.services.context import Context
from shopcare.store.queries.cases import CaseFilter
from shopcare.store.queries.customers import CustomerFilter

TZ = "Asia/Shanghai"
CUSTOMERS = st.sampled_from(["C1", "C2", "C3"])
CASES = st.sampled_from(["A1", "A2", "A3"])
STEPS = st.one_of(
    st.tuples(st.just("order"), st.integers(1, 3)),
    st.tuples(st.just("open"), st.integers(1, 3)),
    st.tuples(st.just("move"), CASES, st.sampled_from(["approve", "dispute", "reopen", "wait"])),
    st.tuples(st.just("refund"), CASES, st.sampled_from(["1.00", "12.00"])),
    st.tuples(st.just("merge"), CUSTOMERS, CUSTOMERS),
    st.tuples(st.just("unmerge"), CUSTOMERS),
    st.tuples(st.just("batch")),
    st.tuples(st.just("undo")),
)
LISTS: dict[str, Callable[[Context, int | None], object]] = {
    "open cases": lambda ctx, day: case_reports.listing(ctx, CaseFilter(), as_of_day=day),
    "all cases": lambda ctx, day: case_reports.listing(ctx, CaseFilter(is_open=False), as_of_day=day),
    "disputed": lambda ctx, day: case_reports.listing(ctx, CaseFilter(stage="disputed"), as_of_day=day),
    "ours": lambda ctx, day: case_reports.listing(ctx, CaseFilter(waiting_on="us"), as_of_day=day),
    "of C1": lambda ctx, day: case_reports.listing(ctx, CaseFilter(is_open=False), customer="C1", as_of_day=day),
    "customers": lambda ctx, day: customers.listing(ctx, CustomerFilter(as_of_day=day)),
    "imports": lambda ctx, day: batches.listing(ctx, 50, as_of_day=day),
}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(STEPS, max_size=5), min_size=1, max_size=6))
def test_a_day_is_listed_later_as_it_was_listed_then(days: list[list[tuple[object, ...]]]) -> None:
    """Orders, cases, refunds, merges and imports of any six days, listed each evening and again at the end."""
    with tempfile.TemporaryDirectory() as folder:
        store = copied_store(Path(folder) / "store.db")
        with closing(sqlite3.connect(store, isolation_level=None)) as conn:
            for customer in (1, 2, 3):
                add_customer(conn, customer)
        evenings = []
        for number, steps in enumerate(days):
            now = T0 + number * DAY + 3_600
            for step in steps:
                with suppress(ShopcareError):
                    done(store, now := now + 60, *step)
            evenings.append((day_of(now, TZ), lists(at(store, now), None)))
        last = at(store, T0 + (len(days) + 1) * DAY)
        for day, then in evenings:
            assert lists(last, day) == then


def test_a_tier_is_listed_from_the_day_it_is_in_effect() -> None:
    """The tier of an order is listed from the day of the order on, on whatever day it is written down, not before."""
    with tempfile.TemporaryDirectory() as folder:
        store = copied_store(Path(folder) / "store.db")
        with closing(sqlite3.connect(store, isolation_level=None)) as conn:
            add_customer(conn, 1)
        written(store, T0 + 3 * DAY, "order", 1)
        ctx = at(store, T0 + 9 * DAY)
        tiers.assign(ctx)
        by_day = {
            day: customers.listing(ctx, CustomerFilter(as_of_day=day_of(T0, TZ) + day)).blocks[0].rows[0][-1]
            for day in (2, 3, 9)
        }
        assert by_day == {2: None, 3: "silver", 9: "silver"}
        before = CustomerFilter(tier="silver", as_of_day=day_of(T0, TZ) + 2)
        assert customers.listing(ctx, before).blocks[0].rows == []


def lists(ctx: Context, day: int | None) -> dict[str, list[Row]]:
    """Every list, now or as of a day."""
    return {name: list(listing(ctx, day).blocks[0].rows) for name, listing in LISTS.items()}  # type: ignore[attr-defined]


def done(store: Path, now: int, what: str, *how: object) -> None:
    """One thing that happens."""
    ctx = at(store, now)
    match what, *how:
        case "order" | "batch" | "undo", *_:
            written(store, now, what, *how)
        case "open", int(order):
            cases.open_case(ctx, Opening(f"N{order}", "refund_only", "x", lines=("TEE:1",)))
        case "move", str(case), str(action):
            cases.move(ctx, case, Step(action, waiting_on="buyer", reason="x"))  # type: ignore[arg-type]
        case "refund", str(case), str(amount):
            cases.close(ctx, case, Step("close", outcome="partly_refunded", reason="x"), Closing(amount))
        case "merge", str(into), str(merged):
            merging.merge(ctx, into, merged)
        case "unmerge", str(merged):
            merging.unmerge(ctx, merged)


def written(store: Path, now: int, what: str, customer: int = 0) -> None:
    """What imports leave behind: an order of a customer with two pieces on it, a batch, the last batch undone."""
    with closing(sqlite3.connect(store, isolation_level=None)) as conn:
        number = conn.execute("SELECT COUNT(*) FROM orders").fetchone()[0] + 1
        if what == "order":
            add_order(conn, number, customer, 120_000, at=now)
            add_lines(conn, number, [(1, "TEE", 2, 120_000)])
        elif what == "batch":
            batch = conn.execute("SELECT MAX(id) FROM import_batch").fetchone()[0] + 1
            add_batch(conn, batch)
            conn.execute("UPDATE import_batch SET imported_at = ? WHERE id = ?", (now, batch))
        else:
            conn.execute("UPDATE import_batch SET undone_at = ? WHERE undone_at IS NULL AND id = (SELECT MAX(id) FROM import_batch)", (now,))  # fmt: skip
