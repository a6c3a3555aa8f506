"""What the Chinese platforms leave between the lines: closed orders, failed claims, totals below the rows, dashes, masks."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from importers.test_platform_orders import DY, HEADERS, KS, TB, WX, XHS, Cells, orders, taken, written
from shopcare.services.context import Context

LIST = {
    "买家会员名": "买家甲", "订单状态": "交易成功", "订单创建时间": "2026-08-01 10:03:07",
    "订单付款时间": "2026-08-01 10:03:55", "买家实际支付金额": "88.00",
}  # fmt: skip
MAIN = {"订单状态": "交易成功", "订单创建时间": "2026-08-01 10:03:07", "买家实付金额": "88.00"}
PDD = {
    "订单状态": "已收货", "订单成交时间": "2026-08-01 10:00:00", "支付时间": "2026-08-01 10:00:00",
    "用户实付金额(元)": "32.90", "商品": "伞",
}  # fmt: skip
JD = {
    "下单时间": "2026-08-01 10:00:00", "付款确认时间": "2026-08-01 10:01:00", "订单状态": "完成", "应付金额": "148.00",
    "订购数量": "1", "商品名称": "灯", "下单帐号": "jd_a",
}  # fmt: skip
ALI = {
    "买家会员名": "ali_a", "订单状态": "交易成功", "订单创建时间": "2026-08-01 10:00:00",
    "订单付款时间": "2026-08-01 10:01:00", "实付款(元)": "990.00", "货品标题": "布", "数量": "1",
}  # fmt: skip
#: One good row of every header of a Chinese platform's orders, without its number.
GOOD: dict[str, tuple[str, Cells]] = {
    "taobao_orderlist_2017": ("订单编号", LIST), "taobao_orderlist_2018": ("订单编号", LIST),
    "taobao_orderlist_2019": ("订单编号", LIST), "taobao_main_new": ("订单编号", MAIN),
    "taobao_suborder_new": ("主订单编号", TB | {"子订单编号": "1", "买家实付金额": "88.00"}),
    "pdd_order_27": ("订单号", PDD), "pdd_order_2020": ("订单号", PDD),
    "jd_order_30": ("订单号", JD), "jd_order_35": ("订单号", JD),
    "douyin_order_75": ("主订单编号", DY | {"订单应付金额": "59.00"}),
    "douyin_order_74": ("主订单编号", DY | {"订单应付金额": "59.00"}),
    "kuaishou_order_61": ("订单号", KS | {"订单状态": "交易成功"}),
    "xhs_order": ("订单号", XHS | {"用户应付金额(元)": "50.00", "SKU名称": "a"}),
    "1688_order_49": ("订单编号", ALI),
    "wechat_order_57": ("订单号", WX | {"订单实际支付金额": "94.00"}),
    "wechat_order_63": ("订单号", WX | {"订单实际支付金额": "94.00"}),
}  # fmt: skip


def stated(ctx: Context, columns: str) -> list[tuple[Any, ...]]:
    """These columns of every order, by number."""
    with closing(sqlite3.connect(ctx.store)) as conn:
        return conn.execute(f"SELECT number, {columns} FROM orders ORDER BY number").fetchall()


@pytest.mark.parametrize("header", ["taobao_orderlist_2017", "taobao_orderlist_2019"])
def test_a_closed_taobao_order_was_never_paid_or_went_back(ctx: Context, tmp_path: Path, header: str) -> None:
    """交易关闭 without 订单付款时间: nothing was paid, whatever the amount; with it: all of it went back unless 退款金额 says."""
    closed = LIST | {"订单状态": "交易关闭"}
    rows = [
        closed | {"订单编号": "1", "订单付款时间": "", "退款金额": "0"},
        closed | {"订单编号": "2", "订单付款时间": '=""', "退款金额": ""},
        closed | {"订单编号": "3", "退款金额": "88.00"},
        closed | {"订单编号": "4", "退款金额": ""},
        LIST | {"订单编号": "5", "退款金额": ""},
    ]
    assert taken(ctx, tmp_path, written(HEADERS[header]["header"], rows)).tally.rejected == []
    assert stated(ctx, "status, paid_minor, COALESCE(refunded_reported_minor, 0), is_counted") == [
        ("1", "closed", 0, 0, 0), ("2", "closed", 0, 0, 0), ("3", "closed", 8800, 8800, 0), ("4", "closed", 8800, 8800, 0),
        ("5", "completed", 8800, 0, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("header", "word"),
    [
        ("kuaishou_order_61", "交易关闭"),
        ("douyin_order_75", "已关闭"),
        ("xhs_order", "已关闭"),
        ("1688_order_49", "交易关闭"),
    ],
)
def test_a_closed_order_is_no_sale(ctx: Context, tmp_path: Path, header: str, word: str) -> None:
    """Closed without a time of payment was never paid; closed with one went back in full, also as a part of an order."""
    number, good = GOOD[header]
    unpaid = dict.fromkeys(("订单支付时间", "支付完成时间", "支付时间", "订单付款时间"), "")
    closed = good | {"订单状态": word}
    rows = [closed | unpaid | {number: "1"}, closed | {number: "2"}, good | {number: "3"}]
    part = HEADERS[header]["format"] in ("douyin-orders", "xiaohongshu-orders")
    other = {"SKU名称": "b", "选购商品": "b", "子订单编号": "2"}
    rows += [good | {number: "4", "子订单编号": "1"}, closed | other | {number: "4"}] if part else []
    assert taken(ctx, tmp_path, written(HEADERS[header]["header"], rows)).tally.rejected == []
    (_closed, one), (_went, two), (_sale, three), *four = [
        (row[0], row[1:]) for row in stated(ctx, "paid_minor, COALESCE(refunded_reported_minor, 0), is_counted")
    ]
    assert (one, two[0] - two[1], two[2], three[1:]) == ((0, 0, 0), 0, 0, (0, 1))
    assert [row[1][1] * 2 == row[1][0] for row in four] == [True] * part


def test_a_claim_that_failed_or_is_open_is_no_refund(ctx: Context, tmp_path: Path) -> None:
    """The sub-order sheet writes 退款金额 for every claim; only 退款成功 moved money, and a blank status leaves it standing."""
    words = ("退款成功", "退款关闭", "买家已经申请退款，等待卖家同意", "没有申请退款", "")
    rows = [
        TB | {"主订单编号": str(n), "子订单编号": f"{n}1", "买家实付金额": "50.00", "退款状态": word, "退款金额": "20.00"}
        for n, word in enumerate(words)
    ]  # fmt: skip
    taken(ctx, tmp_path, written(HEADERS["taobao_suborder_new"]["header"], rows))
    assert [row[4] for row in orders(ctx)] == [2000, 0, 0, 0, 2000]


@pytest.mark.parametrize("header", GOOD)
def test_totals_below_the_rows_are_no_orders(ctx: Context, tmp_path: Path, header: str) -> None:
    """合计, 总计 and 说明 as the order number or in the first cell are skipped with their lines; the order stays."""
    number, good = GOOD[header]
    names = HEADERS[header]["header"]
    rows = [
        good | {number: "260801-990000000000001"},
        *(good | {number: word} for word in ("合计", "总计：1")),
        {names[0].strip(): "说明：仅供参考"},
    ]
    result = taken(ctx, tmp_path, written(names, rows))
    assert [row.line for row in result.tally.skipped] == [3, 4, 5]
    assert result.tally.rejected == []
    assert [row[0] for row in orders(ctx)] == ["260801-990000000000001"]


def test_a_dash_is_nothing_in_every_column(ctx: Context, tmp_path: Path) -> None:
    """Channel, payment method and province that are dashed out, null or guarded blanks are not known."""
    rows = [
        DY | {"主订单编号": "1", "订单应付金额": "5.00", "支付方式": "-", "APP渠道": '="-"', "省": "null"},
        DY | {"主订单编号": "2", "订单应付金额": "5.00", "支付方式": '="支付宝"', "APP渠道": "抖音\t", "省": "'浙江省"},
    ]
    taken(ctx, tmp_path, written(HEADERS["douyin_order_75"]["header"], rows))
    assert stated(ctx, "payment_method, channel, province") == [
        ("1", None, None, None),
        ("2", "支付宝", "抖音", "浙江省"),
    ]
    taobao = [
        LIST | {"订单编号": "3", "收货地址": '="-"'},
        LIST | {"订单编号": "4", "收货地址": "'浙江省 杭州市 西湖区"},
    ]
    taken(ctx, tmp_path, written(HEADERS["taobao_orderlist_2017"]["header"], taobao))
    assert stated(ctx, "province")[2:] == [("3", None), ("4", "浙江省")]


def test_masks_of_every_width_are_guests(ctx: Context, tmp_path: Path) -> None:
    """张** and 张＊＊ are nobody."""
    names = ("买家甲", "张**", "张＊＊", "1**********", "t﹡﹡1", "●●●")
    rows = [LIST | {"订单编号": str(n), "买家会员名": name} for n, name in enumerate(names)]
    result = taken(ctx, tmp_path, written(HEADERS["taobao_orderlist_2018"]["header"], rows))
    assert result.tally.guests == 5
    assert [row[5] for row in orders(ctx)] == [1, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("header", "older", "newer"),
    [
        ("douyin_order_75", {"订单状态": "待发货"}, {"订单状态": "已完成"}),
        ("douyin_order_74", {"订单状态": "已完成"}, {"售后状态": "退款成功"}),
        ("taobao_suborder_new", {"订单状态": "买家已付款，等待卖家发货"}, {"订单状态": "交易成功"}),
    ],
)
@pytest.mark.parametrize("older_first", [True, False])
def test_a_sub_order_that_stands_twice_counts_once(
    ctx: Context, tmp_path: Path, header: str, older: Cells, newer: Cells, older_first: bool
) -> None:
    """Two exports pasted into one file: of rows with one sub-order number the furthest state is kept, the other is named."""
    number, good = GOOD[header]
    good = good | {"子订单编号": "71", number: "7"}
    pair = [good | older, good | newer]
    rows = [*(pair if older_first else pair[::-1]), good | newer | {"子订单编号": "72"}]
    result = taken(ctx, tmp_path, written(HEADERS[header]["header"], rows))
    assert [(bad.line, bad.code) for bad in result.tally.rejected] == [(2 if older_first else 3, "conflicting-rows")]
    (_number, status, _currency, paid, refunded, _buyer, lines, _pieces), = orders(ctx)  # fmt: skip
    assert (paid, lines) == ({"taobao_suborder_new": 17600}.get(header, 11800), 2)
    assert (status, refunded) == (("refunded", 11800) if "售后状态" in newer else ("completed", 0))


@pytest.mark.parametrize(
    ("header", "words"), [("jd_order_30", ("等待出库", "完成")), ("wechat_order_57", ("待发货", "已完成"))]
)
@pytest.mark.parametrize("older_first", [True, False])
def test_rows_of_two_exports_in_one_file(
    ctx: Context, tmp_path: Path, header: str, words: tuple[str, str], older_first: bool
) -> None:
    """JD and WeChat repeat the order's status: where the rows differ, those of the furthest state are the order."""
    number, good = GOOD[header]
    exports = [[good | {number: "7", "订单状态": word}] * 2 for word in words]
    rows = [row for export in (exports if older_first else exports[::-1]) for row in export]
    result = taken(ctx, tmp_path, written(HEADERS[header]["header"], rows))
    assert [bad.line for bad in result.tally.rejected] == ([2, 3] if older_first else [4, 5])
    assert {bad.code for bad in result.tally.rejected} == {"conflicting-rows"}
    assert [(row[1], row[6]) for row in orders(ctx)] == [("completed", 2)]


