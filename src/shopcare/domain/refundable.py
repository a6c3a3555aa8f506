"""How much money a case may still give back, and how a refund is spread over lines and freight.

Units: minor units of the order's currency.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from shopcare.domain.account import Line, Sheet, units_value
from shopcare.domain.cases import WITHOUT_MONEY, OptionMissing, OutcomeWithoutMoney
from shopcare.domain.claims import available, holds
from shopcare.domain.money import format_amount, split
from shopcare.errors import EXIT_USAGE, ShopcareError


class RefundAboveLeft(ShopcareError):
    """More money than the order has left: exit 5."""

    code = "refund.above_left"
    sentence = (
        "{asked} {currency} is {difference} more than order {order} has left: "
        "{left} = {paid} paid − {refunded} refunded."
    )
    hint = "`shopcare order show {order}` lists every refund of the order."


class RefundAboveUnits(ShopcareError):
    """More money than the units of the case are worth: exit 5."""

    code = "refund.above_units"
    sentence = "{asked} {currency} is {difference} more than the units of this case are worth: {left}."
    hint = "{freight} of freight is left; it is refunded only when named with --freight."


class FreightAboveLeft(ShopcareError):
    """More freight than was paid and not yet given back: exit 5."""

    code = "refund.freight_above_left"
    sentence = "{asked} {currency} of freight is {difference} more than what is left of it: {left}."
    hint = "Freight is refunded once; `shopcare order show {order}` lists every refund of the order."


class FreightAboveRefund(ShopcareError):
    """The freight is a part of the refund, so it cannot be the larger one: exit 2."""

    code, exit_code = "refund.freight_above_refund", EXIT_USAGE
    sentence = "The freight part {freight} is larger than the whole refund {asked} {currency}."
    hint = "--refund is the whole amount, --freight the part of it that is freight."


class NothingLeft(ShopcareError):
    """There is no money left for this case: exit 5."""

    code = "refund.nothing_left"
    sentence = "Nothing is left to refund: order {order}, {paid} {currency} paid, {refunded} refunded."
    hint = "`shopcare order show {order}` lists every refund of the order."


class AmountNotPositive(ShopcareError):
    """A refund or a claim of zero or less: exit 5."""

    code = "refund.not_positive"
    sentence = "{option} must be above zero, not {asked}."
    hint = "Leave {option} out if no money moves."


class CurrencyDiffers(ShopcareError):
    """An amount in another currency than the order was paid in: exit 5."""

    code = "refund.currency"
    sentence = "Order {order} was paid in {currency}, not in {asked}."
    hint = "Give the amount in {currency}."


class Figure(NamedTuple):
    """What a case may refund now: goods, freight, and whether the case takes all that is left of the order."""

    goods_minor: int
    freight_minor: int
    whole: bool

    @property
    def usual_minor(self) -> int:
        """What is refunded when no amount is named: the goods, with the freight if it is the whole order."""
        return self.goods_minor + (self.freight_minor if self.whole else 0)


class Part(NamedTuple):
    """One row of a refund. `line_no` None: not of a single line (freight, or a case without lines)."""

    line_no: int | None
    amount_minor: int
    freight_minor: int


def line_left(sheet: Sheet, line: Line, units: int, case_id: int | None) -> int:
    """What a case about `units` pieces may still refund of this line: their value, within the line's own share."""
    others = (claim for claim in sheet.claims if claim.line_no == line.line_no)
    settled = own = 0
    for claim in others:
        if claim.case_id == case_id:
            own += claim.refunded_minor
        elif holds(claim) and (claim.outcome is not None or claim.refunded_minor > 0):
            settled += claim.quantity
    value = units_value(line.share_minor, line.quantity, settled, units) - own
    return max(0, min(value, line.share_minor - line.refunded_minor))


def figure(sheet: Sheet, units: Mapping[int, int], case_id: int | None = None) -> Figure:
    """What a case about these pieces may refund now; without pieces it speaks of the whole order."""
    if not units:
        goods = sheet.goods_left_minor
        return Figure(goods, sheet.freight_left_minor, whole=True)
    goods = min(sum(_lines_left(sheet, units, case_id).values()), sheet.goods_left_minor)
    whole = all(units.get(line.line_no, 0) >= available(sheet, line, besides=case_id) for line in sheet.lines)
    return Figure(goods, sheet.freight_left_minor, whole=whole)


def _lines_left(sheet: Sheet, units: Mapping[int, int], case_id: int | None) -> dict[int, int]:
    return {
        line.line_no: line_left(sheet, line, units[line.line_no], case_id)
        for line in sheet.lines
        if line.line_no in units
    }


