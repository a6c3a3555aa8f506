"""Exports of shops outside China as their platforms vary them: money, dates, status words and furniture of each."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from importers.test_platform_orders import EBAY, ETSY, HEADERS, PH, SQUARE, TH, orders, taken, written
from shopcare.importers.rows.tally import Reject
from shopcare.services import shops
from shopcare.services.context import Context
from shopcare.services.file_imports import Options, import_files
from shopcare.services.order_imports import ORDERS

AMAZON = {
    "amazon-order-id": "1", "purchase-date": "2026-08-01T10:00:00+00:00", "order-status": "Shipped", "sku": "S",
    "quantity": "1", "item-price": "119.00", "item-tax": "19.00", "shipping-price": "5.95", "shipping-tax": "0.95",
}  # fmt: skip
LAZADA = {
    "orderNumber": "1", "orderItemId": "11", "createTime": "01 Aug 2026 11:46", "lazadaSku": "100_MY-1", "itemName": "fan",
    "paidPrice": "95.00", "unitPrice": "100.00", "sellerDiscountTotal": "-5.00", "status": "delivered",
}  # fmt: skip
WOO = {
    "Order Number": "1", "Order Status": "Completed", "Order Date": "2026-08-01 10:00", "Order Total Amount": "50.00",
    "Item #": "1", "Name": "mug", "Quantity": "1", "Item Cost": "50",
}  # fmt: skip


def header(key: str) -> list[str]:
    """A platform's header row."""
    return list(HEADERS[key]["header"])


def days(ctx: Context) -> list[str]:
    """The days of the orders in UTC, by number."""
    with closing(sqlite3.connect(ctx.store)) as conn:
        return [day for (day,) in conn.execute("SELECT date(ordered_at, 'unixepoch') FROM orders ORDER BY number")]


@pytest.mark.parametrize(
    ("currency", "paid"), [("EUR", 12495), ("GBP", 12495), ("JPY", 125), ("USD", 14490), ("CAD", 14490)]
)
def test_amazon_prices_have_the_tax_in_them_outside_north_america(
    ctx: Context, tmp_path: Path, currency: str, paid: int
) -> None:
    """item-tax is part of item-price in Europe and Japan and comes on top in the United States and Canada."""
    cells = {"item-price": "119", "item-tax": "19", "shipping-price": "6", "shipping-tax": "1"} if paid == 125 else {}
    text = written(
        header("amazon_all_orders_32"), [AMAZON | cells | {"currency": currency}], "\t", quoting=csv.QUOTE_NONE
    )
    assert taken(ctx, tmp_path, text).error is None
    assert orders(ctx) == [("1", "shipped", currency, paid, 0, 0, 1, 1)]


def test_points_part_thousands_of_rupiah_and_dong(ctx: Context, tmp_path: Path) -> None:
    """TikTok writes 37.200 for 37 200 rupiah, in a format whose other countries use decimal points."""
    row = TH | {"Order Refund Amount": "", "Order Status": "Completed"}
    rows = [
        row | {"Order ID": "1", "Country": "Indonesia", "Order Amount": "IDR 1.037.200"},
        row | {"Order ID": "2", "Country": "Việt Nam", "Order Amount": "37.000"},
        row | {"Order ID": "3", "Country": "ประเทศไทย", "Order Amount": "1,200.50"},
    ]
    assert taken(ctx, tmp_path, written(header("tiktok_sea"), rows)).tally.rejected == []
    assert [order[2:4] for order in orders(ctx)] == [("IDR", 103_720_000), ("VND", 37_000), ("THB", 120_050)]


def test_a_description_may_have_digits_in_it(ctx: Context, tmp_path: Path) -> None:
    """TikTok's row of explanations is told by words, whatever else stands in them."""
    rows = [{"Order ID": "Platform order ID of 18 digits"}, TH | {"Order ID": "1", "Country": "Thailand"}]
    result = taken(ctx, tmp_path, written(header("tiktok_sea"), rows))
    assert ([row.line for row in result.tally.skipped], result.tally.rejected) == ([2], [])


def test_ebay_remarks_with_dates_are_remarks(ctx: Context, tmp_path: Path) -> None:
    """The count of records may name the period in further cells."""
    item = EBAY | {"Order Number": "1", "Item Title": "cap", "Sold For": "$5.00", "Total Price": "$5.00"}
    tail = "1,record(s) downloaded,from,Sep-01-26,to,Sep-30-26\r\nSeller ID : demo,,,,,\r\n"
    result = taken(ctx, tmp_path, written(header("ebay_orders_80"), [item]) + "\r\n" + tail)
    assert ([row.line for row in result.tally.skipped], result.tally.rejected) == ([4, 5], [])


