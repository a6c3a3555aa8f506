"""An import that is ended from outside at any moment: all of a file is stored or nothing, and nothing is left lying about."""

from __future__ import annotations

import gzip
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

import export_books as books
import shopcare

Run = Callable[..., subprocess.CompletedProcess[str]]
ROWS = [books.HEADER, *((f"N{number}", "2026-08-01", "4.50") for number in range(20_000))]
FILES = {
    "a.csv": lambda: books.csv_text(ROWS),
    "a.csv.gz": lambda: gzip.compress(books.csv_text(ROWS)),
    "a.xlsx": lambda: books.xlsx({"S": ROWS}),
    "a.ods": lambda: books.ods(ROWS),
}
MOMENTS = 3


def stored(home: Path) -> tuple[int, int]:
    """Orders and batches; the database is whole."""
    with closing(sqlite3.connect(next(home.rglob("shopcare.db")))) as conn:
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        orders = conn.execute("SELECT COUNT(*) FROM orders").fetchone()[0]
        return orders, conn.execute("SELECT COUNT(*) FROM import_batch").fetchone()[0]


def helpers_of(temporary: Path) -> list[str]:
    """Processes that still read a workbook for an import of this test."""
    mark = f"TMPDIR={temporary}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if (
                mark in (folder / "environ").read_bytes()
                and (folder / "stat").read_text().split(")")[-1].split()[0] != "Z"
            ):
                found.append((folder / "cmdline").read_text())
        except OSError:
            continue
    return found


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc to see what is left")
@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda sent: sent.name)
def test_ended_at_any_moment(sent: signal.Signals, name: str, shop: Run, home: Path, tmp_path: Path) -> None:
    """Nothing of the file is stored, or all of it; no temporary file and no process stays; the next import takes it whole."""
    (home / name).write_bytes(FILES[name]())
    (temporary := tmp_path / "temporary").mkdir()
    env = {**os.environ, "PYTHONPATH": str(Path(shopcare.__file__).parents[1]), "TMPDIR": str(temporary)}
    command = [sys.executable, "-m", "shopcare", "import", "orders", name]
    moments = random.Random(f"{sent}{name}")  # noqa: S311 - which moments does not matter
    for _attempt in range(MOMENTS):
        with subprocess.Popen(command, cwd=home, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            time.sleep(moments.uniform(0.1, 0.8))
            process.send_signal(sent)
            check_what_is_left(process, sent, home, temporary, rows=20_000)
    assert shop("import", "orders", name).returncode == 0
    assert stored(home) == (20_000, 1)


def check_what_is_left(
    process: subprocess.Popen[bytes], sent: signal.Signals, home: Path, temporary: Path, *, rows: int
) -> None:
    """All or nothing is stored; no process and no file stays."""
    _out, said = process.communicate(timeout=60)
    assert not (b"Traceback" in said and b"shopcare/cli" in said), said
    assert process.returncode in (0, 130, -sent)
    assert stored(home) in ((0, 0), (rows, 1))
    deadline = time.monotonic() + 5
    while helpers_of(temporary) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert (helpers_of(temporary), list(temporary.iterdir())) == ([], [])


#: The program, taking every file for a big one and every machine for one with two processors.
READS_AHEAD = """
from shopcare.importers.orders import reading_process
from shopcare.services import order_imports
order_imports.BIG_FILE = 0
reading_process.is_possible = lambda: True
from shopcare.__main__ import main
main()
"""


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc to see what is left")
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda sent: sent.name)
def test_ended_while_a_second_process_reads(sent: signal.Signals, shop: Run, home: Path, tmp_path: Path) -> None:
    """Ctrl-C reaches both processes, other signals the storing one only; the reading one never outlives it."""
    rows = [books.HEADER, *((f"N{number}", "2026-08-01", "4.50") for number in range(60_000))]
    (home / "a.csv").write_bytes(books.csv_text(rows))
    (temporary := tmp_path / "temporary").mkdir()
    env = {**os.environ, "PYTHONPATH": str(Path(shopcare.__file__).parents[1]), "TMPDIR": str(temporary)}
    command = [sys.executable, "-c", READS_AHEAD, "import", "orders", "a.csv"]
    moments = random.Random(f"{sent}")  # noqa: S311 - which moments does not matter
    for _attempt in range(MOMENTS):
        with subprocess.Popen(
            command, cwd=home, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
        ) as process:
            deadline = time.monotonic() + 20
            while len(helpers_of(temporary)) < 2 and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.01)
            time.sleep(moments.uniform(0, 0.4))
            if process.poll() is None:
                os.killpg(process.pid, sent) if sent == signal.SIGINT else process.send_signal(sent)
            check_what_is_left(process, sent, home, temporary, rows=60_000)
    assert shop("import", "orders", "a.csv").returncode == 0
    assert stored(home) == (60_000, 1)
