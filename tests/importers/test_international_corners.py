"""What real shops' exports have in them now and then: balances in the buyer's favour, totals below, two currencies, zones."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from importers.test_international_orders import AMAZON, LAZADA, WOO, header
from importers.test_platform_orders import EBAY, ETSY, MAGENTO, PH, SQUARE, TH, Cells, orders, taken, written
from shopcare.services.context import Context

SHOPIFY = {
    "Financial Status": "paid", "Currency": "USD", "Total": "50.00", "Created at": "2026-08-01 10:00:00 +0900",
    "Lineitem quantity": "1", "Lineitem price": "25.00", "Lineitem name": "a",
}  # fmt: skip


def test_what_is_owed_to_the_buyer_is_not_outstanding(ctx: Context, tmp_path: Path) -> None:
    """Shopify's balance is negative after an edit made an order cheaper: nothing is left to pay, and the row is good."""
    rows = [SHOPIFY | {"Name": f"#{n}", "Outstanding Balance": cell} for n, cell in enumerate(("-10.00", "10.00", "x"))]
    result = taken(ctx, tmp_path, written(header("shopify_orders_79"), rows))
    assert [(bad.line, bad.code) for bad in result.tally.rejected] == [(4, "bad-amount")]
    assert [order[3] for order in orders(ctx)] == [5000, 4000]


def test_what_had_left_before_it_was_refunded_counts(ctx: Context, tmp_path: Path) -> None:
    """Shopify says in a column of its own whether the goods left; an order refunded before that does not count."""
    back = SHOPIFY | {"Financial Status": "refunded", "Refunded Amount": "50.00"}
    words = ("fulfilled", "partial", "unfulfilled", "")
    rows = [back | {"Name": f"#{n}", "Fulfillment Status": word} for n, word in enumerate(words)]
    assert taken(ctx, tmp_path, written(header("shopify_orders_79"), rows)).tally.rejected == []
    with closing(sqlite3.connect(ctx.store)) as conn:
        found = conn.execute("SELECT status, is_counted FROM orders ORDER BY number").fetchall()
    assert found == [("refunded", 1), ("refunded", 1), ("refunded", 0), ("refunded", 0)]


#: Header, a row, where its order's number goes, and where the first cell of the file is.
LISTS = {
    "shopify_orders_79": (SHOPIFY, "Name"),
    "woocommerce_aoe": (WOO, "Order Number"),
    "amazon_all_orders_32": (AMAZON, "amazon-order-id"),
    "ebay_orders_80": (EBAY | {"Item Title": "a", "Total Price": "$5.00", "Sold For": "$5.00"}, "Order Number"),
    "etsy_sold_orders": (ETSY, "Order ID"),
    "shopee_ph_2022": (PH, "Order ID"),
    "lazada_orders_73": (LAZADA, "orderNumber"),
    "tiktok_sea": (TH | {"Country": "Thailand"}, "Order ID"),
    "magento_grid_18": (MAGENTO | {"Status": "complete"}, "ID"),
    "square_items": (SQUARE, "Transaction ID"),
}  # fmt: skip


@pytest.mark.parametrize("key", LISTS)
def test_an_english_total_is_a_footer(ctx: Context, tmp_path: Path, key: str) -> None:
    """In the first column, with sums further on; it is reported as skipped, not as a bad row."""
    row, number = LISTS[key]
    names = header(key)
    below = ("TOTAL:" if key.startswith("t") else "Grand total") + ",,,,,250.00,3"
    tsv = key.startswith("amazon")
    text = written(names, [row | {number: "101"}], "\t" if tsv else ",")
    result = taken(ctx, tmp_path, text + (below.replace(",", "\t") if tsv else below) + "\r\n")
    assert [(skip.line, skip.why) for skip in result.tally.skipped] == [(3, "footer")]
    assert (result.tally.rejected, [order[0] for order in orders(ctx)]) == ([], ["101"])


@pytest.mark.parametrize("number", ["", "-", "#REF!", "\t"])
def test_a_first_order_without_a_number_is_no_description(ctx: Context, tmp_path: Path, number: str) -> None:
    """TikTok's first row may be explanations; one with a time and an amount is an order that lost its number."""
    rows = [TH | {"Order ID": number, "Country": "Thailand"}, TH | {"Order ID": "2", "Country": "Thailand"}]
    result = taken(ctx, tmp_path, written(header("tiktok_sea"), rows))
    assert [bad.line for bad in result.tally.rejected] == [2]
    assert (result.tally.skipped, [order[0] for order in orders(ctx)]) == ([], ["2"])


