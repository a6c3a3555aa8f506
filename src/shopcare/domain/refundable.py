"""How much of an order may still go back: in money, per line, per unit, and in units.

What was paid is divided once and for all: the freight is a share of its own, the rest is divided over the lines by
their amounts (largest remainder), so lines and freight sum to what was paid. Units of a line are valued by
the running total: the k-th unit of n is worth share·k//n − share·(k−1)//n. Refunding unit by unit is therefore the same
as all at once.

Units: minor units of the order's currency, pieces.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from shopcare.domain.money import format_amount, split
from shopcare.errors import EXIT_NOT_FOUND, EXIT_USAGE, ShopcareError

#: Kinds that lay a hand on units: while such a case is open nobody else can ask for the same units.
CLAIMING = frozenset({"refund_only", "return_refund", "exchange", "repair"})
#: Outcomes after which the buyer holds a working unit again, and may ask again.
RENEWED = frozenset({"exchanged", "reshipped", "repaired"})


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


class UnitsTaken(ShopcareError):
    """More units than the line has left: exit 5."""

    code = "case.units_taken"
    sentence = "{asked} of {sku} asked, {left} left: {ordered} in order {order}, {taken} in other cases."
    hint = "`shopcare case list --order {order} --all` shows the cases that hold them."


class UnknownSku(ShopcareError):
    """The order has no such SKU: exit 4."""

    code, exit_code = "case.unknown_sku", EXIT_NOT_FOUND
    sentence = "Order {order} has no SKU '{sku}'."
    hint = "It has: {skus}."


class BadLine(ShopcareError):
    """A line that is not written SKU:QTY: exit 2."""

    code, exit_code = "case.bad_line", EXIT_USAGE
    sentence = "'{text}' is not SKU:QTY with a quantity of 1 or more."
    hint = "For example --line TEE-RED-M:2, or --line '#3:1' for the third line of the order."


@dataclass(frozen=True, slots=True)
class Line:
    """An order line with its share of what was paid. `name` is the SKU, or `#n` where the export gave none."""

    line_no: int
    name: str
    quantity: int
    share_minor: int
    refunded_minor: int = 0


@dataclass(frozen=True, slots=True)
class Claim:
    """Units of one line in one case, with what the case came to. `outcome` None: the case is open."""

    case_id: int
    line_no: int
    quantity: int
    kind: str
    outcome: str | None = None
    received: bool = False
    refunded_minor: int = 0


@dataclass(frozen=True, slots=True)
class Sheet:
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


@dataclass(frozen=True, slots=True)
class Figure:
    """What a case may refund now: goods, freight, and whether the case takes all that is left of the order."""

    goods_minor: int
    freight_minor: int
    whole: bool

    @property
    def usual_minor(self) -> int:
        """What is refunded when no amount is named: the goods, with the freight if it is the whole order."""
        return self.goods_minor + (self.freight_minor if self.whole else 0)


@dataclass(frozen=True, slots=True)
class Part:
    """One row of a refund. `line_no` None: not of a single line (freight, or a case without lines)."""

    line_no: int | None
    amount_minor: int
    freight_minor: int


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


def holds(claim: Claim) -> bool:
    """Whether these units are out of reach for another case.

    Held: units of an open case, units that came back, units whose money went back. Free again: a case that came to
    nothing, goods that were exchanged, repaired or sent again, a part of the price given back for goods that stay.
    """
    if claim.kind not in CLAIMING or claim.outcome in RENEWED:
        return False
    if claim.outcome is None or claim.outcome in {"refunded", "platform_for_buyer"}:
        return True
    return claim.received or (claim.outcome == "partly_refunded" and claim.kind != "refund_only")


def taken(sheet: Sheet, line_no: int, *, besides: int | None = None) -> int:
    """Pieces of a line that cases hold, leaving out the case `besides`."""
    return sum(
        claim.quantity
        for claim in sheet.claims
        if claim.line_no == line_no and claim.case_id != besides and holds(claim)
    )


def available(sheet: Sheet, line: Line, *, besides: int | None = None) -> int:
    """Pieces of a line that a case may still ask for."""
    return max(0, line.quantity - taken(sheet, line.line_no, besides=besides))


def choose_units(sheet: Sheet, kind: str, wanted: Sequence[tuple[str, int]], *, goods_return: bool) -> dict[int, int]:
    """The pieces of each line a new case is about.

    Lines that share a SKU are filled in the order of the export. Without wishes a case in which goods come back takes
    every piece that is left, any other case names no lines and speaks of the order as a whole.

    Raises:
        UnknownSku, UnitsTaken: a wish that the order cannot fulfil.
    """
    if not wanted and not goods_return:
        return {}
    free = {line.line_no: available(sheet, line) if kind in CLAIMING else line.quantity for line in sheet.lines}
    if not wanted:
        return _everything(sheet, free)
    units: dict[int, int] = {}
    for name, quantity in wanted:
        _take(sheet, free, units, name, quantity)
    return units


def _everything(sheet: Sheet, free: Mapping[int, int]) -> dict[int, int]:
    units = {line_no: pieces for line_no, pieces in free.items() if pieces > 0}
    ordered = sum(line.quantity for line in sheet.lines)
    if sheet.lines and not units:
        raise UnitsTaken(
            asked=ordered, sku=", ".join(line.name for line in sheet.lines), left=0, ordered=ordered,
            order=sheet.order, taken=ordered,
        )  # fmt: skip
    return units


def _take(sheet: Sheet, free: dict[int, int], units: dict[int, int], name: str, quantity: int) -> None:
    lines = [line for line in sheet.lines if name in {line.name, f"#{line.line_no}"}]
    if not lines:
        names = dict.fromkeys(line.name for line in sheet.lines)
        raise UnknownSku(order=sheet.order, sku=name, skus=", ".join(names) or "no lines")
    left = sum(free[line.line_no] for line in lines)
    if quantity > left:
        ordered = sum(line.quantity for line in lines)
        raise UnitsTaken(asked=quantity, sku=name, left=left, ordered=ordered, order=sheet.order, taken=ordered - left)
    for line in lines:
        pieces = min(quantity, free[line.line_no])
        if pieces:
            free[line.line_no] -= pieces
            units[line.line_no] = units.get(line.line_no, 0) + pieces
            quantity -= pieces


def check_units(sheet: Sheet, kind: str, units: Mapping[int, int], case_id: int) -> None:
    """Refuse to reopen a case whose units have meanwhile been given to another one.

    Raises:
        UnitsTaken: fewer pieces are left than the case is about.
    """
    for line in sheet.lines if kind in CLAIMING else ():
        asked, left = units.get(line.line_no, 0), available(sheet, line, besides=case_id)
        if asked > left:
            raise UnitsTaken(
                asked=asked, sku=line.name, left=left, ordered=line.quantity, order=sheet.order,
                taken=line.quantity - left,
            )  # fmt: skip


def line_left(sheet: Sheet, line: Line, units: int, case_id: int | None) -> int:
    """What a case about `units` pieces may still refund of this line: their value, within the line's own share."""
    others = (claim for claim in sheet.claims if claim.line_no == line.line_no)
    settled = own = 0
    for claim in others:
        if claim.case_id == case_id:
            own += claim.refunded_minor
        elif claim.refunded_minor > 0 and holds(claim):
            settled += claim.quantity
    value = units_value(line.share_minor, line.quantity, settled, units) - own
    return max(0, min(value, line.share_minor - line.refunded_minor))


def figure(sheet: Sheet, units: Mapping[int, int], case_id: int | None = None) -> Figure:
    """What a case about these pieces may refund now; without pieces it speaks of the whole order."""
    if not units:
        goods = sheet.goods_left_minor
        return Figure(goods, min(sheet.freight_left_minor, sheet.left_minor - goods), whole=True)
    goods = min(sum(_lines_left(sheet, units, case_id).values()), sheet.goods_left_minor)
    whole = all(units.get(line.line_no, 0) >= available(sheet, line, besides=case_id) for line in sheet.lines)
    return Figure(goods, min(sheet.freight_left_minor, sheet.left_minor - goods), whole=whole)


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


def parse_line(text: str) -> tuple[str, int]:
    """`SKU:QTY` as (SKU, quantity); the SKU itself may contain colons.

    Raises:
        BadLine: no quantity, or one below 1.
    """
    name, _, digits = text.rpartition(":")
    if not name.strip() or not (digits.isascii() and digits.isdigit()) or len(digits) > 9 or int(digits) < 1:
        raise BadLine(text=text)
    return name.strip(), int(digits)
