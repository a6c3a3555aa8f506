"""A format and a header → functions that turn the cells of a row into facts, with everything decided beforehand."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from shopcare.domain.identity import email_hash, normal_email
from shopcare.domain.money import is_currency
from shopcare.domain.orders import CANCELLED, PAID, REFUNDED, STATUS_RANKS, UNKNOWN, UNPAID
from shopcare.i18n import _
from shopcare.importers.cells import (
    LONGEST_ID,
    BadCell,
    Remembered,
    amount,
    bare,
    deduction,
    first_word,
    identifier,
    is_masked,
    is_plain_name,
    is_rounded,
    quantity,
    written,
)
from shopcare.importers.facts import LineFacts
from shopcare.importers.formats import LINE_FIELDS, ORDER_FIELDS, Format, Match, normal_word
from shopcare.importers.row_code import compiled, line_source, order_source
from shopcare.importers.times import QUARTER_HOUR, Times

#: What `Mapper.order` gives: buyer, display, shipped, seen at, and the values of `Told`.
Read = tuple[str, str, bool, int, tuple[Any, ...]]

#: Makes a named tuple of a tuple without its own, slower way in.
new_tuple = tuple.__new__

#: Statuses under which nothing was paid, whatever the money columns say.
NOTHING_PAID = frozenset({UNPAID, CANCELLED})
#: Buyers come back at random; who they are is kept elsewhere.
REMEMBERED_BUYERS = 5_000
#: Distinct unknown status words that are listed one by one.
LISTED_WORDS = 100


@dataclass(frozen=True, slots=True)
class Setting:
    """What a file does not say itself: the shop's currency and zones, and the salt that hashes e-mail addresses."""

    currency: str
    source_tz: str
    shop_tz: str
    salt: bytes


class Status:
    """A status word's meaning: the status, whether it says nothing was paid, and whether it says the goods had left."""

    __slots__ = ("known", "name", "nothing_paid", "raw", "shipped")

    def __init__(self, raw: str, name: str, *, known: bool, shipped: bool) -> None:
        self.raw = raw
        self.name = name
        self.known = known
        self.nothing_paid = name in NOTHING_PAID
        self.shipped = shipped


class Money:
    """Readers of the amounts of one currency."""

    __slots__ = ("currency", "discount", "freight", "line", "outstanding", "paid", "refunded", "total", "unit_price")

    def __init__(self, currency: str) -> None:
        self.currency = currency
        self.total = Remembered(amount(currency, column="total"))
        self.paid = Remembered(amount(currency, column="paid"))
        self.outstanding = Remembered(amount(currency, column="outstanding"))
        self.freight = Remembered(amount(currency, column="freight"))
        self.refunded = Remembered(amount(currency, column="refunded"))
        self.unit_price = Remembered(amount(currency, column="unit price"))
        self.line = Remembered(amount(currency, column="line"))
        self.discount = Remembered(deduction(currency, column="discount"))


