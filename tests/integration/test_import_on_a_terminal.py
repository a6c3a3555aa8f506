"""The bar of an import: on a terminal only, and Ctrl-C under it; what an import does not load."""

from __future__ import annotations

import os
import pty
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

import shopcare
from export_books import HEADER, csv_text, xlsx
from tests_support import modules_loaded

Run = Callable[..., subprocess.CompletedProcess[str]]
ROWS = [HEADER, *((f"N{number}", "2026-08-01", "4.50") for number in range(60_000))]


def on_terminal(home: Path, file: str, *, interrupt: bool) -> tuple[int, str]:
    """Exit code of an import whose errors go to a terminal, and what was drawn; Ctrl-C as soon as the bar is there."""
    main, side = pty.openpty()
    env = {
        **os.environ,
        "PYTHONPATH": str(Path(shopcare.__file__).parents[1]),
        "TERM": "xterm-256color",
        "COLUMNS": "100",
    }
    command = [sys.executable, "-m", "shopcare", "import", "orders", file]
    drawn = b""
    with subprocess.Popen(
        command, cwd=home, env=env, stdin=side, stdout=subprocess.DEVNULL, stderr=side, start_new_session=True
    ) as process:
        os.close(side)
        deadline = time.monotonic() + 120
        try:
            while time.monotonic() < deadline and (block := os.read(main, 65536)):
                drawn += block
                if interrupt and file.encode() in drawn:
                    os.killpg(process.pid, signal.SIGINT)
                    interrupt = False
        except OSError:  # the other side is closed
            pass
        code = process.wait(timeout=60)
    os.close(main)
    return code, drawn.decode("utf-8", "replace")


@pytest.mark.parametrize("name", ["big.csv", "big.xlsx"])
def test_a_bar_on_a_terminal_and_ctrl_c_under_it(shop: Run, home: Path, name: str) -> None:
    """Interrupted: exit 130 and nothing stored. Left alone: rows per second are shown and everything is stored."""
    (home / name).write_bytes(csv_text(ROWS) if name == "big.csv" else xlsx({"Sheet1": ROWS}))
    database = next(home.rglob("shopcare.db"))
    code, drawn = on_terminal(home, name, interrupt=True)
    assert (code, "Traceback" in drawn) == (130, False), drawn
    with closing(sqlite3.connect(database)) as conn:
        assert conn.execute("SELECT COUNT(*) FROM orders").fetchone() == (0,)
        assert conn.execute("SELECT COUNT(*) FROM import_batch").fetchone() == (0,)
    code, drawn = on_terminal(home, name, interrupt=False)
    assert code == 0, drawn
    assert "rows/s" in drawn
    assert re.search(r"[0-9]:[0-5][0-9]:[0-5][0-9]", drawn), "the time left"
    with closing(sqlite3.connect(database)) as conn:
        assert conn.execute("SELECT COUNT(*) FROM orders").fetchone() == (60_000,)


def test_the_reader_of_workbooks_is_loaded_for_workbooks_only(shop: Run, home: Path) -> None:
    """A list and an import of text load none of it; in a pipe nothing is drawn."""
    (home / "a.csv").write_bytes(csv_text())
    containers = "shopcare.importers.containers"
    extra = {"python_calamine", f"{containers}.workbook", f"{containers}.spreadsheetml", "zipfile", "rich"}
    assert not modules_loaded(shop, "import", "orders", "a.csv") & extra
    assert not modules_loaded(shop, "order", "list") & extra
    assert "\x1b" not in shop("import", "orders", "a.csv").stderr
