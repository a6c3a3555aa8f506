"""The lines of an order are those of its newest export, whatever arrives in which order."""

from __future__ import annotations

import csv
import sqlite3
import tempfile
from contextlib import closing
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from case_files import asked
from importers.test_arrival import facts, store, take
from importers.test_cut_orders import REPORT
from importers.test_platform_orders import AMAZON, HEADERS, written
from shopcare.importers.formats.catalog import known_formats
from shopcare.importers.opening import open_file
from shopcare.services import undo
from shopcare.services.context import Context
from shopcare.services.file_imports import Options, import_files
from shopcare.services.order_imports import ORDERS

HERE = Path(__file__).parent
HEADER = "order_id,ordered_at,paid,status,sku,title,quantity,unit_price"
FILES = {
    "orders_export_20260805.csv": ["Q1,2026-08-01,100,paid,A,Tea,1,100", "Q2,2026-08-01,100,paid,A,Tea,1,100"],
    "orders_export_20260810.csv": ["Q1,2026-08-01,100,paid,A,Tea,2,50", "Q2,2026-08-01,90,paid,A,Tea,1,90"],
    "orders_export_20260812.csv": ["Q1,2026-08-01,100,paid,B,Cup,1,100", "Q2,2026-08-01,95,paid,A,Tea,1,95"],
}


def write(folder: Path, name: str, rows: list[str], header: str = HEADER) -> Path:
    """An export file."""
    (file := folder / name).write_text("\n".join([header, *rows]) + "\n", "utf-8")
    return file


def counts(ctx: Context, file: Path, **options: str) -> tuple[int, int, int]:
    """Import a file: how many orders were new, changed, unchanged."""
    result = import_files(ctx, [str(file)], Options(**options), ORDERS).files[0]
    assert result.error is None
    assert not result.tally.rejected_count
    return result.outcome[:3]


def lines(ctx: Context) -> list[tuple[object, ...]]:
    """Every line: order, number, SKU, title, pieces, price."""
    with closing(sqlite3.connect(ctx.store)) as conn:
        return conn.execute(
            "SELECT o.number, l.line_no, l.sku, l.title, l.quantity, l.unit_price_minor FROM order_line AS l"
            " JOIN orders AS o ON o.id = l.order_id ORDER BY 1, 2"
        ).fetchall()


@pytest.mark.parametrize(
    "names", list(permutations(sorted(FILES))), ids=lambda names: "-".join(n[-6:-4] for n in names)
)
def test_the_newest_export_states_the_lines(tmp_path: Path, names: tuple[str, ...]) -> None:
    """Three dated exports in any order: the lines of the newest; importing any of them again changes nothing."""
    ctx = store(tmp_path)
    for name in names:
        counts(ctx, write(tmp_path, name, FILES[name]))
    assert lines(ctx) == [("Q1", 1, "B", "Cup", 1, 10000), ("Q2", 1, "A", "Tea", 1, 9500)]
    for name in FILES:
        assert counts(ctx, tmp_path / name) == (0, 0, 2)
    assert len(lines(ctx)) == 2


def test_a_later_pdd_export_with_another_quantity_has_one_line(tmp_path: Path) -> None:
    """An export with one row per order: the newer quantity instead of the older, not beside it."""
    text = (HERE / "pdd/dup02a_orders_export_20260805.csv").read_text("utf-8-sig")
    (older := tmp_path / "orders_export_20260805.csv").write_text(text, "utf-8")
    (newer := tmp_path / "orders_export_20260809.csv").write_text(text.replace('"37.90","1"', '"37.90","5"'), "utf-8")
    for number, files in enumerate(((older, newer), (newer, older))):
        (folder := tmp_path / str(number)).mkdir()
        ctx = store(folder)
        assert [counts(ctx, file) for file in files] == [(3, 0, 0), (0, 3 - 3 * number, 3 * number)]
        assert {line[4] for line in lines(ctx)} == {5}
        assert len(lines(ctx)) == 3


