"""The first big load of a store keeps another journal; whatever happens to it, nobody notices."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from conftest import SOURCE
from shopcare.services import order_imports
from shopcare.services.context import Context
from shopcare.services.file_imports import Options, import_files
from shopcare.services.order_imports import ORDERS
from shopcare.store import engine

#: Imports a file as a big one, with so few pages in memory that the file of the store is written to, and dies on the way.
DIES = """
import os, sys
from pathlib import Path
from shopcare.config import load
from shopcare.services import file_imports, order_imports
from shopcare.services.context import Context
from shopcare.store import engine
order_imports.BIG_FILE = 0
engine.BULK = engine.BULK.replace("-24000", "10")
ctx = Context(load(), Path(sys.argv[1]), 1_786_500_000, "test")
options = file_imports.Options()
killed = lambda _file, _done, _size, rows: rows > 3000 and os._exit(9)
file_imports.import_files(ctx, [sys.argv[2]], options, order_imports.ORDERS, progress=killed)
"""


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """An export of some thousand orders."""
    file = tmp_path / "orders.csv"
    rows = (f"N{number:06d},buyer-{number % 700},2026-08-01,paid,12.50,SKU-{number % 50}" for number in range(6000))
    file.write_text("\n".join(["order_id,customer_id,ordered_at,status,paid,sku", *rows, ""]), "utf-8")
    return file


def journal(store: Path) -> str:
    """The kind of journal a store keeps."""
    with closing(sqlite3.connect(store)) as conn:
        return str(conn.execute("PRAGMA journal_mode").fetchone()[0])


def orders(store: Path) -> int:
    """How many orders the program finds, reading."""
    with engine.reading(store) as conn:
        return int(conn.execute("SELECT COUNT(*) FROM orders").fetchone()[0])


def test_a_big_first_load_ends_in_the_usual_journal(
    ctx: Context, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Afterwards readers and a writer do not keep each other waiting."""
    monkeypatch.setattr(order_imports, "BIG_FILE", 0)
    assert import_files(ctx, [str(export)], Options(), ORDERS).files[0].outcome.new == 6000
    assert journal(ctx.store) == "wal"


def test_a_store_somebody_has_open_is_loaded_all_the_same(
    ctx: Context, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader in the middle of its reading keeps its view, and the load keeps the usual journal."""
    monkeypatch.setattr(order_imports, "BIG_FILE", 0)
    with engine.reading(ctx.store) as conn:
        assert conn.execute("SELECT COUNT(*) FROM orders").fetchone() == (0,)
        assert import_files(ctx, [str(export)], Options(), ORDERS).files[0].outcome.new == 6000
        assert conn.execute("SELECT COUNT(*) FROM orders").fetchone() == (0,)
    assert journal(ctx.store) == "wal"


def test_a_killed_first_load_leaves_the_store_as_it_was(ctx: Context, export: Path) -> None:
    """Killed with half of it in the file: a reader finds no order, and the same import then stores all of them."""
    said = subprocess.run(
        [sys.executable, "-c", DIES, str(ctx.store), str(export)], env={**os.environ, "PYTHONPATH": SOURCE}, check=False
    )
    left = ctx.store.with_name(ctx.store.name + "-journal")
    assert (said.returncode, left.exists()) == (9, True)
    assert orders(ctx.store) == 0
    assert not left.exists()
    assert import_files(ctx, [str(export)], Options(), ORDERS).files[0].outcome.new == 6000
    assert (orders(ctx.store), journal(ctx.store)) == (6000, "wal")
