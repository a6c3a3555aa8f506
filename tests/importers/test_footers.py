"""Sums and notes below the rows: told in every format, never taken for an order."""

from __future__ import annotations

from pathlib import Path

import pytest

from importers.test_arrival import store
from shopcare.services.case_imports import CASES
from shopcare.services.customer_imports import CUSTOMERS
from shopcare.services.file_imports import Options, import_files
from shopcare.services.order_imports import ORDERS
from shopcare.services.people_imports import REVIEWS

HERE = Path(__file__).parent
FOOTERS = (
    "合计,2026-08-01,22.50",
    "总计：,,22.50",
    "小计,,",
    "合 计,2026-08-01,3.00",
    "说明：测试数据,,",
    "备注：仅供参考,,",
    "汇总,2 单,22.50",
)


@pytest.mark.parametrize("footer", FOOTERS)
def test_a_sum_is_no_order_in_the_generic_format(footer: str, tmp_path: Path) -> None:
    """Also where its cells would make an order."""
    (file := tmp_path / "a.csv").write_text(f"order_id,ordered_at,paid\nN1,2026-08-01,10.00\n{footer}\n", "utf-8")
    (result,) = import_files(store(tmp_path), [str(file)], Options(), ORDERS).files
    assert (result.outcome.new, result.tally.rejected) == (1, [])
    assert [(skip.line, skip.why) for skip in result.tally.skipped] == [(3, "footer")]


@pytest.mark.parametrize(
    "sample",
    [
        "taobao/taobao_ExportOrderList202608010900.csv",
        "jd/jd_orders.csv",
        "wechat/wechat_orders.csv",
        "douyin/douyin_orders.csv",
    ],
)
def test_a_sum_below_every_platforms_rows(sample: str, tmp_path: Path) -> None:
    """In the first column, wherever the order's number stands."""
    content = (HERE / sample).read_bytes()
    encoding = (
        "utf-8-sig"
        if content.startswith(b"\xef\xbb\xbf")
        else "gb18030"
        if "taobao" in sample or "jd" in sample
        else "utf-8"
    )
    text = content.decode(encoding)
    width = text.split("\n")[0].count(",")
    (plain := tmp_path / "plain.csv").write_bytes(content)
    (summed := tmp_path / "summed.csv").write_bytes(
        (text.rstrip("\r\n") + "\n合计" + "," * width + "\n").encode(encoding)
    )
    before = import_files(store(tmp_path), [str(plain)], Options(dry_run=True), ORDERS).files[0]
    after = import_files(store(tmp_path), [str(summed)], Options(dry_run=True), ORDERS).files[0]
    assert before.outcome.new > 0
    assert (after.outcome, after.tally.rejected) == (before.outcome, before.tally.rejected)
    assert "footer" in [skip.why for skip in after.tally.skipped]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (CASES, "case_id,order_id,status\nR1,N1,requested\n合计,1,\n"), (REVIEWS, "rating,reviewed_at,body\n5,2026-08-01,x\n合计,,1\n"),
        (CUSTOMERS, "customer_id,email\nc1,a@example.com\n合计,\n"),
    ],
)  # fmt: skip
def test_a_sum_is_no_case_review_or_customer(kind: object, text: str, tmp_path: Path) -> None:
    """The other kinds skip it too."""
    (file := tmp_path / "a.csv").write_text(text, "utf-8")
    (result,) = import_files(store(tmp_path), [str(file)], Options(), kind).files  # type: ignore[arg-type]
    assert (result.error, result.outcome.new, result.tally.rejected) == (None, 1, [])
    assert [skip.line for skip in result.tally.skipped] == [3]
