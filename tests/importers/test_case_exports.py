"""After-sales exports of every platform: what they open, close, book, reject and leave unmapped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from case_files import (
    CASE_COLUMNS,
    DONE,
    Kept,
    asked,
    cases_of,
    facts,
    fresh,
    orders_of,
    take_cases,
    take_orders,
    write,
)
from conftest import Run
from shopcare.domain.cases import Step
from shopcare.services import awards, cases
from shopcare.services.case_imports import CASES
from shopcare.services.cases import Closing, Opening
from shopcare.services.context import Context
from shopcare.services.file_imports import Options, import_files

HERE = Path(__file__).parent / "aftersales"
TAOBAO_ORDERS = next((Path(__file__).parent / "taobao").glob("taobao_ExportOrderList2026*.csv"))


@pytest.fixture
def ctx(tmp_path: Path) -> Context:
    """A context over a store with one generic CNY shop in Shanghai."""
    return fresh(tmp_path)


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
    result = import_files(ctx, [file], Options(), CASES)
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
    result = import_files(ctx, [cases_of(tmp_path, *rows)], Options(), CASES)
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
    take_orders(ctx, orders_of(tmp_path, ("N1", "completed", "100", "20"), name="newer.csv"), exported_at="2026-08-11")
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


@pytest.mark.parametrize(
    ("arbitration", "advance", "status", "stands"),
    [
        ("不需客服介入", "", "买家已经申请退款，等待卖家同意", ("requested", None, "us")),
        ("客服已经介入", "", "卖家拒绝退款", ("disputed", None, "platform")),
        ("需要客服介入", "退款先行垫付申请中", "买家已经退货,等待卖家确认收货", ("disputed", None, "platform")),
        ("", "退款先行垫付，卖家拒绝收货", "买家已经退货，等待卖家确认收货", ("disputed", None, "platform")),
        ("客服处理完成", "退款先行垫付，垫付完成", "退款成功", ("closed", "refunded", "us")),
        ("客服已经介入", "", "退款关闭", ("closed", "withdrawn", "us")),
    ],
)
def test_customer_service_and_advances_at_taobao(
    ctx: Context, tmp_path: Path, arbitration: str, advance: str, status: str, stands: tuple[object, ...]
) -> None:
    """客服介入状态 makes an open case disputed, 先行垫付 its refused goods; both are kept as written, none is unmapped."""
    take_orders(ctx, orders_of(tmp_path, ("N1", "completed", "50", "")))
    header = ["订单编号", "退款编号", "退款状态", "买家退款金额", "客服介入状态", "先行垫付状态", "退款的申请时间"]
    row = ["N1", "1", status, "5", arbitration, advance, "2026-08-02 10:00:00"]
    result = import_files(ctx, [write(tmp_path / "r.csv", header, [row])], Options(), CASES)
    assert result.files[0].tally.unmapped == {}
    assert asked(ctx, 'SELECT stage, outcome, waiting_on FROM "case"') == [stands]
    note = asked(ctx, "SELECT note FROM case_event WHERE seq = 1")[0][0]
    assert all(word in str(note) for word in (arbitration, advance))


def test_arbitration_at_douyin(ctx: Context, tmp_path: Path) -> None:
    """仲裁状态 says whom an open case waits for; an unknown word is listed and changes nothing."""
    take_orders(ctx, orders_of(tmp_path, ("N1", "completed", "50", "")))
    header = ["售后单号", "订单号", "售后状态", "仲裁状态", "售后类型", "售后申请时间", "纠纷责任方"]
    words = [
        ("待商家同意", "待商家举证"), ("商家一次拒绝", "仲裁中"), ("商家二次拒绝", "协商期"), ("售后关闭", "客服拒绝"),
        ("待买家退货", "占卜中"), ("待买家退货", "-"),
    ]  # fmt: skip
    rows = [
        [str(n), "N1", status, word, "退货退款", "2026-08-02 10:00:00", "达人"]
        for n, (status, word) in enumerate(words)
    ]
    result = import_files(ctx, [write(tmp_path / "r.csv", header, rows)], Options(), CASES)
    assert result.files[0].tally.unmapped == {"arbitration: 占卜中": 1}
    assert asked(ctx, 'SELECT stage, outcome, waiting_on, fault FROM "case" ORDER BY external_id') == [
        ("disputed", None, "us", "promoter"), ("disputed", None, "platform", "promoter"),
        ("negotiating", None, "buyer", "promoter"), ("closed", "platform_for_seller", "us", "promoter"),
        ("awaiting_return", None, "buyer", "promoter"), ("awaiting_return", None, "buyer", "promoter"),
    ]  # fmt: skip


def test_jd_result_nobody_knows_is_listed(ctx: Context, tmp_path: Path) -> None:
    """A 处理结果 without a meaning is unmapped; the case ends as what was asked for."""
    take_orders(ctx, orders_of(tmp_path, ("J1", "completed", "50", "")))
    header = ["服务单号", "订单号", "服务单状态", "处理结果", "审核结果", "客户期望"]
    file = write(tmp_path / "jd.csv", header, [["1", "J1", "完成", "占卜", "审核通过", "换货"]])
    result = import_files(ctx, [file], Options(), CASES)
    assert result.files[0].tally.unmapped == {"result: 占卜": 1}
    assert asked(ctx, 'SELECT outcome FROM "case"') == [("exchanged",)]


def test_an_exchange_that_is_called_closed(ctx: Context, tmp_path: Path) -> None:
    """退款关闭 with 业务类型 换货 is an exchange that is over; other business types say nothing about the case."""
    take_orders(ctx, orders_of(tmp_path, ("N1", "completed", "50", "")))
    header = ["订单编号", "退款编号", "退款状态", "是否需要退货", "业务类型"]
    rows = [["N1", "1", "退款关闭", "是", "换货"], ["N1", "2", "退款关闭", "是", "普通"]]
    result = import_files(ctx, [write(tmp_path / "r.csv", header, rows)], Options(), CASES)
    assert result.files[0].tally.unmapped == {}
    assert asked(ctx, 'SELECT kind, outcome FROM "case" ORDER BY external_id') == [
        ("exchange", "exchanged"), ("return_refund", "withdrawn"),
    ]  # fmt: skip


def test_done_without_an_amount_is_said(ctx: Context, tmp_path: Path) -> None:
    """退款成功 with a blank amount closes the case, books nothing and says so."""
    take_orders(ctx, orders_of(tmp_path, ("N1", "completed", "50", "")))
    header = ["售后编号", "订单编号", "售后状态", "退款金额"]
    file = write(tmp_path / "p.csv", header, [["1", "N1", "退款成功", ""], ["2", "N1", "退款成功", "3"]])
    result = import_files(ctx, [file], Options(), CASES).files[0]
    assert [warning.values for warning in result.warnings] == [{"count": 1}]
    assert asked(ctx, "SELECT amount_minor FROM refund") == [(300,)]


def test_a_word_of_success_for_goods_moves_no_money(ctx: Context, tmp_path: Path) -> None:
    """换货补寄成功 beside 退货退款, and 售后成功 of a kind nobody knows: nothing goes back."""
    take_orders(ctx, orders_of(tmp_path, ("N1", "completed", "50", "")))
    header = ["售后编号", "订单编号", "售后状态", "退款类型", "退款金额"]
    rows = [["1", "N1", "换货补寄成功", "退货退款", "3"], ["2", "N1", "换货补寄成功", "缺货补寄", "3"]]
    take_cases(ctx, write(tmp_path / "p.csv", header, rows))
    header = ["售后单号", "订单号", "售后状态", "售后类型", "退商品金额（元）"]
    file = write(tmp_path / "d.csv", header, [["3", "N1", "售后成功", "占卜", "3"]])
    assert import_files(ctx, [file], Options(), CASES).files[0].tally.unmapped == {"kind: 占卜": 1}
    assert asked(ctx, 'SELECT outcome FROM "case" ORDER BY external_id') == [("exchanged",), ("reshipped",), (None,)]
    assert asked(ctx, "SELECT COUNT(*) FROM refund") == [(0,)]


@pytest.mark.parametrize("turned", [False, True])
def test_two_endings_of_one_case_are_a_conflict(ctx: Context, tmp_path: Path, turned: bool) -> None:
    """Refunds of 10.00 and 20.00 for one case at one time: the larger one is booked, the other row is set aside."""
    take_orders(ctx, orders_of(tmp_path, ("N1", "completed", "50", "")))
    rows = [{"case_id": "1", "order_id": "N1", "refunded": amount, **DONE} for amount in ("10", "20")]
    file = cases_of(tmp_path, *(reversed(rows) if turned else rows))
    kept = Kept()
    result = import_files(ctx, [file], Options(), CASES, rejects=kept).files[0]  # type: ignore[arg-type]
    assert [(bad.line, bad.code) for bad in result.tally.rejected] == [(3 if turned else 2, "conflicting-rows")]
    assert [cells[CASE_COLUMNS.index("refunded")] for cells in kept.rows] == ["10"]
    assert (result.rows, result.tally.rows) == (2, 1)
    assert asked(ctx, "SELECT SUM(amount_minor) FROM refund") == [(2_000,)]


def test_a_deadline_in_words_is_listed_and_the_row_is_taken(ctx: Context, tmp_path: Path) -> None:
    """`3 days left` is no time: the refund is booked, the words are unmapped; a blank status is listed as well."""
    take_orders(ctx, orders_of(tmp_path, ("N1", "completed", "50", "")))
    rows = [
        {"case_id": "1", "order_id": "N1", "refunded": "10", "deadline": "3 days", **DONE},
        {"case_id": "2", "order_id": "N1", "status": ""},
    ]
    result = import_files(ctx, [cases_of(tmp_path, *rows)], Options(), CASES).files[0]
    assert result.tally.unmapped == {"deadline: 3 days": 1, "status: ": 1}
    assert asked(ctx, "SELECT SUM(amount_minor) FROM refund") == [(1_000,)]


def test_a_footer_is_no_case(ctx: Context, tmp_path: Path) -> None:
    """A line of totals below the rows is skipped."""
    header = ["售后编号", "订单编号", "售后状态", "退款金额"]
    file = write(tmp_path / "p.csv", header, [["1", "N1", "退款成功", "3"], ["合计", "", "", "3"]])
    result = import_files(ctx, [file], Options(), CASES).files[0]
    assert ([skip.line for skip in result.tally.skipped], result.tally.rejected_count) == ([3], 0)
    assert result.tally.unmapped == {}


def test_kuaishou_by_partial_names(ctx: Context, tmp_path: Path) -> None:
    """Four known columns: money went back under 售后成功 alone. 订单编号 tells it from Douyin's 订单号."""
    take_orders(ctx, orders_of(tmp_path, ("N1", "completed", "50", "")))
    header = ["售后单号", "订单编号", "退款金额", "售后状态"]
    result = import_files(
        ctx,
        [write(tmp_path / "k.csv", header, [["1", "N1", "3", "售后成功"], ["2", "N1", "4", "售后关闭"]])],
        Options(),
        CASES,
    )
    assert result.files[0].format == "kuaishou-aftersales"
    assert asked(ctx, "SELECT amount_minor FROM refund") == [(300,)]


