"""Nothing a file contains gives a traceback, a partial store or a broken rule of the database."""

from __future__ import annotations

import csv
import io
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from time import process_time
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importers.test_arrival import FACTS, store
from shopcare.importers.formats.catalog import shipped_formats
from shopcare.importers.text.recognition import open_sheet
from shopcare.importers.text.source import open_source
from shopcare.services.case_imports import CASES
from shopcare.services.context import Context
from shopcare.services.customer_imports import CUSTOMERS
from shopcare.services.file_imports import Options, import_files
from shopcare.services.order_imports import ORDERS
from shopcare.services.people_imports import EVENTS, REVIEWS, SURVEYS

HERE = Path(__file__).parent
BODIES = [path.read_bytes() for path in sorted(HERE.glob("*/*")) if path.suffix in {".csv", ".txt", ".xls"}]


def breaks_no_rule(ctx: Context) -> None:
    """The database's own checks, which bulk loads leave out, find nothing."""
    with closing(sqlite3.connect(ctx.store)) as conn:
        assert conn.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert conn.execute("PRAGMA foreign_key_check").fetchall() == []


def outcome_is_whole(ctx: Context, file: Path) -> None:
    """Either refused with nothing stored, or a batch whose counts are what is stored."""
    result = import_files(ctx, [str(file)], Options(), ORDERS).files[0]
    with closing(sqlite3.connect(ctx.store)) as conn:
        orders, batches = (conn.execute(f"SELECT COUNT(*) FROM {t}").fetchone()[0] for t in ("orders", "import_batch"))
    if result.error is not None:
        assert result.error.code.startswith("import.")
        assert str(result.error)
        assert (orders, batches) == (0, 0)
    else:
        assert batches == 1
        assert orders == (0 if result.format == "taobao-lines" else result.outcome.new)
    breaks_no_rule(ctx)


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=400),
        st.tuples(st.sampled_from(BODIES), st.integers(0, 1 << 30), st.binary(max_size=6), st.integers(0, 40)).map(
            lambda given_: _damaged(*given_)
        ),
    )
)
def test_any_bytes_are_taken_or_refused(content: bytes) -> None:
    """Random bytes, and real exports with some bytes replaced, removed or inserted at random places."""
    with tempfile.TemporaryDirectory() as name:
        (file := Path(name) / "any.csv").write_bytes(content)
        outcome_is_whole(store(Path(name)), file)


def _damaged(body: bytes, place: int, inserted: bytes, removed: int) -> bytes:
    at = place % (len(body) + 1)
    return body[:at] + inserted + body[at + removed :]


CELL = st.one_of(
    st.sampled_from(
        ["", "A1", "A2", "12.50", "-1", "1e5", "2026-08-01", "paid", "weird", "9.9E+18", "USD", "usd", "=1+1"]
    ),
    st.text(max_size=8),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(CELL, min_size=12, max_size=12), max_size=8))
def test_any_cells_keep_the_rules_of_the_store(rows: list[list[str]]) -> None:
    """Generic rows of arbitrary cells: every row is stored or named, and no CHECK or foreign key is broken."""
    header = "order_id,ordered_at,paid,status,currency,refunded,freight,customer_id,sku,quantity,unit_price,shipped_at"
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([header.split(","), *rows])
    with tempfile.TemporaryDirectory() as name:
        (file := Path(name) / "any.csv").write_bytes(buffer.getvalue().encode("utf-8", "surrogatepass"))
        outcome_is_whole(store(Path(name)), file)


