from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcare.domain import money


@pytest.mark.parametrize(
    "text", ["1e5", "1E+05", "1_000", "0x10", "NaN", "inf", "", " 1", "1.", ".5", "1,00", "１２", "--1"]
)
def test_only_plain_amounts_are_read(text: str) -> None:
    """Texts that float or Decimal would take, but no invoice holds, are refused."""
    with pytest.raises(money.AmountError) as refusal:
        money.parse_amount(text, "CNY")
    assert refusal.value.code == "bad-amount"


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("1,288.00", "CNY", 128800),
        ("50.0000", "USD", 5000),
        ("-0.00", "CNY", 0),
        ("500", "JPY", 500),
        ("1.234", "KWD", 1234),
    ],
)
def test_amounts_are_read_to_the_minor_unit(text: str, currency: str, minor: int) -> None:
    """Grouped, zero-padded and zero-exponent amounts are exact."""
    assert money.parse_amount(text, currency) == minor


def test_amounts_beyond_reason_are_out_of_range() -> None:
    """Fourteen integer digits and more are refused with a code of their own."""
    for text in ("99999999999999.99", "9" * 400):
        with pytest.raises(money.AmountError) as refusal:
            money.parse_amount(text, "CNY")
        assert refusal.value.code == "amount-out-of-range"


@given(st.integers(-(10**13), 10**13), st.sampled_from(["CNY", "JPY", "KWD"]), st.booleans())
def test_an_amount_survives_printing(minor: int, currency: str, grouped: bool) -> None:
    """What is printed is read back as the same integer."""
    assert money.parse_amount(money.format_amount(minor, currency, grouped=grouped), currency) == minor


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 10**6), min_size=1, max_size=12))
def test_parts_sum_to_the_whole(total: int, weights: list[int]) -> None:
    """A split loses and invents nothing, and no part is a unit away from its exact share."""
    parts = money.split(total, weights)
    assert sum(parts) == total
    if sum(weights):
        assert all(
            abs(part * sum(weights) - total * weight) < sum(weights)
            for part, weight in zip(parts, weights, strict=True)
        )


def test_published_splits() -> None:
    """The golden vectors of the after-sales rules."""
    assert money.split(900, [600, 400]) == [540, 360]
    assert money.split(100, [1, 1, 1]) == [34, 33, 33]
