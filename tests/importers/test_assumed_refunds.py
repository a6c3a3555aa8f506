"""退款成功 in an order export names no amount: all of it is assumed, until an after-sales export says how much it was."""

from __future__ import annotations

import itertools
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from importers.test_chinese_orders import PDD
from importers.test_people import store
from importers.test_platform_orders import DY, HEADERS, KS, Cells, taken, written
from shopcare.domain.cases import Step
from shopcare.services import cases
from shopcare.services.case_imports import CASES
from shopcare.services.cases import Closing, Opening
from shopcare.services.context import Context
from shopcare.services.file_imports import Options, import_files
from shopcare.services.undo import undo

PINDUODUO = (
    "pdd_order_27", [PDD | {"订单号": "260801-990000000000001", "订单状态": "未发货，退款成功", "用户实付金额(元)": "37.40"}],
    "售后编号,订单编号,售后状态,退款类型,退款金额,申请时间\r\n7,260801-990000000000001,退款成功,仅退款,10.00,2026-08-05 10:00:00\r\n",
)  # fmt: skip
DOUYIN = (
    "douyin_order_75", [DY | {"主订单编号": "5", "子订单编号": "5", "订单应付金额": "37.40", "售后状态": "退款成功", "订单状态": "待发货"}],
    "售后单号,订单号,商品单号,售后类型,售后状态,退商品金额（元）,售后申请时间\r\n7,5,5,仅退款,退款成功,10.00,2026-08-05 10:00:00\r\n",
)  # fmt: skip
KUAISHOU = (
    "kuaishou_order_61", [KS | {"订单号": "5", "实付款": "37.40", "订单状态": "待发货", "售后状态": "售后成功"}],
    "售后单号,订单编号,退款金额,售后状态,售后类型\r\n7,5,10.00,售后成功,仅退款\r\n",
)  # fmt: skip
#: When the lists say that the buyers asked, as an instant.
LISTED_AT = 1_785_895_200


def refunds(ctx: Context) -> list[tuple[Any, ...]]:
    """By source, and whether the order counts."""
    with closing(sqlite3.connect(ctx.store)) as conn:
        return conn.execute(
            "SELECT r.source, r.amount_minor, o.is_counted FROM refund AS r JOIN orders AS o ON o.id = r.order_id ORDER BY 1"
        ).fetchall()


def take_cases(ctx: Context, folder: Path, text: str) -> str:
    """Import an after-sales export; the batch."""
    (file := folder / "cases.csv").write_text(text, "utf-8-sig")
    (result,) = import_files(ctx, [str(file)], Options(), CASES).files
    assert result.tally.rejected == []
    assert result.batch_id is not None
    return result.batch_id


@pytest.mark.parametrize(("header", "rows", "cases"), [PINDUODUO, DOUYIN, KUAISHOU], ids=["pdd", "douyin", "kuaishou"])
@pytest.mark.parametrize("orders_first", [True, False])
def test_the_listed_amount_is_what_went_back(
    ctx: Context, tmp_path: Path, header: str, rows: list[Cells], cases: str, orders_first: bool
) -> None:
    """In either order of arrival, and however often."""
    orders = written(HEADERS[header]["header"], rows)
    if orders_first:
        taken(ctx, tmp_path, orders)
        assert refunds(ctx) == [("export", 3740, 0)]
    take_cases(ctx, tmp_path, cases)
    for day in ("2026-08-09", "2026-08-10"):
        taken(ctx, tmp_path, orders, exported_at=day)
        assert refunds(ctx) == [("case", 1000, 1)]


def test_without_the_list_the_whole_is_assumed_again(ctx: Context, tmp_path: Path) -> None:
    """Undoing the after-sales export brings the assumed refund back."""
    header, rows, cases = PINDUODUO
    taken(ctx, tmp_path, written(HEADERS[header]["header"], rows))
    undo(ctx, take_cases(ctx, tmp_path, cases))
    assert refunds(ctx) == [("export", 3740, 0)]


SUBS = [
    {"子订单编号": "5", "订单应付金额": "37.40", "商家编码": "A", "选购商品": "杯"},
    {"子订单编号": "6", "订单应付金额": "20.00", "商家编码": "B", "选购商品": "盘"},
    {"子订单编号": "7", "订单应付金额": "30.00", "商家编码": "B", "选购商品": "盘", "售后状态": "-"},
]
LISTS = "售后单号,订单号,商品单号,商品名称,售后类型,售后状态,退商品金额（元）,售后申请时间\r\n"


