"""Awarding orders: who earns, once, at which tier, and what refunds take back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from loyalty_store import (
    DAY,
    T0,
    add_batch,
    add_customer,
    add_order,
    add_refund,
    add_shop,
    context,
    count,
    new_store,
    shipped_settings,
)
from shopcare.domain.report import Value
from shopcare.services import awards, points
from shopcare.services.clawbacks import clawback_for_order
from shopcare.services.points import KeyTaken
from shopcare.services.points_reports import show_balance, show_history
from shopcare.store.engine import reading, writing
from shopcare.store.queries import awards as queries

LEDGER = ("points_entry", "points_lot", "points_allocation", "audit")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Three members of one shop."""
    path = new_store(tmp_path / "store.db")
    with writing(path) as conn:
        for customer in (1, 2, 3):
            add_customer(conn, customer)
    return path


def award(store: Path, *, now: int = T0, **options: object) -> dict[str, Value]:
    """Award all orders; the report's row by column."""
    return first_row(awards.award_orders(context(store, now=now), **options))  # type: ignore[arg-type]


def first_row(report: object) -> dict[str, Value]:
    """The first row of a report by column."""
    block = report.blocks[0]  # type: ignore[attr-defined]
    return dict(zip((column.key for column in block.columns), block.rows[0], strict=True))


def entries(store: Path) -> list[tuple[object, ...]]:
    """Order, kind and points of every entry."""
    with closing(sqlite3.connect(store)) as conn:
        return list(conn.execute("SELECT order_id, kind, points FROM points_entry ORDER BY id"))


def total(store: Path) -> int:
    """The sum of all entries."""
    return sum(int(str(entry[2])) for entry in entries(store))


def ledger(store: Path) -> list[list[tuple[object, ...]]]:
    """Every row of the ledger."""
    with closing(sqlite3.connect(store)) as conn:
        return [list(conn.execute(f"SELECT * FROM {table} ORDER BY id")) for table in LEDGER]


def test_who_earns(store: Path) -> None:
    """Counted, signed off, by a customer, in the shop's currency, worth a point: each other order is told by its reason."""
    with writing(store) as conn:
        add_order(conn, 1, 1, 45_050, freight_minor=1_000)
        add_order(conn, 2, 1, 10_000, status="shipped", shipped_at=T0 - 15 * DAY, at=T0 - 20 * DAY)
        add_order(conn, 3, 1, 10_000, status="shipped", shipped_at=T0 - 15 * DAY + 1, at=T0 - 20 * DAY)
        add_order(conn, 4, 2, 10_000, status="paid")
        add_order(conn, 5, 2, 99)
        add_order(conn, 6, None, 10_000)
        add_order(conn, 7, 2, 10_000, currency="USD")
        add_order(conn, 8, 2, 10_000, counted=False)
        add_order(conn, 9, 2, 10_000, completed_at=T0 + 1)
    told = award(store)
    assert sorted(entries(store)) == [
        (1, "earn", 440), (2, "earn", 100),
    ]  # fmt: skip
    assert {key: told[key] for key in ("orders", "members", "points", "waiting", "worthless")} == {
        "orders": 2, "members": 1, "points": 540, "waiting": 3, "worthless": 1,
    }  # fmt: skip
    assert (told["without_customer"], told["other_currency"]) == (1, 1)


def test_awarding_twice_writes_nothing(store: Path) -> None:
    """The second run leaves every row, the log included, as it was."""
    with writing(store) as conn:
        add_order(conn, 1, 1, 45_050)
        add_order(conn, 2, 2, 99)
    award(store)
    before = ledger(store)
    assert award(store, now=T0 + DAY)["orders"] == 0
    assert ledger(store) == before


def test_a_dry_run_says_the_same_and_writes_nothing(store: Path) -> None:
    """Preview equals award, and the store keeps every row."""
    with writing(store) as conn:
        add_order(conn, 1, 1, 45_050)
        add_order(conn, 2, 1, 600)
        add_refund(conn, 2, 100)
    before = ledger(store)
    preview = award(store, dry_run=True)
    assert ledger(store) == before
    assert award(store) == preview


