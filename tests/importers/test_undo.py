"""A batch can be taken back as long as nothing stands on it; then the store is what it was before."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from case_files import CASE_COLUMNS, ORDER_COLUMNS, asked, fresh, take_cases, take_orders, write
from case_files import facts as case_facts
from conftest import Run
from shopcare.domain.cases import Step
from shopcare.domain.points import balance
from shopcare.services import awards, batches, cases, undo
from shopcare.services.cases import Closing, Opening
from shopcare.services.context import Context
from shopcare.services.file_imports import Options, import_files
from shopcare.services.order_imports import ORDERS
from shopcare.services.points import award_bonus, redeem
from shopcare.services.undo import AlreadyUndone, UndoBlocked
from shopcare.store.engine import reading
from shopcare.store.queries import points as points_sql

LINES = Path(__file__).parent / "taobao"
TABLES = (
    "customer", "customer_identity", "product", "orders", "order_line", "waiting_line", '"case"', "case_line", "case_event",
    "case_report", "refund", "points_entry",
)  # fmt: skip


def dump(ctx: Context) -> dict[str, list[tuple[object, ...]]]:
    """Every row of the tables an import writes."""
    found = {}
    for table in TABLES:
        columns = [row[1] for row in asked(ctx, f"PRAGMA table_info({table})")]
        rows = asked(ctx, f"SELECT {', '.join(f'{column}' for column in columns)} FROM {table}")
        if table == "refund":  # the row of an export is written anew, so its own number may differ
            rows = [row[1:] for row in rows]
            rows = [row[:-1] if row[4] == "export" else row for row in rows]
        found[table] = sorted(rows, key=repr)
    return found


def last_batch(ctx: Context) -> str:
    """The newest batch."""
    return f"B{asked(ctx, 'SELECT MAX(id) FROM import_batch')[0][0]}"


def order_rows(*rows: tuple[object, ...]) -> list[tuple[object, ...]]:
    """Generic order rows: (number, status, paid, refunded)."""
    return [
        (number, f"b{number}", "2026-08-01 10:00:00", status, paid, back, "") for number, status, paid, back in rows
    ]


def case_row(
    case: str, order: str, status: str, refunded: str = "", at: str = "2026-08-05 10:00:00"
) -> tuple[object, ...]:
    """A generic after-sales row."""
    return (case, order, "refund_only", status, "torn", refunded, refunded, "2026-08-02 10:00:00", at, "", "", "")


STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("orders"), st.sampled_from(["N1", "N2"]), st.sampled_from(["paid", "shipped", "completed"]),
            st.sampled_from(["", "5", "30"]),
        ),
        st.tuples(
            st.just("cases"), st.sampled_from(["N1", "N2"]), st.sampled_from(["requested", "received", "refunded", "odd"]),
            st.sampled_from(["10", "20"]),
        ),
    ),
    min_size=1, max_size=5,
)  # fmt: skip


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS)
def test_undoing_the_last_batch_is_as_if_it_never_came(steps: list[tuple[str, str, str, str]]) -> None:
    """After each import the store is dumped; undone one by one, newest first, every dump comes back."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ctx = fresh(folder)
        dumps = []
        for place, step in enumerate(steps):
            dumps.append((last_batch(ctx), dump(ctx)))
            take_step(ctx, folder, place, step)
        for before, known in reversed(dumps):
            if (now := last_undoable(ctx)) == before:
                continue  # the file changed nothing and left no batch
            undo.undo(ctx, now)
            assert dump(ctx) == known


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS, data=st.data())
def test_whatever_batch_can_be_undone_is_as_if_it_never_came(
    steps: list[tuple[str, str, str, str]], data: st.DataObject
) -> None:
    """Undoing any batch, not only the newest, is refused, or the store says what the other files alone say."""
    gone = data.draw(st.integers(0, len(steps) - 1))
    with tempfile.TemporaryDirectory() as name:
        stores = []
        for side in ("undone", "never"):
            (folder := Path(name) / side).mkdir()
            ctx = fresh(folder)
            for place, step in enumerate(steps):
                if side == "never" and place == gone:
                    continue
                before = last_undoable(ctx)
                take_step(ctx, folder, place, step)
                if place == gone and (wanted := last_undoable(ctx)) == before:
                    return
            if side == "undone":
                try:
                    undo.undo(ctx, wanted)
                except UndoBlocked:
                    return
            stores.append([*case_facts(ctx), asked(ctx, "SELECT display FROM customer ORDER BY 1")])
        assert stores[0] == stores[1]