def test_explanations_without_one_for_the_number(ctx: Context, tmp_path: Path) -> None:
    """Cells of TikTok's row of explanations may be blank, also the first."""
    rows = [{"Order Status": "Current order status.", "Created Time": "Order created time."}, TH | {"Order ID": "2"}]
    result = taken(ctx, tmp_path, written(header("tiktok_th_63"), rows))
    assert ([skip.line for skip in result.tally.skipped], result.tally.rejected) == ([2], [])


def test_an_item_that_stands_twice_is_one_item(ctx: Context, tmp_path: Path) -> None:
    """Etsy's items carry a number of their own: the same row again is a repeat, another item of the same kind is not."""
    item = {"Order ID": "1", "Item Name": "mug", "Quantity": "1", "Price": "12.50", "Currency": "USD"}
    items = [item | {"Transaction ID": number} for number in ("7", "8", "7")]
    assert taken(ctx, tmp_path, written(header("etsy_sold_orders"), [ETSY | {"Order ID": "1"}])).error is None
    result = taken(ctx, tmp_path, written(header("etsy_sold_items"), items))
    assert [(skip.line, skip.why) for skip in result.tally.skipped] == [(4, "exact repeat")]
    assert orders(ctx)[0][6:] == (2, 2)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"Shipping and Handling": "$5.00", "Total Refunded": "$0.00"}, [("EUR", 4500, 0)]),
        ({"Shipping and Handling": "€4.50", "Total Refunded": "€5.00"}, [("EUR", 4500, 500)]),
        ({"Shipping and Handling": "€4.50", "Total Refunded": "$5.00"}, []),
    ],
)
def test_an_order_in_another_currency_than_its_shops(
    ctx: Context, tmp_path: Path, cells: Cells, expected: list[tuple[str, int, int]]
) -> None:
    """Magento writes freight in the shop's currency: it is left out. Nothing is nothing; a refund is not converted."""
    row = MAGENTO | {
        "ID": "1",
        "Status": "complete",
        "Grand Total (Base)": "$50.00",
        "Grand Total (Purchased)": "€45.00",
    }
    result = taken(ctx, tmp_path, written(header("magento_grid_18"), [row | cells]))
    assert [(order[2], order[3], order[4]) for order in orders(ctx)] == expected
    assert [bad.code for bad in result.tally.rejected] == ([] if expected else ["bad-currency"])


@pytest.mark.parametrize(
    ("zone", "hour"), [("Perth", "02"), ("Newfoundland", "13"), ("PDT", "17"), ("America/New_York", "14")]
)
def test_zones_by_every_name_square_has_for_them(ctx: Context, tmp_path: Path, zone: str, hour: str) -> None:
    """By their city, their abbreviation or their official name."""
    row = SQUARE | {"Transaction ID": "T1", "Time": "10:30:00", "Time Zone": zone}
    assert taken(ctx, tmp_path, written(header("square_items"), [row])).tally.rejected == []
    with closing(sqlite3.connect(ctx.store)) as conn:
        assert conn.execute("SELECT strftime('%H', ordered_at, 'unixepoch') FROM orders").fetchone() == (hour,)


def test_a_channel_over_several_lines_is_one_line(ctx: Context, tmp_path: Path) -> None:
    """Magento writes website, store and view below each other."""
    row = MAGENTO | {
        "ID": "1",
        "Status": "complete",
        "Purchase Point": "Main Website\n   Main Store\n      Default View",
    }
    assert taken(ctx, tmp_path, written(header("magento_grid_18"), [row], quoting=csv.QUOTE_MINIMAL)).error is None
    with closing(sqlite3.connect(ctx.store)) as conn:
        assert conn.execute("SELECT channel FROM orders").fetchone() == ("Main Website Main Store Default View",)


@pytest.mark.parametrize(
    ("key", "row", "number", "amount", "expected"),
    [
        ("lazada_orders_73", LAZADA, "orderNumber", "paidPrice", (["missing-value"], 0)),
        ("square_items", SQUARE, "Transaction ID", "Net Sales", (["missing-value"], 0)),
        ("lazada_orders_73", LAZADA | {"status": "canceled"}, "orderNumber", "paidPrice", ([], 1)),
        ("amazon_all_orders_32", AMAZON | {"item-tax": "", "shipping-price": "", "shipping-tax": "", "currency": ""},
         "amazon-order-id", "item-price", ([], 1)),
    ],
)  # fmt: skip
def test_an_amount_that_is_not_there_is_not_nothing(
    ctx: Context, tmp_path: Path, key: str, row: Cells, number: str, amount: str, expected: tuple[list[str], int]
) -> None:
    """A blank price rejects its row, unless nothing was paid, or the report has no price for some of its items (Amazon)."""
    text = written(header(key), [row | {number: "101", amount: ""}], "\t" if key.startswith("amazon") else ",")
    result = taken(ctx, tmp_path, text)
    assert ([bad.code for bad in result.tally.rejected], len(orders(ctx))) == expected


