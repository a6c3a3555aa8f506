"""One cell → one value. Exports guard ids, decorate amounts and write dates in several ways; all of it is undone here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

from shopcare.domain.money import AmountError, exponent, parse_amount
from shopcare.i18n import _
from shopcare.importers.values.amount_forms import currencies_of, marks_in, pointed, unmarked

#: The longest cell that is taken (characters).
LONGEST_CELL = 131_072
#: The longest id that is taken: nothing real comes near, and keys should stay short.
LONGEST_ID = 200
#: Remembered conversions per kind; forgotten all at once when full, so that memory stays flat.
REMEMBERED = 50_000

#: What platforms write for "nothing".
EMPTY = frozenset({"", "-", "--", "null", "NULL", "无", "无退款申请"})

#: What spreadsheets write where a formula failed: no id, amount or date, and nothing either.
ERRORS = frozenset(
    [
        "#N/A",
        "#REF!",
        "#VALUE!",
        "#DIV/0!",
        "#NAME?",
        "#NUM!",
        "#NULL!",
        "#GETTING_DATA",
        "#SPILL!",
        "#CALC!",
        "#FIELD!",
        "#BLOCKED!",
        "#CONNECT!",
        "#UNKNOWN!",
        "#BUSY!",
        "#EXTERNAL!",
        "#TIMEOUT!",
        "#PYTHON!",
        "#UNCALCULATED!",  # ours: no program has calculated the formula
    ]
    + [f"Err:{number}" for number in range(501, 541)]
)
#: Texts that are written in place of an id.
NO_IDS = EMPTY | ERRORS

#: What stands for a hidden character, in every width it is written in.
_MASKS = frozenset("*＊﹡∗●•○")

_PLAIN_ID = re.compile(r"[0-9A-Za-z#][0-9A-Za-z#_@.:/-]{0,99}", re.ASCII).fullmatch
_FLOAT_ID = re.compile(r"[0-9]+(?:\.[0-9]+)?[eE]\+?[0-9]+|[0-9]{16,}\.0+", re.ASCII).fullmatch
#: A whole number with as many digits as a spreadsheet keeps, written as a number with decimals.
_WHOLE_ID = re.compile(r"([0-9]{1,15})\.0+", re.ASCII).fullmatch
_NOTHING = re.compile(r"[+-]?0+(?:[.,]0+)?", re.ASCII).fullmatch
_QUANTITY = re.compile(r"([0-9]{1,9}|[1-9][0-9]{0,2}(?:,[0-9]{3}){1,2})(?:\.0+)?", re.ASCII).fullmatch
#: So many guards one in another are taken off a cell; a program that guards a cell twice is rare.
GUARDS_MOST = 8


class BadCell(ValueError):
    """A cell that cannot be taken: the code and message under which its row is rejected."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)

    def in_column(self, column: str) -> BadCell:
        """The same complaint with the column it is about."""
        return BadCell(self.code, _("{column}: {problem}").format(column=column, problem=self))


class Remembered(dict[str, Any]):
    """A dictionary that computes what it does not hold; full, it starts again."""

    __slots__ = ("_compute", "_most")

    def __init__(self, compute: Callable[[str], Any], most: int = REMEMBERED) -> None:
        super().__init__()
        self._compute = compute
        self._most = most

    def __missing__(self, key: str) -> Any:
        value = self._compute(key)
        if len(key) <= LONGEST_ID:
            if len(self) >= self._most:
                self.clear()
            self[key] = value
        return value


def bare(cell: str, *, as_written: bool = False) -> str:
    """The cell without what guards it against spreadsheets: blanks, tabs, `="…"`, a leading `'`, invisible marks.

    Full-width characters become plain ones, unless the text is to be kept `as_written`.
    """
    if not cell.isascii():
        cell = _composed(cell) if as_written else _plain(cell)
    text = cell.replace("\0", "").strip()
    for _guard in range(GUARDS_MOST):
        if text.startswith('="') and text.endswith('"') and len(text) > 2:
            text = text[2:-1].strip()
        elif text.startswith("'"):
            text = text[1:].strip()
        else:
            break
    return "" if text in EMPTY else text


def _composed(cell: str) -> str:
    return unicodedata.normalize("NFC", "".join(c for c in cell if unicodedata.category(c) != "Cf"))


def _plain(cell: str) -> str:
    """NFKC, but a superscript or circled number stays what it is: 2 squared is not 2."""
    kept = (c for c in cell if unicodedata.category(c) != "Cf")
    return unicodedata.normalize(
        "NFC", "".join(c if unicodedata.category(c) == "No" else unicodedata.normalize("NFKC", c) for c in kept)
    )


def identifier(cell: str) -> str:
    """An id as ASCII text where it can be; empty for nothing.

    Raises:
        BadCell: `id-precision-lost` for a number a spreadsheet has rounded, `error-cell` for a formula that failed.
    """
    if _PLAIN_ID(cell) and (cell[-1] != "0" or "." not in cell) and not _FLOAT_ID(cell) and cell not in NO_IDS:
        return cell
    text = whole_id(bare(cell))
    if text in ERRORS:
        raise BadCell("error-cell", _("'{text}' is the error of a spreadsheet, not an id").format(text=text))
    if is_rounded(text):
        raise BadCell("id-precision-lost", _("'{text}' is a rounded number, not an id any more").format(text=text[:40]))
    if len(text) > LONGEST_ID:
        raise BadCell("field-too-long", _("an id of {count} characters").format(count=len(text)))
    return text


