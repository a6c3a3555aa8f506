"""Points: what an order earns, what a refund takes back, and which lots a debit uses up.

Points are plain integers. An entry moves points; a positive entry has one lot, which says from when until when they may
be used; an allocation says how much of which lot a debit consumed. What a debit could not take from lots is debt, and
the next lot pays it first. So for every member: sum of entries = sum of what is left in lots - debt.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from shopcare.domain.clock import SECONDS_PER_DAY, date_of, day_number, day_of, end_of_day
from shopcare.domain.money import minor_per_major

END_OF_NEXT_YEAR = "end_of_next_year"
NO_EXPIRY = "never"

_DAYS = re.compile(r"([1-9][0-9]{0,4})d", re.ASCII)


@dataclass(frozen=True, slots=True)
class PointsRules:
    """How points are earned, wait, lapse and are redeemed.

    `expiry` is `end_of_next_year`, `never`, or days from the moment they can be used, such as `365d`.
    """

    points_per_major: int = 1
    pending_days: int = 7
    signoff_days: int = 15
    expiry: str = END_OF_NEXT_YEAR
    redeem_unit: int = 100
    redeem_unit_value_major: int = 1
    redeem_max_share_permille: int = 500
    exclude_freight: bool = True


def is_expiry(text: str) -> bool:
    """Whether a text is one of the three forms of an expiry rule."""
    return text in {END_OF_NEXT_YEAR, NO_EXPIRY} or _DAYS.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class EarnRule:
    """What an earn entry was computed with; stored on the entry, so that a refund is judged by the same rule for ever.

    `base_minor` is what earned: paid, less freight if the rule leaves it out, less refunds booked before the award.
    """

    points_per_major: int
    multiplier_permille: int
    tier: str
    currency: str
    base_minor: int
    exclude_freight: bool
    pending_days: int
    expiry: str


def rule_text(rule: EarnRule) -> str:
    """The rule as it stands on an entry."""
    return json.dumps({name: getattr(rule, name) for name in EarnRule.__slots__}, separators=(",", ":"))


def read_rule(text: str) -> EarnRule:
    """The rule that stands on an entry."""
    return EarnRule(**json.loads(text))


def base_minor(
    paid_minor: int, freight_minor: int, refunds: Iterable[tuple[int, int]], *, exclude_freight: bool
) -> int:
    """The part of an order that earns points, in minor units, never below 0.

    `refunds` are (amount, freight part of it). Where freight earns nothing, giving freight back takes nothing either.
    """
    pairs = list(refunds)
    refunded = sum(amount for amount, _ in pairs)
    if not exclude_freight:
        return max(0, paid_minor - refunded)
    freight_back = min(freight_minor, sum(freight for _, freight in pairs))
    return max(0, paid_minor - freight_minor - (refunded - freight_back))


def earn(base: int, points_per_major: int, multiplier_permille: int, currency: str) -> int:
    """The points of an amount in minor units, rounded down."""
    assert base >= 0, "an order never earns from less than nothing"
    return base * points_per_major * multiplier_permille // (1000 * minor_per_major(currency))


def earn_by(rule: EarnRule, base: int) -> int:
    """The points of an amount by a stored rule."""
    return earn(base, rule.points_per_major, rule.multiplier_permille, rule.currency)


def claw(rule: EarnRule, earned: int, base: int, clawed: int) -> int:
    """The points to take back now that only `base` of the order is left.

    Keeps exactly what the rest earns by the stored rule, whatever the split of the refunds: rounding once over all of
    them, never per refund. Never negative, and never more than was earned in all.
    """
    assert 0 <= clawed <= earned, "what was taken back is a part of what was earned"
    return max(0, earned - earn_by(rule, base) - clawed)


#: Statuses of orders that came to nothing: they earn nothing, even where an export gives no refunded amount.
UNDONE = frozenset({"unpaid", "cancelled", "refunded"})


def earning_base(order: EarningOrder, *, exclude_freight: bool) -> int:
    """The part of an order that earns points as it stands now; 0 for one that does not count or came to nothing."""
    if not order.is_counted or order.status in UNDONE:
        return 0
    return base_minor(order.paid_minor, order.freight_minor, order.refunds, exclude_freight=exclude_freight)


def signed_off_at(
    *,
    status: str,
    status_known: bool,
    ordered_at: int,
    shipped_at: int | None,
    completed_at: int | None,
    signoff_days: int,
) -> int | None:
    """When the buyer confirmed the order, or the platform does for them; None while nothing is on its way.

    An order of an export that gives no status (`status_known` False) is taken to be on its way since it was placed.
    """
    if status in UNDONE:
        return None
    if completed_at is not None:
        return completed_at
    if status_known and status not in {"completed", "shipped"}:
        return None
    return (ordered_at if shipped_at is None else shipped_at) + signoff_days * SECONDS_PER_DAY


def expires_at(expiry: str, earned_at: int, available_at: int, tz: str) -> int | None:
    """The last instant at which a lot may be used, at the end of a day in the shop's zone; None if it never lapses.

    A lot cannot lapse before it could be used: then the rule counts from the moment it can be.
    """
    if expiry == NO_EXPIRY:
        return None
    days = _DAYS.fullmatch(expiry)
    if days:
        return end_of_day(day_of(available_at, tz) + int(days[1]), tz)
    last = _end_of_next_year(date_of(day_of(earned_at, tz)).year, tz)
    return last if last > available_at else _end_of_next_year(date_of(day_of(available_at, tz)).year, tz)


@lru_cache(maxsize=256)
def _end_of_next_year(year: int, tz: str) -> int:
    return end_of_day(day_number(date_of(0).replace(year=year + 1, month=12, day=31)), tz)


class EarningOrder(NamedTuple):
    """What an order's points depend on; `refunds` are (amount, freight part of it), money in minor units."""

    status: str
    is_counted: bool
    paid_minor: int
    freight_minor: int
    refunds: tuple[tuple[int, int], ...]


