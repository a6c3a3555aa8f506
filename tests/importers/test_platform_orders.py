"""What each platform's rows add up to: orders with their money, state and lines, written by hand from what is known of them."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from shopcare.importers.result import FileResult
from shopcare.services.context import Context
from shopcare.services.file_imports import Options, import_files
from shopcare.services.order_imports import ORDERS

HEADERS: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "headers.json").read_text("utf-8"))
ORDERS_STORED = """
SELECT number, status, currency, paid_minor, COALESCE(refunded_reported_minor, 0), customer_id IS NOT NULL,
       (SELECT COUNT(*) FROM order_line AS l WHERE l.order_id = o.id),
       (SELECT SUM(quantity) FROM order_line AS l WHERE l.order_id = o.id)
FROM orders AS o ORDER BY number
"""
Cells = Mapping[str, str]


def written(
    header: Sequence[str], rows: Sequence[Cells], delimiter: str = ",", *, quoting: int = csv.QUOTE_MINIMAL
) -> str:
    """The text of a file with these rows; cells are named by their column."""
    text = io.StringIO()
    sheet = csv.writer(
        text, delimiter=delimiter, lineterminator="\r\n", quoting=quoting, quotechar=None if quoting else '"'
    )
    sheet.writerow(header)
    sheet.writerows([row.get(name.strip(), "") for name in header] for row in rows)
    return text.getvalue()


def taken(ctx: Context, folder: Path, content: str | bytes, **options: str) -> FileResult:
    """What importing a file of this content gives."""
    (file := folder / "export.csv").write_bytes(content.encode("utf-8-sig") if isinstance(content, str) else content)
    return import_files(ctx, [str(file)], Options(**options), ORDERS).files[0]  # type: ignore[arg-type]


def orders(ctx: Context) -> list[tuple[Any, ...]]:
    """Number, status, currency, paid, refunded, whether its buyer is known, lines, pieces."""
    with closing(sqlite3.connect(ctx.store)) as conn:
        return conn.execute(ORDERS_STORED).fetchall()


KS = {
    "订单创建时间": "2026-08-01 10:00:00",
    "订单支付时间": "2026-08-01 10:01:00",
    "实付款": "¥68.80",
    "商品名称": "x",
    "成交数量": "1",
}
XHS = {
    "订单状态": "已完成",
    "订单创建时间": "2026-08-01 10:00:00",
    "支付时间": "2026-08-01 10:01:00",
    "用户编号": "u1",
    "SKU件数": "1",
}
DY = {
    "订单提交时间": "2026-08-01 10:00:00",
    "支付完成时间": "2026-08-01 10:01:00",
    "订单状态": "已完成",
    "商品数量": "1",
}
SHOPEE = {
    "Status Pesanan": "Selesai", "Waktu Pesanan Dibuat": "2026-08-01 10:11", "Username (Pembeli)": "budi",
    "Nama Produk": "kaos", "Harga Setelah Diskon": "37.200", "Jumlah": "1", "Total Pembayaran": "80.400",
}  # fmt: skip
PH = {
    "Order Status": "Completed",
    "Order Creation Date": "2026-08-01 10:11",
    "Product Name": "x",
    "Quantity": "2",
    "Grand Total": "238.00",
}
BR = {"Status do pedido": "Concluído", "Data de criação do pedido": "2026-08-01 10:00", "Nome do Produto": "x"}
TH = {
    "Order Status": "Completed", "Created Time": "13/08/2026 14:00:00\t", "Buyer Username": "d***o",
    "Order Amount": "THB 200.00", "Order Refund Amount": "THB 0.00", "Quantity": "1", "Product Name": "x",
}  # fmt: skip
EBAY = {"Buyer Username": "bob", "Sale Date": "Sep-27-26", "Paid On Date": "Sep-27-26"}
ETSY = {"Sale Date": "08/13/26", "Buyer User ID": "7", "Currency": "USD", "Order Total": "30.00"}
MAGENTO = {
    "Purchase Date": "Aug 1, 2026 10:00:00 PM",
    "Customer Email": "a@example.com",
    "Grand Total (Purchased)": "$50.00",
}
SQUARE = {
    "Date": "8/22/2026", "Time": "10:00:00", "Time Zone": "Eastern Time (US & Canada)", "Item": "coffee", "Qty": "1",
    "Net Sales": "$15.00", "Tax": "$1.20", "Event Type": "Payment", "Customer ID": "c1",
}  # fmt: skip
BACK = {"Qty": "-1", "Net Sales": "-$15.00", "Tax": "-$1.20", "Event Type": "Refund"}
TB = {"订单状态": "交易成功", "订单创建时间": "2026/6/6 13:41", "订单付款时间": "2026/6/6 13:42", "购买数量": "1"}
WX = {
    "订单下单时间": "2026-08-01 10:00:00",
    "支付时间": "2026-08-01 10:01:00",
    "订单状态": "待收货",
    "商品数量": "1",
    "商品名称": "x",
}
AMAZON = {
    "purchase-date": "2026-08-01T10:00:00+00:00",
    "currency": "USD",
    "order-status": "Shipped",
    "sku": "S",
    "quantity": "1",
}

#: header, its rows, the orders they make (see `orders`).
CASES: list[tuple[str, list[Cells], list[tuple[Any, ...]]]] = [
    ("kuaishou_order_61", [
        KS | {"订单号": "1", "订单状态": "交易成功"},
        KS | {"订单号": "2", "订单状态": "交易关闭", "订单支付时间": ""},
        KS | {"订单号": "3", "订单状态": "交易关闭", "售后状态": "售后成功"},
    ], [("1", "completed", "CNY", 6880, 0, 0, 1, 1), ("2", "closed", "CNY", 0, 0, 0, 1, 1),
        ("3", "refunded", "CNY", 6880, 6880, 0, 1, 1)]),
    ("xhs_order", [  # a gift row beside a paid one, two SKUs of one price: each row states its own money
        XHS | {"订单号": "P1", "SKU名称": "a", "用户应付金额(元)": "50.00", "是否为赠品": "否"},
        XHS | {"订单号": "P1", "SKU名称": "gift", "用户应付金额(元)": "0.00", "是否为赠品": "是"},
        XHS | {"订单号": "P2", "SKU名称": "a", "用户应付金额(元)": "80.00"},
        XHS | {"订单号": "P2", "SKU名称": "b", "用户应付金额(元)": "80.00"},
    ], [("P1", "completed", "CNY", 5000, 0, 1, 2, 2), ("P2", "completed", "CNY", 16000, 0, 1, 2, 2)]),
    ("douyin_order_74", [  # rows per sub-order: each states its own amount, one of them went back
        DY | {"主订单编号": "\t1", "子订单编号": "\t11", "订单应付金额": "1,059.00"},
        DY | {"主订单编号": "\t1", "子订单编号": "\t12", "订单应付金额": "80.00", "售后状态": "同意退款，退款成功"},
    ], [("1", "completed", "CNY", 113900, 8000, 0, 2, 2)]),
    ("douyin_order_75", [  # rows per order
        DY | {"主订单编号": "\t1", "子订单编号": "\t1", "订单应付金额": "59.00"},
        DY | {"主订单编号": "\t2", "订单应付金额": "40.00", "支付完成时间": "-", "订单状态": "已关闭"},
    ], [("1", "completed", "CNY", 5900, 0, 0, 1, 1), ("2", "closed", "CNY", 0, 0, 0, 1, 1)]),
    ("taobao_suborder_new", [
        TB | {"主订单编号": "1", "子订单编号": "11", "买家实付金额": "70", "退款金额": "无退款申请"},
        TB | {"主订单编号": "1", "子订单编号": "12", "买家实付金额": "80.50", "退款状态": "退款成功", "退款金额": "80.50"},
    ], [("1", "completed", "CNY", 15050, 8050, 0, 2, 2)]),
    ("taobao_main_new", [
        {"订单编号": "9", "订单状态": "交易成功", "买家实付金额": "50", "订单创建时间": "46235.41666", "退款金额": "0"},
    ], [("9", "completed", "CNY", 5000, 0, 0, 0, None)]),
    ("wechat_order_63", [
        WX | {"订单号": "1", "订单实际支付金额": "139.00", "商品已退款金额": "0.00"},
        WX | {"订单号": "1", "订单实际支付金额": "139.00", "商品已退款金额": "40.00"},
    ], [("1", "shipped", "CNY", 13900, 4000, 0, 2, 2)]),
    ("amazon_all_orders_newer", [
        AMAZON | {"amazon-order-id": "1", "item-price": "30.00", "shipping-price": "4.99", "ship-promotion-discount": "4.99"},
        AMAZON | {"amazon-order-id": "1", "item-price": "", "quantity": "0", "item-status": "Cancelled"},
        AMAZON | {"amazon-order-id": "2", "order-status": "Pending", "currency": ""},
    ], [("1", "shipped", "USD", 3000, 0, 0, 2, 1), ("2", "unpaid", "USD", 0, 0, 0, 1, 1)]),
    ("etsy_sold_orders", [
        ETSY | {"Order ID": "1", "Adjusted Order Total": "0.00", "Date Shipped": "08/14/26"},
        ETSY | {"Order ID": "2", "Adjusted Order Total": "20.00", "Status": "Completed"},
        ETSY | {"Order ID": "3", "Adjusted Order Total": "30.00"},
    ], [("1", "shipped", "USD", 3000, 0, 1, 0, None), ("2", "completed", "USD", 3000, 1000, 1, 0, None),
        ("3", "paid", "USD", 3000, 0, 1, 0, None)]),
    *((key, [  # equal lines are two pieces; 37.200 is 37 200
        SHOPEE | {"No. Pesanan": "A"}, SHOPEE | {"No. Pesanan": "A"},
        SHOPEE | {"No. Pesanan": "B", "Status Pesanan": "Batal", "Total Pembayaran": "37200"},
        SHOPEE | {"No. Pesanan": "C", "Status Pembatalan/ Pengembalian": "Permintaan Disetujui", "Username (Pembeli)": "b***i"},
    ], [("A", "completed", "IDR", 8040000, 0, 1, 2, 2), ("B", "cancelled", "IDR", 0, 0, 1, 1, 1),
        ("C", "refunded", "IDR", 8040000, 8040000, 0, 1, 1)])
      for key in ("shopee_id_51",)),
    ("shopee_ph_2022", [PH | {"Order ID": "A"}, PH | {"Order ID": "B", "Order Status": "Cancelled"}],
     [("A", "completed", "PHP", 23800, 0, 0, 1, 2), ("B", "cancelled", "PHP", 0, 0, 0, 1, 2)]),
    ("shopee_br", [
        BR | {"ID do pedido": "A", "Preço acordado": "R$ 12,90", "Quantidade": "2"},
        BR | {"ID do pedido": "A", "Preço acordado": "1.012,90", "Quantidade": "1"},
    ], [("A", "completed", "BRL", 103870, 0, 0, 2, 3)]),
    *((key, [
        {"Order ID": "Platform unique order ID.", "Order Status": "Current order status."},
        TH | {"Order ID": "5760\t", "Country": "Thailand"}, TH | {"Order ID": "5760\t", "Country": "Thailand"},
        TH | {"Order ID": "5761\t", "Country": "Thailand", "Order Status": "ยกเลิกแล้ว", "Created Time": "01/08/2026 14:00:00"},
    ], [("5760", "completed", "THB", 20000, 0, 0, 2, 2), ("5761", "cancelled", "THB", 0, 0, 0, 1, 1)])
      for key in ("tiktok_th_63", "tiktok_sea")),
    ("tiktok_id", [TH | {"Order ID": "1", "Order Status": "Dikirim", "Order Amount": "Rp 37,200", "Order Refund Amount": ""}],
     [("1", "shipped", "IDR", 3720000, 0, 0, 1, 1)]),
    ("magento_grid_18", [
        MAGENTO | {"ID": "000000101", "Status": "Complete", "Total Refunded": "5.0000"},
        MAGENTO | {"ID": "000000102", "Status": "canceled"},
        MAGENTO | {"ID": "000000103", "Status": "closed", "Total Refunded": "$50.00"},
    ], [("000000101", "completed", "USD", 5000, 500, 1, 0, None), ("000000102", "cancelled", "USD", 0, 0, 1, 0, None),
        ("000000103", "closed", "USD", 5000, 5000, 1, 0, None)]),
    ("square_items", [
        SQUARE | {"Transaction ID": "T1"}, SQUARE | {"Transaction ID": "T1", "Item": "cake"},
        SQUARE | BACK | {"Transaction ID": "T1", "Date": "2026-08-25"},
        SQUARE | {"Transaction ID": "T2"}, SQUARE | BACK | {"Transaction ID": "T2"},
    ], [("T1", "completed", "USD", 3240, 1620, 1, 2, 2), ("T2", "refunded", "USD", 1620, 1620, 1, 1, 1)]),
]  # fmt: skip


@pytest.mark.parametrize(("key", "rows", "expected"), CASES, ids=[case[0] for case in CASES])
def test_rows_make_these_orders(
    ctx: Context, tmp_path: Path, key: str, rows: list[Cells], expected: list[tuple[Any, ...]]
) -> None:
    """Money once or added up as the platform means it, status from all rows, lines and pieces, guests where ids are masked."""
    header = HEADERS[key]["header"]
    result = taken(ctx, tmp_path, written(header, rows))
    assert result.error is None
    assert result.tally.rejected == []
    assert result.tally.unmapped == {}
    assert orders(ctx) == expected
    again = taken(ctx, tmp_path, written(header, rows))
    assert (again.outcome.new, again.outcome.changed) == (0, 0)


@pytest.mark.parametrize(("key", "rows", "expected"), CASES, ids=[case[0] for case in CASES])
def test_columns_and_rows_in_another_order_say_the_same(
    ctx: Context, tmp_path: Path, key: str, rows: list[Cells], expected: list[tuple[Any, ...]]
) -> None:
    """Columns reversed, and the rows of an order apart from each other."""
    furniture = [row for row in rows if "Platform unique order ID." in row.values()]
    data = [row for row in rows if row not in furniture]
    apart = furniture + data[::2] + data[1::2]
    result = taken(ctx, tmp_path, written(HEADERS[key]["header"][::-1], apart))
    assert result.error is None
    assert orders(ctx) == expected


def test_an_ebay_file_with_all_its_furniture(ctx: Context, tmp_path: Path) -> None:
    """Commas, header, padding, a row above the items of an order, no status, two remarks at the end."""
    header = HEADERS["ebay_orders_80"]["header"]
    item = {"Item Number": "1", "Quantity": "1", "Buyer Username": "bob"}
    rows: list[Cells] = [
        {},
        EBAY | item | {"Order Number": "01-1", "Item Title": "cap", "Sold For": "$25.00", "Total Price": "$30.00",
                       "Shipped On Date": "Sep-28-26", "Transaction ID": "77"},
        EBAY | {"Order Number": "01-2", "Quantity": "3", "Sold For": "$30.00", "Total Price": "$35.00"},
        item | {"Order Number": "01-2", "Item Title": "a", "Sold For": "$10.00", "Transaction ID": "78"},
        item | {"Order Number": "01-2", "Item Title": "b", "Sold For": "$10.00", "Transaction ID": "79", "Quantity": "2"},
        EBAY | item | {"Order Number": "01-3", "Item Title": "b", "Sold For": "AU $9.00", "Total Price": "AU $9.00",
                       "Paid On Date": "--"},
    ]  # fmt: skip
    text = "," * 79 + "\r\n" + written(header, rows) + '\r\n3,record(s) downloaded,\r\n"Seller ID : demo"\r\n'
    result = taken(ctx, tmp_path, text)
    assert [row.line for row in result.tally.skipped] == [1, 3, 10, 11]
    assert (result.tally.rows, result.tally.rejected, result.header_line) == (5, [], 2)
    assert orders(ctx) == [
        ("01-1", "shipped", "USD", 3000, 0, 1, 1, 1),
        ("01-2", "paid", "USD", 3500, 0, 1, 2, 3),
        ("01-3", "unpaid", "AUD", 0, 0, 1, 1, 1),
    ]


def test_a_german_ebay_file(ctx: Context, tmp_path: Path) -> None:
    """Semicolons, decimal commas, German months, Windows-1252."""
    text = written(HEADERS["ebay_orders_de"]["header"], [], ";") + "1;23-1;1.116,99 €;10-Dez-25;10-Dez-25;käufer;--\r\n"
    assert taken(ctx, tmp_path, text.encode("cp1252")).error is None
    assert orders(ctx) == [("23-1", "paid", "EUR", 111699, 0, 1, 0, None)]


def test_quotes_are_data_in_amazon_reports(ctx: Context, tmp_path: Path) -> None:
    """The order report: no quoting, line totals with tax and freight, the buyer known by a hashed address only."""
    row = {
        "order-id": "1-1", "order-item-id": "5", "purchase-date": "2026-08-01T10:00:00+00:00", "currency": "USD",
        "buyer-email": "x@marketplace.example.com", "product-name": '6" ruler, é', "quantity-purchased": "2",
        "item-price": "30.00", "item-tax": "2.00", "shipping-price": "4.99", "item-promotion-discount": "4.99",
    }  # fmt: skip
    text = written(HEADERS["amazon_order_report_38"]["header"], [row], "\t", quoting=csv.QUOTE_NONE)
    result = taken(ctx, tmp_path, text.encode("cp1252"))
    assert (result.encoding, result.tally.rejected) == ("cp1252", [])
    assert orders(ctx) == [("1-1", "paid", "USD", 3200, 0, 1, 1, 2)]
    with closing(sqlite3.connect(ctx.store)) as conn:
        assert conn.execute("SELECT title FROM order_line").fetchone() == ('6" ruler, é',)
        assert conn.execute("SELECT COUNT(*) FROM customer_identity WHERE value LIKE '%@%'").fetchone() == (0,)


@pytest.mark.parametrize("number", ["1", "#1", "1.0"])
@pytest.mark.parametrize("items_first", [True, False])
def test_etsy_items_find_their_orders(ctx: Context, tmp_path: Path, items_first: bool, number: str) -> None:
    """Orders and items are two files, in either order; one may write # before numbers or a decimal after them."""
    item = {
        "Item Name": "mug",
        "Quantity": "2",
        "Price": "$12.50",
        "Currency": "USD",
        "Transaction ID": "1",
    }
    files = [
        written(HEADERS["etsy_sold_orders"]["header"], [ETSY | {"Order ID": "1"}]),
        written(HEADERS["etsy_sold_items"]["header"], [item | {"Sale Date": "08/13/26", "Order ID": number}]),
    ]
    for text in files[::-1] if items_first else files:
        assert taken(ctx, tmp_path, text).error is None
    assert orders(ctx) == [("1", "paid", "USD", 3000, 0, 1, 1, 2)]