def test_one_row_per_order_repeated_is_one_order(ctx: Context, tmp_path: Path) -> None:
    """Douyin by order, without sub-order numbers: an exact repeat is skipped, not added to the money."""
    row = DY | {"主订单编号": "5", "子订单编号": "-", "订单应付金额": "40.00"}
    result = taken(ctx, tmp_path, written(HEADERS["douyin_order_75"]["header"], [row, row]))
    assert [skip.line for skip in result.tally.skipped] == [3]
    assert orders(ctx) == [("5", "completed", "CNY", 4000, 0, 0, 1, 1)]


def test_xiaohongshu_rows_state_their_own_money(ctx: Context, tmp_path: Path) -> None:
    """Two SKUs of one price, a gift, and two equal rows: every row's money is its own and is added up."""
    own = XHS | {"用户应付金额(元)": "50.00", "商品总价(元)": "60.00", "店铺优惠(元)": "10.00"}
    gift = XHS | {"SKU名称": "赠", "用户应付金额(元)": "0.00", "商品总价(元)": "0.00", "是否为赠品": "是"}
    rows = [
        own | {"订单号": "P1", "SKU名称": "红"},
        own | {"订单号": "P1", "SKU名称": "蓝"},
        gift | {"订单号": "P1"},
        *[own | {"订单号": "P2", "SKU名称": "红", "订单状态": "配货中"}] * 2,
    ]
    result = taken(ctx, tmp_path, written(HEADERS["xhs_order"]["header"], rows))
    assert result.tally.unmapped == {}
    assert stated(ctx, "paid_minor, total_minor, discount_minor") == [
        ("P1", 10000, 12000, 2000),
        ("P2", 10000, 12000, 2000),
    ]


