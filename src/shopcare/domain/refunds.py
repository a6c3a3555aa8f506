"""What went back to a buyer, when cases book refunds and exports report them too."""

from __future__ import annotations


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