def take_step(ctx: Context, folder: Path, place: int, step: tuple[str, str, str, str]) -> None:
    """Import one file of a story, dated by its place."""
    kind, order, word, amount = step
    if kind == "orders":
        row = (order, f"b{order}", "2026-08-01 10:00:00", word, "100", amount, "")
        take_orders(ctx, write(folder / f"{place}_202608{10 + place}.csv", ORDER_COLUMNS, [row]))
    else:
        rows = [case_row(f"R{order}", order, word, amount if word == "refunded" else "")]
        take_cases(ctx, write(folder / f"{place}_202608{10 + place}.csv", CASE_COLUMNS, rows))


def last_undoable(ctx: Context) -> str:
    """The newest batch that stands."""
    return f"B{asked(ctx, 'SELECT MAX(id) FROM import_batch WHERE undone_at IS NULL')[0][0]}"


def test_an_undone_file_may_come_again(tmp_path: Path) -> None:
    """Undo removes what came; the same file afterwards brings it back; a dry run does nothing; twice is refused."""
    ctx = fresh(tmp_path)
    empty = dump(ctx)
    file = write(tmp_path / "o.csv", ORDER_COLUMNS, order_rows(("N1", "paid", "10", ""), ("N2", "paid", "10", "3")))
    take_orders(ctx, file)
    full = dump(ctx)
    undo.undo(ctx, "B1", dry_run=True)
    assert dump(ctx) == full
    undo.undo(ctx, "B1")
    assert dump(ctx) == empty
    with pytest.raises(AlreadyUndone):
        undo.undo(ctx, "B1")
    take_orders(ctx, file)
    assert [len(dump(ctx)[table]) for table in TABLES] == [len(full[table]) for table in TABLES]
    assert asked(ctx, "SELECT command, subject FROM audit WHERE command = 'import undo'") == [("import undo", "B1")]


def test_the_same_content_of_a_later_day_is_said_again(tmp_path: Path) -> None:
    """A later export with the content of an earlier one states it anew, so what came between is not taken from under it."""
    ctx = fresh(tmp_path)
    rows = {"received": [case_row("R1", "N1", "received")], "refunded": [case_row("R1", "N1", "refunded", "10")]}
    take_orders(ctx, write(tmp_path / "o.csv", ORDER_COLUMNS, order_rows(("N1", "paid", "100", ""))))
    for day, word in ((11, "received"), (12, "refunded"), (13, "received"), (13, "received")):
        take_cases(ctx, write(tmp_path / f"r_202608{day}.csv", CASE_COLUMNS, rows[word]))
    assert last_batch(ctx) == "B4", "the same file again leaves no batch"
    with pytest.raises(UndoBlocked, match="B4"):
        undo.undo(ctx, "B3")


def test_lines_and_their_list_in_either_order(tmp_path: Path) -> None:
    """Lines that waited wait again when the list that took them is undone; the lines first is refused, it names the list."""
    files = {key: str(next(LINES.glob(f"taobao_Export{key}2026*.csv"))) for key in ("OrderDetailList", "OrderList")}
    for first, second in (("OrderDetailList", "OrderList"), ("OrderList", "OrderDetailList")):
        (folder := tmp_path / first).mkdir()
        ctx = fresh(folder)
        empty = dump(ctx)
        take_orders(ctx, files[first])
        between = dump(ctx)
        take_orders(ctx, files[second])
        with pytest.raises(UndoBlocked, match="B2"):
            undo.undo(ctx, "B1")
        undo.undo(ctx, "B2")
        assert dump(ctx) == between
        undo.undo(ctx, "B1")
        assert dump(ctx) == empty


