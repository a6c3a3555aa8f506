"""What an export format is beside its columns: how its file, its rows, its money and its dates are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Variant:
    """Shops of one country, told by columns that only their exports have."""

    when: tuple[str, ...]
    currency: str
    zone: str


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything that most formats leave as it is.

    File: `encodings` are tried in this order for a file without a mark; `quotes` says whether a TAB-separated file quotes
    cells; `id_prefix` is what may stand before an order's number; `description` that a row of explanations may follow the
    header; `least_cells` that rows with fewer filled cells are furniture.

    Rows: `combined` rows together make up an order; of its cells, `once` fields stand on every row, `added` ones are added
    up. `first_row`: an order's own cells stand on its first row only. `repeats`: an equal row is never a second piece, also
    without a line id. `either_grain`: a row may also be a whole order. `continued`: a row without an order number belongs
    to the order above. `summary`: a row without an item carries the order's own cells. `reversed`: words of the field
    `row_kind` for rows that take money back. `prefixes`: what a status word becomes by how it begins.

    Money: `decimal` is `point`, `comma`, or `none` (points group thousands, there are no decimals). `fixed`: the format's
    currency is its own, whatever the shop's is. `currencies`: texts in the currency column, and what they mean;
    `marked` if that column is an amount whose mark tells. `lines_pay`: without a paid column the lines' amounts are what was
    paid. `discounts_negative`: only negative amounts are discounts. `time_proves_payment`: the paid column also states what
    was never paid; a closed order without a time of payment was not. `closed_went_back`: a closed order that was paid went
    back whole, unless it says how much (0 says nothing). `refund_words`: words of the field `aftersale` under which an
    amount was refunded; it is also written for other claims. `paid_stands`: what the paid column states was paid, whatever
    the status. `unpriced`: a row may have no amount at all and then adds nothing. `taxes` are columns that count only in
    currencies of `untaxed_prices`; elsewhere prices have them in.

    Dates: `order` of day and month in all-digit dates, `dmy`, `mdy` or `ymd`, where the whole column does not show it.
    """

    encodings: tuple[str, ...] = ("utf-8", "gbk")
    quotes: bool = True
    id_prefix: str = ""
    description: bool = False
    least_cells: int = 0
    combined: bool = False
    once: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    first_row: bool = False
    repeats: bool = False
    either_grain: bool = False
    continued: bool = False
    summary: bool = False
    reversed: tuple[str, ...] = ()
    prefixes: tuple[tuple[str, str], ...] = ()
    decimal: str = "point"
    fixed: bool = False
    marked: bool = False
    currency_in_header: bool = False
    lines_pay: bool = False
    discounts_negative: bool = False
    time_proves_payment: bool = False
    closed_went_back: bool = False
    refund_words: tuple[str, ...] = ()
    paid_stands: bool = False
    unpriced: bool = False
    taxes: tuple[str, ...] = ()
    untaxed_prices: frozenset[str] = frozenset()
    order: str = ""
    currencies: tuple[tuple[str, str], ...] = ()
    zones: Mapping[str, str] = field(default_factory=dict)
    variants: tuple[Variant, ...] = ()

    @property
    def spread(self) -> bool:
        """Whether an order's money is spread over its rows, so that one of them alone does not state it."""
        return self.combined and bool(self.added or self.summary or self.reversed or self.lines_pay)
