"""Refund arithmetic of points: whatever the split, the points kept are those of the money kept."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from shopcare.domain.points import EarnRule, base_minor, claw, earn_by, expires_at

MONEY = st.integers(0, 200_000)


@st.composite
def a_rule(draw: st.DrawFn) -> EarnRule:
    """Any rate, multiplier and currency precision."""
    rate, multiplier = draw(st.integers(1, 5)), draw(st.sampled_from([100, 333, 1000, 1100, 1500]))
    return EarnRule(rate, multiplier, "any", draw(st.sampled_from(["CNY", "JPY", "KWD"])), 0, True, 7, "never")


@settings(max_examples=100, deadline=None)
@given(a_rule(), MONEY, st.lists(st.integers(0, 60_000), max_size=8))
def test_kept_points_are_those_of_the_kept_money(rule: EarnRule, paid: int, amounts: list[int]) -> None:
    """After every refund, earned less clawed is what the rest alone earns; rounding per refund fails."""
    earned, clawed, refunds = earn_by(rule, paid), 0, []
    for amount in amounts:
        refunds.append((min(amount, paid - sum(done for done, _ in refunds)), 0))
        base = base_minor(paid, 0, refunds, exclude_freight=True)
        clawed += claw(rule, earned, base, clawed)
        assert earned - clawed == earn_by(rule, base)
        assert 0 <= clawed <= earned


@settings(max_examples=100, deadline=None)
@given(a_rule(), MONEY, st.integers(0, 10_000), st.data())
def test_a_full_refund_takes_back_exactly_what_was_earned(
    rule: EarnRule, paid: int, freight: int, data: st.DataObject
) -> None:
    """In any split, with freight given back in any part of it, and never more than once."""
    freight = min(freight, paid)
    cuts = sorted(data.draw(st.lists(st.integers(0, paid), max_size=5)))
    amounts = [high - low for low, high in zip([0, *cuts], [*cuts, paid], strict=True)]
    refunds = [(amount, data.draw(st.integers(0, min(amount, freight)))) for amount in amounts]
    earned, clawed = earn_by(rule, base_minor(paid, freight, [], exclude_freight=True)), 0
    for count in range(1, len(refunds) + 1):
        clawed += claw(rule, earned, base_minor(paid, freight, refunds[:count], exclude_freight=True), clawed)
    assert clawed == earned


def test_rounding_per_refund_would_be_noticed() -> None:
    """The tests above can fail: up per refund takes 12 of 10 points back, down leaves one that nothing earned."""
    rule, amounts = EarnRule(1, 100, "any", "CNY", 10_000, True, 7, "never"), [2200, 2200, 5600]
    assert sum(-(-amount // 1000) for amount in amounts) == 12 > earn_by(rule, 10_000)
    assert sum(amount // 1000 for amount in amounts) == 9 < earn_by(rule, 10_000)


@given(st.sampled_from(["end_of_next_year", "1d", "365d"]), st.integers(0, 2 * 10**9), st.integers(0, 10**8))
def test_a_pending_lot_cannot_lapse_before_it_was_usable(expiry: str, earned_at: int, wait: int) -> None:
    """Every lot that lapses can be used for at least one second, whatever the wait."""
    last = expires_at(expiry, earned_at, earned_at + wait, "America/New_York")
    assert last is not None
    assert last > earned_at + wait
