"""A format and a header → functions that turn the cells of a row into facts, with everything decided beforehand."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple

from shopcare.domain.money import is_currency
from shopcare.domain.orders import CANCELLED, CLOSED, COMPLETED, PAID, REFUNDED, SHIPPED, STATUS_RANKS, UNKNOWN, UNPAID
from shopcare.i18n import _
from shopcare.importers.formats.catalog import LINE_FIELDS, ORDER_FIELDS, Format, normal_word
from shopcare.importers.formats.headers import Match
from shopcare.importers.formats.layout import Layout
from shopcare.importers.orders.facts import LineFacts
from shopcare.importers.orders.row_code import TIMES, Shape, compiled, line_source, order_source
from shopcare.importers.rows.tally import LISTED_WORDS
from shopcare.importers.values.cells import (
    ERRORS,
    BadCell,
    Remembered,
    amount,
    bare,
    claim,
    deduction,
    first_word,
    identifier,
    is_plain_name,
    label,
    marked_currency,
    quantity,
    written,
)
from shopcare.importers.values.identities import ADDRESS, of_buyer_id, of_email
from shopcare.importers.values.times import QUARTER_HOUR, Times

#: What `Mapper.order` gives: buyer, display, shipped, seen at, and the values of `Told`.
Read = tuple[str, str, bool, int, tuple[Any, ...]]

#: Makes a named tuple of a tuple without its own, slower way in.
new_tuple = tuple.__new__

#: Statuses under which nothing was paid, whatever the money columns say.
NOTHING_PAID = frozenset({UNPAID, CANCELLED})
#: Statuses under which all that was paid went back, where no amount says otherwise.
WENT_BACK = frozenset({REFUNDED})
#: Statuses under which the goods have left.
LEFT = frozenset({SHIPPED, COMPLETED})
#: Buyers come back at random; who they are is kept elsewhere.
REMEMBERED_BUYERS = 5_000


@dataclass(frozen=True, slots=True)
class Setting:
    """What a file does not say itself: the shop's currency and zones, the salt that hashes e-mail addresses.

    `date_order` is whether day or month comes first in its all-digit dates.
    """

    currency: str
    source_tz: str
    shop_tz: str
    salt: bytes
    date_order: str = ""


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

    def __init__(self, currency: str, layout: Layout, headers: Mapping[str, str]) -> None:
        def reader(field: str) -> Remembered:
            return Remembered(amount(currency, column=headers.get(field, field), decimal=layout.decimal))

        self.currency = currency
        self.total = reader("total")
        self.paid = reader("paid")
        self.outstanding = Remembered(
            claim(currency, column=headers.get("outstanding", "outstanding"), decimal=layout.decimal)
        )
        freight = amount(currency, column=headers.get("freight", "freight"), decimal=layout.decimal)
        self.freight = Remembered(_if_in_currency(freight) if layout.marked else freight)
        self.refunded = Remembered(
            deduction(currency, column=headers.get("refunded", "refunded"), decimal=layout.decimal)
        )
        self.unit_price = reader("unit_price")
        self.line = reader("amount")
        self.discount = Remembered(
            deduction(
                currency, column=headers.get("discount", "discount"), decimal=layout.decimal,
                negative_only=layout.discounts_negative,
            )
        )  # fmt: skip


class Readers(NamedTuple):
    """What turns a cell into a value, by kind of column."""

    status: Callable[[str], Status]
    money: Callable[[str], Money]
    text: Callable[[str], str | None]
    label: Callable[[str], str | None]
    province: Callable[[str], str | None]
    line_id: Callable[[str], str | None]
    sku: Callable[[str], str | None]
    quantity: Callable[[str], int]
    buyer: Callable[[str], tuple[str, str]]
    remainder: Callable[[int | None, int | None], int | None]


class Mapper:
    """Reads rows of one file. Rows must be as wide as the header, with one empty cell appended.

    That empty last cell stands in for every column the header does not have, so reading a row needs no branch for it.
    """

    def __init__(self, match: Match, setting: Setting) -> None:
        self.format: Format = match.format
        self.setting = setting
        self.layout = match.format.layout
        self.times = Times(setting.source_tz, setting.shop_tz, setting.date_order)
        self._headers = match.headers
        self._at = {name: match.places.get(name, -1) for name in match.format.columns}
        self._paid_parts = match.sums.get("paid", ())
        self._untaxed_parts = tuple(part for part in self._paid_parts if part[0] not in match.taxes)
        self.discount_places = tuple(i for i, _sign in match.sums.get("discount", ((self.place("discount"), 1),)))
        self.lines_pay = self.layout.lines_pay and self.place("paid") < 0
        self._reckons = self.lines_pay or bool(self._paid_parts)
        self.paid_places = frozenset({self.place("paid"), *(i for i, _sign in self._paid_parts)})
        self._from_id = re.compile(match.format.ordered_at_from_id) if match.format.ordered_at_from_id else None
        self.has_lines = any(self.place(name) >= 0 for name in ("line_id", "sku", "title", "quantity", "unit_price"))
        self.order_places = tuple(sorted({self.place(name) for name in self._of_the_order()}))
        self.of_order = itemgetter(*self.order_places)
        self.unmapped: dict[str, int] = {}
        self._moneys: dict[str, Money] = {}
        self._money_of = Remembered(self._read_currency)
        self._status_of = Remembered(self._read_status)
        self._texts = Remembered(written)
        self._skus = Remembered(sku_of)
        self._line_ids = Remembered(lambda cell: identifier(cell) or None)
        self._labels = Remembered(label)
        self._provinces = Remembered(first_word) if "province" in match.format.first_word else self._labels
        self._quantities = Remembered(self._named(partial(quantity, decimal=self.layout.decimal), "quantity"))
        readers = {"email": self._read_email, "customer_id": self._read_buyer}
        read_buyer = readers.get(match.format.buyer, _nobody)
        self._buyer_of = Remembered(read_buyer, REMEMBERED_BUYERS)
        self.went_back = WENT_BACK | {CLOSED} if self.layout.closed_went_back else WENT_BACK
        self.readers = Readers(
            self._status_of.__getitem__, self._money_of.__getitem__, self._texts.__getitem__, self._labels.__getitem__,
            self._provinces.__getitem__, self._line_ids.__getitem__, self._skus.__getitem__, self._quantities.__getitem__,
            read_buyer, _remainder,
        )  # fmt: skip
        self.order = self._order_reader()
        self.line = self._line_reader()

    def _of_the_order(self) -> list[str]:
        """The fields that say something of the order itself; of its lines there may be further times and states."""
        fields = ["status", "currency", "paid", "total", "refunded"]
        if self.layout.first_row:
            fields += [*TIMES, *(rule.column for rule in self.format.refine)]
        return fields

    def place(self, name: str) -> int:
        """Where a field's column is; -1, the appended empty cell, for none."""
        return self._at.get(name, -1)

    def _named(self, read: Callable[[str], Any], field: str) -> Callable[[str], Any]:
        """A reader whose complaints name the column of a field."""
        column = self._headers.get(field, field)

        def named(cell: str) -> Any:
            try:
                return read(cell)
            except BadCell as problem:
                raise problem.in_column(column) from problem

        return named

    def currency(self, cells: list[str]) -> str:
        """The currency of a row's amounts.

        Raises:
            BadCell: `bad-currency`.
        """
        money: Money = self._money_of[cells[self.place("currency")]]
        return money.currency

    def number(self, cells: list[str]) -> str:
        """The order's number, ASCII where it can be.

        Raises:
            BadCell: `missing-order-id`, `id-precision-lost`, `field-too-long`.
        """
        number = identifier(cells[self.place("order_id")])
        if self.layout.id_prefix:
            number = number.removeprefix(self.layout.id_prefix)
        if not number:
            raise BadCell("missing-order-id", _("the row has no order number"))
        return number

    def _order_reader(self) -> Callable[[str, list[str]], Read]:
        """The function `order`: what the row of an order states.

        Raises:
            BadCell: a required value is missing, or a cell cannot be read.
        """
        places = {name: self.place(name) for name in ORDER_FIELDS} | {"buyer": self.place(self.format.buyer)}
        self.shape = Shape(
            paid="reckoned" if self._reckons else "written" if self.format.paid_from == "paid" else "total",
            refined=bool(self.format.refine),
            stands=self.layout.paid_stands,
            judged=self.layout.time_proves_payment or "" in self.format.status,
            claimed=bool(self.layout.refund_words) and places["refunded"] >= 0,
            blank_is_unknown="" not in self.format.status,
            whole=not self.layout.combined,
            spread="paid" in self.layout.added,
            sent=self.format.shipped_column != "status" and self.place(self.format.shipped_column) >= 0,
        )
        source = order_source(places, self.discount_places, self.shape)
        names = {
            "BadCell": BadCell, "REFUNDED": REFUNDED, "CLOSED": CLOSED, "PAID": PAID, "RANKS": STATUS_RANKS,
            "quarter": QUARTER_HOUR, "status_of": self._status_of, "money_of": self._money_of, "buyer_of": self._buyer_of,
            "labels": self._labels, "provinces": self._provinces, "discount": self._discount, "refined": self._refined,
            "reckoned": self._reckoned, "nothing_paid": self._nothing_paid, "remainder": _remainder,
            "WENT_BACK": self.went_back, "granted": self._granted,
            "sent": self._sent,
            "at_of_number": self.ordered_at_from_id, "count_unmapped": self.count_unmapped, **self.times.parts(),
            **{f"at_{name}": self._named(self.times.at, name) for name in TIMES},
            "no_paid_amount": _("the row has no paid amount"), "refunded_above_paid": _("more was refunded than was paid"),
        }  # fmt: skip
        return compiled(source, names)

    def _reckoned(self, cells: list[str], money: Money) -> int | None:
        """The paid amount of a format that states only its parts or its lines; None for a row that lacks its amount."""
        if self.lines_pay:
            return self._line_amount(cells, money)
        if not self.layout.unpriced and not bare(cells[self.place("amount")]):
            return None
        taxed = money.currency in self.layout.untaxed_prices
        parts = [
            sign * part
            for i, sign in (self._paid_parts if taxed else self._untaxed_parts)
            if (part := (money.paid if sign > 0 else money.discount)[cells[i]]) is not None
        ]
        return max(int(sum(parts)), 0)

    def _nothing_paid(self, cells: list[str], status: Status) -> bool:
        """Whether nothing was paid although there may be an amount, for formats whose dates tell that."""
        if not status.raw:
            return self._refined(cells, status.name) in NOTHING_PAID
        unpaid = status.name == CLOSED and not bare(cells[self.place("paid_at")])
        return status.nothing_paid or (self.layout.time_proves_payment and unpaid)

    def _granted(self, cells: list[str], refunded: int | None) -> int | None:
        """What went back of an amount that is also written for a claim that failed or is still open."""
        word = cells[self.place("aftersale")]
        return refunded if not refunded or not bare(word) or normal_word(word) in self.layout.refund_words else 0

    def _sent(self, cells: list[str]) -> bool:
        """Whether the goods left, for formats that say so in a column beside the status: also what was refunded since."""
        return normal_word(cells[self.place(self.format.shipped_column)]) in self.format.shipped_words

    def rank(self, cells: list[str]) -> int:
        """How far along the order is that a row states."""
        return STATUS_RANKS[self._refined(cells, self._status_of[cells[self.place("status")]].name)]

    def _line_amount(self, cells: list[str], money: Money) -> int | None:
        whole: int | None = money.line[cells[self.place("amount")]]
        unit = money.unit_price[cells[self.place("unit_price")]]
        if whole is None and unit is not None:
            whole = unit * self._quantities[cells[self.place("quantity")]]
        return whole

    def _discount(self, cells: list[str], money: Money) -> int | None:
        parts = [part for i in self.discount_places if (part := money.discount[cells[i]]) is not None]
        return sum(parts) if parts else None

    def _refined(self, cells: list[str], name: str) -> str:
        """The status after the format's further columns."""
        for rule in self.format.refine:
            cell = cells[self.place(rule.column)]
            if name in rule.sources and bare(cell) and (not rule.words or normal_word(cell) in rule.words):
                name = rule.to
        return name

    def _read_status(self, cell: str) -> Status:
        word, raw = normal_word(cell), written(cell.strip().removeprefix("'")) or ""
        name = self.format.status.get(word, UNKNOWN)
        for start, to in self.layout.prefixes:
            if word.startswith(start):
                return Status(raw, to, known=True, shipped=False)
        words = self.format.shipped_words if self.format.shipped_column == "status" else ()
        shipped = name in LEFT or word in words  # also where a further column moves it on
        known = word in self.format.status or not word
        return Status(raw, name, known=known, shipped=shipped)

    def count_unmapped(self, raw: str) -> None:
        """Note an order whose status word no one knows."""
        if raw in self.unmapped or len(self.unmapped) < LISTED_WORDS:
            self.unmapped[raw] = self.unmapped.get(raw, 0) + 1
        else:
            self.unmapped["…"] = self.unmapped.get("…", 0) + 1

    def _read_currency(self, cell: str) -> Money:
        code = currency_code(cell, self.format, self.setting.currency) or self.setting.currency
        if not is_currency(code):
            raise BadCell("bad-currency", _("'{text}' is not a currency code").format(text=code[:20]))
        return self._moneys.get(code) or self._moneys.setdefault(code, Money(code, self.layout, self._headers))

    def ordered_at_from_id(self, number: str) -> int:
        """When an order was placed, for formats whose numbers tell.

        Raises:
            BadCell: `missing-value`.
        """
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
        who = of_buyer_id(cell, self.setting.salt)
        if who is None:
            return "", ""
        return (ADDRESS + who.value if who.kind == "email" else who.value), who.display

    def _read_email(self, cell: str) -> tuple[str, str]:
        who = of_email(cell, self.setting.salt)
        return (who.value, who.display) if who else ("", "")

    def states_order(self, cells: list[str]) -> bool:
        """Whether a row says anything of its order itself."""
        return any(cells[i] for i in self.order_places)

    def contradicts(self, first: list[str], cells: list[str]) -> bool:
        """Whether two rows of an order say different things of it; where one of them says nothing they do not."""
        return any(cells[i] and first[i] and cells[i] != first[i] for i in self.order_places)

    def _line_reader(self) -> Callable[[list[str], str], LineFacts | None]:
        """The function `line`: the line a row describes; None if it describes none.

        Raises:
            BadCell: a cell cannot be read.
        """
        source = line_source({name: self.place(name) for name in LINE_FIELDS}, summed_up=self.layout.summary)
        names = {
            "new_tuple": new_tuple, "LineFacts": LineFacts, "ids": self._line_ids, "skus": self._skus, "texts": self._texts,
            "quantities": self._quantities, "money_of": self._money_of,
        }  # fmt: skip
        return compiled(source, names)


