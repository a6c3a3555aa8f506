"""Import of generic order lines beside `sqlite3 .import` of the same file into a keyed, indexed table, in one run.

    python benchmarks/import_orders.py                     # 10^6 rows, one line per order, 2*10^5 customers
    python benchmarks/import_orders.py --lines 3           # one to three lines per order
    python benchmarks/import_orders.py --rows 10000 100000 1000000 10000000
    python benchmarks/import_orders.py --peer sqlite-utils

Prints wall and CPU seconds (of all processes), CPU microseconds per row, peak memory (the sum over all processes; what they
share counts once) and how many times the wall and CPU seconds of `sqlite3 .import` that is: for a first import, a second one
of the same file, and for `sqlite-utils insert --csv` if its program is named. A fifth as many customers as rows. Needs Linux,
the `sqlite3` program, and two gigabytes for 10^7 rows. Wall seconds mean something only while nothing else runs.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

HEADER = (
    "order_id,customer_id,ordered_at,status,currency,paid,refunded,freight,discount,paid_at,shipped_at,completed_at,"
    "line_id,sku,title,category,quantity,unit_price,channel,payment_method"
)
TABLE = """
CREATE TABLE t ({columns}, PRIMARY KEY (order_id, line_id));
CREATE INDEX t_customer ON t (customer_id, ordered_at);
CREATE INDEX t_status ON t (status, ordered_at);
"""


def write_rows(path: Path, rows: int, customers: int, lines: int, seed: int = 7) -> None:
    """A plausible export: orders in time order, 1 to `lines` lines each, order cells repeated on every line."""
    draw = random.Random(seed)
    start = datetime(2024, 1, 1)  # noqa: DTZ001 - exports write local times without a zone
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(HEADER + "\n")
        written = number = 0
        while written < rows:
            number += 1
            at = start + timedelta(seconds=number * 60 * 600_000 // max(rows, 1))
            cents = draw.randrange(500, 50_000)
            order = (
                f"GEN{number:012d},buyer-{draw.randrange(customers):07d}@shop.example,{at},completed,CNY,{cents / 100:.2f},"
                f"{'0.00' if draw.random() > 0.05 else f'{cents / 200:.2f}'},8.00,{draw.randrange(0, 500) / 100:.2f},"
                f"{at + timedelta(minutes=2)},{at + timedelta(days=1)},{at + timedelta(days=4)}"
            )
            for line in range(1, min(draw.randint(1, lines), rows - written) + 1):
                sku = draw.randrange(5_000)
                file.write(
                    f"{order},{line},SKU-{sku:05d},A product with a name of some length number {sku},category {sku % 40},"
                    f"{draw.randint(1, 3)},{(sku % 900 + 100) / 10:.2f},channel {sku % 5},card\n"
                )
                written += 1


class Figures(NamedTuple):
    """What a command took: CPU and wall seconds of all its processes, and their peak memory in MB."""

    cpu: float
    wall: float
    peak: float

    def line(self, title: str, rows: int, base: Figures) -> str:
        """The figures as a row of the table."""
        each, wall, cpu = self.cpu / rows * 1e6, self.wall / base.wall, self.cpu / base.cpu
        return f"{title:22}{self.wall:8.2f}{self.cpu:8.2f}{each:8.1f}{self.peak:8.0f}{wall:8.2f}{cpu:8.2f}"


class Memory(threading.Thread):
    """Watches the memory of a process and its children, as Linux shares it out among them (PSS)."""

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self._process = process
        self._over = threading.Event()
        self.peak = 0.0

    def run(self) -> None:
        """Look five times a second."""
        while not self._over.wait(0.2):
            self.peak = max(self.peak, sum(map(_megabytes, _family(self._process))))

    def stop(self) -> float:
        """The most that was seen."""
        self._over.set()
        self.join()
        return self.peak


def _family(process: int) -> list[int]:
    """A process and all that come from it."""
    family = [process]
    for member in family:
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{member}/task").iterdir():
                family += map(int, (task / "children").read_text().split())
    return family


def _megabytes(process: int) -> float:
    """A process's share of the memory; 0 if it is gone."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def measured(command: list[str], *, stdin: str = "") -> Figures:
    """The figures of a command that must succeed."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    memory = Memory(process.pid)
    memory.start()
    assert process.stdin is not None
    process.stdin.write(stdin)
    process.stdin.close()
    _pid, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    assert status == 0, command
    return Figures(usage.ru_utime + usage.ru_stime, wall, memory.stop())


def fresh_home(folder: Path) -> None:
    """From now on every store is in this folder."""
    for variable in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "SHOPCARE_STORE"):
        os.environ.pop(variable, None)
    os.environ["HOME"] = str(folder)


SHOPCARE = [sys.executable, "-m", "shopcare"]


def compare(rows: int, lines: int, peer: str | None) -> None:
    """One size: a table of figures."""
    with tempfile.TemporaryDirectory(prefix="shopcare-bench-") as name:
        folder = Path(name)
        file = folder / "orders.csv"
        write_rows(file, rows, rows // 5, lines)
        print(f"\n{rows} rows, {file.stat().st_size / 1e6:.0f} MB")
        print(f"{'':22}{'wall s':>8}{'cpu s':>8}{'us/row':>8}{'MB':>8}{'wall x':>8}{'cpu x':>8}")
        columns = ", ".join(f"{column} TEXT" for column in HEADER.split(","))
        script = f"{TABLE.format(columns=columns)}\n.mode csv\n.import --skip 1 {file} t\n"
        base = measured(["sqlite3", str(folder / "plain.db")], stdin=script)
        print(base.line("sqlite3 .import", rows, base), flush=True)
        (folder / "plain.db").unlink()
        fresh_home(folder)
        measured(
            [
                *SHOPCARE,
                "init",
                "--shop",
                "bench",
                "--platform",
                "generic",
                "--currency",
                "CNY",
                "--tz",
                "Asia/Shanghai",
            ]
        )
        ours = {}
        for title in ("first import", "second import"):
            ours[title] = measured([*SHOPCARE, "import", "orders", str(file)])
            print(ours[title].line(title, rows, base), flush=True)
        if peer:
            command = [peer, "insert", str(folder / "peer.db"), "t", str(file), "--csv"]
            other = measured([*command, "--pk", "order_id", "--pk", "line_id"])
            print(other.line("sqlite-utils", rows, base))
            for title, figures in ours.items():
                wall, cpu = other.wall / figures.wall, other.cpu / figures.cpu
                print(f"{title}: {wall:.1f} times as fast as sqlite-utils by the clock, {cpu:.1f} times by CPU")


def main() -> None:
    """Run the comparison for every size."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, nargs="+", default=[1_000_000])
    options.add_argument("--lines", type=int, default=1, help="lines per order, at most")
    options.add_argument("--peer", help="the program of sqlite-utils")
    chosen = options.parse_args()
    for rows in chosen.rows:
        compare(rows, chosen.lines, chosen.peer)


if __name__ == "__main__":
    main()
