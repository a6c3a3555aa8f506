"""Cases when processes meet or die: money is never given back twice, and nothing is half written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from case_store import at, case_store, closed, dump, opened, rows

CLOSE = """
import sys
from pathlib import Path
from case_store import at, closed
from shopcare.errors import ShopcareError
store, case, refund = sys.argv[1:4]
ctx = at(Path(store))
print("ready", flush=True)
sys.stdin.readline()
try:
    closed(ctx, case, "refunded", refund)
except ShopcareError as refusal:
    sys.exit(refusal.exit_code)
"""

DIE = """
import os, signal, sys
from pathlib import Path
from case_store import at, closed
from shopcare.services import cases
def die(*_arguments, **_named):
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[3] == "before the audit row":
    cases.record = die
elif sys.argv[3] == "after the refund":
    cases.set_counted = die
else:
    cases.queries.insert_refund = die
closed(at(Path(sys.argv[1])), sys.argv[2], "refunded")
"""


def child(program: str, *arguments: str) -> subprocess.Popen[str]:
    """A Python process with the same import path."""
    environment = {"PYTHONPATH": ":".join(sys.path), "HOME": "/nonexistent"}
    return subprocess.Popen(
        [sys.executable, "-c", program, *arguments], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )  # fmt: skip


def test_two_processes_cannot_refund_more_than_was_paid(tmp_path: Path) -> None:
    """Two cases of one order of 110.00, 60.00 each, closed at the same moment: one is refused, whichever."""
    store = case_store(tmp_path / "store.db")
    both = [child(CLOSE, str(store), opened(at(store), "complaint"), "60") for _ in range(2)]
    for process in both:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in both:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    codes = sorted(process.wait(60) for process in both)
    for process in both:
        process.communicate()
    assert codes == [0, 5]
    assert rows(store, "SELECT SUM(amount_minor), COUNT(*) FROM refund") == [(6_000, 1)]
    assert rows(store, "SELECT COUNT(*) FROM \"case\" WHERE stage = 'closed'") == [(1,)]


def test_one_case_is_closed_by_one_process(tmp_path: Path) -> None:
    """The same case closed by two at once: the second is refused and pays nothing."""
    store = case_store(tmp_path / "store.db")
    case = opened(at(store), "complaint")
    both = [child(CLOSE, str(store), case, "1") for _ in range(2)]
    codes = []
    for process in both:
        process.communicate("\n", timeout=60)
        codes.append(process.returncode)
    assert sorted(codes) == [0, 5]
    assert rows(store, "SELECT SUM(amount_minor) FROM refund") == [(100,)]


@pytest.mark.parametrize("moment", ["before the refund", "after the refund", "before the audit row"])
def test_killed_while_closing_is_as_if_never_begun(tmp_path: Path, moment: str) -> None:
    """A process killed at any statement leaves the case open and no money gone; running again does it all."""
    store = case_store(tmp_path / "store.db")
    case = opened(at(store), "return_refund", "TEE:1")
    before = dump(store)
    process = child(DIE, str(store), case, moment)
    process.communicate(timeout=60)
    assert process.returncode == -9
    assert dump(store) == before
    assert closed(at(store), case, "refunded")["refund_minor"] == 2_000