class Lot(NamedTuple):
    """A lot and what is left of it. `customer_id` is whose it is, where several customers are one person."""

    id: int
    entry_id: int
    available_at: int
    expires_at: int | None
    remaining: int
    customer_id: int = 0

    def is_pending(self, at: int) -> bool:
        """Not usable yet."""
        return self.available_at > at

    def is_expired(self, at: int) -> bool:
        """Not usable any more."""
        return self.expires_at is not None and self.expires_at < at

    def is_available(self, at: int) -> bool:
        """Usable now."""
        return not self.is_pending(at) and not self.is_expired(at)


class Debt(NamedTuple):
    """A debit and how much of it no lot has covered yet. `customer_id` as of a lot."""

    entry_id: int
    owed: int
    customer_id: int = 0


class Allocation(NamedTuple):
    """How much of a lot a debit consumed."""

    entry_id: int
    lot_id: int
    points: int


def _soonest(lot: Lot) -> tuple[bool, int, int]:
    """Soonest expiry first, none last, then the oldest."""
    return (lot.expires_at is None, lot.expires_at or 0, lot.id)


def redeemable(lots: Iterable[Lot], at: int) -> list[Lot]:
    """The lots a redemption may use, in the order it uses them."""
    return sorted((lot for lot in lots if lot.remaining and lot.is_available(at)), key=_soonest)


def clawable(lots: Iterable[Lot], at: int, own_entry_id: int) -> list[Lot]:
    """The lots a clawback may use, in the order it uses them.

    Pending points shrink first, the order's own before others; points of the order that lapsed unused are taken as
    given back, for they are gone already. Other lapsed lots are never touched.
    """

    def rank(lot: Lot) -> int:
        own = lot.entry_id == own_entry_id
        if own and not lot.is_available(at):
            return 0
        return 1 if lot.is_pending(at) else 2 if own else 3

    usable = (lot for lot in lots if lot.remaining and (lot.entry_id == own_entry_id or not lot.is_expired(at)))
    return sorted(usable, key=lambda lot: (rank(lot), *_soonest(lot)))


