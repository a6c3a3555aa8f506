"""What went back to a buyer, when the platform lists refunds, cases book them and exports report their sum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from shopcare.domain.case_units import Item, OrderedLine, meant
from shopcare.domain.clock import SECONDS_PER_DAY

#: A refund of the desk and one the platform lists are the same money only within so many seconds.
SAME_MONEY_WITHIN = 7 * SECONDS_PER_DAY


class BookedRefund(NamedTuple):
    """A booked refund of an order. `is_listed`: the platform's own list of refunds has it; else only the desk knows it.

    `items`: what the list says it was for.
    """

    case_id: int
    amount_minor: int
    refunded_at: int
    reported_before_minor: int
    is_listed: bool
    items: tuple[Item, ...] = ()


class Listed(NamedTuple):
    """What the platform's list says went back under a case in all, and when; None where it does not say. `items`: for what."""

    amount_minor: int
    refunded_at: int | None
    items: tuple[Item, ...] = ()


class Assumed(NamedTuple):
    """A line of an order, and what is assumed to have gone back of it because a word says so without an amount."""

    line: OrderedLine
    amount_minor: int


def with_the_list(booked: Iterable[BookedRefund], listed: Mapping[int, Listed]) -> tuple[BookedRefund, ...]:
    """The booked refunds, with what the desk booked and the platform lists too marked as listed.

    Of a case that the list names it is as much as the list says. What the list says beyond all that was booked under the
    case is a refund of the desk that was known again (`same_money`): that of the same amount.

    Units: minor units.

    Args:
        booked: refunds in the order of booking, those that an import booked marked already.
        listed: what the list says, by case.
    """
    refunds, known_again = [_for(refund, listed.get(refund.case_id)) for refund in booked], []
    for case_id, said in sorted(listed.items()):
        imported = sum(refund.amount_minor for refund in refunds if refund.case_id == case_id and refund.is_listed)
        refunds, left = _marked(refunds, case_id, said, said.amount_minor - imported)
        known_again += [said._replace(amount_minor=left)] if left else []
    for said in known_again:
        desk: Counter[int] = Counter()
        for refund in refunds:
            desk[refund.case_id] += 0 if refund.is_listed or refund.case_id in listed else refund.amount_minor
        alike = sorted((amount != said.amount_minor, case_id) for case_id, amount in desk.items() if amount)
        if alike:
            refunds, _left = _marked(refunds, alike[0][1], said, said.amount_minor)
    return tuple(refunds)


def _for(refund: BookedRefund, said: Listed | None) -> BookedRefund:
    """A listed refund with what the list says it was for."""
    return refund._replace(items=said.items) if said and refund.is_listed else refund


def _marked(refunds: Iterable[BookedRefund], case_id: int, said: Listed, amount: int) -> tuple[list[BookedRefund], int]:
    """The refunds with so much of what the desk booked under a case marked as listed, and what is left of the amount."""
    found, left = [], max(amount, 0)
    for refund in refunds:
        is_meant = refund.case_id == case_id and not refund.is_listed
        part = min(left, refund.amount_minor) if is_meant else 0
        if part:
            at = min(refund.refunded_at, said.refunded_at or refund.refunded_at)
            found.append(refund._replace(amount_minor=part, refunded_at=at, is_listed=True, items=said.items))
            left -= part
        if part < refund.amount_minor:
            found.append(refund._replace(amount_minor=refund.amount_minor - part))
    return found, left


def exported_beyond(
    reported: int, booked: Iterable[BookedRefund], *, paid: int = 0, assumed: Sequence[Assumed] | None = None
) -> int:
    """The part of the platform's running refund total that is in no booked refund.

    Refunds the platform lists one by one are in its total, now or with the next export. Of the others see `exported_part`:
    listed refunds of before the first one of the desk were in the total the desk saw.

    Units: minor units.

    Args:
        reported: the platform's cumulative figure now.
        booked: every booked refund of the order, in the order of booking.
        paid: what was paid for the order, where anything is assumed.
        assumed: the platform gave no figure but words for "refunded", so that listed refunds say how much it was: of the
            lines they name, or of an order of one line (then empty). None: it gave a figure.
    """
    refunds = list(booked)
    if assumed is None or not any(refund.is_listed for refund in refunds):
        return _beyond(reported, refunds)
    if not assumed:
        return 0
    covered, placed = _placed(assumed, refunds)
    rest = reported - sum(assumed[place].amount_minor for place in covered)
    left = max(paid - sum(refund.amount_minor for refund in refunds), 0)
    return min(left, _beyond(rest, [refund for refund in refunds if refund not in placed]))


