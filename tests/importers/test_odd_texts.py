"""Texts that are odd at their edges: titles with quotes, blank lines, cut ends, a few bytes of another encoding, dates to come."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

import export_books as books
from importers.test_arrival import store
from shopcare.importers.result import FileResult
from shopcare.services.context import Context
from shopcare.services.file_imports import Options, import_files
from shopcare.services.order_imports import ORDERS

Take = Callable[..., FileResult]
HEADER = "order_id,ordered_at,paid,title"
ROWS = "A1,2026-08-01,5,x\nA2,2026-08-02,6,y\n"


@pytest.fixture
def ctx(tmp_path: Path) -> Context:
    """A fresh store."""
    return store(tmp_path)


@pytest.fixture
def take(ctx: Context, tmp_path: Path) -> Take:
    """Import these bytes, maybe under a name that says something."""

    def call(content: bytes | str, name: str = "export") -> FileResult:
        (file := tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return import_files(ctx, [str(file)], Options(), ORDERS).files[0]

    return call


def paid(ctx: Context) -> dict[str, int]:
    """Orders and what was paid."""
    with closing(sqlite3.connect(ctx.store)) as conn:
        return dict(conn.execute("SELECT number, paid_minor FROM orders ORDER BY number"))


def titles(ctx: Context) -> set[str]:
    """The titles of all lines."""
    with closing(sqlite3.connect(ctx.store)) as conn:
        return {title for (title,) in conn.execute("SELECT title FROM order_line")}


@pytest.mark.parametrize("title", ['"Report" of August', '12" records, "all"', "\n" * 40, ",,,\n" * 40 + "x"])
@pytest.mark.parametrize("quoted", [False, True])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_titles_keep_no_rules(title: str, quoted: bool, newline: str, take: Take, ctx: Context) -> None:
    """What stands above the header may have quotes anywhere and many blank lines; rejected rows keep their line numbers."""
    lines = [HEADER, "A1,2026-08-01,5,x", "A2,2026-08-02,bad,y"]
    if quoted:
        lines = [",".join(f'"{cell}"' for cell in line.split(",")) for line in lines]
    result = take(f"{title}\n{chr(10).join(lines)}\n".replace("\n", newline))
    above = title.count("\n") + 1
    assert result.error is None
    assert (result.header_line, [bad.line for bad in result.tally.rejected]) == (above + 1, [above + 3])
    assert paid(ctx) == {"A1": 500}


def test_many_blank_rows_above_the_header_of_a_sheet(take: Take, ctx: Context) -> None:
    """The same in a workbook."""
    result = take(books.xlsx({"S": [*[()] * 40, *books.TWO_ORDERS]}))
    assert (result.error, result.header_line, len(paid(ctx))) == (None, 41, 2)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_wide_characters_cut_in_the_middle_of_one(encoding: str, take: Take, ctx: Context) -> None:
    """The last row is cut off, whatever is left of its last cell; nothing is said of NULs that are none."""
    result = take("order_id\tordered_at\tpaid\nA1\t2026-08-01\t5\nA2\t2026-08-02\t66".encode(encoding)[:-1])
    assert [(bad.line, bad.code) for bad in result.tally.rejected] == [(3, "truncated")]
    assert paid(ctx) == {"A1": 500}
    assert not [warning for warning in result.warnings if "NUL" in warning.text]


@pytest.mark.parametrize("count", [3, 50])
def test_a_few_bytes_of_another_encoding_do_not_change_the_rest(count: int, take: Take, ctx: Context) -> None:
    """Rows in UTF-8 stay it, where one row is Windows-1252."""
    rows = "".join(f"A{n},2026-08-01,5,Café crème\n" for n in range(count)).encode()
    result = take(f"{HEADER}\n".encode() + rows + "A99,2026-08-01,5,Thé\n".encode("cp1252"))
    assert result.encoding == "utf-8"
    assert titles(ctx) - {"Thé"} == {"Café crème"}


def test_rows_in_windows_1252_stay_it(take: Take, ctx: Context) -> None:
    """Where none is UTF-8, or fewer than not."""
    rows = "".join(f"A{n},2026-08-01,5,Crème brûlée\n" for n in range(9)).encode("cp1252")
    assert take(f"{HEADER}\n".encode() + rows).encoding == "cp1252"
    assert titles(ctx) == {"Crème brûlée"}


def test_korean_is_not_taken_for_chinese(take: Take, ctx: Context) -> None:
    """Nothing shows EUC-KR, so its rows are rejected instead of being stored as other characters."""
    words = ("한국어 상품 설명", "녹차 세트 무료 배송", "가방 대형 신상")
    rows = "".join(f"A{n},2026-08-01,5,{word}\n" for n, word in enumerate(words))
    result = take(f"{HEADER}\n".encode() + rows.encode("euc_kr"))
    assert [bad.code for bad in result.tally.rejected] == ["bad-encoding"] * 3


def test_the_column_whose_dates_show_no_order_is_named(take: Take) -> None:
    """Not another one, whose dates are clear."""
    result = take("order_id,ordered_at,paid,shipped_at\nA1,2026-08-01,5,03/08/2026\n")
    assert result.error is not None
    assert result.error.context["column"] == "shipped_at"


def test_a_date_to_come_in_a_name_says_nothing(take: Take, ctx: Context) -> None:
    """No export was made then; taken for newer than all others it would keep their news out for good."""
    first = take(f"{HEADER}\n{ROWS}", "orders_20990101.csv")
    assert [warning.values["name"] for warning in first.warnings if warning.text.startswith("date-to-come")] == [
        "orders_20990101.csv"
    ]
    again = take(f"{HEADER}\n{ROWS.replace(',5,', ',9,').replace('-01,', '-01 10:00,')}", "orders_20260801.csv")
    assert not [warning for warning in again.warnings if warning.text.startswith("date-to-come")]
    with closing(sqlite3.connect(ctx.store)) as conn:
        assert conn.execute("SELECT COUNT(*) FROM import_batch WHERE exported_at > 1800000000").fetchone() == (0,)
    assert paid(ctx)["A1"] == 900


def test_the_sheet_of_the_wanted_kind_is_read(take: Take, ctx: Context) -> None:
    """After-sales cases may stand before the orders; they are named as left out."""
    cases = [("case_id", "order_id", "status", "applied_at"), ("C1", "N1", "open", "2026-08-03")]
    result = take(books.xlsx({"Cases": cases, "Orders": books.TWO_ORDERS}))
    assert (result.error, result.sheet, len(paid(ctx))) == (None, "Orders", 2)
    assert [warning.values["others"] for warning in result.warnings if "others" in warning.values] == ["Cases"]


def test_a_wide_table_that_is_none_is_refused_at_once(take: Take) -> None:
    """Thousands of names are compared once, not for every format."""
    import time

    start = time.process_time()
    result = take(",".join(f"name {n}" for n in range(20_000)) + "\n1,2,3\n")
    assert result.error is not None
    assert time.process_time() - start < 5