def test_continuation_rows_of_a_bad_order_do_not_join_the_one_above(ctx: Context, tmp_path: Path) -> None:
    """1688: rows without a number belong to the order above; to none, if that one's number was lost."""
    header = HEADERS["1688_order_49"]["header"]
    order = {
        "实付款(元)": "¥1,010.00",
        "订单状态": "交易成功",
        "订单创建时间": "2026-08-01 10:00:00",
        "订单付款时间": "2026-08-01 10:05:00",
    }
    item = {"货品标题": "x", "单价(元)": "0.50", "数量": "100"}
    rows = [
        order | item | {"订单编号": "1"},
        item,
        order | item | {"订单编号": "9.9E+18"},
        item,
        {"订单编号": "", "货品标题": "合计"},
    ]
    result = taken(ctx, tmp_path, written(header, rows))
    assert orders(ctx) == [("1", "completed", "CNY", 101000, 0, 0, 2, 200)]
    assert [(bad.line, bad.code) for bad in result.tally.rejected] == [
        (4, "id-precision-lost"),
        (5, "missing-order-id"),
    ]


@pytest.mark.parametrize(
    ("order", "days"), [("dmy", ("2026-01-08", "2026-02-08")), ("mdy", ("2026-08-01", "2026-08-02"))]
)
def test_the_operator_decides_between_day_and_month(
    ctx: Context, tmp_path: Path, order: str, days: tuple[str, str]
) -> None:
    """Dates that show nothing are refused, and read as told with --date-order."""
    rows = [
        TH
        | {
            "Order ID": str(n),
            "Created Time": f"08/0{n}/2026 10:00:00 AM",
            "Order Amount": "9",
            "Order Refund Amount": "",
        }
        for n in (1, 2)
    ]
    text = written(HEADERS["tiktok_us"]["header"], rows)
    refused = taken(ctx, tmp_path, text)
    assert refused.error is not None
    assert refused.error.code == "import.ambiguous-date"
    assert taken(ctx, tmp_path, text, date_order=order, tz="UTC").error is None
    with closing(sqlite3.connect(ctx.store)) as conn:
        found = [day for (day,) in conn.execute("SELECT date(ordered_at, 'unixepoch') FROM orders ORDER BY number")]
    assert found == (["2026-08-01", "2026-08-02"] if order == "mdy" else ["2026-01-08", "2026-02-08"]) == list(days)


