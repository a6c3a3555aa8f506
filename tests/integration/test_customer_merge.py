"""Merging two customers, as operators do it: keys, refusals, what is noted, earlier days, imports before and after."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from conftest import Run
from loyalty_store import (
    DAY,
    T0,
    TZ,
    add_customer,
    add_order,
    add_refund,
    add_shop,
    context,
    new_store,
    shipped_settings,
)
from order_store import blocks
from shopcare.cli import complete
from shopcare.domain.clock import day_of
from shopcare.errors import AmbiguousKey, NotFound
from shopcare.reports.retention import retention
from shopcare.services import awards, case_reports, customers, merging, order_page, points, points_reports
from shopcare.services.cases import Opening, open_case
from shopcare.services.context import Context
from shopcare.services.merging import CurrenciesDiffer, MergedAlready, NotMerged
from shopcare.services.points import InsufficientPoints, KeyTaken, OrderOfAnother
from shopcare.store import engine, schema
from shopcare.store.engine import reading, writing
from shopcare.store.queries import cases, orders
from shopcare.store.queries import customers as customer_queries

RULES = shipped_settings(redeem_unit=1, expiry="40d")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """li in two yuan shops, tanaka in a yen shop, and amy with an address."""
    path = new_store(tmp_path / "store.db")
    with writing(path) as conn:
        add_shop(conn, 2, "second")
        add_shop(conn, 3, "tokyo", "JPY")
        for customer, name, shop in [(1, "li", 1), (2, "li", 2), (3, "tanaka", 3), (4, "amy@example.org", 1)]:
            add_customer(conn, customer, name, shop)
    return path


def at(store: Path, days: int = 0) -> Context:
    """The store some days later."""
    return context(store, now=T0 + days * DAY, settings=RULES)


def noted(store: Path, table: str, columns: str) -> list[tuple[object, ...]]:
    """Columns of a table, oldest row first."""
    with closing(sqlite3.connect(store)) as conn:
        return conn.execute(f"SELECT {columns} FROM {table} ORDER BY id").fetchall()


def test_a_merge_is_noted_with_who_and_why(store: Path) -> None:
    """The audit log, the history of merges and the customer's page say it; a dry run says it and writes nothing."""
    merging.merge(at(store), "shop/li", "second/li", reason="same phone", dry_run=True)
    assert noted(store, "audit", "command") == noted(store, "customer_merge", "id") == []
    merging.merge(at(store), "shop/li", "second/li", reason="same phone")
    merging.unmerge(at(store, 1), "C2", reason="two people")
    assert noted(store, "audit", "command, subject, detail, actor") == [
        ("customer merge", "C1", "C2 same phone", "test"), ("customer unmerge", "C2", "C1 two people", "test"),
    ]  # fmt: skip
    assert noted(store, "customer_merge", "shop_id, customer_id, into_id, merged_at, reason") == [
        (2, 2, 1, T0, "same phone"), (2, 2, None, T0 + DAY, "two people"),
    ]  # fmt: skip
    merging.merge(at(store, 2), "C1", "C2", reason="after all")
    page = blocks(customers.show(at(store, 3), "C2"))
    assert page["customer"][0]["id"] == "C1"
    assert [(row["customer"], row["value"]) for row in page["identities"]] == [("C1", "li"), ("C2", "li")]
    assert page["merged"] == [
        {"customer": "C2", "display": "li", "shop": "second", "into": "C1", "merged_at": T0 + 2 * DAY,
         "reason": "after all", "actor": "test"},
    ]  # fmt: skip


def test_an_address_is_no_value_on_the_page(store: Path) -> None:
    """Of an e-mail address the page says only that there is one: what is stored is a hash."""
    (row,) = blocks(customers.show(at(store), "C4"))["identities"]
    assert (row["kind"], row["value"]) == ("email", None)