def take(entry_id: int, points: int, lots: Iterable[Lot]) -> tuple[list[Allocation], int]:
    """Consume points from lots in the order given; what the lots do not cover is returned beside."""
    taken: list[Allocation] = []
    for lot in lots:
        if points == 0:
            break
        part = min(points, lot.remaining)
        taken.append(Allocation(entry_id, lot.id, part))
        points -= part
    return taken, points


def pay(debts: Sequence[Debt], lots: Sequence[Lot]) -> list[Allocation]:
    """Let new lots pay old debts, the oldest debt and the oldest lot first."""
    paid: list[Allocation] = []
    left = {lot.id: lot.remaining for lot in lots}
    for debt in sorted(debts):
        owed = debt.owed
        for lot in sorted(lots):
            part = min(owed, left[lot.id])
            if part:
                paid.append(Allocation(debt.entry_id, lot.id, part))
                left[lot.id] -= part
                owed -= part
    return paid


def by_customer(allocations: Iterable[Allocation], lots: Iterable[Lot]) -> dict[int, list[Allocation]]:
    """The allocations by whose lots they consume, in the order given."""
    owner = {lot.id: lot.customer_id for lot in lots}
    found: dict[int, list[Allocation]] = {}
    for allocation in allocations:
        found.setdefault(owner[allocation.lot_id], []).append(allocation)
    return found


def after(lots: Iterable[Lot], allocations: Iterable[Allocation]) -> list[Lot]:
    """The lots with what allocations leave of them."""
    used: dict[int, int] = {}
    for allocation in allocations:
        used[allocation.lot_id] = used.get(allocation.lot_id, 0) + allocation.points
    return [lot._replace(remaining=lot.remaining - used.get(lot.id, 0)) for lot in lots]


@dataclass(frozen=True, slots=True)
class Balance:
    """A member's points at an instant.

    `available` may be used now, `pending` later, `expired` lapsed unused, `debt` was taken back but is not covered yet.
    `total` is what the member has in the end: available + pending - debt; the entries sum to total + expired.
    """

    available: int
    pending: int
    expired: int
    debt: int
    next_release_at: int | None
    next_release: int
    next_expiry_at: int | None
    next_expiry: int

    @property
    def total(self) -> int:
        """Available and pending points less debt."""
        return self.available + self.pending - self.debt

    @property
    def redeemable(self) -> int:
        """What may be redeemed now: what is available, but no more than the member has in the end.

        The two differ only for merged customers of whom one still owes what another has.
        """
        return max(0, min(self.available, self.total))


def balance(lots: Iterable[Lot], debts: Iterable[Debt], at: int) -> Balance:
    """The balance that lots and debts make at an instant."""
    left = [lot for lot in lots if lot.remaining]
    pending = [lot for lot in left if lot.is_pending(at)]
    usable = [lot for lot in left if lot.is_available(at)]
    release_at = min((lot.available_at for lot in pending), default=None)
    expiry_at = min((lot.expires_at for lot in usable if lot.expires_at is not None), default=None)
    return Balance(
        available=sum(lot.remaining for lot in usable),
        pending=sum(lot.remaining for lot in pending),
        expired=sum(lot.remaining for lot in left if lot.is_expired(at)),
        debt=sum(debt.owed for debt in debts),
        next_release_at=release_at,
        next_release=sum(lot.remaining for lot in pending if lot.available_at == release_at),
        next_expiry_at=expiry_at,
        next_expiry=sum(lot.remaining for lot in usable if expiry_at is not None and lot.expires_at == expiry_at),
    )


def value_minor(points: int, rules: PointsRules, currency: str) -> int:
    """What points are worth when redeemed, in minor units, rounded down."""
    return points * rules.redeem_unit_value_major * minor_per_major(currency) // rules.redeem_unit


def redeemable_on(paid_minor: int, already: int, rules: PointsRules, currency: str) -> int:
    """The points that may still pay for an order, in whole units; `already` were redeemed on it before.

    Their value stays within the allowed share of what was paid.
    """
    most = paid_minor * rules.redeem_max_share_permille // 1000
    unit_minor = value_minor(rules.redeem_unit, rules, currency)
    units = most // unit_minor if unit_minor else 0
    return max(0, units * rules.redeem_unit - already)
