"""Our own numbers of new rows. A number is given once: people write it down, and logs name it, so it never comes back.

Numbers are given inside BEGIN IMMEDIATE, where nobody else can take the same one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

#: Begins the keys of `store_meta` under which the last numbers of tables stand whose rows were removed.
LAST_ID = "last_id."


def next_id(conn: sqlite3.Connection, table: str) -> int:
    """The id the next new row of a table gets: beyond all that stand there and all that ever stood there."""
    stands = conn.execute(f'SELECT COALESCE(MAX(id), 0) FROM "{table}"').fetchone()[0]
    return max(int(stands), _removed(conn, table)) + 1


def _removed(conn: sqlite3.Connection, table: str) -> int:
    row = conn.execute("SELECT value FROM store_meta WHERE key = ?", (LAST_ID + table,)).fetchone()
    return int(row[0]) if row else 0


def keep_last_ids(conn: sqlite3.Connection, tables: Iterable[str]) -> None:
    """Note the last numbers of tables before rows of them are removed."""
    conn.executemany(
        "INSERT INTO store_meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        [(LAST_ID + table, str(next_id(conn, table) - 1)) for table in tables],
    )
