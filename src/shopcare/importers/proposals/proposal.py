"""A file no format knows → which of its columns is which field: by the names formats use, then by how its cells look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from shopcare.i18n import N_
from shopcare.importers.formats.catalog import FIELDS, Format, known_formats, normal_word
from shopcare.importers.proposals.case_words import case_words, explained
from shopcare.importers.proposals.column_shapes import (
    CASE_STATUS,
    ID,
    SAYS_STATUS,
    STATUS,
    WORD,
    candidates,
    fits,
    shape_of,
)
from shopcare.importers.proposals.unknown_table import Table

BY_NAME, BY_VALUES, BY_OPERATOR = N_("name"), N_("values"), N_("operator")


#: Names that tables of one's own give to the columns of orders, beside those of platforms' exports.
EVERYDAY_NAMES: Mapping[str, tuple[str, ...]] = {
    "customer_id": (
        "会员", "会员号", "会员编号", "客户号", "客户编号", "买家账号", "customer no", "customer no.", "customer number",
        "member no", "member id", "buyer id", "kundennummer", "kundennr", "kunden-nr.",
    ),
    "email": ("mail", "email address", "e-mail-adresse", "电子邮箱", "邮箱地址"),
    "title": ("货品", "货品名称", "品名", "产品", "产品名称", "product", "article", "artikel"),
    "sku": ("货品编号", "商品编码", "产品编号", "product code", "item no", "artikelnummer", "artikelnr"),
    "quantity": ("件数", "购买件数", "menge", "pcs", "pieces", "units"),
    "unit_price": ("单价", "unit price", "einzelpreis", "stückpreis"),
    "currency": ("币种", "货币", "währung"),
    "freight": ("邮费", "shipping cost", "shipping fee", "freight cost", "versand", "versandkosten"),
    "discount": ("优惠", "优惠金额", "折扣", "rabatt"),
    "refunded": ("退款", "已退款", "已退金额", "refund", "refund amount", "erstattet"),
    "paid_at": ("付款时间", "付款日期", "支付日期", "paid on", "payment date", "bezahlt am"),
    "shipped_at": ("发货日期", "shipped on", "ship date", "date of shipping", "versandt am"),
    "completed_at": ("完成时间", "收货时间", "completed on", "completion date"),
}  # fmt: skip


class Choice(NamedTuple):
    """One field of a proposal: the column that holds it (empty for none), and how that was found."""

    field: str
    column: str
    is_required: bool
    found_by: str
    sample: str


class Words(NamedTuple):
    """The words of a file's own: `meanings` of those that all formats understand alike or the operator explained, by the
    section of a format file, and the `unknown` ones by the field they stand in, with how often they come.
    """

    meanings: Mapping[str, Mapping[str, str]]
    unknown: Mapping[str, Mapping[str, int]]


class Proposal(NamedTuple):
    """A mapping of a file. `header` are its column names as compared, `open` the columns that may be a required field of
    which nothing tells which it is, `known` the format that knows the file already, empty for none. `header_line` is where
    the names stand.
    """

    kind: str
    header: tuple[str, ...]
    choices: tuple[Choice, ...]
    words: Words
    open: Mapping[str, Sequence[str]]
    known: str = ""
    header_line: int = 1

    @property
    def missing(self) -> tuple[str, ...]:
        """Required fields without a column."""
        return tuple(choice.field for choice in self.choices if choice.is_required and not choice.column)

    @property
    def columns(self) -> dict[str, str]:
        """Field → column, of the fields that have one."""
        return {choice.field: choice.column for choice in self.choices if choice.column}

    @property
    def disputed(self) -> tuple[str, ...]:
        """Names of several columns, of which one is called a status or may be what is missing."""
        decided = any(choice.field == "status" and choice.found_by for choice in self.choices)
        twice = dict.fromkeys(name for name in self.header if name and self.header.count(name) > 1)
        return tuple(name for name in twice if self.missing or (not decided and SAYS_STATUS(normal_word(name))))

    @property
    def unknown_statuses(self) -> Mapping[str, int]:
        """The status words without a meaning, with how often they come, the commonest first."""
        return self.words.unknown.get("status", {})


def kind_of(table: Table) -> str:
    """The kind of export a table is most likely: most columns are found, by their names above all, and nothing is missing."""

    def score(kind: str) -> tuple[int, bool]:
        columns, found_by, left_open = _found(table, kind, {})
        missing = set(generic(kind).required).difference(columns, left_open)
        named = sum(1 for how in found_by.values() if how == BY_NAME)
        return len(columns) + named + len(left_open) - 3 * len(missing), kind == "orders"

    return max(kinds(), key=score)


def kinds() -> tuple[str, ...]:
    """The kinds of export that have a generic format."""
    return tuple(known.kind for known in known_formats() if known.name == f"generic-{known.kind}")


def generic(kind: str) -> Format:
    """The generic format of a kind."""
    return next(known for known in known_formats() if known.name == f"generic-{kind}")


def fields_of(kind: str) -> tuple[str, ...]:
    """The fields a format of one's own may have, required ones first."""
    own = generic(kind)
    extra = ("email",) if kind == "orders" else ()
    listed = [*own.required, *own.columns, *extra]
    return tuple(dict.fromkeys(field for field in listed if field in FIELDS[kind]))


