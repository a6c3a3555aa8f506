"""Assigning tiers to all members, and looking at them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from loyalty_store import (
    DAY,
    T0,
    TZ,
    add_customer,
    add_order,
    add_refund,
    add_shop,
    context,
    count,
    new_store,
    shipped_settings,
)
from shopcare.config import Settings
from shopcare.domain.clock import day_of
from shopcare.domain.report import Report, Value
from shopcare.domain.tiers import rules_text, rules_version
from shopcare.services import tiers
from shopcare.services.tiers import FutureTier
from shopcare.store import persons
from shopcare.store.engine import reading, writing
from shopcare.store.queries import tiers as queries


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A gold member, a silver one whose order is cancelled in part later, one with little, one with nothing, a merged one."""
    path = new_store(tmp_path / "store.db")
    with writing(path) as conn:
        for customer in (1, 2, 3, 4, 5):
            add_customer(conn, customer)
        persons.merge(conn, 5, 4, persons.Said(0, 0, "", "test"))
        add_order(conn, 1, 1, 600_000, at=T0 - 100 * DAY)
        add_order(conn, 2, 2, 150_000, at=T0 - 50 * DAY)
        add_refund(conn, 2, 100_000, at=T0 + 10 * DAY)
        add_order(conn, 3, 3, 99_999, at=T0 - 10 * DAY)
        add_order(conn, 4, 3, 900_000, counted=False)
        add_order(conn, 5, 3, 900_000, currency="USD")
    return path


def dicts(report: Report, block: int = 0) -> list[dict[str, Value]]:
    """The rows of a block by column."""
    keys = [column.key for column in report.blocks[block].columns]
    return [dict(zip(keys, row, strict=True)) for row in report.blocks[block].rows]


def moves(report: Report) -> list[tuple[Value, Value, Value, Value]]:
    """Who moved from where to where, with what spend."""
    return [(row["customer"], row["from"], row["to"], row["basis_minor"]) for row in dicts(report)]


def history(store: Path) -> list[tuple[object, ...]]:
    """Every change that was written down."""
    with closing(sqlite3.connect(store)) as conn:
        return list(conn.execute("SELECT * FROM tier_assignment ORDER BY id"))


def test_everyone_gets_a_tier_and_the_moves_are_listed(store: Path) -> None:
    """First run: gold and silver are listed, the two on the first rung counted, the merged one left out."""
    report = tiers.assign(context(store))
    assert moves(report) == [("C1", None, "gold", 600_000), ("C2", None, "silver", 150_000)]
    assert report.facts == {"members": 4, "risen": 2, "fallen": 0, "placed": 2}
    assert {row["tier"]: row["members"] for row in dicts(tiers.ladder_list(context(store)))} == {
        "regular": 2, "silver": 1, "gold": 1, "diamond": 0,
    }  # fmt: skip
    assert any(warning.values.get("count") == 1 for warning in report.warnings), "the order in dollars is told"


def test_assigning_twice_is_assigning_once(store: Path) -> None:
    """No move, no row, no line in the log."""
    tiers.assign(context(store))
    before, logged = history(store), count(store, "audit")
    again = tiers.assign(context(store, now=T0 + DAY))
    assert (moves(again), history(store), count(store, "audit")) == ([], before, logged)


def test_preview_equals_apply(store: Path) -> None:
    """A dry run lists exactly the moves of the run after it, and writes nothing."""
    preview = tiers.assign(context(store), dry_run=True)
    assert (history(store), count(store, "audit")) == ([], 0)
    assert tiers.assign(context(store)) == preview


def test_how_often_it_runs_does_not_matter(store: Path, tmp_path: Path) -> None:
    """Daily runs over two years and one run at the end leave everyone on the same tier since the same moment."""
    daily, once = new_store(tmp_path / "daily.db"), new_store(tmp_path / "once.db")
    end = T0 + 730 * DAY
    for path in (daily, once):
        with writing(path) as conn:
            for customer in (1, 2, 3):
                add_customer(conn, customer)
            add_order(conn, 1, 1, 600_000, at=T0)
            add_order(conn, 2, 2, 600_000, at=T0)
            add_order(conn, 3, 2, 200_000, at=T0 + 380 * DAY + 7)
            add_order(conn, 4, 3, 300_000, at=T0 + 500 * DAY)
    for day in range(0, 731, 3):
        tiers.assign(context(daily, now=T0 + day * DAY))
    tiers.assign(context(daily, now=end))
    tiers.assign(context(once, now=end))
    for customer, tier, since in [
        ("C1", "regular", 395 * DAY),
        ("C2", "silver", 395 * DAY),
        ("C3", "silver", 500 * DAY),
    ]:
        for path in (daily, once):
            row = dicts(tiers.show(context(path, now=end), customer))[0]
            assert (row["tier"], row["since"]) == (tier, T0 + since)


def test_changes_explain_themselves(store: Path) -> None:
    """Previous tier, spend, reason in words and the rules they were decided by; the log keeps the rules whole."""
    tiers.assign(context(store))
    tiers.assign(context(store, now=T0 + 40 * DAY))
    rows = dicts(tiers.show(context(store, now=T0 + 40 * DAY), "C2"), block=1)
    ladder = shipped_settings().ladder
    assert [(row["from"], row["to"], row["basis_minor"], row["effective_at"]) for row in rows] == [
        ("silver", "regular", 50_000, T0 + 40 * DAY),
        (None, "silver", 150_000, T0 - 50 * DAY),
    ]
    assert rows[0]["reason"] == "net spend of 500.00 CNY in 365 days has been below silver (from 1000) for 30 days"
    assert {row["rules"] for row in rows} == {rules_version(ladder)}
    with closing(sqlite3.connect(store)) as conn:
        assert rules_text(ladder) in conn.execute("SELECT detail FROM audit ORDER BY id").fetchone()[0]