@pytest.mark.parametrize(
    ("listed", "refunded"),
    [
        ([("7", "5", "10.00")], 3000), ([("7", "5", "10.00"), ("8", "6", "20.00")], 3000), ([("7", "6", "1.00")], 3840),
        ([("7", "5", "10.00"), ("8", "5", "5.00")], 3500), ([("7", "7", "1.50")], 5890), ([("7", "", "1.50")], 5740),
        ([("7", "5", "1.00"), ("8", "6", "2.00"), ("9", "7", "4.00")], 700), ([("7", "99", "1.50")], 5740),
    ],
)  # fmt: skip
def test_the_list_says_how_much_of_the_sub_orders_it_names(
    tmp_path: Path, listed: list[tuple[str, str, str]], refunded: int
) -> None:
    """Two of three sub-orders were refunded, says the order: of those the list names its amounts count, of the others all;
    a refund of the third comes on top. Whatever comes first, however often, one by one or together.
    """
    row = DOUYIN[1][0]
    orders = written(HEADERS["douyin_order_75"]["header"], [row | each for each in SUBS])
    rows = [f"{case},5,{sub},,仅退款,退款成功,{amount},2026-08-05 10:00:00\r\n" for case, sub, amount in listed]
    cases = [[LISTS + "".join(rows)], [LISTS + each for each in rows], [LISTS + each for each in reversed(rows)]]
    for number, (texts, first) in enumerate(itertools.product(cases, (True, False))):
        (folder := tmp_path / str(number)).mkdir()
        ctx = store(folder)
        if first:
            taken(ctx, folder, orders)
        for text in texts:
            take_cases(ctx, folder, text)
        for day in ("2026-08-09", "2026-08-10"):
            taken(ctx, folder, orders, exported_at=day)
            assert sum(amount for _source, amount, _counts in refunds(ctx)) == refunded


def test_undoing_either_file_of_sub_orders_brings_back_what_was(ctx: Context, tmp_path: Path) -> None:
    """Without the list the words stand for all of their rows again; without the newer orders the list counts as before."""
    row = DOUYIN[1][0]
    orders = written(HEADERS["douyin_order_75"]["header"], [row | each for each in SUBS])
    fewer = written(HEADERS["douyin_order_75"]["header"], [row | each | {"售后状态": "-"} for each in SUBS])
    taken(ctx, tmp_path, fewer, exported_at="2026-08-08")
    newer = str(taken(ctx, tmp_path, orders, exported_at="2026-08-09").batch_id)
    listed = take_cases(ctx, tmp_path, LISTS + "7,5,5,,仅退款,退款成功,10.00,2026-08-05 10:00:00\r\n")
    assert refunds(ctx) == [("case", 1000, 1), ("export", 2000, 1)]
    undo(ctx, listed)
    assert refunds(ctx) == [("export", 5740, 1)]
    undo(ctx, newer)
    assert refunds(ctx) == []


def test_a_list_that_comes_to_name_a_sub_order_counts_for_it(ctx: Context, tmp_path: Path) -> None:
    """A first list says 10.00 without a sub-order, a second one names it; undone, the first counts as before."""
    row = DOUYIN[1][0]
    taken(ctx, tmp_path, written(HEADERS["douyin_order_75"]["header"], [row | each for each in SUBS]))
    listed = LISTS + "7,5,{},,仅退款,退款成功,10.00,2026-08-05 10:00:00\r\n"
    take_cases(ctx, tmp_path, listed.format(""))
    assert refunds(ctx) == [("case", 1000, 1), ("export", 4740, 1)]
    named = take_cases(ctx, tmp_path, listed.format("5"))
    assert refunds(ctx) == [("case", 1000, 1), ("export", 2000, 1)]
    undo(ctx, named)
    assert refunds(ctx) == [("case", 1000, 1), ("export", 4740, 1)]


