"""Exports pasted below each other into one file: of the same columns they are one export, of others the file is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from case_files import asked
from importers.test_chinese_orders import GOOD, JD, LIST, PDD
from importers.test_platform_orders import AMAZON, HEADERS, TB, Cells, orders, taken, written
from shopcare.services.case_imports import CASES
from shopcare.services.context import Context
from shopcare.services.file_imports import Options, import_files

TAOBAO = written(HEADERS["taobao_orderlist_2017"]["header"], [LIST | {"订单编号": "1"}])
REFUND = "订单编号,退款编号,退款状态,买家退款金额,退款的申请时间\r\n1,9,退款成功,1.00,2026-08-05 10:00:00\r\n"
PINDUODUO = written(HEADERS["pdd_order_27"]["header"], [PDD | {"订单号": "260801-990000000000001"}])


TIKTOK = {
    "Order ID": "5760", "Order Status": "To ship", "Product Name": "x", "Seller SKU": "X", "Quantity": "1",
    "Order Amount": "THB 200.00", "Order Refund Amount": "THB 0.00", "Created Time": "13/08/2026 14:00:00",
    "Paid Time": "13/08/2026 14:10:00", "Country": "Thailand",
}  # fmt: skip
SUB = TB | {
    "主订单编号": "1001",
    "子订单编号": "11",
    "买家实付金额": "70.00",
    "退款状态": "没有申请退款",
    "退款金额": "无退款申请",
}
AMAZON_ROW = AMAZON | {"amazon-order-id": "A1", "order-status": "Unshipped", "sku": "S", "quantity": "1", "item-price": "20.00",
                       "last-updated-date": "2026-08-01T11:00:00+00:00"}  # fmt: skip
INDONESIAN = {"No. Pesanan": "1", "Status Pesanan": "Perlu Dikirim", "Nama Produk": "x", "Nomor Referensi SKU": "X", "Jumlah": "1",
              "Harga Setelah Diskon": "5.000", "Total Pembayaran": "5.000", "Waktu Pesanan Dibuat": "2026-08-01 10:00"}  # fmt: skip
SHOPIFY = {"Name": "#1", "Financial Status": "paid", "Fulfillment Status": "unfulfilled", "Currency": "USD", "Total": "5.00",
           "Created at": "2026-08-01 10:11:12 +0000", "Paid at": "2026-08-01 10:11:12 +0000", "Lineitem quantity": "1",
           "Lineitem name": "mug", "Lineitem price": "5.00"}  # fmt: skip
#: An order's row of an older and a newer export, and its status, money and pieces then.
PASTED: dict[str, tuple[Cells, Cells, tuple[object, ...]]] = {
    "tiktok_th_63": (
        TIKTOK, {"Order Status": "Completed", "Order Refund Amount": "THB 200.00", "Shipped Time": "14/08/2026 14:00:00"},
        ("completed", 20000, 20000, 1),
    ),
    "tiktok_us": (TIKTOK, {"Order Status": "Shipped", "Shipped Time": "14/08/2026 14:00:00"}, ("shipped", 20000, 0, 1)),
    "taobao_suborder_new": (SUB, {"退款状态": "退款成功", "退款金额": "20.00"}, ("completed", 7000, 2000, 1)),
    "amazon_all_orders_32": (
        AMAZON_ROW, {"order-status": "Shipped", "last-updated-date": "2026-08-03T11:00:00+00:00"}, ("shipped", 2000, None, 1),
    ),
    "shopee_id_51": (INDONESIAN, {"Status Pesanan": "Selesai"}, ("completed", 500000, None, 1)),
    "shopify_orders_79": (
        SHOPIFY, {"Fulfillment Status": "fulfilled", "Fulfilled at": "2026-08-03 10:11:12 +0000"}, ("shipped", 500, None, 1),
    ),
    "jd_order_30": (JD | {"订单号": "990000000101", "订单状态": "等待出库", "应付金额": "90.00"}, {"订单状态": "完成", "应付金额": "80.00"}, ("completed", 8000, None, 1)),
}  # fmt: skip


@pytest.mark.parametrize("first", ["older", "newer"])
@pytest.mark.parametrize("key", PASTED)
def test_an_older_state_of_the_same_order_is_set_aside_wherever_it_stands(
    ctx: Context, tmp_path: Path, key: str, first: str
) -> None:
    """Two exports of one order in one file come to what they are as two files, and the older row is named."""
    old, changes, expected = PASTED[key]
    rows = [old, old | changes] if first == "older" else [old | changes, old]
    delimiter = "\t" if key.startswith("amazon") else ","
    result = taken(ctx, tmp_path, written(HEADERS[key]["header"], rows, delimiter))
    assert [(bad.line, bad.code) for bad in result.tally.rejected] == [(2 + (first == "newer"), "conflicting-rows")]
    found = asked(ctx, "SELECT status, paid_minor, refunded_reported_minor, SUM(quantity) FROM orders "
                       "JOIN order_line ON order_line.order_id = orders.id GROUP BY orders.id")  # fmt: skip
    assert found == [expected]


@pytest.mark.parametrize("header", ["pdd_order_27", "pdd_order_2020", "douyin_order_75", "jd_order_30"])
def test_the_same_header_again_is_no_order(ctx: Context, tmp_path: Path, header: str) -> None:
    """Two exports of the same columns: the second header is skipped, its rows are taken."""
    number, good = GOOD[header]
    texts = [written(HEADERS[header]["header"], [good | {number: f"260801-99000000000000{n}"}]) for n in (1, 2)]
    result = taken(ctx, tmp_path, "".join(texts))
    assert [(skip.line, skip.why) for skip in result.tally.skipped] == [(3, "repeated header")]
    assert (result.tally.rows, result.tally.rejected) == (2, [])


def other_order(text: str) -> str:
    """The same file with its columns in another order, but the order's number where it was."""
    rows = [line.split(",") for line in text.strip().split("\r\n")]
    place = rows[0].index("订单号")
    moved = [[*row[place - 1 :: -1], row[place], *row[:place:-1]] for row in rows]
    return "\r\n".join(map(",".join, moved)) + "\r\n"


