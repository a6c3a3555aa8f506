"""After-sales exports of every platform: what they open, close, book, reject and leave unmapped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from case_files import CASE_COLUMNS, ORDER_COLUMNS, asked, facts, fresh, take_cases, take_orders, write
from conftest import Run
from shopcare.domain.cases import Step
from shopcare.services import awards, cases
from shopcare.services.case_imports import import_cases
from shopcare.services.cases import Closing, Opening
from shopcare.services.context import Context
from shopcare.services.imports import Options

HERE = Path(__file__).parent / "aftersales"
TAOBAO_ORDERS = next((Path(__file__).parent / "taobao").glob("taobao_ExportOrderList2026*.csv"))


@pytest.fixture
def ctx(tmp_path: Path) -> Context:
    """A context over a store with one generic CNY shop in Shanghai."""
    return fresh(tmp_path)


def orders_of(folder: Path, *rows: tuple[object, ...], name: str = "orders.csv") -> str:
    """A generic order file: (number, status, paid, refunded)."""
    full = [
        (number, f"b{number}", "2026-08-01 10:00:00", status, paid, back, "") for number, status, paid, back in rows
    ]
    return write(folder / name, ORDER_COLUMNS, full)


def cases_of(folder: Path, *rows: dict[str, object], name: str = "cases.csv") -> str:
    """A generic after-sales file."""
    usual = {"kind": "refund_only", "reason": "torn", "applied_at": "2026-08-02 10:00:00"}
    return write(
        folder / name, CASE_COLUMNS, [[{**usual, **row}.get(column, "") for column in CASE_COLUMNS] for row in rows]
    )


DONE = {"status": "refunded", "closed_at": "2026-08-05 10:00:00"}


@pytest.mark.parametrize("name", ["taobao_refunds.csv", "tmall_refunds.xlsx"])
def test_taobao_refunds_and_their_orders(ctx: Context, name: str) -> None:
    """The sample: 2 of 5 refunds succeeded, 108.00 went back, and the order list's own figure does not double it."""
    file = str(HERE / name)
    assert take_cases(ctx, file)[0]["waiting_for_order"] == 5
    take_orders(ctx, str(TAOBAO_ORDERS))
    assert asked(ctx, "SELECT COUNT(*), SUM(amount_minor) FROM refund WHERE source = 'case'") == [(2, 10_800)]
    assert asked(ctx, "SELECT SUM(amount_minor) FROM refund") == [(10_800,)]
    assert take_cases(ctx, file)[0] == {
        "new": 0, "changed": 0, "unchanged": 5, "refunds_booked": 0, "linked": 0, "waiting_for_order": 0, "rejected": [],
    }  # fmt: skip
    outcomes = dict(asked(ctx, 'SELECT external_status, GROUP_CONCAT(DISTINCT outcome) FROM "case" GROUP BY 1'))
    assert outcomes == {"退款成功": "refunded", "退款关闭": "withdrawn", "退款失败": "rejected"}
    assert asked(ctx, "SELECT DISTINCT day_known FROM refund") == [(1,)]


@pytest.mark.parametrize("name", ["douyin_aftersales.csv", "douyin_aftersales.xlsx"])
def test_douyin_counts_only_success_words(ctx: Context, tmp_path: Path, name: str) -> None:
    """The sample: 80.00 and 40.00 went back; a closed claim and an exchange moved no money."""
    numbers = {"101": "54.00", "102": "139.00", "106": "40.00", "107": "1249.00"}
    rows = [(f"6990000000000000{number}", "paid", paid, "") for number, paid in numbers.items()]
    take_orders(ctx, orders_of(tmp_path, *rows), shop="shop")
    done = take_cases(ctx, str(HERE / name))[0]
    assert (done["new"], done["refunds_booked"], done["linked"]) == (5, 2, 5)
    assert asked(ctx, "SELECT SUM(amount_minor) FROM refund") == [(12_000,)]
    kinds = asked(ctx, 'SELECT kind, outcome FROM "case" ORDER BY external_id')
    assert kinds == [
        ("return_refund", "refunded"), ("refund_only", "refunded"), ("refund_only", "withdrawn"), ("exchange", "exchanged"),
        ("refund_only", "withdrawn"),
    ]  # fmt: skip


