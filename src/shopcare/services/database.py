"""The store as a file: migration and checks."""

from __future__ import annotations

from shopcare.domain.report import Block, Column, Report, Row
from shopcare.services.context import Context


def migrate(ctx: Context) -> Report:
    """Migrate the store to this program's schema.

    Raises:
        StoreMissing, StoreForeign, StoreNewer.
    """
    from shopcare.store import schema

    found, now, copy = schema.migrate(ctx.store)
    columns = (Column("store", "Store", "id"), Column("found", "Schema found", "id"), Column("schema", "Schema now", "id"),
               Column("copy", "Copy kept", "id"))  # fmt: skip
    row: Row = (str(ctx.store), found, now, str(copy) if copy else None)
    return Report(
        "shopcare.db.migrate/1", "Migration", [Block("migration", "", columns, [row], layout="record")], listing=True
    )


def check(ctx: Context) -> tuple[Report, bool]:
    """Check the file's structure and references; the report, and whether everything is sound."""
    from shopcare.store.engine import reading

    with reading(ctx.store) as conn:
        structure = [str(row[0]) for row in conn.execute("PRAGMA integrity_check")]
        dangling = [
            f"{table}: row {row} → {parent}" for table, row, parent, _n in conn.execute("PRAGMA foreign_key_check")
        ]
        tables = [
            str(row[0])
            for row in conn.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY 1"
            )
        ]
        counts: list[Row] = [
            (name, int(conn.execute(f'SELECT COUNT(*) FROM "{name}"').fetchone()[0])) for name in tables
        ]
    findings: list[Row] = [(text,) for text in [*structure, *dangling] if text != "ok"]
    blocks = [
        Block("findings", "Findings", (Column("finding", "Finding"),), findings),
        Block("tables", "Tables", (Column("table", "Table", "id"), Column("rows", "Rows", "int")), counts),
    ]
    return Report("shopcare.db.check/1", "Store check", blocks, facts={"ok": not findings}), not findings