def test_keys_name_persons_except_where_one_is_taken_out(store: Path) -> None:
    """A name that two shops know leads to the person after merging; taking one out needs to say which."""
    with pytest.raises(AmbiguousKey):
        merging.merge(at(store), "li", "amy@example.org")
    merging.merge(at(store), "C1", "C2")
    merging.merge(at(store), "li", "AMY@example.org ")
    assert noted(store, "customer", "survivor_id") == [(None,), (1,), (None,), (1,)]
    with pytest.raises(AmbiguousKey):
        merging.unmerge(at(store), "li")
    with pytest.raises(NotMerged):
        merging.unmerge(at(store), "shop/li")
    with pytest.raises(NotFound):
        merging.unmerge(at(store), "nobody")
    merging.unmerge(at(store), "second/li")
    assert noted(store, "customer", "survivor_id") == [(None,), (None,), (None,), (1,)]


def test_what_is_part_of_a_third_is_refused_with_both_ways_out(store: Path) -> None:
    """The hint's own commands work."""
    merging.merge(at(store), "C1", "C4")
    with pytest.raises(MergedAlready) as refusal:
        merging.merge(at(store), "C2", "C4")
    assert refusal.value.hint.format_map(refusal.value.context) == (
        "`shopcare customer merge C2 C1` merges all of C1; `shopcare customer unmerge C4` takes C4 out first."
    )
    merging.merge(at(store), "C2", "C1")
    assert noted(store, "customer", "survivor_id") == [(2,), (None,), (None,), (2,)]


def test_currencies_stay_apart(store: Path) -> None:
    """A point is worth a fen or a yen: customers of shops with different currencies are not merged."""
    with pytest.raises(CurrenciesDiffer):
        merging.merge(at(store), "C1", "tanaka")


def test_earlier_days_do_not_see_a_later_merge(store: Path) -> None:
    """Retention and points as of a day before the merge stay as they were, and as of a day between see it."""
    with writing(store) as conn:
        for order, customer, shop in ((1, 1, 1), (2, 2, 2)):
            add_order(conn, order, customer, 5_000, at=T0, shop=shop)
    awards.award_orders(at(store, 1))
    day = day_of(T0, TZ)

    def seen(days: int) -> list[object]:
        later = at(store, 30)
        summary = retention(store, later.now, as_of_day=day + days)
        listed = points_reports.list_balances(later, as_of_day=day + days)
        single = points_reports.show_balance(later, "C2", as_of_day=day + days)
        history = points_reports.show_history(later, "C2", as_of_day=day + days)
        return [blocks(report) for report in (summary, listed, single, history)]

    before = {days: seen(days) for days in (2, 15, 25)}
    merging.merge(at(store, 10), "C1", "C2")
    assert seen(2) == before[2]
    assert seen(15) != before[15]
    assert blocks(points_reports.show_balance(at(store, 30), "C2", as_of_day=day + 15))["points"][0]["total"] == 100
    merging.unmerge(at(store, 20), "C2")
    assert seen(2) == before[2]
    assert seen(25) == before[25]
    assert blocks(retention(store, at(store, 30).now, as_of_day=day + 15))["base"][0]["customers"] == 1


def test_one_who_owes_leaves_the_other_less_to_redeem(store: Path) -> None:
    """With 100 points of one and 30 owed by the other, 71 are refused and 70 redeemed; unmerging leaves both facts."""
    with writing(store) as conn:
        add_order(conn, 1, 4, 3_000, at=T0)
    awards.award_orders(at(store))
    points.redeem(at(store, 10), "C4", 30)
    with writing(store) as conn:
        add_refund(conn, 1, 3_000, at=T0 + 11 * DAY)
    awards.award_orders(at(store, 12))
    points.award_bonus(at(store, 12), "C1", 100, "gift")
    merging.merge(at(store, 13), "C1", "C4")
    with pytest.raises(InsufficientPoints) as refusal:
        points.redeem(at(store, 13), "C1", 71)
    assert refusal.value.context["available"] == 70
    points.redeem(at(store, 13), "C4", 70, key="once")
    points.redeem(at(store, 13), "C1", 70, key="once")
    with pytest.raises(KeyTaken):
        points.redeem(at(store, 13), "C1", 10, key="once")
    rows = blocks(merging.unmerge(at(store, 14), "C4"))["persons"]
    assert [(row["customer"], row["available"], row["debt"]) for row in rows] == [("C1", 30, 0), ("C4", 0, 30)]