@pytest.mark.parametrize(("before", "after"), [(",2,Demo Mug", ",9,Demo Mug"), ("Demo Mug - Blue", "Renamed Mug")])
def test_a_later_shopify_export_has_no_superseded_line(tmp_path: Path, before: str, after: str) -> None:
    """A quantity or a title alone that changed leaves as many lines as there were."""
    text = next(HERE.glob("shopify/*.csv")).read_text("utf-8")
    (older := tmp_path / "orders_export_20260805.csv").write_text(text, "utf-8")
    (newer := tmp_path / "orders_export_20260809.csv").write_text(text.replace(before, after), "utf-8")
    found = []
    for number, files in enumerate(((older, newer), (newer, older))):
        (folder := tmp_path / str(number)).mkdir()
        ctx = store(folder)
        before_second = [(counts(ctx, file), len(lines(ctx))) for file in files]
        assert before_second[0][1] == before_second[1][1]
        found.append(lines(ctx))
    assert found[0] == found[1]


def test_an_export_without_lines_leaves_them_and_their_age(tmp_path: Path) -> None:
    """05 and 10 have lines, 12 has none: whatever comes when, the lines are those of the 10th."""
    bare = write(tmp_path, "x_20260812.csv", ["Q1,2026-08-01,80,shipped"], "order_id,ordered_at,paid,status")
    with_lines = [write(tmp_path, name, FILES[name][:1]) for name in sorted(FILES)[:2]]
    stores = []
    for number, files in enumerate(permutations([bare, *with_lines])):
        (folder := tmp_path / str(number)).mkdir()
        ctx = store(folder)
        for file in files:
            counts(ctx, file)
        assert lines(ctx) == [("Q1", 1, "A", "Tea", 2, 5000)]
        assert [counts(ctx, file) for file in files] == [(0, 0, 1)] * 3
        stores.append(facts(ctx))
    assert all(each == stores[0] for each in stores)


DETAIL = "订单编号,标题,价格,购买数量,外部系统编号,商品属性,套餐信息,备注,订单状态,商家编码"
LISTED = "订单编号,买家会员名,订单状态,买家实际支付金额,订单创建时间,订单付款时间,买家应付货款"


def test_a_later_list_of_lines_replaces_an_earlier_one(tmp_path: Path) -> None:
    """Two lists of lines and the order list in any order; a line that is gone from the newer one is gone."""
    number = "4000000000000000001"
    older = write(
        tmp_path, "ExportOrderDetailList202608050900.csv",
        [f"{number},茶,50.00,1,,,,,交易成功,T1", f"{number},杯,50.00,1,,,,,交易成功,C1"], DETAIL,
    )  # fmt: skip
    newer = write(tmp_path, "ExportOrderDetailList202608090900.csv", [f"{number},茶,50.00,2,,,,,交易成功,T1"], DETAIL)
    rows = [f"{number},买家甲,交易成功,100.00,2026-08-01 10:00:00,2026-08-01 10:01:00,100.00"]
    listed = write(tmp_path, "ExportOrderList202608120900.csv", rows, LISTED)
    stores = []
    for place, files in enumerate(permutations([older, newer, listed])):
        (folder := tmp_path / str(place)).mkdir()
        ctx = store(folder)
        for file in files:
            counts(ctx, file)
        assert [line[2:5] for line in lines(ctx)] == [("T1", "茶", 2)]
        assert [counts(ctx, file)[:2] for file in files] == [(0, 0)] * 3
        stores.append(facts(ctx))
    assert all(each == stores[0] for each in stores)


