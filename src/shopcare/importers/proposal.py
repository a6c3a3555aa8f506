"""A file no format knows → which of its columns is which field: by the names formats use, then by how its cells look."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from shopcare.i18n import N_
from shopcare.importers import opening
from shopcare.importers.case_proposal import case_status_words, case_words
from shopcare.importers.formats.catalog import FIELDS, Format, known_formats, normal, normal_word, shipped_formats
from shopcare.importers.formats.layout import Layout
from shopcare.importers.refusals import UnknownFormatError
from shopcare.importers.text.sheet import Sheet
from shopcare.importers.values.cells import BadCell, bare
from shopcare.importers.values.dates import DateOrderNeeded
from shopcare.importers.values.times import Times

#: Rows looked at for the shape of values, and the share of filled cells that must have it.
SAMPLED_ROWS = 200
SHAPED = 0.9

#: What a file no format knows may be in.
ENCODINGS = ("utf-8", "gbk", "cp1252")

BY_NAME, BY_VALUES, BY_OPERATOR = N_("name"), N_("values"), N_("operator")

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+").fullmatch
_MONEY = re.compile(r"-?[^\w\s-]{0,2}\s?(?:[A-Z]{3}\s?)?[0-9][0-9.,]*(?:\s?(?:元|[A-Z]{3}|[^\w\s]))?").fullmatch
_COUNT = re.compile(r"[0-9]{1,5}(?:\.0+)?").fullmatch
_RATING = re.compile(r"[1-5](?:\.0+)?(?:/5|星)?|★{1,5}☆*").fullmatch

#: Field → the shape of its values; fields that are not named here hold any text.
SHAPES: Mapping[str, str] = {
    "email": "email", "status": "status", "rating": "rating", "score": "count", "scale_max": "count", "quantity": "count",
    **dict.fromkeys(("paid", "refunded", "freight", "discount", "unit_price", "total", "amount"), "money"),
    **dict.fromkeys(
        (
            "ordered_at", "paid_at", "shipped_at", "completed_at", "reviewed_at", "replied_at", "answered_at",
            "happened_at", "applied_at", "closed_at", "refunded_at",
        ),
        "date",
    ),
}  # fmt: skip
#: Fields that are guessed from values alone, when nothing has their name: the ones a file of its kind cannot do without, and
#: who it is about. An id is a column whose values never repeat.
ID_FIELDS = frozenset({"order_id", "customer_id", "case_id"})


class Choice(NamedTuple):
    """One field of a proposal: the column that holds it (empty for none), and how that was found."""

    field: str
    column: str
    is_required: bool
    found_by: str
    sample: str


class Proposal(NamedTuple):
    """A mapping of a file. `header` are its column names as written, `words` the status words seen in it with their meaning.

    `case_words` are those of an after-sales file, by the section of a format file.
    """

    kind: str
    header: tuple[str, ...]
    choices: tuple[Choice, ...]
    words: Mapping[str, str]
    case_words: Mapping[str, Mapping[str, str]] = {}

    @property
    def missing(self) -> tuple[str, ...]:
        """Required fields without a column."""
        return tuple(choice.field for choice in self.choices if choice.is_required and not choice.column)

    @property
    def columns(self) -> dict[str, str]:
        """Field → column, of the fields that have one."""
        return {choice.field: choice.column for choice in self.choices if choice.column}


class Table(NamedTuple):
    """The header of a file and some of its rows."""

    header: tuple[str, ...]
    rows: Sequence[Sequence[str]]

    def cells(self, column: str) -> list[str]:
        """The filled cells of a column."""
        if not column:
            return []
        place = self.header.index(column)
        return [text for row in self.rows if place < len(row) and (text := bare(row[place]))]


def read_table(name: str) -> Table:
    """The first rows of a table in any container, encoding and dialect; its header is the first line with most cells.

    Raises:
        ImportRefusalError: one of its kinds says why it cannot be read.
    """
    header = _header(name)
    names = tuple(dict.fromkeys(text for text in map(normal, header) if text))
    anything = Format(
        "new", name, "generic", "new", required=names, columns={text: (text,) for text in names}, known=frozenset(names),
        layout=Layout(encodings=ENCODINGS),
    )  # fmt: skip
    sheet: Sheet = opening.open_file(name, (anything,))
    return Table(
        tuple(cell.strip() for cell in sheet.header), [row[1] for row in islice(sheet.rows(), SAMPLED_ROWS) if row[1]]
    )


def _header(name: str) -> list[str]:
    try:
        opening.open_file(name, ())
    except UnknownFormatError as unknown:
        cells = unknown.context["cells"]
        assert isinstance(cells, list)
        return [str(cell) for cell in cells]
    raise AssertionError("without formats nothing is recognised")


def kind_of(table: Table) -> str:
    """The kind of export a table is most likely: none of its required fields is missing, and most columns are found."""

    def score(kind: str) -> tuple[bool, int, bool]:
        found = propose(table, kind, {})
        return not found.missing, len(found.columns), kind == "orders"

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
    """Column name as compared → the fields it stands for in any format of this kind, the commonest first."""
    found: dict[str, Counter[str]] = {}
    related = {"orders": ("orders", "lines")}.get(kind, (kind,))
    wanted = set(fields_of(kind))
    for known in known_formats():
        if known.kind in related:
            for field, names in known.columns.items():
                for name in (*names, field) if field in wanted else ():
                    found.setdefault(normal_word(name), Counter())[field] += 1
    return {name: tuple(field for field, _count in counts.most_common()) for name, counts in found.items()}


def propose(table: Table, kind: str, own: Mapping[str, str]) -> Proposal:
    """A mapping of a table to the fields of a kind; `own` are the columns the operator has named.

    A name counts only if the cells below it look like the field's; a field nothing is named like takes the one column left
    over whose cells do.
    """
    columns = dict(own)
    found_by = dict.fromkeys(own, BY_OPERATOR)
    for find, how in ((_by_name, BY_NAME), (_by_values, BY_VALUES)):
        for field, column in find(table, kind, columns):
            columns[field] = column
            found_by[field] = how
    required = generic(kind).required
    choices = tuple(
        Choice(
            field, columns.get(field, ""), field in required, found_by.get(field, ""), _sample(table, field, columns)
        )
        for field in fields_of(kind)
    )
    of_cases = case_words(table.cells, columns) if kind == "cases" else {}
    return Proposal(kind, table.header, choices, _words(table, kind, columns), of_cases)


def _by_name(table: Table, kind: str, taken: Mapping[str, str]) -> list[tuple[str, str]]:
    known, found = aliases(kind), dict(taken)
    for column in table.header:
        if column and column not in found.values():
            for field in known.get(normal_word(column), ()):
                shape = _shape(kind, field)
                if field in found or not _fits(table, column, shape):
                    continue
                if (
                    shape or kind != "orders" or not _fits(table, column, "status")
                ):  # a `State` of "paid" is no province
                    found[field] = column
                    break
    return [(field, column) for field, column in found.items() if field not in taken]


def _by_values(table: Table, kind: str, taken: Mapping[str, str]) -> list[tuple[str, str]]:
    found = dict(taken)
    wanted = [field for field in (*generic(kind).required, "email", "status") if field in fields_of(kind)]
    for field in wanted:
        if field in found or (field == "email" and "customer_id" in found and kind != "customers"):
            continue
        shape = "id" if field in ID_FIELDS else _shape(kind, field)
        left = [column for column in table.header if column and column not in found.values()]
        fitting = [column for column in left if shape and table.cells(column) and _fits(table, column, shape)]
        if len(fitting) == 1 or (fitting and field in generic(kind).required):
            found[field] = fitting[0]
    return [(field, column) for field, column in found.items() if field not in taken]


def _shape(kind: str, field: str) -> str:
    return "case_status" if (kind, field) == ("cases", "status") else SHAPES.get(field, "")


def _fits(table: Table, column: str, shape: str) -> bool:
    """Whether the filled cells of a column look like a shape; an empty column may be anything."""
    cells = table.cells(column)
    if not shape or not cells:
        return True
    if shape == "id":
        return len(set(cells)) == len(cells) and not _fits(table, column, "date") and not any(map(_EMAIL, cells))
    return sum(1 for cell in cells if _LOOKS[shape](cell)) >= SHAPED * len(cells)


_TIMES = Times("UTC", "UTC")
_DATE_IN_DIGITS = re.compile(r"[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2,4}(?:\s.*)?").fullmatch


def _is_date(cell: str) -> bool:
    if _DATE_IN_DIGITS(cell):
        return True
    if cell.replace(".", "", 1).isdigit():
        return False  # a spreadsheet's day number looks like any id
    try:
        return _TIMES.at(cell) is not None
    except DateOrderNeeded:
        return True
    except BadCell:
        return False


@lru_cache(maxsize=1)
def _status_words() -> frozenset[str]:
    return frozenset(word for known in shipped_formats() for word in known.status if word)


_LOOKS: Mapping[str, Callable[[str], object]] = {
    "email": lambda cell: _EMAIL(cell) or "*" in cell, "money": _MONEY, "count": _COUNT, "rating": _RATING, "date": _is_date,
    "status": lambda cell: normal_word(cell) in _status_words(),
    "case_status": lambda cell: normal_word(cell) in case_status_words(),
}  # fmt: skip


def _sample(table: Table, field: str, columns: Mapping[str, str]) -> str:
    """A value as it stands in the file; of addresses and ids of people none is shown."""
    if field not in columns or field in ("email", "customer_id"):
        return ""
    return next(iter(table.cells(columns[field])), "")[:40]


def _words(table: Table, kind: str, columns: Mapping[str, str]) -> dict[str, str]:
    """The status words of an order file that every shipped format that knows them understands alike."""
    if kind != "orders" or "status" not in columns:
        return {}
    meanings: dict[str, set[str]] = {}
    for known in known_formats():
        for word, meaning in known.status.items():
            meanings.setdefault(word, set()).add(meaning)
    own = dict(generic(kind).status)
    for cell in table.cells(columns["status"]):
        word = normal_word(cell)
        if word not in own and len(meanings.get(word, ())) == 1:
            own[word] = next(iter(meanings[word]))
    return own
