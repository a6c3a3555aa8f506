"""`import formats new` as a person uses it: questions on a terminal, answers, changes of mind, Ctrl-C."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import shopcare

Run = Callable[..., subprocess.CompletedProcess[str]]
ORDERS = "Order Number;Bought on;Gross;Mail;State\nN1;2026-08-01;10.00;a@example.com;completed\nN2;2026-08-02;12.50;b@example.com;paid\n"
QUESTION = b"FIELD= for none): "
QUESTIONS = (QUESTION, b"leave it unknown): ")


def asked(shown: bytes) -> int:
    """How many questions were put."""
    return sum(map(shown.count, QUESTIONS))


def ends_in_a_question(shown: bytes) -> bool:
    """Whether an answer is waited for."""
    return shown.rstrip(b" ").endswith(tuple(question.rstrip(b" ") for question in QUESTIONS))


def answered(home: Path, answers: list[bytes], *arguments: str) -> tuple[int, str]:
    """Exit code and what was shown, when these answers are typed, one at each question."""
    main, side = pty.openpty()
    env = {
        **os.environ,
        "PYTHONPATH": str(Path(shopcare.__file__).parents[1]),
        "TERM": "xterm-256color",
        "COLUMNS": "120",
    }
    command = [sys.executable, "-m", "shopcare", "import", "formats", "new", *arguments]
    shown, left, deadline = b"", list(answers), time.monotonic() + 120
    with subprocess.Popen(
        command, cwd=home, env=env, stdin=side, stdout=side, stderr=side, start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - Ctrl-C needs it; there are no threads
    ) as process:  # fmt: skip
        os.close(side)
        key = b""
        try:
            while time.monotonic() < deadline:
                if not select.select([main], [], [], 1)[0]:
                    os.write(main, key)  # a key that came between the question and the wait for it went unheard
                    continue
                if not (block := os.read(main, 65536)):
                    break
                shown += block
                if left and asked(shown) == len(answers) - len(left) + 1 and ends_in_a_question(shown):
                    os.write(main, answer := left.pop(0))
                    key = answer if answer in (b"\x03", b"\x04") else b""
        except OSError:  # the other side is closed
            pass
        if time.monotonic() >= deadline:
            process.kill()
        code = process.wait(timeout=60)
    os.close(main)
    return code, shown.decode("utf-8", "replace")


@pytest.fixture
def home_with_file(shop: Run, home: Path) -> Path:
    """A store, and a file no format knows."""
    (home / "o.csv").write_text(ORDERS, "utf-8")
    return home


def written(home: Path) -> list[str]:
    """The format files there are, drafts too."""
    return sorted(path.name for path in home.rglob("formats/*"))


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [(b"\x03", 130, "Interrupted"), (b"\x04", 130, "Interrupted"), (b"n\n", 0, "Nothing was written")],
)
def test_leaving_writes_nothing(answer: bytes, code: int, said: str, home_with_file: Path) -> None:
    """Ctrl-C, the end of the input and a no leave no file, not even a draft."""
    done, shown = answered(home_with_file, [answer], "mine", "o.csv")
    assert (done, said in shown, "Traceback" in shown, written(home_with_file)) == (code, True, False, []), shown


def test_a_proposal_is_changed_until_it_is_right(home_with_file: Path, shop: Run) -> None:
    """Slips are answered with a sentence and the next question; what is written then works everywhere a shipped format does."""
    answers = [b"what\n", b"padi=Gross\n", b"paid=Nett\n", b"paid=\n", b"y\n", b"paid=Gross\n", b"email=\n", b"yes\n"]
    code, shown = answered(home_with_file, answers, "mine", "o.csv")
    assert (code, "Traceback" in shown) == (0, False), shown
    for said in ("'padi' is no field", "has no column 'Nett'", "No column of o.csv looks like paid", "Written:"):
        assert said in shown.replace("\r\n", " ")
    assert written(home_with_file) == ["mine.toml"]
    assert "mine" in shop("import", "formats").stdout
    one = shop("import", "formats", "show", "mine").stdout
    assert "Gross" in one
    assert "Mail" not in one.split("email")[-1].split("\n")[0]
    for more in ((), ("--platform", "mine")):
        result = shop("import", "orders", "o.csv", "--json", "--dry-run", *more)
        assert json.loads(result.stdout)["files"][0]["format"] == "mine", result.stderr


@pytest.mark.parametrize("name", ["mine", "taobao-orders", "Mine", "../mine", "a b", "", "-x"])
def test_a_name_that_cannot_be_had_is_refused_before_anything_is_asked(name: str, home_with_file: Path) -> None:
    """Taken by the operator or by a shipped format, or no name: no question is put, the file that is there stays."""
    assert answered(home_with_file, [b"y\n"], "mine", "o.csv")[0] == 0
    (path,) = home_with_file.rglob("formats/mine.toml")
    before = path.read_bytes()
    code, shown = answered(home_with_file, [b"y\n"], "--", name, "o.csv")
    assert (code, QUESTION.decode() in shown, path.read_bytes(), written(home_with_file)) == (
        5 if name in ("mine", "taobao-orders") else 2, False, before, ["mine.toml"]
    ), shown  # fmt: skip


def test_words_that_nobody_knows_are_asked_for(home_with_file: Path, shop: Run) -> None:
    """Each in turn, with what it may mean; Enter leaves one unknown, and imports list it."""
    words = ("versandt", "storniert", "grün")
    rows = "".join(f"N{i};2026-08-0{i};10.00;{word}\n" for i, word in enumerate(words, 1))
    (home_with_file / "w.csv").write_text("Order Number;Bought on;Gross;Status\n" + rows, "utf-8")
    code, shown = answered(home_with_file, [b"y\n", b"sent\n", b"shipped\n", b"cancelled\n", b"\n"], "mine", "w.csv")
    assert (code, "Traceback" in shown, "'versandt' cannot mean 'sent'" in shown) == (0, False, True), shown
    imported = json.loads(shop("import", "orders", "w.csv", "--json").stdout)["files"][0]
    assert (imported["format"], imported["unmapped"]) == ("mine", [{"status": "grün", "count": 1}])
    listed = shop("order", "list", "--fields", "order,status").stdout.split()
    assert sorted(listed) == sorted(["N1", "shipped", "N2", "cancelled", "N3", "unknown"])