PLAIN = st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n\x1a"), max_size=6)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.lists(PLAIN, min_size=3, max_size=5), max_size=6),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([",", ";", "\t"]),
    st.integers(1, 60),
)
def test_splitting_lines_reads_what_the_parser_reads(
    rows: list[list[str]], newline: str, delimiter: str, block: int
) -> None:
    """Files with few quotes are split line by line; the rows are those of the csv module, with the same line numbers, wherever
    the blocks they are read in end.
    """
    buffer = io.StringIO(newline="")
    buffer.write(delimiter.join(["order_id", "ordered_at", "paid"]) + newline)
    csv.writer(buffer, delimiter=delimiter, lineterminator=newline).writerows(rows)
    with tempfile.TemporaryDirectory() as name:
        (file := Path(name) / "any.csv").write_bytes(buffer.getvalue().encode())
        sheet = open_sheet(open_source(str(file)), shipped_formats())
        with patch("shopcare.importers.text.sheet.BLOCK_BYTES", block):
            split = [(line, cells) for line, cells, _text in sheet.rows()]
        reference = csv.reader(io.StringIO(buffer.getvalue(), newline=""), delimiter=delimiter, strict=True)
        parsed, line = [], 1
        for cells in reference:
            parsed.append((line, cells))
            line = reference.line_num + 1
    assert [row for row in split if row[1]] == [row for row in parsed[1:] if row[1]]


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_long_line_takes_time_in_proportion(tmp_path: Path, quote: str) -> None:
    """A line of 60,000 blocks is put together once; copied for every block it would come to a hundred gigabytes."""
    cell = quote + "x" * 4_000_000 + quote
    (file := tmp_path / "long.csv").write_text(f"order_id,ordered_at,paid\nA1,2026-08-01,{cell}\nA2,2026-08-01,5\n")
    sheet = open_sheet(open_source(str(file)), shipped_formats())
    start = process_time()
    with patch("shopcare.importers.text.sheet.BLOCK_BYTES", 64):
        lengths = [len(cells[2]) for _line, cells, _text in sheet.rows()]
    assert (lengths, process_time() - start < 8) == ([4_000_000, 1], True)


