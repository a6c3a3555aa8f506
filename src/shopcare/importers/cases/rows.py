"""A row of an after-sales export → what it says of a case."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from shopcare.domain.case_units import Item
from shopcare.domain.cases import CLOSED, WITH_MONEY, WITHOUT_MONEY
from shopcare.domain.money import is_currency
from shopcare.i18n import _
from shopcare.importers.formats.cases import AS_ASKED, FURTHER_WORDS, OUTCOME_AS_ASKED, Meaning, Vocabulary
from shopcare.importers.formats.catalog import normal, normal_word
from shopcare.importers.rows.tally import LISTED_WORDS
from shopcare.importers.text.sheet import Sheet
from shopcare.importers.values.cells import BadCell, Remembered, amount, bare, identifier, quantity, written
from shopcare.importers.values.times import Times

#: Texts are kept as reasons up to this many characters.
LONGEST_TEXT = 500

#: Fields of which any column with a known name will do, where the first one is blank.
SEVERAL_COLUMNS = ("applied_at", "closed_at", "refunded_at", "reason")


class CaseFacts(NamedTuple):
    """What one row says of a case. None: it does not say, or says it in a word nobody knows.

    `refunded_minor` is money that went back, given only under words that mean success; `freight_minor` the part of it that
    is freight. `currency` is empty in a row without any money. `seen_at` is the newest time the row knows (0 for none).
    `is_usual_kind`: the row does not say the kind, so the one its format usually means stands in.
    Units: minor units, epoch seconds, pieces.
    """

    external_id: str
    order_number: str
    kind: str | None
    standing: Meaning | None
    status_raw: str | None
    fault: str | None
    reason: str | None
    note: str | None
    currency: str
    amount_minor: int | None
    refunded_minor: int
    freight_minor: int
    applied_at: int | None
    closed_at: int | None
    refunded_at: int | None
    deadline_at: int | None
    item: Item
    quantity: int | None
    seen_at: int
    row_hash: int
    is_usual_kind: bool
    condition: str | None
    approval: str | None


class CaseReader:
    """Reads the rows of one after-sales file."""

    def __init__(self, sheet: Sheet, currency: str, times: Times, unmapped: dict[str, int]) -> None:
        """`unmapped`: takes the words that nobody knows, each with how often it came."""
        vocabulary = sheet.match.format.vocabulary
        assert vocabulary is not None, "only formats of cases come here"
        self._words: Vocabulary = vocabulary
        self._currency = currency
        self._times = times
        self._headers = sheet.match.headers
        self._unmapped = unmapped
        names = [normal(name) for name in sheet.header]
        self._at = {name: place for name, place in sheet.match.places.items() if place >= 0}
        self._sums = {
            name: [names.index(part) for part in parts if part in names]
            for name, parts in sheet.match.format.sums.items()
        }
        self._also = {
            name: [names.index(alias) for alias in sheet.match.format.columns[name] if alias in names]
            for name in SEVERAL_COLUMNS
            if name in self._at
        }
        self._amounts: dict[str, Remembered] = {}
        #: Rows that say that money went back, but not how much.
        self.without_amount = 0

    def places(self, *fields: str) -> list[int]:
        """The columns in which these fields stand."""
        found = [
            self._sums.get(name)
            or self._also.get(name)
            or [place for place in (self._at.get(name),) if place is not None]
            for name in fields
        ]
        return list(dict.fromkeys(place for places in found for place in places))

    def order_number(self, cells: list[str]) -> str:
        """The order the row is about.

        Raises:
            BadCell: `missing-order-id`, an id that cannot be read.
        """
        number = identifier(self._cell(cells, "order_id"))
        if not number:
            raise BadCell("missing-order-id", _("the row has no order number"))
        return number

    def case_id(self, cells: list[str]) -> str:
        """The platform's id of the case; made of other cells where a format allows that and the id is blank.

        Raises:
            BadCell: `missing-case-id`.
        """
        found = identifier(self._cell(cells, "case_id"))
        if not found and self._words.case_id_from:
            parts = [bare(self._cell(cells, name)) for name in self._words.case_id_from]
            found = "/".join(parts) if all(parts) else ""
        if not found:
            raise BadCell("missing-case-id", _("the row has no number of the case"))
        return found

    def read(self, cells: list[str], row_hash: int) -> CaseFacts:
        """What a row says.

        Raises:
            BadCell: an id, amount or time that cannot be read.
        """
        number, external_id = self.order_number(cells), self.case_id(cells)
        said = self._currency_of(cells)
        currency = said or self._currency
        said_kind, may_be_usual = self._kind(cells)
        kind = said_kind or (self._words.default_kind if may_be_usual else None)
        asked = self._sum(cells, "amount", currency)
        standing = self._standing(cells, kind)
        refunded, freight = self._refunded(cells, standing, currency, asked)
        applied_at, closed_at, refunded_at = (
            self._time(cells, name) for name in ("applied_at", "closed_at", "refunded_at")
        )
        known = [at for at in (applied_at, closed_at, refunded_at) if at is not None]
        return CaseFacts(
            external_id, number, kind, standing, written(self._cell(cells, "status")), self._fault(cells),
            self._text(cells, "reason", "reason_detail"),
            self._text(cells, "sku", "spec", "quantity", "condition", "approval", *FURTHER_WORDS),
            said if asked is None and not refunded else currency, asked or None, refunded, freight, applied_at, closed_at,
            refunded_at, self._deadline(cells), self._item(cells), self._pieces(cells),
            max([*known, *self._further_times(cells)], default=0), row_hash,
            may_be_usual, written(self._cell(cells, "condition")), written(self._cell(cells, "approval")),
        )  # fmt: skip

    def _cell(self, cells: list[str], name: str) -> str:
        place = self._at.get(name, -1)
        cell = cells[place] if place >= 0 else ""
        others = self._also.get(name, ())
        return cell if not others or bare(cell) else next((cells[at] for at in others if bare(cells[at])), cell)

    def _time(self, cells: list[str], name: str) -> int | None:
        try:
            return self._times.at(self._cell(cells, name))
        except BadCell as problem:
            raise problem.in_column(self._headers[name]) from problem

    def _deadline(self, cells: list[str]) -> int | None:
        """The platform's deadline; some write how long is left, which says nothing without the time of the export."""
        cell = self._cell(cells, "deadline")
        try:
            return self._times.at(cell)
        except BadCell:
            self._count_unmapped("deadline", bare(cell))
            return None

    def _item(self, cells: list[str]) -> Item:
        """What the row says the case is about."""
        return Item(
            identifier(self._cell(cells, "line_id")), bare(self._cell(cells, "sku"))[:LONGEST_TEXT],
            normal(bare(self._cell(cells, "title")))[:LONGEST_TEXT],
        )  # fmt: skip

    def _pieces(self, cells: list[str]) -> int | None:
        """How many pieces of it; None if the row does not say.

        Raises:
            BadCell: `bad-quantity`.
        """
        cell = self._cell(cells, "quantity")
        try:
            return quantity(cell) if bare(cell) else None
        except BadCell as problem:
            raise problem.in_column(self._headers["quantity"]) from problem

    def _currency_of(self, cells: list[str]) -> str:
        """The currency the row names; empty if it names none."""
        code = bare(self._cell(cells, "currency")).upper()
        if code and not is_currency(code):
            raise BadCell("bad-currency", _("'{text}' is not a currency code").format(text=code[:20]))
        return code

    def _money(self, cell: str, currency: str, column: str) -> int | None:
        key = f"{currency} {column}"
        reader = self._amounts.get(key)
        if reader is None:
            reader = self._amounts[key] = Remembered(amount(currency, column=self._headers.get(column, column)))
        found: int | None = reader[cell]
        return found

    def _sum(self, cells: list[str], name: str, currency: str) -> int | None:
        """An amount that stands in one column, or in several together."""
        places = self._sums.get(name) or ([self._at[name]] if name in self._at else [])
        parts = [part for place in places if (part := self._money(cells[place], currency, name)) is not None]
        return sum(parts) if parts else None

    def _kind(self, cells: list[str]) -> tuple[str | None, bool]:
        """What the buyer asks for, and whether the row leaves that open; a yes or no about goods coming back tells it where
        nothing else does.

        Of a business type only the words of other kinds count; the rest of them says nothing about the case.
        """
        for name in ("kind", "business", "goods_back"):
            word = bare(self._cell(cells, name))
            found = self._words.kinds.get(normal_word(word))
            if found is not None:
                return found, False
            if word and name != "business":
                self._count_unmapped("kind", word)
                return None, False
        return None, True

    def _standing(self, cells: list[str], kind: str | None) -> Meaning | None:
        for name in FURTHER_WORDS:
            word = bare(self._cell(cells, name))
            if word and normal_word(word) not in self._words.further[name]:
                self._count_unmapped(name, word)
        if self._words.always is not None:
            return self._words.always
        word = bare(self._cell(cells, "status"))
        found = self._words.status.get(normal_word(word))
        if found is None:
            self._count_unmapped("status", word)
            return None
        for rule in self._words.refine:
            if rule.applies_to(found) and normal_word(bare(self._cell(cells, rule.column))) in rule.words:
                found = rule.to
        if found.outcome == AS_ASKED:
            if kind is None:
                return None  # done, but nobody knows what; the kind is listed
            found = found._replace(outcome=OUTCOME_AS_ASKED[kind])
        return self._waiting(cells, found)

    def _waiting(self, cells: list[str], standing: Meaning) -> Meaning:
        word = bare(self._cell(cells, "waiting_on"))
        if not word or standing.stage == CLOSED:
            return standing
        found = self._words.waiting.get(normal_word(word))
        if found is None:
            self._count_unmapped("waiting_on", word)
            return standing
        return standing._replace(waiting_on=found)

    def _refunded(
        self, cells: list[str], standing: Meaning | None, currency: str, asked: int | None
    ) -> tuple[int, int]:
        """The money that went back and its freight part: only under an outcome that says so."""
        if standing is None or standing.outcome is None:
            return 0, 0
        if standing.outcome not in WITH_MONEY:
            return self._stated(cells, standing.outcome, currency)
        refunded = self._sum(cells, "refunded", currency)
        if refunded is None and "refunded" not in self._at and "refunded" not in self._sums:
            refunded = asked
        self.without_amount += refunded is None
        freight = self._money(self._cell(cells, "freight"), currency, "freight") or 0
        return refunded or 0, min(freight, refunded or 0)

    def _stated(self, cells: list[str], outcome: str, currency: str) -> tuple[int, int]:
        """The same under an outcome that does not say whether money went back: what is written, where the format means it.

        Raises:
            BadCell: `outcome-without-money`.
        """
        refunded = self._sum(cells, "refunded", currency) if self._words.refunded_stands else None
        if refunded and outcome in WITHOUT_MONEY:
            raise BadCell("outcome-without-money", _("the outcome {outcome} carries no refund").format(outcome=outcome))
        freight = self._money(self._cell(cells, "freight"), currency, "freight") or 0
        return refunded or 0, min(freight, refunded or 0)

    def _fault(self, cells: list[str]) -> str | None:
        word = bare(self._cell(cells, "fault"))
        found = self._words.faults.get(normal_word(word))
        if word and found is None:
            self._count_unmapped("fault", word)
        return found

    def _text(self, cells: list[str], *names: str) -> str | None:
        texts = [text for name in names if (text := written(self._cell(cells, name))) and bare(text)]
        return " · ".join(texts)[:LONGEST_TEXT] or None

    def _further_times(self, cells: list[str]) -> Iterator[int]:
        """Times that only tell how new a row is; an unreadable one tells nothing."""
        for place in self._sums.get("seen_at", ()):
            try:
                at = self._times.at(cells[place])
            except BadCell:
                continue
            if at is not None:
                yield at

    def _count_unmapped(self, field: str, word: str) -> None:
        counts = self._unmapped
        key = f"{field}: {word[:100]}"
        if key not in counts and len(counts) >= LISTED_WORDS:
            key = "…"
        counts[key] = counts.get(key, 0) + 1
