"""Standard streams that are closed or full: an exit code that tells, never a traceback, and no file of ours in their place."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import SOURCE, Run

ROWS = "order_id,ordered_at,paid\n1,2026-08-01 10:00,10.00\n2,2026-08-01 10:00,bad\n"


def by_shell(home: Path, command: str) -> subprocess.CompletedProcess[str]:
    """The program as a shell starts it, with the redirections of the line."""
    return subprocess.run(
        ["/bin/sh", "-c", f'"{sys.executable}" -m shopcare {command}'], capture_output=True, text=True, check=False, cwd=home,
        env={**os.environ, "PYTHONPATH": SOURCE, "HOME": str(home)}, timeout=120,
    )  # fmt: skip


@pytest.fixture
def file(shop: Run, home: Path) -> Path:
    """A store, and an export with one good row and one bad one."""
    (home / "o.csv").write_text(ROWS, "utf-8")
    return home


def test_a_closed_stdout_is_output_that_cannot_be_written(file: Path, shop: Run) -> None:
    """Exit 74 like a full disk, with what was stored said; help and version too."""
    said = by_shell(file, "import orders o.csv >&-")
    assert (said.returncode, "stored all the same" in said.stderr) == (74, True)
    assert shop("order", "list", "--fields", "order").stdout == "1\n"
    for command in ("order list", "--help", "--version", "import formats"):
        done = by_shell(file, command + " >&-")
        assert (done.returncode, done.stderr.splitlines()) == (
            74,
            ["error: Cannot write the output: Bad file descriptor."],
        )


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_reader_that_left_is_told_by_the_exit_code(file: Path, form: list[str]) -> None:
    """An import into a pipe that nobody reads any more: 141 as for every command, and bad rows are named all the same."""
    source, sink = os.pipe()
    os.close(source)
    done = subprocess.run(
        [sys.executable, "-m", "shopcare", "import", "orders", "o.csv", *form], stdout=sink, stderr=subprocess.PIPE,
        text=True, check=False, cwd=file, env={**os.environ, "PYTHONPATH": SOURCE, "HOME": str(file)}, timeout=120,
    )  # fmt: skip
    os.close(sink)
    assert done.returncode == 141
    assert ("o.csv:3: " in done.stderr) is not bool(form)


def test_a_closed_stdin_is_an_empty_one(file: Path) -> None:
    """`-` finds nothing to read and says so in a sentence."""
    done = by_shell(file, "import orders - <&-")
    assert (done.returncode, done.stderr.splitlines()[0]) == (5, "error: - is empty.")
    assert by_shell(file, "order list <&-").returncode == 0


@pytest.mark.parametrize("where", ["2>&-", "2>/dev/full"])
def test_a_lost_message_does_not_hide_what_happened(file: Path, shop: Run, where: str) -> None:
    """Where stderr takes nothing, the exit code of a refusal and of bad rows is still theirs."""
    if "full" in where and not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    assert by_shell(file, f"order show 77 {where}").returncode == 4
    assert by_shell(file, f"order list --formt x {where}").returncode == 2
    assert by_shell(file, f"import orders nothing.csv {where}").returncode == 4
    done = by_shell(file, f"import orders o.csv {where}")
    assert (done.returncode, done.stdout) == (3, "2 orders: 1 new, 0 changed, 0 unchanged, 1 rejected\n")
    assert shop("db", "check").returncode == 0


def test_no_file_of_ours_takes_the_place_of_a_closed_stream(file: Path, shop: Run) -> None:
    """With all three closed the store is not what stdout or stderr write to."""
    assert by_shell(file, "import orders o.csv <&- >&- 2>&-").returncode == 74
    assert shop("db", "check").returncode == 0
    assert shop("order", "list", "--fields", "order").stdout == "1\n"
