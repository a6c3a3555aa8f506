"""What may still go back of an order, against worked numbers."""

from __future__ import annotations

import pytest

from shopcare.domain.account import Claim, Line, Sheet, freight_share, line_shares, line_weights, units_value
from shopcare.domain.cases import OptionMissing, OutcomeWithoutMoney
from shopcare.domain.claims import BadLine, UnitsTaken, UnknownSku, check_units, choose_units, holds, parse_line
from shopcare.domain.refundable import (
    AmountNotPositive,
    Figure,
    FreightAboveLeft,
    FreightAboveRefund,
    NothingLeft,
    Part,
    RefundAboveLeft,
    RefundAboveUnits,
    check_amount,
    figure,
    parts,
    positive,
    settle,
)

#: 110 paid: 10 freight, 100 goods over three units of TEE (60) and one CAP (40); amounts in whole yuan × 100.
ORDER = Sheet(
    order="S1", currency="CNY", paid_minor=11_000, freight_minor=1_000, refunded_minor=0, freight_refunded_minor=0,
    lines=(Line(1, "TEE", 3, 6_000), Line(2, "CAP", 1, 4_000)),
)  # fmt: skip


@pytest.mark.parametrize(
    ("goods", "weights", "shares"),
    [(900, [600, 400], [540, 360]), (100, [1, 1, 1], [34, 33, 33]), (0, [5, 5], [0, 0]), (7, [], [])],
)
def test_line_shares_are_the_published_ones(goods: int, weights: list[int], shares: list[int]) -> None:
    """900 over 600:400 is 540/360 and 100 over 1:1:1 is 34/33/33."""
    assert line_shares(goods, weights) == shares


def test_three_units_of_a_thousand_one_at_a_time() -> None:
    """333, 333, 334: the units sum to the line."""
    assert [units_value(1_000, 3, before, 1) for before in range(3)] == [333, 333, 334]
    assert units_value(1_000, 3, 0, 3) == 1_000
    assert units_value(1_000, 3, 3, 1) == 0
    assert units_value(0, 0, 0, 1) == 0


@pytest.mark.parametrize(
    ("facts", "weights"),
    [
        ([(2, 500, 250), (1, 300, None)], [500, 300]),
        ([(2, None, 250), (1, 300, None)], [500, 300]),
        ([(2, None, None), (1, 300, 300)], [2, 1]),
        ([(1, -5, None)], [0]),
    ],
)
def test_lines_weigh_their_amount_or_their_pieces(
    facts: list[tuple[int, int | None, int | None]], weights: list[int]
) -> None:
    """One line without any price makes amounts incomparable: then pieces decide."""
    assert line_weights(facts) == weights


def test_freight_is_never_more_than_what_was_paid() -> None:
    """A voucher may have paid the rest of the freight."""
    assert [freight_share(paid, freight) for paid, freight in ((100, 10), (5, 10), (100, None))] == [10, 5, 0]


def test_the_figure_of_a_fresh_order_is_everything() -> None:
    """Without lines the case speaks of the whole order, freight included."""
    assert figure(ORDER, {}) == Figure(10_000, 1_000, whole=True)
    assert figure(ORDER, {}).usual_minor == 11_000


def test_the_figure_of_some_units_is_their_value_without_freight() -> None:
    """Two of three tees are worth 40.00; the freight is not theirs."""
    two_tees = figure(ORDER, {1: 2})
    assert (two_tees.goods_minor, two_tees.whole, two_tees.usual_minor) == (4_000, False, 4_000)


def test_the_last_units_of_an_order_take_the_freight_with_them() -> None:
    """A case about all units that are left is about the whole order."""
    assert figure(ORDER, {1: 3, 2: 1}).usual_minor == 11_000
    after = ORDER._replace(refunded_minor=6_000, lines=(Line(1, "TEE", 3, 6_000, 6_000), Line(2, "CAP", 1, 4_000)),
        claims=(Claim(9, 1, 3, "return_refund", "refunded", received=True, refunded_minor=6_000),),
    )  # fmt: skip
    assert figure(after, {2: 1}).usual_minor == 5_000


