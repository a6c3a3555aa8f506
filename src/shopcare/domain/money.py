"""Money as integer minor units and a currency code.

Binary floats cannot hold 0.10, and both `float` and `Decimal` parse texts no invoice ever contained (`1_000`, `1e5`,
`NaN`), so amounts are read by one strict pattern and never leave integers afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from shopcare.i18n import _

#: Digits after the point, by ISO 4217, where they differ from two.
EXPONENTS = {
    "BHD": 3, "CLP": 0, "ISK": 0, "JOD": 3, "JPY": 0, "KRW": 0, "KWD": 3, "OMR": 3, "PYG": 0, "TND": 3, "UGX": 0,
    "VND": 0, "XAF": 0, "XOF": 0, "XPF": 0,
}  # fmt: skip

#: The largest amount taken as real, in minor units: far above any order, far below 2**63.
LARGEST_MINOR = 10**14 - 1

_AMOUNT = re.compile(r"([+-]?)([0-9]+|[1-9][0-9]{0,2}(?:,[0-9]{3})+)(?:\.([0-9]+))?", re.ASCII)
#: The currencies of ISO 4217 in use, without funds, metals and test codes.
_CODES = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP "
    "CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF "
    "IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD "
    "MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB "
    "RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD "
    "UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG "
)
CURRENCIES = frozenset(_CODES.split())


class AmountError(ValueError):
    """An amount that cannot be taken; `code` is `bad-amount`, `amount-out-of-range` or `negative-amount`."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


def exponent(currency: str) -> int:
    """Digits after the decimal point of a currency."""
    return EXPONENTS.get(currency, 2)


def minor_per_major(currency: str) -> int:
    """Minor units in one major unit of a currency: 100 for CNY, 1 for JPY."""
    return int(10 ** exponent(currency))


def is_currency(code: str) -> bool:
    """Whether the text is the ISO 4217 code of a currency; `RMB` is none, that is `CNY`."""
    return code in CURRENCIES


def parse_amount(text: str, currency: str) -> int:
    """The amount in minor units.

    Takes an optional sign, plain or comma-grouped ASCII digits and a point with at most the currency's digits (further
    zeros are accepted: Magento writes `50.0000`).

    Raises:
        AmountError: `bad-amount` for any other text or more digits than the currency has, `amount-out-of-range` above
            `LARGEST_MINOR`.
    """
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise AmountError("bad-amount", _("'{text}' is not an amount").format(text=text[:40]))
    sign, whole, fraction = match.groups()
    digits = exponent(currency)
    fraction = (fraction or "").rstrip("0")
    if len(fraction) > digits:
        raise AmountError(
            "bad-amount",
            _("'{text}' has more than {digits} decimals for {currency}").format(
                text=text[:40], digits=digits, currency=currency
            ),
        )
    if len(whole) > 20:
        raise AmountError("amount-out-of-range", _("'{text}' is out of range").format(text=text[:40]))
    minor = int(whole.replace(",", "") + fraction.ljust(digits, "0"))
    if minor > LARGEST_MINOR:
        raise AmountError("amount-out-of-range", _("'{text}' is out of range").format(text=text[:40]))
    return -minor if sign == "-" else minor


def format_amount(minor: int, currency: str, *, grouped: bool = False) -> str:
    """The amount in major units, without the currency code: 123456 CNY is `1234.56`, or grouped `1,234.56`."""
    digits = exponent(currency)
    sign = "-" if minor < 0 else ""
    whole, fraction = divmod(abs(minor), 10**digits)
    text = f"{whole:,}" if grouped else str(whole)
    return f"{sign}{text}.{fraction:0{digits}d}" if digits else f"{sign}{text}"


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Divide a total over weights so that the parts sum exactly to it (largest remainder, earlier part first on ties).

    A negative total is split as its absolute value. If every weight is zero the parts are as equal as they can be.

    Raises:
        ValueError: no weights, or a negative weight.
    """
    if not weights or min(weights) < 0:
        raise ValueError("weights must be given and not negative")
    if total < 0:
        return [-part for part in split(-total, weights)]
    whole = sum(weights)
    if whole == 0:
        weights, whole = [1] * len(weights), len(weights)
    parts = [total * weight // whole for weight in weights]
    remainders = [total * weight % whole for weight in weights]
    for index in sorted(range(len(parts)), key=lambda i: (-remainders[i], i))[: total - sum(parts)]:
        parts[index] += 1
    return parts
