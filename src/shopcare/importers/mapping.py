"""A format and a header → functions that turn the cells of a row into facts, with everything decided beforehand."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shopcare.domain.identity import email_hash, normal_email
from shopcare.domain.money import is_currency
from shopcare.domain.orders import CANCELLED, PAID, REFUNDED, STATUS_RANKS, UNKNOWN, UNPAID
from shopcare.importers.cells import (
    BadCell,
    Remembered,
    amount,
    bare,
    deduction,
    first_word,
    identifier,
    is_masked,
    quantity,
    written,
)
from shopcare.importers.facts import LineFacts
from shopcare.importers.formats import LINE_FIELDS, Format, Match, normal_word
from shopcare.importers.times import Times

#: What `Mapper.order` gives: buyer, display, shipped, seen at, and the values of `Told`.
Read = tuple[str, str, bool, int, tuple[Any, ...]]

#: Makes a named tuple of a tuple without its own, slower way in.
new_tuple = tuple.__new__

#: Statuses under which nothing was paid, whatever the money columns say.
NOTHING_PAID = frozenset({UNPAID, CANCELLED})
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
        self._paid_place = self.place("paid") if match.format.paid_from == "paid" else -1
        self._outstanding_place = self.place("outstanding")
        self._discount_places = match.sums.get("discount", (self.place("discount"),))
        self._from_id = re.compile(match.format.ordered_at_from_id) if match.format.ordered_at_from_id else None
        self.has_lines = any(self.place(name) >= 0 for name in ("line_id", "sku", "title", "quantity", "unit_price"))
        self.order_places = tuple(sorted({self.place(n) for n in ("status", "currency", "paid", "total", "refunded")}))
        self.unmapped: dict[str, int] = {}
        self._moneys: dict[str, Money] = {}
        self._money_of = Remembered(self._read_currency)
        self._status_of = Remembered(self._read_status)
        self._texts = Remembered(written)
        self._skus = Remembered(sku_of)
        self._provinces = Remembered(first_word) if "province" in match.format.first_word else self._texts
        self._quantities = Remembered(quantity)
        readers = {"email": self._read_email, "customer_id": self._read_buyer}
        self._buyer_of = Remembered(readers.get(match.format.buyer, _nobody))
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
            raise BadCell("missing-order-id", "the row has no order number")
        return number

    def _order_reader(self) -> Callable[[str, list[str]], Read]:
        """The function `order`, with every place and look-up bound beforehand: it runs once per order of any file."""
        at, day_and_month, status_of, money_of = (
            self.times.at,
            self.times.day_and_month,
            self._status_of,
            self._money_of,
        )
        texts, provinces, buyer_of = self._texts, self._provinces, self._buyer_of
        names = (
            "status",
            "currency",
            "total",
            "refunded",
            "freight",
            "paid_at",
            "shipped_at",
            "completed_at",
            "ordered_at",
        )
        (
            i_status,
            i_currency,
            i_total,
            i_refunded,
            i_freight,
            i_paid_at,
            i_shipped_at,
            i_completed_at,
            i_ordered_at,
        ) = (self.place(name) for name in names)
        i_channel, i_method, i_province = (self.place(name) for name in ("channel", "payment_method", "province"))
        i_buyer = self.place(self.format.buyer)
        paid_of, discount_of, final_status = self._paid, self._discount, self._final_status

        def order(number: str, cells: list[str]) -> Read:
            money: Money = money_of[cells[i_currency]]
            status: Status = status_of[cells[i_status]]
            total, refunded = money.total[cells[i_total]], money.refunded[cells[i_refunded]]
            paid = paid_of(cells, money, status, total, refunded)
            name = final_status(cells, status, paid, refunded)
            if refunded is None and name == REFUNDED:
                refunded = paid
            if refunded is not None and refunded > paid:
                raise BadCell("refund-exceeds-paid", "more was refunded than was paid")
            paid_at, shipped_at, completed_at = at(cells[i_paid_at]), at(cells[i_shipped_at]), at(cells[i_completed_at])
            ordered_at = at(cells[i_ordered_at])
            if ordered_at is None:
                ordered_at = self._ordered_at_from_id(number)
            day, month = day_and_month(ordered_at)
            buyer, display = buyer_of[cells[i_buyer]]
            if not status.known:
                self.count_unmapped(status.raw)
            told = (
                name, status.raw, STATUS_RANKS[name], money.currency, total, paid, money.freight[cells[i_freight]],
                discount_of(cells, money), refunded, ordered_at, day, month, paid_at, shipped_at, completed_at,
                texts[cells[i_channel]], texts[cells[i_method]], provinces[cells[i_province]],
            )  # fmt: skip
            shipped = status.shipped or shipped_at is not None or completed_at is not None
            seen_at = max(ordered_at, paid_at or 0, shipped_at or 0, completed_at or 0)
            return buyer, display, shipped, seen_at, told

        return order

    def _paid(self, cells: list[str], money: Money, status: Status, total: int | None, refunded: int | None) -> int:
        if self._paid_place >= 0:
            paid = money.paid[cells[self._paid_place]]
        else:
            paid = total
            open_amount = money.outstanding[cells[self._outstanding_place]]
            if paid is not None and open_amount:
                paid = max(paid - open_amount, 0)
        if status.nothing_paid and not refunded:
            return 0
        if paid is None:
            raise BadCell("missing-value", "the row has no paid amount")
        return int(paid)

    def _discount(self, cells: list[str], money: Money) -> int | None:
        parts = [part for i in self._discount_places if (part := money.discount[cells[i]]) is not None]
        return sum(parts) if parts else None

    def _final_status(self, cells: list[str], status: Status, paid: int, refunded: int | None) -> str:
        """The status after the format's further columns; without any word the order's own money tells it."""
        name = status.name
        for rule in self.format.refine:
            cell = cells[self.place(rule.column)]
            if name in rule.sources and cell and (not rule.words or normal_word(cell) in rule.words):
                name = rule.to
        if not status.raw and paid > 0:
            return REFUNDED if refunded == paid else PAID
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
            raise BadCell("bad-currency", f"'{code[:20]}' is not a currency code")
        return self._moneys.get(code) or self._moneys.setdefault(code, Money(code))

    def _ordered_at_from_id(self, number: str) -> int:
        found = self._from_id.match(number) if self._from_id else None
        if found is None:
            raise BadCell("missing-value", "the row has no order time")
        year, month, day = found.groups()
        at = self.times.at(f"20{year}-{month}-{day}")
        assert at is not None
        return at

    def _read_buyer(self, cell: str) -> tuple[str, str]:
        """The value of the buyer's identity and its printed form; two empty texts for a guest."""
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
        return all(not cells[i] or cells[i] == first[i] for i in self.order_places)

    def _line_reader(self) -> Callable[[list[str], str], LineFacts | None]:
        """The function `line`, with every place and look-up bound beforehand: it runs once per row of any file."""
        i_id, i_sku, i_title, i_category, i_count, i_price, i_amount = (self.place(name) for name in LINE_FIELDS)
        skus, titles, quantities, moneys = self._skus, self._texts, self._quantities, self._money_of

        def line(cells: list[str], currency: str) -> LineFacts | None:
            line_id, sku, title = cells[i_id], cells[i_sku], cells[i_title]
            count, price = cells[i_count], cells[i_price]
            if not (line_id or sku or title or count or price):
                return None
            money: Money = moneys[currency]
            pieces, unit = quantities[count], money.unit_price[price]
            whole = money.line[cells[i_amount]]
            if whole is None and unit is not None:
                whole = unit * pieces
            facts = (
                identifier(line_id) or None if line_id else None, skus[sku], titles[title], titles[cells[i_category]],
                pieces, unit, whole,
            )  # fmt: skip
            return new_tuple(LineFacts, facts)

        return line


def _nobody(_cell: str) -> tuple[str, str]:
    return "", ""


def buyer_id(cell: str) -> str:
    """A buyer id that may serve as a key; empty for a missing, masked or unusable one."""
    try:
        value = identifier(cell)
    except BadCell:
        return ""
    return "" if is_masked(value) else value


def sku_of(cell: str) -> str | None:
    """A stock-keeping unit, without spreadsheet guards."""
    return bare(cell)[:200] or None
