"""Cases on a real store: what is written, what is refused, and that a refusal writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlmodel import Session

from case_store import NOW, add_lines, at, case_store, closed, dump, opened, rows
from shopcare.domain.cases import ACTIONS, STAGES, TRANSITIONS, CaseStale, Step, StepTooEarly, replay
from shopcare.errors import AmbiguousKey, NotFound, ShopcareError
from shopcare.services import case_reports, cases, customers, order_account, order_page, orders
from shopcare.services.awards import award_orders
from shopcare.services.cases import Closing, Opening
from shopcare.store.engine import StoreUnusable, raw, reading, session, writing
from shopcare.store.queries.cases import CaseFilter, case_by_id, events_of_case, update_case
from shopcare.store.queries.customers import CustomerFilter
from shopcare.store.queries.orders import OrderFilter
from shopcare.store.tables.audit import Audit


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """The orders of `case_store`."""
    return case_store(tmp_path / "store.db")


def replayed(store: Path, case_id: int) -> bool:
    """Whether the events of a case lead exactly to its row."""
    with reading(store) as conn:
        case = case_by_id(conn, case_id)
        assert case is not None
        return replay(events_of_case(conn, case_id)) == case.state


def test_open_and_close_is_the_whole_short_way(store: Path) -> None:
    """Two calls: units, refund row, history, the order's net and the audit trail are all there."""
    case = opened(at(store), "return_refund", "TEE:1")
    done = closed(at(store, NOW + 60), case, "refunded")
    assert (case, done["refund_minor"], done["left_minor"], done["stage"]) == ("A1", 2_000, 9_000, "closed")
    assert rows(store, "SELECT order_id, line_no, quantity FROM case_line") == [(1, 1, 1)]
    assert rows(store, "SELECT seq, action, stage, outcome, refund_minor, actor FROM case_event") == [
        (1, "open", "requested", None, None, "ann"),
        (2, "close", "closed", "refunded", 2_000, "ann"),
    ]
    assert rows(store, "SELECT command, subject, detail FROM audit") == [
        ("case open", "A1", "N1"), ("case close", "A1", "refunded 20.00 CNY"),
    ]  # fmt: skip
    assert replayed(store, 1)


def test_a_refund_row_knows_its_day_in_the_shops_zone(store: Path) -> None:
    """01:30 in Shanghai belongs to the 12th, though UTC still has the 11th; the export's figure is kept beside it."""
    with writing(store) as conn:
        conn.execute("UPDATE orders SET refunded_reported_minor = 300 WHERE id = 1")
    closed(at(store), opened(at(store), "refund_only", "CAP:1"), "partly_refunded", "5")
    assert rows(
        store,
        "SELECT source, source_key, line_no, amount_minor, freight_minor, reported_before_minor, refunded_at,"
        " date(refunded_day * 86400, 'unixepoch'), refunded_month, day_known FROM refund",
    ) == [("case", "case:1:1", 2, 500, 0, 300, NOW, "2026-08-12", 2026 * 12 + 7, 1)]
    assert rows(store, 'SELECT closed_day - refunded_day FROM refund, "case"') == [(0,)]


def test_a_refund_of_several_lines_and_freight_is_one_row_each(store: Path) -> None:
    """The whole order goes back: 60.00, 40.00 and the freight of 10.00, summing to what was paid."""
    done = closed(at(store), opened(at(store)), "refunded")
    assert (done["refund_minor"], done["left_minor"]) == (11_000, 0)
    assert rows(store, "SELECT source_key, line_no, amount_minor, freight_minor FROM refund ORDER BY id") == [
        ("case:1:1", 1, 6_000, 0), ("case:1:2", 2, 4_000, 0), ("case:1:3", None, 1_000, 1_000),
    ]  # fmt: skip


@pytest.mark.parametrize(("order", "counted"), [("N1", 1), ("N2", 0)])
def test_a_full_refund_uncounts_an_order_only_before_shipping(store: Path, order: str, counted: int) -> None:
    """A shipped order stays an order in the retention figures; one that never left does not."""
    closed(at(store), opened(at(store), "refund_only", order=order), "refunded")
    assert rows(store, f"SELECT is_counted FROM orders WHERE number = '{order}'") == [(counted,)]


def test_unit_by_unit_is_all_at_once(store: Path) -> None:
    """A line of 10.00 and 3 units goes back as 3.33, 3.33 and 3.34."""
    with writing(store) as conn:
        add_lines(conn, 5, [(1, "TRIO", 3, 1_000)])
        conn.execute("UPDATE orders SET paid_minor = 1000, number = 'TRIO' WHERE id = 5")
    amounts = [
        closed(at(store), opened(at(store), "return_refund", "TRIO:1", order="TRIO"), "refunded")["refund_minor"]
        for _ in range(3)
    ]
    assert amounts == [333, 333, 334]