def test_dates_that_contradict_each_other_are_refused(ctx: Context, tmp_path: Path) -> None:
    """13/08 and 08/13 in one column: no order of day and month fits both."""
    rows = [
        TH | {"Order ID": str(n), "Created Time": at, "Country": "Thailand"}
        for n, at in enumerate(("13/08/2026 10:00:00", "08/13/2026 10:00:00"))
    ]
    result = taken(ctx, tmp_path, written(HEADERS["tiktok_sea"]["header"], rows))
    assert result.error is not None
    assert result.error.code == "import.ambiguous-date"


def test_shift_jis_by_option_only(ctx: Context, tmp_path: Path) -> None:
    """Shift-JIS cannot be told from the bytes; named, it is read."""
    text = "order_id,ordered_at,paid,title,quantity\r\nA1,2026-08-01,1200.00,商品の表,1\r\n".encode("shift_jis")
    assert taken(ctx, tmp_path, text, encoding="shift_jis").encoding == "shift_jis"
    with closing(sqlite3.connect(ctx.store)) as conn:
        assert conn.execute("SELECT title FROM order_line").fetchone() == ("商品の表",)


def test_an_amount_in_another_currency_is_not_taken_for_ours(ctx: Context, tmp_path: Path) -> None:
    """€ before a yuan amount is refused with its row rather than counted as yuan."""
    result = taken(ctx, tmp_path, "order_id,ordered_at,paid\r\nA,2026-08-01,€12.00\r\nB,2026-08-01,¥12.00\r\n")
    assert [(bad.line, bad.code) for bad in result.tally.rejected] == [(2, "bad-currency")]