def test_what_blocks_is_named(tmp_path: Path) -> None:
    """Points, a step of the desk, its refund, a later batch: each keeps the batch, and the store stays as it is."""
    for what in ("points", "case", "refund", "import"):
        (folder := tmp_path / what).mkdir()
        ctx = fresh(folder)
        done = ("N1", "b", "2026-08-01 10:00:00", "completed", "100", "", "2026-08-02 10:00:00")
        take_orders(ctx, write(folder / "o.csv", ORDER_COLUMNS, [done]))
        if what == "points":
            awards.award_orders(ctx._replace(now=ctx.now + 40 * 86_400))
        elif what == "import":
            take_orders(ctx, write(folder / "p_20260811.csv", ORDER_COLUMNS, [(*done[:5], "7", done[6])]))
        else:
            case = str(cases.open_case(ctx, Opening("N1", "refund_only", "late", amount="20")).blocks[0].rows[0][0])
            if what == "refund":
                cases.close(ctx, case, Step("close", outcome="refunded"), Closing())
        before = dump(ctx)
        with pytest.raises(UndoBlocked, match=what):
            undo.undo(ctx, "B1")
        assert dump(ctx) == before


def test_a_desk_step_keeps_an_imported_case(tmp_path: Path) -> None:
    """A case an export opened and the desk moved since stays; show says what blocks."""
    ctx = fresh(tmp_path)
    take_orders(ctx, write(tmp_path / "o.csv", ORDER_COLUMNS, order_rows(("N1", "completed", "100", ""))))
    take_cases(ctx, write(tmp_path / "c.csv", CASE_COLUMNS, [case_row("7", "N1", "requested", at="")]))
    cases.move(ctx, "A1", Step("approve"))
    with pytest.raises(UndoBlocked, match="A1"):
        undo.undo(ctx, "B2")
    facts = batches.show(ctx, "B2").blocks[0]
    assert "A1" in str(facts.rows[0][-1])


def test_an_interrupted_first_load_is_not_noted(tmp_path: Path) -> None:
    """A refused file leaves no batch to show or undo."""
    ctx = fresh(tmp_path)
    (file := tmp_path / "x.csv").write_text("what,ever\n1,2\n", "utf-8")
    assert import_files(ctx, [str(file)], Options(), ORDERS).exit_code == 5
    assert asked(ctx, "SELECT COUNT(*) FROM import_batch") == [(0,)]


