"""The tier of a member: a pure function of orders and refunds up to an instant, and of the ladder.

The basis is net spend, paid less refunds, of the counted orders of a rolling window. A refund lowers the spend from the
moment it is booked until its order leaves the window. A member rises the moment the spend reaches a tier and falls only
once the spend has been below it for the grace period. Because nothing else enters, it does not matter how often or when
tiers are assigned.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain

from shopcare.domain.clock import SECONDS_PER_DAY
from shopcare.domain.money import format_amount, minor_per_major
from shopcare.i18n import _

NEVER = -(2**62)
FOREVER = 2**62


@dataclass(frozen=True, slots=True)
class Tier:
    """One rung of the ladder. `from_major` is net spend in whole units of the member's shop currency."""

    code: str
    name: str
    name_zh: str
    from_major: int
    discount_permille: int = 1000
    points_multiplier_permille: int = 1000


DEFAULT_TIERS = (
    Tier("regular", "Regular", "普通", 0),
    Tier("silver", "Silver", "银牌", 1000, 900),
    Tier("gold", "Gold", "金牌", 5000, 850),
    Tier("diamond", "Diamond", "钻石", 10000, 800),
)


@dataclass(frozen=True, slots=True)
class Ladder:
    """The tiers, lowest first and starting at 0, with the rolling window and the grace before a fall."""

    tiers: tuple[Tier, ...] = DEFAULT_TIERS
    window_days: int = 365
    downgrade_grace_days: int = 30

    def __post_init__(self) -> None:
        starts = [tier.from_major for tier in self.tiers]
        assert starts, "a ladder has at least one tier"
        assert starts[0] == 0, "everyone stands on the first rung"
        assert starts == sorted(set(starts)), "rungs rise"

    @property
    def window(self) -> int:
        """Length of the window in seconds."""
        return self.window_days * SECONDS_PER_DAY

    @property
    def grace(self) -> int:
        """Length of the grace in seconds."""
        return self.downgrade_grace_days * SECONDS_PER_DAY

    def thresholds(self, currency: str) -> list[int]:
        """Where each tier starts, in minor units of a currency."""
        return [tier.from_major * minor_per_major(currency) for tier in self.tiers]

    def position(self, code: str | None) -> int:
        """The rung of a tier code; the first rung for no tier or one the ladder no longer has."""
        return next((rung for rung, tier in enumerate(self.tiers) if tier.code == code), 0)


@dataclass(frozen=True, slots=True)
class OrderSpend:
    """A counted order of a member: what was paid, and the refunds as (instant, amount), all in minor units."""

    at: int
    paid_minor: int
    refunds: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a member stands at an instant.

    `tier` and `level` are rungs: the tier held, and what the spend alone would give (lower during a grace). `since` is
    when the tier was reached, None if it was always held. `lasts_until` is the last instant of the tier if nothing more
    is bought, None on the first rung. `next_drop_at` is when the oldest spend leaves the window, `next_drop_minor` how
    much of it.
    """

    tier: int
    level: int
    spend_minor: int
    since: int | None
    lasts_until: int | None
    next_drop_at: int | None
    next_drop_minor: int


@dataclass(slots=True)
class _Sweep:
    """Walks through one member's facts in time order and keeps the spend, its level and the tier held."""

    thresholds: Sequence[int]
    grace: int
    spend: int = 0
    level: int = 0
    tier: int = 0
    since: int = NEVER
    last_at: list[int] = field(default_factory=list)  # per rung: last second the spend reached it, once it fell below

    def __post_init__(self) -> None:
        self.last_at = [NEVER] * len(self.thresholds)

    def settle(self, at: int) -> None:
        """Let every fall whose grace has run out by `at` take effect at its own instant."""
        while self.tier > self.level and (fall := self.last_at[self.tier] + self.grace + 1) <= at:
            self.since = fall
            self.tier -= 1
            while self.tier > self.level and self.last_at[self.tier] < fall - self.grace:
                self.tier -= 1

    def add(self, at: int, delta: int) -> None:
        """Change the spend at an instant that `settle` has reached."""
        self.spend += delta
        level = max(0, bisect_right(self.thresholds, self.spend) - 1)
        for rung in range(level + 1, self.level + 1):
            self.last_at[rung] = at - 1
        self.level = level
        if level > self.tier:
            self.tier, self.since = level, at


def _losses(order: OrderSpend, window: int, known_until: int) -> Iterator[tuple[int, int]]:
    """The falls of spend an order brings later: its refunds while it is in the window, the rest when it leaves."""
    leaves_at, left = order.at + window, order.paid_minor
    for at, amount in sorted(order.refunds):
        if at > known_until or at >= leaves_at:
            break
        left -= amount
        if at > order.at:
            yield at, -amount
    yield leaves_at, -left


