"""Whatever order, pieces or repetitions files arrive in, the store ends up the same."""

from __future__ import annotations

import atexit
import io
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shopcare.config import load
from shopcare.services import shops
from shopcare.services.context import Context
from shopcare.services.file_imports import Options, import_files
from shopcare.services.order_imports import ORDERS

HERE = Path(__file__).parent
SAMPLES = sorted(
    path
    for name in (
        "pdd/pdd_orders*.csv",
        "taobao/Export*.csv",
        "taobao/taobao_*.csv",
        "shopify/*.csv",
        "woocommerce/*.csv",
    )
    for path in HERE.glob(name)
)

#: Everything the store says of orders, without our own numbers, batches and the date a file's name gave.
FACTS = """
SELECT s.platform, o.number, i.value, o.status, o.status_raw, o.currency, o.total_minor, o.paid_minor, o.freight_minor,
       o.discount_minor, o.refunded_reported_minor, o.is_counted, o.ordered_at, o.ordered_day, o.ordered_month, o.paid_at,
       o.shipped_at, o.completed_at, o.channel, o.payment_method, o.province,
       (SELECT SUM(r.amount_minor) FROM refund AS r WHERE r.order_id = o.id)
FROM orders AS o JOIN shop AS s ON s.id = o.shop_id
LEFT JOIN customer_identity AS i ON i.customer_id = o.customer_id
ORDER BY 1, 2
"""
LINES = """
SELECT o.number, l.external_id, l.sku, l.title, l.quantity, l.unit_price_minor, l.amount_minor, p.sku
FROM order_line AS l JOIN orders AS o ON o.id = l.order_id LEFT JOIN product AS p ON p.id = l.product_id
ORDER BY 1, 2, 3, 4, 5, 6, 7
"""


TEMPLATE = Path(tempfile.mkdtemp(prefix="shopcare-tests-"))


def store(folder: Path) -> Context:
    """A fresh store, always with the same salt so that hashed addresses compare; copied, because making one takes long."""
    made = Context(settings=load(), store=TEMPLATE / "s.db", now=1_786_500_000, actor="tester")
    if not made.store.exists():
        atexit.register(shutil.rmtree, TEMPLATE)
        shops.create_store(made, shops.describe("shop", "generic", "CNY", "Asia/Shanghai"))
        with closing(sqlite3.connect(made.store, isolation_level=None)) as conn:
            conn.execute("UPDATE store_meta SET value = '00' WHERE key = 'identity_salt'")
            conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(made.store, folder / "s.db")
    return made._replace(store=folder / "s.db")


def facts(ctx: Context) -> list[tuple[object, ...]]:
    """What the store says, to compare."""
    with closing(sqlite3.connect(ctx.store)) as conn:
        return [*conn.execute(FACTS), *conn.execute(LINES), *conn.execute("SELECT COUNT(*) FROM waiting_line")]


def take(ctx: Context, *files: Path) -> None:
    """Import files that must all be taken."""
    result = import_files(ctx, [str(file) for file in files], Options(), ORDERS)
    assert result.exit_code == 0, result.files


def test_an_older_export_never_moves_an_order_back(tmp_path: Path) -> None:
    """Two dated exports in either order: the newer state, the missing order kept, the new one added."""
    older, newer = HERE / "pdd/dup02a_orders_export_20260805.csv", HERE / "pdd/dup02b_orders_export_20260810.csv"
    stores = []
    for number, pair in enumerate(((older, newer), (newer, older))):
        folder = tmp_path / str(number)
        folder.mkdir()
        ctx = store(folder)
        for file in pair:
            take(ctx, file)
        stores.append(facts(ctx))
    assert stores[0] == stores[1]
    states = {row[1]: row[4] for row in stores[0] if len(row) > 8}
    assert states == {
        "260801-990000000000001": "已收货",
        "260802-990000000000002": "已发货，退款成功",
        "260803-990000000000003": "已收货",
        "260804-990000000000004": "待发货",
    }


