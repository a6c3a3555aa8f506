"""The audit trail: one row per command that wrote."""

from __future__ import annotations

import sqlite3


def record(conn: sqlite3.Connection, *, at: int, actor: str, command: str, subject: str = "", detail: str = "") -> None:
    """Note who ran a writing command, in the command's own transaction."""
    conn.execute(
        "INSERT INTO audit (at, actor, command, subject, detail) VALUES (:at, :actor, :command, :subject, :detail)",
        {"at": at, "actor": actor, "command": command, "subject": subject, "detail": detail},
    )