def test_ebay_items_without_a_row_above_them(ctx: Context, tmp_path: Path) -> None:
    """The total on the first item is the order's; an item without one only adds a line."""
    item = EBAY | {
        "Order Number": "1",
        "Item Title": "cap",
        "Sold For": "$5.00",
        "Quantity": "1",
        "Transaction ID": "7",
    }
    rows = [item | {"Total Price": "$12.00"}, item | {"Transaction ID": "8", "Item Title": "hat"}]
    assert taken(ctx, tmp_path, written(header("ebay_orders_80"), rows)).tally.rejected == []
    assert orders(ctx) == [("1", "paid", "USD", 1200, 0, 1, 2, 2)]


BRITISH = {
    "Date Shipped": "Date Posted", "Ship City": "Delivery City", "Ship State": "Delivery State", "Shipping": "Delivery",
    "Ship Zipcode": "Delivery Zipcode", "Ship Country": "Delivery Country", "Shipping Discount": "Delivery Discount",
    "Sales Tax": "Sales tax",
}  # fmt: skip


def test_etsy_in_british_words(ctx: Context, tmp_path: Path) -> None:
    """Shops in Britain have Date Posted and Delivery columns."""
    names = [BRITISH.get(name, name) for name in header("etsy_sold_orders")]
    row = ETSY | {"Order ID": "1", "Currency": "GBP", "Date Posted": "08/14/26", "Delivery": "3.00"}
    result = taken(ctx, tmp_path, written(names, [row]))
    assert (result.ignored, orders(ctx)) == ((), [("1", "shipped", "GBP", 3000, 0, 1, 0, None)])


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (["22/08/2026", "01/08/2026"], ["2026-08-22", "2026-08-01"]),
        (["8/22/2026", "8/1/2026"], ["2026-08-22", "2026-08-01"]),
        (["8/2/2026", "8/1/2026"], ["2026-08-02", "2026-08-01"]),
        (["2026-08-22", "2026-08-01"], ["2026-08-22", "2026-08-01"]),
        (["22/08/2026", "08/23/2026"], None),
    ],
)
def test_a_column_may_say_otherwise_than_its_format(
    ctx: Context, tmp_path: Path, dates: list[str], expected: list[str] | None
) -> None:
    """Square writes months first, but a column saved elsewhere shows days first; one that shows both is refused."""
    rows = [
        SQUARE | {"Transaction ID": f"T{n}", "Date": at, "Time Zone": "London", "Net Sales": "£9.00", "Tax": "£0.00"}
        for n, at in enumerate(dates)
    ]
    result = taken(ctx, tmp_path, written(header("square_items"), rows))
    assert (result.error is None) == (expected is not None)
    assert days(ctx) == (expected or [])
    assert {order[2] for order in orders(ctx)} <= {"GBP"}


def test_twelve_hours_after_a_date_with_the_year_first(ctx: Context, tmp_path: Path) -> None:
    """2026-08-22 10:30 PM is half past ten in the evening."""
    row = SQUARE | {"Transaction ID": "T1", "Date": "2026-08-22", "Time": "10:30 PM", "Time Zone": "UTC"}
    assert taken(ctx, tmp_path, written(header("square_items"), [row])).tally.rejected == []
    with closing(sqlite3.connect(ctx.store)) as conn:
        assert conn.execute("SELECT time(ordered_at, 'unixepoch') FROM orders").fetchone() == ("22:30:00",)


def test_shopee_of_another_country_in_english(ctx: Context, tmp_path: Path) -> None:
    """The currency in the header gives the zone too, and its columns are known in every country."""
    names = [name.replace("(PHP)", "(VND)") for name in header("shopee_ph_2022")]
    result = taken(ctx, tmp_path, written(names, [PH | {"Order ID": "A", "Grand Total": "238000"}]))
    assert (result.ignored, orders(ctx)) == ((), [("A", "completed", "VND", 238_000, 0, 0, 1, 2)])
    with closing(sqlite3.connect(ctx.store)) as conn:
        assert conn.execute("SELECT time(ordered_at, 'unixepoch') FROM orders").fetchone() == ("03:11:00",)


