"""`shopcare import orders` as operators run it: texts, exit codes, rejects, interruption."""

from __future__ import annotations

import json
import os
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

Run = Callable[..., subprocess.CompletedProcess[str]]
FILES = Path(__file__).parent.parent / "importers"
INIT = ("init", "--shop", "till", "--platform", "generic", "--currency", "USD", "--tz", "Europe/Berlin")


@pytest.fixture
def shop(run: Run) -> Run:
    """The program over a fresh store with one generic shop."""
    assert run(*INIT).returncode == 0
    return run


def test_good_rows_are_stored_and_bad_ones_named(shop: Run, home: Path) -> None:
    """The counts on stdout, `file:line: reason` on stderr, exit 3."""
    rows = ["order_id,ordered_at,paid", "1,2026-08-01,4.50", "2,2026-08-01,4.505", "3,2026-08-01,1.00"]
    (home / "orders.csv").write_text("\n".join(rows))
    done = shop("import", "orders", "orders.csv")
    assert done.returncode == 3
    assert done.stdout == "3 orders: 2 new, 0 changed, 0 unchanged, 1 rejected\n"
    assert "orders.csv:3: paid: '4.505' has more than 2 decimals for USD\n" in done.stderr


def test_mended_rejects_can_be_imported(shop: Run, home: Path) -> None:
    """--rejects writes the bad rows in the input's own columns; mended, that file is taken as it is."""
    rows = ["order_id,ordered_at,paid,title", "1,2026-08-01,x,=1+1", "2,2026-08-01,1.00,b"]
    (home / "orders.csv").write_text("\n".join(rows))
    assert shop("import", "orders", "orders.csv", "--rejects", "bad.csv").returncode == 3
    text = (home / "bad.csv").read_text("utf-8-sig")
    assert text.splitlines() == [
        "order_id,ordered_at,paid,title,line,code,reason",
        "1,2026-08-01,x,'=1+1,2,bad-amount,paid: 'x' is not an amount",
    ]
    (home / "bad.csv").write_text(text.replace(",x,", ",2.00,"), "utf-8-sig")
    done = shop("import", "orders", "bad.csv", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["files"][0]["orders"] == {"new": 1, "changed": 0, "unchanged": 0}
    with closing(sqlite3.connect(next(home.rglob("shopcare.db")))) as conn:
        assert conn.execute("SELECT title FROM order_line ORDER BY title").fetchall() == [("=1+1",), ("b",)]


def test_rejects_of_several_files_can_be_imported_one_by_one(shop: Run, home: Path) -> None:
    """One file of bad rows per input that has any, each in its own columns; they are named on stderr."""
    (home / "a.csv").write_text("order_id,ordered_at,paid\n1,2026-08-01,x\n")
    (home / "b.csv").write_text("order_id,paid,ordered_at\n2,y,2026-08-01\n")
    (home / "c.csv").write_text("order_id,paid,ordered_at\n3,1.00,2026-08-01\n")
    done = shop("import", "orders", "a.csv", "b.csv", "c.csv", "--rejects", "bad.csv")
    assert done.returncode == 3
    assert sorted(path.name for path in home.glob("bad*")) == ["bad-a.csv", "bad-b.csv"]
    assert "b.csv: the rejected rows are in bad-b.csv\n" in done.stderr
    for name, cell in (("bad-a.csv", "x"), ("bad-b.csv", "y")):
        (home / name).write_text((home / name).read_text("utf-8-sig").replace(f",{cell},", ",2.00,", 1))
        assert shop("import", "orders", name).returncode == 0


def test_a_dry_run_writes_no_rejects(shop: Run, home: Path) -> None:
    """Neither a new file nor over an old one; the bad rows are named all the same."""
    (home / "a.csv").write_text("order_id,ordered_at,paid\n1,2026-08-01,x\n")
    (home / "old.csv").write_text("mended by hand\n")
    for name in ("old.csv", "new.csv"):
        done = shop("import", "orders", "a.csv", "--dry-run", "--rejects", name)
        assert (done.returncode, "a.csv:2: " in done.stderr) == (3, True)
    assert ((home / "old.csv").read_text(), (home / "new.csv").exists()) == ("mended by hand\n", False)


def test_no_rejects_no_file(shop: Run, home: Path) -> None:
    """Without bad rows a file of that name stays as it is; a device is written through."""
    (home / "good.csv").write_text("order_id,ordered_at,paid\n1,2026-08-01,1.00\n")
    (home / "wrong.csv").write_text("order_id,ordered_at,paid\n1,2026-08-01,x\n")
    (home / "bad.csv").write_text("kept")
    assert shop("import", "orders", "good.csv", "--rejects", "bad.csv").returncode == 0
    assert shop("import", "orders", "good.csv", "--rejects", "none.csv").returncode == 0
    assert (home / "bad.csv").read_text() == "kept"
    assert not (home / "none.csv").exists()
    assert "bad-amount" in shop("import", "orders", "wrong.csv", "--rejects", "/dev/stdout").stdout


def test_rejects_replace_neither_an_input_nor_a_store(shop: Run, home: Path) -> None:
    """The good rows of an input, and everything in a store, would be nowhere else; numbered names pass inputs over, too."""
    for name in ("a.csv", "b.csv", "bad-a.csv"):
        (home / name).write_text(f"order_id,ordered_at,paid\n{name},2026-08-01,5\nX,2026-08-01,many\n")
    (home / "link.csv").symlink_to("b.csv")
    (store,) = home.rglob("*.db")
    contents = {name: (home / name).read_bytes() for name in ("a.csv", "b.csv", "bad-a.csv")}
    shop("import", "orders", "a.csv")
    for place in ("b.csv", "./b.csv", "link.csv", str(store)):
        assert shop("import", "orders", "a.csv", "b.csv", "--rejects", place).returncode == 74
    assert shop("order", "list", "--output", str(store), "--format", "csv").returncode == 74
    assert shop("order", "list", "--json").returncode == 0
    assert shop("import", "orders", "a.csv", "b.csv", "bad-a.csv", "--rejects", "bad.csv").returncode == 3
    assert {name: (home / name).read_bytes() for name in contents} == contents


def test_rejects_that_cannot_be_written_are_refused_first(shop: Run, home: Path) -> None:
    """A folder that is not there, or a folder itself: exit 74, and nothing is imported."""
    (home / "good.csv").write_text("order_id,ordered_at,paid\n1,2026-08-01,1.00\n")
    for place in ("missing/bad.csv", "."):
        assert shop("import", "orders", "good.csv", "--rejects", place).returncode == 74
    assert shop("import", "list").stdout == ""


def test_json_has_every_promised_key(shop: Run) -> None:
    """One document with one entry per file; a refused file has its error."""
    done = shop(
        "import",
        "orders",
        str(FILES / "pdd/pdd_orders_export.csv"),
        str(FILES / "foreign/shape26_not_a_shop_file.csv"),
        "--json",
    )
    assert done.returncode == 3
    document = json.loads(done.stdout)
    assert document["schema"] == "shopcare.import.orders/1"
    good, bad = document["files"]
    assert {
        "file", "platform", "format", "encoding", "header_line", "rows", "orders", "rejected", "skipped", "batch", "shop",
        "warnings", "unmapped", "ignored_columns", "guests",
    } <= set(good)  # fmt: skip
    assert good["orders"] == {"new": 7, "changed": 0, "unchanged": 0}
    assert good["guests"] == 7
    assert set(bad["error"]) == {"code", "message", "hint"}


def test_standard_input_is_a_file(shop: Run) -> None:
    """`-` reads what is piped in."""
    done = shop("import", "orders", "-", stdin="order_id,ordered_at,paid\n1,2026-08-01,4.50\n")
    assert (done.returncode, done.stdout) == (0, "1 orders: 1 new, 0 changed, 0 unchanged, 0 rejected\n")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("no.csv",), 4),
        ((".",), 5),
        ((str(FILES / "foreign/enc09_png_named_csv.csv"),), 5),
        ((str(FILES / "pdd/pdd_orders_export.csv"), "--shop", "nobody"), 4),
        ((str(FILES / "pdd/pdd_orders_export.csv"), "--platform", "nothing"), 2),
        ((str(FILES / "pdd/pdd_orders_export.csv"), "--tz", "Mars/Olympus"), 2),
        ((str(FILES / "pdd/pdd_orders_export.csv"), "--column", "paid"), 2),
        ((str(FILES / "pdd/pdd_orders_export.csv"), "--column", "colour=gross"), 2),
        ((str(FILES / "pdd/pdd_orders_export.csv"), "--exported-at", "yesterday"), 2),
        ((str(FILES / "pdd/pdd_orders_export.csv"), "--exported-at", "2206-08-05"), 2),
    ],
)
def test_a_wrong_call_has_its_exit_code_and_stores_nothing(
    shop: Run, home: Path, arguments: tuple[str, ...], code: int
) -> None:
    """One sentence on stderr, no traceback, nothing in the store."""
    done = shop("import", "orders", *arguments)
    assert done.returncode == code, done.stderr
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr
    with closing(sqlite3.connect(next(home.rglob("shopcare.db")))) as conn:
        assert conn.execute("SELECT COUNT(*) FROM import_batch").fetchone() == (0,)