@pytest.mark.parametrize("grouped", [False, True])
def test_jd_older_and_newer_sheet(ctx: Context, tmp_path: Path, grouped: bool) -> None:
    """The header may stand under a row of group titles; what was done beats what was asked for."""
    take_orders(ctx, orders_of(tmp_path, *((f"J{n}", "completed", "100", "") for n in range(1, 5))))
    result, asked_for, applied = (
        ("处理结果", "客户期望", "售后申请时间")
        if grouped
        else ("处理结果描述", "客户预期处理方式", "售后服务单申请时间")
    )
    header = ["服务单号", "订单号", "服务单状态", result, asked_for, applied, "退款金额", "审核时间"]
    rows = [
        ["1", "J1", "完成", "退货", "换货", "2026-08-02 09:00:00", "30.00", "2026-08-04 09:00:00"],
        ["2", "J2", "完成", "", "换货", "2026-08-02 09:00:00", "", ""],
        ["3", "J3", "待收货", "", "退货", "2026-08-02 09:00:00", "20.00", ""],
        ["4", "J4", "取消", "", "维修", "2026-08-02 09:00:00", "", ""],
    ]
    lines = [["申请信息", *[""] * 7], header] if grouped else [header]
    done = take_cases(ctx, write(tmp_path / "jd.csv", lines[0], [*lines[1:], *rows]))[0]
    assert done["new"] == 4
    assert asked(ctx, 'SELECT stage, outcome FROM "case" ORDER BY external_id') == [
        ("closed", "refunded"), ("closed", "exchanged"), ("return_in_transit", None), ("closed", "withdrawn"),
    ]  # fmt: skip
    assert asked(ctx, "SELECT amount_minor, day_known FROM refund") == [(3_000, 0)]


def test_pinduoduo_by_partial_names(ctx: Context, tmp_path: Path) -> None:
    """Seven known columns are enough; without a completion date the refund has no day of its own."""
    take_orders(ctx, orders_of(tmp_path, ("260801-1", "completed", "50", "")))
    header = ["售后编号", "订单编号", "交易金额", "售后状态", "退款类型", "退款金额", "申请时间"]
    rows = [
        ["1", "260801-1\t", "50", "退款成功", "退货退款", "12.50", "2026-08-03 10:00:00"],
        ["2", "260801-1", "50", "已撤销", "仅退款", "50.00", "2026-08-02 10:00:00"],
        ["3", "260801-1", "50", "商家同意退货退款，待买家发货", "退货退款", "5", "2026-08-04 10:00:00"],
    ]
    take_cases(ctx, write(tmp_path / "pdd.csv", header, rows))
    assert asked(ctx, 'SELECT stage, outcome, waiting_on FROM "case" ORDER BY external_id') == [
        ("closed", "refunded", "us"), ("closed", "withdrawn", "us"), ("awaiting_return", None, "buyer"),
    ]  # fmt: skip
    assert asked(ctx, "SELECT amount_minor, day_known FROM refund") == [(1_250, 0)]


def test_amazon_returns_are_received_goods(ctx: Context, tmp_path: Path) -> None:
    """One case per return, received, no money; the order that is not there is waited for."""
    take_orders(ctx, orders_of(tmp_path, ("000-0000001-0000001", "shipped", "50", "")))
    text = (HERE / "amazon_fba_returns.txt").read_bytes().decode("cp1252")
    (file := tmp_path / "returns.txt").write_text(text, "utf-8")
    done = take_cases(ctx, str(file))[0]
    assert (done["new"], done["linked"], done["waiting_for_order"], done["refunds_booked"]) == (5, 3, 2, 0)
    assert asked(ctx, 'SELECT DISTINCT kind, stage, external_status FROM "case"') == [
        ("return_refund", "received", "Unit returned to inventory")
    ]
    assert asked(ctx, "SELECT COUNT(*) FROM refund") == [(0,)]


