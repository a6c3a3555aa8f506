"""How countries write an amount: the marks of currencies, and what parts thousands and decimals."""

from __future__ import annotations

import re

from shopcare.domain.money import AmountError
from shopcare.i18n import _

_DOLLARS_AND_PESOS = (
    "USD", "AUD", "CAD", "NZD", "HKD", "SGD", "TWD", "MXN", "ARS", "CLP", "COP", "UYU", "DOP", "CUP", "BRL", "BND", "BSD",
    "BBD", "BZD", "BMD", "FJD", "GYD", "JMD", "KYD", "LRD", "NAD", "SBD", "SRD", "TTD", "XCD",
)  # fmt: skip
#: Currencies a mark may stand for; a mark of several is no proof of any.
_MARKS = {
    "AU$": ("AUD",), "A$": ("AUD",), "US$": ("USD",), "C$": ("CAD",), "CA$": ("CAD",), "NZ$": ("NZD",), "HK$": ("HKD",),
    "NT$": ("TWD",), "S$": ("SGD",), "R$": ("BRL",), "MX$": ("MXN",), "€": ("EUR",), "£": ("GBP",), "₩": ("KRW",),
    "원": ("KRW",), "฿": ("THB",), "บาท": ("THB",), "₫": ("VND",), "đ": ("VND",), "₱": ("PHP",), "元": ("CNY",),
    "RMB": ("CNY",), "円": ("JPY",), "Rp": ("IDR",), "RM": ("MYR",), "₹": ("INR",), "₽": ("RUB",), "₺": ("TRY",),
    "TL": ("TRY",), "₴": ("UAH",), "₪": ("ILS",), "zł": ("PLN",), "Kč": ("CZK",), "Ft": ("HUF",), "R": ("ZAR",),
    "Fr": ("CHF",), "SFr": ("CHF",), "kr": ("SEK", "NOK", "DKK", "ISK"), "Rs": ("INR", "PKR", "LKR", "NPR", "MUR"),
    "¥": ("CNY", "JPY"), "$": _DOLLARS_AND_PESOS,
}  # fmt: skip
_CURRENCY_MARK = re.compile(
    r"(?<![^\W\d_])(?:AU|US|CA|NZ|HK|NT|MX|C|S|A|R)\s?\$|[¥$€£₩원฿₫₱₹₽₺₴₪元円]|บาท"
    r"|(?<![^\W\d_])(?:RMB|Rp\.?|RM|kr\.?|SFr\.?|Fr\.?|Rs\.?|TL|Ft|R|zł|Kč|đ)(?=[\s\d-]|$)|\b[A-Z]{3}\b"
)

#: Thousands parted by points, decimals by a comma: `1.234.567`, `1.234,56`.
_POINTS = re.compile(r"([+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+)(?:,([0-9]+))?", re.ASCII).fullmatch
#: Thousands parted by blanks or apostrophes, decimals by either: `1 234,56`, `1'234.56`.
_BLANKS = re.compile(r"([+-]?[0-9]{1,3}(?:[ '’][0-9]{3})+)(?:[.,]([0-9]+))?", re.ASCII).fullmatch
#: Hundreds of thousands as India counts them: `12,34,567.50`.
_LAKHS = re.compile(r"([+-]?[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3})(?:\.([0-9]+))?", re.ASCII).fullmatch
_COMMA = re.compile(r"([+-]?[0-9]+),([0-9]+)", re.ASCII).fullmatch
_NO_DECIMALS = re.compile(r"[+-]?[0-9]+(?:\.0+)?", re.ASCII).fullmatch

#: Currencies whose shops write whole units and part thousands by points: 37.200 is no 37 and a bit.
_WHOLE = frozenset(("IDR", "VND", "CLP", "COP", "PYG", "ISK"))
#: Currencies written with decimal points in some exports and with points between thousands in others.
_EITHER = frozenset(("EUR", "BRL", "ARS", "DKK", "TRY", "RON", "RSD"))
_COUNTED_IN_LAKHS = frozenset(("INR", "NPR", "PKR", "BDT"))


def currencies_of(mark: str) -> tuple[str, ...]:
    """The currencies a mark may stand for."""
    sign = mark.replace(" ", "").rstrip(".")
    return _MARKS.get(sign, (sign,))


def unmarked(text: str) -> tuple[str, list[str]]:
    """An amount without marks, with a leading minus for every way to write one; and the marks it had."""
    plain = text.replace("\N{MINUS SIGN}", "-")
    marks = _CURRENCY_MARK.findall(plain)
    plain = _CURRENCY_MARK.sub("", plain).strip().replace("- ", "-")
    if (plain.startswith("(") and plain.endswith(")")) or (plain.endswith("-") and not plain.startswith("-")):
        plain = "-" + plain.strip("(-) ")
    return plain, marks


def marks_in(text: str) -> list[str]:
    """The marks of currencies in a text."""
    return _CURRENCY_MARK.findall(text)


def pointed(text: str, decimal: str, currency: str) -> str:
    """An amount as digits with a decimal point, where its parting is beyond doubt; other texts as they are.

    `decimal` is how the format writes amounts, see `layout`.

    Raises:
        AmountError: decimals where there are none, or a parting that may mean two amounts.
    """
    if found := _grouped(text, decimal, currency):
        digits = re.sub("[.,'’ ]", "", found[1])
        text = f"{digits}.{found[2]}" if found[2] else digits
    elif (found := _COMMA(text)) and (decimal != "point" or len(found[2]) != 3):
        text = f"{found[1]}.{found[2]}"
    if decimal == "none" and not _NO_DECIMALS(text):
        raise AmountError("bad-amount", _("'{text}' is not an amount without decimals").format(text=text[:40]))
    return text


def _grouped(text: str, decimal: str, currency: str) -> re.Match[str] | None:
    """The whole part of an amount in groups of digits, and its decimals, unless commas part thousands."""
    if found := _POINTS(text):
        return found if _points_part_thousands(found, decimal, currency) else None
    return _BLANKS(text) or (_LAKHS(text) if currency in _COUNTED_IN_LAKHS else None)


def _points_part_thousands(found: re.Match[str], decimal: str, currency: str) -> bool:
    """Whether points do not mark decimals.

    Raises:
        AmountError: `1.200` in euros may be either.
    """
    if decimal != "point" or found[2] or found[1].count(".") > 1 or currency in _WHOLE:
        return True
    if currency in _EITHER:
        whole = found[1].replace(".", "")
        raise AmountError(
            "bad-amount", _("'{text}' may be {whole} or have three decimals").format(text=found[0], whole=whole)
        )
    return False