def test_points_pay_for_any_order_of_the_person(store: Path) -> None:
    """An order of the duplicate takes the survivor's points while they are one, and no longer afterwards."""
    with writing(store) as conn:
        add_order(conn, 1, 2, 100_000, shop=2)
    points.award_bonus(at(store), "C1", 200, "gift")
    with pytest.raises(OrderOfAnother):
        points.redeem(at(store), "C1", 100, order="N1")
    merging.merge(at(store), "C1", "C2")
    points.redeem(at(store), "C1", 100, order="N1")
    merging.unmerge(at(store), "C2")
    with pytest.raises(OrderOfAnother):
        points.redeem(at(store), "C1", 100, order="N1")


def test_cases_and_words_of_a_duplicate_are_the_person_s(store: Path) -> None:
    """Cases by customer, pages of orders and cases, reviews and the last contact follow the survivor."""
    with writing(store) as conn:
        add_order(conn, 1, 2, 100_000, shop=2)
        conn.execute(
            "INSERT INTO review (shop_id, source_key, rating, reviewed_at, reviewed_day, is_spam, identity_kind,"
            " identity_value, exported_at, first_batch_id, batch_id) VALUES (2, 'r', 4, 0, 0, 0, 'buyer_id', 'li', 0, 1, 1)"
        )
    asked = Opening(order="N1", kind="inquiry", reason="asks", lines=(), amount=None, external_id=None)
    open_case(at(store, 5), asked)
    merging.merge(at(store, 6), "C1", "C2")
    for key in ("C1", "C2"):
        listed = blocks(case_reports.listing(at(store, 6), cases.CaseFilter(), customer=key))["cases"]
        assert [(row["id"], row["customer"]) for row in listed] == [("A1", "C1")]
    assert blocks(case_reports.show(at(store, 6), "A1"))["case"][0]["customer"] == "C1"
    assert blocks(order_page.show(at(store, 6), "N1"))["order"][0]["customer"] == "C1"
    page = blocks(customers.show(at(store, 6), "C1"))
    assert (page["customer"][0]["cases"], page["customer"][0]["last_contact_at"]) == (1, T0 + 5 * DAY)
    assert (page["said"][0]["reviews"], page["said"][0]["mean_rating"]) == (1, 4)
    merging.unmerge(at(store, 7), "C2")
    assert blocks(case_reports.show(at(store, 7), "A1"))["case"][0]["customer"] == "C2"
    assert blocks(customers.show(at(store, 7), "C1"))["customer"][0]["cases"] == 0


def test_a_person_is_found_by_index(store: Path) -> None:
    """No query about one person reads a whole table, however many customers are merged."""
    with reading(store) as conn:
        seen: list[str] = []
        conn.set_trace_callback(seen.append)
        list(orders.orders_listed(conn, orders.OrderFilter(customer_id=1)))
        list(cases.cases_listed(conn, cases.CaseFilter(is_open=False, customer_id=1)))
        customer_queries.spent_by_customer(conn, 1)
        customer_queries.last_contact(conn, 1)
        customer_queries.identities_of(conn, 1)
        conn.set_trace_callback(None)
        plans = [str(row[3]) for sql in seen for row in conn.execute("EXPLAIN QUERY PLAN " + sql)]
    assert not [plan for plan in plans if plan.startswith("SCAN")]
    assert any("ix_customer_survivor (survivor_id=?)" in plan for plan in plans)