def _beyond(reported: int, refunds: Sequence[BookedRefund]) -> int:
    """The same of a figure."""
    listed = [refund for refund in refunds if refund.is_listed]
    desk = [refund for refund in refunds if not refund.is_listed]
    rest = max(reported - sum(refund.amount_minor for refund in listed), 0)
    if not desk:
        return rest
    earlier = sum(refund.amount_minor for refund in listed if refund.refunded_at < desk[0].refunded_at)
    before = max(desk[0].reported_before_minor - earlier, 0)
    return exported_part(rest, sum(refund.amount_minor for refund in desk), before)


def _placed(assumed: Sequence[Assumed], refunds: Iterable[BookedRefund]) -> tuple[set[int], set[BookedRefund]]:
    """The lines of which listed refunds say how much went back, by place, and the refunds that name lines of the order.

    Of lines that share a SKU or title each case takes one: the first by number of which anything was assumed.
    """
    lines = [each.line._replace(line_no=place) for place, each in enumerate(assumed)]
    named = [refund for refund in refunds if refund.is_listed]
    placed = {refund for refund in named if any(meant(lines, item) for item in refund.items)}
    covered: set[int] = set()
    for item, _case in sorted({(item, refund.case_id) for refund in named for item in refund.items}):
        alike = [line.line_no for line in meant(lines, item)]
        covered.update([place for place in alike if assumed[place].amount_minor and place not in covered][:1])
    return covered, placed


def exported_part(reported: int, booked: int, reported_before: int) -> int:
    """The part of the platform's running refund total that no case has booked.

    A platform reports one cumulative figure per order. A refund booked by a case shows up in it later, or never; which
    part of the figure is that refund can only be told by how far it rose since the first booking. So the rise is taken as
    the booked refunds first, and only what is left is money the cases know nothing of.

    Units: minor units.

    Args:
        reported: the platform's cumulative figure now.
        booked: the sum of the refunds booked by cases.
        reported_before: the platform's figure when the first case refund was booked (0 without one).
    """
    assert reported >= 0 and booked >= 0 and reported_before >= 0  # noqa: PT018 - one statement about all three
    return reported - min(max(reported - reported_before, 0), booked)


class DeskRefund(NamedTuple):
    """What a case of the desk, which the platform's exports do not name, gave back in all."""

    case_id: int
    amount_minor: int
    refunded_at: int
    reported_before_minor: int


def same_money(desk: Sequence[DeskRefund], amount: int, at: int, covered: Sequence[int]) -> DeskRefund | None:
    """The desk's refund that is the very money the platform lists; None if there is none.

    The desk closes a case, pays on the platform, and the platform's export lists it under a number the desk did not know.
    It is the same money if the order, the amount to the last unit and the week agree. Each refund of the desk stands for one
    of the list, in whatever order they come: as many as are alike on both sides. What the platform had reported before the
    desk booked is other money.

    Args:
        desk: refunds of the desk on the order.
        amount, at: what the platform lists, and when it went back.
        covered: the amounts of listed refunds of the order that the desk's refunds stand for already.
    """
    alike = [
        refund
        for refund in desk
        if refund.amount_minor == amount
        and abs(refund.refunded_at - at) <= SAME_MONEY_WITHIN
        and not (at < refund.refunded_at and refund.reported_before_minor >= amount)
    ]
    taken = sum(1 for each in covered if each == amount)
    return sorted(alike)[taken] if taken < len(alike) else None