def test_a_bad_cell_is_named_by_its_column(ctx: Context, tmp_path: Path) -> None:
    """An order has several amounts and several times: the reason says in which column of the file the bad one stands."""
    good = GOOD["wechat_order_57"][1]
    bad = {
        "订单实际支付金额": "abc",
        "订单运费": "-1",
        "订单下单时间": "昨天",
        "支付时间": "x",
        "商品数量": "两件",
        "跨店优惠": "1e5",
    }
    rows = [good | {"订单号": str(n), column: cell} for n, (column, cell) in enumerate(bad.items())]
    result = taken(ctx, tmp_path, written(HEADERS["wechat_order_57"]["header"], rows))
    assert [
        column for column, reason in zip(bad, result.tally.rejected, strict=True) if column not in reason.message
    ] == []


@pytest.mark.parametrize("header", ["taobao_orderlist_2017", "taobao_orderlist_2018", "taobao_main_new"])
def test_a_closed_order_with_no_refund_beside_it_went_back(ctx: Context, tmp_path: Path, header: str) -> None:
    """交易关闭 is unpaid or refunded in full: 退款金额 of 0 beside a time of payment is no income."""
    number, good = GOOD[header]
    closed = good | {"订单付款时间": "2026-08-01 10:03:55", "订单状态": "交易关闭"}
    rows = [closed | {number: str(n), "退款金额": said} for n, said in enumerate(("0.00", "", "40.00"))]
    taken(ctx, tmp_path, written(HEADERS[header]["header"], rows))
    assert stated(ctx, "paid_minor, refunded_reported_minor, is_counted") == [
        ("0", 8800, 8800, 0), ("1", 8800, 8800, 0), ("2", 8800, 4000, 1),
    ]  # fmt: skip


