"""Amounts as countries write them: thousands and decimals are told apart beyond doubt, or the amount is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcare.domain.money import format_amount, minor_per_major
from shopcare.importers.values.cells import BadCell, amount, deduction, marked_currency


@pytest.mark.parametrize(
    ("currency", "cell", "minor"),
    [
        ("IDR", "37.200", 3_720_000), ("IDR", "Rp 1.234.567", 123_456_700), ("IDR", "IDR 1.037.200", 103_720_000),
        ("IDR", "37,200", 3_720_000), ("IDR", "Rp37.200,00", 3_720_000), ("IDR", "0.500", 50), ("VND", "37.000₫", 37_000),
        ("VND", "1.037.000 đ", 1_037_000), ("KRW", "₩37,000", 37_000), ("JPY", "1,200円", 1_200), ("JPY", "1200.000", 1_200),
        ("KWD", "1.234", 1_234), ("EUR", "116,99 €", 11_699), ("EUR", "1.234,56", 123_456), ("EUR", "1\u202f234,56 €", 123_456),
        ("EUR", "€1,234.56", 123_456), ("EUR", "12,5", 1_250), ("EUR", "50.0000", 5_000), ("EUR", "1.234.567", 123_456_700),
        ("CHF", "CHF 1'234.50", 123_450), ("CHF", "Fr. 1’234.50", 123_450), ("BRL", "R$ 1.234,56", 123_456),
        ("INR", "₹1,23,456.50", 12_345_650), ("THB", "1,234.50 บาท", 123_450), ("PLN", "1 234,56 zł", 123_456),
        ("SEK", "kr 1.234,56", 123_456), ("MXN", "MX$12.00", 1_200), ("ZAR", "R 1 234,50", 123_450), ("USD", "12.500", 1_250),
    ],
)  # fmt: skip
def test_an_amount_is_read_as_its_country_writes_it(currency: str, cell: str, minor: int) -> None:
    """Points, commas, blanks and apostrophes between thousands; decimals after the other; marks before and behind."""
    assert amount(currency, column="paid")(cell) == minor


@pytest.mark.parametrize(
    ("currency", "cell", "code"),
    [
        ("EUR", "1.200", "bad-amount"), ("EUR", "1.234", "bad-amount"), ("EUR", "0,125", "bad-amount"),
        ("USD", "1,234,56", "bad-amount"), ("USD", "1,23,456.50", "bad-amount"), ("USD", "1 23", "bad-amount"),
        ("USD", "1'23.50", "bad-amount"), ("JPY", "1200,5", "bad-amount"), ("USD", "5.00-", "negative-amount"),
        ("USD", "kr 5.00", "bad-currency"), ("EUR", "$5.00", "bad-currency"), ("CNY", "$5.00", "bad-currency"), ("USD", "5,00 zł", "bad-currency"), ("SGD", "RM5.00", "bad-currency"),
    ],
)  # fmt: skip
def test_what_may_be_two_amounts_is_refused(currency: str, cell: str, code: str) -> None:
    """1.200 euros may be 1.20 or 1200; groups of the wrong length part nothing."""
    with pytest.raises(BadCell) as refused:
        amount(currency, column="paid")(cell)
    assert refused.value.code == code


@given(
    st.integers(0, 10**11),
    st.sampled_from(["USD", "EUR", "IDR", "VND", "BRL", "CHF", "SEK"]),
    st.sampled_from([(",", "."), (".", ","), (" ", ","), (" ", "."), ("'", "."), ("’", ","), ("\u00a0", ",")]),
)
def test_every_grouping_with_decimals_reads_the_same(minor: int, currency: str, marks: tuple[str, str]) -> None:
    """Whatever parts thousands and whatever parts decimals, written in full an amount has one meaning."""
    thousands, point = marks
    whole = f"{minor // minor_per_major(currency):,}".replace(",", thousands)
    text = f"{whole}{point}{minor % minor_per_major(currency):02d}" if minor_per_major(currency) > 1 else whole
    assert amount(currency, column="paid")(text) == minor
    assert amount(currency, column="paid")(format_amount(minor, currency)) == minor


@pytest.mark.parametrize("cell", ["-5.00", "(5.00)", "5.00-", "$-5.00", "5.00", "−5.00"])
def test_what_went_back_may_be_written_as_a_deduction(cell: str) -> None:
    """Refunds below zero are refunds."""
    assert deduction("USD", column="refunded")(cell) == 500


@pytest.mark.parametrize(
    ("cell", "currency"),
    [
        ("₹5", "INR"),
        ("5 zł", "PLN"),
        ("5,00 kr", ""),
        ("C $5.00", "CAD"),
        ("$5", "SGD"),
        ("A1", ""),
        ("¥5", ""),
        ("KWD 1.234", "KWD"),
    ],
)
def test_a_mark_of_several_currencies_is_the_likeliest(cell: str, currency: str) -> None:
    """kr is four currencies, $ dozens: the shop's own if it is one of them, then the format's."""
    assert marked_currency(cell, "EUR", "SGD", "USD") == currency