@pytest.mark.parametrize("outcome", ["compensated", "platform_for_buyer", "exchanged"])
def test_what_a_generic_file_says_was_refunded_went_back(ctx: Context, tmp_path: Path, outcome: str) -> None:
    """`refunded` is money under every outcome that may carry it; beside one that cannot the row is rejected."""
    take_orders(ctx, orders_of(tmp_path, ("N1", "completed", "50", "")))
    rows = [
        {"case_id": "1", "order_id": "N1", "amount": "9", "refunded": "5", **DONE, "status": outcome},
        {"case_id": "2", "order_id": "N1", "amount": "9", "refunded": "5", **DONE, "status": "withdrawn"},
    ]
    assert take_cases(ctx, cases_of(tmp_path, *rows))[0]["rejected"] == ["outcome-without-money"]
    assert asked(ctx, 'SELECT a.outcome, r.amount_minor FROM refund AS r JOIN "case" AS a ON a.id = r.case_id') == [
        (outcome, 500)
    ]


def test_a_date_of_digits_far_down_is_judged_by_the_whole_column(ctx: Context, tmp_path: Path) -> None:
    """The first such date in row 301 shows its order: the file is taken, its bad rows are written once."""
    rows: list[dict[str, object]] = [
        {"case_id": str(n), "order_id": "N1", "status": "requested", "applied_at": ""} for n in range(300)
    ]
    rows[5]["order_id"] = ""
    rows.append({"case_id": "x", "order_id": "N1", "status": "requested", "applied_at": "25/08/2026 10:00:00"})
    kept = Kept()
    result = import_files(ctx, [cases_of(tmp_path, *rows)], Options(), CASES, rejects=kept).files[0]  # type: ignore[arg-type]
    assert result.error is None
    assert (result.cases and result.cases.new, len(kept.rows)) == (300, 1)
    said = asked(ctx, "SELECT registers FROM case_report WHERE external_id = 'x'")[0][0]
    assert "1787623200" in str(said)


