"""Rows of one after-sales file that state the same case: what is its history, and what is reported as a contradiction."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from case_files import DONE, Kept, asked, cases_of, facts, fresh, orders_of, take_cases, take_orders, write
from shopcare.importers.result import FileResult
from shopcare.services import batches
from shopcare.services.case_imports import CASES
from shopcare.services.context import Context
from shopcare.services.file_imports import Options, import_files

SAME = {"case_id": "1", "order_id": "N1", "status": "requested"}
AT = "2026-08-02 10:00:00"


@pytest.fixture
def ctx(tmp_path: Path) -> Context:
    """A context over a store with one generic CNY shop in Shanghai."""
    return fresh(tmp_path)


def taken(ctx: Context, *files: str) -> FileResult:
    """What became of the last file."""
    return import_files(ctx, files, Options(), CASES).files[-1]


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("amount", "10.00", "12.00"),
        ("kind", "exchange", "repair"),
        ("order_id", "N1", "N2"),
        ("deadline", "2026-09-01", "2026-09-02"),
        ("fault", "seller", "buyer"),
        ("status", "requested", "awaiting_return"),
        ("status", "requested", "pondering"),
        ("reason", "torn", "late"),
        ("waiting_on", "us", "supplier"),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_rows_of_one_time_that_say_different_things_are_reported(
    ctx: Context, tmp_path: Path, field: str, one: str, other: str, turned: bool
) -> None:
    """Whatever two rows say differently of one case at one time: one counts, the other is named with field and values."""
    take = [{**SAME, field: value} for value in ((other, one) if turned else (one, other))]
    kept = Kept()
    file = cases_of(tmp_path, *take)
    result = import_files(ctx, [file], Options(), CASES, rejects=kept).files[0]  # type: ignore[arg-type]
    (bad,) = result.tally.rejected
    loser = take[bad.line - 2][field]
    winner = take[1 - (bad.line - 2)][field]
    assert bad.code == "conflicting-rows"
    assert bad.message == (
        f"line {5 - bad.line} says otherwise of the same thing, and counts: {field} '{winner}', not '{loser}'"
    )
    assert len(kept.rows) == 1
    assert (result.rows, result.tally.rows, result.outcome.new) == (2, 1, 1)
    shown = [block for block in batches.show(ctx, str(result.batch_id)).blocks if block.id == "rejected"]
    assert shown[0].rows == [(bad.line, bad.code, bad.message)]
    order = asked(ctx, "SELECT order_number FROM case_report")
    assert order == ([(winner,)] if field == "order_id" else [("N1",)])


@pytest.mark.parametrize("field", ["amount", "kind", "deadline", "fault", "status"])
def test_which_row_counts_does_not_depend_on_where_it_stands(tmp_path: Path, field: str) -> None:
    """The same two rows either way round: the same store and the same row set aside."""
    values = {
        "amount": ("10", "12"), "kind": ("exchange", "repair"), "deadline": ("2026-09-01", "2026-09-02"),
        "fault": ("seller", "buyer"), "status": ("approved", "requested"),
    }[field]  # fmt: skip
    found = []
    for turned in (False, True):
        (folder := tmp_path / str(turned)).mkdir()
        ctx = fresh(folder)
        rows = [{**SAME, field: value} for value in (reversed(values) if turned else values)]
        bad = taken(ctx, cases_of(folder, *rows)).tally.rejected[0]
        found.append((facts(ctx), rows[bad.line - 2][field]))
    assert found[0] == found[1]


def test_rows_of_different_times_are_the_history(ctx: Context, tmp_path: Path) -> None:
    """Asked for, then paid back a day later: two accepted rows of one case, in order in its history."""
    import_orders(ctx, tmp_path)
    later = {**SAME, **DONE, "amount": "10", "refunded": "10", "fault": "seller"}
    result = taken(ctx, cases_of(tmp_path, later, {**SAME, "amount": "12", "fault": "buyer"}))
    assert (result.tally.rejected, result.tally.rows) == ([], 2)
    assert (result.outcome.new, result.outcome.changed) == (1, 0)
    assert asked(ctx, "SELECT stage FROM case_event ORDER BY seq") == [("requested",), ("closed",)]
    assert asked(ctx, 'SELECT amount_minor, fault FROM "case"') == [(1_000, "seller")]


def import_orders(ctx: Context, folder: Path) -> None:
    """The order N1 of 50.00."""
    take_orders(ctx, orders_of(folder, ("N1", "completed", "50", ""), ("N2", "completed", "50", "")))


def test_a_dated_file_takes_its_history_by_the_rows_own_times(ctx: Context, tmp_path: Path) -> None:
    """Where the name dates the export, the later of two endings of one case still is the one that counts."""
    import_orders(ctx, tmp_path)
    rows = [
        {**SAME, "status": "closed/rejected", "closed_at": "2026-08-04 10:00:00"},
        {**SAME, "status": "withdrawn", "closed_at": "2026-08-05 10:00:00"},
    ]
    for name, listed in (("a_20260810.csv", rows), ("b_20260810.csv", list(reversed(rows)))):
        assert taken(ctx, cases_of(tmp_path, *listed, name=name)).tally.rejected == []
        assert asked(ctx, 'SELECT outcome FROM "case"') == [("withdrawn",)]


def test_a_row_without_a_time_contradicts_a_row_with_one(ctx: Context, tmp_path: Path) -> None:
    """Nothing shows that a row without any time is an older state: it is named; the dated one counts."""
    rows = [{**SAME, "amount": "10", "applied_at": ""}, {**SAME, "amount": "12"}]
    assert [(bad.line, bad.code) for bad in taken(ctx, cases_of(tmp_path, *rows)).tally.rejected] == [
        (2, "conflicting-rows")
    ]
    rows = [{**SAME, "case_id": "2", "amount": amount, "applied_at": ""} for amount in ("10", "12")]
    assert len(taken(ctx, cases_of(tmp_path, *rows, name="b.csv")).tally.rejected) == 1


def test_articles_of_one_case_are_no_contradiction(ctx: Context, tmp_path: Path) -> None:
    """JD: two articles under one service order, each with its own pieces and reason; of one article they contradict."""
    header = ["服务单号", "订单号", "商品编号", "商品数量", "服务单状态", "客户期望", "一级申请原因", "售后申请时间"]
    two = [
        ["1", "J1", "100001", "1", "待收货", "退货", "破损", AT],
        ["1", "J1", "100002", "2", "待收货", "退货", "少件", AT],
    ]
    result = taken(ctx, write(tmp_path / "a.csv", header, two))
    assert (result.tally.rejected, result.tally.rows, result.outcome.new) == ([], 2, 1)
    again = [
        ["1", "J1", "100001", "1", "待收货", "退货", "破损", AT],
        ["1", "J1", "100001", "2", "待收货", "退货", "破损", AT],
    ]
    (bad,) = taken(ctx, write(tmp_path / "b.csv", header, again)).tally.rejected
    assert "商品数量" in bad.message


def test_amazon_units_without_a_plate_number(ctx: Context, tmp_path: Path) -> None:
    """Two SKUs of one order that came back at one moment are two returns, with nothing to reject."""
    header = [
        "return-date",
        "order-id",
        "sku",
        "quantity",
        "detailed-disposition",
        "reason",
        "status",
        "license-plate-number",
    ]
    rows = [
        ["2026-08-10T10:00:00+00:00", "000-1", "MUG", "1", "SELLABLE", "UNWANTED_ITEM", "Unit returned", ""],
        ["2026-08-10T10:00:00+00:00", "000-1", "TRAY", "2", "DEFECTIVE", "DEFECTIVE", "Unit returned", ""],
    ]
    result = taken(ctx, write(tmp_path / "r.csv", header, rows))
    assert (result.tally.rejected, result.outcome.new) == ([], 2)


def test_a_kind_that_is_only_usual_never_contradicts_or_replaces_one_that_is_said(ctx: Context, tmp_path: Path) -> None:
    """A blank kind is the format's usual one until a row says another; a later blank does not take that back."""
    rows = [{**SAME, "kind": ""}, {**SAME, "kind": "exchange"}]
    import_orders(ctx, tmp_path)
    assert taken(ctx, cases_of(tmp_path, rows[0])).tally.rejected == []
    assert asked(ctx, 'SELECT kind FROM "case"') == [("refund_only",)]
    assert taken(ctx, cases_of(tmp_path, *rows, name="b.csv")).tally.rejected == []
    later = {**SAME, "kind": "", "status": "withdrawn", "closed_at": "2026-08-09 10:00:00"}
    taken(ctx, cases_of(tmp_path, later, name="c.csv"))
    assert asked(ctx, 'SELECT kind, outcome FROM "case"') == [("exchange", "withdrawn")]


