"""Any rows of any after-sales format, cut, mixed and repeated over files with the order export in between: one store."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from case_files import DONE, asked, cases_of, facts, fresh, orders_of, take_cases, take_orders, write
from shopcare.services import awards
from shopcare.services.case_imports import CASES
from shopcare.services.context import Context
from shopcare.services.file_imports import Options, import_files

HERE = Path(__file__).parent
UNITS = """
SELECT o.number, a.external_id, l.sku, l.external_id, u.quantity FROM case_line AS u JOIN "case" AS a ON a.id = u.case_id
JOIN orders AS o ON o.id = u.order_id JOIN order_line AS l ON l.order_id = u.order_id AND l.line_no = u.line_no
ORDER BY 1, 2, 3, 4
"""
POINTS = (
    "SELECT o.number, SUM(e.points) FROM points_entry AS e JOIN orders AS o ON o.id = e.order_id GROUP BY 1 ORDER BY 1"
)
#: A refund that grows from row to row is booked in as many steps as exports show it in, and never booked anew.
MONEY = (
    "SELECT o.number, r.source, r.case_id IS NULL, a.external_id, SUM(r.amount_minor), SUM(r.freight_minor) FROM refund AS r"
    ' JOIN orders AS o ON o.id = r.order_id LEFT JOIN "case" AS a ON a.id = r.case_id GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4'
)
DAY, NIGHT = "2026-08-02 10:00:00", "2026-08-04 23:30:00"

AMAZON = [
    "return-date",
    "order-id",
    "sku",
    "quantity",
    "detailed-disposition",
    "reason",
    "status",
    "license-plate-number",
]
#: Format → header, a row's cells, and the orders they are about.
FORMATS: dict[str, tuple[list[str], list[st.SearchStrategy[str]]]] = {
    "generic": (
        ["case_id", "order_id", "kind", "status", "reason", "amount", "refunded", "applied_at", "closed_at", "deadline", "fault"],
        [
            st.sampled_from(["1", "2"]), st.just("N1"), st.sampled_from(["", "exchange"]),
            st.sampled_from(["requested", "pondering", "refunded", "withdrawn", "closed/rejected", "awaiting_return"]),
            st.sampled_from(["", "torn"]), st.sampled_from(["", "10"]), st.sampled_from(["", "10"]), st.just(DAY),
            st.sampled_from(["", NIGHT, "2026-08-06 10:00:00"]), st.sampled_from(["", "2026-09-01"]),
            st.sampled_from(["", "seller", "buyer"]),
        ],
    ),
    "taobao": (
        ["退款编号", "订单编号", "退款状态", "业务类型", "买家退款金额", "退款的申请时间", "完结时间", "责任方", "客服介入状态", "宝贝标题"],
        [
            st.sampled_from(["1", "2"]), st.just("N1"),
            st.sampled_from(["买家已经申请退款，等待卖家同意", "退款成功", "退款关闭", "卖家拒绝退款"]), st.sampled_from(["", "换货"]),
            st.sampled_from(["", "10.00", "8.00"]), st.just(DAY), st.sampled_from(["", NIGHT]), st.sampled_from(["", "卖家责任"]),
            st.sampled_from(["", "客服已经介入"]), st.just("cup"),
        ],
    ),
    "jd": (
        ["服务单号", "订单号", "商品编号", "商品数量", "服务单状态", "客户期望", "处理结果", "退款金额", "售后申请时间", "审核时间"],
        [
            st.sampled_from(["1", "2"]), st.just("N1"), st.sampled_from(["A", "B"]), st.sampled_from(["", "1", "2"]),
            st.sampled_from(["待审核", "待收货", "完成", "取消"]), st.sampled_from(["退货", "换货"]), st.sampled_from(["", "维修"]),
            st.sampled_from(["", "10.00"]), st.just(DAY), st.sampled_from(["", NIGHT]),
        ],
    ),
    "pdd": (
        ["售后编号", "订单编号", "售后状态", "退款类型", "退款金额", "申请时间"],
        [
            st.sampled_from(["1", "2"]), st.just("N1"), st.sampled_from(["退款中", "退款成功", "已撤销", "商家同意退货退款，待买家发货"]),
            st.sampled_from(["", "仅退款", "退货退款"]), st.sampled_from(["10", "5"]), st.just(DAY),
        ],
    ),
    "douyin": (
        ["售后单号", "订单号", "商品单号", "售后状态", "售后类型", "退商品金额（元）", "退运费金额（元）", "售后申请时间", "售后完结时间"],
        [
            st.sampled_from(["1", "2"]), st.just("N1"), st.sampled_from(["", "L1"]),
            st.sampled_from(["待商家处理", "待买家退货", "同意退款，退款成功", "换货成功", "售后关闭"]),
            st.sampled_from(["退货退款", "换货"]), st.sampled_from(["", "10.00"]), st.sampled_from(["", "1.00"]), st.just(DAY),
            st.sampled_from(["", NIGHT]),
        ],
    ),
    "kuaishou": (
        ["售后单号", "订单编号", "退款金额", "售后状态"],
        [st.sampled_from(["1", "2"]), st.just("N1"), st.sampled_from(["3", "4"]), st.sampled_from(["售后成功", "售后关闭", "?"])],
    ),
    "amazon": (
        AMAZON,
        [
            st.just("2026-08-10T10:00:00+00:00"), st.just("N1"), st.sampled_from(["A", "B"]),
            st.sampled_from(["1", "2"]), st.sampled_from(["SELLABLE", "DEFECTIVE"]), st.sampled_from(["UNWANTED_ITEM", "DEFECTIVE"]),
            st.just("Unit returned to inventory"), st.sampled_from(["", "LPN1", "LPN2"]),
        ],
    ),
}  # fmt: skip


def orders(folder: Path) -> str:
    """N1: two cups and a tray for 100.00, completed."""
    header = (
        "order_id",
        "customer_id",
        "ordered_at",
        "status",
        "paid",
        "completed_at",
        "line_id",
        "sku",
        "title",
        "quantity",
        "unit_price",
    )
    rows = [
        ("N1", "b1", "2026-08-01 10:00:00", "completed", "100", "2026-08-01 20:00:00", *line)
        for line in (("L1", "A", "cup", "2", "30"), ("L2", "B", "tray", "1", "40"))
    ]  # fmt: skip
    return write(folder / "orders.csv", header, rows)


def state(ctx: Context) -> list[list[tuple[object, ...]]]:
    """Everything that must not depend on how rows came."""
    cases, _refunds, orders, waiting = facts(ctx)
    return [cases, asked(ctx, MONEY), orders, waiting, asked(ctx, UNITS), asked(ctx, POINTS)]


class Source(NamedTuple):
    """Rows of after-sales files, and the orders they are about."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    orders: Callable[[Path], str]