def test_what_refunded_means_without_an_amount(store: Path) -> None:
    """The amount the case asked for, if it named one, and on reopening only what is missing of it."""
    case = opened(at(store), "refund_only", amount="12.34")
    assert closed(at(store), case, "refunded")["refund_minor"] == 1_234
    cases.move(at(store), case, Step("reopen", reason="again"))
    assert closed(at(store), case, "refunded")["refund_minor"] == 0
    assert rows(store, 'SELECT reopened_count, version FROM "case"') == [(1, 4)]
    assert replayed(store, 1)


def test_freight_is_named_and_goes_back_once(store: Path) -> None:
    """10.00 of freight is refundable beside one tee, and never again."""
    done = closed(at(store), opened(at(store), "return_refund", "TEE:1"), "refunded", "30", "10")
    assert done["refund_minor"] == 3_000
    again = opened(at(store), "return_refund", "TEE:1")
    with pytest.raises(ShopcareError, match="freight") as refusal:
        closed(at(store), again, "refunded", "30", "10")
    assert refusal.value.code == "refund.freight_above_left"


def test_closing_time_stays_and_reopening_begins_a_new_period(store: Path) -> None:
    """Closing twice is refused; the history keeps how each period ended."""
    case = opened(at(store), "inquiry")
    closed(at(store, NOW + 10), case, "explained")
    with pytest.raises(ShopcareError) as refusal:
        closed(at(store, NOW + 20), case, "compensated")
    assert (refusal.value.code, refusal.value.exit_code) == ("case.closed", 5)
    assert rows(store, 'SELECT closed_at, outcome FROM "case"') == [(NOW + 10, "explained")]
    cases.move(at(store, NOW + 30), case, Step("reopen", reason="asks again"))
    assert rows(store, 'SELECT closed_at, closed_day, outcome, stage FROM "case"') == [
        (None, None, None, "negotiating")
    ]
    closed(at(store, NOW + 40), case, "compensated")
    assert rows(store, "SELECT outcome FROM case_event WHERE action = 'close' ORDER BY seq") == [
        ("explained",), ("compensated",),
    ]  # fmt: skip
    assert replayed(store, 1)


def test_a_stale_or_back_dated_step_is_refused(store: Path) -> None:
    """Somebody else was quicker, or the clock runs backwards: nothing is written."""
    case = opened(at(store), "inquiry")
    cases.move(at(store), case, Step("approve"), expected_version=1)
    before = dump(store)
    with pytest.raises(CaseStale):
        cases.move(at(store), case, Step("note", note="x"), expected_version=1)
    with pytest.raises(StepTooEarly):
        cases.move(at(store, NOW - 1), case, Step("note", note="x"))
    assert dump(store) == before


def test_a_write_over_another_version_changes_nothing(store: Path) -> None:
    """The row itself is compared and set: a state decided on an older version finds no row to write."""
    opened(at(store), "inquiry")
    with session(store) as session_:
        case = case_by_id(raw(session_), 1)
        assert case is not None
        assert not update_case(session_, 1, case.state._replace(stage="approved", version=7), None)
        assert update_case(session_, 1, case.state._replace(stage="approved", version=2), None)
    assert rows(store, 'SELECT stage, version FROM "case"') == [("approved", 2)]


def path_to(stage: str) -> list[str]:
    """The shortest way from a new case to a stage."""
    frontier: list[tuple[str, list[str]]] = [("requested", [])]
    for here, way in frontier:
        if here == stage:
            return way
        frontier += [
            (target, [*way, action]) for (start, action), target in TRANSITIONS.items() if start == here != target
        ]
    raise AssertionError(stage)


@pytest.mark.parametrize("stage", STAGES)
def test_every_refused_pair_writes_nothing(store: Path, stage: str) -> None:
    """In each stage, every action the table does not have leaves the store as it was."""
    case = opened(at(store), "exchange", "TEE:1")
    for action in path_to(stage):
        step = Step(action, outcome="exchanged" if action == "close" else None, reason="because", note="x")
        if action == "close":
            cases.close(at(store), case, step, Closing())
        else:
            cases.move(at(store), case, step)
    before = dump(store)
    for action in ACTIONS:
        if action != "close" and (stage, action) not in TRANSITIONS:
            with pytest.raises(ShopcareError):
                cases.move(at(store), case, Step(action, waiting_on="us", reason="x", note="x"))
    assert dump(store) == before
    assert rows(store, 'SELECT stage FROM "case"') == [(stage,)]


