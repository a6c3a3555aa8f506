"""Exports pasted below each other into one file: of the same columns they are one export, of others the file is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from importers.test_chinese_orders import GOOD, LIST, PDD
from importers.test_platform_orders import HEADERS, orders, taken, written
from shopcare.services.case_imports import CASES
from shopcare.services.context import Context
from shopcare.services.file_imports import Options, import_files

TAOBAO = written(HEADERS["taobao_orderlist_2017"]["header"], [LIST | {"订单编号": "1"}])
REFUND = "订单编号,退款编号,退款状态,买家退款金额,退款的申请时间\r\n1,9,退款成功,1.00,2026-08-05 10:00:00\r\n"
PINDUODUO = written(HEADERS["pdd_order_27"]["header"], [PDD | {"订单号": "260801-990000000000001"}])


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
