"""Which pieces an imported case is about: the lines of its order, in whatever order files arrive and lines change."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from case_files import asked, facts, fresh, take_cases, take_orders, write
from shopcare.domain.account import Claim
from shopcare.domain.case_units import Item, NamedCase, OrderedLine, units_of_cases
from shopcare.domain.claims import UnitsTaken, holds
from shopcare.services import cases, undo
from shopcare.services.cases import Opening
from shopcare.services.context import Context

HERE = Path(__file__).parent
UNITS = """
SELECT o.number, a.external_id, COALESCE(l.external_id, l.sku), u.quantity
FROM case_line AS u JOIN "case" AS a ON a.id = u.case_id JOIN orders AS o ON o.id = u.order_id
JOIN order_line AS l ON l.order_id = u.order_id AND l.line_no = u.line_no ORDER BY 1, 2, 3
"""
ORDER_HEADER = (
    "order_id",
    "customer_id",
    "ordered_at",
    "status",
    "paid",
    "line_id",
    "sku",
    "title",
    "quantity",
    "unit_price",
)
CASE_HEADER = (
    "case_id", "order_id", "kind", "status", "refunded", "applied_at", "closed_at", "line_id", "sku", "title", "quantity",
)  # fmt: skip


@pytest.fixture
def ctx(tmp_path: Path) -> Context:
    """A context over a store with one generic CNY shop in Shanghai."""
    return fresh(tmp_path)


def order_file(folder: Path, *lines: tuple[object, ...], name: str = "orders.csv", order: str = "N1") -> str:
    """An order of 100.00 with these lines: (line id, sku, title, quantity, unit price)."""
    rows = [(order, "b1", "2026-08-01 10:00:00", "completed", "100", *line) for line in lines]
    return write(folder / name, ORDER_HEADER, rows)


def case_file(folder: Path, *rows: tuple[object, ...], name: str = "cases.csv") -> str:
    """Cases of N1: (case, kind, status, refunded, line id, sku, title, quantity)."""
    full = [
        (case, "N1", kind, status, back, "2026-08-02 10:00:00", "2026-08-05 10:00:00" if back else "", *item)
        for case, kind, status, back, *item in rows
    ]
    return write(folder / name, CASE_HEADER, full)


@pytest.mark.parametrize("first", ["orders", "cases"])
def test_douyin_cases_are_about_their_sub_order(ctx: Context, first: str) -> None:
    """商品单号 is the sub-order: the units are that line's, whichever file comes first."""
    orders, listed = HERE / "douyin" / "douyin_orders.csv", HERE / "aftersales" / "douyin_aftersales.xlsx"
    for kind in (first, "cases" if first == "orders" else "orders"):
        take_orders(ctx, str(orders)) if kind == "orders" else take_cases(ctx, str(listed))
    wanted = [
        (f"6990000000000000{order}", f"744000000000000000{case}", f"6990000000000000{line}", pieces)
        for order, case, line, pieces in (
            (101, 3, 101, 1),
            (101, 4, 101, 1),
            (102, 1, 104, 2),
            (106, 2, 106, 1),
            (107, 5, 107, 1),
        )
    ]
    assert asked(ctx, UNITS) == wanted


@pytest.mark.parametrize("first", ["orders", "cases"])
def test_amazon_returns_and_the_order_that_is_not_there(ctx: Context, first: str) -> None:
    """The sample: 5 returns of 3 orders, one of which no order export has; the others name their lines and pieces."""
    orders, listed = HERE / "amazon" / "amazon_all_orders.txt", HERE / "aftersales" / "amazon_fba_returns.txt"
    for kind in (first, "cases" if first == "orders" else "orders"):
        take_orders(ctx, str(orders)) if kind == "orders" else take_cases(ctx, str(listed))
    assert asked(ctx, "SELECT COUNT(*), COUNT(DISTINCT order_number) FROM case_report") == [(5, 3)]
    orphans = "SELECT order_number FROM case_report WHERE case_id IS NULL"
    assert asked(ctx, orphans) == [("000-0000009-0000009",)]
    assert asked(ctx, UNITS) == [
        ("000-0000001-0000001", "LPNDEMO0001", "MUG-B", 1),
        ("000-0000001-0000001", "LPNDEMO0002", "TRAY", 1),
        ("000-0000001-0000001", "LPNDEMO0005", "MUG-B", 1),
        ("S00-0000004-0000004", "LPNDEMO0004", "RUL", 1),
    ]