def test_a_closed_sub_order_went_back_or_was_never_paid(ctx: Context, tmp_path: Path) -> None:
    """Each sub-order by itself: what a row says went back, and all of a closed one that says nothing."""
    sub = TB | {"买家实付金额": "50.00", "退款状态": "没有申请退款", "退款金额": "无退款申请"}
    claim = sub | {"退款状态": "退款成功", "退款金额": "20.00"}
    closed = sub | {"订单状态": "交易关闭"}
    rows = [
        closed | {"主订单编号": "1", "子订单编号": "11"},
        sub | {"主订单编号": "2", "子订单编号": "21"}, closed | {"主订单编号": "2", "子订单编号": "22"},
        claim | {"主订单编号": "3", "子订单编号": "31"}, closed | {"主订单编号": "3", "子订单编号": "32"},
        closed | {"主订单编号": "4", "子订单编号": "41", "订单付款时间": ""},
    ]  # fmt: skip
    taken(ctx, tmp_path, written(HEADERS["taobao_suborder_new"]["header"], rows))
    assert stated(ctx, "status, paid_minor, COALESCE(refunded_reported_minor, 0), is_counted") == [
        ("1", "closed", 5000, 5000, 0), ("2", "completed", 10000, 5000, 1), ("3", "completed", 10000, 7000, 1),
        ("4", "closed", 0, 0, 0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("header", "word", "back"),
    [("douyin_order_75", "已发货", "退款成功"), ("douyin_order_74", "已完成", "同意退款，退款成功"), ("kuaishou_order_61", "已签收", "售后成功")],
)  # fmt: skip
def test_what_was_refunded_after_it_left_is_an_order(
    ctx: Context, tmp_path: Path, header: str, word: str, back: str
) -> None:
    """The status says that the goods left, 售后状态 that the money went back: refunded, but an order; 待发货 is none."""
    number, good = GOOD[header]
    rows = [
        good | {number: "1", "订单状态": word, "售后状态": back},
        good | {number: "2", "订单状态": "待发货", "售后状态": back},
    ]
    taken(ctx, tmp_path, written(HEADERS[header]["header"], rows))
    assert stated(ctx, "status, is_counted, paid_minor = refunded_reported_minor") == [
        ("1", "refunded", 1, 1),
        ("2", "refunded", 0, 1),
    ]


@pytest.mark.parametrize("first", [0, 1])
def test_whether_the_goods_had_left_is_said_by_the_newer_export(ctx: Context, tmp_path: Path, first: int) -> None:
    """Two exports of refunded orders, of which one says 已发货: the newer one counts, whichever comes first."""
    words = ("已发货，退款成功", "已取消，退款成功")
    exports = [
        (day, written(HEADERS["pdd_order_27"]["header"], [
            PDD | {"订单号": f"260801-{n:015d}", "订单状态": word, "售后状态": "退款成功"} for n, word in enumerate(order)
        ]))
        for day, order in (("2026-08-03", words), ("2026-08-06", words[::-1]))
    ]  # fmt: skip
    for day, text in (exports[first], exports[1 - first], exports[first]):
        taken(ctx, tmp_path, text, exported_at=day)
    assert [row[1:] for row in stated(ctx, "status_raw, is_counted")] == [(words[1], 0), (words[0], 1)]


SUB_ORDERS = [
    DY | {"主订单编号": "\t100", "子订单编号": "\t101", "订单应付金额": "59.00", "商家编码": "SC"},
    DY | {"主订单编号": "\t100", "子订单编号": "\t102", "订单应付金额": "1,080.00", "商家编码": "HAT"},
]
WHOLE = DY | {"主订单编号": "\t100", "订单应付金额": "1,139.00", "商品数量": "2", "商家编码": "SC;HAT"}


@pytest.mark.parametrize("sub_order", ["", "-", "\t100"])
@pytest.mark.parametrize("days", [("2026-08-05", "2026-08-06"), ("2026-08-06", "2026-08-05")])
def test_douyin_exports_of_both_grains_are_one_order(
    ctx: Context, tmp_path: Path, days: tuple[str, str], sub_order: str
) -> None:
    """By product and by order: the money counts once, and the lines are those of the newer export, in any order of arrival."""
    header = HEADERS["douyin_order_75"]["header"]
    for rows, day in zip((SUB_ORDERS, [WHOLE | {"子订单编号": sub_order}], SUB_ORDERS), (*days, days[0]), strict=True):
        taken(ctx, tmp_path, written(header, rows), exported_at=day)
        assert stated(ctx, "paid_minor") == [("100", 113900)]
    assert [row[6:] for row in orders(ctx)] == [(1, 2) if days[1] > days[0] else (2, 2)]


@pytest.mark.parametrize("sub_order", ["", "\t100"])
@pytest.mark.parametrize(
    ("words", "left"), [(("已完成", "已完成"), 2), (("已发货", "已完成"), 1), (("已完成", "已发货"), 2)]
)
def test_douyin_exports_of_both_grains_in_one_file(
    ctx: Context, tmp_path: Path, words: tuple[str, str], left: int, sub_order: str
) -> None:
    """Pasted together the money counts once as well; of two states the one further along is the order."""
    parts = [row | {"订单状态": words[0]} for row in SUB_ORDERS]
    rows = [parts[0], WHOLE | {"子订单编号": sub_order, "订单状态": words[1]}, parts[1]]
    result = taken(ctx, tmp_path, written(HEADERS["douyin_order_75"]["header"], rows))
    assert [row[:5] + row[6:7] for row in orders(ctx)] == [("100", "completed", "CNY", 113900, 0, left)]
    assert len(result.tally.rejected) == (0 if words[0] == words[1] else 3 - left)
    assert len(result.tally.skipped) == (words[0] == words[1])


@pytest.mark.parametrize("turned", [False, True])
def test_an_order_of_one_article_in_both_grains_of_one_file(ctx: Context, tmp_path: Path, turned: bool) -> None:
    """Its only sub-order has the order's own number: it is the order again, and no second piece."""
    row = DY | {"主订单编号": "\t100", "订单应付金额": "35.00", "商品数量": "3"}
    rows = [row, row | {"子订单编号": "\t100", "售后状态": "售后关闭"}]
    taken(ctx, tmp_path, written(HEADERS["douyin_order_75"]["header"], rows[::-1] if turned else rows))
    assert [row[3:] for row in orders(ctx)] == [(3500, 0, 0, 1, 3)]


def test_sub_orders_of_one_price_are_not_the_whole_order(ctx: Context, tmp_path: Path) -> None:
    """A sub-order with the order's own number beside one other of the same price is a sub-order."""
    rows = [
        row | {"订单应付金额": "50.00", "子订单编号": id_} for row, id_ in zip(SUB_ORDERS, ("100", "101"), strict=True)
    ]
    taken(ctx, tmp_path, written(HEADERS["douyin_order_75"]["header"], rows))
    assert [row[3:] for row in orders(ctx)] == [(10000, 0, 0, 2, 2)]


def test_wechat_cancelled_after_the_money_went_back(ctx: Context, tmp_path: Path) -> None:
    """已取消 with 退款完成 beside it is a refunded order, which counts if it had been shipped; without it was never paid."""
    paid = WX | {"订单状态": "已取消", "订单实际支付金额": "94.00", "商品售后": "退款完成", "商品已退款金额": "94.00"}
    half = paid | {"订单号": "3", "商品已退款金额": "47.00"}
    rows = [
        paid | {"订单号": "1"},
        paid | {"订单号": "2", "订单发货时间": "2026-08-01 18:00:00"},
        half, half | {"商品名称": "y", "商品售后": "退款成功"},
        WX | {"订单号": "4", "订单状态": "已取消", "支付时间": "", "订单实际支付金额": "94.00"},
    ]  # fmt: skip
    taken(ctx, tmp_path, written(HEADERS["wechat_order_57"]["header"], rows))
    assert stated(ctx, "status, paid_minor, COALESCE(refunded_reported_minor, 0), is_counted") == [
        ("1", "refunded", 9400, 9400, 0), ("2", "refunded", 9400, 9400, 1), ("3", "refunded", 9400, 9400, 0),
        ("4", "cancelled", 0, 0, 0),
    ]  # fmt: skip


def test_wechat_states_by_number(ctx: Context, tmp_path: Path) -> None:
    """The numbers of the platform's states mean what its words do."""
    numbers = {
        "10": "unpaid",
        "20": "paid",
        "21": "paid",
        "30": "shipped",
        "100": "completed",
        "200": "refunded",
        "250": "cancelled",
    }
    rows = [WX | {"订单号": n, "订单状态": n, "订单实际支付金额": "94.00"} for n in numbers]
    result = taken(ctx, tmp_path, written(HEADERS["wechat_order_57"]["header"], rows))
    assert result.tally.unmapped == {}
    assert dict(stated(ctx, "status")) == numbers


def test_a_member_name_in_the_sub_order_sheet_is_the_buyer(ctx: Context, tmp_path: Path) -> None:
    """Shops choose its columns: 买家会员名 identifies the buyer there too, a mask does not."""
    header = [*HEADERS["taobao_suborder_new"]["header"], "买家会员名"]
    sub = TB | {"子订单编号": "11", "买家实付金额": "50.00"}
    rows = [sub | {"主订单编号": "1", "买家会员名": "买家甲"}, sub | {"主订单编号": "2", "买家会员名": "买**"}]
    assert taken(ctx, tmp_path, written(header, rows)).tally.guests == 1
    assert [row[5] for row in orders(ctx)] == [1, 0]


@pytest.mark.parametrize("short_first", [False, True])
def test_a_row_that_ends_before_the_orders_own_cells(ctx: Context, tmp_path: Path, short_first: bool) -> None:
    """JD's rows may stop early: what the order's other rows repeat holds for such a row too, and its line is there."""
    names = HEADERS["jd_order_30"]["header"]
    header, row = written(names, [JD | {"订单号": "7", "商品ID": "1"}]).strip().split("\r\n")
    rows = [row, "7,2,灯泡,3", "8,3,灯,1"]
    rows[:2] = rows[1::-1] if short_first else rows[:2]
    result = taken(ctx, tmp_path, "\r\n".join([header, *rows]) + "\r\n")
    assert [(bad.line, bad.code) for bad in result.tally.rejected] == [(4, "missing-value")]
    assert [(row[1], row[3], row[5:]) for row in orders(ctx)] == [("completed", 14800, (1, 2, 4))]


def test_a_longer_header_of_the_same_columns_is_no_order(ctx: Context, tmp_path: Path) -> None:
    """JD's 30 columns and its 35 pasted together: the second header is skipped, rows that fill no further column are taken."""
    texts = [
        written(HEADERS[name]["header"], [JD | {"订单号": n}])
        for name, n in (("jd_order_30", "7"), ("jd_order_35", "8"))
    ]
    result = taken(ctx, tmp_path, "".join(texts))
    assert [(skip.line, skip.why) for skip in result.tally.skipped] == [(3, "repeated header")]
    assert (len(orders(ctx)), result.tally.rejected) == (2, [])
