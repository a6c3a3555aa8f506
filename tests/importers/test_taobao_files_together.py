"""What one Taobao shop downloads of the same orders says one thing, in whichever order the files come."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from importers.test_chinese_orders import LIST
from importers.test_platform_orders import HEADERS, TB, written
from shopcare.domain.report import Message
from shopcare.services.case_imports import CASES
from shopcare.services.context import Context
from shopcare.services.file_imports import Kind, Options, import_files
from shopcare.services.order_imports import ORDERS

NUMBER = "9900000000000000001"
SUB = TB | {"主订单编号": NUMBER, "订单状态": "交易成功", "订单创建时间": "2026-08-01 10:03:07", "订单付款时间": "2026-08-01 10:03:55",
            "买家实付金额": "75.00", "退款状态": "没有申请退款", "退款金额": "无退款申请"}  # fmt: skip
LISTED = LIST | {"订单编号": f'="{NUMBER}"', "买家实际支付金额": "158.00", "买家应付邮费": "8.00", "退款金额": "50.00"}
DETAIL = (
    '"订单编号","标题","价格","购买数量","外部系统编号","商品属性","套餐信息","备注","订单状态","商家编码"\r\n'
    + "".join(f'="{NUMBER}","x","75.00","1","","","","","交易成功","{sku}",\r\n' for sku in "AB")
)
REFUND = (
    "订单编号,退款编号,退款状态,买家退款金额,退款的申请时间,完结时间,商品编码\r\n"
    f"{NUMBER},r1,退款成功,50.00,2026-08-05 10:00:00,2026-08-06 10:00:00,B\r\n"
)
FILES: dict[str, tuple[str, Kind, str]] = {
    "list": ("ExportOrderList202608100900.csv", ORDERS, written(HEADERS["taobao_orderlist_2018"]["header"], [LISTED])),
    "lines": ("ExportOrderDetailList202608100900.csv", ORDERS, DETAIL),
    "subs": ("subs_20260810.csv", ORDERS, written(HEADERS["taobao_suborder_new"]["header"], [
        SUB | {"子订单编号": "11", "商家编码": "A"},
        SUB | {"子订单编号": "12", "商家编码": "B", "退款状态": "退款成功", "退款金额": "50.00"},
    ])),
    "refunds": ("refunds_20260810.csv", CASES, REFUND),
}  # fmt: skip


def stored(ctx: Context) -> list[tuple[Any, ...]]:
    """Of the order its money, buyer and lines, then what went back of it, and what the case is about."""
    with closing(sqlite3.connect(ctx.store)) as conn:
        return [
            *conn.execute("SELECT number, paid_minor, freight_minor, is_counted, customer_id IS NOT NULL FROM orders"),
            *conn.execute("SELECT external_id, sku, quantity, amount_minor FROM order_line ORDER BY line_no"),
            *conn.execute("SELECT source, amount_minor, refunded_at FROM refund"),
            *conn.execute(
                'SELECT c.external_id, c.outcome, l.line_no FROM "case" AS c JOIN case_line AS l ON l.case_id = c.id'
            ),
        ]


@pytest.mark.parametrize(
    "files",
    ["list lines subs refunds", "refunds subs lines list", "lines refunds list subs", "subs list refunds lines",
     "refunds list subs lines refunds subs"],
)  # fmt: skip
def test_the_four_files_of_an_order_say_one_thing(ctx: Context, tmp_path: Path, files: str) -> None:
    """The list's money with freight and its buyer, the sub-orders' lines, the refund once, on its line and day."""
    for name in files.split():
        file, kind, text = FILES[name]
        (tmp_path / file).write_bytes(text.encode("gb18030"))
        assert import_files(ctx, [str(tmp_path / file)], Options(), kind).exit_code == 0
    assert stored(ctx) == [
        (NUMBER, 15800, 800, 1, 1), ("11", "A", 1, None), ("12", "B", 1, None), ("case", 5000, 1_785_981_600),
        ("r1", "refunded", 2),
    ]  # fmt: skip


WAITS = "The lines of {count} orders wait for their order list; import it too."


@pytest.mark.parametrize("again", [False, True])
def test_files_of_one_call_complete_each_other(ctx: Context, tmp_path: Path, again: bool) -> None:
    """What is said of lines without their order is what holds when the call ends, also when the files come once more."""
    files = []
    for name in ("lines", "list"):
        file, _kind, text = FILES[name]
        (tmp_path / file).write_bytes(text.encode("gb18030"))
        files.append(str(tmp_path / file))
    other = tmp_path / "ExportOrderDetailList202608110900.csv"
    other.write_bytes(DETAIL.replace(NUMBER, "77").encode("gb18030"))
    (alone,) = import_files(ctx, files[:1], Options(), ORDERS).files
    assert (alone.outcome.waiting, [warning.text for warning in alone.warnings]) == (1, [WAITS])
    for _ in range(1 + again):
        lines, whole, further = import_files(ctx, [*files, str(other)], Options(), ORDERS).files
    assert (lines.outcome.waiting, whole.outcome.waiting, further.outcome.waiting) == (0, 0, 1)
    assert WAITS not in [warning.text for warning in lines.warnings]
    assert [warning for warning in further.warnings if warning.text == WAITS] == [Message(WAITS, {"count": 1})]