def test_never_more_goes_back_than_was_paid(tmp_path: Path) -> None:
    """A list of more than its sub-order cost beside words for the others: in either order of arrival the order is empty."""
    row = DOUYIN[1][0]
    orders = written(HEADERS["douyin_order_75"]["header"], [row | each for each in SUBS])
    for first in (True, False):
        (folder := tmp_path / str(first)).mkdir()
        ctx = store(folder)
        if first:
            taken(ctx, folder, orders)
        take_cases(ctx, folder, LISTS + "7,5,7,,仅退款,退款成功,60.00,2026-08-05 10:00:00\r\n")
        taken(ctx, folder, orders, exported_at="2026-08-09")
        assert sum(amount for _source, amount, _counts in refunds(ctx)) == 8740


def test_a_stated_amount_is_never_less_than_the_list(ctx: Context, tmp_path: Path) -> None:
    """Taobao says how much of an order went back: what its list does not have yet stays."""
    order = {
        "订单编号": "1", "订单状态": "交易关闭", "订单创建时间": "2026-08-01 10:00:00", "订单付款时间": "2026-08-01 10:01:00",
        "买家实际支付金额": "37.40", "退款金额": "37.40",
    }  # fmt: skip
    taken(ctx, tmp_path, written(HEADERS["taobao_orderlist_2017"]["header"], [order]))
    take_cases(ctx, tmp_path, "订单编号,退款编号,退款状态,买家退款金额\r\n1,9,退款成功,10.00\r\n")
    assert refunds(ctx) == [("case", 1000, 0), ("export", 2740, 0)]


def test_goods_that_had_left_stay_an_order_when_the_refund_is_listed(ctx: Context, tmp_path: Path) -> None:
    """已发货 beside 退款成功: refunded after shipping, also after the list has come."""
    header, (row,), cases = DOUYIN
    taken(ctx, tmp_path, written(HEADERS[header]["header"], [row | {"订单状态": "已发货"}]))
    take_cases(ctx, tmp_path, cases.replace("10.00", "37.40"))
    assert refunds(ctx) == [("case", 3740, 1)]


@pytest.mark.parametrize("events", ["dol", "dlo", "dloo", "dolo"])
@pytest.mark.parametrize("external_id", [None, "7"])
def test_a_listed_part_that_the_desk_gave_is_all_that_went_back(
    ctx: Context, tmp_path: Path, events: str, external_id: str | None
) -> None:
    """The desk gives 10.00 of 37.40 (`d`), the order reads 退款成功 (`o`), the list says 10.00 (`l`): 10.00 in all."""
    header, (row,), cases_text = PINDUODUO
    taken(ctx, tmp_path, written(HEADERS[header]["header"], [row | {"订单状态": "待发货"}]), exported_at="2026-08-02")
    for event in events:
        if event == "o":
            taken(ctx, tmp_path, written(HEADERS[header]["header"], [row]), exported_at="2026-08-10")
        elif event == "l":
            take_cases(ctx, tmp_path, cases_text)
        else:
            now = ctx._replace(now=LISTED_AT)
            cases.open_case(now, Opening(row["订单号"], "refund_only", "late", external_id=external_id))
            cases.close(now, "A1", Step("close", outcome="partly_refunded"), Closing(refund="10"))
    assert refunds(ctx) == [("case", 1000, 1)]


@pytest.mark.parametrize("events", ["dol", "dlo", "dolo"])
@pytest.mark.parametrize("external_id", [None, "7"])
def test_a_listed_part_of_a_sub_order_that_the_desk_gave_is_all_that_went_back(
    ctx: Context, tmp_path: Path, events: str, external_id: str | None
) -> None:
    """The same of an order of two sub-orders, of which one reads 退款成功 and is named by the list."""
    header, (row,), cases_text = DOUYIN
    other = row | {"子订单编号": "6", "订单应付金额": "20.00", "商家编码": "B", "售后状态": ""}
    before = [row | {"售后状态": ""}, other]
    taken(ctx, tmp_path, written(HEADERS[header]["header"], before), exported_at="2026-08-02")
    for event in events:
        if event == "o":
            taken(ctx, tmp_path, written(HEADERS[header]["header"], [row, other]), exported_at="2026-08-10")
        elif event == "l":
            take_cases(ctx, tmp_path, cases_text)
        else:
            now = ctx._replace(now=LISTED_AT)
            cases.open_case(now, Opening("5", "refund_only", "late", external_id=external_id))
            cases.close(now, "A1", Step("close", outcome="partly_refunded"), Closing(refund="10"))
    assert refunds(ctx) == [("case", 1000, 1)]
