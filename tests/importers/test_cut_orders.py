"""An order may be cut over files anywhere: its money, lines and refunds are those of the whole file."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from itertools import permutations
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from case_files import asked
from importers.test_arrival import facts, store, take
from importers.test_platform_orders import (
    AMAZON,
    BACK,
    BR,
    DY,
    EBAY,
    HEADERS,
    SQUARE,
    TB,
    WX,
    XHS,
    written,
)
from shopcare.services import undo
from shopcare.services.context import Context
from shopcare.services.file_imports import Options, import_files
from shopcare.services.order_imports import ORDERS

Rows = Sequence[Mapping[str, str]]
WAITING = (
    "SELECT number, statements FROM order_statement WHERE number NOT IN (SELECT number FROM orders) ORDER BY number"
)
LAZADA = {
    "createTime": "01 Aug 2026 10:00", "updateTime": "02 Aug 2026 10:00", "status": "delivered", "customerEmail": "a@example.com",
    "lazadaSku": "1_MY-2", "unitPrice": "30.00", "paidPrice": "25.00", "shippingFee": "5.00", "refundAmount": "0.00",
}  # fmt: skip
SHOPIFY = {
    "Email": "a@example.com", "Financial Status": "paid", "Currency": "USD", "Subtotal": "30.00", "Shipping": "5.00",
    "Total": "35.00", "Created at": "2026-08-01 10:11:12 +0900", "Paid at": "2026-08-01 10:12:12 +0900",
}  # fmt: skip
ITEM = {"Lineitem quantity": "1", "Lineitem name": "mug", "Lineitem price": "10.00", "Lineitem sku": "M"}
ALI = {
    "实付款(元)": "¥1,010.00", "订单状态": "交易成功", "订单创建时间": "2026-08-01 10:00:00",
    "订单付款时间": "2026-08-01 10:05:00",
}  # fmt: skip
PIECES = {"货品标题": "x", "单价(元)": "0.50", "数量": "100"}
REPORT = {
    "purchase-date": "2026-08-01T10:00:00+00:00", "currency": "USD", "buyer-email": "x@marketplace.example.com",
    "product-name": "mug", "quantity-purchased": "1", "item-tax": "1.00", "shipping-price": "2.00",
}  # fmt: skip
WENT_BACK = {"Status do pedido": "Devolução/Reembolso"}

CUT: dict[str, Rows] = {
    "taobao_suborder_new": [
        TB | {"主订单编号": "T1", "子订单编号": "T11", "买家实付金额": "40.00", "买家应付货款": "45.00"},
        TB | {"主订单编号": "T1", "子订单编号": "T12", "买家实付金额": "60.00", "退款状态": "退款成功", "退款金额": "20.00"},
        TB | {"主订单编号": "T1", "子订单编号": "T13", "买家实付金额": "0.00", "订单状态": "卖家已发货，等待买家确认"},
        TB | {"主订单编号": "T2", "子订单编号": "T21", "买家实付金额": "7.00"},
    ],
    "douyin_order_74": [
        DY | {"主订单编号": "\t1", "子订单编号": "\t11", "订单应付金额": "1,059.00", "订单完成时间": "2026-08-09 10:00:00"},
        DY | {"主订单编号": "\t1", "子订单编号": "\t12", "订单应付金额": "80.00", "售后状态": "同意退款，退款成功"},
        DY | {"主订单编号": "\t2", "子订单编号": "\t21", "订单应付金额": "5.00"},
    ],
    "xhs_order": [
        XHS | {"订单号": "P1", "SKU名称": "a", "用户应付金额(元)": "50.00"},
        XHS | {"订单号": "P1", "SKU名称": "gift", "用户应付金额(元)": "0.00"},
        XHS | {"订单号": "P2", "SKU名称": "a", "用户应付金额(元)": "80.00"},
        XHS | {"订单号": "P2", "SKU名称": "b", "用户应付金额(元)": "80.00", "订单完成时间": "2026-08-09 10:00:00"},
    ],
    "wechat_order_57": [
        WX | {"订单号": "1", "订单实际支付金额": "30.00", "商品已退款金额": "10.00", "商品名称": "x"},
        WX | {"订单号": "1", "订单实际支付金额": "30.00", "商品已退款金额": "5.00", "商品名称": "y"},
        WX | {"订单号": "1", "订单实际支付金额": "30.00", "商品名称": "z"},
        WX | {"订单号": "2", "订单实际支付金额": "9.00"},
    ],
    "lazada_orders_73": [
        LAZADA | {"orderNumber": "L1", "orderItemId": "1"},
        LAZADA | {"orderNumber": "L1", "orderItemId": "2", "refundAmount": "10.00"},
        LAZADA | {"orderNumber": "L1", "orderItemId": "3", "status": "shipped"},
        LAZADA | {"orderNumber": "L2", "orderItemId": "4"},
    ],
    "amazon_all_orders_32": [
        AMAZON | {"amazon-order-id": "A1", "item-price": "20.00", "item-tax": "1.00", "sku": "S1"},
        AMAZON | {"amazon-order-id": "A1", "item-price": "30.00", "shipping-price": "4.00", "sku": "S2"},
        AMAZON | {"amazon-order-id": "A1", "item-price": "5.00", "sku": "S3", "order-status": "Pending"},
        AMAZON | {"amazon-order-id": "A2", "item-price": "7.00"},
    ],
    "amazon_order_report_38": [
        REPORT | {"order-id": "R1", "order-item-id": "1", "item-price": "20.00"},
        REPORT | {"order-id": "R1", "order-item-id": "2", "item-price": "11.00"},
        REPORT | {"order-id": "R2", "order-item-id": "3", "item-price": "9.00"},
    ],
    "ebay_orders_80": [
        EBAY | {"Order Number": "1", "Total Price": "$45.00", "Shipping And Handling": "$5.00"},
        {"Order Number": "1", "Item Title": "mug", "Transaction ID": "11", "Quantity": "1", "Sold For": "$15.00", **EBAY},
        {"Order Number": "1", "Item Title": "cup", "Transaction ID": "12", "Quantity": "1", "Sold For": "$25.00", **EBAY},
        EBAY | {"Order Number": "2", "Total Price": "$9.00", "Item Title": "x", "Transaction ID": "21", "Quantity": "1"},
        {"Order Number": "3", "Buyer Username": "bob", "Total Price": "$30.00", "Quantity": "2"},
        {"Order Number": "3", "Item Title": "mug", "Transaction ID": "31", **EBAY, "Shipped On Date": "Sep-29-26"},
        {"Order Number": "3", "Item Title": "cup", "Transaction ID": "32", **EBAY, "Shipped On Date": "Sep-30-26"},
        {"Order Number": "4", "Buyer Username": "bob", "Total Price": "$7.00", "Sale Date": "Sep-27-26", "Quantity": "2"},
        {"Order Number": "4", "Item Title": "mug", "Transaction ID": "41", "Sale Date": "Sep-27-26"},
        {"Order Number": "4", "Item Title": "cup", "Transaction ID": "42", **EBAY},
    ],
    "square_items": [
        SQUARE | {"Transaction ID": "S1"},
        SQUARE | {"Transaction ID": "S1", "Item": "cake", "Net Sales": "$5.00"},
        SQUARE | BACK | {"Transaction ID": "S1", "Date": "8/24/2026"},
        SQUARE | {"Transaction ID": "S2"},
        SQUARE | BACK | {"Transaction ID": "S1", "Item": "cake", "Net Sales": "-$5.00", "Date": "8/25/2026"},
    ],
    "shopee_br": [
        BR | {"ID do pedido": "B1", "Preço acordado": "10,00", "Quantidade": "2", "Nome do Produto": "x"},
        BR | {"ID do pedido": "B1", "Preço acordado": "7,50", "Quantidade": "1", "Nome do Produto": "y"},
        BR | WENT_BACK | {"ID do pedido": "B2", "Preço acordado": "15,00", "Quantidade": "2", "Nome do Produto": "x"},
        BR | WENT_BACK | {"ID do pedido": "B2", "Preço acordado": "10,00", "Quantidade": "3", "Nome do Produto": "y"},
        BR | WENT_BACK | {"ID do pedido": "B2", "Preço acordado": "5,00", "Quantidade": "1", "Nome do Produto": "z"},
    ],
    "shopify_orders_79": [
        SHOPIFY | ITEM | {"Name": "#1001"},
        ITEM | {"Name": "#1001", "Email": "a@example.com"},
        ITEM | {"Name": "#1001", "Email": "a@example.com", "Lineitem sku": "C", "Lineitem name": "cup"},
        SHOPIFY | ITEM | {"Name": "#1002"},
        SHOPIFY | ITEM | {"Name": "#1003"},
        ITEM | {"Name": "#1003", "Lineitem sku": "C", "Lineitem name": "cup", "Lineitem price": "20.00"},
    ],
    "1688_order_49": [
        ALI | PIECES | {"订单编号": "1"},
        PIECES | {"订单编号": "1", "货品标题": "y"},
        ALI | PIECES | {"订单编号": "2"},
    ],
}  # fmt: skip


class Export(NamedTuple):
    """A file of some rows of a format; `stamp` is what its name says of its date."""

    key: str
    rows: Rows
    stamp: str = ""

    def write(self, folder: Path, place: int) -> Path:
        """The file."""
        tabs = self.key.startswith("amazon")
        text = written(HEADERS[self.key]["header"], self.rows, "\t" if tabs else ",")
        (file := folder / f"{place}{self.stamp}.csv").write_bytes(text.encode())
        return file


def waiting(ctx: Context) -> list[Any]:
    """What waits for its order, without what only tells files apart."""
    return [(number, _plain(json.loads(str(text)))) for number, text in asked(ctx, WAITING)]


def _plain(statements: list[list[Any]]) -> list[str]:
    found = []
    for source, state, shipped, parts, *buyer in statements:
        rows = sorted(repr((part[:4], part[5:])) for part in parts)
        found.append(repr((source, state and state[1:-1], shipped, rows, buyer)))
    return sorted(found)


def stored(ctx: Context) -> list[str]:
    """All that the store says of orders and lines, and of what waits."""
    return sorted(map(repr, [*facts(ctx), *waiting(ctx)]))


def after(folder: Path, exports: Sequence[Export]) -> list[str]:
    """The store after these files."""
    folder.mkdir()
    ctx = store(folder)
    take(ctx, *(export.write(folder, place) for place, export in enumerate(exports) if export.rows))
    return stored(ctx)


def test_every_format_whose_money_is_spread_is_tried() -> None:
    """No format that spreads an order over rows is left out of the tests below."""
    from shopcare.importers.formats.catalog import shipped_formats
    from shopcare.importers.formats.headers import recognise

    tried = {known.name for key in CUT if (known := recognise(HEADERS[key]["header"], shipped_formats()))}
    spread = {known.name for known in shipped_formats() if known.layout.spread or known.layout.first_row}
    assert spread - tried <= {"shopee-orders-th", "ebay-orders-de"}  # as their Brazilian and English twins


@pytest.mark.parametrize("stamp", ["", "_20260809"])
@pytest.mark.parametrize("key", CUT)
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_rows_dealt_over_files_make_the_orders_of_the_whole_file(key: str, stamp: str, data: st.DataObject) -> None:
    """Rows dealt over three files wherever orders are cut, in any order and repeatedly: the same store."""
    rows = CUT[key]
    dealt = [data.draw(st.integers(0, 2)) for _row in rows]
    sequence = [*data.draw(st.permutations(range(3))), *data.draw(st.lists(st.integers(0, 2), max_size=2))]
    pieces = [Export(key, [row for row, to in zip(rows, dealt, strict=True) if to == part], stamp) for part in sequence]
    with tempfile.TemporaryDirectory() as name:
        whole = after(Path(name) / "whole", [Export(key, rows, stamp)])
        assert after(Path(name) / "cut", pieces) == whole


@pytest.mark.parametrize("key", [key for key in CUT if key not in {"shopify_orders_79", "1688_order_49"}])
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_rows_in_any_place_of_two_files_make_the_orders_of_the_whole_file(key: str, data: st.DataObject) -> None:
    """Rows of an order that stand apart, in a store that is empty and knows of none of them: the same store."""
    rows = data.draw(st.permutations(CUT[key]))
    place = data.draw(st.integers(0, len(rows)))
    with tempfile.TemporaryDirectory() as name:
        pieces = [Export(key, rows[:place]), Export(key, rows[place:])]
        assert after(Path(name) / "cut", pieces) == after(Path(name) / "whole", [Export(key, CUT[key])])


def test_lines_that_wait_and_stand_apart_all_wait(tmp_path: Path) -> None:
    """Shopify: two lines of one order, with another order between them, before the order itself: none is lost."""
    lines = [ITEM | {"Name": "#1001", "Lineitem sku": sku, "Lineitem name": sku} for sku in ("C", "H")]
    apart = Export("shopify_orders_79", [lines[0], SHOPIFY | ITEM | {"Name": "#1002"}, lines[1]])
    first = Export("shopify_orders_79", [SHOPIFY | ITEM | {"Name": "#1001"}])
    assert after(tmp_path / "before", [apart, first]) == after(tmp_path / "behind", [first, apart])


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_line_below_finds_its_export_though_an_older_one_filled_a_blank(
    tmp_path: Path, order: tuple[int, ...]
) -> None:
    """Shopify: an older export knows the province; the line in a piece of the newer one is the newer one's all the same."""
    first = SHOPIFY | ITEM | {"Name": "#7"}
    line = ITEM | {"Name": "#7", "Lineitem sku": "H", "Lineitem name": "hat"}
    files = [
        Export("shopify_orders_79", [first], "_20260810"), Export("shopify_orders_79", [line], "_20260810"),
        Export("shopify_orders_79", [first | {"Shipping Province": "CA"}, line], "_20260809"),
    ]  # fmt: skip
    ctx = store(tmp_path)
    take(ctx, *(files[place].write(tmp_path, place) for place in order))
    assert asked(ctx, "SELECT sku FROM order_line WHERE quantity ORDER BY sku") == [("H",), ("M",)]
    assert asked(ctx, "SELECT province FROM orders") == [("CA",)]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_items_without_the_amounts_of_their_order_in_exports_of_three_days(
    tmp_path: Path, order: tuple[int, ...]
) -> None:
    """eBay: unpaid, then paid, then sent: item rows, which alone say too little of a paid order, are never in the way."""
    unpaid = {"Order Number": "1", "Buyer Username": "bob", "Sale Date": "Sep-27-26"}
    item = unpaid | {"Quantity": "1", "Sold For": "$15.00"}
    rows = [unpaid | {"Total Price": "$30.00", "Shipping And Handling": "$0.00"},
            item | {"Item Title": "mug", "Transaction ID": "11"}, item | {"Item Title": "cup", "Transaction ID": "12"}]  # fmt: skip
    later = {"Paid On Date": "Sep-28-26"}, {"Paid On Date": "Sep-28-26", "Shipped On Date": "Sep-29-26"}
    exports = [Export("ebay_orders_80", [row | more for row in rows], f"_2026100{day}")
               for day, more in enumerate(({}, *later), 1)]  # fmt: skip
    ctx = store(tmp_path)
    take(ctx, *(exports[place].write(tmp_path, place) for place in order))
    assert asked(ctx, "SELECT status, paid_minor, shipped_at IS NOT NULL FROM orders") == [("shipped", 3000, 1)]
    assert asked(ctx, "SELECT COUNT(*), SUM(quantity) FROM order_line") == [(2, 2)]