def test_a_wrong_option_points_to_the_help_of_its_own_command(shop: Run) -> None:
    """Every kind of import checks its options alike, and names itself."""
    done = shop("import", "reviews", str(FILES / "judgeme_reviews_export.csv"), "--exported-at", "yesterday")
    assert done.returncode == 2
    assert "shopcare import reviews --help" in done.stderr


def wait_until_locked(database: Path, process: subprocess.Popen[str]) -> None:
    """Return as soon as the process holds the store for writing."""
    with closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as conn:
        while process.poll() is None:
            try:
                conn.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return
            conn.execute("ROLLBACK")
            time.sleep(0.01)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_import_leaves_the_store_as_it_was(shop: Run, home: Path, how: signal.Signals) -> None:
    """Stopped in the middle of a file: not one order, and the next import takes all of them."""
    rows = [f"{number},2026-08-01,4.50,c{number},s{number % 7}" for number in range(250_000)]
    (home / "big.csv").write_text("order_id,ordered_at,paid,customer_id,sku\n" + "\n".join(rows) + "\n")
    command = [sys.executable, "-m", "shopcare", "import", "orders", "big.csv"]
    env = {**os.environ, "PYTHONPATH": str(Path(shopcare.__file__).parents[1]), "HOME": str(home)}
    process = subprocess.Popen(command, cwd=home, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    database = next(home.rglob("shopcare.db"))
    wait_until_locked(database, process)
    time.sleep(0.3)  # well inside the file
    assert process.poll() is None, "the import was over before it could be interrupted"
    process.send_signal(how)
    _out, errors = process.communicate(timeout=60)
    assert "Traceback" not in errors
    assert process.returncode == (130 if how is signal.SIGINT else -signal.SIGKILL)
    with closing(sqlite3.connect(database)) as conn:
        assert conn.execute("SELECT COUNT(*) FROM orders").fetchone() == (0,)
        assert conn.execute("SELECT COUNT(*) FROM customer").fetchone() == (0,)
        assert conn.execute("SELECT COUNT(*) FROM sqlite_master WHERE name = 'ix_orders_customer'").fetchone() == (1,)
    done = shop("import", "orders", "big.csv")
    assert done.stdout.startswith("250000 orders: 250000 new"), done.stderr
