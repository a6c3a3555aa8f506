"""Alembic's entry: runs on the connection handed over by `store.schema`, never on one of its own."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

from shopcare.store import tables

assert tables.APPEND_ONLY, "importing the tables fills the metadata"


def run() -> None:
    """Run the migrations in one transaction."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=SQLModel.metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


run()