@pytest.mark.parametrize("changed", [str.upper, str.lower, str.title])
@pytest.mark.parametrize("key", ["shopify_orders_79", "amazon_all_orders_32", "lazada_orders_73", "tiktok_sea"])
def test_letter_case_of_a_header_does_not_matter(
    ctx: Context, tmp_path: Path, key: str, changed: Callable[[str], str]
) -> None:
    """Whoever re-saved the file; a column of another name that differs in case only is not taken for it."""
    row, number = LISTS[key]
    names = header(key)
    text = written(names, [row | {number: "101"}], "\t" if key.startswith("amazon") else ",")
    line, rest = text.split("\r\n", 1)
    result = taken(ctx, tmp_path, changed(line) + "\r\n" + rest)
    assert (result.error, result.tally.rejected, result.ignored) == (None, [], ())
    assert [order[0] for order in orders(ctx)] == ["101"]


def test_of_two_columns_the_one_in_the_right_case_counts(ctx: Context, tmp_path: Path) -> None:
    """A column beside it that differs in case only is one nobody knows."""
    text = "order_id,ordered_at,paid,PAID\r\n1,2026-08-01,5.00,x\r\n"
    result = taken(ctx, tmp_path, text)
    assert (result.tally.rejected, result.ignored, orders(ctx)[0][3]) == ([], ("PAID",), 500)
    twice = taken(ctx, tmp_path, text.replace("paid,", "Paid,"))
    assert twice.error is not None
    assert twice.error.code == "import.duplicate-column"


def test_explanations_come_again_below_a_header_that_does(ctx: Context, tmp_path: Path) -> None:
    """Two TikTok exports pasted together: both rows of explanations are furniture."""
    rows = [TH | {"Order ID": number, "Country": "Thailand"} for number in ("1", "2")]
    explained = {"Order ID": "Platform unique order ID.", "Quantity": "SKU sold quantity in the order."}
    text = "".join(written(header("tiktok_sea"), [explained, row]) for row in rows)
    result = taken(ctx, tmp_path, text)
    assert [(skip.line, skip.why) for skip in result.tally.skipped] == [
        (2, "description of the columns"), (4, "repeated header"), (5, "description of the columns")
    ]  # fmt: skip
    assert (result.tally.rejected, [order[0] for order in orders(ctx)]) == ([], ["1", "2"])


def test_returned_goods_had_left(ctx: Context, tmp_path: Path) -> None:
    """A Lazada order whose units came back counts; one that was cancelled does not."""
    rows = [LAZADA | {"orderNumber": str(n), "status": word} for n, word in enumerate(("returned", "canceled"), 1)]
    assert taken(ctx, tmp_path, written(header("lazada_orders_73"), rows)).tally.rejected == []
    with closing(sqlite3.connect(ctx.store)) as conn:
        assert conn.execute("SELECT status, is_counted FROM orders ORDER BY number").fetchall() == [
            ("refunded", 1), ("cancelled", 0)
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ([{"Sale Date": "Sep-27-26", "Paid On Date": "Sep-28-26", "Shipped On Date": "Sep-29-26"}] * 2, ("shipped", 2500)),
        ([{"Sale Date": "Sep-27-26", "Paid On Date": "Sep-28-26", "Shipped On Date": "--"}] * 2, ("paid", 2500)),
        ([{"Sale Date": "Sep-27-26", "Paid On Date": "Sep-28-26", "Shipped On Date": "Sep-29-26"},
          {"Sale Date": "Sep-27-26", "Paid On Date": "Sep-28-26"}], ("paid", 2500)),
        ([{"Sale Date": "Sep-27-26", "Paid On Date": "Sep-28-26"}, {"Sale Date": "Sep-27-26"}], ("unpaid", 0)),
    ],
)  # fmt: skip
def test_dates_of_an_ebay_order_on_its_items(
    ctx: Context, tmp_path: Path, dates: list[Cells], expected: tuple[str, int]
) -> None:
    """The row above the items may have none: the order was made when an item was, and is shipped once all items are."""
    own = {"Order Number": "1", "Buyer Username": "bob", "Quantity": "2", "Sold For": "$20.00", "Total Price": "$25.00"}
    item = {"Order Number": "1", "Item Number": "7", "Item Title": "cap", "Quantity": "1", "Sold For": "$10.00"}
    rows: list[Cells] = [own, *(item | {"Transaction ID": str(number)} | each for number, each in enumerate(dates))]
    result = taken(ctx, tmp_path, written(header("ebay_orders_80"), rows))
    assert (result.tally.rejected, result.tally.rows) == ([], 3)
    assert [(order[1], order[3], order[5], order[6]) for order in orders(ctx)] == [(*expected, 1, 2)]
