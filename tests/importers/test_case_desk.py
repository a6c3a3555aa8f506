"""A refund of the desk and the same refund in the platform's list: one money, in whatever order the files come."""

from __future__ import annotations

import tempfile
from collections import Counter
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from case_files import CASE_COLUMNS, ORDER_COLUMNS, asked, facts, fresh, take_cases, take_orders, write
from shopcare.domain.cases import Step
from shopcare.domain.clock import SECONDS_PER_DAY
from shopcare.domain.refunds import SAME_MONEY_WITHIN, DeskRefund, same_money
from shopcare.services import cases, undo
from shopcare.services.case_imports import CASES
from shopcare.services.cases import Closing, Opening
from shopcare.services.context import Context
from shopcare.services.file_imports import Options, import_files


@pytest.fixture
def ctx(tmp_path: Path) -> Context:
    """A context over a store with one generic CNY shop in Shanghai, and one order of 500.00."""
    ctx = fresh(tmp_path)
    take_orders(ctx, order(tmp_path))
    return ctx


def order(folder: Path, reported: str = "", name: str = "orders.csv") -> str:
    """An order file."""
    return write(folder / name, ORDER_COLUMNS, [("N1", "b1", "2026-08-01 10:00:00", "completed", "500", reported, "")])


def listed(folder: Path, *rows: tuple[str, str, str], name: str = "cases.csv", closed: str = "2026-08-13") -> str:
    """After-sales rows: (case, status, money back); the desk works on 2026-08-12."""
    full = [
        (
            case,
            "N1",
            "refund_only",
            status,
            "late",
            amount,
            amount,
            "2026-08-10 10:00:00",
            f"{closed} 10:00:00" if amount else "",
            "",
            "",
            "",
        )
        for case, status, amount in rows
    ]
    return write(folder / name, CASE_COLUMNS, full)


def refund(ctx: Context, amount: str) -> None:
    """The desk opens a case and gives money back."""
    case = str(cases.open_case(ctx, Opening("N1", "refund_only", "late")).blocks[0].rows[0][0])
    cases.close(ctx, case, Step("close", outcome="refunded"), Closing(refund=amount))


def total(ctx: Context) -> object:
    """Everything that went back."""
    return asked(ctx, "SELECT SUM(amount_minor) FROM refund")[0][0]


def said(ctx: Context, file: str) -> list[str]:
    """What an import of cases warns of."""
    return [str(warning) for warning in import_files(ctx, [file], Options(), CASES).files[0].warnings]


def test_the_same_money_is_booked_once_and_named(ctx: Context, tmp_path: Path) -> None:
    """20.00 by the desk, 20.00 in the list a day later: one refund; the case stands, both are named, repeats change nothing."""
    refund(ctx, "20")
    file = listed(tmp_path, ("R1", "refunded", "20"))
    assert "R1 = A1" in said(ctx, file)[0]
    assert total(ctx) == 2_000
    assert asked(ctx, 'SELECT external_id, stage, outcome FROM "case" ORDER BY id')[1] == ("R1", "closed", "refunded")
    assert said(ctx, file) == []
    take_orders(ctx, order(tmp_path, "20", "newer.csv"), exported_at="2026-08-11")
    assert total(ctx) == 2_000


def test_an_open_case_of_the_list_that_the_desk_paid(ctx: Context, tmp_path: Path) -> None:
    """The platform's case is known first, the desk pays under one of its own, then the platform says so: one refund."""
    take_cases(ctx, listed(tmp_path, ("R1", "requested", ""), name="first.csv"))
    refund(ctx, "20")
    take_cases(ctx, listed(tmp_path, ("R1", "refunded", "20")))
    assert total(ctx) == 2_000
    take_cases(ctx, listed(tmp_path, ("R1", "refunded", "25"), name="more.csv"))
    assert total(ctx) == 2_500


def test_each_refund_of_the_desk_stands_for_one_of_the_list(ctx: Context, tmp_path: Path) -> None:
    """One refund of the desk, two alike in the list, in two files: the second one is booked."""
    refund(ctx, "20")
    take_cases(ctx, listed(tmp_path, ("R1", "refunded", "20")))
    take_cases(ctx, listed(tmp_path, ("R2", "refunded", "20"), name="second.csv"))
    assert total(ctx) == 4_000


@pytest.mark.parametrize(("amount", "closed"), [("19.99", "2026-08-13"), ("20", "2026-08-30"), ("20", "2026-08-01")])
def test_other_money_is_booked_and_said(ctx: Context, tmp_path: Path, amount: str, closed: str) -> None:
    """Another amount, or weeks apart: both are booked, and a warning names them as possibly the same."""
    refund(ctx, "20")
    (warning,) = said(ctx, listed(tmp_path, ("R1", "refunded", amount), closed=closed))
    assert "N1: R1, A1" in warning
    assert total(ctx) == 2_000 + round(float(amount) * 100)


