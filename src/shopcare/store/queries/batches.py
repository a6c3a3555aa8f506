"""Import batches: what was imported, and the rows that could not be taken."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from shopcare.store.batches import Batch

_BATCH = (
    "SELECT b.id, b.shop_id, s.name, s.tz, b.kind, b.platform, b.format, b.file_name, b.file_sha256, b.encoding,"
    " b.header_line, b.row_count, b.new_count, b.changed_count, b.unchanged_count, b.rejected_count, b.skipped_count,"
    " b.exported_at, b.imported_at, b.undone_at, b.entry_mark, b.event_mark, b.refund_mark"
    " FROM import_batch AS b JOIN shop AS s ON s.id = b.shop_id WHERE b.id = ?"
)


def insert_batch(conn: sqlite3.Connection, row: dict[str, object]) -> int:
    """A batch whose counts are not known yet; its id."""
    names = ", ".join(row)
    cursor = conn.execute(f"INSERT INTO import_batch ({names}) VALUES ({', '.join(':' + name for name in row)})", row)
    assert cursor.lastrowid is not None
    conn.execute(
        """
        UPDATE import_batch SET
            entry_mark = (SELECT COALESCE(MAX(id), 0) FROM points_entry),
            event_mark = (SELECT COALESCE(MAX(id), 0) FROM case_event),
            refund_mark = (SELECT COALESCE(MAX(id), 0) FROM refund)
        WHERE id = :id
        """,
        {"id": cursor.lastrowid},
    )
    return cursor.lastrowid


def finish_batch(conn: sqlite3.Connection, batch_id: int, counts: dict[str, object]) -> None:
    """The counts of a batch, once known."""
    columns = ", ".join(f"{name} = :{name}" for name in counts)
    conn.execute(f"UPDATE import_batch SET {columns} WHERE id = :id", {**counts, "id": batch_id})


def batch_of_same_file(conn: sqlite3.Connection, shop_id: int, sha256: str, stamp: int, before: int) -> int | None:
    """The newest earlier batch of a shop with the same content of the same time (0: unknown) that was not undone."""
    row = conn.execute(
        "SELECT MAX(id) FROM import_batch WHERE shop_id = ? AND file_sha256 = ? AND COALESCE(exported_at, 0) = ?"
        " AND id < ? AND undone_at IS NULL",
        (shop_id, sha256, stamp, before),
    ).fetchone()
    return row[0] if row else None


def insert_rejects(conn: sqlite3.Connection, rows: Iterable[tuple[int, int, int, str, str]]) -> None:
    """Rejected rows: (shop, batch, line, code, message)."""
    conn.executemany("INSERT INTO import_reject (shop_id, batch_id, line, code, message) VALUES (?, ?, ?, ?, ?)", rows)


def batches(conn: sqlite3.Connection, limit: int, at: int | None = None) -> list[tuple[object, ...]]:
    """The newest batches first, of all or of those until an instant: id, time, shop, platform, format, file and counts."""
    return conn.execute(
        """
        SELECT b.id, b.imported_at, s.name, b.platform, b.format, b.file_name, b.row_count, b.new_count,
               b.changed_count, b.unchanged_count, b.rejected_count, b.skipped_count, b.exported_at,
               CASE WHEN :at IS NULL OR b.undone_at <= :at THEN b.undone_at END
        FROM import_batch AS b
        JOIN shop AS s ON s.id = b.shop_id
        WHERE :at IS NULL OR b.imported_at <= :at
        ORDER BY b.id DESC
        LIMIT :limit
        """,
        {"at": at, "limit": limit},
    ).fetchall()


def batch_by_id(conn: sqlite3.Connection, batch_id: int) -> Batch | None:
    """The batch of an id, or None."""
    row = conn.execute(_BATCH, (batch_id,)).fetchone()
    return Batch(*row) if row else None


def rejects_of(conn: sqlite3.Connection, batch_id: int) -> list[tuple[int, str, str]]:
    """The rejected rows of a batch: (line, code, message), by line."""
    return conn.execute(
        "SELECT line, code, message FROM import_reject WHERE batch_id = ? ORDER BY line, id", (batch_id,)
    ).fetchall()


def still_waiting(conn: sqlite3.Connection, batch_id: int) -> int:
    """How many of the orders that a batch noted as waiting are not there yet."""
    found = conn.execute(
        """
        SELECT COUNT(*) FROM import_before AS noted
        WHERE noted.batch_id = ? AND noted.subject = 'waiting'
        AND NOT EXISTS (SELECT 1 FROM orders WHERE orders.shop_id = noted.shop_id AND orders.number = noted.key)
        """,
        (batch_id,),
    ).fetchone()
    return int(found[0])
