"""The kinds of columns that tables are made of."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Integer, Text, inspect, text
from sqlmodel import SQLModel

#: 64-bit where the engine tells the difference; plain INTEGER on SQLite, which only then makes it the row id.
BIG = BigInteger().with_variant(Integer(), "sqlite")


def one_of(column: str, words: tuple[str, ...], name: str) -> CheckConstraint:
    """The check that a column holds one of the words."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=name)


def row_id() -> Column[int]:
    """A surrogate key, given by the database."""
    return Column(BIG, primary_key=True, autoincrement=True)


def reference(target: type[SQLModel] | str, *, nullable: bool = False, primary_key: bool = False) -> Column[int]:
    """The id of a row of another table; of the same one, which does not exist yet, by its name."""
    column = target if isinstance(target, str) else inspect(target).local_table.c["id"]
    return Column(BIG, ForeignKey(column), nullable=nullable, primary_key=primary_key)


def integer(*, nullable: bool = False, default: str | None = None) -> Column[int]:
    """A whole number; `default` is what the database puts in."""
    return Column(BIG, nullable=nullable, server_default=text(default) if default is not None else None)


def string(*, nullable: bool = False, default: str | None = None) -> Column[str]:
    """A text; `default` is what the database puts in."""
    return Column(Text, nullable=nullable, server_default=text(f"'{default}'") if default is not None else None)
