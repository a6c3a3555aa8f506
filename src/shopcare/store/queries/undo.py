"""What a batch brought and changed, and what stands on it since."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable


def keep_image(conn: sqlite3.Connection, batch_id: int, subject: str, key: str, shop_id: int, image: str) -> None:
    """Remember what a thing was before a batch; what it was first is what counts."""
    keep_images(conn, [(batch_id, subject, key, shop_id, image)])


def keep_images(conn: sqlite3.Connection, rows: Iterable[tuple[int, str, str, int, str]]) -> None:
    """Remember what things were before a batch: (batch, subject, key, shop, JSON)."""
    conn.executemany(
        "INSERT INTO import_before (batch_id, subject, key, shop_id, image) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        rows,
    )