def test_lines_find_their_order_whichever_comes_first(tmp_path: Path) -> None:
    """Taobao's list of lines before or after the list of orders gives the same store, and nothing waits any more."""
    lists = sorted(HERE.glob("taobao/taobao_Export*2026*.csv"))
    stores = []
    for number, files in enumerate((lists, lists[::-1])):
        folder = tmp_path / str(number)
        folder.mkdir()
        ctx = store(folder)
        take(ctx, *files)
        stores.append(facts(ctx))
    assert stores[0] == stores[1]
    assert stores[0][-1] == (0,)
    assert sum(1 for row in stores[0] if len(row) == 8) == 9


def blocks(file: Path) -> tuple[str, str, list[str]]:
    """A sample as (encoding, header, the text of each order's rows)."""
    encoding = "gb18030" if "taobao" in str(file) else "utf-8-sig"
    lines = io.StringIO(file.read_bytes().decode(encoding), newline="").readlines()
    header, rows = lines[0], lines[1:]
    grouped: dict[str, list[str]] = {}
    for row in rows:
        if file.parent.name == "shopify" and not row.startswith("#"):
            grouped[next(reversed(grouped))].append(row)  # the second line of a quoted cell
            continue
        key = row.split(",")[1] if file.parent.name == "pdd" else row.split(",")[0]
        grouped.setdefault(key, []).append(row)
    return (
        encoding,
        header,
        ["".join(text if text.endswith("\n") else text + "\r\n" for text in g) for g in grouped.values()],
    )


@pytest.mark.parametrize("file", SAMPLES, ids=lambda path: path.name)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_split_shuffle_and_repetition_gives_the_same_store(file: Path, data: st.DataObject) -> None:
    """The orders of a sample dealt over several files, in any order, some files twice."""
    encoding, header, orders = blocks(file)
    dealt = data.draw(st.lists(st.integers(0, 2), min_size=len(orders), max_size=len(orders)))
    mixed = data.draw(st.permutations(range(len(orders))))
    sequence = [*data.draw(st.permutations(range(3))), *data.draw(st.lists(st.integers(0, 2), max_size=2))]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole = folder / "whole"
        pieces = folder / "pieces"
        whole.mkdir()
        pieces.mkdir()
        (one := whole / "export.csv").write_bytes((header + "".join(orders)).encode(encoding))
        for part in range(3):
            text = header + "".join(orders[i] for i in mixed if dealt[i] == part)
            (pieces / f"{part}.csv").write_bytes(text.encode(encoding))
        left, right = store(whole), store(pieces)
        take(left, one)
        take(right, *(pieces / f"{part}.csv" for part in sequence))
        assert facts(left) == facts(right)


def test_rows_of_an_order_may_stand_apart(tmp_path: Path) -> None:
    """Lines of an order scattered over the file are brought together, and importing again still changes nothing."""
    rows = ["order_id,ordered_at,paid,sku,quantity"]
    rows += [f"N{number},2026-08-01,10.00,S{part},1" for part in range(3) for number in range(50)]
    (file := tmp_path / "orders.csv").write_text("\n".join(rows), "utf-8")
    ctx = store(tmp_path)
    for new, unchanged in ((50, 0), (0, 50)):
        result = import_files(ctx, [str(file)], Options(), ORDERS).files[0]
        assert (result.outcome.new, result.outcome.unchanged, result.tally.rows) == (new, unchanged, 150)
    assert sum(1 for row in facts(ctx) if len(row) == 8) == 150
    assert sum(int(str(row[7])) for row in facts(ctx) if len(row) > 8) == 50_000


