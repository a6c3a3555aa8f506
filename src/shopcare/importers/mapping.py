"""A format and a header → functions that turn the cells of a row into facts, with everything decided beforehand."""

from __future__ import annotations

import re
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
from shopcare.importers.formats import Format, Match, normal_word
from shopcare.importers.times import Times

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


class Mapper:
    """Reads rows of one file. Rows must be as wide as the header, with one empty cell appended.

    That empty last cell stands in for every column the header does not have, so reading a row needs no branch for it.
    """

    def __init__(self, match: Match, setting: Setting) -> None:
        self.format: Format = match.format
        self.setting = setting
        self.times = Times(setting.source_tz, setting.shop_tz)
        self._at = {name: match.places.get(name, -1) for name in match.format.columns}
        self._sums = match.sums
        self.unmapped: dict[str, int] = {}
        self._status_of: Remembered = Remembered(self._read_status)
        self._money: dict[str, dict[str, Any]] = {}
        self._currency_of = Remembered(self._read_currency)
        self._texts = Remembered(written)
        self._provinces = Remembered(first_word) if "province" in match.format.first_word else self._texts
        self._quantities = Remembered(quantity)
        self._email_of = Remembered(self._read_email)
        self._from_id = re.compile(match.format.ordered_at_from_id) if match.format.ordered_at_from_id else None
        self.has_lines = any(self.place(name) >= 0 for name in ("line_id", "sku", "title", "quantity", "unit_price"))
        self.order_places = tuple(sorted({self.place(n) for n in ("status", "currency", "paid", "total", "refunded")}))

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

    def order(self, number: str, cells: list[str]) -> tuple[Any, ...]:
        """The order's own facts from `buyer` to `seen_at`, in the order of `OrderFacts`.

        Raises:
            BadCell: a required value is missing, or a cell cannot be read.
        """
        place = self.place
        currency: str = self._currency_of[cells[place("currency")]]  # type: ignore[assignment]
        money = self._money.get(currency) or self._readers(currency)
        status: Status = self._status_of[cells[place("status")]]  # type: ignore[assignment]
        total = money["total"][cells[place("total")]]
        refunded = money["refunded"][cells[place("refunded")]]
        paid = self._paid(cells, money, status, total, refunded)
        name = self._final_status(cells, status, paid, refunded)
        if refunded is None and name == REFUNDED:
            refunded = paid
        if refunded is not None and refunded > paid:
            raise BadCell("refund-exceeds-paid", "more was refunded than was paid")
        at = self.times.at
        paid_at, shipped_at = at(cells[place("paid_at")]), at(cells[place("shipped_at")])
        completed_at = at(cells[place("completed_at")])
        ordered_at = at(cells[place("ordered_at")])
        if ordered_at is None:
            ordered_at = self._ordered_at_from_id(number)
        buyer, display = self._buyer(cells)
        if not status.known:
            self._count_unmapped(status.raw)
        return (
            number, buyer, display, name, status.raw, STATUS_RANKS[name], currency, total, paid,
            money["freight"][cells[place("freight")]], self._discount(cells, money), refunded,
            status.shipped or shipped_at is not None or completed_at is not None,
            ordered_at, *self.times.day_and_month(ordered_at), paid_at, shipped_at, completed_at,
            self._texts[cells[place("channel")]], self._texts[cells[place("payment_method")]],
            self._provinces[cells[place("province")]],
            max(ordered_at, paid_at or 0, shipped_at or 0, completed_at or 0),
        )  # fmt: skip

    def _paid(
        self, cells: list[str], money: dict[str, Any], status: Status, total: int | None, refunded: int | None
    ) -> int:
        if self.format.paid_from == "paid":
            paid = money["paid"][cells[self.place("paid")]]
        else:
            paid = total
            open_amount = money["outstanding"][cells[self.place("outstanding")]]
            if paid is not None and open_amount:
                paid = max(paid - open_amount, 0)
        if status.nothing_paid and not refunded:
            return 0
        if paid is None:
            raise BadCell("missing-value", "the row has no paid amount")
        return int(paid)

    def _discount(self, cells: list[str], money: dict[str, Any]) -> int | None:
        places = self._sums.get("discount")
        if places is None:
            return money["discount"][cells[self.place("discount")]]  # type: ignore[no-any-return]
        parts = [part for i in places if (part := money["discount"][cells[i]]) is not None]
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

    def _count_unmapped(self, raw: str) -> None:
        if raw in self.unmapped or len(self.unmapped) < LISTED_WORDS:
            self.unmapped[raw] = self.unmapped.get(raw, 0) + 1
        else:
            self.unmapped["…"] = self.unmapped.get("…", 0) + 1

    def _read_currency(self, cell: str) -> str:
        code = bare(cell).upper() or self.setting.currency
        if not is_currency(code):
            raise BadCell("bad-currency", f"'{code[:20]}' is not a currency code")
        return code

    def _readers(self, currency: str) -> dict[str, Any]:
        readers: dict[str, Any] = {
            name: Remembered(amount(currency, column=name))
            for name in ("total", "paid", "outstanding", "freight", "refunded", "unit price", "line")
        }
        readers["discount"] = Remembered(deduction(currency, column="discount"))
        self._money[currency] = readers
        return readers

    def _ordered_at_from_id(self, number: str) -> int:
        found = self._from_id.match(number) if self._from_id else None
        if found is None:
            raise BadCell("missing-value", "the row has no order time")
        year, month, day = found.groups()
        at = self.times.at(f"20{year}-{month}-{day}")
        assert at is not None
        return at

    def _buyer(self, cells: list[str]) -> tuple[str, str]:
        """The value of the buyer's identity and its printed form; two empty texts for a guest."""
        if not self.format.buyer:
            return "", ""
        cell = cells[self.place(self.format.buyer)]
        if self.format.buyer == "email":
            return self._email_of[cell]  # type: ignore[return-value]
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

    def line(self, cells: list[str], currency: str) -> LineFacts | None:
        """The line a row describes; None if it describes none.

        Raises:
            BadCell: a cell cannot be read.
        """
        place, money = self.place, self._money.get(currency) or self._readers(currency)
        line_id, sku, title = (cells[place(name)] for name in ("line_id", "sku", "title"))
        count, price = cells[place("quantity")], cells[place("unit_price")]
        if not (line_id or sku or title or count or price):
            return None
        pieces: int = self._quantities[count]  # type: ignore[assignment]
        unit = money["unit price"][price]
        whole = money["line"][cells[place("amount")]]
        if whole is None and unit is not None:
            whole = unit * pieces
        return LineFacts(
            identifier(line_id) or None, sku_of(sku), written(title), self._texts[cells[place("category")]],  # type: ignore[arg-type]
            pieces, unit, whole,
        )  # fmt: skip


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
