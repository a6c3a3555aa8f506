"""Rejected rows, mended and imported, leave the store that the right file would have left at once."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import pytest

from case_files import asked
from case_files import facts as case_facts
from export_books import xlsx
from importers.test_arrival import facts as order_facts
from importers.test_arrival import store
from importers.test_people import FACTS
from shopcare.cli.rejects import Rejects
from shopcare.services import customer_imports, people_imports
from shopcare.services.case_imports import CASES
from shopcare.services.context import Context
from shopcare.services.file_imports import Kind, Options, import_files
from shopcare.services.order_imports import ORDERS

KINDS = {
    "orders": ORDERS, "cases": CASES, "reviews": people_imports.REVIEWS, "customers": customer_imports.CUSTOMERS,
    "surveys": people_imports.SURVEYS, "events": people_imports.EVENTS,
}  # fmt: skip
TAOBAO = "订单编号,买家会员名,订单状态,买家实际支付金额,订单创建时间,订单付款时间,买家应付货款"
#: Kind, header, rows, and the row and column to spoil with what.
FILES = {
    "orders": (
        "orders", "order_id,ordered_at,paid,status,sku,title,quantity",
        ["N1,2026-08-01,10.00,paid,A,=1+1,1", "N1,2026-08-01,10.00,paid,B,-x,2", "N2,2026-08-02,5.00,paid,C,＝c,1"],
        (1, 6, "many"),
    ),
    "whole orders": (
        "orders", TAOBAO,
        ["4000000000000000001,买家甲,交易成功,100.00,2026-08-01 10:00:00,2026-08-01 10:01:00,100.00",
         "4000000000000000002,买家乙,交易成功,90.00,2026-08-02 10:00:00,2026-08-02 10:01:00,90.00"],
        (1, 3, "1e3"),
    ),
    "orders spread over rows": (
        "orders", "主订单编号,子订单编号,订单状态,买家实付金额,订单创建时间,订单付款时间,商品标题,购买数量",
        ["T1,T11,交易成功,40.00,2026-08-01 10:00:00,2026-08-01 10:01:00,茶,1",
         "T1,T12,交易成功,60.00,2026-08-01 10:00:00,2026-08-01 10:01:00,杯,2",
         "T2,T21,交易成功,7.00,2026-08-02 10:00:00,2026-08-02 10:01:00,壶,1"],
        (1, 3, "1e3"),
    ),
    "cases": (
        "cases", "case_id,order_id,kind,status,reason,amount,refunded,applied_at,closed_at",
        ["R1,N1,refund_only,refunded,+torn,4.00,4.00,2026-08-03,2026-08-04",
         "R2,N1,refund_only,requested,@late,2.00,,2026-08-05,"],
        (0, 6, "x"),
    ),
    "reviews": (
        "reviews", "review_id,rating,reviewed_at,title,body,line,email",
        ["1,5,2026-08-01,-5 stars,=good,7,a@example.com", "2,4,2026-08-02,ok,\tfine,8,b@example.com"], (0, 1, "9"),
    ),
    "customers": ("customers", "customer_id,email", ["A,a@example.com", "B,b@example.com"], (1, 0, "9.9E+18")),
    "surveys": (
        "surveys", "answer_id,kind,score,answered_at,answer,code",
        ["1,nps,9,2026-08-01,@all fine,x", "2,csat,4,2026-08-02,,y"], (0, 2, "many"),
    ),
    "events": (
        "events", "event_id,kind,happened_at,subject,value",
        ["1,view,2026-08-01 10:00:00,=S1,1", "2,cart,2026-08-01 10:00:01,S2,2"], (1, 2, "someday"),
    ),
}  # fmt: skip
ENDINGS = ("x.csv", "x_20260810.csv", "gb_20260810.csv", "x_20260810.xlsx")


def written(folder: Path, name: str, header: str, rows: Sequence[Sequence[str]]) -> Path:
    """An export of these cells: a workbook, a text in GB18030, or one in UTF-8."""
    path = folder / name
    if path.suffix == ".xlsx":
        path.write_bytes(xlsx({"Sheet1": [header.split(","), *rows]}))
        return path
    with path.open("w", encoding="gb18030" if name.startswith("gb") else "utf-8", newline="") as file:
        csv.writer(file).writerows([header.split(","), *rows])
    return path


def said(ctx: Context, kind: str) -> list[object]:
    """Everything the store says of a kind."""
    if kind not in FACTS:
        dates = "SELECT number, exported_at FROM orders ORDER BY 1"
        return [*order_facts(ctx), *case_facts(ctx), *asked(ctx, dates)]
    return [*asked(ctx, FACTS[kind])]


@pytest.mark.parametrize("name", ENDINGS)
@pytest.mark.parametrize("which", FILES)
def test_mended_rejects_are_as_good_as_right_rows(tmp_path: Path, which: str, name: str) -> None:
    """One cell is spoiled, its row rejected, mended in the file of rejects and imported: nothing tells it from the right
    file, not even its date; spoiled differently it is rejected again in the input's own columns.
    """
    kind, header, lines, (row, column, wrong) = FILES[which]
    rows = [line.split(",") for line in lines]
    spoiled = [
        [wrong if (r, c) == (row, column) else cell for c, cell in enumerate(cells)] for r, cells in enumerate(rows)
    ]
    (left := tmp_path / "l").mkdir()
    (right := tmp_path / "r").mkdir()
    ctx, other = store(left), store(right)
    if kind == "cases":
        for each, folder in ((ctx, left), (other, right)):
            orders = written(
                folder, "o.csv", "order_id,ordered_at,paid,status", [["N1", "2026-08-01", "10.00", "paid"]]
            )
            assert import_files(each, [str(orders)], Options(), ORDERS).exit_code == 0
    assert take(ctx, KINDS[kind], written(left, name, header, spoiled), left / "bad.csv") == 1
    assert take(ctx, KINDS[kind], left / "bad.csv", left / "again.csv") == 1
    assert (left / "again.csv").read_text("utf-8-sig").splitlines()[0] == (left / "bad.csv").read_text(
        "utf-8-sig"
    ).splitlines()[0]
    with (left / "again.csv").open(encoding="utf-8-sig", newline="") as file:
        own, *bad = csv.reader(file)
    assert own[: header.count(",") + 1] == header.split(",")
    bad[0][column] = rows[row][column]
    mended = written(left, "mended.csv", ",".join(own), bad)
    assert take(ctx, KINDS[kind], mended, left / "none.csv") == 0
    assert take(other, KINDS[kind], written(right, name, header, rows), right / "none.csv") == 0
    assert said(ctx, kind) == said(other, kind)


def take(ctx: Context, kind: Kind, file: Path, rejects: Path) -> int:
    """Import a file and write its rejected rows; how many there are."""
    sink = Rejects(rejects)
    result = import_files(ctx, [str(file)], Options(), kind, rejects=sink).files[0]
    sink.write()
    sink.close()
    assert result.error is None, result.error
    assert not {"reason", "rejected_line", "exported_at"} & set(result.ignored), "what rejects add is known"
    return result.tally.rejected_count


@pytest.mark.parametrize("kind", ["orders", "reviews", "platform"])
def test_mended_dates_are_read_as_in_their_export(tmp_path: Path, kind: str) -> None:
    """That the day comes first is shown by a good row only, or by the operator: the bad row remembers it, also if its format
    usually has the month first.
    """
    header, right, bad, day = {
        "orders": ("order_id,paid,ordered_at,title,sku", "1,5,22/08/2026,a,b", "2,x,03/08/2026,a,b", "ordered_at FROM orders"),
        "reviews": ("review_id,rating,reviewed_at,line,code,reason", "1,5,22/08/2026,a,b,c", "2,x,03/08/2026,a,b,c",
                    "reviewed_at FROM review"),
        "platform": ("Order ID,Order Total,Sale Date,Currency,Buyer", "1,5,22/08/2026,USD,b", "2,x,03/08/2026,USD,b",
                     "ordered_at FROM orders"),
    }[kind]  # fmt: skip
    ctx, what = store(tmp_path), KINDS["reviews" if kind == "reviews" else "orders"]
    (file := tmp_path / "a.csv").write_text(f"{header}\n{right}\n{bad}\n", "utf-8")
    assert take(ctx, what, file, tmp_path / "bad.csv") == 1
    assert take(ctx, what, tmp_path / "bad.csv", tmp_path / "again.csv") == 1
    text = (tmp_path / "again.csv").read_text("utf-8-sig").replace("2,x,", "2,4,")
    (tmp_path / "mended.csv").write_text(text, "utf-8")
    assert take(ctx, what, tmp_path / "mended.csv", tmp_path / "none.csv") == 0
    column, table = day.split(" FROM ")
    query = f"SELECT date({column} + 43200, 'unixepoch') FROM {table} ORDER BY 1"
    assert asked(ctx, query) == [("2026-08-03",), ("2026-08-22",)]