@pytest.mark.parametrize(
    "text",
    [TAOBAO + PINDUODUO, PINDUODUO + TAOBAO, TAOBAO + REFUND, PINDUODUO + other_order(PINDUODUO)],
    ids=["wider", "narrower", "refunds", "other-order"],
)
def test_columns_of_another_export_are_never_read_as_those_of_the_first(
    ctx: Context, tmp_path: Path, text: str
) -> None:
    """The file is refused with the line of the second header, and nothing of it is stored."""
    error = taken(ctx, tmp_path, text).error
    assert error is not None
    assert (error.code, error.context["line"]) == ("import.two-headers", 3)
    assert orders(ctx) == []


def test_orders_below_refunds_are_refused(ctx: Context, tmp_path: Path) -> None:
    """The same of an after-sales export; the same header again is skipped."""
    for text, code in ((REFUND + TAOBAO, "import.two-headers"), (REFUND + REFUND, None)):
        (file := tmp_path / "cases.csv").write_text(text, "utf-8")
        result = import_files(ctx, [str(file)], Options(dry_run=True), CASES).files[0]
        assert (result.error.code if result.error else None) == code
    assert [skip.why for skip in result.tally.skipped] == ["repeated header", "exact repeat"]


def test_rows_scattered_over_the_file_are_refused_as_well(ctx: Context, tmp_path: Path) -> None:
    """Where the rows of one order do not follow each other the file is read in another way."""
    number, good = GOOD["jd_order_30"]
    rows = [good | {number: n, "商品ID": str(at)} for at, n in enumerate(("11", "12", "11"))]
    jd = written(HEADERS["jd_order_30"]["header"], rows)
    error = taken(ctx, tmp_path, jd + PINDUODUO).error
    assert error is not None
    assert (error.code, error.context["line"]) == ("import.two-headers", 5)
    assert orders(ctx) == []