def test_completion_tells_customers_from_merged_ones(
    store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """TAB offers whoever stands for himself, and after `unmerge` whoever does not."""
    merging.merge(at(store), "C1", "C2")
    monkeypatch.setenv("SHOPCARE_STORE", str(store))
    for kind, wanted in (("customer", "C1 C3 C4"), ("merged-customer", "C2")):
        complete.run([kind, "c"])
        assert capsys.readouterr().out.split() == wanted.split()


def test_a_store_from_before_merges_is_migrated(tmp_path: Path) -> None:
    """The tables of the version before gain the history of merges, and customers can be merged."""
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute(f"PRAGMA application_id = {engine.APPLICATION_ID}")
        schema.upgrade(conn, "0002")
        conn.execute(
            "INSERT INTO shop (id, name, platform, currency, tz, created_at) VALUES (1, 's', 'x', 'CNY', 'UTC', 0)"
        )
        conn.executemany("INSERT INTO customer (id, shop_id, display, created_at) VALUES (?, 1, '', 0)", [(1,), (2,)])
    assert schema.migrate(path)[:2] == ("0002", engine.SCHEMA_VERSION)
    merging.merge(at(path), "C1", "C2")
    assert noted(path, "customer", "survivor_id") == [(None,), (1,)]


def test_identities_from_before_platforms_were_told_apart_are_kept(tmp_path: Path) -> None:
    """What generic files named in a Taobao shop are Taobao's buyers after the migration; nobody is lost."""
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute(f"PRAGMA application_id = {engine.APPLICATION_ID}")
        schema.upgrade(conn, "0004")
        conn.executemany(
            "INSERT INTO shop (id, name, platform, currency, tz, created_at) VALUES (?, ?, ?, 'CNY', 'UTC', 0)",
            [(1, "t", "taobao"), (2, "g", "generic")],
        )
        conn.executemany("INSERT INTO customer (id, shop_id, display, created_at) VALUES (?, 1, '', 0)", [(1,), (2,)])
        conn.executemany(
            "INSERT INTO customer_identity (shop_id, customer_id, platform, kind, value) VALUES (?, ?, ?, 'buyer_id', ?)",
            [(1, 1, "generic", "ann"), (1, 2, "taobao", "bob"), (2, 2, "jd", "bob"), (2, 1, "generic", "ann")],
        )
    assert schema.migrate(path)[:2] == ("0004", engine.SCHEMA_VERSION)
    known = [(1, "taobao", "ann"), (2, "taobao", "bob"), (2, "jd", "bob"), (1, "generic", "ann")]
    assert noted(path, "customer_identity", "customer_id, platform, value") == known


FILES = {
    "a.csv": "N1,amy,2026-06-01,completed,300\nN2,bob,2026-06-02,completed,20\n",
    "b.csv": "N3,bob,2026-06-03,completed,50\nN4,amy,2026-06-04,completed,7\nN5,a***y,2026-06-05,completed,1\n",
}


def test_imports_before_and_after_a_merge_come_to_the_same(shop: Run, home: Path) -> None:
    """An identity keeps its own customer, so whichever comes first, the person has all orders, and unmerged each his own."""
    for name, rows in FILES.items():
        (home / name).write_text("order_id,customer_id,ordered_at,status,paid\n" + rows)

    def played(*steps: str) -> list[str]:
        env = {"SHOPCARE_STORE": str(home / f"{steps[1]}.db")}
        shop("init", "--shop", "s", "--platform", "generic", "--currency", "CNY", "--tz", "Asia/Shanghai", env=env)
        for step in steps:
            done = shop(*step.split(), env=env)
            assert done.returncode == 0, done.stderr
        shown = [shop("customer", "list", "--fields", "display,orders,net", env=env).stdout]
        shown.append(shop("order", "list", "--customer", "bob", "--fields", "order,buyer", env=env).stdout)
        shop("customer", "unmerge", "bob", env=env)
        return [*shown, shop("customer", "list", "--fields", "display,orders,net", env=env).stdout]

    after = played("import orders a.csv", "import orders b.csv", "customer merge amy bob")
    before = played("import orders a.csv", "customer merge amy bob", "import orders b.csv")
    assert after == before
    assert after == ["amy\t4\t377.00\n", "N4\tamy\nN3\tamy\nN2\tamy\nN1\tamy\n", "amy\t2\t307.00\nbob\t2\t70.00\n"]
