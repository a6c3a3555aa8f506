"""`report retention` on synthetic stores of 10^4 to 10^6 orders, beside the cohort query people write first.

    python benchmarks/report_retention.py [--orders 10000 100000 1000000] [--rounds 3]

Run by hand in the environment to be measured. Every figure is the best wall time of a whole process and its peak memory.
The peer is the sqlite3 shell over a plain table with the date as text: it answers one block (monthly cohorts: active and
net) and none of the others.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from shopcare.domain.clock import date_of, day_of, month_of_day

TZ = "Asia/Shanghai"
FIRST = int(datetime(2021, 1, 1, tzinfo=UTC).timestamp())
YEARS = 5
AS_OF = "2025-12-31"
GUESTS, UNCOUNTED, REFUNDED = 0.03, 0.05, 0.08

COHORTS_OVER_TEXT = """
WITH first AS (SELECT customer_id, MIN(strftime('%Y-%m', ordered)) AS cohort FROM plain GROUP BY customer_id)
SELECT cohort, strftime('%Y-%m', ordered) AS month, COUNT(DISTINCT plain.customer_id), SUM(net)
FROM plain JOIN first USING (customer_id) WHERE ordered <= '2025-12-31' GROUP BY 1, 2;
"""


def purchases(orders: int, chance: random.Random) -> Iterator[tuple[int, int]]:
    """(instant, customer): five orders a customer on average, some with very many, in the order shops see them."""
    customers = max(1, orders // 5)
    firsts = [FIRST + int(chance.random() * YEARS * 365 * 86_400) for _ in range(customers)]
    drawn = list(enumerate(firsts))
    while len(drawn) < orders:
        customer = int(chance.random() ** 2 * customers)
        drawn.append((customer, firsts[customer] + int(chance.expovariate(1 / (120 * 86_400)))))
    return iter(sorted((at, customer) for customer, at in drawn))


def order_rows(orders: int) -> Iterator[tuple[object, ...]]:
    """Rows of `orders`, in the column order of INSERT below."""
    chance = random.Random(orders)
    for number, (at, customer) in enumerate(purchases(orders, chance), 1):
        day = day_of(at, TZ)
        known = customer + 1 if chance.random() >= GUESTS else None
        counted = int(chance.random() >= UNCOUNTED)
        yield (number, f"N{number:08d}", known, chance.randrange(1_000, 50_000), counted, at, day, month_of_day(day))


def fill(conn: sqlite3.Connection, orders: int) -> None:
    """One shop with that many orders, a fifth as many customers, and refunds on some orders."""
    conn.execute("BEGIN")
    conn.execute("INSERT INTO shop VALUES (1, 'bench', 'generic', 'CNY', ?, 0)", (TZ,))
    conn.execute(
        "INSERT INTO import_batch VALUES (1,1,'orders','f','x','g','g','utf-8',1,0,0,0,0,0,0,NULL,0,NULL,0,0,0)"
    )
    ids = ((n, str(n)) for n in range(1, orders // 5 + 2))
    conn.executemany("INSERT INTO customer (id, shop_id, display, created_at) VALUES (?, 1, ?, 0)", ids)
    conn.executemany(
        "INSERT INTO orders (id, shop_id, number, customer_id, status, status_rank, currency, paid_minor, is_counted,"
        " ordered_at, ordered_day, ordered_month, row_hash, first_batch_id, batch_id)"
        " VALUES (?, 1, ?, ?, 'completed', 5, 'CNY', ?, ?, ?, ?, ?, 0, 1, 1)",
        order_rows(orders),
    )
    conn.execute(
        "INSERT INTO refund (shop_id, order_id, source, source_key, amount_minor, currency, refunded_at, refunded_day,"
        " refunded_month) SELECT 1, id, 'export', id, paid_minor / 2, currency, ordered_at + 864000, ordered_day + 10,"
        " ordered_month FROM orders WHERE id % :every = 0",
        {"every": round(1 / REFUNDED)},
    )
    conn.execute("COMMIT")


def plain_copy(store: Path, plain: Path) -> None:
    """The same counted orders in a table as people make it: the date is text, an index on the customer."""
    with closing(sqlite3.connect(store)) as conn:
        rows = conn.execute(
            "SELECT customer_id, ordered_day, paid_minor / 100.0 FROM orders WHERE is_counted AND customer_id IS NOT NULL"
        ).fetchall()
    with closing(sqlite3.connect(plain)) as conn:
        conn.execute("CREATE TABLE plain (customer_id INTEGER, ordered TEXT, net REAL)")
        dated = ((customer, date_of(day).isoformat(), net) for customer, day, net in rows)
        conn.executemany("INSERT INTO plain VALUES (?, ?, ?)", dated)
        conn.execute("CREATE INDEX plain_customer ON plain (customer_id)")
        conn.commit()


def build(orders: int, store: Path, plain: Path) -> None:
    """Make both databases."""
    from shopcare.store.schema import create

    create(store)
    with closing(sqlite3.connect(store, isolation_level=None)) as conn:
        fill(conn, orders)
    plain_copy(store, plain)


def run(command: list[str], env: dict[str, str]) -> tuple[float, float]:
    """Wall seconds and peak memory in MB of one process, its output thrown away."""
    with Path(os.devnull).open("w") as nowhere:
        start = time.perf_counter()
        pid = os.posix_spawnp(command[0], command, env, file_actions=[(os.POSIX_SPAWN_DUP2, nowhere.fileno(), 1)])
        _pid, status, used = os.wait4(pid, 0)
        seconds = time.perf_counter() - start
    assert status == 0, command
    return seconds, used.ru_maxrss / 1024


def measure(orders: int, rounds: int, folder: Path) -> None:
    """Build one store and print its line for each command."""
    store, plain = folder / "store.db", folder / "plain.db"
    # In a process of its own: a process starts its peak memory at that of the one it was spawned from.
    builder = multiprocessing.Process(target=build, args=(orders, store, plain))
    builder.start()
    builder.join()
    assert builder.exitcode == 0
    env = dict(os.environ, HOME=str(folder), SHOPCARE_STORE=str(store), LC_ALL="C.UTF-8")
    report = [sys.executable, "-m", "shopcare", "report", "retention", "--as-of", AS_OF]
    commands = {
        "report retention --json": [*report, "--json"],
        "report retention --tz Europe/Berlin --json": [*report, "--tz", "Europe/Berlin", "--json"],
        "report retention --format table": [*report, "--format", "table"],
    }
    if shutil.which("sqlite3"):
        commands["sqlite3, cohorts over text dates only"] = ["sqlite3", str(plain), COHORTS_OVER_TEXT]
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            taken[name].append(run(command, env))
    for name, figures in taken.items():
        seconds, memory = min(figures)
        print(f"{orders:>9,}  {seconds:7.2f} s  {seconds / orders * 1e6:6.2f} µs/order  {memory:5.0f} MB  {name}")


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    for orders in options.orders:
        with tempfile.TemporaryDirectory() as folder:
            measure(orders, options.rounds, Path(folder))


if __name__ == "__main__":
    main()
