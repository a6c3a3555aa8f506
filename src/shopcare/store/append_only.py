"""Booked facts: tables whose rows the database itself refuses to change."""

from __future__ import annotations

#: Tables whose rows are booked facts: a correction is a new row. The value is the condition under which a row is one.
APPEND_ONLY = {
    "customer_merge": "",
    "case_event": "",
    "tier_assignment": "",
    "points_entry": "",
    "points_lot": "",
    "points_allocation": "",
    "audit": "",
    "refund": "OLD.source = 'case'",
}

#: Of these, rows that an import brought go when their batch has been marked as undone.
UNDOABLE = frozenset({"case_event", "refund"})
_NOT_UNDONE = "NOT EXISTS (SELECT 1 FROM import_batch WHERE id = OLD.batch_id AND undone_at IS NOT NULL)"


def trigger_ddl() -> list[str]:
    """The statements that make the database itself refuse UPDATE and DELETE on booked facts (SQLite)."""
    return [
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} {_when(table, verb)} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for table in APPEND_ONLY
        for verb in ("UPDATE", "DELETE")
    ]


def _when(table: str, verb: str) -> str:
    """The condition under which a trigger refuses; empty for always."""
    undoable = verb == "DELETE" and table in UNDOABLE
    conditions = [part for part in (APPEND_ONLY[table], _NOT_UNDONE if undoable else "") if part]
    return "WHEN " + " AND ".join(conditions) if conditions else ""