def test_money_that_was_reported_before_the_desk_acted_is_other_money(ctx: Context, tmp_path: Path) -> None:
    """The order's export showed 20.00 when the desk gave 20.00 more: the list of the first one changes nothing."""
    take_orders(ctx, order(tmp_path, "20", "newer.csv"), exported_at="2026-08-11")
    refund(ctx, "20")
    assert total(ctx) == 4_000
    take_cases(ctx, listed(tmp_path, ("R1", "refunded", "20"), closed="2026-08-11"))
    assert total(ctx) == 4_000


def test_undoing_the_list_leaves_the_desks_refund(ctx: Context, tmp_path: Path) -> None:
    """Undone and taken again, the list still finds the desk's refund."""
    refund(ctx, "20")
    before = facts(ctx)
    file = listed(tmp_path, ("R1", "refunded", "20"))
    for _ in range(2):
        take_cases(ctx, file)
        undo.undo(ctx, f"B{asked(ctx, 'SELECT MAX(id) FROM import_batch WHERE undone_at IS NULL')[0][0]}")
        assert facts(ctx) == before


def test_the_desk_is_told_what_the_platform_lists_already(ctx: Context, tmp_path: Path) -> None:
    """The list came first: booking the same amount again is possible, and said to be what the platform lists."""
    take_cases(ctx, listed(tmp_path, ("R1", "refunded", "20"), closed="2026-08-11"))
    case = str(cases.open_case(ctx, Opening("N1", "refund_only", "late")).blocks[0].rows[0][0])
    report = cases.close(ctx, case, Step("close", outcome="refunded"), Closing(refund="20"), dry_run=True)
    assert [warning.values.get("cases") for warning in report.warnings] == ["A1"]
    report = cases.close(ctx, case, Step("close", outcome="refunded"), Closing(refund="21"))
    assert not report.warnings


def close_case(ctx: Context, key: str, amount: str) -> None:
    """The desk closes a case with a part of the money."""
    cases.close(ctx, key, Step("close", outcome="partly_refunded"), Closing(refund=amount))


def arrivals(events: str) -> list[str]:
    """The orders in which these can happen: the desk needs an order (`o`), the last list (`l`) leaves nothing to close."""
    turned = ("".join(each) for each in permutations(events))
    return [each for each in turned if each.index("d") < each.index("l")]


@pytest.mark.parametrize("events", [*arrivals("dl"), *arrivals("odl"), *arrivals("oqdl")])
@pytest.mark.parametrize("with_id", [True, False])
@pytest.mark.parametrize("reported", ["20", "25"])
def test_a_listed_refund_of_the_desk_is_the_platforms_whatever_comes_first(
    ctx: Context, tmp_path: Path, events: str, reported: str, *, with_id: bool
) -> None:
    """20.00 in the order's total (`o`), by the desk (`d`) and in the list (`l`, with `q` as asked before) are 20.00; a total
    above it names other money.
    """
    for event in events:
        if event == "o":
            take_orders(ctx, order(tmp_path, reported, "newer.csv"), exported_at="2026-08-11")
        elif event == "d":
            if with_id and "q" not in events[: events.index("d")]:
                cases.open_case(ctx, Opening("N1", "refund_only", "late", external_id="R1"))
                close_case(ctx, "A1", "20")
            elif with_id:
                close_case(ctx, "A1", "20")
            else:
                refund(ctx, "20")
        else:
            row = ("R1", "requested", "") if event == "q" else ("R1", "refunded", "20")
            take_cases(ctx, listed(tmp_path, row, name=f"{event}.csv"))
    assert total(ctx) == (round(float(reported) * 100) if "o" in events else 2_000)


def test_undoing_what_made_the_desks_refund_a_listed_one(ctx: Context, tmp_path: Path) -> None:
    """Without the list the total of before the desk acted is other money again."""
    take_orders(ctx, order(tmp_path, "20", "newer.csv"), exported_at="2026-08-11")
    cases.open_case(ctx, Opening("N1", "refund_only", "late", external_id="R1"))
    close_case(ctx, "A1", "20")
    take_cases(ctx, listed(tmp_path, ("R1", "refunded", "20")))
    assert total(ctx) == 2_000
    undo.undo(ctx, "B3")
    assert total(ctx) == 4_000


def test_undoing_a_total_of_before_the_list(ctx: Context, tmp_path: Path) -> None:
    """The total named 5.00 more than the list that came after it; without the total only the listed refund is left."""
    take_orders(ctx, order(tmp_path, "5", "first.csv"), exported_at="2026-08-10")
    refund(ctx, "20")
    take_orders(ctx, order(tmp_path, "30", "newer.csv"), exported_at="2026-08-11")
    take_cases(ctx, listed(tmp_path, ("R1", "refunded", "20")))
    assert total(ctx) == 3_000
    undo.undo(ctx, "B3")
    assert total(ctx) == 2_000