def test_what_only_the_row_set_aside_says_still_counts(ctx: Context, tmp_path: Path) -> None:
    """Contradicting amounts, and a fault that one of the rows alone knows: the store is that of two files."""
    rows = [{**SAME, "amount": amount, "fault": fault} for amount, fault in (("10", "seller"), ("12", ""))]
    import_orders(ctx, tmp_path)
    taken(ctx, cases_of(tmp_path, *rows))
    (other := tmp_path / "other").mkdir()
    apart = fresh(other)
    import_orders(apart, other)
    take_cases(apart, *(cases_of(other, row, name=f"{place}.csv") for place, row in enumerate(rows)))
    assert facts(ctx) == facts(apart)
    assert asked(ctx, 'SELECT fault FROM "case"') == [("seller",)]


def test_values_in_messages_are_cut(ctx: Context, tmp_path: Path) -> None:
    """A reason of 3,000 characters does not fill the list of rejected rows."""
    rows = [{**SAME, "reason": letter * 3_000} for letter in "ab"]
    (bad,) = taken(ctx, cases_of(tmp_path, *rows)).tally.rejected
    assert len(bad.message) < 200


def test_too_many_rows_of_one_case_are_set_aside(ctx: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong column as the case's number does not fill the memory: rows beyond the limit are rejected."""
    monkeypatch.setattr("shopcare.importers.cases.stream.MOST_ROWS", 3)
    rows = [{**SAME, "deadline": f"2026-09-{day:02d}"} for day in range(1, 6)]
    codes = [bad.code for bad in taken(ctx, cases_of(tmp_path, *rows)).tally.rejected]
    assert sorted(codes) == ["conflicting-rows", "conflicting-rows", "too-many-lines", "too-many-lines"]


ROW = st.fixed_dictionaries(
    {
        "case_id": st.sampled_from(["1", "2"]), "order_id": st.just("N1"), "kind": st.sampled_from(["", "exchange", "refund_only"]),
        "status": st.sampled_from(["", "requested", "approved", "pondering", "refunded", "withdrawn", "closed/rejected"]),
        "reason": st.sampled_from(["", "torn"]), "amount": st.sampled_from(["", "10", "12"]), "refunded": st.just(""),
        "applied_at": st.sampled_from(["", AT]), "closed_at": st.sampled_from(["", "2026-08-04 10:00:00", "2026-08-05 10:00:00"]),
        "deadline": st.sampled_from(["", "2026-09-01"]), "fault": st.sampled_from(["", "seller", "buyer"]),
    }
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=st.lists(ROW, min_size=2, max_size=8), data=st.data())
def test_what_is_rejected_does_not_depend_on_the_order_of_rows(
    rows: list[dict[str, object]], data: st.DataObject
) -> None:
    """Any rows, with repeats, in any order: the same store, and the same rows set aside for the same facts."""
    mixed = data.draw(st.permutations([*rows, *data.draw(st.lists(st.sampled_from(rows), max_size=3))]))
    found = []
    for listed in (rows, mixed):
        with tempfile.TemporaryDirectory() as name:
            ctx = fresh(Path(name))
            import_orders(ctx, Path(name))
            file = cases_of(Path(name), *listed)
            result = taken(ctx, file)
            with Path(file).open(encoding="utf-8", newline="") as opened:
                cells = dict(enumerate(csv.reader(opened), 1))
            bad = sorted((cells[row.line], row.message.partition(" says ")[2]) for row in result.tally.rejected)
            found.append((facts(ctx), bad))
    assert found[0] == found[1]
