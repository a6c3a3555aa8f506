"""Import of generic order lines beside `sqlite3 .import` of the same file into a keyed, indexed table, in one run.

    python benchmarks/import_orders.py                     # 10^6 rows, one line per order, 2*10^5 customers
    python benchmarks/import_orders.py --rows 100000 --lines 3

Prints CPU and wall seconds, peak memory and the ratio to `sqlite3 .import` for a first import and a second one of the same
file. Needs the `sqlite3` program.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

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


def measured(command: list[str], *, stdin: str | None = None) -> tuple[float, float, float]:
    """CPU seconds, wall seconds and peak memory in MB of a command that must succeed."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    assert process.stdin is not None
    process.stdin.write(stdin or "")
    process.stdin.close()
    _pid, status, usage = os.wait4(process.pid, 0)
    assert status == 0, command
    wall = time.perf_counter() - start
    cpu = usage.ru_utime + usage.ru_stime
    del before
    return cpu, wall, usage.ru_maxrss / 1024


def main() -> None:
    """Run the comparison."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--customers", type=int, default=200_000)
    options.add_argument("--lines", type=int, default=1, help="lines per order, at most")
    options.add_argument("--file", type=Path, help="an existing generic file instead of a generated one")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="shopcare-bench-") as name:
        folder = Path(name)
        file = chosen.file or folder / "orders.csv"
        if chosen.file is None:
            write_rows(file, chosen.rows, chosen.customers, chosen.lines)
        print(f"{file.stat().st_size / 1e6:.0f} MB")
        columns = ", ".join(f"{column} TEXT" for column in HEADER.split(","))
        script = f"{TABLE.format(columns=columns)}\n.mode csv\n.import --skip 1 {file} t\n"
        base = measured(["sqlite3", str(folder / "plain.db")], stdin=script)
        print(f"{'sqlite3 .import':22} cpu {base[0]:6.1f}  wall {base[1]:6.1f}  {base[2]:5.0f} MB  1.00")
        os.environ.update(HOME=str(folder), XDG_DATA_HOME="", XDG_CONFIG_HOME="", XDG_CACHE_HOME="")
        for variable in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "SHOPCARE_STORE"):
            os.environ.pop(variable, None)
        shopcare = [sys.executable, "-m", "shopcare"]
        measured(
            [
                *shopcare,
                *["init", "--shop", "bench", "--platform", "generic", "--currency", "CNY", "--tz", "Asia/Shanghai"],
            ]
        )
        for title in ("first import", "second import"):
            figures = measured([*shopcare, "import", "orders", str(file)])
            print(
                f"{title:22} cpu {figures[0]:6.1f}  wall {figures[1]:6.1f}  {figures[2]:5.0f} MB  {figures[0] / base[0]:.2f}"
            )


if __name__ == "__main__":
    main()
