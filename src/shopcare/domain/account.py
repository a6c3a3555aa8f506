"""One order's account: what was paid, what went back, and which case claims which units.

What was paid is divided once and for all: the freight is a share of its own, the rest is divided over the lines by their
amounts (largest remainder), so lines and freight sum to what was paid. Units of a line are valued by the running total:
the k-th unit of n is worth share·k//n − share·(k−1)//n. Refunding unit by unit is therefore the same as all at once.

Units: minor units of the order's currency, pieces.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from shopcare.domain.money import split


class Line(NamedTuple):
    """An order line with its share of what was paid. `name` is the SKU, or `#n` where the export gave none."""

    line_no: int
    name: str
    quantity: int
    share_minor: int
    refunded_minor: int = 0


class Claim(NamedTuple):
    """Units of one line in one case, with what the case came to. `outcome` None: the case is open."""

    case_id: int
    line_no: int
    quantity: int
    kind: str
    outcome: str | None = None
    received: bool = False
    refunded_minor: int = 0


class Sheet(NamedTuple):
    """One order's account: what was paid, what went back, which case claims which units."""

    order: str
    currency: str
    paid_minor: int
    freight_minor: int
    refunded_minor: int
    freight_refunded_minor: int
    lines: tuple[Line, ...] = ()
    claims: tuple[Claim, ...] = ()

    @property
    def left_minor(self) -> int:
        """What may still go back of the whole order."""
        return max(0, self.paid_minor - self.refunded_minor)

    @property
    def freight_left_minor(self) -> int:
        """What may still go back of the freight."""
        return max(0, min(self.freight_minor - self.freight_refunded_minor, self.left_minor))

    @property
    def goods_left_minor(self) -> int:
        """What may still go back of the goods. Refunds that an export reports count as goods first."""
        goods_refunded = self.refunded_minor - self.freight_refunded_minor
        return max(0, min(self.paid_minor - self.freight_minor - goods_refunded, self.left_minor))


def freight_share(paid_minor: int, freight_minor: int | None) -> int:
    """The part of the payment that was freight; never more than the payment (a voucher may have paid the rest)."""
    return min(freight_minor or 0, paid_minor)


def line_shares(goods_minor: int, weights: Sequence[int]) -> list[int]:
    """What each line really cost the buyer: the goods' money over the lines' amounts, summing exactly to it.

    Order discounts and vouchers are thereby spread over the lines in proportion.
    """
    return split(goods_minor, weights) if weights else []


def line_weights(facts: Iterable[tuple[int, int | None, int | None]]) -> list[int]:
    """What the lines are weighed by: amount, else quantity × unit price; pieces if that is unknown for any line.

    Args:
        facts: (quantity, amount, unit price) of each line.
    """
    known = [(quantity, amount, price) for quantity, amount, price in facts]
    amounts = [_amount(*fact) for fact in known]
    if any(amount is None for amount in amounts):
        return [quantity for quantity, _, _ in known]
    return [max(0, amount) for amount in amounts if amount is not None]


def _amount(quantity: int, amount: int | None, price: int | None) -> int | None:
    if amount is not None:
        return amount
    return None if price is None else quantity * price


def units_value(share_minor: int, quantity: int, before: int, units: int) -> int:
    """The value of `units` pieces after `before` pieces of the line have already been settled.

    Any order of settling gives the same sum, and all pieces together give exactly the share.
    """
    if quantity == 0:
        return 0
    start, end = min(before, quantity), min(before + units, quantity)
    return share_minor * end // quantity - share_minor * start // quantity


def with_listed(
    lines: Sequence[Line], claims: Sequence[Claim], listed: Mapping[int, int]
) -> tuple[tuple[Line, ...], tuple[Claim, ...]]:
    """Lines and claims with the refunds that the platform lists per case and not per line.

    A case's money is spread over its units by their value. A line gets no more than its share; what goes beyond, because
    the platform divides the payment otherwise, stays a refund of the order alone. The platform calls every success
    refunded: a part of the value of goods that stay with the buyer is partly refunded here.

    Args:
        listed: what each case gave back of the goods, minor units.
    """
    known = {line.line_no: line for line in lines}
    refunded = {line.line_no: line.refunded_minor for line in lines}
    found = list(claims)
    for case_id, amount in sorted(listed.items()):
        places = [place for place, claim in enumerate(claims) if claim.case_id == case_id and claim.line_no in known]
        worth = [_worth(known[claims[place].line_no], claims[place].quantity) for place in places]
        for place, value, part in zip(
            places, worth, split(min(amount, sum(worth)), worth) if worth else (), strict=True
        ):
            claim = claims[place]
            line = known[claim.line_no]
            taken = min(part, max(0, line.share_minor - refunded[line.line_no]))
            refunded[line.line_no] += taken
            outcome = "partly_refunded" if claim.outcome == "refunded" and part < value else claim.outcome
            found[place] = claim._replace(outcome=outcome, refunded_minor=claim.refunded_minor + taken)
    return tuple(line._replace(refunded_minor=refunded[line.line_no]) for line in lines), tuple(found)


def _worth(line: Line, units: int) -> int:
    return units_value(line.share_minor, line.quantity, 0, units)