def take(ctx: Context, folder: Path, source: Source, pieces: Sequence[Sequence[Sequence[str]] | None]) -> None:
    """Import pieces one after the other; None is the order export."""
    for place, rows in enumerate(pieces):
        if rows is None:
            take_orders(ctx, source.orders(folder), shop="shop")
            awards.award_orders(ctx)
            continue
        result = import_files(ctx, [write(folder / f"{place}.csv", source.header, rows)], Options(shop="shop"), CASES)
        assert result.files[0].error is None


def check(source: Source, data: st.DataObject) -> None:
    """One file after the orders, or the rows mixed and repeated over files with the orders anywhere: the same store."""
    rows = source.rows
    mixed = data.draw(st.permutations([*rows, *data.draw(st.lists(st.sampled_from(rows), max_size=2))]))
    pieces: list[list[Sequence[str]] | None] = []
    for row in mixed:
        if pieces and data.draw(st.booleans()):
            assert pieces[-1] is not None
            pieces[-1].append(row)
        else:
            pieces.append([row])
    pieces.insert(data.draw(st.integers(0, len(pieces))), None)
    with tempfile.TemporaryDirectory() as left, tempfile.TemporaryDirectory() as right:
        one, other = fresh(Path(left)), fresh(Path(right))
        take(one, Path(left), source, [None, rows])
        take(other, Path(right), source, pieces)
        assert state(one) == state(other)


@pytest.mark.parametrize("name", sorted(FORMATS))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_rows_of_any_format_in_any_pieces_give_the_same_store(name: str, data: st.DataObject) -> None:
    """Rows that say anything of two cases: with repeats, over files, with the orders anywhere in between."""
    header, cells = FORMATS[name]
    check(Source(header, data.draw(st.lists(st.tuples(*cells), min_size=1, max_size=6)), orders), data)


SAMPLES = {
    "taobao_refunds.csv": ("utf-8-sig", ","),
    "douyin_aftersales.csv": ("utf-8-sig", ","),
    "amazon_fba_returns.txt": ("cp1252", "\t"),
}


def sample(name: str) -> Source:
    """The rows of a sample, and a generic list of the orders they name."""
    encoding, delimiter = SAMPLES[name]
    with (HERE / "aftersales" / name).open(encoding=encoding, newline="") as file:
        quoting = csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL
        header, *rows = csv.reader(file, delimiter=delimiter, quoting=quoting)
    place = next(header.index(each) for each in ("订单编号", "订单号", "order-id") if each in header)
    numbers = sorted({row[place].strip("=\"'\t ") for row in rows})
    return Source(
        header, rows, lambda folder: orders_of(folder, *((number, "completed", "5000", "") for number in numbers))
    )


@pytest.mark.parametrize("name", sorted(SAMPLES))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_samples_in_any_pieces_give_the_same_store(name: str, data: st.DataObject) -> None:
    """The rows of a sample, cut, mixed and repeated over files, with the orders anywhere in between."""
    check(sample(name), data)


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0), (1, 2, 0)])
def test_when_a_case_was_closed_does_not_depend_on_what_came_first(tmp_path: Path, order: tuple[int, ...]) -> None:
    """Paid back on the 4th, closed without money on the 6th, asked for on the 2nd: refunded, and closed on the 6th."""
    rows = [
        {"case_id": "1", "order_id": "N1", "status": "requested"}, {"case_id": "1", "order_id": "N1", "refunded": "10", **DONE},
        {"case_id": "1", "order_id": "N1", "status": "withdrawn", "closed_at": "2026-08-06 10:00:00"},
    ]  # fmt: skip
    ctx = fresh(tmp_path)
    take_orders(ctx, orders_of(tmp_path, ("N1", "completed", "50", "")))
    for place in order:
        take_cases(ctx, cases_of(tmp_path, rows[place], name=f"{place}.csv"))
    found = asked(ctx, "SELECT outcome, datetime(closed_at + 28800, 'unixepoch') FROM \"case\"")
    assert found == [("refunded", "2026-08-06 10:00:00")]
    assert asked(ctx, "SELECT SUM(refund_minor) FROM case_event") == [(1_000,)]