@pytest.mark.parametrize("key", ["taobao_suborder_new", "wechat_order_57", "amazon_all_orders_32", "shopify_orders_79"])
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_pieces_and_newer_exports_in_any_order(key: str, data: st.DataObject) -> None:
    """Pieces of an older export and of a newer one that states other money, shuffled and repeated: one store."""
    rows = CUT[key]
    cut = data.draw(st.integers(0, len(rows)))
    newer = [{name: {"40.00": "38.00", "30.00": "31.00"}.get(cell, cell) for name, cell in row.items()} for row in rows]
    place = data.draw(st.integers(0, len(rows)))
    exports = [
        Export(key, rows[:cut], "_20260809"), Export(key, rows[cut:], "_20260809"),
        Export(key, newer[:place], "_20260810"), Export(key, newer[place:], "_20260810"),
    ]  # fmt: skip
    mixed = data.draw(st.permutations(exports))
    again = [exports[place] for place in data.draw(st.lists(st.integers(0, 3), max_size=2))]
    with tempfile.TemporaryDirectory() as name:
        assert after(Path(name) / "mixed", [*mixed, *again]) == after(Path(name) / "sorted", exports)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_field_the_newest_export_leaves_blank_is_of_the_next_newest(tmp_path: Path, order: tuple[int, ...]) -> None:
    """Three exports of one order, the newest without its payment method and channel: what each says last counts."""
    header = "order_id,ordered_at,paid,payment_method,channel,province"
    rows = ["Q1,2026-08-01,100,cash,web,north", "Q1,2026-08-01,100,card,,south", "Q1,2026-08-01,100,,,"]
    ctx = store(tmp_path)
    for place in order:
        (file := tmp_path / f"{place}_2026080{place + 1}.csv").write_text(f"{header}\n{rows[place]}\n", "utf-8")
        take(ctx, file)
    assert asked(ctx, "SELECT payment_method, channel, province FROM orders") == [("card", "web", "south")]


