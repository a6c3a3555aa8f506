"""What every reading command returns: data with names, kinds and definitions, and no idea of colours or widths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal, NamedTuple

Value = str | int | float | bool | None
Row = tuple[Value, ...]

#: The empty mapping, shared.
NOTHING: Mapping[str, Value] = MappingProxyType({})

Kind = Literal["text", "id", "int", "number", "money", "rate", "day", "month", "instant", "bool", "code"]
Layout = Literal["table", "record", "cohorts"]


class Column(NamedTuple):
    """One column: `key` is the stable JSON name, `label` an English message id for people.

    Kinds and the raw value they expect: `money` integer minor units under a key ending in `_minor` (currency from the row's
    `currency` column, else the block's), `rate` 0 to 1, `day` a day number, `month` a month index, `instant` epoch seconds,
    `code` a stable word that people see translated, `id` text that is never cut or wrapped. None is "cannot be known" in
    every kind.
    """

    key: str
    label: str
    kind: Kind = "text"

    @property
    def name(self) -> str:
        """The column's name where amounts are written in major units (tsv, csv): `net_minor` is called `net` there."""
        return self.key.removesuffix("_minor") if self.kind == "money" else self.key


class Block(NamedTuple):
    """One table of a report.

    Shape: every row has one value per column, in column order. `definition` is the stable id of what the numbers mean.
    Columns in `aside` are left out of tables for people, unless asked for by name; programs always get them.
    A block whose columns all stand aside is not drawn. Columns in `yielding` give way, first one first, in a table that is
    wider than the terminal. `names` says what people read instead of code words that are settings (tiers), in their language.
    """

    id: str
    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    definition: str = ""
    layout: Layout = "table"
    note: str = ""
    currency: str = ""
    hidden: frozenset[str] = frozenset()
    aside: frozenset[str] = frozenset()
    yielding: tuple[str, ...] = ()
    names: Mapping[str, Value] = NOTHING

    @property
    def shown(self) -> list[tuple[int, Column]]:
        """The columns to print, with their place in a row: `hidden` ones are kept for what they say about others."""
        return [(place, column) for place, column in enumerate(self.columns) if column.key not in self.hidden]

    @property
    def drawn(self) -> list[tuple[int, Column]]:
        """The columns people see: those shown, less those that stand aside."""
        return [(place, column) for place, column in self.shown if column.key not in self.aside]


class Message(NamedTuple):
    """A sentence for people: an English message id and what fills its blanks."""

    text: str
    values: Mapping[str, object] = NOTHING

    def __str__(self) -> str:
        return self.text.format_map(self.values) if self.values else self.text


class Report(NamedTuple):
    """Everything a reading command prints.

    `schema` is the stable name and version of the JSON form; `facts` are its top-level keys beside schema, blocks and
    warnings (as_of, timezone, currency ...). `listing` says the report is one plain list: its JSON form has `rows` at the
    top instead of `blocks`.
    """

    schema: str
    title: str
    blocks: Sequence[Block]
    facts: Mapping[str, Value] = NOTHING
    warnings: Sequence[Message] = ()
    listing: bool = False
    timezone: str = "UTC"
