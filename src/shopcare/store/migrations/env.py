"""Alembic's entry: runs on the connection handed over by `store.schema`, never on one of its own."""

from __future__ import annotations

from alembic import context

from shopcare.store.tables import every_table


def run() -> None:
    """Run the migrations in one transaction."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=every_table(), transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


run()