class Mapper:
    """Reads rows of one file. Rows must be as wide as the header, with one empty cell appended.

    That empty last cell stands in for every column the header does not have, so reading a row needs no branch for it.
    """

    def __init__(self, match: Match, setting: Setting) -> None:
        self.format: Format = match.format
        self.setting = setting
        self.times = Times(setting.source_tz, setting.shop_tz)
        self._at = {name: match.places.get(name, -1) for name in match.format.columns}
        self._discount_places = match.sums.get("discount", (self.place("discount"),))
        self._from_id = re.compile(match.format.ordered_at_from_id) if match.format.ordered_at_from_id else None
        self.has_lines = any(self.place(name) >= 0 for name in ("line_id", "sku", "title", "quantity", "unit_price"))
        self._order_places = tuple(sorted({self.place(n) for n in ("status", "currency", "paid", "total", "refunded")}))
        self.of_order = itemgetter(*self._order_places)
        self.unmapped: dict[str, int] = {}
        self._moneys: dict[str, Money] = {}
        self._money_of = Remembered(self._read_currency)
        self._status_of = Remembered(self._read_status)
        self._texts = Remembered(written)
        self._skus = Remembered(sku_of)
        self._line_ids = Remembered(lambda cell: identifier(cell) or None)
        self._provinces = Remembered(first_word) if "province" in match.format.first_word else self._texts
        self._quantities = Remembered(quantity)
        readers = {"email": self._read_email, "customer_id": self._read_buyer}
        self._buyer_of = Remembered(readers.get(match.format.buyer, _nobody), REMEMBERED_BUYERS)
        self.order = self._order_reader()
        self.line = self._line_reader()

    def place(self, name: str) -> int:
        """Where a field's column is; -1, the appended empty cell, for none."""
        return self._at.get(name, -1)

    def number(self, cells: list[str]) -> str:
        """The order's number, ASCII where it can be.

        Raises:
            BadCell: `missing-order-id`, `id-precision-lost`, `field-too-long`.
        """
        number = identifier(cells[self.place("order_id")])
        if not number:
            raise BadCell("missing-order-id", _("the row has no order number"))
        return number

    def _order_reader(self) -> Callable[[str, list[str]], Read]:
        """The function `order`: what the row of an order states.

        Raises:
            BadCell: a required value is missing, or a cell cannot be read.
        """
        places = {name: self.place(name) for name in ORDER_FIELDS} | {"buyer": self.place(self.format.buyer)}
        as_written = self.format.paid_from == "paid"
        source = order_source(places, self._discount_places, as_written=as_written, refined=bool(self.format.refine))
        names = {
            "BadCell": BadCell, "REFUNDED": REFUNDED, "PAID": PAID, "RANKS": STATUS_RANKS, "quarter": QUARTER_HOUR,
            "status_of": self._status_of, "money_of": self._money_of, "buyer_of": self._buyer_of,
            "texts": self._texts, "provinces": self._provinces, "discount": self._discount, "refined": self._refined,
            "at_of_number": self._ordered_at_from_id, "count_unmapped": self.count_unmapped, **self.times.parts(),
            "no_paid_amount": _("the row has no paid amount"), "refunded_above_paid": _("more was refunded than was paid"),
        }  # fmt: skip
        return compiled(source, names)

    def _discount(self, cells: list[str], money: Money) -> int | None:
        parts = [part for i in self._discount_places if (part := money.discount[cells[i]]) is not None]
        return sum(parts) if parts else None

    def _refined(self, cells: list[str], name: str) -> str:
        """The status after the format's further columns."""
        for rule in self.format.refine:
            cell = cells[self.place(rule.column)]
            if name in rule.sources and cell and (not rule.words or normal_word(cell) in rule.words):
                name = rule.to
        return name

    def _read_status(self, cell: str) -> Status:
        word = normal_word(cell)
        name = self.format.status.get(word, UNKNOWN)
        known = word in self.format.status or not word
        return Status(written(cell) or "", name, known=known, shipped=word in self.format.shipped_words)

    def count_unmapped(self, raw: str) -> None:
        """Note an order whose status word no one knows."""
        if raw in self.unmapped or len(self.unmapped) < LISTED_WORDS:
            self.unmapped[raw] = self.unmapped.get(raw, 0) + 1
        else:
            self.unmapped["…"] = self.unmapped.get("…", 0) + 1

    def _read_currency(self, cell: str) -> Money:
        code = bare(cell).upper() or self.setting.currency
        if not is_currency(code):
            raise BadCell("bad-currency", _("'{text}' is not a currency code").format(text=code[:20]))
        return self._moneys.get(code) or self._moneys.setdefault(code, Money(code))

    def _ordered_at_from_id(self, number: str) -> int:
        found = self._from_id.match(number) if self._from_id else None
        if found is None:
            raise BadCell("missing-value", _("the row has no order time"))
        year, month, day = found.groups()
        at = self.times.at(f"20{year}-{month}-{day}")
        assert at is not None
        return at

    def _read_buyer(self, cell: str) -> tuple[str, str]:
        """The value of the buyer's identity and its printed form; two empty texts for a guest."""
        if is_plain_name(cell):
            return cell, cell
        value = buyer_id(cell)
        return value, value

    def _read_email(self, cell: str) -> tuple[str, str]:
        address = normal_email(bare(cell))
        name, at, host = address.partition("@")
        if not (name and at and "." in host) or is_masked(address) or len(address) > 254:
            return "", ""
        return email_hash(self.setting.salt, address), f"{name[0]}***{name[-1]}@{host}"

    def agrees(self, first: list[str], cells: list[str]) -> bool:
        """Whether a further row of an order says the same of the order as its first row, or nothing."""
        return all(not cells[i] or cells[i] == first[i] for i in self._order_places)

    def _line_reader(self) -> Callable[[list[str], str], LineFacts | None]:
        """The function `line`: the line a row describes; None if it describes none.

        Raises:
            BadCell: a cell cannot be read.
        """
        source = line_source({name: self.place(name) for name in LINE_FIELDS})
        names = {
            "new_tuple": new_tuple, "LineFacts": LineFacts, "ids": self._line_ids, "skus": self._skus, "texts": self._texts,
            "quantities": self._quantities, "money_of": self._money_of,
        }  # fmt: skip
        return compiled(source, names)


def _nobody(_cell: str) -> tuple[str, str]:
    return "", ""


def buyer_id(cell: str) -> str:
    """A buyer id that may serve as a key, in the buyer's own spelling; empty for a missing, masked or unusable one."""
    value = bare(cell, as_written=True)
    return "" if is_masked(value) or is_rounded(value) or len(value) > LONGEST_ID else value


def sku_of(cell: str) -> str | None:
    """A stock-keeping unit, without spreadsheet guards."""
    return bare(cell)[:200] or None