def test_jd_names_the_sku_and_the_pieces(ctx: Context, tmp_path: Path) -> None:
    """商品编号 is the order's 商品ID; without 商品数量 it is the whole line."""
    take_orders(ctx, order_file(tmp_path, ("", "100001", "杯", "3", "20"), ("", "100002", "盘", "2", "20"), order="J1"))
    header = ["服务单号", "订单号", "商品编号", "服务单状态", "客户期望", "商品数量", "退款金额"]
    rows = [["1", "J1", "100001", "完成", "退货", "1", "20.00"], ["2", "J1", "100002", "待收货", "换货", "", ""]]
    take_cases(ctx, write(tmp_path / "jd.csv", header, rows))
    assert asked(ctx, UNITS) == [("J1", "1", "100001", 1), ("J1", "2", "100002", 2)]


def test_units_follow_the_lines_of_a_newer_list(ctx: Context, tmp_path: Path) -> None:
    """Lines that a newer export reorders, cuts or drops: the units are always those of the lines as they stand."""
    a, b = ("", "A", "cup", "2", "30"), ("", "B", "tray", "1", "40")
    take_orders(ctx, order_file(tmp_path, a, b, name="o_20260803.csv"))
    take_cases(ctx, case_file(tmp_path, ("1", "return_refund", "requested", "", "", "B", "", "1")))
    assert asked(ctx, UNITS) == [("N1", "1", "B", 1)]
    take_orders(ctx, order_file(tmp_path, b, a, name="o_20260804.csv"))
    assert asked(ctx, UNITS) == [("N1", "1", "B", 1)]
    assert asked(ctx, "SELECT line_no, sku FROM order_line ORDER BY 1") == [(1, "B"), (2, "A")]
    take_orders(ctx, order_file(tmp_path, a, name="o_20260805.csv"))
    assert asked(ctx, UNITS) == []
    assert asked(ctx, "SELECT sku, quantity FROM order_line") == [("A", 2)]
    undo.undo(ctx, "B4")
    assert asked(ctx, UNITS) == [("N1", "1", "B", 1)]


def test_the_desk_cannot_ask_for_units_of_the_platforms_case(ctx: Context, tmp_path: Path) -> None:
    """An open return of the platform holds its piece; one that came to nothing gives it back."""
    take_orders(ctx, order_file(tmp_path, ("", "A", "cup", "2", "30"), ("", "B", "tray", "1", "40")))
    take_cases(ctx, case_file(tmp_path, ("1", "return_refund", "requested", "", "", "A", "", "2")))
    with pytest.raises(UnitsTaken):
        cases.open_case(ctx, Opening("N1", "return_refund", "torn", lines=("A:1",)))
    take_cases(ctx, case_file(tmp_path, ("1", "return_refund", "withdrawn", "", "", "A", "", "2"), name="later.csv"))
    cases.open_case(ctx, Opening("N1", "return_refund", "torn", lines=("A:1",)))


@pytest.mark.parametrize(("back", "free"), [("60", 0), ("20", 2)])
def test_a_part_of_the_price_holds_no_pieces(ctx: Context, tmp_path: Path, back: str, free: int) -> None:
    """A platform calls every success refunded: 20.00 of 60.00 without a return leaves the goods with the buyer."""
    take_orders(ctx, order_file(tmp_path, ("", "A", "cup", "2", "30"), ("", "B", "tray", "1", "40")))
    take_cases(ctx, case_file(tmp_path, ("1", "refund_only", "refunded", back, "", "A", "", "")))
    page = cases_page(ctx)
    assert page["A"] == (int(back) * 100, free)
    assert page["B"] == (0, 1)


def cases_page(ctx: Context) -> dict[str, tuple[int, int]]:
    """SKU → (refunded, free pieces) as `order show` prints it."""
    from shopcare.services.order_page import show

    block = next(block for block in show(ctx, "N1").blocks if block.id == "lines")
    keys = [column.key for column in block.columns]
    rows = [dict(zip(keys, row, strict=True)) for row in block.rows]
    return {str(row["sku"]): (int(str(row["refunded_minor"])), int(str(row["available"]))) for row in rows}


def test_refunds_of_the_list_count_for_their_lines(ctx: Context, tmp_path: Path) -> None:
    """A listed refund belongs to the line of its case, up to what the line cost, and the desk can give no more of it."""
    take_orders(ctx, order_file(tmp_path, ("", "A", "cup", "2", "30"), ("", "B", "tray", "1", "40")))
    take_cases(
        ctx,
        case_file(
            tmp_path,
            ("1", "return_refund", "refunded", "45", "", "B", "", "1"),
            ("2", "return_refund", "refunded", "30", "", "A", "", "1"),
        ),
    )
    assert cases_page(ctx) == {"A": (3_000, 1), "B": (4_000, 0)}


