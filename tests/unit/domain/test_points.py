"""Points by hand: published refund tables, sign-off, expiry, which lots are used first."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from shopcare.domain.clock import SECONDS_PER_DAY as DAY
from shopcare.domain.points import (
    Allocation,
    Debt,
    EarningOrder,
    EarnRule,
    Lot,
    PointsRules,
    balance,
    base_minor,
    claw,
    clawable,
    earn,
    earning_base,
    expires_at,
    is_expiry,
    pay,
    read_rule,
    redeemable,
    redeemable_on,
    rule_text,
    signed_off_at,
    take,
    value_minor,
)

SHANGHAI = "Asia/Shanghai"
#: ¥100 gives 10 points: ¥10 a point, as a tenth of the rate of one point per yuan.
TENTH = EarnRule(1, 100, "regular", "CNY", 10_000, True, 7, "never")


def at(text: str, tz: str = SHANGHAI) -> int:
    """A local wall time as an instant."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(tz)).timestamp())


@pytest.mark.parametrize(
    ("refunds", "clawed"),
    [
        ([2200, 2200, 5600], [3, 2, 5]),
        ([3333, 3333, 3334], [4, 3, 3]),
        ([100] * 10 + [9000], [1] + [0] * 9 + [9]),
    ],
)
def test_partial_refunds_equal_the_published_table(refunds: list[int], clawed: list[int]) -> None:
    """docs/loyalty.md, "Refunds": ¥100 that earned 10 points, refunded in parts."""
    taken: list[int] = []
    for index in range(len(refunds)):
        base = base_minor(10_000, 0, [(amount, 0) for amount in refunds[: index + 1]], exclude_freight=True)
        taken.append(claw(TENTH, 10, base, sum(taken)))
    assert taken == clawed


@pytest.mark.parametrize(
    ("base", "currency", "points"),
    [(0, "CNY", 0), (99, "CNY", 0), (100, "CNY", 1), (199, "CNY", 1), (45_050, "CNY", 450), (450, "JPY", 450)],
)
def test_one_point_for_each_whole_unit(base: int, currency: str, points: int) -> None:
    """Fractions earn nothing, and a yen is a whole unit."""
    assert earn(base, 1, 1000, currency) == points


def test_multipliers_are_exact() -> None:
    """1.1 times 10 points is 11, not the 10 that binary fractions round down to."""
    assert earn(1000, 1, 1100, "CNY") == 11
    assert earn(10**14 - 1, 3, 1999, "CNY") == (10**14 - 1) * 3 * 1999 // 100_000


@pytest.mark.parametrize(
    ("refunds", "exclude", "base"),
    [
        ([], True, 9_000),
        ([], False, 10_000),
        ([(1_000, 1_000)], True, 9_000),
        ([(1_000, 0)], True, 8_000),
        ([(1_000, 1_000)], False, 9_000),
        ([(10_000, 0)], True, 0),
        ([(10_000, 1_000)], True, 0),
        ([(5_000, 1_000), (5_000, 1_000)], True, 0),
    ],
)
def test_freight_neither_earns_nor_takes(refunds: list[tuple[int, int]], exclude: bool, base: int) -> None:
    """¥100 with ¥10 freight: giving the freight back takes no points, and it counts back only once."""
    assert base_minor(10_000, 1_000, refunds, exclude_freight=exclude) == base


@pytest.mark.parametrize(
    ("status", "counted", "base"),
    [("completed", True, 500), ("closed", True, 500), ("completed", False, 0), ("refunded", True, 0),
     ("cancelled", True, 0), ("unpaid", True, 0)],
)  # fmt: skip
def test_an_order_that_came_to_nothing_earns_nothing(status: str, counted: bool, base: int) -> None:
    """Some exports name an order refunded and give no amount; its points go all the same."""
    assert earning_base(EarningOrder(status, counted, 500, 0, ()), exclude_freight=True) == base


SIGN_OFF = """
completed  50    -     -> 50
completed  -     20    -> 20+15d
completed  -     -     -> 10+15d
shipped    -     20    -> 20+15d
shipped    50    20    -> 50
closed     50    20    -> 50
closed     -     20    -> -
paid       -     -     -> -
unknown    -     20    -> -
refunded   50    20    -> -
cancelled  50    20    -> -
paid?      -     -     -> 10+15d
paid?      50    -     -> 50
"""


@pytest.mark.parametrize(
    ("status", "completed", "shipped", "arrow", "signed_off"), [row.split() for row in SIGN_OFF.strip().splitlines()]
)
def test_sign_off_equals_the_specification(
    status: str, completed: str, shipped: str, arrow: str, signed_off: str
) -> None:
    """The confirmation counts; without one the platform confirms 15 days after shipping, else after the order."""

    def number(text: str) -> int | None:
        plain, plus, _ = text.partition("+15d")
        return None if plain == "-" else int(plain) + (15 * DAY if plus else 0)

    assert signed_off_at(
        status=status.strip("?"),
        status_known="?" not in status,
        ordered_at=10,
        shipped_at=number(shipped),
        completed_at=number(completed),
        signoff_days=15,
    ) == number(signed_off)