def _gain(order: OrderSpend) -> int:
    """What an order adds the moment it is placed: paid, less refunds that carry no later date."""
    return order.paid_minor - sum(amount for at, amount in order.refunds if at <= order.at)


def tiers_before(orders: Sequence[OrderSpend], ladder: Ladder, currency: str) -> list[int]:
    """The rung a member held just before each order.

    Grain: one rung per order, in the order given, which must be (placed, id). Counts only orders before that one and
    refunds up to its instant, so neither the order itself nor anything later can lift what it earns.
    """
    sweep = _Sweep(ladder.thresholds(currency), ladder.grace)
    losses = sorted(loss for order in orders for loss in _losses(order, ladder.window, FOREVER))
    position, held = 0, []
    for order in orders:
        while position < len(losses) and losses[position][0] <= order.at:
            at, delta = losses[position]
            sweep.settle(at)
            sweep.add(at, delta)
            position += 1
        sweep.settle(order.at)
        held.append(sweep.tier)
        sweep.add(order.at, _gain(order))
    return held


def standing(orders: Sequence[OrderSpend], ladder: Ladder, currency: str, at: int) -> Standing:
    """Where a member stands at an instant, from the orders placed and refunds booked until then.

    Spend counts orders placed within (at - window, at]; the order of the sequence does not matter.
    """
    known = [order for order in orders if order.at <= at]
    losses = sorted(loss for order in known for loss in _losses(order, ladder.window, at) if loss[1])
    changes: dict[int, int] = defaultdict(int)
    for when, delta in chain(losses, ((order.at, _gain(order)) for order in known)):
        changes[when] += delta
    sweep = _Sweep(ladder.thresholds(currency), ladder.grace)
    for when in sorted(when for when in changes if when <= at):
        sweep.settle(when)
        sweep.add(when, changes[when])
    sweep.settle(at)
    coming = [loss for loss in losses if loss[0] > at]
    return Standing(
        tier=sweep.tier,
        level=sweep.level,
        spend_minor=sweep.spend,
        since=None if sweep.since == NEVER else sweep.since,
        next_drop_at=coming[0][0] if coming else None,
        next_drop_minor=sum(-delta for when, delta in coming if when == coming[0][0]),
        lasts_until=_lasts_until(sweep, coming),
    )


def _lasts_until(sweep: _Sweep, coming: Sequence[tuple[int, int]]) -> int | None:
    """The last instant of the tier held if nothing more is bought. Uses up the sweep."""
    if sweep.tier == 0:
        return None
    losses = iter(coming)
    while sweep.level >= sweep.tier:
        sweep.add(
            *next(losses)
        )  # every order leaves the window in the end, so this stops at the first rung at the latest
    return sweep.last_at[sweep.tier] + sweep.grace


def why(ladder: Ladder, currency: str, spend_minor: int, before: str | None, after: int) -> str:
    """The reason of a move in words, with the figures it was decided on."""
    held = ladder.position(before)
    if before is not None and all(tier.code != before for tier in ladder.tiers):
        rung, sentence = before, _("the ladder no longer has {rung}; net spend of {spend} in {days} days")
    elif before is None and after == 0:
        rung, sentence = _rung(ladder.tiers[0]), _("first orders; net spend of {spend} in {days} days is on {rung}")
    elif after > held and spend_minor >= ladder.thresholds(currency)[after]:
        rung, sentence = _rung(ladder.tiers[after]), _("net spend of {spend} in {days} days reached {rung}")
    elif after > held:
        rung = _rung(ladder.tiers[after])
        sentence = _("net spend of {spend} in {days} days was last at {rung} less than {grace} days ago")
    else:
        rung = _rung(ladder.tiers[held])
        sentence = _("net spend of {spend} in {days} days has been below {rung} for {grace} days")
    spend = f"{format_amount(spend_minor, currency)} {currency}"
    return sentence.format(spend=spend, days=ladder.window_days, rung=rung, grace=ladder.downgrade_grace_days)


def _rung(tier: Tier) -> str:
    return _("{code} (from {amount})").format(code=tier.code, amount=tier.from_major)


def rules_text(ladder: Ladder) -> str:
    """The ladder as canonical JSON, for the log."""
    return json.dumps(asdict(ladder), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def rules_version(ladder: Ladder) -> str:
    """A short name of exactly these rules; it changes whenever a rule does."""
    import hashlib  # loads OpenSSL, which a read has no time for

    return hashlib.sha256(rules_text(ladder).encode()).hexdigest()[:12]
