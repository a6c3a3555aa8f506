"""The platform's running refund total and the refunds booked by cases never count the same money twice."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shopcare.domain.refunds import exported_part

MONEY = st.integers(min_value=0, max_value=10**9)


@given(before=MONEY, booked=MONEY, room=MONEY, share=st.floats(min_value=0, max_value=1))
def test_the_sum_is_at_least_each_part_and_at_most_what_was_paid(
    before: int, booked: int, room: int, share: float
) -> None:
    """Cases refund only what is left (before + booked <= paid), so no report up to paid lifts the sum above paid."""
    paid = before + booked + room
    reported = min(paid, int(paid * share))
    total = booked + exported_part(reported, booked, before)
    assert max(reported, booked) <= total <= paid


@given(before=MONEY, outside=MONEY, refunds=st.lists(MONEY, max_size=5))
def test_a_platform_that_reports_everything_is_believed(before: int, outside: int, refunds: list[int]) -> None:
    """Once the figure shows what was known before, the booked refunds and money nobody booked, it is the whole sum."""
    booked = sum(refunds)
    reported = before + outside + booked
    assert booked + exported_part(reported, booked, before) == reported


@given(before=MONEY, refunds=st.lists(MONEY, max_size=5))
def test_a_platform_that_shows_nothing_of_it_loses_nothing(before: int, refunds: list[int]) -> None:
    """A figure that has not moved since the first booking stands beside the booked refunds."""
    assert exported_part(before, sum(refunds), before) == before


def test_without_case_refunds_the_report_is_the_refund() -> None:
    """No booking, no share: the export's figure is booked whole."""
    assert exported_part(1250, 0, 0) == 1250