@pytest.mark.parametrize(
    ("key", "row", "column", "words"),
    [
        ("shopee_th", {"หมายเลขคำสั่งซื้อ": "1", "วันที่ทำการสั่งซื้อ": "2026-08-01 10:00", "ราคาขาย": "9", "จำนวน": "1",
                       "จำนวนเงินทั้งหมด": "9"},
         "สถานะการสั่งซื้อ", {"กำลังจัดส่ง": "shipped", "รอการชำระเงิน": "unpaid", "สำเร็จแล้ว": "completed"}),
        ("lazada_orders_73", LAZADA | {"deliveredDate": "05 Aug 2026 10:00"}, "status", {"confirmed": "completed"}),
        ("lazada_orders_73", LAZADA, "status", {
            "confirmed": "paid", "packed": "paid", "Lost by 3PL": "closed", "Package Returned": "refunded",
            "In Transit: Returning to seller": "shipped"}),
        ("woocommerce_aoe", WOO, "Order Status", {
            "wc-processing": "paid", "processing": "paid", "Refunded": "refunded", "wc-on-hold": "unpaid"}),
        ("magento_grid_18", {"ID": "1", "Purchase Date": "Aug 1, 2026", "Grand Total (Purchased)": "5"}, "Status", {
            "pending_paypal": "unpaid", "fraud": "unpaid", "complete": "completed", "On Hold": "unpaid"}),
        ("amazon_all_orders_32", AMAZON | {"currency": "INR"}, "order-status", {
            "Shipped - Rejected by Buyer": "shipped", "Pending - Waiting for Pick Up": "paid",
            "Shipped - Delivered to Buyer": "completed"}),
    ],
)  # fmt: skip
def test_status_words(
    tmp_path: Path, ctx: Context, key: str, row: Mapping[str, str], column: str, words: Mapping[str, str]
) -> None:
    """Each word has its meaning, in the platform's own language."""
    number = next(name for name, value in row.items() if value == "1")
    rows = [{**row, number: str(n), column: word} for n, word in enumerate(words, 1)]
    assert taken(ctx, tmp_path, written(header(key), rows)).tally.unmapped == {}
    assert [order[1] for order in orders(ctx)] == list(words.values())


def test_refunds_below_zero_are_refunds(ctx: Context, tmp_path: Path) -> None:
    """Lazada and WooCommerce may write what went back with a minus."""
    rows = [WOO | {"Order Refund Amount": "-15.00"}]
    assert taken(ctx, tmp_path, written(header("woocommerce_aoe"), rows)).tally.rejected == []
    assert orders(ctx)[0][3:5] == (5000, 1500)


def test_numbers_that_became_decimals_are_the_same_numbers(ctx: Context, tmp_path: Path) -> None:
    """A table program writes 1003.0 for 1003, in order numbers and buyer ids; with 16 digits it has rounded."""
    name = tmp_path / "a.csv"
    rows: list[Any] = ["1003.0,7.0", "1003,7", "12345678901234567.0,8", "1.23457E+17,9"]
    files = []
    for n, chosen in enumerate((rows[:1], rows[1:2], rows[2:])):
        name = tmp_path / f"{n}.csv"
        lines = (f"{row},2026-08-01,5.00" for row in chosen)
        name.write_text("\n".join(["order_id,customer_id,ordered_at,paid", *lines]) + "\n")
        files.append(str(name))
    results = import_files(ctx, files, Options(), ORDERS).files
    assert [bad.code for bad in results[2].tally.rejected] == ["id-precision-lost"] * 2
    assert orders(ctx) == [("1003", "paid", "CNY", 500, 0, 1, 0, None)]
    with closing(sqlite3.connect(ctx.store)) as conn:
        assert conn.execute("SELECT value FROM customer_identity").fetchall() == [("7",)]


def test_rows_of_an_order_in_any_order(ctx: Context, tmp_path: Path) -> None:
    """Shopify writes the order's cells on its first row; a sheet sorted by product has them further down."""
    cells = {"Financial Status": "paid", "Currency": "USD", "Total": "50.00", "Created at": "2026-08-01 10:00:00 +0900"}
    line = {"Name": "#1", "Lineitem quantity": "1", "Lineitem price": "25.00"}
    rows = [line | {"Lineitem name": "a"}, {**line, **cells, "Name": "#2", "Lineitem name": "b"},
            line | cells | {"Lineitem name": "c"}]  # fmt: skip
    assert taken(ctx, tmp_path, written(header("shopify_orders_79"), rows)).tally.rejected == []
    assert orders(ctx) == [("#1", "paid", "USD", 5000, 0, 0, 2, 2), ("#2", "paid", "USD", 5000, 0, 0, 1, 1)]