def currency_code(cell: str, known: Format, likely: str = "") -> str:
    """The currency that a cell of a format's currency column names, `likely` if its mark may mean that; empty if it names
    none, and what stands there where that is no currency.
    """
    if is_currency(cell):
        return cell
    if known.layout.marked:
        return marked_currency(cell, likely, known.currency)
    if known.layout.currencies:
        return next((code for text, code in known.layout.currencies if text in cell), "")
    text = bare(cell)
    code = text.upper()
    return code if is_currency(code) else marked_currency(text, likely) or code


def _remainder(total: int | None, adjusted: int | None) -> int | None:
    """What went back, from the total and what is left of it; a left-over of nothing means there was no adjustment."""
    return total - adjusted if total is not None and adjusted and adjusted < total else None


def _if_in_currency(read: Callable[[str], int | None]) -> Callable[[str], int | None]:
    """A reader that leaves out amounts in another currency (Magento: the shop's own) than the one of the order's total."""

    def found(cell: str) -> int | None:
        try:
            return read(cell)
        except BadCell as problem:
            if problem.code != "bad-currency":
                raise
            return None

    return found


def _nobody(_cell: str) -> tuple[str, str]:
    return "", ""


def sku_of(cell: str) -> str | None:
    """A stock-keeping unit, without spreadsheet guards."""
    text = bare(cell)
    return text[:200] if text and text not in ERRORS else None