@pytest.mark.parametrize("ending", ["closed/rejected", "withdrawn", "expired"])
@pytest.mark.parametrize("outcome", ["refunded", "partly_refunded", "compensated"])
def test_money_of_the_desk_outlasts_a_claim_that_came_to_nothing(
    ctx: Context, tmp_path: Path, ending: str, outcome: str
) -> None:
    """The desk closed R1 with money, the platform closes it without: the desk's outcome stays, which is said once."""
    take_cases(ctx, listed(tmp_path, ("R1", "requested", ""), name="a.csv"), exported_at="2026-08-11")
    cases.close(ctx, "A1", Step("close", outcome=outcome), Closing(refund="7"))
    closed = listed(tmp_path, ("R1", ending, ""), name="b.csv")
    for exported_at, warned in (("2026-08-12", True), ("2026-08-13", False)):
        result = import_files(ctx, [closed], Options(exported_at=exported_at), CASES).files[0]
        assert ["R1 = A1" in str(warning) for warning in result.warnings] == [True] * warned
        assert asked(ctx, 'SELECT stage, outcome, external_status FROM "case"') == [("closed", outcome, ending)]
    assert total(ctx) == 700


def test_a_case_opened_again_ends_as_its_money_says(ctx: Context, tmp_path: Path) -> None:
    """The desk refunded, the platform had the claim open again and then closed it for nothing: it ends as refunded."""
    cases.open_case(ctx, Opening("N1", "refund_only", "late", external_id="R1"))
    close_case(ctx, "A1", "7")
    for day, status in ((11, "disputed"), (12, "withdrawn"), (13, "withdrawn")):
        file = listed(tmp_path, ("R1", status, ""), name=f"{day}.csv")
        take_cases(ctx, file, exported_at=f"2026-08-{day}")
    assert asked(ctx, 'SELECT stage, outcome FROM "case"') == [("closed", "partly_refunded")]
    assert total(ctx) == 700


def test_a_claim_that_came_to_nothing_before_the_desk_gave_money(ctx: Context, tmp_path: Path) -> None:
    """The platform closed it, the desk opened it again and gave money: that is how it ends, a newer list or not."""
    take_cases(ctx, listed(tmp_path, ("R1", "withdrawn", ""), name="a.csv"), exported_at="2026-08-11")
    cases.move(ctx, "A1", Step("reopen", reason="goodwill"))
    close_case(ctx, "A1", "7")
    take_cases(ctx, listed(tmp_path, ("R1", "closed/rejected", ""), name="b.csv"), exported_at="2026-08-13")
    assert asked(ctx, 'SELECT stage, outcome FROM "case"') == [("closed", "partly_refunded")]


AMOUNTS = st.lists(st.sampled_from(["10", "20", "30"]), max_size=3)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(by_desk=AMOUNTS, by_list=AMOUNTS, data=st.data())
def test_the_sum_is_the_same_in_any_order(by_desk: list[str], by_list: list[str], data: st.DataObject) -> None:
    """Alike refunds pair off one by one; the rest of both sides is booked, however the list is cut, turned or repeated."""
    desk, rows = Counter(by_desk), [(f"R{n}", "refunded", amount) for n, amount in enumerate(by_list)]
    wanted = sum(int(amount) * max(desk[amount], Counter(by_list)[amount]) for amount in ("10", "20", "30")) * 100
    again = data.draw(st.lists(st.sampled_from(rows), max_size=2)) if rows else []
    turned = data.draw(st.permutations([*rows, *again]))
    cut = data.draw(st.integers(0, len(turned)))
    late = data.draw(st.booleans())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ctx = fresh(folder)
        take_orders(ctx, order(folder))
        for amount in by_desk:
            refund(ctx, amount)
        for place, piece in enumerate((turned[:cut], turned[cut:])):
            take_cases(ctx, listed(folder, *piece, name=f"{place}.csv"))
            if late and place == 0:
                take_cases(ctx, listed(folder, *((case, "requested", "") for case, _s, _a in rows), name="open.csv"))
        assert (total(ctx) or 0) == wanted
        over = "SELECT 1 FROM orders o JOIN refund r ON r.order_id = o.id GROUP BY o.id HAVING SUM(r.amount_minor) > o.paid_minor"
        assert asked(ctx, over) == []


@given(
    at=st.integers(0, 3 * SECONDS_PER_DAY), amount=st.integers(1, 3), covered=st.lists(st.integers(1, 3), max_size=3)
)
def test_only_what_agrees_in_everything_is_the_same(at: int, amount: int, covered: list[int]) -> None:
    """What is found has the amount, lies within the week, and never more are found than there are."""
    desk = [DeskRefund(1, 2, 0, 0), DeskRefund(2, 2, SAME_MONEY_WITHIN, 0), DeskRefund(3, 3, 10 * SAME_MONEY_WITHIN, 0)]
    found = same_money(desk, amount, at, covered)
    alike = [each for each in desk if each.amount_minor == amount and abs(each.refunded_at - at) <= SAME_MONEY_WITHIN]
    assert (found is not None) == (covered.count(amount) < len(alike))
    assert found is None or found in alike
