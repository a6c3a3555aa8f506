"""Import of generic order lines beside `sqlite3 .import` of the same file into a keyed, indexed table, in one run.

    python benchmarks/import_orders.py                     # 10^6 rows, one line per order, 2*10^5 customers
    python benchmarks/import_orders.py --lines 3           # one to three lines per order
    python benchmarks/import_orders.py --rows 10000 100000 1000000 10000000
    python benchmarks/import_orders.py --peer sqlite-utils

Prints CPU and wall seconds, CPU microseconds per row, peak memory (of the largest process) and the ratio of the CPU seconds
to those of `sqlite3 .import`, for a first import and a second one of the same file, and for `sqlite-utils insert --csv` if
its program is named. A fifth as many customers as rows. Needs the `sqlite3` program, and two gigabytes for 10^7 rows.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
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
    """What a command took: CPU and wall seconds, peak memory in MB."""

    cpu: float
    wall: float
    peak: float

    def line(self, title: str, rows: int, base: Figures) -> str:
        """The figures as a row of the table."""
        each = self.cpu / rows * 1e6
        return f"{title:22}{self.cpu:8.2f}{self.wall:8.2f}{each:8.1f}{self.peak:8.0f}{self.cpu / base.cpu:8.2f}"


def measured(command: list[str], *, stdin: str = "") -> Figures:
    """The figures of a command that must succeed."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    assert process.stdin is not None
    process.stdin.write(stdin)
    process.stdin.close()
    _pid, status, usage = os.wait4(process.pid, 0)
    assert status == 0, command
    return Figures(usage.ru_utime + usage.ru_stime, time.perf_counter() - start, usage.ru_maxrss / 1024)


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
        print(f"{'':22}{'cpu s':>8}{'wall s':>8}{'us/row':>8}{'MB':>8}{'ratio':>8}")
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
        for title in ("first import", "second import"):
            print(measured([*SHOPCARE, "import", "orders", str(file)]).line(title, rows, base), flush=True)
        if peer:
            command = [peer, "insert", str(folder / "peer.db"), "t", str(file), "--csv"]
            print(measured([*command, "--pk", "order_id", "--pk", "line_id"]).line("sqlite-utils", rows, base))


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
