"""Which orders the retention figures count."""

from __future__ import annotations

import pytest

from shopcare.domain.orders import STATUS_RANKS, counts, is_paid

# status, paid, refunded, shipped -> counted; typed by hand from the definition of an order
SPEC = """
unpaid     0    0    no   -> no
unpaid     100  0    no   -> no
paid       100  0    no   -> yes
paid       0    0    no   -> yes
paid       100  100  no   -> no
paid       100  99   no   -> yes
paid       100  100  yes  -> yes
shipped    100  100  no   -> yes
completed  100  100  no   -> yes
completed  0    0    no   -> yes
closed     0    0    no   -> no
closed     100  0    no   -> yes
closed     100  100  no   -> no
closed     100  100  yes  -> yes
cancelled  0    0    no   -> no
cancelled  100  100  no   -> no
refunded   100  100  no   -> no
refunded   100  100  yes  -> yes
refunded   0    0    no   -> no
unknown    0    0    no   -> no
unknown    100  0    no   -> yes
unknown    100  100  no   -> no
"""
ROWS = [line.split() for line in SPEC.strip().splitlines()]


@pytest.mark.parametrize(("status", "paid", "refunded", "shipped", "arrow", "counted"), ROWS)
def test_counted_orders_equal_the_specification(
    status: str, paid: str, refunded: str, shipped: str, arrow: str, counted: str
) -> None:
    """The hand-typed table decides which orders count."""
    assert counts(status, int(paid), int(refunded), shipped=shipped == "yes") is (counted == "yes")


def test_every_status_has_a_rank_and_a_verdict() -> None:
    """No status falls through: each one can be ranked and judged."""
    assert {is_paid(status, 1) for status in STATUS_RANKS} == {True, False}