def test_a_member_is_shown_with_progress_and_end(store: Path) -> None:
    """Silver by 1,500, 500 of it left after the refund: still silver for 30 days, and what would keep or lift it."""
    tiers.assign(context(store))
    now = T0 + 15 * DAY
    row = dicts(tiers.show(context(store, now=now), "C2"))[0]
    assert (row["tier"], row["spend_tier"], row["since"], row["spend_minor"]) == (
        "silver", "regular", T0 - 50 * DAY, 50_000,
    )  # fmt: skip
    assert (row["next_tier"], row["missing_minor"], row["missing_to_keep_minor"]) == ("gold", 450_000, 50_000)
    assert row["lasts_until"] == T0 + 40 * DAY - 1
    assert (row["next_drop_at"], row["next_drop_minor"]) == (T0 + 315 * DAY, 50_000)


def test_a_member_without_orders_can_be_shown(store: Path) -> None:
    """Nothing spent, nothing lost: the first rung and the whole way to the second."""
    row = dicts(tiers.show(context(store), "C4"))[0]
    assert (row["tier"], row["since"], row["next_tier"], row["missing_minor"]) == ("regular", None, "silver", 100_000)
    assert (row["lasts_until"], row["next_drop_at"], row["next_drop_minor"]) == (None, None, None)


def test_a_tier_that_is_due_is_told(store: Path) -> None:
    """Before it is written down, the tier the facts give is named beside the one in force."""
    report = tiers.show(context(store), "C1")
    assert dicts(report)[0]["tier"] == "regular"
    assert [warning.values for warning in report.warnings] == [{"tier": "gold"}]


def test_as_of_looks_at_the_end_of_that_day(store: Path) -> None:
    """The day before the order of C2 only C1 moves; members assigned later than a day are left as they are."""
    day = day_of(T0 - 50 * DAY, TZ)
    assert moves(tiers.assign(context(store), as_of_day=day - 1)) == [("C1", None, "gold", 600_000)]
    assert moves(tiers.assign(context(store), as_of_day=day)) == [("C2", "regular", "silver", 150_000)]
    before = history(store)
    report = tiers.assign(context(store), as_of_day=day - 60)
    assert (moves(report), history(store)) == ([], before)
    assert {"count": 4} in [warning.values for warning in report.warnings]


def test_older_orders_that_are_imported_later_do_not_overtake_the_history(store: Path) -> None:
    """Silver since 50 days; an old export then shows more since 90 days: diamond is the newest change and in force."""
    tiers.assign(context(store))
    with writing(store) as conn:
        add_order(conn, 9, 2, 1_000_000, at=T0 - 90 * DAY)
    tiers.assign(context(store))
    row = dicts(tiers.show(context(store), "C2"))[0]
    assert (row["tier"], row["since"]) == ("diamond", T0 - 50 * DAY)


def test_a_day_that_is_not_over_is_refused(store: Path) -> None:
    """Tiers are facts; tomorrow has none."""
    with pytest.raises(FutureTier):
        tiers.assign(context(store), as_of_day=day_of(T0, TZ))
    assert history(store) == []


def test_another_ladder_moves_members_and_says_why(store: Path) -> None:
    """A rung that is gone is named in the reason."""
    tiers.assign(context(store))
    settings = shipped_settings()
    rungs = [rung for rung in settings.values["tiers"]["ladder"] if rung["code"] != "gold"]
    settings.values["tiers"]["ladder"] = rungs
    report = tiers.assign(context(store, settings=Settings(settings.values, {})))
    assert moves(report) == [("C1", "gold", "silver", 600_000)]
    assert str(dicts(report)[0]["reason"]).startswith("the ladder no longer has gold")


def test_the_ladder_is_read_in_the_currency_of_the_members_shop(tmp_path: Path) -> None:
    """1,000 yen are silver in a yen shop, 1,000 fen are nothing in a yuan shop."""
    path = new_store(tmp_path / "store.db")
    with writing(path) as conn:
        add_shop(conn, 2, "tokyo", "JPY")
        add_customer(conn, 1)
        add_customer(conn, 2, "tanaka", shop=2)
        add_order(conn, 1, 1, 1_000)
        add_order(conn, 2, 2, 1_000, currency="JPY", shop=2)
    assert moves(tiers.assign(context(path))) == [("C2", None, "silver", 1_000)]


def test_orders_are_read_in_index_order(store: Path) -> None:
    """One pass without sorting all orders, so time and memory grow no faster than the rows."""
    with reading(store) as conn:
        sql = queries._NEVER_MERGED
        plan = [row[3] for row in conn.execute("EXPLAIN QUERY PLAN " + sql, {"at": T0})]
    assert any("o USING INDEX ix_orders_customer" in line for line in plan)
    assert not any("TEMP B-TREE" in line or "SCAN o" in line or "SCAN r" in line for line in plan)