def test_a_blank_time_gives_way_to_its_neighbour(ctx: Context, tmp_path: Path) -> None:
    """Douyin's 用户到账时间 is `-` while 商家退款时间 stands there; a closed claim may have 售后关闭时间 alone."""
    take_orders(ctx, orders_of(tmp_path, ("N1", "completed", "50", "")))
    header = [
        "售后单号",
        "订单号",
        "售后状态",
        "退商品金额（元）",
        "售后申请时间",
        "用户到账时间",
        "商家退款时间",
        "售后完结时间",
        "售后关闭时间",
    ]
    rows = [
        ["1", "N1", "退款成功", "5", "2026-08-02 10:00:00", "-", "2026-08-07 09:00:00", "-", "-"],
        ["2", "N1", "售后关闭", "5", "2026-08-02 10:00:00", "-", "-", "-", "2026-08-08 09:00:00"],
    ]  # fmt: skip
    take_cases(ctx, write(tmp_path / "d.csv", header, rows))
    assert asked(ctx, "SELECT datetime(refunded_at, 'unixepoch', '+8 hours'), day_known FROM refund") == [
        ("2026-08-07 09:00:00", 1)
    ]
    closed = "SELECT datetime(closed_at, 'unixepoch', '+8 hours') FROM \"case\" WHERE external_id = '2'"
    assert asked(ctx, closed) == [("2026-08-08 09:00:00",)]


def test_rejected_rows_name_the_column_of_the_bad_cell(ctx: Context, tmp_path: Path) -> None:
    """A bad amount, time or number of pieces is told with the header under which it stands."""
    header = ["售后单号", "订单号", "售后状态", "退商品金额（元）", "售后申请时间", "商品数量"]
    rows = [
        ["1", "N1", "退款成功", "5x", "2026-08-02 10:00:00", "1"], ["2", "N1", "退款成功", "5", "gestern", "1"],
        ["3", "N1", "退款成功", "5", "2026-08-02 10:00:00", "1.5"],
    ]  # fmt: skip
    result = import_files(ctx, [write(tmp_path / "d.csv", header, rows)], Options(), CASES).files[0]
    told = [(bad.code, bad.message.split(":")[0]) for bad in result.tally.rejected]
    assert told == [("bad-amount", "退商品金额(元)"), ("bad-date", "售后申请时间"), ("bad-quantity", "商品数量")]