LINE = st.tuples(st.sampled_from("AB"), st.sampled_from(["Tea", "Cup"]), st.integers(1, 2))
EXPORT = st.tuples(
    st.sampled_from(["", "_20260805", "_20260809"]),
    st.sampled_from(["paid", "shipped"]),
    st.integers(1, 2),
    st.one_of(st.none(), st.lists(LINE, min_size=1, max_size=3)),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(exports=st.lists(EXPORT, min_size=1, max_size=4), data=st.data())
def test_any_order_of_exports_gives_the_same_lines(
    exports: list[tuple[str, str, int, list[tuple[str, str, int]] | None]], data: st.DataObject
) -> None:
    """Lines that change between exports, dated or not, with and without lines, shuffled and repeated: one store."""
    mixed = data.draw(st.permutations(range(len(exports))))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = [
            write(
                folder,
                f"{place}{stamp}.csv",
                _rows(status, paid, listed),
                HEADER if listed else HEADER[: HEADER.index(",sku")],
            )
            for place, (stamp, status, paid, listed) in enumerate(exports)
        ]
        found = []
        for number, sequence in enumerate((range(len(files)), mixed)):
            (own := folder / f"s{number}").mkdir()
            ctx = store(own)
            for place in sequence:
                counts(ctx, files[place])
            found.append((facts(ctx), lines(ctx)))
            assert [counts(ctx, file)[:2] for file in files] == [(0, 0)] * len(files)
            assert found[-1] == (facts(ctx), lines(ctx))
        assert found[0] == found[1]


PIECES = (
    (
        "order_id,ordered_at,paid,status,sku,title,quantity,unit_price",
        "{number},2026-08-01,100,{status},{sku},Tea,{pieces},5",
    ),
    (
        "订单编号,标题,价格,购买数量,外部系统编号,商品属性,套餐信息,备注,订单状态,商家编码",
        "{number},茶{sku},50.00,{pieces},,,,,交易成功,{sku}",
    ),
)


@pytest.mark.parametrize(("header", "row"), PIECES, ids=["orders", "lines"])
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=st.data())
def test_a_file_may_be_cut_within_an_order(header: str, row: str, data: st.DataObject) -> None:
    """Rows dealt over files wherever an order's lines fall, in any order and repeatedly: the lines of the whole file."""
    orders = data.draw(st.lists(st.lists(st.integers(1, 3), min_size=1, max_size=4), min_size=1, max_size=3))
    rows = [
        row.format(number=f"400000000000000000{number}", status="paid", sku=f"S{place}", pieces=pieces)
        for number, listed in enumerate(orders)
        for place, pieces in enumerate(listed)
    ]
    dealt = [data.draw(st.integers(0, 2)) for _row in rows]
    sequence = [*data.draw(st.permutations(range(3))), *data.draw(st.lists(st.integers(0, 2), max_size=2))]
    with tempfile.TemporaryDirectory() as name:
        found = []
        for side in ("whole", "cut"):
            (folder := Path(name) / side).mkdir()
            ctx = store(folder)
            pieces = (
                [rows]
                if side == "whole"
                else [[r for r, to in zip(rows, dealt, strict=True) if to == n] for n in range(3)]
            )
            for place in [0] if side == "whole" else sequence:
                counts(ctx, write(folder, f"{place}.csv", pieces[place], header))
            waiting = "SELECT number, sku, title, quantity, unit_price_minor FROM waiting_line ORDER BY 1, 2, 3"
            found.append((facts(ctx), [(line[0], *line[2:]) for line in lines(ctx)], asked(ctx, waiting)))
        assert sorted(map(repr, found[0][1])) == sorted(map(repr, found[1][1]))
        assert (found[0][0], found[0][2]) == (found[1][0], found[1][2])


@pytest.mark.parametrize(
    "name", ["jd/jd_orders.csv", "tiktok/tiktok_us_All_order.csv", "woocommerce/woocommerce_aoe_orders.csv"]
)
def test_exports_that_repeat_the_orders_money_may_be_cut_anywhere(tmp_path: Path, name: str) -> None:
    """Every other row in a file of its own: the orders and lines of the whole export."""
    sheet = open_file(str(HERE / name), known_formats(), None)
    rows = [cells[: len(sheet.header)] for _line, cells, _text in sheet.rows()]
    found = []
    for side, parts in (("whole", [rows]), ("cut", [rows[1::2], rows[::2]])):
        (folder := tmp_path / side).mkdir()
        ctx = store(folder)
        for place, part in enumerate(parts):
            with (file := folder / f"{place}.csv").open("w", encoding="utf-8", newline="") as text:
                csv.writer(text).writerows([sheet.header, *part])
            counts(ctx, file, platform=sheet.match.format.name)
        found.append(sorted(map(repr, facts(ctx))))
    assert found[0] == found[1]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_two_reports_of_one_day_state_each_line_once(tmp_path: Path, order: tuple[int, ...]) -> None:
    """Amazon: All Orders, which has no ids of lines, and the order report, which has them and may be cut."""
    listed = AMAZON | {"amazon-order-id": "A1", "order-status": "Unshipped", "quantity": "1", "item-price": "20.00",
                       "last-updated-date": "2026-08-01T11:00:00+00:00"}  # fmt: skip
    report = REPORT | {"order-id": "A1", "item-price": "20.00", "payments-date": "2026-08-01T11:00:00+00:00"}
    files = [
        ("amazon_all_orders_32", [listed | {"sku": "S"}, listed | {"sku": "T"}]),
        ("amazon_order_report_38", [report | {"order-item-id": "1", "sku": "S"}]),
        ("amazon_order_report_38", [report | {"order-item-id": "2", "sku": "T"}]),
        ("amazon_all_orders_32", [listed | {"sku": "T"}, listed | {"sku": "S"}]),
    ]
    ctx = store(tmp_path)
    for place in order:
        key, rows = files[place]
        (file := tmp_path / f"{place}_20260805.txt").write_text(written(HEADERS[key]["header"], rows, "\t"), "utf-8")
        take(ctx, file)
    assert asked(ctx, "SELECT external_id, sku, quantity FROM order_line WHERE quantity ORDER BY sku") == [
        ("1", "S", 1), ("2", "T", 1),
    ]  # fmt: skip