REFUSED: dict[str, tuple[int, Callable[[Path], object]]] = {
    "not_found": (4, lambda store: opened(at(store), order="N99")),
    "ambiguous_key": (2, lambda store: opened(at(store), order="TWIN")),
    "case.not_shipped": (5, lambda store: opened(at(store), order="N2")),
    "case.not_paid": (5, lambda store: opened(at(store), "refund_only", order="N3")),
    "case.unknown_sku": (4, lambda store: opened(at(store), "exchange", "HAT:1")),
    "case.units_taken": (5, lambda store: opened(at(store), "exchange", "TEE:3")),
    "case.bad_line": (2, lambda store: opened(at(store), "exchange", "TEE")),
    "case.option_missing": (2, lambda store: cases.open_case(at(store), Opening("N1", "inquiry", " "))),
    "refund.amount": (2, lambda store: opened(at(store), "refund_only", amount="1e3")),
    "refund.not_positive": (5, lambda store: closed(at(store), "A1", "refunded", "0")),
    "refund.currency": (5, lambda store: closed(at(store), "A1", "refunded", "1 USD")),
    "refund.above_left": (5, lambda store: closed(at(store), "A1", "refunded", "110.01")),
    "refund.above_units": (5, lambda store: closed(at(store), "A1", "refunded", "20.01")),
    "refund.freight_above_left": (5, lambda store: closed(at(store), "A1", "refunded", "31", "11")),
    "refund.freight_above_refund": (2, lambda store: closed(at(store), "A1", "refunded", "5", "6")),
    "case.outcome_without_money": (5, lambda store: closed(at(store), "A1", "explained", "1")),
    "case.action_refused": (5, lambda store: cases.move(at(store), "A1", Step("deliver"))),
    "case.action_for_other_kind": (5, lambda store: cases.move(at(store), "A2", Step("await_return"))),
    "case.external_id_taken": (
        5, lambda store: cases.open_case(at(store), Opening("N1", "inquiry", "x", external_id="P7")),
    ),
}  # fmt: skip


@pytest.mark.parametrize("code", REFUSED)
def test_a_refusal_leaves_the_store_unchanged(store: Path, code: str) -> None:
    """Each refusal has its code and exit code, and not a byte of the store moves."""
    opened(at(store), "return_refund", "TEE:1")
    cases.open_case(at(store), Opening("N1", "inquiry", "x", external_id="P7"))
    exit_code, attempt = REFUSED[code]
    before = dump(store)
    with pytest.raises(ShopcareError) as refusal:
        attempt(store)
    assert (refusal.value.code, refusal.value.exit_code) == (code, exit_code)
    assert dump(store) == before


def test_a_refund_takes_back_the_points_it_had_earned(store: Path) -> None:
    """100.00 of goods earned 100 points; 20.00 back take 20, the rest takes the rest, in the same transaction."""
    award_orders(at(store))
    earned = "SELECT COALESCE(SUM(points), 0) FROM points_entry WHERE order_id = 1"
    assert rows(store, earned) == [(100,)]
    done = closed(at(store), opened(at(store), "return_refund", "TEE:1"), "refunded")
    assert (done["points_taken"], done["points_debt"]) == (20, 0)
    assert rows(store, earned) == [(80,)]
    step = Step("close", outcome="refunded")
    rest = opened(at(store))
    cases.close(at(store), rest, step, Closing(), dry_run=True)
    assert rows(store, earned) == [(80,)]
    assert closed(at(store), rest, "refunded")["points_taken"] == 80
    assert rows(store, earned) == [(0,)]


def test_withdrawn_after_the_goods_came_back_is_refused(store: Path) -> None:
    """Goods here and nothing owed cannot both be true; rejected still can."""
    case = opened(at(store), "return_refund", "TEE:1")
    cases.move(at(store), case, Step("await_return"))
    cases.move(at(store), case, Step("receive"))
    with pytest.raises(ShopcareError) as refusal:
        closed(at(store), case, "withdrawn")
    assert refusal.value.code == "case.already_moved"
    assert closed(at(store), case, "rejected")["refund_minor"] == 0
    with pytest.raises(ShopcareError, match="2 left"):
        opened(at(store), "return_refund", "TEE:3")


def test_a_dry_run_says_the_same_and_writes_nothing(store: Path) -> None:
    """The report is that of the real run."""
    case = opened(at(store), "refund_only")
    before = dump(store)
    step = Step("close", outcome="refunded")
    tried = cases.close(at(store), case, step, Closing(), dry_run=True)
    assert dump(store) == before
    done = cases.close(at(store), case, step, Closing())
    assert tried.blocks == done.blocks


