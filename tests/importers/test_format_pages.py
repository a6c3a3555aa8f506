"""What `import formats` says of the formats: everything a file's reader goes by, in the operator's language."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from shopcare import i18n
from shopcare.domain.report import Column
from shopcare.importers.formats.catalog import shipped_formats
from shopcare.importers.refusals import MissingColumnError
from shopcare.render.refusals import sentence_of
from shopcare.render.values import human
from shopcare.services import import_formats


@pytest.fixture
def chinese() -> Iterator[None]:
    """The process speaks Chinese, and English again afterwards."""
    i18n.set_language("zh")
    yield
    i18n.set_language("en")


def test_each_format_says_what_a_row_is_and_how_well_it_is_known() -> None:
    """After-sales rows are cases, not orders; only generic formats have no confidence."""
    rows = {row[0]: row[1:] for row in import_formats.listing().blocks[0].rows}
    assert {row[3] for row in rows.values() if row[2] == "cases"} == {"case"}
    assert [rows[name][3] for name in ("judgeme-reviews", "shopify-customers", "generic-surveys", "generic-events")] == [
        "review", "customer", "answer", "event",
    ]  # fmt: skip
    assert [name for name, row in rows.items() if row[1] != "generic" and row[4] not in ("A", "B", "C")] == []


def test_a_format_shows_how_its_rows_make_orders() -> None:
    """JD repeats the order's money, a Taobao sub-order states its own; which claims moved money; who buys."""
    jd, taobao = (import_formats.one(name).blocks for name in ("jd-orders", "taobao-suborders"))
    assert jd[0].rows[0][-3:] == ("下单帐号 | 下单账号", "status, paid, total, freight", None)
    assert taobao[0].rows[0][-3:] == ("买家会员名", None, "paid, refunded, total")
    assert taobao[2].rows[-1] == ("aftersale: 退款成功", "refunded")
    assert ("(删除)…", "cancelled") in jd[2].rows


def test_formats_have_chinese_names(chinese: None) -> None:
    """In the list and in refusals; none is left in English."""
    titles = {row[0]: row[1] for row in import_formats.listing().blocks[0].rows}
    assert titles["pdd-orders"] == "拼多多订单（订单导出）"
    assert [known.title for known in shipped_formats() if titles[known.name] == known.title] == []
    refusal = MissingColumnError(file="f.csv", title="Taobao/Tmall order list (ExportOrderList)", columns="'订单状态'")
    assert "淘宝/天猫订单列表" in sentence_of(refusal)


def test_after_sales_formats_show_their_words() -> None:
    """Status words with stage and outcome, words of further columns, kinds and faults; no column stands there twice."""
    _format, columns, words = import_formats.one("douyin-aftersales").blocks
    said = dict(words.rows)
    assert said["待买家退货"] == "awaiting_return/buyer"
    assert said["同意退款,退款成功"] == "closed/refunded"
    assert said["arbitration: 待商家举证"] == "open → disputed/us"
    assert (said["kind: 换货"], said["fault: 达人"]) == ("exchange", "promoter")
    headers = [header for row in columns.rows for header in str(row[1]).split(" | ")]
    assert headers.count("售后单号") == 1
    assert dict(import_formats.one("amazon-fba-returns").blocks[-1].rows) == {"*": "received/us"}
    assert dict(import_formats.one("judgeme-reviews").blocks[-1].rows) == {"spam": "spam"}


def test_meanings_of_several_words_are_chinese_too(chinese: None) -> None:
    """What people read of a status word's meaning holds no code, in any format."""
    for known in shipped_formats():
        words = import_formats.one(known.name).blocks[-1]
        meaning = Column("status", "", "code")
        said = [human(meaning, row[1], "", names=words.names) for row in words.rows if words.id == "status"]
        assert not [text for text in said if re.search(r"[a-z]_|[a-z]/|/[a-z]|→ [a-z]|open", text)], known.name