def test_columns_of_ones_own(ctx: Context, tmp_path: Path) -> None:
    """Any header will do with --column; whose fault it is, the deadline and whom it waits for are kept."""
    take_orders(ctx, orders_of(tmp_path, ("N1", "completed", "50", "")))
    file = write(
        tmp_path / "mine.csv",
        ["No", "Order", "State", "fault", "deadline", "waiting_on"],
        [["7", "N1", "approved", "promoter", "2026-09-01 00:00:00", "supplier"]],
    )
    take_cases(ctx, file, columns={"case_id": "No", "order_id": "Order", "status": "State"})
    sql = 'SELECT external_id, stage, fault, waiting_on, external_deadline_at FROM "case"'
    assert asked(ctx, sql) == [("7", "approved", "promoter", "supplier", 1_788_192_000)]


def test_an_unknown_word_leaves_the_case_where_it_is(ctx: Context, tmp_path: Path) -> None:
    """The raw word is kept and listed as unmapped; the stage stays."""
    take_orders(ctx, orders_of(tmp_path, ("N1", "completed", "50", "")))
    take_cases(ctx, cases_of(tmp_path, {"case_id": "1", "order_id": "N1", "status": "approved"}))
    file = cases_of(
        tmp_path, {"case_id": "1", "order_id": "N1", "status": "pondering", "closed_at": "2026-08-09"}, name="later.csv"
    )
    result = import_cases(ctx, [file], Options())
    assert result.files[0].tally.unmapped == {"status: pondering": 1}
    assert asked(ctx, 'SELECT stage, external_status FROM "case"') == [("approved", "pondering")]


def test_more_than_is_left_is_rejected_and_the_rest_is_taken(ctx: Context, tmp_path: Path) -> None:
    """60.00 and 60.00 of an order of 100.00: the second row is set aside with its code, the third is taken."""
    take_orders(ctx, orders_of(tmp_path, ("N1", "completed", "100", ""), ("N2", "completed", "9", "")))
    rows = [
        {"case_id": "1", "order_id": "N1", "amount": "60", "refunded": "60", **DONE},
        {"case_id": "2", "order_id": "N1", "amount": "60", "refunded": "60", **DONE},
        {"case_id": "3", "order_id": "N2", "amount": "9", "refunded": "9", **DONE},
        {"case_id": "4", "order_id": "N2", "amount": "abc", **DONE},
    ]
    result = import_cases(ctx, [cases_of(tmp_path, *rows)], Options())
    assert result.exit_code == 3
    assert [(bad.line, bad.code) for bad in result.files[0].tally.rejected] == [
        (3, "refund-above-left"),
        (5, "bad-amount"),
    ]
    assert asked(ctx, "SELECT order_id, amount_minor FROM refund ORDER BY 1") == [(1, 6_000), (2, 900)]
    assert asked(ctx, 'SELECT external_id FROM "case" ORDER BY 1') == [("1",), ("3",)]


def test_a_refund_of_the_desk_is_not_booked_again(ctx: Context, tmp_path: Path) -> None:
    """A case closed by hand under the platform's id, then the platform's own list of it: one refund; the rest is added."""
    take_orders(ctx, orders_of(tmp_path, ("N1", "completed", "100", "")))
    opening = Opening("N1", "refund_only", "late", amount="20", external_id="77")
    case = str(cases.open_case(ctx, opening).blocks[0].rows[0][0])
    cases.close(ctx, case, Step("close", outcome="refunded"), Closing())
    listed = {"case_id": "77", "order_id": "N1", **DONE}
    take_cases(ctx, cases_of(tmp_path, {**listed, "refunded": "20"}))
    take_orders(ctx, orders_of(tmp_path, ("N1", "completed", "100", "20"), name="newer.csv"), exported_at="2026-08-30")
    assert asked(ctx, "SELECT SUM(amount_minor), COUNT(*) FROM refund") == [(2_000, 1)]
    take_cases(ctx, cases_of(tmp_path, {**listed, "refunded": "25"}, name="more.csv"))
    assert asked(ctx, "SELECT SUM(amount_minor), COUNT(*) FROM refund") == [(2_500, 2)]
    assert asked(ctx, 'SELECT reason, external_status FROM "case"') == [("late", "refunded")]


