"""Tiers by hand: the default ladder, the edges of window and grace, reasons in words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from shopcare.domain.clock import SECONDS_PER_DAY as DAY
from shopcare.domain.tiers import DEFAULT_TIERS, Ladder, OrderSpend, Tier, rules_version, standing, tiers_before, why

LADDER = Ladder()
T0 = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp())


def test_the_default_ladder_is_the_published_one() -> None:
    """普通 below 1,000; 银牌 from 1,000 at 9折; 金牌 from 5,000 at 8.5折; 钻石 from 10,000 at 8折."""
    assert [(tier.name_zh, tier.from_major, tier.discount_permille) for tier in DEFAULT_TIERS] == [
        ("普通", 0, 1000),
        ("银牌", 1000, 900),
        ("金牌", 5000, 850),
        ("钻石", 10000, 800),
    ]


@pytest.mark.parametrize(
    ("paid_minor", "code"),
    [(0, "regular"), (99_999, "regular"), (100_000, "silver"), (499_999, "silver"), (500_000, "gold"),
     (999_999, "gold"), (1_000_000, "diamond")],
)  # fmt: skip
def test_a_threshold_belongs_to_the_tier_it_starts(paid_minor: int, code: str) -> None:
    """999.99 is not 1,000, and 1,000.00 is silver at once."""
    assert LADDER.tiers[standing([OrderSpend(T0, paid_minor)], LADDER, "CNY", T0).tier].code == code


def test_thresholds_follow_the_currency_of_the_shop() -> None:
    """1,000 yen are 1000 minor units, 1,000 yuan 100000, 1,000 dinar 1000000."""
    assert [LADDER.thresholds(code)[1] for code in ("JPY", "CNY", "KWD")] == [1_000, 100_000, 1_000_000]


def test_a_tier_outlives_its_spend_by_exactly_the_grace() -> None:
    """An order counts 365 days; the tier it gave stays 30 days more, to the second."""
    orders = [OrderSpend(T0, 600_000)]
    fall = T0 + (365 + 30) * DAY
    assert standing(orders, LADDER, "CNY", T0 + 365 * DAY - 1).spend_minor == 600_000
    assert standing(orders, LADDER, "CNY", T0 + 365 * DAY).spend_minor == 0
    assert standing(orders, LADDER, "CNY", fall - 1).tier == 2
    after = standing(orders, LADDER, "CNY", fall)
    assert (after.tier, after.since) == (0, fall)
    assert standing(orders, LADDER, "CNY", T0).lasts_until == fall - 1


def test_a_fall_stops_at_the_best_level_of_the_grace() -> None:
    """Gold fell to nothing, then silver was reached within the grace: the fall from gold ends at silver."""
    first, second = OrderSpend(T0, 600_000), OrderSpend(T0 + 370 * DAY, 200_000)
    found = standing([first, second], LADDER, "CNY", T0 + 395 * DAY)
    assert (found.tier, found.level, found.since) == (1, 1, T0 + 395 * DAY)


def test_a_refund_lowers_the_spend_at_once_and_the_tier_after_the_grace() -> None:
    """Gold by 6,000 less 2,000 refunded is silver spend the same second, and silver 30 days later."""
    refunded_at = T0 + 10 * DAY
    orders = [OrderSpend(T0, 600_000, ((refunded_at, 200_000),))]
    assert standing(orders, LADDER, "CNY", refunded_at - 1).spend_minor == 600_000
    now = standing(orders, LADDER, "CNY", refunded_at)
    assert (now.spend_minor, now.level, now.tier) == (400_000, 1, 2)
    assert standing(orders, LADDER, "CNY", refunded_at + 30 * DAY).tier == 1


def test_a_refund_leaves_the_window_with_its_order() -> None:
    """A refund of an order that no longer counts takes nothing from the orders that do."""
    old = OrderSpend(T0, 600_000, ((T0 + 400 * DAY, 600_000),))
    new = OrderSpend(T0 + 390 * DAY, 120_000)
    assert standing([old, new], LADDER, "CNY", T0 + 401 * DAY).spend_minor == 120_000


def test_no_grace_means_a_fall_at_once() -> None:
    """With a grace of 0 days the tier is the level."""
    ladder = Ladder(downgrade_grace_days=0)
    orders = [OrderSpend(T0, 600_000, ((T0 + DAY, 600_000),))]
    assert standing(orders, ladder, "CNY", T0 + DAY - 1).tier == 2
    assert standing(orders, ladder, "CNY", T0 + DAY).tier == 0


def test_an_order_does_not_lift_its_own_tier() -> None:
    """The order that reaches gold earns as what the member was before it."""
    orders = [OrderSpend(T0, 600_000), OrderSpend(T0, 100), OrderSpend(T0 + 396 * DAY, 100)]
    assert tiers_before(orders, LADDER, "CNY") == [0, 2, 0]


def test_next_drop_sums_what_leaves_at_one_instant() -> None:
    """Two orders of the same second leave the window together, net of their refunds."""
    orders = [OrderSpend(T0, 300, ((T0, 100),)), OrderSpend(T0, 500), OrderSpend(T0 + 5, 7)]
    found = standing(orders, LADDER, "CNY", T0 + DAY)
    assert (found.next_drop_at, found.next_drop_minor) == (T0 + 365 * DAY, 700)


def test_a_fully_refunded_order_is_no_next_drop() -> None:
    """What is worth nothing cannot fall out of the window."""
    found = standing([OrderSpend(T0, 300, ((T0 + 1, 300),))], LADDER, "CNY", T0 + DAY)
    assert (found.next_drop_at, found.next_drop_minor) == (None, 0)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (None, 2, "net spend of 5230.00 CNY in 365 days reached gold (from 5000)"),
        (None, 0, "first orders; net spend of 5230.00 CNY in 365 days is on regular (from 0)"),
        ("gold", 1, "net spend of 5230.00 CNY in 365 days has been below gold (from 5000) for 30 days"),
        (None, 3, "net spend of 5230.00 CNY in 365 days was last at diamond (from 10000) less than 30 days ago"),
        ("bronze", 0, "the ladder no longer has bronze; net spend of 5230.00 CNY in 365 days"),
    ],
)
def test_reasons_carry_the_figures(before: str | None, after: int, words: str) -> None:
    """A reader of the history sees spend, threshold and grace without the settings of that day."""
    assert why(LADDER, "CNY", 523_000, before, after) == words


def test_the_rules_version_changes_with_every_rule() -> None:
    """Each field of ladder and rung gives another version; equal rules give the same one."""
    tiers = list(DEFAULT_TIERS)
    others = [
        Ladder(window_days=364),
        Ladder(downgrade_grace_days=29),
        Ladder(tiers=tuple(tiers[:3])),
        Ladder(tiers=(*tiers[:3], Tier("diamond", "Diamond", "钻石", 10000, 800, 1500))),
    ]
    assert len({rules_version(ladder) for ladder in (Ladder(), *others)}) == 5
    assert rules_version(Ladder()) == rules_version(LADDER)


@pytest.mark.parametrize("starts", [(), (1,), (0, 5, 5), (0, 9, 5)])
def test_a_ladder_starts_at_zero_and_rises(starts: tuple[int, ...]) -> None:
    """A ladder in which a spend has no tier or two is a bug of whoever built it."""
    with pytest.raises(AssertionError):
        Ladder(tiers=tuple(Tier(str(start), "", "", start) for start in starts))