@pytest.mark.parametrize(("currency", "paid"), [("CNY", ("USD", 500)), ("AUD", ("AUD", 500)), ("EUR", ("USD", 500))])
def test_a_dollar_is_no_yuan(ctx: Context, tmp_path: Path, currency: str, paid: tuple[str, int]) -> None:
    """An eBay shop kept in yuan or euros sold for dollars; one kept in Australian dollars sold for these."""
    shops.add(ctx, shops.describe("ebay", "ebay", currency, "Asia/Shanghai"))
    item = EBAY | {"Order Number": "1", "Item Title": "cap", "Sold For": "$5.00", "Total Price": "$5.00"}
    assert taken(ctx, tmp_path, written(header("ebay_orders_80"), [item]), shop="ebay").tally.rejected == []
    assert [order[2:4] for order in orders(ctx)] == [paid]


def test_rejects_come_in_the_order_of_the_file(ctx: Context, tmp_path: Path) -> None:
    """Rows that are brought together by order are sorted for that; the bad ones are listed as they stand."""
    given: list[int] = []

    class Sink:
        def start(self, file: str, header: Sequence[str], exported: str = "", date_order: str = "") -> None:
            """Nothing to begin."""

        def add(self, reject: Reject, cells: Sequence[str]) -> None:
            """Note its line."""
            assert cells[0]
            given.append(reject.line)

    lines = [
        "order_id,ordered_at,paid",
        "9,2026-08-01,x",
        "1,2026-08-01,5",
        "9,2026-08-01,y",
        "1,2026-08-01,5",
        "5,2026-08-01,z",
    ]
    (file := tmp_path / "a.csv").write_text("\n".join(lines) + "\n")
    import_files(ctx, [str(file)], Options(), ORDERS, rejects=Sink())
    assert given == [2, 4, 6]


def test_an_amazon_report_saved_by_a_table_program(ctx: Context, tmp_path: Path) -> None:
    """Amazon quotes nothing, table programs everything: the header shows which it is."""
    text = written(header("amazon_all_orders_32"), [AMAZON | {"currency": "EUR", "product-name": '6" ruler'}], "\t")
    quoted = "\r\n".join("\t".join(f'"{cell}"' for cell in line.split("\t")) for line in text.splitlines())
    for content in (text.replace('"6"" ruler"', '6" ruler'), quoted.replace('""6"" ruler""', '"6"" ruler"')):
        assert taken(ctx, tmp_path, content).tally.rejected == []
        with closing(sqlite3.connect(ctx.store)) as conn:
            assert conn.execute("SELECT title FROM order_line").fetchall() == [('6" ruler',)]


@pytest.mark.parametrize("guard", ["'{}", '="{}"', "{}\t", "\u200b{}"])
def test_status_words_may_be_guarded_like_any_cell(ctx: Context, tmp_path: Path, guard: str) -> None:
    """What keeps a spreadsheet from touching a cell is no part of a word, nor of the word that is kept."""
    rows = [{**WOO, "Order Status": guard.format("Processing")}]
    assert taken(ctx, tmp_path, written(header("woocommerce_aoe"), rows)).tally.unmapped == {}
    assert orders(ctx)[0][1] == "paid"


@pytest.mark.parametrize(
    ("written_as", "currency"),
    [
        ("RMB", "CNY"),
        ("€", "EUR"),
        ("usd", "USD"),
        ("¥", "CNY"),
        ("", "CNY"),
        ("$", None),
        ("EURO", None),
        ("XYZ", None),
    ],
)
def test_a_currency_may_be_written_as_its_mark(
    ctx: Context, tmp_path: Path, written_as: str, currency: str | None
) -> None:
    """RMB and € name one currency each; what names several or none rejects the row."""
    result = taken(ctx, tmp_path, f"order_id,ordered_at,paid,currency\r\n1,2026-08-01,5,{written_as}\r\n")
    assert [order[2] for order in orders(ctx)] == ([currency] if currency else [])
    assert [bad.code for bad in result.tally.rejected] == ([] if currency else ["bad-currency"])
