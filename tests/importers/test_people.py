"""Reviews, customers, survey answers and behaviour events: what is stored, in whatever order and pieces it comes."""

from __future__ import annotations

import re
import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopcare.config import load
from shopcare.errors import AmbiguousKey
from shopcare.importers.result import FileResult
from shopcare.services import customer_imports, customers, people_imports, shops
from shopcare.services.context import Context
from shopcare.services.file_imports import Kind, Options, import_files
from shopcare.services.order_imports import ORDERS
from shopcare.services.points import award_bonus
from shopcare.services.undo import UndoBlocked, undo
from shopcare.store.queries.people import said_by_customer

HERE = Path(__file__).parent
JUDGEME = HERE / "judgeme_reviews_export.csv"
KINDS = {
    "reviews": people_imports.REVIEWS, "customers": customer_imports.CUSTOMERS, "surveys": people_imports.SURVEYS,
    "events": people_imports.EVENTS,
}  # fmt: skip
#: Everything the store says of a kind, without our own numbers and batches.
FACTS = {
    "reviews": "SELECT source_key, rating, reviewed_at, reviewed_day, is_spam, is_verified, title, body, sku, product_ref,"
    " product_handle, order_number, reply, replied_at, identity_kind, identity_value, exported_at FROM review ORDER BY 1",
    "surveys": "SELECT source_key, kind, score, scale_max, answered_at, question, answer, order_number, case_number,"
    " identity_kind, identity_value, exported_at FROM survey_answer ORDER BY 1",
    "events": "SELECT source_key, kind, happened_at, happened_day, subject, value, identity_kind, identity_value,"
    " exported_at FROM behaviour_event ORDER BY 1",
    "customers": "SELECT group_concat(kind || ':' || value, ' ') FROM"
    " (SELECT customer_id, kind, value FROM customer_identity ORDER BY kind, value) GROUP BY customer_id ORDER BY 1",
}


@lru_cache(maxsize=1)
def _empty_store() -> bytes:
    """A store as `init` leaves it, made once, always with the same salt so that hashed addresses compare."""
    with tempfile.TemporaryDirectory() as name:
        ctx = Context(settings=load(), store=Path(name) / "s.db", now=1_786_500_000, actor="tester")
        shops.create_store(ctx, shops.describe("shop", "generic", "CNY", "Asia/Shanghai"))
        with closing(sqlite3.connect(ctx.store)) as conn:
            conn.execute("UPDATE store_meta SET value = '00' WHERE key = 'identity_salt'")
            conn.commit()
            conn.execute("PRAGMA journal_mode = DELETE")
        return ctx.store.read_bytes()


def store(folder: Path) -> Context:
    """A fresh store."""
    (path := folder / "s.db").write_bytes(_empty_store())
    return Context(settings=load(), store=path, now=1_786_500_000, actor="tester")


def rows_of(ctx: Context, sql: str) -> list[tuple[object, ...]]:
    """What the store answers."""
    with closing(sqlite3.connect(ctx.store)) as conn:
        return conn.execute(sql).fetchall()


def take(ctx: Context, kind: Kind, *files: Path, **options: object) -> list[FileResult]:
    """What importing files gives."""
    result = import_files(ctx, [str(file) for file in files], replace(Options(), **options), kind)  # type: ignore[arg-type]
    return list(result.files)


def written(folder: Path, name: str, *lines: str) -> Path:
    """A CSV file of these lines."""
    (file := folder / name).write_text("\n".join(lines) + "\n", "utf-8")
    return file


def test_judgeme_gives_what_is_in_it(ctx: Context) -> None:
    """Five reviews, their ratings and products, one flagged as spam and kept, one answered, one by nobody."""
    (result,) = take(ctx, people_imports.REVIEWS, JUDGEME)
    assert result.error is None
    assert (result.platform, result.format, result.outcome.new, result.tally.guests) == (
        "judgeme",
        "judgeme-reviews",
        5,
        1,
    )
    assert rows_of(ctx, "SELECT rating, COUNT(*) FROM review GROUP BY 1 ORDER BY 1 DESC") == [
        (5, 2),
        (4, 1),
        (3, 1),
        (1, 1),
    ]
    assert rows_of(ctx, "SELECT body FROM review WHERE is_spam = 1") == [("visit example.com now",)]
    assert rows_of(
        ctx, "SELECT product_handle, reply, datetime(replied_at, 'unixepoch') FROM review WHERE rating = 1"
    ) == [("demo-bowl", "Sorry!", "2026-08-11 09:00:00")]
    assert rows_of(ctx, "SELECT DISTINCT datetime(reviewed_at, 'unixepoch') FROM review WHERE title = 'Nice mug'") == [
        ("2026-08-10 10:12:00",)
    ]
    assert b"example.com," not in ctx.store.read_bytes()
    assert b"buyer1" not in ctx.store.read_bytes(), "addresses are stored as hashes only"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_importing_twice_is_importing_once(ctx: Context, tmp_path: Path, kind: str) -> None:
    """The second import of a file finds everything unchanged and makes no batch."""
    texts = {
        "reviews": ("review_id,rating,reviewed_at", "1,5,2026-08-01", "2,4.0,2026-08-02", ",3,2026-08-02"),
        "customers": ("customer_id,email", "A,a@example.com", "B,"),
        "surveys": (
            "kind,score,answered_at,order_id",
            "nps,10,2026-08-01,N1",
            "csat,4,2026-08-02,N2",
            ",77,2026-08-02,",
        ),
        "events": ("kind,happened_at,subject", "view,2026-08-01 10:00:00,S1", "view,2026-08-01 10:00:01,S1"),
    }
    file = written(tmp_path, "x.csv", *texts[kind])
    (first,) = take(ctx, KINDS[kind], file)
    facts = rows_of(ctx, FACTS[kind])
    (second,) = take(ctx, KINDS[kind], file)
    assert first.error is None
    assert first.outcome.new == len(texts[kind]) - 1
    assert (second.outcome.new, second.outcome.changed, second.outcome.unchanged) == (0, 0, first.outcome.new)
    assert second.batch == first.batch
    assert rows_of(ctx, FACTS[kind]) == facts


