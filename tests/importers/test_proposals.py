"""What `import formats new` makes of headers as operators have them: status words, ids, amounts, preambles, no header."""

from __future__ import annotations

import csv
import gzip
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import export_books as books
from conftest import SOURCE, Run
from importers.test_own_formats import made
from shopcare.errors import ShopcareError
from shopcare.importers.formats.catalog import normal
from shopcare.importers.refusals import DuplicateColumnError, UnknownFormatError
from shopcare.importers.text.header_row import header_of, is_value
from shopcare.services import format_files
from shopcare.services.case_imports import CASES
from shopcare.services.context import Context
from shopcare.services.file_imports import Options, import_files
from shopcare.services.order_imports import ORDERS

TWO = "1001,2026-08-01,5.00,{}\n1002,2026-08-02,6.00,{}\n"


def proposed(folder: Path, text: str, kind: str | None = None, **columns: str) -> format_files.Proposal:
    """What is proposed for a file with this text."""
    (file := folder / "f.csv").write_text(text, "utf-8")
    return format_files.propose(str(file), kind, columns)[1]


@pytest.mark.parametrize("name", ["Status", "订单状态", "Bestellstatus", "order_status"])
def test_what_is_called_a_status_is_one(name: str, ctx: Context, tmp_path: Path) -> None:
    """Whatever its words: they are named, and imports count the ones nobody explained."""
    (file := tmp_path / "o.csv").write_text(f"No,Day,Total,{name}\n" + TWO.format("storniert", "versandt"), "utf-8")
    path = format_files.check_name("mine")
    _table, proposal = format_files.propose(str(file), None, {}, {"Storniert": "cancelled"})
    assert proposal.columns["status"] == normal(name)
    assert dict(proposal.unknown_statuses) == {"versandt": 1}
    *_others, warning = format_files.report(proposal, path).warnings
    assert "'versandt' (1)" in str(warning)
    format_files.save(path, str(file), proposal)
    (result,) = import_files(ctx, [str(file)], Options(), ORDERS).files
    assert (result.format, result.tally.unmapped) == ("mine", {"versandt": 1})
    with closing(sqlite3.connect(ctx.store)) as conn:
        assert conn.execute("SELECT status FROM orders ORDER BY number").fetchall() == [("cancelled",), ("unknown",)]


def test_of_several_statuses_the_known_one_is_taken(tmp_path: Path) -> None:
    """The others are named as left out; a column of days is none, whatever it is called."""
    text = "No,Status,Order status,Status date\n1001,grün,paid,2026-08-01\n1002,rot,shipped,2026-08-02\n"
    proposal = proposed(tmp_path, text, "orders")
    assert (proposal.columns["status"], proposal.columns["ordered_at"]) == ("Order status", "Status date")


def test_words_are_known_from_the_whole_file(ctx: Context, tmp_path: Path) -> None:
    """The newest orders stand first and are all new: what older ones are is understood all the same."""
    rows = [f"N{number},2026-08-01,5.00,待发货\n" for number in range(1000, 1400)]
    (file := tmp_path / "o.csv").write_text(
        "单,日期,实付,状态\n" + "".join(rows) + "N9,2026-07-01,5.00,已完成\nN8,2026-07-01,5.00,搞定\n"
    )
    proposal = made("mine", file)
    assert dict(proposal.unknown_statuses) == {"搞定": 1}
    (result,) = import_files(ctx, [str(file)], Options(), ORDERS).files
    assert (result.outcome.new, result.tally.unmapped) == (402, {"搞定": 1})


