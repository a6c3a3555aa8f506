"""Which units a case may be about: nothing is asked for twice, nothing comes back that did not leave.

Units: pieces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shopcare.domain.account import Claim, Line, Sheet
from shopcare.errors import EXIT_NOT_FOUND, EXIT_USAGE, ShopcareError

#: Kinds that lay a hand on units: while such a case is open nobody else can ask for the same units.
CLAIMING = frozenset({"refund_only", "return_refund", "exchange", "repair"})
#: Outcomes after which the buyer holds a working unit again, and may ask again.
RENEWED = frozenset({"exchanged", "reshipped", "repaired"})


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


def parse_line(text: str) -> tuple[str, int]:
    """`SKU:QTY` as (SKU, quantity); the SKU itself may contain colons.

    Raises:
        BadLine: no quantity, or one below 1.
    """
    name, _, digits = text.rpartition(":")
    if not name.strip() or not (digits.isascii() and digits.isdigit()) or len(digits) > 9 or int(digits) < 1:
        raise BadLine(text=text)
    return name.strip(), int(digits)