def test_a_refund_waits_for_its_sale(tmp_path: Path) -> None:
    """Square: a refund whose sale is in no file yet is kept and said, and counts once the sale is there."""
    ctx = store(tmp_path)
    key = "square_items"
    back = Export(key, [SQUARE | BACK | {"Transaction ID": "S1"}]).write(tmp_path, 1)
    result = import_files(ctx, [str(back)], Options(), ORDERS).files[0]
    assert (result.outcome.waiting, result.tally.rows, result.tally.rejected) == (1, 1, [])
    assert any("{count}" in warning.text and warning.values == {"count": 1} for warning in result.warnings)
    assert asked(ctx, "SELECT COUNT(*) FROM orders") == [(0,)]
    take(ctx, Export(key, [SQUARE | {"Transaction ID": "S1"}]).write(tmp_path, 2))
    assert asked(ctx, "SELECT status, paid_minor, refunded_reported_minor FROM orders") == [("refunded", 1620, 1620)]
    assert import_files(ctx, [str(back)], Options(), ORDERS).files[0].outcome.unchanged == 1


def test_more_back_than_was_paid_is_not_known_to_be_the_orders(tmp_path: Path) -> None:
    """Refunds of sales of which one is still in another file: what went back is unknown until it is there."""
    ctx = store(tmp_path)
    sale, cake = SQUARE | {"Transaction ID": "S1"}, SQUARE | {"Transaction ID": "S1", "Item": "cake"}
    backs = [SQUARE | BACK | {"Transaction ID": "S1", "Date": day} for day in ("8/23/2026", "8/24/2026")]
    asks = "SELECT paid_minor, refunded_reported_minor FROM orders"
    take(ctx, Export("square_items", [sale]).write(tmp_path, 1), Export("square_items", backs).write(tmp_path, 2))
    assert asked(ctx, asks) == [(1620, None)]
    take(ctx, Export("square_items", [cake]).write(tmp_path, 3))
    assert asked(ctx, asks) == [(3240, 3240)]