@pytest.mark.parametrize("apart", [False, True])
def test_twin_lines_are_two_pieces_and_twin_orders_one_order(tmp_path: Path, apart: bool) -> None:
    """Equal lines of one order are a real quantity of two; an equal row of an order without lines is a repeat."""
    between = ["B,2026-08-01,5.00,,"] if apart else []
    lines = ["order_id,ordered_at,paid,sku,quantity", "A,2026-08-01,5.00,X,1", *between, "A,2026-08-01,5.00,X,1"]
    (with_lines := tmp_path / "lines.csv").write_text("\n".join(lines), "utf-8")
    orders = [
        "order_id,ordered_at,paid",
        "C,2026-08-01,5.00",
        *(["D,2026-08-01,5.00"] if apart else []),
        "C,2026-08-01,5.00",
    ]
    (without := tmp_path / "orders.csv").write_text("\n".join(orders), "utf-8")
    ctx = store(tmp_path)
    result = import_files(ctx, [str(with_lines), str(without)], Options(), ORDERS)
    assert [skip.line for skip in result.files[1].tally.skipped] == [3 + apart]
    assert [row[4] for row in facts(ctx) if row[0] == "A"] == [1, 1]


ROW = st.tuples(
    st.sampled_from("AB"), st.sampled_from(["paid", "shipped", "refunded"]), st.sampled_from(["90", "100"]),
    st.sampled_from(["", "0", "50"]), st.sampled_from(["", "card"]), st.sampled_from(["", "X", "Y"]),
)  # fmt: skip


@pytest.mark.parametrize("columns", ["orders", "lines"])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(listed=st.lists(ROW, min_size=1, max_size=4, unique=True), data=st.data())
def test_rows_that_contradict_each_other_count_by_their_age(
    columns: str, listed: list[tuple[str, ...]], data: st.DataObject
) -> None:
    """Rows of an order that say different things: the same store whatever their order, in one file or in many; the same
    number of them is set aside in every order.
    """
    last = "payment_method" if columns == "orders" else "sku"
    header = f"order_id,ordered_at,status,paid,refunded,{last}"
    rows = list(
        dict.fromkeys(f"{o},2026-08-01,{','.join(rest)},{by if last != 'sku' else sku}" for o, *rest, by, sku in listed)
    )
    mixed = data.draw(st.permutations(rows))
    ends = data.draw(st.sampled_from([".csv", "_20260810.csv"]))
    with tempfile.TemporaryDirectory() as name:
        stores, aside = [], []
        for number, files in enumerate(([rows], [mixed], [[row] for row in mixed])):
            (folder := Path(name) / str(number)).mkdir()
            ctx = store(folder)
            for place, part in enumerate(files):
                (file := folder / f"{place}{ends}").write_text("\n".join([header, *part]), "utf-8")
                aside.append(import_files(ctx, [str(file)], Options(), ORDERS).files[0].tally.rejected_count)
            stores.append(facts(ctx))
        assert stores[0] == stores[1]
        assert aside[0] == aside[1]
        if columns == "orders":
            assert stores[0] == stores[2]


def test_a_column_that_is_no_order_number_does_not_swallow_the_file(tmp_path: Path) -> None:
    """A value that stands on every row is no order number: rows beyond what an order can have are named, quickly."""
    rows = [f"SHOP,2026-08-01,4.50,S{number % 50},1" for number in range(10_500)]
    (file := tmp_path / "orders.csv").write_text("\n".join(["order_id,ordered_at,paid,sku,quantity", *rows]), "utf-8")
    result = import_files(store(tmp_path), [str(file)], Options(), ORDERS).files[0]
    assert (result.outcome.new, result.tally.rows, result.tally.rejected_count) == (1, 10_000, 500)
    assert {bad.code for bad in result.tally.rejected} == {"too-many-lines"}


def test_a_blank_amount_and_one_of_nothing_come_to_the_same_in_any_order(tmp_path: Path) -> None:
    """A refunded order whose rows say 0.00 and nothing of the refund: which row stands first does not matter."""
    rows = ["A,2026-08-01,refunded,100,,", "A,2026-08-01,refunded,100,0,"]
    stores = []
    for number, listed in enumerate((rows, rows[::-1])):
        (folder := tmp_path / str(number)).mkdir()
        (file := folder / "orders.csv").write_text(
            "\n".join(["order_id,ordered_at,status,paid,refunded,sku", *listed]), "utf-8"
        )
        ctx = store(folder)
        import_files(ctx, [str(file)], Options(), ORDERS)
        stores.append(facts(ctx))
    assert stores[0] == stores[1]