@pytest.mark.parametrize("reported", ["", "30", "50"])
@pytest.mark.parametrize("first", ["orders", "cases"])
def test_the_running_total_and_the_list_are_one_money(ctx: Context, tmp_path: Path, reported: str, first: str) -> None:
    """The order's total of refunds and the listed refund of 30.00 add up to the larger of the two, in either order."""
    orders = orders_of(tmp_path, ("N1", "completed", "100", reported))
    listed = cases_of(tmp_path, {"case_id": "1", "order_id": "N1", "refunded": "30", **DONE})
    for kind in (first, "cases" if first == "orders" else "orders"):
        take_orders(ctx, orders) if kind == "orders" else take_cases(ctx, listed)
    assert asked(ctx, "SELECT SUM(amount_minor) FROM refund") == [(max(3_000, int(reported or 0) * 100),)]


def test_points_go_back_with_the_money(ctx: Context, tmp_path: Path) -> None:
    """A listed refund takes back what its money had earned, once."""
    take_orders(ctx, orders_of(tmp_path, ("N1", "completed", "100", "")))
    late = ctx._replace(now=ctx.now + 40 * 86_400)
    awards.award_orders(late)
    earned = asked(ctx, "SELECT SUM(points) FROM points_entry")[0][0]
    assert isinstance(earned, int)
    assert earned > 0
    file = cases_of(tmp_path, {"case_id": "1", "order_id": "N1", "refunded": "50", **DONE})
    for _ in range(2):
        take_cases(late, file)
    assert asked(ctx, "SELECT SUM(points) FROM points_entry") == [(earned - earned // 2,)]


def test_an_older_state_never_moves_a_case_back(tmp_path: Path) -> None:
    """Two dated exports in either order; and money that went back is never taken away by a later word."""
    first = cases_of(
        tmp_path,
        {"case_id": "1", "order_id": "N1", "status": "requested"},
        {"case_id": "2", "order_id": "N2", "refunded": "10", **DONE},
        name="a_20260803.csv",
    )
    second = cases_of(
        tmp_path,
        {"case_id": "1", "order_id": "N1", "status": "approved"},
        {"case_id": "2", "order_id": "N2", "status": "closed/withdrawn"},
        name="b_20260809.csv",
    )
    stores = []
    for place, files in enumerate(((first, second), (second, first))):
        (folder := tmp_path / str(place)).mkdir()
        other = fresh(folder)
        take_orders(other, orders_of(folder, ("N1", "completed", "100", ""), ("N2", "completed", "100", "")))
        take_cases(other, *files)
        stores.append(facts(other))
    assert stores[0] == stores[1]
    assert [(row[3], row[4]) for row in stores[0][0]] == [("approved", None), ("closed", "refunded")]


def test_each_command_names_the_other(shop: Run, tmp_path: Path) -> None:
    """An after-sales file offered as orders is refused and named, and the reverse; the JSON says what was done."""
    listed = str(HERE / "taobao_refunds.csv")
    refused = shop("import", "orders", listed, "--json")
    assert refused.returncode == 5
    error = json.loads(refused.stdout)["files"][0]["error"]
    assert error["code"] == "import.wrong-kind"
    assert "shopcare import cases" in error["hint"]
    refused = shop("import", "cases", str(TAOBAO_ORDERS), "--json")
    assert refused.returncode == 5
    assert "shopcare import orders" in json.loads(refused.stdout)["files"][0]["error"]["hint"]
    done = shop("import", "cases", listed, "--json")
    assert done.returncode == 0
    document = json.loads(done.stdout)
    assert document["schema"] == "shopcare.import.cases/1"
    assert document["files"][0]["cases"] == {"new": 5, "changed": 0, "unchanged": 0}
    assert document["files"][0]["waiting_for_order"] == 5
    assert document["files"][0]["unmapped"] == []