def test_words_of_cases_that_nobody_knows_are_named(ctx: Context, tmp_path: Path) -> None:
    """Of status, kind and fault; the status is found by its name and may be explained."""
    (file := tmp_path / "c.csv").write_text(
        "退货单号,订单号,状态,售后类型\nR1,X1,占卜,仅退款\nR2,X2,退款成功,占星\n", "utf-8"
    )
    _table, proposal = format_files.propose(str(file), "cases", {}, {"占卜": "requested"})
    assert proposal.columns == {"case_id": "退货单号", "order_id": "订单号", "status": "状态", "kind": "售后类型"}
    assert proposal.words.unknown == {"kind": {"占星": 1}}
    format_files.save(format_files.check_name("r"), str(file), proposal)
    (result,) = import_files(ctx, [str(file)], Options(), CASES).files
    assert (result.format, result.tally.unmapped) == ("r", {"kind: 占星": 1})


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("序号,订单,日期,金额\n1,D901,2026-08-01,5.00\n2,D902,2026-08-02,6.00\n", "order_id=订单 paid=金额"),
        ("No,Customer No,Day,Total\n1001,5001,2026-08-01,5\n1002,5002,2026-08-02,6\n", "order_id=No paid=Total"),
        ("Order,Day,Subtotal,Tax,Total\n1001,2026-08-01,5.00,1.00,6.00\n", "order_id=Order paid=Total"),
        ("订单,手机,下单日期,总金额\nD1,13800000001,2026/8/1,88\nD2,13800000002,2026/8/2,99\n", "order_id=订单 paid=总金额"),
        ("Order,Name,Country,Date,Total\n1001,Ann,DE,2026-08-01,5.00\n1002,Bo,FR,2026-08-02,6.00\n", "order_id=Order paid=Total"),
        ("Order,Paid on,Bought,Total\n1,2026-08-02,2026-08-01,5.00\n7,2026-08-02,2026-08-01,6.00\n", "ordered_at=Bought paid=Total"),
        ("Order,SKU,Bought,Paid\n1001,A,2026-08-01,5.00\n1001,B,2026-08-01,5.00\n", "order_id=Order sku=SKU"),
        (",Order No,Date,Total\n1,1001,2026-08-01,5.00\n2,1002,2026-08-02,6.00\n", "order_id=Order No paid=Total"),
        ('"Order\nNo","下单\n时间",Total\n1001,2026-08-01,5.00\n1002,2026-08-02,6.00\n', "order_id=Order No ordered_at=下单时间"),
        ("=\"Order\"\t'Day\t=\"Sum\"\n=\"1001\"\t=\"2026-08-01\"\t=\"5.00\"\n", "order_id=Order paid=Sum"),
        ("订单报表,,,\n导出时间,2026-08-10,,\n\n订单,下单时间,金额,备注\nX1,2026-08-01,12.5,\nX2,2026-08-02,13.5,\n", "order_id=订单 paid=金额"),
        ("Shop list,page 1,of,3\nOrder,Date,Total,Note\n1001,2026-08-01,5.00,\n1002,2026-08-02,6.00,\n", "order_id=Order paid=Total"),
        ("会员编号,姓名,手机,邮箱,注册时间\nM1,张三,13800000001,a@x.com,2026-01-01\nM2,李四,13800000002,b@x.com,2026-02-01\n",
         "customer_id=会员编号 email=邮箱"),
        ("订单号码,会员,下单日期,实付,货品,件数,运费\nZ1,甲一,2026-08-01,12.50,杯子,2,0\nZ2,乙二,2026-08-02,99.00,茶壶,1,8\n",
         "customer_id=会员 title=货品 quantity=件数 freight=运费 paid=实付"),
        ("Auftrag,Kunden-Nr.,Datum,Brutto,Artikel,Menge\nA-1,K1,2026-08-01,12.50,Tee,2\nA-2,K2,2026-08-02,9.00,Cup,1\n",
         "order_id=Auftrag customer_id=Kunden-Nr. title=Artikel quantity=Menge paid=Brutto"),
    ],
)  # fmt: skip
def test_columns_as_operators_have_them(text: str, columns: str, tmp_path: Path) -> None:
    """Row numbers, customer numbers, phones, taxes and names of people are neither orders nor money."""
    found = proposed(tmp_path, text).columns
    wanted = dict(pair.split("=") for pair in columns.replace("Order No", "Order_No").split())
    assert {field: found.get(field) for field in wanted} == {
        field: column.replace("Order_No", "Order No") for field, column in wanted.items()
    }
    assert "Name" not in found.values()
    assert "currency" not in found


def test_what_nothing_tells_is_left_to_the_operator(shop: Run, home: Path) -> None:
    """Of two amounts that may both be what was paid none is taken; both are named, and --column says which."""
    (home / "o.csv").write_text(
        "Order,Day,Amount EUR,Amount CNY\n1001,2026-08-01,5.00,40.00\n1002,2026-08-02,6.00,48.00\n"
    )
    refused = shop("import", "formats", "new", "mine", "o.csv", "--yes")
    assert refused.returncode == 5
    assert "Several columns of o.csv may be paid: Amount EUR, Amount CNY." in refused.stderr
    assert shop("import", "formats", "new", "mine", "o.csv", "--yes", "--column", "paid=Amount CNY").returncode == 0


