"""Start-up times as multiples of `python -c pass`, all measured in one run, commands in turn.

    python benchmarks/startup.py [--rounds 15]

Run by hand in the environment to be measured, best on a quiet machine. Prints the median of each command and its ratio to
the median of the bare interpreter, beside the budget. Piped figures write to a pipe; "terminal" figures to a pseudo
terminal. `sqlite-utils` is measured as well when it is installed.
"""

from __future__ import annotations

import argparse
import os
import pty
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SHOPCARE = str(Path(sys.executable).with_name("shopcare"))


def piped(command: list[str], env: dict[str, str]) -> float:
    """Wall seconds of one run with stdout and stderr read through pipes."""
    start = time.perf_counter()
    subprocess.run(command, env=env, capture_output=True, check=False)
    return time.perf_counter() - start


def on_terminal(command: list[str], env: dict[str, str]) -> float:
    """Wall seconds of one run whose output is a pseudo terminal."""
    main, side = pty.openpty()
    start = time.perf_counter()
    with subprocess.Popen(command, env=env, stdout=side, stderr=side, stdin=side):
        os.close(side)
        try:
            while os.read(main, 65536):
                pass
        except OSError:
            pass
    seconds = time.perf_counter() - start
    os.close(main)
    return seconds


def prepare(folder: Path) -> dict[str, str]:
    """A store with some orders and a case, and an environment that points to it."""
    env = dict(os.environ, HOME=str(folder), TERM="xterm-256color", LC_ALL="C.UTF-8")
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "SHOPCARE_STORE", "PYTHONPATH"):
        env.pop(name, None)
    orders = folder / "orders.csv"
    rows = "".join(f"N{n},buyer{n % 20},2026-0{n % 8 + 1}-11 10:00:00,completed,{n}.50\n" for n in range(1, 101))
    orders.write_text("order_id,customer_id,ordered_at,status,paid\n" + rows)
    for command in (
        ["init", "--shop", "bench", "--platform", "generic", "--currency", "CNY", "--tz", "Asia/Shanghai"],
        ["import", "orders", str(orders)],
        ["case", "open", "N5", "--kind", "inquiry", "--reason", "benchmark"],
    ):
        subprocess.run([SHOPCARE, *command], env=env, check=True, capture_output=True)
    return env


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        env = prepare(Path(folder))
        store = f"{folder}/.local/share/shopcare/shopcare.db"
        write = [SHOPCARE, "case", "open", "N6", "--kind", "inquiry", "--reason", "benchmark"]
        measured = [
            ("python -c pass", None, piped, [sys.executable, "-c", "pass"]),
            ("--version", 1.3, piped, [SHOPCARE, "--version"]),
            ("TAB on a case id", 2.2, piped, [SHOPCARE, "__complete", "case", "A"]),
            ("--help", 6.0, piped, [SHOPCARE, "--help"]),
            ("read, piped", 6.5, piped, [SHOPCARE, "order", "list"]),
            ("read on a terminal", 10.5, on_terminal, [SHOPCARE, "case", "list"]),
            ("report, piped", None, piped, [SHOPCARE, "report", "retention", "--json"]),
            ("single write", 40.0, piped, write),
        ]
        peer = shutil.which("sqlite-utils", path=str(Path(sys.executable).parent))
        if peer:
            measured.append(("sqlite-utils rows", None, piped, [peer, "rows", store, "orders"]))
        seconds: dict[str, list[float]] = {name: [] for name, *_ in measured}
        for _round in range(rounds):
            for name, _budget, run, command in measured:
                seconds[name].append(run(command, env))
        base = statistics.median(seconds["python -c pass"])
        print(f"{'command':22}{'median ms':>10}{'ratio':>8}{'budget':>8}")
        for name, budget, _run, _command in measured:
            median = statistics.median(seconds[name])
            print(f"{name:22}{median * 1000:10.1f}{median / base:8.2f}{budget or '':>8}")


if __name__ == "__main__":
    main()
