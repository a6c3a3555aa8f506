"""Formats of the operator's own: proposed from a file, written once, recognised like shipped ones."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from conftest import Run
from shopcare.importers.formats.catalog import user_folder
from shopcare.importers.refusals import FormatFileError
from shopcare.services import customer_imports, format_files, people_imports
from shopcare.services.case_imports import CASES
from shopcare.services.context import Context
from shopcare.services.file_imports import Options, import_files
from shopcare.services.order_imports import ORDERS

TWO_ORDERS = "Order Number;Bought on;Gross;Mail;State\nN1;2026-08-01;10.00;a@example.com;completed\nN2;2026-08-02;12.50;b@example.com;paid\n"


def stored(path: Path) -> list[tuple[object, ...]]:
    """What the store says of orders."""
    with closing(sqlite3.connect(path)) as conn:
        return conn.execute("SELECT number, status, paid_minor, ordered_at FROM orders ORDER BY 1").fetchall()


def made(name: str, file: Path, kind: str | None = None, **columns: str) -> format_files.Proposal:
    """A format accepted as it is proposed."""
    path = format_files.check_name(name)
    _table, proposal = format_files.propose(str(file), kind, columns)
    format_files.save(path, str(file), proposal)
    return proposal


def test_a_proposed_format_stores_what_columns_by_hand_store(ctx: Context, tmp_path: Path) -> None:
    """Names and cells tell the fields; the file is then recognised by its header, and importing gives the same store."""
    (file := tmp_path / "o.csv").write_text(TWO_ORDERS, "utf-8")
    proposal = made("mine", file)
    assert proposal.kind == "orders"
    assert proposal.columns == {
        "order_id": "Order Number", "ordered_at": "Bought on", "paid": "Gross", "email": "Mail", "status": "State"
    }  # fmt: skip
    (result,) = import_files(ctx, [str(file)], Options(dry_run=True), ORDERS).files
    assert (result.error, result.format, result.outcome.new, result.tally.guests) == (None, "mine", 2, 0)
    own = {name: column for name, column in proposal.columns.items() if name != "email"}
    import_files(ctx, [str(file)], Options(columns=own), ORDERS)
    by_hand = stored(ctx.store)
    (again,) = import_files(ctx, [str(file)], Options(), ORDERS).files
    assert again.format == "mine"
    assert stored(ctx.store) == by_hand
    assert len(by_hand) == 2


def test_chinese_reviews_in_gb18030_are_understood(ctx: Context, tmp_path: Path) -> None:
    """The kind, the encoding and the columns of a third-party review export."""
    text = "打几分,什么时候,评价内容,联系\n5,2026-08-01,好,x@example.com\n4,2026-08-02,不错,\n"
    (file := tmp_path / "r.csv").write_bytes(text.encode("gb18030"))
    proposal = made("r", file, "reviews")
    assert proposal.columns == {"rating": "打几分", "reviewed_at": "什么时候", "body": "评价内容", "email": "联系"}
    (result,) = import_files(ctx, [str(file)], Options(), people_imports.REVIEWS).files
    assert (result.error, result.format, result.outcome.new) == (None, "r", 2)


def test_a_list_of_customers_needs_only_their_ids(ctx: Context, tmp_path: Path) -> None:
    """One required column is enough for a format of the kind that is imported, and none for files of other kinds."""
    (file := tmp_path / "c.csv").write_text("Kundennr;Mail\nK1;a@example.com\nK2;\n", "utf-8")
    made("mine", file, "customers", customer_id="Kundennr")
    (result,) = import_files(ctx, [str(file)], Options(), customer_imports.CUSTOMERS).files
    assert (result.error, result.format, result.outcome.new) == (None, "mine", 2)
    (other,) = import_files(ctx, [str(file)], Options(), ORDERS).files
    assert other.error is not None
    assert other.error.code == "import.unknown-format"


def test_an_after_sales_format_knows_the_words_of_its_file(ctx: Context, tmp_path: Path) -> None:
    """Status, kind and fault words that platforms agree on are written into the format, and the generic ones with them."""
    text = (
        "退货单,订单号,状态,要求,责任,货号,退回\n1,N1,退款成功,退货退款,买家,A,5\n2,N1,refunded,exchange,seller,A,\n3,N1,占卜,维修,,A,\n"
        + "".join(f"{n},N1,待商家同意,换货,,A,\n" for n in range(4, 24))
    )
    (file := tmp_path / "c.csv").write_text(text, "utf-8")
    columns = {"sku": "货号", "refunded": "退回", "kind": "要求", "fault": "责任", "case_id": "退货单"}
    _table, proposal = format_files.propose(str(file), "cases", columns)
    format_files.save(format_files.check_name("returns"), str(file), proposal)
    assert (proposal.columns["case_id"], proposal.columns["status"]) == ("退货单", "状态")
    (result,) = import_files(ctx, [str(file)], Options(), CASES).files
    assert (result.format, result.tally.unmapped) == ("returns", {"status: 占卜": 1})
    with closing(sqlite3.connect(ctx.store)) as conn:
        said = dict(conn.execute("SELECT external_id, registers FROM case_report").fetchall())
    assert '"closed","refunded"' in said["1"]
    assert '"return_refund"' in said["1"]
    assert '"buyer"' in said["1"]
    assert '"closed","refunded"' in said["2"]


def test_nothing_is_overwritten_and_nothing_incomplete_written(tmp_path: Path) -> None:
    """A name is taken once, shipped names are taken already, and a required field needs a column."""
    (file := tmp_path / "o.csv").write_text(TWO_ORDERS, "utf-8")
    made("mine", file)
    for name in ("mine", "generic-orders"):
        with pytest.raises(format_files.FormatExistsError):
            format_files.check_name(name)
    (short := tmp_path / "s.csv").write_text("Order Number,Note\n1,x\n", "utf-8")
    with pytest.raises(format_files.ColumnsMissingError, match="ordered_at"):
        made("short", short, "orders")
    assert [path.name for path in user_folder().iterdir()] == ["mine.toml"]
    with pytest.raises(format_files.ColumnUnknownError):
        made("other", file, "orders", paid="Nett")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("padi = ['x']", "unknown field 'padi'.*allowed.*paid"), ("paid = 5", "."), ("]", "."),
    ],
)  # fmt: skip
def test_a_broken_format_file_is_named(ctx: Context, tmp_path: Path, wrong: str, said: str) -> None:
    """The refusal names the file, the key and what is allowed."""
    user_folder().mkdir(parents=True)
    head = 'title = "t"\nplatform = "generic"\nkind = "orders"\n[columns]\n'
    (user_folder() / "bad.toml").write_text(head + wrong + "\n", "utf-8")
    with pytest.raises(FormatFileError) as refused:
        import_files(ctx, [str(tmp_path / "x.csv")], Options(), ORDERS)
    assert "bad.toml" in str(refused.value)
    assert re.search(said, str(refused.value))


def test_a_script_must_say_yes(shop: Run, home: Path) -> None:
    """Without a terminal nobody is asked: exit 2 names the option; with it the format is written."""
    (home / "o.csv").write_text(TWO_ORDERS, "utf-8")
    refused = shop("import", "formats", "new", "mine", "o.csv")
    assert (refused.returncode, "--yes" in refused.stderr) == (2, True)
    assert shop("import", "formats", "new", "mine", "o.csv", "--yes", "--dry-run").returncode == 0
    done = shop("import", "formats", "new", "mine", "o.csv", "--yes")
    assert done.returncode == 0, done.stderr
    assert shop("import", "orders", "o.csv").stdout.startswith("2 orders: 2 new")


def test_columns_without_a_field_are_named(shop: Run, home: Path) -> None:
    """What a proposal leaves out is said, so that it can be given a field; so is how each column was found, in Chinese too."""
    (home / "o.csv").write_text(
        "Bestellnr,Datum,Summe,Notiz\nX1,2026-08-01 10:00,12.50,ja\nX2,2026-08-02 11:00,8.00,\n", "utf-8"
    )
    call = ("import", "formats", "new", "mine", "o.csv", "--yes", "--dry-run")
    assert "Columns without a field: Notiz.\n" in shop(*call).stderr
    assert shop(*call, "--column", "title=Notiz").stderr.count("without a field") == 0
    drawn = shop(*call, "--format", "table", "--lang", "zh").stdout
    assert "values" not in drawn
    assert "没有对应字段的列：Notiz" in drawn
