"""The tier of a member against its definition written out the slow way."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from shopcare.domain.clock import SECONDS_PER_DAY as DAY
from shopcare.domain.tiers import Ladder, OrderSpend, Tier, standing, tiers_before

LADDER = Ladder(
    tiers=(Tier("one", "One", "一", 0), Tier("two", "Two", "二", 10), Tier("three", "Three", "三", 25)),
    window_days=20,
    downgrade_grace_days=6,
)
YEN = "JPY"  # no decimals: thresholds are 0, 10 and 25

# Few distinct instants, so that ties, window edges and grace edges are common.
instants = st.integers(0, 45).map(lambda day: day * DAY)


@st.composite
def an_order(draw: st.DrawFn) -> OrderSpend:
    """An order with refunds that never exceed what was paid."""
    left = paid = draw(st.integers(0, 30))
    refunds = []
    for at in draw(st.lists(instants, max_size=3)):
        amount = draw(st.integers(0, left))
        left -= amount
        refunds.append((at, amount))
    return OrderSpend(draw(instants), paid, tuple(refunds))


histories = st.lists(an_order(), max_size=7).map(lambda orders: sorted(orders, key=lambda order: order.at))


def spend_at(orders: list[OrderSpend], at: int) -> int:
    """The definition: paid less refunds booked by then, of orders placed within (at - window, at]."""
    return sum(
        order.paid_minor - sum(amount for when, amount in order.refunds if when <= at)
        for order in orders
        if at - LADDER.window < order.at <= at
    )


def level_at(orders: list[OrderSpend], at: int) -> int:
    """The rung that the spend alone gives."""
    return sum(spend_at(orders, at) >= threshold for threshold in LADDER.thresholds(YEN)) - 1


def tier_at(orders: list[OrderSpend], at: int) -> int:
    """The definition: the best level of the grace period before, its first second included."""
    edges = {order.at + shift for order in orders for shift in (0, LADDER.window)}
    edges |= {when for order in orders for when, _ in order.refunds}
    start = at - LADDER.grace
    return max(level_at(orders, moment) for moment in {start, at} | {edge for edge in edges if start < edge <= at})


@settings(max_examples=100, deadline=None)
@given(histories, instants, st.integers(-1, 1))
def test_standing_equals_the_definition(orders: list[OrderSpend], at: int, shift: int) -> None:
    """Spend, level and tier equal the sums and the maximum written out, also one second beside every edge."""
    at += shift
    found = standing(orders, LADDER, YEN, at)
    assert (found.spend_minor, found.level, found.tier) == (
        spend_at(orders, at), level_at(orders, at), tier_at(orders, at),
    )  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(histories, instants)
def test_since_and_lasts_until_are_the_edges_of_the_tier(orders: list[OrderSpend], at: int) -> None:
    """The tier differs one second before it was reached and one second after it ends, and nowhere between."""
    orders = [order for order in orders if order.at <= at]
    orders = [replace(order, refunds=tuple(r for r in order.refunds if r[0] <= at)) for order in orders]
    found = standing(orders, LADDER, YEN, at)
    if found.since is not None:
        assert tier_at(orders, found.since) == found.tier
        assert tier_at(orders, found.since - 1) != found.tier
        assert {tier_at(orders, moment) for moment in range(found.since, at, DAY)} <= {found.tier}
    if found.lasts_until is not None:
        assert tier_at(orders, found.lasts_until) == found.tier
        assert tier_at(orders, found.lasts_until + 1) < found.tier
    assert (found.lasts_until is None) == (found.tier == 0)


@settings(max_examples=100, deadline=None)
@given(histories, an_order(), instants, st.integers(1, 30))
def test_more_spend_never_lowers_a_tier(orders: list[OrderSpend], more: OrderSpend, at: int, extra: int) -> None:
    """Neither another order nor a larger payment of the same order makes a member's tier worse."""
    before = standing(orders, LADDER, YEN, at).tier
    assert standing([*orders, more], LADDER, YEN, at).tier >= before
    for index, order in enumerate(orders):
        larger = [*orders[:index], replace(order, paid_minor=order.paid_minor + extra), *orders[index + 1 :]]
        assert standing(larger, LADDER, YEN, at).tier >= before


@settings(max_examples=100, deadline=None)
@given(histories, instants)
def test_never_demoted_inside_the_grace(orders: list[OrderSpend], at: int) -> None:
    """Whatever level was reached within the last grace period is still held."""
    held = standing(orders, LADDER, YEN, at).tier
    for days in range(LADDER.downgrade_grace_days + 1):
        assert held >= standing(orders, LADDER, YEN, at - days * DAY).level


@settings(max_examples=100, deadline=None)
@given(st.permutations(range(5)), st.lists(an_order(), min_size=5, max_size=5), instants)
def test_the_order_of_facts_does_not_matter(places: list[int], orders: list[OrderSpend], at: int) -> None:
    """Imports may bring orders in any order; the standing is the same."""
    assert standing([orders[place] for place in places], LADDER, YEN, at) == standing(orders, LADDER, YEN, at)


@settings(max_examples=100, deadline=None)
@given(histories)
def test_the_tier_before_an_order_knows_nothing_of_it_or_later(orders: list[OrderSpend]) -> None:
    """What an order earns at equals the tier from the orders before it alone, at its own instant."""
    for index, rung in enumerate(tiers_before(orders, LADDER, YEN)):
        earlier = orders[:index]
        assert rung == standing(earlier, LADDER, YEN, orders[index].at).tier
        assert rung == tiers_before([*earlier, replace(orders[index], paid_minor=10**6)], LADDER, YEN)[index]