def test_columns_of_one_name_are_left_out(tmp_path: Path) -> None:
    """They are named and cannot be chosen; the rest of the file is proposed."""
    text = "Order,Note,Date,Total,Note\n1001,a,2026-08-01,5.00,b\n1002,,2026-08-02,6.00,\n"
    proposal = proposed(tmp_path, text)
    assert proposal.columns == {"order_id": "Order", "ordered_at": "Date", "paid": "Total"}
    *_others, warning = format_files.report(proposal, Path("x.toml")).warnings
    assert str(warning).endswith("left out: Note.")
    with pytest.raises(DuplicateColumnError):
        proposed(tmp_path, text, title="Note")


@pytest.mark.parametrize(
    ("header", "columns"), [("No,Amount,Day,Amount", {}), ("No,Status,Day,Total,Status", {"paid": "Total"})]
)
def test_columns_of_one_name_that_matter_are_refused(header: str, columns: dict[str, str], tmp_path: Path) -> None:
    """Of two amounts, or two statuses, neither may be lost; the operator may say that there is no status."""
    row = "1001,5.00,2026-08-01,5.00,6.00\n" if "Amount" in header else "1001,paid,2026-08-01,5.00,paid\n"
    proposal = proposed(tmp_path, f"\n{header}\n{row}", "orders", **columns)
    with pytest.raises(DuplicateColumnError, match="line 2"):
        format_files.check_complete("f.csv", proposal)
    if columns:
        format_files.check_complete("f.csv", proposed(tmp_path, f"{header}\n{row}", "orders", status=""))


@pytest.mark.parametrize(
    "text",
    [TWO.format("paid", "paid"), "N1,张三,茶\nN2,李四,杯\n", "N1,2026-08-01,5.00\n", "K1;a@example.com\nK2;b@example.com\n",
     "\n" + TWO.format("x", "y")],
)  # fmt: skip
def test_a_row_is_no_header(text: str, ctx: Context, tmp_path: Path) -> None:
    """A file without a header is refused with what to do, by proposals and by imports, and nothing is stored."""
    with pytest.raises(UnknownFormatError, match="has no header"):
        proposed(tmp_path, text)
    (result,) = import_files(ctx, [str(tmp_path / "f.csv")], Options(), ORDERS).files
    assert result.error is not None
    assert "has no header" in str(result.error)


def test_the_names_an_operator_gives_are_no_values(ctx: Context, tmp_path: Path) -> None:
    """Neither by --column nor in a format is the first order of a file its header."""
    (file := tmp_path / "f.csv").write_text(TWO.format("paid", "paid"), "utf-8")
    columns = {"order_id": "1001", "ordered_at": "2026-08-01", "paid": "5.00"}
    folder = format_files.user_folder()
    folder.mkdir(parents=True)
    lines = "".join(f"{field} = [{column!r}]\n" for field, column in columns.items())
    head = (
        'title = "t"\nplatform = "generic"\nkind = "orders"\nrequired = ["order_id", "ordered_at", "paid"]\n[columns]\n'
    )
    for options in (Options(columns=columns), Options()):
        (result,) = import_files(ctx, [str(file)], options, ORDERS).files
        assert result.error is not None
        assert "has no header" in str(result.error)
        (folder / "mine.toml").write_text(head + lines, "utf-8")
    assert result.format == ""


@pytest.mark.parametrize(
    ("name", "cell"),
    [("2026 sales", "2026-08-01"), ("Q1", "12.50"), ("1", "¥1,288.00"), ("2026-08", "2026年8月1日"), ("Line 2", "a@x.com"),
     ("7-day total", "1.288,00 €"), ("SKU 12345", "13800000001"), ("@", "01/08/2026 10:00")],
)  # fmt: skip
def test_names_and_values_are_told_apart(name: str, cell: str) -> None:
    """What columns are called is no value, also with digits in it."""
    assert (is_value(name), is_value(cell)) == (False, True)


