"""What an order is in the sense of the retention figures, and which of two states of it is the newer one."""

from __future__ import annotations

from typing import Literal

UNPAID, PAID, SHIPPED, COMPLETED = "unpaid", "paid", "shipped", "completed"
CLOSED, CANCELLED, REFUNDED, UNKNOWN = "closed", "cancelled", "refunded", "unknown"

OrderStatus = Literal["unpaid", "paid", "shipped", "completed", "closed", "cancelled", "refunded", "unknown"]

#: How far along an order is: between two exports of the same date the higher rank is the newer state.
STATUS_RANKS = {
    UNKNOWN: 0, UNPAID: 10, PAID: 20, SHIPPED: 30, COMPLETED: 40, CANCELLED: 50, CLOSED: 50, REFUNDED: 60,
}  # fmt: skip


#: Statuses that count unless something was refunded.
PLAINLY_COUNTED = frozenset({PAID, SHIPPED, COMPLETED})


def is_paid(status: str, paid_minor: int) -> bool:
    """Whether the order was paid, by its status where that says so and by its money where it does not.

    A zero-value order whose status says paid is paid. `closed` is what some platforms call both an order that was never
    paid and one that was refunded in full: its money tells which. The same holds for an unknown status.
    """
    if status in (CLOSED, UNKNOWN):
        return paid_minor > 0
    return status not in (UNPAID, CANCELLED)


def counts(status: str, paid_minor: int, refunded_minor: int, *, shipped: bool) -> bool:
    """Whether the order counts in the retention figures: paid and not fully refunded before shipping.

    Args:
        status: one of `STATUS_RANKS`.
        paid_minor: what was really paid.
        refunded_minor: everything that went back, booked by cases or reported by exports.
        shipped: whether anything says the goods left: a shipping or completion time, or the status itself.
    """
    if not refunded_minor and status in PLAINLY_COUNTED:
        return True
    if not is_paid(status, paid_minor):
        return False
    refunded = refunded_minor >= paid_minor if paid_minor else status == REFUNDED
    return not refunded or shipped or status in (SHIPPED, COMPLETED)