def _rows(status: str, paid: int, listed: list[tuple[str, str, int]] | None) -> list[str]:
    order = f"Q1,2026-08-01,{paid},{status}"
    return [f"{order},{sku},{title},{pieces},1" for sku, title, pieces in listed] if listed else [order]


def test_undoing_the_newer_export_brings_its_lines_back(tmp_path: Path) -> None:
    """After the undo the older lines stand again, and are superseded again by the export of between."""
    ctx = store(tmp_path)
    older, between, newer = (write(tmp_path, name, rows) for name, rows in sorted(FILES.items()))
    counts(ctx, older)
    before = lines(ctx)
    counts(ctx, newer)
    undo.undo(ctx, "B2")
    assert lines(ctx) == before
    assert counts(ctx, between) == (0, 2, 0)
    assert [line[4] for line in lines(ctx)] == [2, 1]


def test_a_case_keeps_its_line(tmp_path: Path) -> None:
    """A line a case is about keeps its number when its quantity changes, and stays without pieces when it is gone."""
    ctx = store(tmp_path)
    older, between, newer = (write(tmp_path, name, rows) for name, rows in sorted(FILES.items()))
    counts(ctx, older)
    with closing(sqlite3.connect(ctx.store)) as conn:
        conn.execute(
            "INSERT INTO case_line (case_id, line_no, shop_id, order_id, quantity)"
            " SELECT 1, 1, shop_id, id, 1 FROM orders WHERE number = 'Q1'"
        )
        conn.commit()
    counts(ctx, between)
    assert lines(ctx)[0] == ("Q1", 1, "A", "Tea", 2, 5000)
    counts(ctx, newer)
    assert lines(ctx)[:2] == [("Q1", 1, "A", "Tea", 0, 5000), ("Q1", 2, "B", "Cup", 1, 10000)]
    assert counts(ctx, newer) == (0, 0, 2)


@pytest.mark.parametrize("row", ["Q1,2026-08-01,90,paid,A,Tea,1,100", "Q1,2026-08-01,100,paid,A,Tea,2,100"])
def test_a_correction_that_is_not_newer_is_said(tmp_path: Path, row: str) -> None:
    """Of an undated file and a correction of money or lines one is taken; the other one is named with the way to take it."""
    files = [
        write(tmp_path, name, [row])
        for name, row in (("a.csv", FILES["orders_export_20260805.csv"][0]), ("b.csv", row))
    ]
    ctx = store(tmp_path)
    warned = [_not_newer(ctx, file) for file in (*files, *files)]
    assert warned[0] == [] != warned[2] + warned[3]
    assert warned.count([{"count": 1}]) == (2 if warned[1] else 1)
    wrong = next(file for file in files if _not_newer(ctx, file))
    assert counts(ctx, wrong, exported_at="2026-08-09") == (0, 1, 0)
    assert _not_newer(ctx, wrong) == []


def _not_newer(ctx: Context, file: Path) -> list[dict[str, object]]:
    warnings = import_files(ctx, [str(file)], Options(), ORDERS).files[0].warnings
    return [warning.values for warning in warnings if "--exported-at" in warning.text]