def test_a_full_disk_is_said_and_writes_nothing(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the file cannot grow any more, opening a case is refused like any other write, exit 6."""

    def full(session_: Session, *_facts: object) -> int:
        conn = raw(session_)
        conn.execute(f"PRAGMA max_page_count = {conn.execute('PRAGMA page_count').fetchone()[0]}")
        session_.add_all(Audit(at=0, actor="x" * 4_000, command="x") for _ in range(100))
        session_.flush()
        return 0

    monkeypatch.setattr("shopcare.services.cases.queries.insert_case", full)
    before = dump(store)
    with pytest.raises(StoreUnusable, match="full") as refusal:
        opened(at(store), "inquiry")
    assert refusal.value.exit_code == 6
    assert dump(store) == before


def test_booked_refunds_and_history_cannot_be_edited(store: Path) -> None:
    """The database itself refuses to change or delete them."""
    import sqlite3

    closed(at(store), opened(at(store), "refund_only"), "refunded")
    for statement in ("UPDATE refund SET amount_minor = 1", "DELETE FROM refund", "DELETE FROM case_event"):
        with writing(store) as conn, pytest.raises(sqlite3.IntegrityError, match="append-only"):
            conn.execute(statement)


@pytest.mark.parametrize(
    ("key", "order"), [("N1", 1), ("shop/TWIN", 5), ("second/TWIN", 4), ("#1006", 6), ("1006", 6), ("shop/1006", 6)]
)
def test_orders_are_found_by_their_number(store: Path, key: str, order: int) -> None:
    """By number, by shop and number, and without the `#` a shell would eat."""
    with reading(store) as conn:
        assert order_account.resolve(conn, key).id == order


@pytest.mark.parametrize("key", ["", "N99", "second/N1", "third/TWIN", "n1"])
def test_unknown_orders_are_refused_with_the_way_to_find_them(store: Path, key: str) -> None:
    """Nothing is guessed."""
    with reading(store) as conn, pytest.raises(NotFound) as refusal:
        order_account.resolve(conn, key)
    assert "order list" in str(refusal.value.context["listing"])


def test_an_order_of_two_shops_offers_both(store: Path) -> None:
    """The candidates are what to type instead."""
    with reading(store) as conn, pytest.raises(AmbiguousKey) as refusal:
        order_account.resolve(conn, "TWIN")
    assert refusal.value.context["candidates"] == "shop/TWIN, second/TWIN"


@pytest.mark.parametrize("key", ["A1", "a1", "1", " A1 ", "A001"])
def test_cases_are_found_by_their_id(store: Path, key: str) -> None:
    """With or without the letter."""
    opened(at(store), "inquiry")
    with reading(store) as conn:
        assert cases.resolve(conn, key).id == 1


@pytest.mark.parametrize("key", ["A2", "B1", "", "A", "-1", "1.0", "١"])
def test_other_case_ids_are_refused(store: Path, key: str) -> None:
    """A customer's or batch's id is no case."""
    opened(at(store), "inquiry")
    with reading(store) as conn, pytest.raises(NotFound):
        cases.resolve(conn, key)


def test_lists_filter_and_cut_nothing(store: Path) -> None:
    """Open cases by default; each filter alone; all orders and customers unless a limit is named."""
    first = opened(at(store), "inquiry")
    opened(at(store), "complaint", order="N2")
    opened(at(store), "inquiry", order="shop/TWIN")
    cases.move(at(store), "A2", Step("dispute"))
    closed(at(store), first, "explained")

    def listed(wanted: CaseFilter, **named: str) -> list[object]:
        return [row[0] for row in case_reports.listing(at(store), wanted, **named).blocks[0].rows]

    assert listed(CaseFilter()) == ["A2", "A3"]
    assert listed(CaseFilter(is_open=False)) == ["A1", "A2", "A3"]
    assert listed(CaseFilter(stage="disputed")) == listed(CaseFilter(waiting_on="platform")) == ["A2"]
    assert listed(CaseFilter(is_open=False, kind="inquiry")) == ["A1", "A3"]
    assert listed(CaseFilter(is_open=False), customer="li") == ["A1", "A2"]
    assert listed(CaseFilter(), order="second/TWIN") == []
    assert listed(CaseFilter(shop="second")) == []
    numbers = [row[0] for row in orders.listing(at(store), OrderFilter()).blocks[0].rows]
    assert sorted(map(str, numbers)) == ["#1006", "N1", "N2", "N3", "TWIN", "TWIN"]
    assert len(orders.listing(at(store), OrderFilter(limit=2)).blocks[0].rows) == 2
    assert len(orders.listing(at(store), OrderFilter(status="paid")).blocks[0].rows) == 1
    assert [row[0] for row in orders.listing(at(store), OrderFilter(), customer="C1").blocks[0].rows] == ["N2", "N1"]


def test_an_order_shows_its_net_after_refunds(store: Path) -> None:
    """Paid, refunded and net; every refund with its case; the case itself."""
    closed(at(store), opened(at(store), "return_refund", "TEE:1"), "refunded")
    blocks = {block.id: block for block in order_page.show(at(store), "N1").blocks}
    facts = dict(zip((c.key for c in blocks["order"].columns), blocks["order"].rows[0], strict=True))
    assert (facts["paid_minor"], facts["refunded_minor"], facts["net_minor"], facts["left_minor"]) == (
        11_000,
        2_000,
        9_000,
        9_000,
    )
    assert [row[5:] for row in blocks["lines"].rows] == [(6_000, 2_000, 2), (4_000, 0, 1)]
    assert [row[1:] for row in blocks["refunds"].rows] == [("A1", "case", 1, 2_000, 0)]
    assert [row[0] for row in blocks["cases"].rows] == ["A1"]


def test_a_customer_is_one_page(store: Path) -> None:
    """Orders, cases, net spend, and when we last had to do with each other."""
    closed(at(store), opened(at(store), "return_refund", "TEE:1"), "refunded")
    report = customers.show(at(store), "C1")
    page = dict(zip((c.key for c in report.blocks[0].columns), report.blocks[0].rows[0], strict=True))
    assert (page["orders"], page["net_minor"], page["cases"], page["open_cases"]) == (2, 14_000, 1, 0)
    assert (page["last_contact_at"], page["last_contact"]) == (NOW, "case")
    assert [block.id for block in report.blocks][:3] == ["customer", "orders", "cases"]
    row = customers.listing(at(store), CustomerFilter()).blocks[0].rows[0]
    assert row[:6] == ("C1", "li", "shop", 2, 14_000, "CNY")


def test_customers_can_be_listed_by_tier(store: Path) -> None:
    """The newest assignment in effect decides; a later one does not yet."""
    with writing(store) as conn:
        conn.executemany(
            "INSERT INTO tier_assignment (shop_id, customer_id, tier, basis_minor, currency, effective_at, effective_day,"
            " recorded_at, reason, rules) VALUES (1, 1, ?, 0, 'CNY', ?, 0, 0, '', '')",
            [("silver", NOW - 2), ("gold", NOW - 1), ("diamond", NOW + 1)],
        )
    assert len(customers.listing(at(store), CustomerFilter(tier="gold")).blocks[0].rows) == 1
    assert customers.listing(at(store), CustomerFilter(tier="silver")).blocks[0].rows == []
    page = {block.id: block for block in customers.show(at(store, NOW + 1), "li").blocks}
    assert "diamond" in page["tier"].rows[0]
    assert page["points"].rows


def test_what_one_order_needs_is_found_by_index(store: Path) -> None:
    """No query that a case runs reads a whole table, however many orders there are."""
    from shopcare.store.queries import cases as case_queries
    from shopcare.store.queries import customers as customer_queries
    from shopcare.store.queries import orders as order_queries

    opened(at(store), "return_refund", "TEE:1")
    with reading(store) as conn:
        statements: list[str] = []
        conn.set_trace_callback(statements.append)
        order = order_account.resolve(conn, "N1")
        order_account.account(conn, order)
        order_queries.refunds_of_order(conn, order.id)
        case_queries.units_of_case(conn, 1)
        case_queries.events_of_case(conn, 1)
        case_queries.was_received(conn, 1)
        case_queries.changed_at(conn, 1)
        case_queries.case_with_external_id(conn, 1, "x")
        list(case_queries.cases_listed(conn, CaseFilter(is_open=False, order_id=order.id)))
        list(case_queries.cases_listed(conn, CaseFilter(is_open=False, customer_id=1)))
        list(order_queries.orders_listed(conn, OrderFilter(customer_id=1)))
        customer_queries.spent_by_customer(conn, 1)
        customer_queries.last_contact(conn, 1)
        conn.set_trace_callback(None)
        plans = [row[3] for sql in statements for row in conn.execute("EXPLAIN QUERY PLAN " + sql)]
    small = ("SCAN s", "SCAN h", "SCAN CONSTANT ROW", "SCAN booked")  # the shops; a derived table of one order
    assert len(plans) > 20
    assert [plan for plan in plans if plan.startswith("SCAN") and not plan.startswith(small)] == []