def test_a_line_that_would_fill_the_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No export has a line of hundreds of megabytes."""
    monkeypatch.setattr("shopcare.importers.text.sheet.LINE_BYTES_MOST", 1 << 20)
    (file := tmp_path / "long.csv").write_text("order_id,ordered_at,paid\nA1,2026-08-01," + "x" * (3 << 20) + "\n")
    (result,) = import_files(store(tmp_path), [str(file)], Options(), ORDERS).files
    assert result.error is not None
    assert result.error.code == "import.too-large"


@pytest.mark.parametrize("problem", ["missing", "folder", "nul in the name"])
def test_a_file_that_cannot_be_opened_is_refused(problem: str, tmp_path: Path) -> None:
    """One sentence and a code, exit 4 for a missing file and 5 for the others."""
    name = {"missing": str(tmp_path / "no.csv"), "folder": str(tmp_path), "nul in the name": "a\0b.csv"}[problem]
    result = import_files(store(tmp_path), [name], Options(), ORDERS)
    assert result.exit_code == (4 if problem == "missing" else 5)
    assert result.files[0].error is not None
    assert result.files[0].error.code == "import.unreadable"


def test_some_refused_files_leave_the_others_stored(tmp_path: Path) -> None:
    """Exit 3, and each file for itself."""
    ctx = store(tmp_path)
    result = import_files(
        ctx, [str(HERE / "pdd/pdd_orders_export.csv"), str(HERE / "foreign/shape01_empty.csv")], Options(), ORDERS
    )
    assert result.exit_code == 3
    with closing(sqlite3.connect(ctx.store)) as conn:
        assert len(conn.execute(FACTS).fetchall()) == 7


def test_a_dry_run_writes_nothing_and_says_the_same(tmp_path: Path) -> None:
    """The figures of a dry run are those of the run after it."""
    ctx = store(tmp_path)
    before = ctx.store.read_bytes()
    file = str(HERE / "shopify/shopify_orders_export_1.csv")
    tried = import_files(ctx, [file], Options(dry_run=True), ORDERS).files[0]
    with closing(sqlite3.connect(ctx.store)) as conn:
        assert conn.execute("SELECT COUNT(*) FROM orders").fetchone() == (0,)
    assert ctx.store.read_bytes() == before
    done = import_files(ctx, [file], Options(), ORDERS).files[0]
    assert (tried.outcome, tried.rows, tried.shop) == (done.outcome, done.rows, done.shop)


OTHER_KINDS = {kind.name: kind for kind in (CASES, REVIEWS, CUSTOMERS, SURVEYS, EVENTS)}
HEADERS = {
    "cases": "case_id,order_id,status,kind,currency,amount,refunded,applied_at,closed_at,deadline",
    "reviews": "review_id,rating,reviewed_at,title,body,customer_id,email,order_id,sku",
    "customers": "customer_id,email,name,created_at,tags,orders,total",
    "surveys": "answer_id,score,answered_at,kind,scale_max,customer_id,email,comment",
    "events": "event_id,kind,happened_at,customer_id,email,order_id,value",
}
TABLES = (
    "import_batch", "import_reject", "import_before", "customer", "customer_identity", "product", "orders", "order_line", "case",
    "case_report", "refund", "review", "survey_answer", "behaviour_event",
)  # fmt: skip
WORD = st.one_of(
    CELL, st.sampled_from(["5", "★★★★☆", "a@example.com", "requested", "closed/refunded", "nps", "#N/A", "1/2/2026"])
)


def whole_or_nothing(ctx: Context, file: Path, kind: str) -> None:
    """Nothing is raised; a refused file leaves every table as it was, and no rule of the database is broken."""
    result = import_files(ctx, [str(file)], Options(), OTHER_KINDS[kind]).files[0]
    with closing(sqlite3.connect(ctx.store)) as conn:
        counts = [conn.execute(f'SELECT COUNT(*) FROM "{table}"').fetchone()[0] for table in TABLES]
    if result.error is not None:
        assert str(result.error)
        assert not any(counts)
    breaks_no_rule(ctx)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(OTHER_KINDS)),
    st.sampled_from(BODIES + [f"{header}\n".encode() for header in HEADERS.values()]),
    st.integers(0, 1 << 30),
    st.binary(max_size=6),
    st.integers(0, 40),
)
def test_any_bytes_of_every_other_kind(kind: str, body: bytes, place: int, inserted: bytes, removed: int) -> None:
    """After-sales, reviews, customers, answers and events out of damaged exports of all kinds."""
    with tempfile.TemporaryDirectory() as name:
        (file := Path(name) / "any.csv").write_bytes(_damaged(body, place, inserted, removed))
        whole_or_nothing(store(Path(name)), file, kind)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(sorted(OTHER_KINDS)), st.lists(st.lists(WORD, min_size=10, max_size=10), max_size=6))
def test_any_cells_of_every_other_kind(kind: str, rows: list[list[str]]) -> None:
    """Generic rows of arbitrary cells under the names each kind has."""
    header = HEADERS[kind].split(",")
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([header, *(row[: len(header)] for row in rows)])
    with tempfile.TemporaryDirectory() as name:
        (file := Path(name) / "any.csv").write_bytes(buffer.getvalue().encode("utf-8", "surrogatepass"))
        whole_or_nothing(store(Path(name)), file, kind)


@pytest.mark.parametrize("character", list("\v\f\x1c\x85\u2028\u2029"))
def test_lines_that_end_in_no_line_end_are_said(tmp_path: Path, character: str) -> None:
    """Everything would be one header and nothing an order: refused with the character's name, not taken as empty."""
    file = tmp_path / "orders.csv"
    lines = ["order_id,ordered_at,paid,note", "1,2026-08-01 10:00,10.00,", "2,2026-08-01 10:00,10.00,"]
    file.write_text(character.join(lines), "utf-8", newline="")
    refused = import_files(store(tmp_path), [str(file)], Options(dry_run=True), ORDERS).files[0].error
    assert refused is not None
    assert (refused.code, refused.context["character"]) == ("import.line-ends", f"U+{ord(character):04X}")
    file.write_text(lines[0].replace("note", f"a{character}b") + "\n" + lines[1] + "\n", "utf-8", newline="")
    taken = import_files(store(tmp_path), [str(file)], Options(dry_run=True), ORDERS).files[0]
    assert (taken.error, taken.outcome.new) == (None, 1)
