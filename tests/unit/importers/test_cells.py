"""Cells: guards undone, ids kept as text, amounts read strictly, masks never a key."""

from __future__ import annotations

from contextlib import suppress
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcare.domain.money import exponent, format_amount
from shopcare.importers.formats.catalog import normal_word
from shopcare.importers.text.header_row import is_value
from shopcare.importers.values.cells import BadCell, amount, deduction, identifier, quantity, written
from shopcare.importers.values.dates import judged_order
from shopcare.importers.values.identities import of_email
from shopcare.importers.values.times import Times


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ('="9900000000000000101"', "9900000000000000101"),
        ("'10000000001", "10000000001"),
        ("260801-990000000000001\t", "260801-990000000000001"),
        ("\t6990000000000000102", "6990000000000000102"),
        ("２６０８０４－９９０", "260804-990"),
        ("#1001", "#1001"),
        ('\'="12"', "12"),
        ("\u200b12\ufeff", "12"),
        ("订单7", "订单7"),
        ("12E", "12E"),
        ("-", ""),
        ("null", ""),
    ],
)
def test_ids_lose_their_guards_and_stay_text(cell: str, number: str) -> None:
    """However an export keeps a spreadsheet from touching an id, the same text comes out."""
    assert identifier(cell) == number


@pytest.mark.parametrize("cell", ["9.9E+18", "1E+05", "9.9e18", "990000000000000100000.0"])
def test_a_rounded_id_is_refused(cell: str) -> None:
    """A number a spreadsheet has rounded is no id any more."""
    with pytest.raises(BadCell) as refused:
        identifier(cell)
    assert refused.value.code == "id-precision-lost"


@pytest.mark.parametrize(
    ("cell", "minor"),
    [("1,288.00", 128800), ("¥68.80", 6880), ("￥１，２８８．００", 128800), ("88.00元", 8800), ("CNY 200.00", 20000),
     ("50.0000", 5000), ("-0.00", 0), ("0元", 0), ("", None), ("--", None), ("'12.5", 1250), ("12.5\t", 1250)],
)  # fmt: skip
def test_amounts_as_exports_write_them(cell: str, minor: int | None) -> None:
    """Grouping, currency signs and words, full width, more zeros than needed."""
    assert amount("CNY", column="paid")(cell) == minor


@pytest.mark.parametrize(
    ("currency", "decimal", "cell", "minor"),
    [("THB", "point", "THB 200.00", 20000), ("AUD", "point", "AU $25.00", 2500), ("EUR", "comma", "1.116,99 €", 111699),
     ("BRL", "comma", "R$ 12,90", 1290), ("BRL", "comma", "37.2", 3720), ("IDR", "none", "37.200", 3720000),
     ("IDR", "none", "Rp 1.250.000", 125000000), ("IDR", "none", "37200.0", 3720000)],
)  # fmt: skip
def test_amounts_of_other_countries(currency: str, decimal: str, cell: str, minor: int) -> None:
    """Marks of several letters, decimal commas, points between thousands."""
    assert amount(currency, column="paid", decimal=decimal)(cell) == minor


@pytest.mark.parametrize(
    ("currency", "decimal", "cell", "code"),
    [("CNY", "point", "THB 200.00", "bad-currency"), ("CNY", "point", "$25.00", "bad-currency"), ("USD", "point", "AU $25.00", "bad-currency"),
     ("IDR", "none", "37.2", "bad-amount"), ("USD", "point", "(12.00)", "negative-amount"),
     ("USD", "point", "-$15.00", "negative-amount")],
)  # fmt: skip
def test_amounts_that_are_not_ours(currency: str, decimal: str, cell: str, code: str) -> None:
    """Another currency's mark, decimals that a spreadsheet made of thousands, every way to write a minus."""
    with pytest.raises(BadCell) as refused:
        amount(currency, column="paid", decimal=decimal)(cell)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("cell", "code"),
    [("1e5", "bad-amount"), ("1_000", "bad-amount"), ("0x10", "bad-amount"), ("NaN", "bad-amount"), ("4.505", "bad-amount"),
     ("1.2.3", "bad-amount"), ("-12.00", "negative-amount"), ("−5.00", "negative-amount"), ("99999999999999.99", "amount-out-of-range"),
     ("²5.00", "bad-amount"), ("1,28.00", "bad-amount")],
)  # fmt: skip
def test_amounts_no_invoice_contains_are_refused(cell: str, code: str) -> None:
    """What a lenient parser would take for a number has a code."""
    with pytest.raises(BadCell) as refused:
        amount("CNY", column="paid")(cell)
    assert refused.value.code == code