def test_refunds_an_export_reports_lower_what_is_left() -> None:
    """The platform's own refunds name no line; the order as a whole still cannot give back more than was paid."""
    reported = ORDER._replace(refunded_minor=10_500)
    assert figure(reported, {}) == Figure(0, 500, whole=True)
    assert figure(reported, {2: 1}).goods_minor == 0


def test_freight_that_went_back_leaves_the_goods_alone() -> None:
    """After 30.00 of which 10.00 was freight, 80.00 of goods and no freight are left."""
    sheet = ORDER._replace(refunded_minor=3_000, freight_refunded_minor=1_000)
    assert figure(sheet, {}) == Figure(8_000, 0, whole=True)


def test_a_part_refund_for_goods_that_stay_lowers_the_line() -> None:
    """20.00 of the cap went back and the buyer kept it: 20.00 are left when it comes back after all."""
    sheet = ORDER._replace(refunded_minor=2_000, lines=(Line(1, "TEE", 3, 6_000), Line(2, "CAP", 1, 4_000, 2_000)),
        claims=(Claim(9, 2, 1, "refund_only", "partly_refunded", refunded_minor=2_000),),
    )  # fmt: skip
    assert figure(sheet, {2: 1}).goods_minor == 2_000
    assert choose_units(sheet, "return_refund", [("CAP", 1)], goods_return=True) == {2: 1}


def test_a_refund_above_the_order_states_both_sides_and_the_difference() -> None:
    """120.00 asked, 110.00 left: 10.00 too much."""
    with pytest.raises(RefundAboveLeft) as refusal:
        check_amount(ORDER, figure(ORDER, {}), 12_000, None)
    assert str(refusal.value) == (
        "120.00 CNY is 10.00 more than order S1 has left: 110.00 = 110.00 paid − 0.00 refunded."
    )
    assert (refusal.value.code, refusal.value.exit_code) == ("refund.above_left", 5)


def test_a_refund_above_the_units_is_refused_and_points_to_the_freight() -> None:
    """One tee is worth 20.00, whatever the order has left."""
    with pytest.raises(RefundAboveUnits, match=r"20\.01 CNY is 0\.01 more") as refusal:
        check_amount(ORDER, figure(ORDER, {1: 1}), 2_001, None)
    assert refusal.value.context["freight"] == "10.00"
    with pytest.raises(RefundAboveUnits) as refusal:
        check_amount(ORDER, figure(ORDER, {1: 1}), 2_301, 300)
    assert (refusal.value.context["freight"], refusal.value.context["asked"]) == ("7.00", "20.01")
    assert check_amount(ORDER, figure(ORDER, {1: 1}), 2_000, None) == 0
    assert check_amount(ORDER, figure(ORDER, {1: 1}), 3_000, 1_000) == 1_000


def close_refunded(sheet: Sheet, units: dict[int, int], **named: int | None) -> tuple[int, int] | None:
    """What closing case 1 as refunded gives back."""
    told: dict[str, int | None] = {"claimed_minor": None, "paid_minor": 0, "refund_minor": None, "freight_minor": None}
    return settle(sheet, units, 1, "refunded", **(told | named))  # type: ignore[arg-type]


def test_what_refunded_means_without_an_amount() -> None:
    """The claim; else all that is left, with the freight only if it is the whole order or named."""
    assert close_refunded(ORDER, {}) == (11_000, 1_000)
    assert close_refunded(ORDER, {1: 1}) == (2_000, 0)
    assert close_refunded(ORDER, {1: 1}, freight_minor=300) == (2_300, 300)
    assert close_refunded(ORDER, {1: 1}, claimed_minor=1_500) == (1_500, 0)
    assert close_refunded(ORDER, {1: 1}, claimed_minor=1_500, paid_minor=500) == (1_000, 0)
    assert close_refunded(ORDER, {1: 1}, claimed_minor=1_500, paid_minor=1_500) is None
    empty = ORDER._replace(refunded_minor=11_000, freight_refunded_minor=1_000)
    with pytest.raises(NothingLeft):
        close_refunded(empty, {})
    assert close_refunded(empty, {}, paid_minor=11_000) is None