def test_a_header_with_digits_is_a_header() -> None:
    """Questions by number above answers, and names above blanks."""
    for header in (["1", "2", "3"], ["Q1", "Q2", "Q3"], ["Line 1", "Line 2", ""]):
        assert header_of([(1, header), (2, ["5", "4", "3"]), (3, ["2026-08-01", "1", "1"])]) == (1, header, "")


@pytest.mark.parametrize("kind", ["csv", "gz", "xlsx"])
def test_standard_input_is_proposed_like_a_file(kind: str, shop: Run, home: Path) -> None:
    """It is read once and kept, in every container; of a workbook's sheets the widest is taken, no cover."""
    rows = [
        ("订单", "下单时间", "实付", "订单状态"),
        ("D1", "2026-08-01", "12.50", "已发货"),
        ("D2", "2026-08-02", "9", "已完成"),
    ]
    text = "\n".join(map(",".join, rows)).encode("gb18030")
    book = books.xlsx({"封面": [("报表", "2026-08-05"), ("店铺", "茶")], "数据": rows})
    (home / "f").write_bytes({"csv": text, "gz": gzip.compress(text), "xlsx": book}[kind])
    done = shop("import", "formats", "new", "mine", "f", "--yes", "--dry-run")
    assert done.returncode == 0, done.stderr
    command = [sys.executable, "-m", "shopcare", "import", "formats", "new", "mine", "-", "--yes", "--dry-run"]
    with (home / "f").open("rb") as file:
        piped = subprocess.run(
            command, stdin=file, capture_output=True, check=False, cwd=home, env={**os.environ, "PYTHONPATH": SOURCE}
        )
    assert (piped.returncode, piped.stdout.decode()) == (0, done.stdout), piped.stderr
    assert "订单状态" in done.stdout


def test_what_a_format_is_for_is_said(ctx: Context, tmp_path: Path) -> None:
    """The kind is guessed, so the command is named; a file that is known already is called by its format's name."""
    text = "会员编号,姓名,邮箱\nM1,甲,a@x.com\nM2,乙,b@x.com\n"
    first, *_others = format_files.report(proposed(tmp_path, text), tmp_path / "x.toml").warnings
    assert "`shopcare import customers`" in str(first)
    jd = format_files.propose(str(Path(__file__).parent / "jd" / "jd_orders.csv"), None, {})[1]
    assert jd.columns["status"] == "订单状态"
    _first, second, *_others = format_files.report(jd, tmp_path / "x.toml").warnings
    assert "as jd-orders;" in str(second)


@pytest.mark.parametrize("platform", ["taobao", "pdd-orders"])
def test_another_platform_than_the_operator_says_is_named(platform: str, ctx: Context) -> None:
    """A file that is known is neither called unknown nor said to lack columns, because --platform is wrong."""
    file = str(Path(__file__).parent / "jd" / "jd_orders.csv")
    (result,) = import_files(ctx, [file], Options(platform=platform), ORDERS).files
    assert result.error is not None
    assert result.error.code == "import.wrong-platform"
    assert result.error.context["found"] == "jd"


CELLS = st.sampled_from(
    ["Order", "订单编号", "Status", "状态", "Total", "Date", "Paid", "Name", "e-mail", "", " ", "#", "1", "1001", "A-7", "2026-08-01",
     "13/08/2026", "5.00", "￥5", "已完成", "paid", "a@x.com", "a\"b", "[x]", "\\", "=1", "'", "\u200b", "\ud7ff", "{0}", "%s", "合计"]
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.lists(CELLS, min_size=1, max_size=6), min_size=1, max_size=8),
    kind=st.sampled_from([None, "orders", "cases"]),
)
def test_any_table_is_proposed_or_refused(rows: list[list[str]], kind: str | None, tmp_path: Path) -> None:
    """Whatever stands in a file: a sentence, or a proposal whose columns are there and whose format can be read back."""
    with (file := tmp_path / "f.csv").open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(rows)
    path = tmp_path / "mine.toml"
    try:
        table, proposal = format_files.propose(str(file), kind, {})
        assert set(proposal.columns.values()) <= set(table.columns)
        format_files.report(proposal, path)
        format_files.save(path, str(file), proposal)
    except ShopcareError as refusal:
        refused = str(refusal)
        assert refused
