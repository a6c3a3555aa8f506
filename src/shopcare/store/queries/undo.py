"""What a batch brought and changed, and what stands on it since."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from shopcare.store.batches import STATED, Batch


def keep_image(conn: sqlite3.Connection, batch_id: int, subject: str, key: str, shop_id: int, image: str) -> None:
    """Remember what a thing was before a batch; what it was first is what counts."""
    keep_images(conn, [(batch_id, subject, key, shop_id, image)])


def keep_images(conn: sqlite3.Connection, rows: Iterable[tuple[int, str, str, int, str]]) -> None:
    """Remember what things were before a batch: (batch, subject, key, shop, JSON)."""
    conn.executemany(
        "INSERT INTO import_before (batch_id, subject, key, shop_id, image) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        rows,
    )


def refused_reports(conn: sqlite3.Connection, shop_id: int) -> list[tuple[str, str, str]]:
    """Cases of a shop that cannot be linked to their order: (platform's id, order number, why)."""
    return conn.execute(
        "SELECT external_id, order_number, refused FROM case_report"
        " WHERE shop_id = ? AND case_id IS NULL AND refused <> '' ORDER BY external_id",
        (shop_id,),
    ).fetchall()


# --- what stands on a batch ------------------------------------------------------------------------------------------


def collect(conn: sqlite3.Connection, batch: Batch) -> None:
    """Put aside which orders and cases the batch brought, changed or gave cases to, for the questions below."""
    conn.execute("CREATE TEMP TABLE IF NOT EXISTS undo_order (id INTEGER PRIMARY KEY, is_new INTEGER)")
    conn.execute("CREATE TEMP TABLE IF NOT EXISTS undo_case (id INTEGER PRIMARY KEY)")
    conn.execute("DELETE FROM temp.undo_order")
    conn.execute("DELETE FROM temp.undo_case")
    conn.execute("INSERT INTO temp.undo_case SELECT DISTINCT case_id FROM case_event WHERE batch_id = ?", (batch.id,))
    conn.execute(
        "INSERT OR IGNORE INTO temp.undo_case SELECT r.case_id FROM case_report AS r WHERE r.case_id IS NOT NULL AND"
        " (r.first_batch_id = :b OR EXISTS (SELECT 1 FROM import_before AS i WHERE i.batch_id = :b AND i.subject = 'case'"
        " AND i.key = r.external_id AND i.shop_id = r.shop_id))",
        {"b": batch.id},
    )
    conn.execute("INSERT INTO temp.undo_order SELECT id, 1 FROM orders WHERE first_batch_id = ?", (batch.id,))
    conn.execute(
        "INSERT OR IGNORE INTO temp.undo_order SELECT CAST(key AS INTEGER), 0 FROM import_before"
        " WHERE batch_id = ? AND subject = 'order'",
        (batch.id,),
    )
    conn.execute(
        "INSERT OR IGNORE INTO temp.undo_order SELECT DISTINCT order_id, 0 FROM refund"
        " WHERE batch_id = ? AND source = 'case'",
        (batch.id,),
    )


def later_batches(conn: sqlite3.Connection, batch: Batch) -> list[int]:
    """Batches that changed the same orders, lines or cases afterwards."""
    rows = conn.execute(
        """
        SELECT i.batch_id FROM import_before AS i
        WHERE i.shop_id = :shop AND i.batch_id > :b AND (
              (i.subject = 'order' AND CAST(i.key AS INTEGER) IN (SELECT id FROM temp.undo_order))
           OR (i.subject <> 'order' AND EXISTS (
                 SELECT 1 FROM import_before AS own
                 WHERE own.batch_id = :b AND own.subject = i.subject AND own.key = i.key AND own.shop_id = i.shop_id))
           OR (i.subject = 'case' AND EXISTS (
                 SELECT 1 FROM case_report AS r
                 WHERE r.shop_id = i.shop_id AND r.external_id = i.key AND r.first_batch_id = :b)))
        UNION
        SELECT o.first_batch_id FROM orders AS o
        JOIN import_before AS own ON own.batch_id = :b AND own.subject = 'waiting' AND own.key = o.number
        WHERE o.shop_id = :shop AND o.first_batch_id > :b
        UNION
        SELECT e.batch_id FROM case_event AS e
        JOIN temp.undo_case AS c ON c.id = e.case_id
        WHERE e.batch_id > :b
        UNION
        SELECT e.batch_id FROM temp.undo_order AS u
        JOIN "case" AS a ON a.order_id = u.id
        JOIN case_event AS e ON e.case_id = a.id
        WHERE u.is_new = 1 AND e.batch_id > :b
        ORDER BY 1
        """,
        {"b": batch.id, "shop": batch.shop_id},
    )
    return [row[0] for row in rows]


def own_facts(conn: sqlite3.Connection, batch: Batch) -> list[str]:
    """Put aside what a later batch may have stated again: orders, or statements on cases; the kinds that state those."""
    conn.execute("CREATE TEMP TABLE IF NOT EXISTS undo_own (id INTEGER PRIMARY KEY)")
    conn.execute("DELETE FROM temp.undo_own")
    if batch.kind != "cases":
        conn.execute("INSERT INTO temp.undo_own SELECT id FROM temp.undo_order")
        return ["orders", "lines"]
    conn.execute(
        "INSERT INTO temp.undo_own SELECT r.id FROM case_report AS r WHERE r.first_batch_id = :b OR EXISTS (SELECT 1"
        " FROM import_before AS i WHERE i.batch_id = :b AND i.subject = 'case' AND i.key = r.external_id"
        " AND i.shop_id = r.shop_id)",
        {"b": batch.id},
    )
    return ["cases"]


def stating_batches(conn: sqlite3.Connection, batch: Batch, kinds: Iterable[str]) -> list[int]:
    """Batches of these kinds that stated again what was put aside, unchanged; what they say needs what it rests on."""
    conn.execute("CREATE TEMP TABLE IF NOT EXISTS undo_stated (batch_id INTEGER, first_id INTEGER, last_id INTEGER)")
    conn.execute("DELETE FROM temp.undo_stated")
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    rows = conn.execute(
        "SELECT i.batch_id, i.image FROM import_before AS i JOIN import_batch AS b ON b.id = i.batch_id"
        f" WHERE i.shop_id = ? AND i.subject = ? AND i.batch_id > ? AND b.kind IN ({listed})",
        (batch.shop_id, STATED, batch.id),
    )
    conn.executemany(
        "INSERT INTO temp.undo_stated VALUES (?, ?, ?)",
        ((number, first, last) for number, image in rows.fetchall() for first, last in json.loads(image)),
    )
    found = conn.execute(
        "SELECT DISTINCT s.batch_id FROM temp.undo_stated AS s"
        " WHERE EXISTS (SELECT 1 FROM temp.undo_own AS u WHERE u.id BETWEEN s.first_id AND s.last_id) ORDER BY 1"
    )
    return [row[0] for row in found]


def later_steps(conn: sqlite3.Connection, batch: Batch) -> list[int]:
    """Cases on which the desk acted after the batch: on its orders, or ones it brought."""
    rows = conn.execute(
        """
        SELECT DISTINCT a.id FROM "case" AS a
        JOIN case_event AS e ON e.case_id = a.id AND e.id > :mark AND e.batch_id IS NULL
        WHERE a.order_id IN (SELECT id FROM temp.undo_order) OR a.id IN (SELECT id FROM temp.undo_case)
        ORDER BY 1
        """,
        {"mark": batch.event_mark},
    )
    return [row[0] for row in rows]


def later_refunds(conn: sqlite3.Connection, batch: Batch) -> list[str]:
    """Orders of the batch with refunds booked afterwards by somebody else, by number."""
    rows = conn.execute(
        "SELECT DISTINCT o.number FROM refund AS r JOIN temp.undo_order AS u ON u.id = r.order_id"
        " JOIN orders AS o ON o.id = r.order_id"
        " WHERE r.id > :mark AND r.source = 'case' AND (r.batch_id IS NULL OR r.batch_id <> :b) ORDER BY 1",
        {"mark": batch.refund_mark, "b": batch.id},
    )
    return [row[0] for row in rows]


def later_points(conn: sqlite3.Connection, batch: Batch) -> list[str]:
    """Orders of the batch with points booked since, by number; points cannot be taken out of the ledger.

    Excludes: points taken back for the batch's own refunds, and given back since; undoing gives the former back.
    """
    rows = conn.execute(
        "SELECT DISTINCT o.number FROM points_entry AS e JOIN temp.undo_order AS u ON u.id = e.order_id"
        " JOIN orders AS o ON o.id = e.order_id WHERE e.id > :mark AND NOT EXISTS"
        " (SELECT 1 FROM refund AS r WHERE r.order_id = e.order_id AND r.batch_id = :b AND r.source = 'case'"
        "  AND e.kind = 'clawback' AND e.reason = 'refund ' || r.id) ORDER BY 1",
        {"mark": batch.entry_mark, "b": batch.id},
    )
    return [row[0] for row in rows]


def orders_with_cases(conn: sqlite3.Connection) -> list[int]:
    """Orders of the batch, or of its cases, that have cases."""
    rows = conn.execute(
        'SELECT a.order_id FROM temp.undo_order AS u JOIN "case" AS a ON a.order_id = u.id'
        ' UNION SELECT a.order_id FROM temp.undo_case AS u JOIN "case" AS a ON a.id = u.id'
    )
    return [row[0] for row in rows]


# --- taking it back --------------------------------------------------------------------------------------------------


def mark_undone(conn: sqlite3.Connection, batch_id: int, at: int) -> None:
    """From now on what the batch booked may be removed."""
    conn.execute("UPDATE import_batch SET undone_at = ? WHERE id = ?", (at, batch_id))


def images(conn: sqlite3.Connection, batch_id: int, subject: str) -> list[tuple[str, str]]:
    """What a batch changed, as it was before: (key, JSON)."""
    return conn.execute(
        "SELECT key, image FROM import_before WHERE batch_id = ? AND subject = ? ORDER BY key", (batch_id, subject)
    ).fetchall()


def drop_images(conn: sqlite3.Connection, batch_id: int) -> None:
    """Forget the images of a batch that was undone."""
    conn.execute("DELETE FROM import_before WHERE batch_id = ?", (batch_id,))


def orders_to_recount(conn: sqlite3.Connection, batch_id: int) -> list[int]:
    """Orders whose refunds read otherwise without the batch: it booked some, or listed or reported some that others booked."""
    rows = conn.execute(
        "SELECT order_id FROM refund WHERE batch_id = :b AND source = 'case'"
        " UNION SELECT r.order_id FROM refund AS r WHERE r.source = 'case' AND r.order_id IN"
        " (SELECT id FROM temp.undo_order WHERE is_new = 0"
        '  UNION SELECT a.order_id FROM temp.undo_case AS u JOIN "case" AS a ON a.id = u.id)',
        {"b": batch_id},
    )
    return [row[0] for row in rows]


def remove_case_facts(conn: sqlite3.Connection, batch_id: int) -> tuple[int, list[int]]:
    """Remove the listed refunds and the events of a batch: how many refunds, and which cases lost events."""
    refunds = conn.execute("DELETE FROM refund WHERE batch_id = ? AND source = 'case'", (batch_id,)).rowcount
    cases = [row[0] for row in conn.execute("SELECT id FROM temp.undo_case ORDER BY id")]
    conn.execute("DELETE FROM case_event WHERE batch_id = ?", (batch_id,))
    return refunds, cases


def has_events(conn: sqlite3.Connection, case_id: int) -> bool:
    """Whether anything is left of a case's history."""
    return conn.execute("SELECT 1 FROM case_event WHERE case_id = ?", (case_id,)).fetchone() is not None


def remove_case(conn: sqlite3.Connection, case_id: int) -> None:
    """Remove a case without history; what the exports say of it waits again."""
    conn.execute("UPDATE case_report SET case_id = NULL WHERE case_id = ?", (case_id,))
    conn.execute("DELETE FROM case_line WHERE case_id = ?", (case_id,))
    conn.execute('DELETE FROM "case" WHERE id = ?', (case_id,))


def remove_reports(conn: sqlite3.Connection, batch_id: int) -> int:
    """Remove what only this batch said of cases."""
    return conn.execute("DELETE FROM case_report WHERE first_batch_id = ?", (batch_id,)).rowcount


def restore_report(
    conn: sqlite3.Connection, shop_id: int, external_id: str, case_id: int | None, registers: str, batch_id: int,
    currency: str | None = None,
) -> None:  # fmt: skip
    """What exports before the batch said of a case; `currency` None: it stays."""
    conn.execute(
        "UPDATE case_report SET case_id = ?, registers = ?, batch_id = ?, currency = COALESCE(?, currency)"
        " WHERE shop_id = ? AND external_id = ?",
        (case_id, registers, batch_id, currency, shop_id, external_id),
    )


def remove_new_orders(conn: sqlite3.Connection) -> int:
    """Remove the orders that the batch brought, with their lines and what exports reported of their refunds."""
    chosen = "IN (SELECT id FROM temp.undo_order WHERE is_new = 1)"
    conn.execute(f"DELETE FROM refund WHERE source = 'export' AND order_id {chosen}")
    conn.execute(f"DELETE FROM order_line WHERE order_id {chosen}")
    conn.execute(
        f"DELETE FROM order_statement WHERE (shop_id, number) IN (SELECT shop_id, number FROM orders WHERE id {chosen})"
    )
    return conn.execute(f"DELETE FROM orders WHERE id {chosen}").rowcount


def collect_products(conn: sqlite3.Connection, batch_id: int) -> None:
    """Put aside the products of all lines of a batch."""
    conn.execute("CREATE TEMP TABLE IF NOT EXISTS undo_product (id INTEGER PRIMARY KEY)")
    conn.execute("DELETE FROM temp.undo_product")
    conn.execute(
        "INSERT INTO temp.undo_product SELECT l.product_id FROM order_line AS l"
        " JOIN temp.undo_order AS u ON u.id = l.order_id WHERE l.product_id IS NOT NULL"
        " UNION SELECT w.product_id FROM waiting_line AS w JOIN import_before AS i ON i.batch_id = :b"
        " AND i.subject = 'waiting' AND i.key = w.number AND i.shop_id = w.shop_id WHERE w.product_id IS NOT NULL",
        {"b": batch_id},
    )


def remove_products(conn: sqlite3.Connection) -> int:
    """Of those, remove the ones no line has any more; how many."""
    return conn.execute(
        "DELETE FROM product WHERE id IN (SELECT id FROM temp.undo_product)"
        " AND id NOT IN (SELECT product_id FROM order_line WHERE product_id IS NOT NULL)"
        " AND id NOT IN (SELECT product_id FROM waiting_line WHERE product_id IS NOT NULL)"
    ).rowcount


def broken_references(conn: sqlite3.Connection) -> list[tuple[object, ...]]:
    """Rows that refer to something that is gone; the database does not look while many rows are removed."""
    return conn.execute("PRAGMA foreign_key_check").fetchall()