@pytest.mark.parametrize("outcome", ["partly_refunded", "compensated", "explained"])
def test_which_outcomes_take_an_amount(outcome: str) -> None:
    """Part refunds need one, unless an earlier period paid; others may have one; explaining costs nothing."""

    def outcome_with(refund: int | None, paid: int = 0, freight: int | None = None) -> tuple[int, int] | None:
        return settle(
            ORDER, {}, 1, outcome, claimed_minor=None, paid_minor=paid, refund_minor=refund, freight_minor=freight
        )

    if outcome == "explained":
        for refund, freight in ((1, None), (None, 1)):
            with pytest.raises(OutcomeWithoutMoney):
                outcome_with(refund, freight=freight)
        assert outcome_with(None) is None
        return
    assert outcome_with(5) == (5, 0)
    assert outcome_with(None, paid=5) is None
    with pytest.raises(OptionMissing):
        outcome_with(None, freight=5)
    if outcome == "partly_refunded":
        with pytest.raises(OptionMissing):
            outcome_with(None)
    else:
        assert outcome_with(None) is None


def test_only_settled_cases_move_the_value_of_the_next_unit() -> None:
    """Of 10.00 over three units the last settled one is worth 3.34, whatever open cases ask for."""
    trio = ORDER._replace(lines=(Line(1, "TRIO", 3, 1_000),), paid_minor=1_000, freight_minor=0)
    asking = trio._replace(claims=(Claim(9, 1, 2, "return_refund"),))
    assert figure(asking, {1: 1}, 1).goods_minor == 333
    done = trio._replace(claims=(Claim(9, 1, 2, "return_refund", "refunded", refunded_minor=666),), refunded_minor=666)
    assert figure(done, {1: 1}, 1).goods_minor == 334


def test_a_line_that_cost_nothing_books_no_row() -> None:
    """A gift among the goods: the refund has one row, not an empty second."""
    gift = ORDER._replace(lines=(Line(1, "TEE", 3, 10_000), Line(2, "GIFT", 1, 0)))
    assert parts(gift, {1: 3, 2: 1}, 1, 10_000, 0) == (Part(1, 10_000, 0),)


def test_freight_goes_back_once() -> None:
    """What was given back of the freight is not there a second time."""
    once = ORDER._replace(refunded_minor=1_000, freight_refunded_minor=1_000)
    with pytest.raises(FreightAboveLeft, match=r"0\.00"):
        check_amount(once, figure(once, {1: 1}), 2_000, 1)
    with pytest.raises(FreightAboveRefund):
        check_amount(ORDER, figure(ORDER, {1: 1}), 100, 101)


def test_a_refund_of_several_lines_is_split_by_what_each_has_left() -> None:
    """50.00 for all tees and the cap is 30.00 and 20.00; the freight is a row of its own."""
    assert parts(ORDER, {1: 3, 2: 1}, 1, 6_000, 1_000) == (
        Part(1, 3_000, 0),
        Part(2, 2_000, 0),
        Part(None, 1_000, 1_000),
    )
    assert parts(ORDER, {2: 1}, 1, 1_500, 0) == (Part(2, 1_500, 0),)
    assert parts(ORDER, {}, 1, 11_000, 1_000) == (Part(None, 11_000, 1_000),)


@pytest.mark.parametrize(
    ("kind", "outcome", "received", "held"),
    [
        ("return_refund", None, False, True),
        ("return_refund", "refunded", False, True),
        ("return_refund", "partly_refunded", False, True),
        ("refund_only", "partly_refunded", False, False),
        ("refund_only", "refunded", False, True),
        ("return_refund", "withdrawn", False, False),
        ("return_refund", "rejected", False, False),
        ("return_refund", "rejected", True, True),
        ("exchange", "exchanged", True, False),
        ("repair", "repaired", True, False),
        ("exchange", "platform_for_buyer", False, True),
        ("inquiry", None, False, False),
        ("complaint", "compensated", False, False),
        ("reship", None, False, False),
    ],
)
def test_who_holds_units(kind: str, outcome: str | None, received: bool, held: bool) -> None:
    """Units that are asked for, came back or were paid for cannot be asked for again."""
    assert holds(Claim(1, 1, 1, kind, outcome, received)) is held