def test_a_row_that_names_nothing_known_has_no_units(ctx: Context, tmp_path: Path) -> None:
    """An unknown SKU is never guessed, not even in an order of one line; a title alone is found in its full-width form."""
    take_orders(ctx, order_file(tmp_path, ("", "A", "Ｃup  (red)", "2", "100")))
    rows = (
        ("1", "return_refund", "requested", "", "", "Z", "", "1"),
        ("2", "exchange", "requested", "", "", "", "Cup (red)", ""),
    )
    take_cases(ctx, case_file(tmp_path, *rows))
    assert asked(ctx, UNITS) == [("N1", "2", "A", 2)]


def test_a_quantity_that_is_none_is_rejected(ctx: Context, tmp_path: Path) -> None:
    """`1.5 pieces` is no quantity: the row is set aside, the rest is taken."""
    rows = (
        ("1", "exchange", "requested", "", "", "A", "", "1.5"),
        ("2", "exchange", "requested", "", "", "A", "", "２"),
    )
    assert take_cases(ctx, case_file(tmp_path, *rows))[0]["rejected"] == ["bad-quantity"]


LINES = st.lists(
    st.tuples(
        st.sampled_from(["", "L1", "L2"]), st.sampled_from(["A", "B", ""]), st.sampled_from(["cup", "tray"]), st.integers(1, 3),
        st.integers(1, 50),
    ),
    min_size=1, max_size=3,
)  # fmt: skip
CASES = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "3"]), st.sampled_from(["return_refund", "refund_only", "exchange"]),
        st.sampled_from(["requested", "received", "withdrawn", "refunded"]),
        st.sampled_from(["", "L1"]), st.sampled_from(["", "A", "B"]), st.sampled_from(["", "cup"]), st.sampled_from(["", "1", "2"]),
    ),
    min_size=1, max_size=4, unique_by=lambda case: case[0],
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(lines=LINES, newer=LINES, named=CASES, order=st.permutations(["old", "new", "cases", "again"]))
def test_any_order_of_arrival_gives_the_same_units(
    lines: list[tuple[object, ...]], newer: list[tuple[object, ...]], named: list[tuple[object, ...]], order: list[str]
) -> None:
    """An order, a newer list of its lines and its cases in any order: the same units, never more than were ordered."""
    found = []
    for sequence in (["old", "new", "cases", "again"], order):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            ctx = fresh(folder)
            rows = [
                (case, kind, status, "1" if status == "refunded" else "", *item) for case, kind, status, *item in named
            ]
            files = {
                "old": order_file(folder, *lines, name="o_20260803.csv"),
                "new": order_file(folder, *newer, name="o_20260804.csv"),
                "cases": case_file(folder, *rows[:2]), "again": case_file(folder, *rows, name="again.csv"),
            }  # fmt: skip
            for step in sequence:
                take_orders(ctx, files[step]) if step in ("old", "new") else take_cases(ctx, files[step])
            found.append((facts(ctx), asked(ctx, UNITS)))
            over = "SELECT 1 FROM case_line u JOIN order_line l ON l.order_id = u.order_id AND l.line_no = u.line_no WHERE u.quantity > l.quantity"
            assert asked(ctx, over) == []
    assert found[0] == found[1]


@given(
    quantities=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    asked_for=st.lists(st.integers(1, 3), max_size=4),
    held=st.integers(0, 3),
)
def test_pieces_of_one_sku_are_given_once_while_there_are_any(
    quantities: list[int], asked_for: list[int], held: int
) -> None:
    """Cases on one SKU over several lines: together they hold every free piece before any piece is named twice."""
    lines = [OrderedLine(number, "", "A", "", pieces) for number, pieces in enumerate(quantities, 1)]
    named = [
        NamedCase(number, "return_refund", None, False, {Item(sku="A"): pieces})
        for number, pieces in enumerate(asked_for)
    ]
    free = {1: min(held, quantities[0])}
    found = units_of_cases(lines, free, named)
    room = sum(quantities) - free[1]
    if sum(asked_for) <= room:
        for line in lines:
            used = sum(units.get(line.line_no, 0) for units in found.values())
            assert used <= line.quantity - free.get(line.line_no, 0)
    for case in named:
        units = found.get(case.case_id, {})
        assert sum(units.values()) == min(asked_for[case.case_id], sum(quantities))
        assert all(holds(Claim(case.case_id, line_no, pieces, case.kind)) for line_no, pieces in units.items())
