"""Every order header that was ever seen is recognised, whatever a spreadsheet did to the file around it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopcare.importers.formats.catalog import shipped_formats
from shopcare.importers.formats.headers import match, recognise
from shopcare.importers.opening import open_file

HEADERS: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "headers.json").read_text("utf-8"))


def file_of(folder: Path, header: list[str], delimiter: str, encoding: str) -> str:
    """A file with this header and nothing else."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerow(header)
    (file := folder / "export.csv").write_bytes(text.getvalue().encode(encoding))
    return str(file)


@pytest.mark.parametrize("key", HEADERS)
def test_a_header_is_its_formats_and_every_column_known(key: str) -> None:
    """The format is the expected one, all its required fields are there, and no column is listed as ignored."""
    seen = HEADERS[key]
    known = recognise(seen["header"], shipped_formats())
    assert known is not None
    assert known.name == seen["format"]
    found = match(seen["header"], known, file="f", line=1)
    assert found.ignored == ()
    assert {name for name in known.required if name not in found.places} <= {"ordered_at", "paid"}


@pytest.mark.parametrize("key", HEADERS)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_neither_order_nor_blanks_nor_further_columns_matter(key: str, data: st.DataObject) -> None:
    """Columns in any order, with blanks around their names and a foreign column among them."""
    seen = HEADERS[key]
    header = [f" {name.strip()}\t" for name in data.draw(st.permutations([*seen["header"], "Something else"]))]
    known = recognise(header, shipped_formats())
    assert known is not None
    assert known.name == seen["format"]
    assert match(header, known, file="f", line=1).ignored == ("Something else",)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_chinese_headers_in_every_dialect(tmp_path: Path, encoding: str, delimiter: str) -> None:
    """Encoding and delimiter are told by the header alone."""
    for key in ("douyin_order_74", "jd_order_30", "wechat_order_57", "1688_order_49", "taobao_suborder_new"):
        sheet = open_file(file_of(tmp_path, HEADERS[key]["header"], delimiter, encoding), shipped_formats())
        assert (sheet.match.format.name, sheet.delimiter) == (HEADERS[key]["format"], delimiter)
        assert sheet.encoding == {"gb18030": "gbk"}.get(encoding, encoding)


def test_a_german_header_in_windows_1252(tmp_path: Path) -> None:
    """`Käufers` in Windows-1252 would also decode as GBK; the format says that it is never that."""
    sheet = open_file(file_of(tmp_path, HEADERS["ebay_orders_de"]["header"], ";", "cp1252"), shipped_formats())
    assert (sheet.match.format.name, sheet.encoding) == ("ebay-orders-de", "cp1252")
    assert "customer_id" in sheet.match.places


def test_line_breaks_in_chinese_header_cells(tmp_path: Path) -> None:
    """Kuaishou's older header breaks its cells into lines."""
    header = [
        name.replace("商品", "商品\n").replace("订单", "订\n单") for name in HEADERS["kuaishou_order_61"]["header"]
    ]
    sheet = open_file(file_of(tmp_path, header, ",", "utf-8-sig"), shipped_formats())
    assert sheet.match.format.name == "kuaishou-orders"
    assert sheet.match.ignored == ()


def test_names_of_formats_are_complete() -> None:
    """Each format of orders or lines says how well it is known, and is held here by at least one header."""
    formats = [known for known in shipped_formats() if known.columns and known.kind in ("orders", "lines")]
    held = {seen["format"] for seen in HEADERS.values()} | {"generic-orders"}
    assert {known.name for known in formats} <= held
    assert all(known.confidence in ("A", "B", "C") for known in formats if known.platform != "generic")