def test_units_are_not_asked_for_twice() -> None:
    """Two tees in another case leave one; the refusal says so."""
    sheet = ORDER._replace(claims=(Claim(9, 1, 2, "return_refund"),))
    assert choose_units(sheet, "exchange", [("TEE", 1)], goods_return=True) == {1: 1}
    with pytest.raises(UnitsTaken, match="2 of TEE asked, 1 left: 3 in order S1, 2 in other cases"):
        choose_units(sheet, "exchange", [("TEE", 2)], goods_return=True)
    assert choose_units(sheet, "inquiry", [("TEE", 3)], goods_return=False) == {1: 3}


def test_asking_twice_in_one_case_adds_up() -> None:
    """The same SKU named twice is one wish; together they cannot exceed the line."""
    assert choose_units(ORDER, "exchange", [("TEE", 1), ("TEE", 2)], goods_return=True) == {1: 3}
    with pytest.raises(UnitsTaken):
        choose_units(ORDER, "exchange", [("TEE", 2), ("TEE", 2)], goods_return=True)


def test_a_return_without_lines_is_about_all_units_left() -> None:
    """A whole return names every line; a money case speaks of the order; a second whole return finds nothing."""
    assert choose_units(ORDER, "return_refund", [], goods_return=True) == {1: 3, 2: 1}
    assert choose_units(ORDER, "refund_only", [], goods_return=False) == {}
    assert choose_units(ORDER._replace(lines=()), "return_refund", [], goods_return=True) == {}
    gone = ORDER._replace(claims=(Claim(9, 1, 3, "exchange"), Claim(9, 2, 1, "exchange")))
    with pytest.raises(UnitsTaken):
        choose_units(gone, "return_refund", [], goods_return=True)


def test_twin_lines_are_filled_one_after_the_other() -> None:
    """Two lines of one SKU are one stock; a line without SKU is named by its number."""
    twins = ORDER._replace(lines=(Line(1, "TEE", 1, 2_000), Line(2, "TEE", 2, 4_000), Line(3, "#3", 1, 4_000)))
    assert choose_units(twins, "exchange", [("TEE", 2), ("#3", 1)], goods_return=True) == {1: 1, 2: 1, 3: 1}
    assert choose_units(twins, "exchange", [("#2", 2)], goods_return=True) == {2: 2}


def test_an_unknown_sku_lists_the_orders_own() -> None:
    """The hint is what to type instead."""
    with pytest.raises(UnknownSku) as refusal:
        choose_units(ORDER, "exchange", [("HAT", 1)], goods_return=True)
    assert refusal.value.context["skus"] == "TEE, CAP"
    assert refusal.value.exit_code == 4


def test_reopening_finds_its_units_taken() -> None:
    """A case that had given its units free gets them back only while nobody else holds them."""
    sheet = ORDER._replace(claims=(Claim(1, 2, 1, "exchange", "withdrawn"), Claim(2, 2, 1, "return_refund")))
    with pytest.raises(UnitsTaken):
        check_units(sheet, "exchange", {2: 1}, 1)
    check_units(sheet, "inquiry", {2: 1}, 1)
    check_units(sheet._replace(claims=sheet.claims[:1]), "exchange", {2: 1}, 1)


@pytest.mark.parametrize(
    ("text", "line"),
    [("TEE:2", ("TEE", 2)), ("a:b:1", ("a:b", 1)), ("#3:1", ("#3", 1)), ("T:999999999", ("T", 999_999_999))],
)
def test_lines_are_read(text: str, line: tuple[str, int]) -> None:
    """The quantity stands behind the last colon."""
    assert parse_line(text) == line


@pytest.mark.parametrize("text", ["TEE", "TEE:", ":2", "TEE:0", "TEE:-1", "TEE:1.5", "TEE:١", "TEE:9999999999", ""])
def test_other_lines_are_refused(text: str) -> None:
    """A quantity is written in plain digits and is at least one."""
    with pytest.raises(BadLine):
        parse_line(text)


@pytest.mark.parametrize("minor", [0, -1])
def test_amounts_are_above_zero(minor: int) -> None:
    """A refund of nothing is no refund, and a negative one would be a charge."""
    with pytest.raises(AmountNotPositive):
        positive(minor, "--refund", "0")
    assert positive(1, "--refund", "0.01") == 1