def test_points_lapse_at_the_end_of_next_year_in_the_shops_zone() -> None:
    """An order of New Year's Eve UTC is one of the new year in Shanghai, and lapses a year later."""
    earned = int(datetime(2025, 12, 31, 20, tzinfo=UTC).timestamp())
    assert expires_at("end_of_next_year", earned, earned, SHANGHAI) == at("2027-12-31T23:59:59")
    assert expires_at("end_of_next_year", earned, earned, "UTC") == at("2026-12-31T23:59:59", "UTC")


def test_days_of_expiry_count_from_the_first_day_of_use() -> None:
    """30 days of use are 30 days after the day the points can be used, to the end of that day."""
    first = at("2026-03-01T08:00:00")
    assert expires_at("30d", 0, first, SHANGHAI) == at("2026-03-31T23:59:59")
    assert expires_at("never", 0, first, SHANGHAI) is None


def test_points_cannot_lapse_before_they_can_be_used() -> None:
    """With a wait longer than the rule allows, the rule counts from the first day of use."""
    earned, available = at("2024-06-01T00:00:00"), at("2026-02-01T00:00:00")
    assert expires_at("end_of_next_year", earned, available, SHANGHAI) == at("2027-12-31T23:59:59")


@pytest.mark.parametrize(
    ("text", "good"),
    [("never", True), ("end_of_next_year", True), ("1d", True), ("365d", True), ("0d", False), ("-3d", False),
     ("365", False), ("d", False), ("", False), ("３d", False), ("100000d", False)],
)  # fmt: skip
def test_forms_of_expiry(text: str, good: bool) -> None:
    """Three forms, and nothing that merely resembles them."""
    assert is_expiry(text) is good


NOW = 1_000
PENDING, SOON, LATE, NONE, DEAD = (
    Lot(1, 11, 2_000, 9_000, 5),
    Lot(2, 12, 0, 3_000, 5),
    Lot(3, 13, 0, 4_000, 5),
    Lot(4, 14, 0, None, 5),
    Lot(5, 15, 0, 999, 5),
)
LOTS = [DEAD, NONE, LATE, SOON, PENDING]


def test_redemption_uses_the_soonest_expiry_first() -> None:
    """Soonest expiry, then later, points without expiry last; pending and lapsed points never."""
    assert redeemable(LOTS, NOW) == [SOON, LATE, NONE]
    assert take(99, 7, redeemable(LOTS, NOW)) == ([Allocation(99, 2, 5), Allocation(99, 3, 2)], 0)


def test_a_lot_is_usable_in_its_last_second() -> None:
    """The end of its last day belongs to the lot."""
    assert redeemable([SOON], 3_000) == [SOON]
    assert redeemable([SOON], 3_001) == []


def test_a_clawback_shrinks_pending_points_first() -> None:
    """Pending before usable, the order's own before others within both, and lapsed points of others never."""
    assert [lot.id for lot in clawable(LOTS, NOW, own_entry_id=13)] == [1, 3, 2, 4]
    assert [lot.id for lot in clawable(LOTS, NOW, own_entry_id=11)] == [1, 2, 3, 4]


def test_points_that_lapsed_are_not_taken_twice() -> None:
    """The order's own lapsed points count as given back before anything else is touched."""
    assert [lot.id for lot in clawable(LOTS, NOW, own_entry_id=15)] == [5, 1, 2, 3, 4]


def test_what_lots_do_not_cover_is_left_over() -> None:
    """A debit larger than its lots empties them and tells the rest."""
    assert take(9, 12, [SOON, LATE]) == ([Allocation(9, 2, 5), Allocation(9, 3, 5)], 2)


def test_new_lots_pay_the_oldest_debt_first() -> None:
    """Two debts of 4 and two lots of 3: the first debt is paid, of the second 2 are left."""
    lots = [Lot(7, 7, 0, None, 3), Lot(8, 8, 0, None, 3)]
    assert pay([Debt(2, 4), Debt(1, 4)], lots) == [
        Allocation(1, 7, 3), Allocation(1, 8, 1), Allocation(2, 8, 2),
    ]  # fmt: skip


def test_balance_parts() -> None:
    """Each part of the balance, and what comes and goes next."""
    found = balance([*LOTS, PENDING._replace(id=6, remaining=2)], [Debt(1, 3)], NOW)
    assert (found.available, found.pending, found.expired, found.debt, found.total) == (15, 7, 5, 3, 19)
    assert (found.next_release_at, found.next_release) == (2_000, 7)
    assert (found.next_expiry_at, found.next_expiry) == (3_000, 5)


@pytest.mark.parametrize(
    ("paid", "already", "most"),
    [(10_000, 0, 5_000), (10_000, 4_900, 100), (10_000, 5_000, 0), (199, 0, 0), (200, 0, 100), (200, 100, 0)],
)
def test_points_pay_at_most_half_of_an_order(paid: int, already: int, most: int) -> None:
    """100 points are ¥1; on ¥100 at most 5,000 points, in whole hundreds, all redemptions of the order together."""
    assert redeemable_on(paid, already, PointsRules(), "CNY") == most


def test_value_of_points() -> None:
    """100 points are worth one yuan, or one yen."""
    assert (value_minor(250, PointsRules(), "CNY"), value_minor(250, PointsRules(), "JPY")) == (250, 2)


def test_a_rule_survives_its_text() -> None:
    """What is read from an entry is what was stored."""
    assert read_rule(rule_text(TENTH)) == TENTH