def whole_id(text: str) -> str:
    """An id without the `.0` that table programs write after whole numbers."""
    found = _WHOLE_ID(text) if text.endswith("0") else None
    return found[1] if found else text


def written(cell: str) -> str | None:
    """Free text as it was written, without surrounding blanks, NULs and the `'` that guards a formula."""
    text = cell.replace("\0", "").strip()
    if len(text) > 1 and text[0] == "'" and text[1] in "=+-@\t\r＝＋－＠":
        text = text[1:].strip()
    return text or None


def label(cell: str) -> str | None:
    """A name out of a few, such as a channel, without spreadsheet guards, in one line; None for what platforms write for
    nothing.
    """
    return " ".join(bare(cell, as_written=True).split()) or None


def first_word(cell: str) -> str | None:
    """The first word of a text: of an address, the province."""
    text = label(cell)
    return text.split()[0][:40] if text else None


def amount(currency: str, *, column: str, decimal: str = "point") -> Callable[[str], int | None]:
    """A reader of amounts of a currency that must not be negative; None for an empty cell.

    `decimal` is how they are written, see `layout`.
    """

    digits = -1 if decimal == "none" else exponent(currency)

    def read(cell: str) -> int | None:
        whole, _point, fraction = cell.partition(".")
        if len(fraction) == digits and (plain := whole + fraction).isdigit() and len(plain) < 13 and plain.isascii():
            return int(plain)  # what nearly every cell looks like; everything else takes the careful way
        text = bare(cell)
        if not text:
            return None
        minor = _minor(text)
        if minor < 0:
            raise BadCell("negative-amount", _("{column}: '{text}' is negative").format(column=column, text=text[:40]))
        return minor

    def _minor(text: str) -> int:
        plain = text if (text[0].isdigit() and text[-1].isdigit()) or text in ERRORS else ours(text)
        try:
            return parse_amount(pointed(plain, decimal, currency), currency)
        except AmountError as problem:
            raise BadCell(problem.code, str(problem)).in_column(column) from problem

    def ours(text: str) -> str:
        plain, marks = unmarked(text)
        if any(currency not in currencies_of(mark) for mark in marks):
            if _NOTHING(plain):  # nothing is as much in any currency
                return "0"
            raise BadCell(
                "bad-currency",
                _("{column} amount '{text}' is not in {currency}").format(
                    column=column, text=text[:40], currency=currency
                ),
            )
        return plain

    return read


def marked_currency(cell: str, *likely: str) -> str:
    """The currency the mark of an amount stands for: where it may be several, the first of the `likely` ones among them."""
    for mark in marks_in(bare(cell)):
        meant = currencies_of(mark)
        if len(meant) == 1:
            return meant[0]
        if found := next((currency for currency in likely if currency in meant), ""):
            return found
    return ""


def deduction(
    currency: str, *, column: str, decimal: str = "point", negative_only: bool = False
) -> Callable[[str], int | None]:
    """A reader of amounts that some exports write with a minus sign (discounts).

    `negative_only`: a positive amount is no discount but an addition, and reads as none.
    """
    positive = amount(currency, column=column, decimal=decimal)

    def read(cell: str) -> int | None:
        text = bare(cell).replace("\N{MINUS SIGN}", "-")
        plain = positive(unsigned(text))
        return 0 if negative_only and plain and plain > 0 and "-" not in text else plain

    return read


def claim(currency: str, *, column: str, decimal: str = "point") -> Callable[[str], int | None]:
    """A reader of amounts still to be paid; of what is owed to the buyer (with a minus sign) nothing is."""
    size = deduction(currency, column=column, decimal=decimal)

    def read(cell: str) -> int | None:
        text = bare(cell)
        minor = size(text)
        return 0 if minor and unsigned(text) != text else minor

    return read


def unsigned(text: str) -> str:
    """The text of an amount without its minus sign or the brackets that stand for one."""
    text = text.replace("\N{MINUS SIGN}", "-").replace("-", "", 1) if text not in EMPTY else text
    return text[1:-1] if text.startswith("(") and text.endswith(")") else text


def quantity(cell: str, decimal: str = "point") -> int:
    """A whole number of pieces; an empty cell is one piece. `decimal` is how the format writes amounts, see `layout`.

    Raises:
        BadCell: `bad-quantity`.
    """
    text = bare(cell)
    if not text:
        return 1
    try:
        found = _QUANTITY(pointed(text, decimal, currency=""))
    except AmountError:
        found = None
    if found is None:
        raise BadCell("bad-quantity", _("'{text}' is not a number of pieces").format(text=text[:40]))
    return int(found[1].replace(",", ""))


def is_rounded(text: str) -> bool:
    """Whether it is a number a spreadsheet has rounded, and no id any more."""
    return _FLOAT_ID(text) is not None


def is_plain_name(cell: str) -> bool:
    """Whether a buyer id plainly is one as it stands: a letter first, no guard, no mask, no word for nothing, no address."""
    return cell[:1].isalpha() and _PLAIN_ID(cell) is not None and len(cell) > 4 and "@" not in cell


def is_masked(identity: str) -> bool:
    """Whether a buyer id is one the platform has made unreadable: it must never become a key."""
    return not _MASKS.isdisjoint(identity) or identity in ("xxx", "XXX")