@given(st.integers(0, 10**13), st.sampled_from(["CNY", "JPY", "KWD"]))
def test_the_quick_way_reads_what_is_written(minor: int, currency: str) -> None:
    """Every amount we print is read back, in currencies with 0, 2 and 3 digits."""
    assert amount(currency, column="paid")(format_amount(minor, currency)) == minor
    assert exponent(currency) in (0, 2, 3)


def test_a_discount_may_be_written_as_a_deduction() -> None:
    """Some exports write discounts below zero."""
    assert deduction("CNY", column="discount")("-3.00") == deduction("CNY", column="discount")("3.00") == 300


@pytest.mark.parametrize("decimal", ["point", "comma", "none"])
@pytest.mark.parametrize("cell", ["1.5", "-1", "x", "1e3", "99999999999", "2,5", "2,50", "1,2,3", "1,0000,5", ","])
def test_no_number_of_pieces(cell: str, decimal: str) -> None:
    """A quantity is a whole number of at most nine digits; what a comma parts off it is never put behind it."""
    with pytest.raises(BadCell):
        quantity(cell, decimal)


@pytest.mark.parametrize(
    ("cell", "decimal", "pieces"),
    [
        ("1,00", "point", 1), ("1,0", "point", 1), ("12.00", "point", 12), ("1,000", "point", 1000),
        ("1,234,567", "point", 1234567), ("1,000", "comma", 1), ("1.000", "comma", 1000), ("1.000", "none", 1000),
        ("1.234,00", "point", 1234), ("1 000", "point", 1000),
    ],
)  # fmt: skip
def test_commas_and_points_in_a_number_of_pieces(cell: str, decimal: str, pieces: int) -> None:
    """They part decimals or thousands as in the amounts of the same format."""
    assert quantity(cell, decimal) == pieces


@pytest.mark.parametrize("cell", ["'" * 130_000, '="' * 40_000 + '"' * 40_000, "13/08/2026" + " " * 130_000 + "x",
    "13/08/2026 10:00" + " " * 130_000 + "x", "1 Aug 2026" + " " * 130_000 + "x", "2026-08-01" + " " * 130_000 + "x",
    "T" * 130_000, "1" * 130_000, "1," * 65_000, "$" * 130_000, "kr " * 40_000, "a@" + "b." * 65_000 + "@"])  # fmt: skip
def test_no_cell_takes_longer_than_its_length(cell: str) -> None:
    """Whatever the longest cell holds, each reader says quickly that it is nothing."""
    start = process_time()
    for read in (quantity, amount("CNY", column="paid"), identifier, Times("UTC", "UTC", "dmy").at, is_value):
        with suppress(BadCell):
            read(cell)
    of_email(cell, b"salt")
    normal_word("&#" + cell)
    judged_order([[cell]], [0], latest=2026)
    assert process_time() - start < 2


def test_the_number_of_a_character_is_no_number_to_reckon_with() -> None:
    """An HTML escape of more digits than a number may have stays what it is."""
    assert normal_word(f"&#{'9' * 5000};") == f"&#{'9' * 5000};"


@pytest.mark.parametrize(
    ("cell", "text"),
    [("'=1+1", "=1+1"), ("=cmd|x", "=cmd|x"), ("'s-Hertogenbosch", "'s-Hertogenbosch"), (" a\0 ", "a"), ("", None)],
)
def test_text_is_kept_as_written(cell: str, text: str | None) -> None:
    """Formulas are data; only the guard before one, NULs and outer blanks go."""
    assert written(cell) == text
