"""Several processes at once, and processes that are killed: the ledger never says anything else than one alone would."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from multiprocessing.synchronize import Barrier
from pathlib import Path
from unittest import mock

import pytest

from loyalty_store import DAY, T0, add_customer, add_order, add_refund, context, copied_store, count
from shopcare.services import awards, points
from shopcare.services.points import InsufficientPoints
from shopcare.store import engine
from shopcare.store.engine import writing
from shopcare.store.queries import points as queries

FORK = multiprocessing.get_context("fork")
RACERS = 6


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """One member with 300 points, one order that earned and lost worth since, one that waits to be awarded."""
    path = copied_store(tmp_path / "store.db")
    with writing(path) as conn:
        add_customer(conn, 1)
        add_order(conn, 1, 1, 5_000, at=T0 - 40 * DAY)
    awards.award_orders(context(path))
    points.award_bonus(context(path), "C1", 250, "gift")
    return path


def race(work: Callable[[], object]) -> list[int]:
    """Let several processes do the same at the same moment; their exit codes: 0 done, 5 refused."""
    barrier = FORK.Barrier(RACERS)
    racers = [FORK.Process(target=_run, args=(work, barrier)) for _ in range(RACERS)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    return sorted(racer.exitcode or 0 for racer in racers)


def _run(work: Callable[[], object], barrier: Barrier) -> None:
    barrier.wait()
    try:
        work()
    except InsufficientPoints:
        os._exit(5)
    except BaseException:  # noqa: BLE001 - whatever it is, the parent sees it as code 1
        os._exit(1)
    os._exit(0)


@contextmanager
def slow_look() -> Iterator[None]:
    """Widen the gap between looking at the lots and writing, so that a missing lock shows every time."""
    look = queries.account

    def slow(*arguments: object) -> object:
        lots = look(*arguments)  # type: ignore[arg-type]
        time.sleep(0.1)
        return lots

    with mock.patch.object(queries, "account", slow):
        yield


@contextmanager
def unlocked(path: Path, *, dry_run: bool = False) -> Iterator[sqlite3.Connection]:
    """What `writing` would be without its lock: every statement for itself."""
    assert not dry_run
    with closing(sqlite3.connect(path, timeout=10, isolation_level=None)) as conn:
        yield conn


def sums(store: Path) -> tuple[int, int]:
    """Sum of entries, and of what is left in lots by entries and allocations alone."""
    with closing(sqlite3.connect(store)) as conn:
        entries = conn.execute("SELECT SUM(points) FROM points_entry").fetchone()[0]
        lots = conn.execute("SELECT SUM(points) FROM points_lot").fetchone()[0]
        used = conn.execute("SELECT COALESCE(SUM(points), 0) FROM points_allocation").fetchone()[0]
    return entries, lots - used


def test_concurrent_redemptions_never_exceed_the_balance(store: Path) -> None:
    """Six processes want 100 of 300 points: exactly three get them, the others are refused, nothing else happens."""
    with slow_look():
        codes = race(lambda: points.redeem(context(store), "C1", 100, key=str(os.getpid())))
    assert codes == [0, 0, 0, 5, 5, 5]
    assert sums(store) == (0, 0)


def test_without_the_lock_the_race_is_lost(store: Path) -> None:
    """The test above would notice: the same race with every statement for itself redeems more than there is."""
    with mock.patch.object(engine, "writing", unlocked), slow_look():
        race(lambda: points.redeem(context(store), "C1", 100, key=str(os.getpid())))
    assert sums(store)[0] < 0


def test_one_key_is_booked_once_however_many_processes_try(store: Path) -> None:
    """All six succeed, one row is there."""
    before = count(store, "points_entry")
    assert race(lambda: points.award_bonus(context(store), "C1", 70, "gift", key="once")) == [0] * RACERS
    assert count(store, "points_entry") == before + 1
    assert sums(store) == (370, 370)


def test_orders_are_awarded_once_however_many_processes_try(store: Path) -> None:
    """Six awards at once write what one writes."""
    with writing(store) as conn:
        for order in range(2, 30):
            add_order(conn, order, 1, 1_000)
    assert race(lambda: awards.award_orders(context(store))) == [0] * RACERS
    assert sums(store) == (300 + 280, 300 + 280)


def test_killed_at_any_statement_and_run_again_is_as_never_killed(store: Path, tmp_path: Path) -> None:
    """An award that takes back, earns and pays a debt dies at each of its statements in turn; then one runs through."""
    points.redeem(context(store), "C1", 300)
    with writing(store) as conn:
        add_refund(conn, 1, 4_000)
        add_order(conn, 2, 1, 7_000)
    whole = duplicate(store, tmp_path / "whole.db")
    awards.award_orders(context(whole))
    expected = rows(whole)
    assert [count(whole, table) for table in ("points_entry", "points_lot", "points_allocation")] == [5, 3, 3]
    steps, killed = 0, True
    while killed:
        steps += 1
        victim = duplicate(store, tmp_path / f"{steps}.db")
        killed = dies(victim, at_statement=steps)
        if killed:
            assert rows(victim) == rows(store)
        awards.award_orders(context(victim))
        assert rows(victim) == expected
    assert steps > 10


def duplicate(store: Path, path: Path) -> Path:
    """A copy of a store that nobody has open."""
    with closing(sqlite3.connect(store)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Path(shutil.copy(store, path))


def rows(store: Path) -> list[list[tuple[object, ...]]]:
    """Every row of the ledger and its log."""
    with closing(sqlite3.connect(store)) as conn:
        return [
            list(conn.execute(f"SELECT * FROM {table} ORDER BY id"))
            for table in ("points_entry", "points_lot", "points_allocation", "audit")
        ]


def dies(store: Path, *, at_statement: int) -> bool:
    """Run an award in a process that is killed before that statement; whether it got that far."""
    victim = FORK.Process(target=_award_and_die, args=(store, at_statement))
    victim.start()
    victim.join()
    assert victim.exitcode in (0, 9)
    return victim.exitcode == 9


def _award_and_die(store: Path, at_statement: int) -> None:
    connect = engine._connect

    def traced(*arguments: object, **options: object) -> sqlite3.Connection:
        conn = connect(*arguments, **options)  # type: ignore[arg-type]
        left = iter(range(at_statement))
        conn.set_trace_callback(lambda _: next(left, None) is not None or os._exit(9))
        return conn

    with mock.patch.object(engine, "_connect", traced):
        awards.award_orders(context(store))
    os._exit(0)