#: Rows as files may hold them: the same fact with and without a later reply, the same person with and without an address.
ROWS = {
    "reviews": (
        "review_id,rating,reviewed_at,title,email,product_id,reply,replied_at,shown_as",
        st.builds(
            "{},{},2026-08-0{},{},{},P{},{},{}".format,
            st.sampled_from(["", "", "r1", "r2"]), st.integers(1, 5), st.integers(1, 2), st.sampled_from(["good", "bad"]),
            st.sampled_from(["", "a@example.com", "A@example.com ", "d***o", "e***o"]), st.integers(1, 2),
            st.sampled_from([",", "Sorry,2026-08-05", "Thanks,2026-08-06"]), st.sampled_from(["", "", "X", "Y"]),
        ),
    ),
    "surveys": (
        "answer_id,kind,score,answered_at,customer_id,order_id,answer,device",
        st.builds(
            "{},{},{},2026-08-0{},{},{},{},{}".format,
            st.sampled_from(["", "a1"]), st.sampled_from(["csat", "nps", "x"]), st.integers(0, 5), st.integers(1, 2),
            st.sampled_from(["", "B1", "t**1", "a**2"]), st.sampled_from(["", "N1"]), st.sampled_from(["", "fine"]),
            st.sampled_from(["", "web"]),
        ),
    ),
    "events": (
        "event_id,kind,happened_at,subject,customer_id,session_id",
        st.builds(
            "{},{},2026-08-01 10:00:0{},{},{},{}".format,
            st.sampled_from(["", "e1"]), st.sampled_from(["view", "cart"]), st.integers(0, 1),
            st.sampled_from(["", "S1"]), st.sampled_from(["", "B1", "b*1", "c*2"]), st.sampled_from(["", "s1", "s2"]),
        ),
    ),
    "customers": (
        "customer_id,email",
        st.builds(
            "{},{}".format,
            st.sampled_from(["", "A", "B", "C"]), st.sampled_from(["", "x@example.com", "y@example.com", "m***@example.com"]),
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(ROWS))
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_any_split_shuffle_and_repetition_gives_the_same_store(kind: str, data: st.DataObject) -> None:
    """Rows dealt over three files, two of them dated, in any order and some twice, end in one and the same store."""
    header, row = ROWS[kind]
    dealt = data.draw(st.lists(st.tuples(row, st.integers(0, 2)), max_size=12))
    mixed = data.draw(st.permutations(dealt))
    sequence = [*data.draw(st.permutations(range(3))), *data.draw(st.lists(st.integers(0, 2), max_size=2))]
    with tempfile.TemporaryDirectory() as name:
        stores = []
        for number, (rows, order) in enumerate(((dealt, [0, 1, 2]), (mixed, sequence))):
            (folder := Path(name) / str(number)).mkdir()
            ctx = store(folder)
            files = _files(folder, header, rows)
            for part in order:
                (result,) = take(ctx, KINDS[kind], files[part])
                assert result.error is None
            stores.append(rows_of(ctx, FACTS[kind]))
        assert stores[0] == stores[1]


def _files(folder: Path, header: str, rows: Sequence[tuple[str, int]]) -> list[Path]:
    names = ["plain.csv", "x_20260810.csv", "x_20260811.csv"]
    return [written(folder, names[part], header, *(text for text, to in rows if to == part)) for part in range(3)]


def test_a_newer_export_wins_and_an_older_one_changes_nothing(ctx: Context, tmp_path: Path) -> None:
    """A review that got a reply keeps it when the export of the day before comes afterwards."""
    header = "review_id,rating,reviewed_at,reply"
    newer = written(tmp_path, "r_20260810.csv", header, "1,2,2026-08-01,Sorry")
    older = written(tmp_path, "r_20260809.csv", header, "1,2,2026-08-01,", "2,5,2026-08-01,")
    take(ctx, people_imports.REVIEWS, newer)
    (result,) = take(ctx, people_imports.REVIEWS, older)
    assert (result.outcome.new, result.outcome.changed, result.outcome.unchanged) == (1, 0, 1)
    assert rows_of(ctx, "SELECT rating, reply FROM review ORDER BY source_key") == [(2, "Sorry"), (5, None)]


def test_a_second_id_does_not_join_an_address_that_just_got_its_first(ctx: Context, tmp_path: Path) -> None:
    """An id known from an earlier file gets an address, and the next row gives that address to another id: two customers."""
    for number, rows in enumerate((["B,"], ["B,x@example.com", "C,x@example.com"], [",x@example.com"])):
        take(ctx, KINDS["customers"], written(tmp_path, f"{number}.csv", "customer_id,email", *rows))
    assert rows_of(ctx, "SELECT COUNT(*) FROM customer_identity GROUP BY customer_id ORDER BY 1") == [(1,), (2,)]


def test_a_row_with_id_and_address_is_one_person(ctx: Context, tmp_path: Path) -> None:
    """An address joins the customer known by the id, in another spelling too; masked ones join nobody."""
    file = written(
        tmp_path,
        "c.csv",
        "customer_id,email",
        "'A1,",
        "A1,Ann@Example.com",
        "A2,a***n@example.com",
        "B*2,",
        ",ann@example.com",
    )
    (result,) = take(ctx, customer_imports.CUSTOMERS, file)
    assert [(bad.line, bad.code) for bad in result.tally.rejected] == [(5, "missing-identity")]
    assert (result.outcome.new, result.outcome.changed, result.outcome.unchanged) == (2, 0, 2)
    kinds = rows_of(ctx, "SELECT customer_id, kind FROM customer_identity ORDER BY 1, 2")
    assert kinds == [(1, "buyer_id"), (1, "email"), (2, "buyer_id")]


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_contradicting_customers_of_a_file_do_not_depend_on_their_order(data: st.DataObject) -> None:
    """Ids that share addresses, ids and addresses alone: whatever the order of the rows, the same people and the same rows
    rejected.
    """
    row = st.tuples(st.sampled_from(["", "A", "B", "C"]), st.sampled_from(["", "x@example.com", "y@example.com"]))
    rows = data.draw(st.lists(row, max_size=8))
    mixed = data.draw(st.permutations(rows))
    with tempfile.TemporaryDirectory() as name:
        found = []
        for number, listed in enumerate((rows, mixed)):
            (folder := Path(name) / str(number)).mkdir()
            ctx = store(folder)
            (result,) = take(
                ctx,
                KINDS["customers"],
                written(folder, "c.csv", "customer_id,email,n", *(f"{a},{b},-" for a, b in listed)),
            )
            bad = sorted((listed[each.line - 2], each.code) for each in result.tally.rejected)
            found.append((rows_of(ctx, FACTS["customers"]), bad))
        assert found[0] == found[1]


def test_every_row_of_customers_is_counted_once(ctx: Context, tmp_path: Path) -> None:
    """A rejected row is no new customer beside, though its id is one: the counts add up to the rows, at any import."""
    rows = "A,x@example.com", "B,x@example.com", "C,", ",y@example.com"
    file = written(tmp_path, "c.csv", "customer_id,email", *rows)
    for counts in ((3, 0, 0), (0, 0, 3)):
        (result,) = take(ctx, KINDS["customers"], file)
        assert (result.rows, result.tally.rejected_count, result.outcome[:3]) == (4, 1, counts)
    assert rows_of(ctx, "SELECT COUNT(*) FROM customer") == [(4,)]


def bought(ctx: Context, folder: Path, number: str, *, customer_id: str = "", email: str = "") -> None:
    """An order of somebody known by an id (a generic export) or by an address (Shopify's)."""
    if customer_id:
        file = written(
            folder, f"{number}.csv", "order_id,ordered_at,paid,customer_id", f"{number},2026-08-01,1.00,{customer_id}"
        )
    else:
        header = (
            "Name,Email,Financial Status,Paid at,Fulfillment Status,Currency,Subtotal,Shipping,Taxes,Total,Created at"
        )
        header += ",Lineitem quantity,Lineitem name,Lineitem price"
        row = f"#{number},{email},paid,2026-08-01 10:00:00 +0800,fulfilled,CNY,1.00,0,0,1.00,2026-08-01 10:00:00 +0800,1,cup,1.00"
        file = written(folder, f"{number}.csv", header, row)
    (result,) = take(ctx, ORDERS, file, shop="shop")
    assert (result.error, result.outcome.new) == (None, 1)


def test_two_customers_with_orders_are_never_merged_by_an_import(ctx: Context, tmp_path: Path) -> None:
    """A row whose id and address both have bought is named with both customers, and changes neither."""
    bought(ctx, tmp_path, "1", customer_id="A")
    bought(ctx, tmp_path, "2", email="b@example.com")
    (result,) = take(
        ctx, customer_imports.CUSTOMERS, written(tmp_path, "c.csv", "customer_id,email", "A,b@example.com")
    )
    assert [(bad.line, bad.code) for bad in result.tally.rejected] == [(2, "conflicting-identities")]
    assert "C1, C2" in result.tally.rejected[0].message
    assert rows_of(ctx, "SELECT COUNT(*), COUNT(DISTINCT customer_id) FROM customer_identity") == [(2, 2)]


@pytest.mark.parametrize("has_bought", ["A", "x@example.com"])
def test_an_address_that_stood_alone_joins_its_id_and_says_so(ctx: Context, tmp_path: Path, has_bought: str) -> None:
    """Known by an id from one file and by an address from another, one of them with an order: one customer, whose order it
    is, with a word about it; undone, they are two again.
    """
    if has_bought == "A":
        bought(ctx, tmp_path, "1", customer_id="A")
        take(ctx, customer_imports.CUSTOMERS, written(tmp_path, "a.csv", "customer_id,email", ",x@example.com"))
    else:
        take(ctx, customer_imports.CUSTOMERS, written(tmp_path, "a.csv", "customer_id,email", "A,"))
        bought(ctx, tmp_path, "1", email="x@example.com")
    before = (
        rows_of(ctx, "SELECT * FROM customer ORDER BY 1"),
        rows_of(ctx, "SELECT * FROM customer_identity ORDER BY 1"),
    )
    (result,) = take(
        ctx, customer_imports.CUSTOMERS, written(tmp_path, "c.csv", "customer_id,email", "A,x@example.com")
    )
    assert result.tally.rejected == []
    assert [warning.values for warning in result.warnings] == [{"count": 1}]
    assert rows_of(ctx, "SELECT COUNT(*), COUNT(DISTINCT customer_id) FROM customer_identity") == [(2, 1)]
    joined = "SELECT COUNT(*) FROM orders AS o JOIN customer_identity AS i ON i.customer_id = o.customer_id"
    assert rows_of(ctx, joined) == [(2,)]
    undo(ctx, str(result.batch_id))
    after = (
        rows_of(ctx, "SELECT * FROM customer ORDER BY 1"),
        rows_of(ctx, "SELECT * FROM customer_identity ORDER BY 1"),
    )
    assert before == after


@pytest.mark.parametrize("turned", [False, True])
def test_an_address_of_two_ids_is_the_first_ids_and_always_reported(ctx: Context, tmp_path: Path, turned: bool) -> None:
    """A and B with one address, whichever file comes first: two customers, the address is A's, the second file's row is
    rejected; undoing it gives the first file's state again.
    """
    files = [written(tmp_path, f"{each}.csv", "customer_id,email", f"{each},x@example.com") for each in "AB"]
    take(ctx, customer_imports.CUSTOMERS, files[turned])
    before = rows_of(ctx, FACTS["customers"])
    (result,) = take(ctx, customer_imports.CUSTOMERS, files[not turned])
    assert [bad.code for bad in result.tally.rejected] == ["conflicting-identities"]
    assert [len(str(row[0]).split()) for row in rows_of(ctx, FACTS["customers"])] == [2, 1]
    assert str(rows_of(ctx, FACTS["customers"])[0][0]).startswith("buyer_id:A email:")
    undo(ctx, str(result.batch_id))
    assert rows_of(ctx, FACTS["customers"]) == before


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_customers_and_orders_by_id_in_any_order_are_the_same_people(data: st.DataObject) -> None:
    """Files of ids and addresses, any of them shared, with orders of the ids in between: the same people and orders."""
    header, row = ROWS["customers"]
    rows = data.draw(st.lists(row, max_size=6))
    steps = [*((text,) for text in rows), "A", "B"]
    mixed = data.draw(st.permutations([*steps, *data.draw(st.lists(st.sampled_from(steps), max_size=2))]))
    found = []
    for sequence in ([rows, "A", "B"], mixed):
        with tempfile.TemporaryDirectory() as name:
            ctx = store(Path(name))
            for place, step in enumerate(sequence):
                if isinstance(step, str):
                    file = written(
                        Path(name), "o.csv", "order_id,ordered_at,paid,customer_id", f"{step},2026-08-01,1.00,{step}"
                    )
                    take(ctx, ORDERS, file, shop="shop")
                else:
                    take(ctx, KINDS["customers"], written(Path(name), f"{place}.csv", header, *step))
            owners = "SELECT o.number, i.kind, i.value FROM orders o JOIN customer_identity i ON i.customer_id = o.customer_id"
            found.append((rows_of(ctx, FACTS["customers"]), rows_of(ctx, f"{owners} ORDER BY 1, 2, 3")))
            nameless = "SELECT id FROM customer WHERE id NOT IN (SELECT customer_id FROM customer_identity)"
            assert rows_of(ctx, nameless) == []
    assert found[0] == found[1]


TAOBAO = "订单编号,买家会员名,总金额,买家实际支付金额,订单状态,订单创建时间,订单付款时间,宝贝标题,宝贝总数量"
JD = "订单号,商品ID,商品名称,订购数量,下单时间,京东价,订单金额,结算金额,应付金额,订单状态,下单帐号,付款确认时间"


def two_platforms(ctx: Context, folder: Path, buyer: str) -> list[int]:
    """A buyer of this name on Taobao, and one on JD, in one shop: the customers of their orders."""
    files = [
        written(folder, "t.csv", TAOBAO, f"1,{buyer},1.00,1.00,交易成功,2026-08-01 10:00:00,2026-08-01 10:00:10,杯,1"),
        written(folder, "j.csv", JD, f"2,7,杯,1,2026-08-02 10:00:00,1,1,1,1,完成,{buyer},2026-08-02 10:00:10"),
    ]
    for result in take(ctx, ORDERS, *files, *files, shop="shop"):
        assert (result.error, result.tally.rejected) == (None, [])
    return [customer for (customer,) in rows_of(ctx, "SELECT customer_id FROM orders ORDER BY number")]  # type: ignore[misc]


def test_the_same_id_on_two_platforms_is_two_customers(ctx: Context, tmp_path: Path) -> None:
    """In a shop that takes files of every platform `anna` of Taobao is not `anna` of JD; generic files name the shop's own."""
    first, second = two_platforms(ctx, tmp_path, "anna")
    assert first != second
    take(ctx, customer_imports.CUSTOMERS, written(tmp_path, "c.csv", "customer_id,email", "anna,a@example.com"))
    assert rows_of(ctx, "SELECT platform, kind FROM customer_identity ORDER BY id") == [
        ("taobao", "buyer_id"), ("jd", "buyer_id"), ("generic", "buyer_id"), ("generic", "email"),
    ]  # fmt: skip
    with pytest.raises(AmbiguousKey, match="C1, C2, C3"):
        customers.show(ctx, "anna")
    take(ctx, people_imports.REVIEWS, written(tmp_path, "r.csv", "rating,reviewed_at,customer_id", "5,2026-08-01,anna"))
    with closing(sqlite3.connect(ctx.store)) as conn:
        assert [said_by_customer(conn, customer).reviews for customer in (1, 2, 3)] == [0, 0, 1]
    for batch in ("B4", "B3", "B2"):
        undo(ctx, batch)
    assert rows_of(ctx, "SELECT id FROM customer") == [(first,)]


def test_generic_files_name_the_buyers_of_their_shops_platform(ctx: Context, tmp_path: Path) -> None:
    """In a Taobao shop a generic list of reviews, customers or orders is about Taobao's buyers, whichever file comes first."""
    shops.add(ctx, shops.describe("mao", "taobao", "CNY", "Asia/Shanghai"))
    review = written(tmp_path, "r.csv", "rating,reviewed_at,customer_id", "5,2026-08-01,anna")
    listed = written(tmp_path, "c.csv", "customer_id,email", "anna,a@example.com")
    bought = written(
        tmp_path, "t.csv", TAOBAO, "1,anna,1.00,1.00,交易成功,2026-08-01 10:00:00,2026-08-01 10:00:10,杯,1"
    )
    take(ctx, people_imports.REVIEWS, review, shop="mao")
    take(ctx, customer_imports.CUSTOMERS, listed, shop="mao")
    take(ctx, ORDERS, bought)
    assert rows_of(ctx, "SELECT customer_id FROM orders") == [(1,)]
    assert rows_of(ctx, "SELECT platform FROM customer_identity") == [("taobao",), ("taobao",)]
    with closing(sqlite3.connect(ctx.store)) as conn:
        assert said_by_customer(conn, 1).reviews == 1


def test_an_address_that_serves_as_an_id_is_an_address(ctx: Context, tmp_path: Path) -> None:
    """Orders, customers and reviews that give an address as customer id: one customer, by the hash; two addresses are nobody."""
    header = "order_id,ordered_at,paid,customer_id"
    rows = "1,2026-08-01,1.00,Kim@Example.com", "2,2026-08-02,1.00,kim@example.com", "3,2026-08-02,1.00,plain7"
    more = (
        "4,2026-08-02,1.00,'kim@example.com",
        "5,2026-08-02,1.00,kim@example.com;bo@example.com",
        "6,2026-08-02,1.00,@bo",
    )
    for name, listed in (("a.csv", rows), ("b.csv", more)):
        take(ctx, ORDERS, written(tmp_path, name, header, *listed))
    take(
        ctx,
        KINDS["customers"],
        written(tmp_path, "c.csv", "customer_id,email", "M1,kim@example.com", "KIM@example.com,"),
    )
    review = written(tmp_path, "r.csv", "rating,reviewed_at,customer_id", "5,2026-08-01,kim@example.com")
    take(ctx, people_imports.REVIEWS, review)
    assert rows_of(ctx, "SELECT customer_id FROM orders ORDER BY number") == [(1,), (1,), (2,), (1,), (None,), (3,)]
    kinds = rows_of(ctx, "SELECT customer_id, kind FROM customer_identity ORDER BY 1, 2")
    assert kinds == [(1, "buyer_id"), (1, "email"), (2, "buyer_id"), (3, "buyer_id")]
    with closing(sqlite3.connect(ctx.store)) as conn:
        assert said_by_customer(conn, 1).reviews == 1
    assert b"kim@" not in ctx.store.read_bytes().lower()


def test_two_reviews_of_one_order_are_two(ctx: Context, tmp_path: Path) -> None:
    """Somebody who reviews two things in one moment: without a product the words tell the reviews apart."""
    header = "买家昵称,评价内容,评价时间,订单号,评分"
    rows = "anna,杯子好,2026-08-01 10:00:00,O,5", "anna,盘子一般,2026-08-01 10:00:00,O,3"
    for _time in range(2):
        (result,) = take(ctx, people_imports.REVIEWS, written(tmp_path, "r.csv", header, *rows))
        assert result.tally.rejected == []
    assert rows_of(ctx, "SELECT COUNT(*) FROM review") == [(2,)]


def test_a_reply_or_an_addition_comes_with_an_undated_file_too(ctx: Context, tmp_path: Path) -> None:
    """Of two statements of one time the one that says more counts; what is otherwise and not newer is counted in a warning."""
    header = "评论ID,用户昵称,评价时间,SKU,评分,初评内容,追评内容,追评时间,商家回复"
    before = "r1,A,2026-08-01,S,5,好,,,", "r2,B,2026-08-01,S,5,好,,,"
    after = "r1,A,2026-08-01,S,5,好,,,谢谢", "r2,B,2026-08-01,S,1,坏了,很差,2026-08-09,"
    first, second = written(tmp_path, "a.csv", header, *before), written(tmp_path, "b.csv", header, *after)
    for file, changed, warned in ((first, 0, []), (second, 2, []), (first, 0, [2])):
        (result,) = take(ctx, people_imports.REVIEWS, file)
        said = [warning.values["count"] for warning in result.warnings if "--exported-at" in warning.text]
        assert (result.outcome.changed, said) == (changed, warned)
    assert rows_of(ctx, "SELECT rating, reply FROM review ORDER BY source_key") == [(5, "谢谢"), (1, None)]


def test_bad_values_are_rejected_with_their_codes(ctx: Context, tmp_path: Path) -> None:
    """Ratings outside 1 to 5, scores above their scale, rows without a date or an answer."""
    ratings = written(
        tmp_path, "r.csv", "rating,reviewed_at", "0,2026-08-01", "6,2026-08-01", "4.5,2026-08-01", "5,", "★★★★☆,2026-08-01",
        "5星,2026-08-02", "x,2026-08-01",
    )  # fmt: skip
    (result,) = take(ctx, people_imports.REVIEWS, ratings)
    codes = [(bad.line, bad.code) for bad in result.tally.rejected]
    assert codes == [(2, "bad-rating"), (3, "bad-rating"), (4, "bad-rating"), (5, "missing-value"), (8, "bad-rating")]
    assert rows_of(ctx, "SELECT rating FROM review ORDER BY reviewed_at") == [(4,), (5,)]
    scores = written(
        tmp_path, "s.csv", "kind,score,answered_at,answer", "csat,6,2026-08-01,", "nps,10,2026-08-01,", "csat,,2026-08-01,",
        "csat,,2026-08-01,fine", "nps,-1,2026-08-01,",
    )  # fmt: skip
    (result,) = take(ctx, people_imports.SURVEYS, scores)
    codes = [(bad.line, bad.code) for bad in result.tally.rejected]
    assert codes == [(2, "bad-score"), (4, "missing-value"), (6, "bad-score")]


def test_satisfaction_begins_at_one_and_other_surveys_keep_their_name(ctx: Context, tmp_path: Path) -> None:
    """A csat of 0 is rejected, an nps of 0 is not; CES is no known kind, so its word stays as the question."""
    scores = written(
        tmp_path, "s.csv", "kind,score,scale_max,answered_at,order_id", "csat,0,,2026-08-01,N1", "nps,0,,2026-08-01,N1",
        "CES,7,7,2026-08-01,N1", "csat,0,100,2026-08-01,N2",
    )  # fmt: skip
    (result,) = take(ctx, people_imports.SURVEYS, scores)
    assert [(bad.line, bad.code) for bad in result.tally.rejected] == [(2, "bad-score")]
    asked = rows_of(ctx, "SELECT kind, score, scale_max, question FROM survey_answer ORDER BY kind, scale_max")
    assert asked == [("csat", 0, 100, None), ("nps", 0, 10, None), ("other", 7, 7, "CES")]


def test_a_customer_id_that_was_rounded_is_no_customer(ctx: Context, tmp_path: Path) -> None:
    """`7.0E+12` was saved by a spreadsheet: the row is rejected, not taken by its address alone."""
    file = written(tmp_path, "c.csv", "Customer ID,Email,Total Spent,Total Orders", "7.0E+12,a@example.com,1,1")
    (result,) = take(ctx, customer_imports.CUSTOMERS, file)
    assert [bad.code for bad in result.tally.rejected] == ["id-precision-lost"]
    assert rows_of(ctx, "SELECT COUNT(*) FROM customer") == [(0,)]


def test_consent_to_marketing_is_not_kept(ctx: Context, tmp_path: Path) -> None:
    """A Shopify customer is an id and a hashed address; nothing else of the row is in the store."""
    header = "Customer ID,First Name,Email,Accepts Email Marketing,Phone,Total Spent,Total Orders,Note,Tags"
    file = written(tmp_path, "c.csv", header, "'77,Zebulon,a@example.com,yes,10000000001,19.90,3,likesblue,vip")
    (result,) = take(ctx, customer_imports.CUSTOMERS, file)
    assert (result.outcome.new, result.ignored) == (1, ())
    content = ctx.store.read_bytes()
    assert not [word for word in (b"Zebulon", b"10000000001", b"likesblue", b"vip") if word in content]


def test_a_bad_time_is_told_with_its_column(ctx: Context, tmp_path: Path) -> None:
    """The header of the file stands before the complaint."""
    file = written(tmp_path, "r.csv", "评分,评价时间", "5,gestern")
    (result,) = take(ctx, people_imports.REVIEWS, file)
    assert [bad.message.split(":")[0] for bad in result.tally.rejected] == ["评价时间"]


def test_what_a_buyer_added_later_stands_below(ctx: Context, tmp_path: Path) -> None:
    """追评 of a third-party review table is kept; with it or without it, it is the same review."""
    header = "用户昵称,评价时间,SKU,评分,初评内容,追评内容"
    first = written(tmp_path, "a_20260802.csv", header, "测*,2026-08-01 10:00:00,A-1,5星,好,")
    later = written(tmp_path, "b_20260809.csv", header, "测*,2026-08-01 10:00:00,A-1,5星,好,更好")
    for file in (first, later, first):
        take(ctx, people_imports.REVIEWS, file)
    assert rows_of(ctx, "SELECT body, sku FROM review") == [("好\n更好", "A-1")]


@pytest.mark.parametrize(
    ("header", "row", "kind"),
    [
        ("rating,reviewed_at", "5,2026-08-01", "reviews"), ("score,answered_at", "5,2026-08-01", "surveys"),
        ("kind,happened_at", "view,2026-08-01", "events"), ("order_id,ordered_at,paid", "1,2026-08-01,1.00", "orders"),
        ("Customer ID,Email,Total Spent,Total Orders", "'1,a@example.com,1,1", "customers"),
    ],
)  # fmt: skip
def test_a_file_of_another_kind_is_refused_with_the_command_for_it(
    ctx: Context, tmp_path: Path, header: str, row: str, kind: str
) -> None:
    """Every other command refuses the file whole and names the one that takes it."""
    file = written(tmp_path, "x.csv", header, row)
    for name, other in {**KINDS, "orders": ORDERS}.items():
        (result,) = take(ctx, other, file)
        if name == kind:
            assert result.error is None
        else:
            assert result.error is not None
            assert (result.error.code, result.error.context["command"]) == (
                "import.wrong-kind",
                f"shopcare import {kind}",
            )


def test_columns_of_ones_own(ctx: Context, tmp_path: Path) -> None:
    """`--column` names where the fields of the generic format of this kind stand."""
    file = written(tmp_path, "x.csv", "Stars,Posted,Mail", "4,2026-08-01,a@example.com")
    columns = {"rating": "Stars", "reviewed_at": "Posted", "email": "Mail"}
    (result,) = take(ctx, people_imports.REVIEWS, file, columns=columns)
    assert (result.error, result.outcome.new) == (None, 1)
    assert rows_of(ctx, "SELECT rating, identity_kind FROM review") == [(4, "email")]


#: Everything that importing people leaves in a store, with numbers, batches and ages: what an undoing has to bring back.
WHOLE = {
    "reviews": "SELECT * FROM review ORDER BY id", "surveys": "SELECT * FROM survey_answer ORDER BY id",
    "events": "SELECT * FROM behaviour_event ORDER BY id",
    "customers": "SELECT i.*, c.* FROM customer_identity AS i JOIN customer AS c ON c.id = i.customer_id ORDER BY i.id",
}  # fmt: skip


def last_standing(ctx: Context) -> str:
    """The newest batch that was not undone."""
    return f"B{rows_of(ctx, 'SELECT MAX(id) FROM import_batch WHERE undone_at IS NULL')[0][0]}"


@pytest.mark.parametrize("kind", sorted(ROWS))
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_undoing_newest_first_brings_every_earlier_store_back(kind: str, data: st.DataObject) -> None:
    """After each import the store is dumped; undone one by one, every dump comes back, and importing again repeats it."""
    header, row = ROWS[kind]
    pieces = data.draw(st.lists(st.lists(row, max_size=4), min_size=1, max_size=4))
    with tempfile.TemporaryDirectory() as name:
        ctx = store(Path(name))
        stores = []
        for place, rows in enumerate(pieces):
            stores.append((last_standing(ctx), rows_of(ctx, WHOLE[kind])))
            ends = data.draw(st.sampled_from([".csv", "_20260810.csv", "_20260811.csv"]))
            file = written(Path(name), f"{place}{ends}", header, *rows)
            take(ctx, KINDS[kind], file)
            if last_standing(ctx) != stores[-1][0]:
                after = rows_of(ctx, FACTS[kind])
                undo(ctx, last_standing(ctx))
                assert rows_of(ctx, WHOLE[kind]) == stores[-1][1]
                take(ctx, KINDS[kind], file)
                assert rows_of(ctx, FACTS[kind]) == after
        for before, known in reversed(stores):
            if last_standing(ctx) != before:
                undo(ctx, last_standing(ctx))
                assert rows_of(ctx, WHOLE[kind]) == known


@pytest.mark.parametrize("kind", sorted(ROWS))
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_a_batch_that_can_be_undone_leaves_what_the_others_bring(kind: str, data: st.DataObject) -> None:
    """Undoing any batch is refused, or the store is as if that file had never come."""
    header, row = ROWS[kind]
    pieces = data.draw(st.lists(st.lists(row, min_size=1, max_size=4), min_size=2, max_size=4))
    with tempfile.TemporaryDirectory() as name:
        (left := Path(name) / "l").mkdir()
        (right := Path(name) / "r").mkdir()
        ctx, other = store(left), store(right)
        files = [written(Path(name), f"{place}.csv", header, *rows) for place, rows in enumerate(pieces)]
        batches = [take(ctx, KINDS[kind], file)[0].batch_id for file in files]
        gone = data.draw(st.sampled_from(sorted(set(filter(None, batches)))))
        try:
            undo(ctx, gone)
        except UndoBlocked:
            return
        take(other, KINDS[kind], *(file for file, batch in zip(files, batches, strict=True) if batch != gone))
        assert rows_of(ctx, FACTS[kind]) == rows_of(other, FACTS[kind])


def test_customers_that_orders_belong_to_stay(ctx: Context, tmp_path: Path) -> None:
    """Orders that found their buyer by a customer import block its undoing; without them nothing of it is left."""
    (brought,) = take(
        ctx, customer_imports.CUSTOMERS, written(tmp_path, "c.csv", "customer_id,email", "A,a@example.com")
    )
    take(ctx, ORDERS, written(tmp_path, "o.csv", "order_id,ordered_at,paid,customer_id", "N1,2026-08-01,1.00,A"))
    with pytest.raises(UndoBlocked, match="import B2"):
        undo(ctx, str(brought.batch_id))
    undo(ctx, "B2")
    assert rows_of(ctx, "SELECT COUNT(*) FROM customer_identity") == [(2,)], "the import of customers still stands"
    undo(ctx, "B1")
    assert rows_of(ctx, "SELECT COUNT(*) FROM customer") == [(0,)]


def test_a_customer_with_points_keeps_his_import(ctx: Context, tmp_path: Path) -> None:
    """Points booked by hand for a customer keep the import that brought him."""
    take(ctx, customer_imports.CUSTOMERS, written(tmp_path, "c.csv", "customer_id,email", "A,", "B,"))
    award_bonus(ctx, "A", 10, "thanks")
    with pytest.raises(UndoBlocked, match="customer C1"):
        undo(ctx, "B1")
    assert rows_of(ctx, "SELECT COUNT(*) FROM customer") == [(2,)]


def test_a_repeated_statement_holds_what_it_repeats(ctx: Context, tmp_path: Path) -> None:
    """A later file that says the same of one review blocks the undoing of the first; undone first, both go."""
    header = "review_id,rating,reviewed_at"
    take(ctx, people_imports.REVIEWS, written(tmp_path, "a.csv", header, "1,5,2026-08-01", "2,5,2026-08-01"))
    take(ctx, people_imports.REVIEWS, written(tmp_path, "b.csv", header, "2,5,2026-08-01", "3,5,2026-08-01"))
    with pytest.raises(UndoBlocked, match="import B2"):
        undo(ctx, "B1")
    undo(ctx, "B2")
    undo(ctx, "B1")
    assert rows_of(ctx, "SELECT COUNT(*) FROM review") == [(0,)]


def test_the_customers_page_counts_what_was_said(ctx: Context, tmp_path: Path) -> None:
    """Reviews and answers that came before the customer, by either identity or an order; spam does not count."""
    reviews = written(
        tmp_path, "r.csv", "rating,reviewed_at,email,customer_id,curated", "5,2026-08-01,a@example.com,,", "2,2026-08-02,,A,",
        "1,2026-08-03,,A,spam", "1,2026-08-03,,B,",
    )  # fmt: skip
    answers = written(
        tmp_path, "s.csv", "kind,score,answered_at,order_id", "nps,9,2026-08-05,N1", "nps,1,2026-08-06,N2"
    )
    take(ctx, people_imports.REVIEWS, reviews)
    take(ctx, people_imports.SURVEYS, answers)
    take(ctx, customer_imports.CUSTOMERS, written(tmp_path, "c.csv", "customer_id,email", "A,a@example.com"))
    take(ctx, ORDERS, written(tmp_path, "o.csv", "order_id,ordered_at,paid,customer_id", "N1,2026-08-01,1.00,A"))
    with closing(sqlite3.connect(ctx.store)) as conn:
        said = said_by_customer(conn, 1)
    assert (said.reviews, said.mean_rating, said.answers) == (2, 3.5, 1)


def test_rows_that_contradict_each_other_name_what_they_say(ctx: Context, tmp_path: Path) -> None:
    """Three statements of one review: the newest counts, the others are named with the line that counts, their columns and
    both values; of an address no more than its ends is shown.
    """
    header = "review_id,rating,reviewed_at,email,title"
    rows = ("1,2,2026-08-01,ann@example.com,bad", "1,2,2026-08-01,ann@example.com,bad", "1,5,2026-08-03,bob@example.com,good",
            "1,3,2026-08-02,Ann@example.com,bad")  # fmt: skip
    (result,) = take(ctx, people_imports.REVIEWS, written(tmp_path, "r.csv", header, *rows))
    assert [(bad.line, bad.code) for bad in result.tally.rejected] == [(2, "conflicting-rows"), (5, "conflicting-rows")]
    assert result.tally.rejected[0].message == (
        "line 4 says otherwise of the same thing, and counts: rating '5', not '2'; title 'good', not 'bad';"
        " reviewed_at '2026-08-03', not '2026-08-01'; email 'b***b@example.com', not 'a***n@example.com'"
    )
    assert [skip.line for skip in result.tally.skipped] == [3]
    assert rows_of(ctx, "SELECT rating FROM review") == [(5,)]


@pytest.mark.parametrize("kind", ["events", "reviews", "surveys"])
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_what_is_set_aside_does_not_depend_on_the_order_of_rows(kind: str, data: st.DataObject) -> None:
    """Any rows of a file in any order: the same facts, and the same rows rejected for the same reasons."""
    header, row = ROWS[kind]
    rows = [_plain(text) for text in data.draw(st.lists(row, max_size=10))]
    mixed = data.draw(st.permutations(rows))
    with tempfile.TemporaryDirectory() as name:
        found = []
        for number, listed in enumerate((rows, mixed)):
            (folder := Path(name) / str(number)).mkdir()
            ctx = store(folder)
            (result,) = take(ctx, KINDS[kind], written(folder, "x.csv", header, *listed))
            bad = sorted(
                (_read(listed[each.line - 2]), each.code, each.message.partition(" says ")[2])
                for each in result.tally.rejected
            )
            found.append((rows_of(ctx, FACTS[kind]), bad, result.tally.skipped_count))
        assert found[0] == found[1]


def _read(text: str) -> str:
    """What is read of a row: all but its last column. Of two rows that only differ there either may be the repeat."""
    return text.rpartition(",")[0]


def _plain(text: str) -> str:
    """A row in which somebody is written in one way, and nobody too where an id says which fact it is."""
    if not text.startswith(","):
        text = re.sub(r"\w\*+\w", "", text)
    return text.replace("A@example.com ", "a@example.com")


APART = {
    "masked phones": ("events", "kind,happened_at,customer_id", "view,2026-08-01,138****1234", "view,2026-08-01,139****5678"),
    "masked names": ("reviews", "rating,reviewed_at,body,买家昵称", "5,2026-08-01,好评,t**1", "5,2026-08-01,好评,a**2"),
    "names beside": ("reviews", "rating,reviewed_at,body,用户昵称", "5,2026-08-01,好评,Ann", "5,2026-08-01,好评,Bob"),
    "masked addresses": ("surveys", "score,answered_at,email", "5,2026-08-01,a*@b.org", "5,2026-08-01,c*@b.org"),
    "two addresses": ("surveys", "score,answered_at,email", "5,2026-08-01,a@b.org d@b.org", "5,2026-08-01,c@b.org d@b.org"),
    "sessions": ("events", "session_id,kind,happened_at", "s1,view,2026-08-01", "s2,view,2026-08-01"),
    "sessions of one": ("events", "session_id,kind,happened_at,customer_id", "s1,view,2026-08-01,A", "s2,view,2026-08-01,A"),
    "devices": ("surveys", "score,answered_at,device", "5,2026-08-01,web", "5,2026-08-01,app"),
}  # fmt: skip


@pytest.mark.parametrize("case", APART)
def test_rows_that_differ_where_nothing_is_read_are_two(ctx: Context, tmp_path: Path, case: str) -> None:
    """Who is masked is nobody, but not the same nobody; the same rows again, split, among new columns or as mended rows of
    a file of rejects, are no further facts, and nothing of what told them apart is stored.
    """
    kind, header, *rows = APART[case]
    (first,) = take(ctx, KINDS[kind], written(tmp_path, "x.csv", header, *rows))
    assert (first.outcome.new, first.tally.skipped) == (2, [])
    facts = rows_of(ctx, FACTS[kind])
    again = [written(tmp_path, f"{place}.csv", header, row, row) for place, row in enumerate(reversed(rows))]
    more = written(tmp_path, "m.csv", header + ",new", *(row + "," for row in rows))
    mended = written(tmp_path, "r.csv", header + ",line,code,reason", *(row + ",2,bad-date,x" for row in rows))
    for result in take(ctx, KINDS[kind], *again, more, mended):
        assert (result.error, result.outcome.new, result.outcome.changed) == (None, 0, 0)
    assert rows_of(ctx, FACTS[kind]) == facts
    content = ctx.store.read_bytes()
    assert not [word for word in (b"Ann", b"5678", b"a**2", b"b.org") if word in content]


def test_what_changes_beside_a_review_does_not_make_another_one(ctx: Context, tmp_path: Path) -> None:
    """A count of likes that grew is no second review, signed or not; of a known buyer and product no other column makes one either."""
    header = "rating,reviewed_at,买家昵称,商家编码,点赞数,colour"
    for name, likes in (("a.csv", 3), ("b_20260810.csv", 4)):
        rows = [
            f"5,2026-08-01,{who},CUP,{likes},{colour}"
            for who, colour in (("t**1", ""), ("tina", "red"), ("tina", "blue"))
        ]
        (result,) = take(ctx, people_imports.REVIEWS, written(tmp_path, name, header, *rows))
        assert [(skip.line, skip.why) for skip in result.tally.skipped] == [
            (4, "a repeat in every column that is read")
        ]
    assert rows_of(ctx, "SELECT COUNT(*) FROM review") == [(2,)]