def check_amount(sheet: Sheet, fig: Figure, amount_minor: int, freight_minor: int | None) -> int:
    """The freight part of a refund of this amount, or a refusal that states both sides and the difference.

    Freight is its own share and has to be named, except where the case takes all that is left of the order: what goes
    beyond the goods is the freight then.

    Raises:
        FreightAboveRefund, FreightAboveLeft, RefundAboveLeft, RefundAboveUnits
    """
    if freight_minor is None:
        freight = min(max(0, amount_minor - fig.goods_minor), fig.freight_minor) if fig.whole else 0
    else:
        freight = freight_minor
    _check_freight(sheet, amount_minor, freight)
    if amount_minor > sheet.left_minor:
        raise RefundAboveLeft(
            **_sides(sheet, amount_minor, sheet.left_minor), paid=_text(sheet, sheet.paid_minor),
            refunded=_text(sheet, sheet.refunded_minor),
        )  # fmt: skip
    if amount_minor - freight > fig.goods_minor:
        raise RefundAboveUnits(
            **_sides(sheet, amount_minor - freight, fig.goods_minor),
            freight=_text(sheet, max(0, sheet.freight_left_minor - freight)),
        )
    return freight


def _check_freight(sheet: Sheet, amount_minor: int, freight_minor: int) -> None:
    if freight_minor > amount_minor:
        raise FreightAboveRefund(
            freight=_text(sheet, freight_minor), asked=_text(sheet, amount_minor), currency=sheet.currency
        )
    if freight_minor > sheet.freight_left_minor:
        raise FreightAboveLeft(**_sides(sheet, freight_minor, sheet.freight_left_minor))


def _sides(sheet: Sheet, asked: int, left: int) -> dict[str, object]:
    return {
        "asked": _text(sheet, asked), "left": _text(sheet, left), "difference": _text(sheet, asked - left),
        "currency": sheet.currency, "order": sheet.order,
    }  # fmt: skip


def _text(sheet: Sheet, minor: int) -> str:
    return format_amount(minor, sheet.currency)


def parts(
    sheet: Sheet, units: Mapping[int, int], case_id: int, amount_minor: int, freight_minor: int
) -> tuple[Part, ...]:
    """The rows of a checked refund: one per line of the case and one for the freight; one alone without lines.

    The goods are spread over the lines by what is left of each, so no line gets more than its own share.
    """
    if not units:
        return (Part(None, amount_minor, freight_minor),)
    left = _lines_left(sheet, units, case_id)
    goods = amount_minor - freight_minor
    amounts = split(goods, list(left.values()))
    assert all(amount <= cap for amount, cap in zip(amounts, left.values(), strict=True)), "a line above its share"
    rows = [Part(line_no, amount, 0) for line_no, amount in zip(left, amounts, strict=True) if amount > 0]
    return (*rows, *([Part(None, freight_minor, freight_minor)] if freight_minor else []))


def positive(minor: int, option: str, text: str) -> int:
    """The amount itself.

    Raises:
        AmountNotPositive: zero or less.
    """
    if minor <= 0:
        raise AmountNotPositive(option=option, asked=text)
    return minor


def nothing_left(sheet: Sheet) -> NothingLeft:
    """The refusal of a refund where no money is left."""
    return NothingLeft(
        order=sheet.order, paid=_text(sheet, sheet.paid_minor), currency=sheet.currency,
        refunded=_text(sheet, sheet.refunded_minor),
    )  # fmt: skip


def settle(
    sheet: Sheet,
    units: Mapping[int, int],
    case_id: int,
    outcome: str,
    *,
    claimed_minor: int | None,
    paid_minor: int,
    refund_minor: int | None,
    freight_minor: int | None,
) -> tuple[int, int] | None:
    """(amount, freight part) of the refund that closing with this outcome books; None if no money moves.

    Args:
        claimed_minor: what the case asks for, if it named an amount.
        paid_minor: what the case refunded in an earlier period.
        refund_minor, freight_minor: what the call names.

    Raises:
        OutcomeWithoutMoney, OptionMissing: amount and outcome contradict each other.
        NothingLeft, RefundAboveLeft, RefundAboveUnits, FreightAboveLeft, FreightAboveRefund: see `check_amount`.
    """  # fmt: skip
    if outcome in WITHOUT_MONEY:
        if refund_minor is not None or freight_minor is not None:
            raise OutcomeWithoutMoney(outcome=outcome)
        return None
    fig = figure(sheet, units, case_id)
    amount = refund_minor
    if amount is None and outcome == "refunded":
        amount = _usual(sheet, fig, claimed_minor, paid_minor, freight_minor)
    if amount is None:
        if freight_minor is not None or (outcome == "partly_refunded" and paid_minor == 0):
            raise OptionMissing(step=outcome, option="--refund", command="close")
        return None
    return amount, check_amount(sheet, fig, amount, freight_minor)


def _usual(sheet: Sheet, fig: Figure, claimed: int | None, paid: int, freight: int | None) -> int | None:
    """What `refunded` without an amount gives back; None if an earlier period already gave all of it."""
    everything = fig.usual_minor if freight is None else fig.goods_minor + freight
    amount = everything if claimed is None else claimed - paid
    if amount > 0:
        return amount
    if paid > 0:
        return None
    raise nothing_left(sheet)