def aliases(kind: str) -> dict[str, tuple[str, ...]]:
    """Column name as compared → the fields it stands for in any format of this kind or every day, the commonest first."""
    found: dict[str, Counter[str]] = {}
    related = {"orders": ("orders", "lines")}.get(kind, (kind,))
    wanted = set(fields_of(kind))
    for known in known_formats():
        if known.kind in related:
            for field, names in known.columns.items():
                for name in (*names, field) if field in wanted else ():
                    found.setdefault(normal_word(name), Counter())[field] += 1
    for field in wanted if kind == "orders" else wanted & {"customer_id", "email"}:
        for name in EVERYDAY_NAMES.get(field, ()):
            found.setdefault(name, Counter({field: 1}))
    return {name: tuple(field for field, _count in counts.most_common()) for name, counts in found.items()}


def propose(table: Table, kind: str, own: Mapping[str, str], meanings: Mapping[str, str] | None = None) -> Proposal:
    """A mapping of a table to the fields of a kind; `own` are the columns the operator has named, `meanings` what status
    words mean.

    A name counts only if the cells below it look like the field's, but what is called a status is one, whatever its words;
    a field nothing is named like takes the column left over whose cells do.
    """
    columns, found_by, left_open = _found(table, kind, own)
    required = generic(kind).required
    choices = tuple(
        Choice(
            field, columns.get(field, ""), field in required, found_by.get(field, ""), _sample(table, field, columns)
        )
        for field in fields_of(kind)
    )
    words = _words(table, kind, columns, {normal_word(word): to for word, to in (meanings or {}).items()})
    return Proposal(kind, table.header, choices, words, left_open, table.known, table.sheet.header_line)


def _found(
    table: Table, kind: str, own: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str], dict[str, list[str]]]:
    """Field → its column, how it was found, and for a required field the columns that may be it."""
    columns, found_by = dict(own), dict.fromkeys(own, BY_OPERATOR)
    for find in (_status_by_name, _by_name):
        for field, column in find(table, kind, columns).items():
            columns[field], found_by[field] = column, BY_NAME
    left_open: dict[str, list[str]] = {}
    for field in _found_by_values(kind, columns):
        free = [column for column in table.columns if column not in columns.values()]
        likely = candidates(table, field, shape_of(kind, field), free)
        if len(likely) == 1:
            columns[field], found_by[field] = likely[0], BY_VALUES
        elif likely and field in generic(kind).required:
            left_open[field] = likely
    return columns, found_by, left_open


def _status_by_name(table: Table, kind: str, taken: Mapping[str, str]) -> dict[str, str]:
    """The column that is called a status; of several the one called so in other formats, then the one most is known of."""
    if "status" in taken or "status" not in fields_of(kind):
        return {}
    known, shape = aliases(kind), shape_of(kind, "status")

    def rank(column: str) -> tuple[bool, bool, bool]:
        half_known = bool(table.cells(column)) and fits(table, column, shape, 0.5)
        return half_known, known.get(normal_word(column)) == ("status",), fits(table, column, shape)

    called = [
        column
        for column in table.columns
        if column not in taken.values()
        and (known.get(normal_word(column)) == ("status",) or SAYS_STATUS(normal_word(column)))
        and fits(table, column, WORD)
    ]
    return {"status": max(called, key=rank)} if called else {}


def _by_name(table: Table, kind: str, taken: Mapping[str, str]) -> dict[str, str]:
    known, found = aliases(kind), dict(taken)
    for column in table.columns:
        if column not in found.values():
            fields = known.get(normal_word(column), ())
            field = next(
                (each for each in fields if each not in found and _is_named(table, kind, column, each, fields)), ""
            )
            if field:
                found[field] = column
    return {field: column for field, column in found.items() if field not in taken}


def _is_named(table: Table, kind: str, column: str, field: str, fields: Sequence[str]) -> bool:
    """Whether the name of a column makes it a field; one that stands for several needs cells that look like this one."""
    shape = shape_of(kind, field)
    if field == "customer_id" and table.cells(column) and fits(table, column, "email"):
        return False  # an address is stored as a hash
    if shape in (ID, ""):
        # a `State` of "paid" is no province, and in `Name` may stand anything
        return len(fields) == 1 and not (kind == "orders" and table.cells(column) and fits(table, column, STATUS))
    return shape not in (STATUS, CASE_STATUS) and fits(table, column, shape)


def _found_by_values(kind: str, found: Mapping[str, str]) -> list[str]:
    """The fields that are guessed from cells alone, when nothing has their name: those a file of its kind cannot do without,
    and who it is about.
    """
    fields = [field for field in (*generic(kind).required, "email", "status") if field in fields_of(kind)]
    needless = "email" if "customer_id" in found and kind != "customers" else ""
    return [
        field for field in dict.fromkeys(fields) if field not in found and field != needless and shape_of(kind, field)
    ]


def _sample(table: Table, field: str, columns: Mapping[str, str]) -> str:
    """A value as it stands in the file; of addresses and ids of people none is shown."""
    if field not in columns or field in ("email", "customer_id"):
        return ""
    return next(iter(table.cells(columns[field])), "")[:40]


def _words(table: Table, kind: str, columns: Mapping[str, str], own: Mapping[str, str]) -> Words:
    if kind == "cases":
        return Words(*case_words(table.words, columns, own))
    if kind != "orders" or not columns.get("status"):
        return Words({}, {})
    shared: dict[str, set[str]] = {}
    for known in known_formats():
        for word, meaning in known.status.items():
            shared.setdefault(word, set()).add(meaning)
    meanings, unknown = explained(table.words(columns["status"]), {**generic(kind).status, **own}, shared)
    return Words({"status": meanings}, {"status": unknown})