@pytest.mark.parametrize("key", CUT)
def test_undoing_a_piece_leaves_what_was_there_before(tmp_path: Path, key: str) -> None:
    """Every row in a file of its own; each undone again, last first: the store as it was before each of them."""
    ctx = store(tmp_path)
    states = []
    for place, row in enumerate(CUT[key]):
        states.append((stored(ctx), asked(ctx, "SELECT * FROM orders"), asked(ctx, "SELECT * FROM order_line")))
        take(ctx, Export(key, [row]).write(tmp_path, place))
    for place in reversed(range(len(states))):
        undo.undo(ctx, f"B{place + 1}")
        found = stored(ctx), asked(ctx, "SELECT * FROM orders"), asked(ctx, "SELECT * FROM order_line")
        assert found == states[place]


def test_a_piece_stated_again_keeps_what_it_stands_on(tmp_path: Path) -> None:
    """Two files with the same refund, whose sale is in neither: the first cannot be undone before the second."""
    ctx = store(tmp_path)
    back = SQUARE | BACK | {"Transaction ID": "S1"}
    other = SQUARE | {"Transaction ID": "S2"}
    take(
        ctx, Export("square_items", [back]).write(tmp_path, 1), Export("square_items", [back, other]).write(tmp_path, 2)
    )
    with pytest.raises(undo.UndoBlocked):
        undo.undo(ctx, "B1")
    undo.undo(ctx, "B2")
    undo.undo(ctx, "B1")
    assert waiting(ctx) == []


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_list_of_orders_between_two_exports_of_sub_orders(tmp_path: Path, order: tuple[int, ...]) -> None:
    """Taobao: one sub-order, the order in a newer list, the sub-order newer still: its own row once, in any order."""
    sub = TB | {"主订单编号": "4000000000000000001", "子订单编号": "T21"}
    listed = TB | {
        "订单编号": "4000000000000000001",
        "买家会员名": "买家甲",
        "买家实际支付金额": "7.00",
        "买家应付货款": "7.00",
    }
    exports = [
        Export("taobao_suborder_new", [sub | {"买家实付金额": "7.00"}], "_20260809"),
        Export("taobao_orderlist_2017", [listed], "_20260810"),
        Export("taobao_suborder_new", [sub | {"买家实付金额": "6.00"}], "_20260811"),
    ]
    ctx = store(tmp_path)
    take(ctx, *(exports[place].write(tmp_path, place) for place in order))
    assert asked(ctx, "SELECT paid_minor, customer_id IS NOT NULL FROM orders") == [(600, 1)]
    assert asked(ctx, "SELECT external_id FROM order_line") == [("T21",)]


def test_lines_below_another_currency_are_read_in_it(tmp_path: Path) -> None:
    """Shopify: a line whose order stands elsewhere; the order is in yen, which has no decimals."""
    first = (
        SHOPIFY | ITEM | {"Name": "#1", "Currency": "JPY", "Total": "3000", "Shipping": "0", "Lineitem price": "1000"}
    )
    below = ITEM | {"Name": "#1", "Lineitem name": "cup", "Lineitem sku": "C", "Lineitem price": "2000"}
    for number, rows in enumerate(([[first, below]], [[first], [below]], [[below], [first]])):
        (folder := tmp_path / str(number)).mkdir()
        ctx = store(folder)
        take(ctx, *(Export("shopify_orders_79", part).write(folder, place) for place, part in enumerate(rows)))
        found = asked(ctx, "SELECT sku, unit_price_minor, amount_minor FROM order_line ORDER BY sku")
        assert found == [("C", 2000, 2000), ("M", 1000, 1000)]
