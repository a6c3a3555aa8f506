"""A big first load is read by a second process: everything it says and stores is what one process says and stores."""

from __future__ import annotations

import csv
import gzip
import io
import os
import signal
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings

import export_books as books
from importers.test_arrival import store
from importers.test_by_column import FILES_OF_ORDERS, HEADER
from importers.test_export_files import FILES
from shopcare.importers.orders import reading_process
from shopcare.importers.rows.tally import Reject
from shopcare.render.imports import json_text
from shopcare.services import order_imports
from shopcare.services.context import Context
from shopcare.services.file_imports import Options, import_files
from shopcare.services.order_imports import ORDERS
from shopcare.store import engine

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


class Rejects:
    """A rejects file that is only listened to."""

    def __init__(self) -> None:
        self.rows: list[object] = []

    def start(self, file: str, header: object, exported: str = "", date_order: str = "") -> None:
        """A file begins."""
        self.rows.append((file, header, exported, date_order))

    def add(self, reject: Reject, cells: object) -> None:
        """One bad row."""
        self.rows.append((reject, cells))


def outcome(file: Path, *, ahead: bool, block: int = 1 << 18, buyers: int = 250_000) -> tuple[object, ...]:
    """Everything an import of one file says and leaves behind; `ahead`: read by a second process."""
    with (
        tempfile.TemporaryDirectory() as name,
        patch("shopcare.importers.text.sheet.BLOCK_BYTES", block),
        patch("shopcare.importers.text.sheet.BATCH_ROWS", max(block // 60, 1)),
        patch("shopcare.importers.orders.stream.FEWEST_ROWS", 2),
        patch("shopcare.importers.orders.buyers.REMEMBERED", buyers),
        patch.object(order_imports, "BIG_FILE", 0),
        patch.object(reading_process, "is_possible", lambda: ahead),
    ):
        ctx, rejects = store(Path(name)), Rejects()
        result = import_files(ctx, [str(file)], Options(), ORDERS, rejects=rejects)
        return json_text(result, "orders"), rejects.rows, left_in(ctx.store)


def left_in(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of a store."""
    with closing(sqlite3.connect(path)) as conn:
        tables = [name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return {name: conn.execute(f'SELECT * FROM "{name}"').fetchall() for name in tables}


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    """No process is left after any of these tests, not even a dead one."""
    yield
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_second_process_changes_nothing(file: Path) -> None:
    """Every sample: the same store to the last row, the same JSON, the same rejects."""
    assert outcome(file, ahead=True, block=700) == outcome(file, ahead=False, block=700)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(FILES_OF_ORDERS)
def test_any_file_is_read_the_same(orders: list[tuple[tuple[str, ...], list[tuple[str, ...]]]]) -> None:
    """Whatever is wrong in a file, and even when hardly any buyer is remembered."""
    buffer = io.StringIO(newline="")
    write = csv.writer(buffer, lineterminator="\n").writerow
    write(HEADER)
    for place, (order, lines) in enumerate(orders):
        for line in lines:
            write([f"N{place * 7 % 23:03d}", *order, *line])
    with tempfile.TemporaryDirectory() as name:
        (file := Path(name) / "orders.csv").write_text(buffer.getvalue(), "utf-8")
        assert outcome(file, ahead=True, block=150, buyers=3) == outcome(file, ahead=False, block=150, buyers=3)


ROWS = [books.HEADER, *((f"N{number:05d}", "2026-08-01", "4.50") for number in range(3000))]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv.gz", gzip.compress(books.csv_text(ROWS))), ("a.zip", books.zipped({"a.csv": books.csv_text(ROWS)})),
        ("a.xlsx", books.xlsx({"S": ROWS})), ("a.csv", books.csv_text(ROWS).decode().encode("utf-16")),
    ],
)  # fmt: skip
def test_whatever_it_is_packed_in(name: str, content: bytes, tmp_path: Path) -> None:
    """What was unpacked into a temporary file is read there by the other process."""
    (file := tmp_path / name).write_bytes(content)
    found = outcome(file, ahead=True)
    assert found == outcome(file, ahead=False)
    assert '"new": 3000' in str(found[0])


def big(ctx: Context, tmp_path: Path, rows: list[Any]) -> Any:
    """The result of importing rows as a big file with a second process."""
    (file := tmp_path / "big.csv").write_bytes(books.csv_text(rows))
    with patch.object(order_imports, "BIG_FILE", 0), patch.object(reading_process, "is_possible", lambda: True):
        return import_files(ctx, [str(file)], Options(), ORDERS).files[0]


@pytest.mark.parametrize(
    "rows",
    [
        [*ROWS, ("N00001", "2026-08-01", "4.50")], [*ROWS, ("X", "2026-08-01", 'open"')],
        [*ROWS, ("X1", "03/04/2026", "4.50"), ("X2", "13/04/2026", "4.50")], [*ROWS, ("X1", "03/04/2026", "4.50")],
        [*ROWS[:2000], ("X", "", ""), *ROWS[2000:], ("X", "2026-08-01", "1.00")],
    ],
    ids=["scattered order", "open quote", "date order", "ambiguous date", "set aside and again"],
)  # fmt: skip
def test_what_is_found_late_ends_as_ever(rows: list[Any], tmp_path: Path) -> None:
    """Refusals and new beginnings that only the last rows ask for."""
    text = "\n".join(",".join(row) for row in rows) + "\n"
    (file := tmp_path / "orders.csv").write_text(text, "utf-8")
    assert outcome(file, ahead=True) == outcome(file, ahead=False)


def test_a_killed_reader_is_said(ctx: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system kills the reading process for want of memory: the file is refused, nothing of it is stored."""
    before, storing = left_in(ctx.store), os.getpid()
    taken = reading_process._Sender._found

    def killed(sender: Any, found: Any) -> None:
        taken(sender, found)
        assert os.getpid() != storing
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(reading_process._Sender, "_found", killed)
    result = big(ctx, tmp_path, ROWS)
    assert isinstance(result.error, reading_process.ReadingStoppedError)
    assert left_in(ctx.store) == before


def test_a_full_disk_ends_both(ctx: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The storing process gives up while the other one still has much to say."""
    before = left_in(ctx.store)
    monkeypatch.setattr(engine, "BULK", engine.BULK + "PRAGMA max_page_count = 100;")
    with pytest.raises(engine.StoreUnusable, match="full"):
        big(ctx, tmp_path, [*ROWS, *((f"P{number:06d}", "2026-08-01", "4.50") for number in range(20_000))])
    assert left_in(ctx.store) == before


def test_a_bug_in_the_reader_is_shown(ctx: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is raised there is raised here, with the place it comes from."""
    monkeypatch.setattr(reading_process._Sender, "_found", lambda *_anything: 1 // 0)
    with pytest.raises(ZeroDivisionError) as raised:
        big(ctx, tmp_path, ROWS)
    assert "send_all" in raised.value.__notes__[0]


def test_an_interrupted_import_takes_the_reader_along(ctx: Context, tmp_path: Path) -> None:
    """Ctrl-C in the storing process: the store is as it was."""
    before = left_in(ctx.store)

    def interrupt(*_anything: object) -> None:
        raise KeyboardInterrupt

    (file := tmp_path / "big.csv").write_bytes(books.csv_text(ROWS))
    with (
        patch.object(order_imports, "BIG_FILE", 0), patch.object(reading_process, "is_possible", lambda: True),
        patch("shopcare.services.order_writing.NewOrders.insert_columns", interrupt), pytest.raises(KeyboardInterrupt),
    ):  # fmt: skip
        import_files(ctx, [str(file)], Options(), ORDERS)
    assert left_in(ctx.store) == before


def test_a_machine_full_of_processes_needs_only_one(
    ctx: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no process may be started any more the file is read by the one there is."""

    def refused() -> int:
        raise BlockingIOError

    monkeypatch.setattr(os, "fork", refused)
    result = big(ctx, tmp_path, ROWS)
    assert (result.error, result.outcome.new, result.tally.rows) == (None, 3000, 3000)
