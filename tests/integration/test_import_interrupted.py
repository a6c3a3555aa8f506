"""What is said when an import ends early or nobody hears its result: exactly what is stored and what is not."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from conftest import SOURCE, Run

ROWS = "order_id,ordered_at,paid\n{name}1,2026-08-01 10:00,10.00\n{name}2,2026-08-01 10:00,bad\n"


def numbers(shop: Run) -> str:
    """The stored orders."""
    return shop("order", "list", "--fields", "order").stdout


@pytest.fixture
def slow(home: Path) -> Path:
    """A second file that comes slowly: a pipe whose writer has said the header and waits."""
    (home / "a.csv").write_text(ROWS.format(name="A"), "utf-8")
    os.mkfifo(home / "slow.csv")
    return home


def run_until_second(slow: Path, *arguments: str) -> tuple[subprocess.Popen[str], int]:
    """The program waiting for the rest of its second file, and the writing end of that."""
    process = subprocess.Popen(
        [sys.executable, "-m", "shopcare", "import", "orders", *arguments, "slow.csv"],
        env={**os.environ, "PYTHONPATH": SOURCE, "HOME": str(slow)}, cwd=slow,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    end = os.open(slow / "slow.csv", os.O_WRONLY)  # returns when the program has opened it, so the file before is done
    os.write(end, ROWS.format(name="B").encode())
    return process, end


def test_files_done_before_ctrl_c_are_named(shop: Run, slow: Path) -> None:
    """Their counts, bad rows and rejects come out as ever, and the last word does not say that nothing was stored."""
    process, end = run_until_second(slow, "a.csv", "--rejects", "bad.csv")
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    os.close(end)
    assert process.returncode == 130
    assert out == "a.csv: 2 orders: 1 new, 0 changed, 0 unchanged, 1 rejected\n"
    assert "a.csv:3: " in err
    assert err.splitlines()[-2:] == [
        "error: Interrupted.",
        "The files named above are done and stay so; the file that was being imported and those after it are not.",
    ]
    assert "bad-amount" in (slow / "bad.csv").read_text("utf-8-sig")
    assert numbers(shop) == "A1\n"


def test_ctrl_c_in_the_first_file_leaves_the_store_as_it_was(shop: Run, slow: Path) -> None:
    """Nothing was stored before, so the sentence for that stands; so it does on a dry run."""
    for arguments in ((), ("a.csv", "--dry-run")):
        process, end = run_until_second(slow, *arguments)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        os.close(end)
        assert (process.returncode, out) == (130, "")
        assert err == "\nInterrupted; the store is as it was before this command.\n"
    assert numbers(shop) == ""


def test_a_store_that_fails_between_files_is_no_reason_to_hide_what_is_stored(shop: Run, slow: Path) -> None:
    """Somebody holds the store while the second file comes: exit 6, the first file in the result, no `nothing was written`."""
    process, end = run_until_second(slow, "a.csv", "--json")
    with closing(sqlite3.connect(slow / ".local/share/shopcare/shopcare.db", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        os.close(end)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 6, err
    assert [file["orders"]["new"] for file in json.loads(out)["files"]] == [1]
    said = json.loads(err)
    assert (said["code"], "nothing was written" in said["hint"]) == ("store.busy", False)
    assert numbers(shop) == "A1\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_lost_result_says_what_was_stored(shop: Run, home: Path) -> None:
    """An import whose report finds the disk full has stored; a dry run has not."""
    (home / "a.csv").write_text(ROWS.format(name="A"), "utf-8")
    said = []
    for more in (["--dry-run"], [], ["--json"]):
        with open("/dev/full", "w") as full:  # noqa: PTH123 - a device
            done = subprocess.run(
                [sys.executable, "-m", "shopcare", "import", "orders", "a.csv", *more], stdout=full, text=True,
                env={**os.environ, "PYTHONPATH": SOURCE, "HOME": str(home)}, cwd=home, stderr=subprocess.PIPE, check=False,
            )  # fmt: skip
        assert done.returncode == 74
        said.append("stored all the same" in done.stderr)
    assert said == [False, True, True]


def test_every_dry_run_says_so(shop: Run) -> None:
    """Whatever the command, its result is followed by the word that nothing was written."""
    for call in (
        ("shop", "add", "x", "--platform", "jd", "--currency", "CNY", "--tz", "UTC"), ("tier", "assign"), ("points", "award"),
    ):  # fmt: skip
        done = shop(*call, "--dry-run")
        assert (done.returncode, done.stderr.splitlines()[-1]) == (0, "Dry run: nothing was written.")