def test_points_wait_for_the_return_window_and_lapse_at_the_end_of_next_year(store: Path) -> None:
    """Signed off on 1 March 2026 in Shanghai: usable from 8 March, until 31 December 2027."""
    with writing(store) as conn:
        add_order(conn, 1, 1, 45_050)
    award(store)
    waiting = first_row(show_balance(context(store, now=T0 + 7 * DAY - 1), "C1"))
    usable = first_row(show_balance(context(store, now=T0 + 7 * DAY), "C1"))
    assert (waiting["available"], waiting["pending"], waiting["next_release"]) == (0, 450, 450)
    assert (usable["available"], usable["pending"], usable["next_expiry"]) == (450, 0, 450)
    later = first_row(show_balance(context(store), "C1", as_of_day=T0 // DAY + 730))
    assert (later["available"], later["total"], later["expired"]) == (0, 0, 450)


def test_an_order_earns_at_the_tier_before_it(store: Path) -> None:
    """The order that reaches silver earns once; the next one, placed a second later, earns one and a half times."""
    with writing(store) as conn:
        add_order(conn, 1, 1, 100_000)
        add_order(conn, 2, 1, 1_000, at=T0 + 1)
    rules = shipped_settings(multipliers=(1000, 1500))
    awards.award_orders(context(store, now=T0 + 2, settings=rules))
    assert entries(store) == [(1, "earn", 1000), (2, "earn", 15)]


def test_the_rule_of_the_day_stays_with_the_entry(store: Path) -> None:
    """Settings that changed since do not change what a refund takes back."""
    with writing(store) as conn:
        add_order(conn, 1, 1, 10_000, freight_minor=1_000)
    award(store)
    with writing(store) as conn:
        refund = add_refund(conn, 1, 4_500)
        other = shipped_settings(points_per_major=7, exclude_freight=False)
        assert clawback_for_order(conn, context(store, settings=other), 1, refund) == (45, 0)


@pytest.mark.parametrize(
    ("refunds", "clawed"),
    [([2200, 2200, 5600], [3, 2, 5]), ([3333, 3333, 3334], [4, 3, 3]), ([100] * 10 + [9000], [1] + [0] * 9 + [9])],
)
def test_partial_refunds_by_cases_equal_the_published_table(store: Path, refunds: list[int], clawed: list[int]) -> None:
    """A ¥100 order that earned 10 points, refunded in parts; a refund that costs no point writes no entry."""
    with writing(store) as conn:
        add_order(conn, 1, 1, 10_000)
    tenth = shipped_settings(multipliers=(100,))
    awards.award_orders(context(store, settings=tenth))
    taken = []
    for number, amount in enumerate(refunds):
        with writing(store) as conn:
            refund = add_refund(conn, 1, amount, key=str(number))
            taken.append(clawback_for_order(conn, context(store), 1, refund)[0])
    assert taken == clawed
    assert total(store) == 0
    assert count(store, "points_entry") == 1 + sum(amount > 0 for amount in clawed)


@pytest.mark.parametrize("change", ["refund", "not counted", "refunded", "paid less"])
def test_what_exports_report_later_is_taken_back_by_the_next_award(store: Path, change: str) -> None:
    """A refund row, an order that no longer counts, a status without an amount, a corrected payment: each once."""
    with writing(store) as conn:
        add_order(conn, 1, 1, 10_000)
        add_order(conn, 2, 1, 3_000)
    award(store)
    with writing(store) as conn:
        if change == "refund":
            add_refund(conn, 1, 10_000)
        else:
            column = {"not counted": "is_counted = 0", "refunded": "status = 'refunded'", "paid less": "paid_minor = 0"}
            add_batch(conn, 2)
            conn.execute(f"UPDATE orders SET {column[change]}, batch_id = 2 WHERE id = 1")
    told = award(store)
    assert (told["clawed_orders"], told["clawed"], told["shortfall"]) == (1, 100, 0)
    assert total(store) == 30
    before = ledger(store)
    award(store)
    assert ledger(store) == before


def test_spent_points_become_debt_and_the_next_points_pay_it_first(store: Path) -> None:
    """100 earned and spent, refunded: 100 owed; a bonus of 30 and an order worth 90 leave 20."""
    with writing(store) as conn:
        add_order(conn, 1, 1, 10_000, at=T0 - 8 * DAY)
    award(store)
    points.redeem(context(store), "C1", 100)
    with writing(store) as conn:
        refund = add_refund(conn, 1, 10_000)
        assert clawback_for_order(conn, context(store), 1, refund) == (100, 100)
    owing = first_row(show_balance(context(store), "C1"))
    assert (owing["available"], owing["debt"], owing["total"]) == (0, 100, -100)
    points.award_bonus(context(store), "C1", 30, "sorry")
    with writing(store) as conn:
        add_order(conn, 2, 1, 9_000, at=T0 - 8 * DAY)
    assert award(store)["paid_debt"] == 70
    cleared = first_row(show_balance(context(store), "C1"))
    assert (cleared["available"], cleared["debt"], cleared["total"]) == (20, 0, 20)


def test_two_refunds_found_together_do_not_use_the_same_points(store: Path) -> None:
    """Two orders of 100 points, 150 redeemed, both refunded: of 200 taken back only 50 are in lots, 150 are owed."""
    with writing(store) as conn:
        add_order(conn, 1, 1, 10_000, at=T0 - 9 * DAY)
        add_order(conn, 2, 1, 10_000, at=T0 - 8 * DAY)
    award(store)
    one_by_one = shipped_settings(redeem_unit=1)
    points.redeem(context(store, settings=one_by_one), "C1", 150)
    with writing(store) as conn:
        add_refund(conn, 1, 10_000)
        add_refund(conn, 2, 10_000)
    told = award(store)
    assert (told["clawed"], told["shortfall"]) == (200, 150)
    assert first_row(show_balance(context(store), "C1"))["debt"] == 150


def test_points_that_lapsed_before_they_were_booked_pay_no_debt(store: Path) -> None:
    """An order of five years ago is awarded late: its points are lapsed from the start, and what is owed stays owed."""
    with writing(store) as conn:
        add_order(conn, 1, 1, 10_000, at=T0 - 8 * DAY)
    award(store)
    points.redeem(context(store), "C1", 100)
    with writing(store) as conn:
        add_refund(conn, 1, 10_000)
        add_order(conn, 2, 1, 50_000, at=T0 - 1_825 * DAY)
    told = award(store)
    assert (told["points"], told["lapsed"], told["paid_debt"]) == (500, 500, 0)
    found = first_row(show_balance(context(store), "C1"))
    assert (found["available"], found["debt"], found["expired"]) == (0, 100, 500)


def test_a_bonus_is_booked_once_a_day_for_a_reason(store: Path) -> None:
    """The same call again, by accident or by a script that starts over, gives nothing twice."""
    for now, reason, key, state in [
        (T0, "survey", None, "booked"), (T0, "survey", None, "booked_before"),
        (T0 + DAY - 1, "survey", None, "booked_before"), (T0 + DAY, "survey", None, "booked"),
        (T0, "review", None, "booked"), (T0, "survey", "again", "booked"), (T0 + DAY, "other", "again", "booked_before"),
    ]:  # fmt: skip
        report = points.award_bonus(context(store, now=now), "C1", 10, reason, key=key)
        assert first_row(report)["state"] == state
        assert bool(report.warnings) == (state == "booked_before")
    assert total(store) == 40
    assert first_row(points.award_bonus(context(store), "C2", 10, "x", key="again"))["state"] == "booked"


def test_a_key_with_another_amount_is_a_loud_error(store: Path) -> None:
    """A key stands for one booking; the entry stays, the call fails."""
    points.award_bonus(context(store), "C1", 100, "gift", key="k")
    with pytest.raises(KeyTaken) as refusal:
        points.award_bonus(context(store), "C1", 200, "gift", key="k")
    assert (refusal.value.context["booked"], refusal.value.context["requested"]) == (100, 200)
    points.redeem(context(store), "C1", 100, key="k")
    with pytest.raises(KeyTaken):
        points.redeem(context(store), "C1", 200, key="k")
    assert [entry[2] for entry in entries(store)] == [100, -100]


def test_the_history_sums_up(store: Path) -> None:
    """Each entry with the sum so far, the lot's rest, and the order it belongs to."""
    with writing(store) as conn:
        add_order(conn, 1, 1, 30_000, at=T0 - 8 * DAY)
    award(store)
    points.redeem(context(store), "C1", 100, order="N1", reason="voucher")
    rows = show_history(context(store), "C1").blocks[0].rows
    assert [(row[2], row[3], row[4], row[5], row[8], row[9]) for row in rows] == [
        ("earn", 300, 300, 200, "N1", ""), ("redeem", -100, 200, None, "N1", "voucher"),
    ]  # fmt: skip


@pytest.mark.parametrize("table", ["points_entry", "points_lot", "points_allocation"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET points = points + 1", "DELETE FROM {}"])
def test_the_database_itself_refuses_changes(store: Path, table: str, statement: str) -> None:
    """Entries, lots and allocations can only be added, whoever tries."""
    points.award_bonus(context(store), "C1", 100, "gift")
    points.redeem(context(store), "C1", 100)
    with closing(sqlite3.connect(store)) as conn, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        conn.execute(statement.format(table))


def test_members_of_other_shops_are_counted_in_their_own_currency(store: Path) -> None:
    """A yen shop earns a point for each yen, beside a yuan shop."""
    with writing(store) as conn:
        add_shop(conn, 2, "tokyo", "JPY")
        add_customer(conn, 9, "tanaka", shop=2)
        add_order(conn, 1, 9, 500, currency="JPY", shop=2)
    award(store)
    assert entries(store) == [(1, "earn", 500)]


def test_orders_are_read_in_index_order(store: Path) -> None:
    """One pass that sorts the orders of one person at a time, so time and memory grow no faster than the rows."""
    with reading(store) as conn:
        list(queries.orders_to_award(conn))
        plan = [row[3] for row in conn.execute("EXPLAIN QUERY PLAN " + queries._ORDERS_TO_AWARD)]
    assert any("o USING INDEX ix_orders_customer" in line for line in plan)
    assert not any("TEMP B-TREE FOR ORDER BY" in line or "SCAN o" in line or "SCAN r" in line for line in plan)
