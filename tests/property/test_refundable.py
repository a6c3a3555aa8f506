"""Shares, units and refunds of any order at all."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from shopcare.domain.account import Claim, Line, Sheet, line_shares, units_value
from shopcare.domain.refundable import figure, parts, settle

shares = st.integers(0, 10**12)
pieces = st.integers(1, 50)


@given(goods=shares, weights=st.lists(st.integers(0, 10**9), min_size=1, max_size=12))
def test_line_shares_sum_to_the_goods(goods: int, weights: list[int]) -> None:
    """Not a minor unit is lost or invented, and no line of weight gets less than its rounded-down part."""
    parts_ = line_shares(goods, weights)
    assert sum(parts_) == goods
    whole = sum(weights)
    assert not whole or all(
        abs(part * whole - goods * weight) < whole for part, weight in zip(parts_, weights, strict=True)
    )


@given(share=shares, quantity=pieces, data=st.data())
def test_unit_by_unit_is_all_at_once(share: int, quantity: int, data: st.DataObject) -> None:
    """However the pieces are grouped, the groups together are worth the line."""
    left, before, total = quantity, 0, 0
    while left:
        group = data.draw(st.integers(1, left))
        total += units_value(share, quantity, before, group)
        before, left = before + group, left - group
    assert total == share


@st.composite
def orders(draw: st.DrawFn) -> Sheet:
    """An order nothing was refunded of yet."""
    freight = draw(st.integers(0, 2_000))
    goods = draw(st.integers(0, 100_000))
    quantities = draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    amounts = draw(st.lists(st.integers(0, 10_000), min_size=len(quantities), max_size=len(quantities)))
    lines = [
        Line(number, f"S{number}", quantity, share)
        for number, (quantity, share) in enumerate(zip(quantities, line_shares(goods, amounts), strict=True), 1)
    ]
    return Sheet("N", "CNY", goods + freight, freight, 0, 0, tuple(lines))


def after(sheet: Sheet, units: dict[int, int], case_id: int, amount: int, freight: int) -> Sheet:
    """The order after a return was refunded in full."""
    booked = {part.line_no: part.amount_minor for part in parts(sheet, units, case_id, amount, freight)}
    assert sum(booked.values()) == amount
    lines = [line._replace(refunded_minor=line.refunded_minor + booked.get(line.line_no, 0)) for line in sheet.lines]
    claims = [
        Claim(case_id, line_no, quantity, "return_refund", "refunded", True, booked.get(line_no, 0))
        for line_no, quantity in units.items()
    ]
    return sheet._replace(
        refunded_minor=sheet.refunded_minor + amount, freight_refunded_minor=sheet.freight_refunded_minor + freight,
        lines=tuple(lines), claims=(*sheet.claims, *claims),
    )  # fmt: skip


@settings(max_examples=100)
@given(sheet=orders(), data=st.data())
def test_returning_everything_in_any_pieces_gives_back_what_was_paid(sheet: Sheet, data: st.DataObject) -> None:
    """Every unit in some case, each closed as refunded without an amount: the sum is the payment, freight included."""
    paid = sheet.paid_minor
    bag = data.draw(st.permutations([line.line_no for line in sheet.lines for _ in range(line.quantity)]))
    case_id = 0
    while bag:
        size = data.draw(st.integers(1, len(bag)))
        chosen, bag = bag[:size], bag[size:]
        units = {number: chosen.count(number) for number in sorted(set(chosen))}
        case_id += 1
        if figure(sheet, units, case_id).usual_minor == 0:
            sheet = after(sheet, units, case_id, 0, 0)
            continue
        settled = settle(
            sheet, units, case_id, "refunded", claimed_minor=None, paid_minor=0, refund_minor=None, freight_minor=None
        )
        assert settled is not None
        sheet = after(sheet, units, case_id, *settled)
        assert all(line.refunded_minor <= line.share_minor for line in sheet.lines)
    assert sheet.refunded_minor == paid
    assert [line.refunded_minor for line in sheet.lines] == [line.share_minor for line in sheet.lines]
