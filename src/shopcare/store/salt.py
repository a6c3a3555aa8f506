"""The key under which this store hashes e-mail addresses."""

from __future__ import annotations

import sqlite3

from shopcare.domain.identity import SALT_KEY


def salt(conn: sqlite3.Connection) -> bytes:
    """The key, as bytes."""
    row = conn.execute("SELECT value FROM store_meta WHERE key = ?", (SALT_KEY,)).fetchone()
    assert row, "every store has its salt from the start"
    return bytes.fromhex(row[0])