def points_of(ctx: Context) -> tuple[object, ...]:
    """Available, pending, lapsed and owed points of the only member."""
    with reading(ctx.store) as conn:
        points_sql.choose(conn, 1)
        found = balance(*points_sql.account(conn), ctx.now)
    return found.available, found.pending, found.expired, found.debt


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    bonus=st.integers(0, 40),
    spent=st.sampled_from([0, 100, 200]),
    refunds=st.lists(st.integers(10, 90), min_size=1, max_size=3),
    days=st.sampled_from([1, 40]),
    later=st.integers(0, 150),
    rounds=st.integers(1, 2),
)
def test_points_taken_back_by_an_import_come_back_with_its_undoing(
    bonus: int, spent: int, refunds: list[int], days: int, later: int, rounds: int
) -> None:
    """Whatever was pending, usable, spent or owed: after the undoing the balance is as if the refunds had never come, and
    importing them again takes the same points again; the ledger only ever grows and stays in balance.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ctx = fresh(folder)
        orders = [
            (f"N{i}", "b", "2026-08-01 10:00:00", "completed", "100", "", "2026-08-02 10:00:00")
            for i in range(len(refunds))
        ]
        take_orders(ctx, write(folder / "o.csv", ORDER_COLUMNS, orders))
        ctx = ctx._replace(now=ctx.now + days * 86_400)
        awards.award_orders(ctx)
        if bonus:
            award_bonus(ctx, "b", bonus, "first")
        if spent <= points_of(ctx)[0]:  # type: ignore[operator]  # a number
            redeem(ctx, "b", spent) if spent else None
        cases = write(
            folder / "c.csv", CASE_COLUMNS,
            [case_row(str(i), f"N{i}", "refunded", str(amount)) for i, amount in enumerate(refunds)],
        )  # fmt: skip
        for place in range(rounds):
            before = points_of(ctx)
            take_cases(ctx, cases)
            after = points_of(ctx)
            assert total(after) < total(before) or days == 1, "what was not signed off has earned nothing yet"
            entries = asked(ctx, "SELECT * FROM points_entry ORDER BY id")
            given = later if later and not place else 0
            if given:
                award_bonus(ctx, "b", given, "later")
            undo.undo(ctx, last_undoable(ctx))
            assert total(points_of(ctx)) == total(before) + given
            assert points_of(ctx)[2:] == before[2:]
            assert asked(ctx, "SELECT * FROM points_entry ORDER BY id")[: len(entries)] == entries
            take_cases(ctx, cases)
            assert total(points_of(ctx)) == total(after) + given
            (sums,) = asked(ctx, "SELECT SUM(points) FROM points_entry")
            assert sums[0] == total(points_of(ctx)) + points_of(ctx)[2]  # type: ignore[operator]  # numbers
            undo.undo(ctx, last_undoable(ctx))


def total(points: tuple[object, ...]) -> int:
    """What a member has in the end."""
    available, pending, _lapsed, owed = map(int, points)  # type: ignore[call-overload]  # numbers
    return available + pending - owed


def test_customers_go_with_the_last_that_names_them(tmp_path: Path) -> None:
    """A buyer of two batches stays with either order and goes with both, whichever is undone first."""
    for first, second in (("B1", "B2"), ("B2", "B1")):
        (folder := tmp_path / first).mkdir()
        ctx = fresh(folder)
        row = ("b", "2026-08-01 10:00:00", "paid", "10", "", "")
        take_orders(ctx, write(folder / "a.csv", ORDER_COLUMNS, [("N1", *row)]))
        take_orders(ctx, write(folder / "b.csv", ORDER_COLUMNS, [("N2", *row), ("N3", "new", *row[1:])]))
        undo.undo(ctx, first)
        assert "b" in [row[2] for row in dump(ctx)["customer"]]
        undo.undo(ctx, second)
        assert (dump(ctx)["customer"], dump(ctx)["customer_identity"]) == ([], [])


def test_orders_with_imported_cases_stay(tmp_path: Path) -> None:
    """A case that a later file opened on an order keeps the batch that brought the order."""
    ctx = fresh(tmp_path)
    take_orders(ctx, write(tmp_path / "o.csv", ORDER_COLUMNS, order_rows(("N1", "completed", "100", ""))))
    take_cases(ctx, write(tmp_path / "c.csv", CASE_COLUMNS, [case_row("7", "N1", "requested", at="")]))
    with pytest.raises(UndoBlocked, match="import B2"):
        undo.undo(ctx, "B1")


def test_a_number_is_never_given_twice(tmp_path: Path) -> None:
    """Cases, customers, orders and refunds that come again after an undoing get numbers nobody had before."""
    ctx = fresh(tmp_path)
    orders = write(tmp_path / "o.csv", ORDER_COLUMNS, order_rows(("N1", "completed", "100", "")))
    refunds = write(tmp_path / "c.csv", CASE_COLUMNS, [case_row("7", "N1", "refunded", "20")])
    for place in range(1, 4):
        take_orders(ctx, orders)
        take_cases(ctx, refunds)
        for table in ("customer", "orders", '"case"', "refund"):
            assert asked(ctx, f"SELECT id FROM {table}") == [(place,)]
        undo.undo(ctx, f"B{2 * place}")
        undo.undo(ctx, f"B{2 * place - 1}")


def test_a_repeated_order_holds_what_it_repeats(tmp_path: Path) -> None:
    """A later export that says the same of one order blocks the undoing of the first, and of the lines of it."""
    ctx = fresh(tmp_path)
    first, second = order_rows(("N1", "paid", "10", ""), ("N2", "paid", "10", "")), order_rows(("N2", "paid", "10", ""))
    take_orders(ctx, write(tmp_path / "a.csv", ORDER_COLUMNS, first))
    take_orders(ctx, write(tmp_path / "b.csv", ORDER_COLUMNS, [*second, *order_rows(("N3", "paid", "1", ""))]))
    with pytest.raises(UndoBlocked, match="import B2"):
        undo.undo(ctx, "B1")
    undo.undo(ctx, "B2")
    undo.undo(ctx, "B1")
    assert dump(ctx)["orders"] == []


def test_show_and_undo_on_the_command_line(shop: Run, tmp_path: Path) -> None:
    """Counts and rejected rows of a batch; an unknown one is exit 4, a blocked or repeated undo exit 5."""
    file = write(tmp_path / "o.csv", ORDER_COLUMNS, order_rows(("N1", "paid", "10", ""), ("N2", "paid", "1e3", "")))
    assert shop("import", "orders", file).returncode == 3
    shown = shop("import", "show", "B1", "--json")
    assert shown.returncode == 0, shown.stderr
    assert "bad-amount" in shown.stdout
    assert shop("import", "show", "B9").returncode == 4
    assert shop("import", "undo", "B1", "--fields", "orders_removed").stdout == "1\n"
    assert shop("import", "undo", "B1").returncode == 5
    assert shop("order", "list").stdout == ""
    listed = shop("import", "list", "--fields", "batch,undone_at").stdout
    assert listed.startswith("B1\t2026-08-12T"), "the list says that it was undone"


def test_what_goes_is_counted_and_a_narrow_list_still_says_it(shop: Run, home: Path) -> None:
    """With a customer go their identities; in 80 columns the list keeps the time of undoing and leaves other columns out."""
    name = "全部订单" * 10 + ".csv"
    (home / name).write_text("order_id,ordered_at,paid,customer_id\n1,2026-08-01 10:00,10.00,ann\n", "utf-8")
    assert shop("import", "orders", name).returncode == 0
    counts = shop("import", "undo", "B1", "--fields", "orders_removed,customers_removed,identities_removed")
    assert counts.stdout == "1\t1\t1\n"
    drawn = shop("import", "list", "--format", "table", env={"COLUMNS": "80"}).stdout
    assert "Undone" in drawn.splitlines()[1]
    assert max(map(len, drawn.splitlines())) <= 80


def test_what_blocks_is_said_in_the_language_of_the_reader(shop: Run, home: Path) -> None:
    """In Chinese the kinds of things that keep a batch are Chinese, in the refusal and on its page; for programs they are not."""
    for day, paid in ((1, 10), (2, 11)):
        (home / "o.csv").write_text(f"order_id,ordered_at,paid\nrefund 1,2026-08-01 10:00,{paid}\n", "utf-8")
        assert shop("import", "orders", "o.csv", "--exported-at", f"2026-08-0{day}").returncode == 0
    refused = shop("import", "undo", "B1", "--lang", "zh")
    assert (refused.returncode, "导入 B2" in refused.stderr, "import B2" in refused.stderr) == (5, True, False)
    assert "导入 B2" in shop("import", "show", "B1", "--lang", "zh", "--format", "table").stdout
    assert '"blocked_by": "import B2"' in shop("import", "show", "B1", "--lang", "zh", "--json").stdout
    assert shop("case", "open", "refund 1", "--kind", "inquiry", "--reason", "x").returncode == 0
