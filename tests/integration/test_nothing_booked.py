"""A line that is refused has booked nothing, whatever it was refused for."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from conftest import SOURCE, Run

WRITING = {
    "shop add": ["shop", "add", "second", "--platform", "pdd", "--currency", "CNY", "--tz", "UTC"],
    "case open": ["case", "open", "N1", "--kind", "inquiry", "--reason", "asks"],
    "case move": ["case", "move", "A1", "approve"],
    "case close": ["case", "close", "A1", "--outcome", "explained"],
    "points award": ["points", "award", "amy", "100", "--reason", "sorry"],
    "points award all": ["points", "award"],
    "points redeem": ["points", "redeem", "amy", "100"],
    "tier assign": ["tier", "assign"],
}
WRONG = {
    "--fields bogus": (2, ["--fields", "bogus"]),
    "--format xml": (2, ["--format", "xml"]),
    "--json --format csv": (2, ["--json", "--format", "csv"]),
    "--output to no folder": (74, ["--output", "no/such/folder.csv"]),
    "--output to a folder": (74, ["--output", "."]),
    "--output of no form": (2, ["--output", "table.xlsx"]),
}


@pytest.fixture
def desk(shop: Run, home: Path) -> Run:
    """A store with an order of amy, an open case and points to redeem."""
    (home / "orders.csv").write_text("order_id,customer_id,ordered_at,status,paid\nN1,amy,2026-06-01,completed,300\n")
    for line in (
        ["import", "orders", "orders.csv"],
        ["case", "open", "N1", "--kind", "inquiry", "--reason", "first"],
        ["points", "award", "amy", "200", "--reason", "welcome"],
    ):
        done = shop(*line)
        assert done.returncode == 0, done.stderr
    return shop


def dump(home: Path) -> str:
    """The whole store as text."""
    with closing(sqlite3.connect(home / ".local/share/shopcare/shopcare.db")) as conn:
        return "\n".join(conn.iterdump())


def test_output_options_are_checked_before_anything_is_booked(desk: Run, home: Path) -> None:
    """Every writing command refuses every wrong output option with its code and an unchanged store."""
    before = dump(home)
    for name, command in WRITING.items():
        for wrong, (code, options) in WRONG.items():
            done = desk(*command, *options)
            assert (done.returncode, done.stdout) == (code, ""), (name, wrong, done.stderr)
            assert dump(home) == before, (name, wrong)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_lost_answer_says_that_the_work_is_done(desk: Run, home: Path) -> None:
    """When stdout is full after the commit, the operator is told not to run the command again."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "shopcare", *WRITING["points award"]],
            env={**os.environ, "PYTHONPATH": SOURCE, "HOME": str(home)}, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 74
    assert "do not run it again" in done.stderr


def test_only_files_are_replaced(desk: Run, home: Path) -> None:
    """--output follows a link and writes through a pipe or a device instead of putting a file in its place."""
    (home / "real.csv").write_text("old")
    (home / "link.csv").symlink_to("real.csv")
    assert desk("shop", "list", "--output", "link.csv").returncode == 0
    assert (home / "link.csv").is_symlink()
    assert (home / "real.csv").read_text().startswith("name,platform")
    done = desk("shop", "list", "--output", "/dev/stdout", "--format", "csv")
    assert done.stdout.startswith("name,platform")
    assert Path("/dev/stdout").is_symlink() or not Path("/dev/stdout").is_file()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("words", [["--help"], ["--version"], ["case", "open", "--help"]], ids=" ".join)
def test_help_on_a_full_device_is_no_bug(run: Run, home: Path, words: list[str]) -> None:
    """Help and version pages meet a full disk like any other output."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "shopcare", *words],
            env={**os.environ, "PYTHONPATH": SOURCE, "HOME": str(home)}, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert (done.returncode, "Traceback" in done.stderr) == (74, False)


def test_a_terminal_without_the_characters_shows_escapes(desk: Run) -> None:
    """An ASCII-only output shows what it cannot draw as escapes, and the command succeeds."""
    done = desk(
        "shop",
        "add",
        "\u5e97",
        "--platform",
        "pdd",
        "--currency",
        "CNY",
        "--tz",
        "UTC",
        env={"PYTHONIOENCODING": "ascii"},
    )
    assert done.returncode == 0, done.stderr
    assert "\\u5e97" in done.stdout


def test_a_store_that_is_a_folder_is_said_to_be_one(run: Run, home: Path) -> None:
    """A folder in place of the store is exit 6 for reading and for creating."""
    (home / "folder").mkdir()
    done = run("shop", "list", "--store", "folder")
    assert (done.returncode, "folder" in done.stderr) == (6, True)
