"""Taking back imports of reviews, answers, events and customers, and customers whom nothing names any more."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator

from shopcare.store.batches import RENAMED, RENAMED_KEY, STATED, Batch
from shopcare.store.record_tables import RecordTable

# --- facts ----------------------------------------------------------------------------------------------------------


def own_records(conn: sqlite3.Connection, batch: Batch, table: RecordTable) -> None:
    """Put aside the facts that a batch brought or changed."""
    _own(
        conn,
        f"SELECT id FROM {table.name} WHERE first_batch_id = :b UNION SELECT CAST(key AS INTEGER) FROM import_before"
        f" WHERE batch_id = :b AND subject = '{table.name}'",
        batch,
    )


def own_identities(conn: sqlite3.Connection, batch: Batch) -> None:
    """Put aside the identities that a batch brought, or let name another customer."""
    _own(conn, f"SELECT id FROM customer_identity WHERE batch_id = :b UNION {_RENAMED} AND batch_id = :b", batch)


#: The identities that batches let name another customer.
_RENAMED = (
    f"SELECT CAST(SUBSTR(key, {len(RENAMED_KEY) + 1}) AS INTEGER) FROM import_before"
    f" WHERE subject = '{RENAMED}' AND key LIKE '{RENAMED_KEY}%'"
)


def later_renames(conn: sqlite3.Connection, batch: Batch) -> list[int]:
    """Batches that let identities put aside name another customer."""
    rows = conn.execute(
        f"SELECT DISTINCT i.batch_id FROM import_before AS i WHERE i.shop_id = :shop AND i.subject = '{RENAMED}'"
        f" AND i.key LIKE '{RENAMED_KEY}%' AND i.batch_id > :b AND CAST(SUBSTR(i.key, {len(RENAMED_KEY) + 1}) AS INTEGER)"
        " IN (SELECT id FROM temp.undo_own) ORDER BY 1",
        {"shop": batch.shop_id, "b": batch.id},
    )
    return [row[0] for row in rows]


def _own(conn: sqlite3.Connection, ids: str, batch: Batch) -> None:
    conn.execute("CREATE TEMP TABLE IF NOT EXISTS undo_own (id INTEGER PRIMARY KEY)")
    conn.execute("DELETE FROM temp.undo_own")
    conn.execute(f"INSERT INTO temp.undo_own {ids}", {"b": batch.id})


def later_changes(conn: sqlite3.Connection, batch: Batch, table: RecordTable) -> list[int]:
    """Batches that changed facts put aside."""
    rows = conn.execute(
        "SELECT DISTINCT batch_id FROM import_before WHERE shop_id = :shop AND subject = :subject AND batch_id > :b"
        " AND CAST(key AS INTEGER) IN (SELECT id FROM temp.undo_own) ORDER BY 1",
        {"shop": batch.shop_id, "subject": table.name, "b": batch.id},
    )
    return [row[0] for row in rows]


def restore_records(conn: sqlite3.Connection, table: RecordTable, images: Iterable[tuple[str, str]]) -> int:
    """Bring facts back to what they were: (id, JSON); how many."""
    columns = ", ".join(f"{name} = ?" for name in table.columns)
    rows = [(*json.loads(image), int(key)) for key, image in images]
    conn.executemany(f"UPDATE {table.name} SET exported_at = ?, batch_id = ?, {columns} WHERE id = ?", rows)
    return len(rows)


def remove_records(conn: sqlite3.Connection, batch: Batch, table: RecordTable) -> int:
    """Remove the facts that a batch brought; how many."""
    return conn.execute(f"DELETE FROM {table.name} WHERE first_batch_id = ?", (batch.id,)).rowcount


# --- customers ------------------------------------------------------------------------------------------------------


def later_orders(conn: sqlite3.Connection, batch: Batch) -> list[tuple[int, str, str]]:
    """Later batches of orders whose buyers have identities of this one: (batch, its format, kind of the identity)."""
    return conn.execute(
        """
        SELECT DISTINCT b.id, b.format, i.kind FROM temp.undo_own AS u
        JOIN customer_identity AS i ON i.id = u.id
        JOIN orders AS o ON o.customer_id = i.customer_id
        JOIN import_batch AS b ON b.id = o.first_batch_id OR b.id = o.batch_id
        WHERE b.id > :b ORDER BY 1
        """,
        {"b": batch.id},
    ).fetchall()


def customers_in_use(conn: sqlite3.Connection, batch: Batch) -> list[int]:
    """Customers that the batch brought and to whom something else is booked: orders, cases, points, a tier, a merge."""
    rows = conn.execute(
        "SELECT id FROM customer WHERE first_batch_id = :b AND (merged_into_id IS NOT NULL OR id IN"
        f" ({' UNION '.join(_references(conn))})) ORDER BY id",
        {"b": batch.id},
    )
    return [row[0] for row in rows]


def _references(conn: sqlite3.Connection) -> Iterator[str]:
    """Queries that give every customer somebody refers to, whatever tables there are; identities do not count."""
    for table, column in conn.execute(
        """
        SELECT m.name, f."from" FROM sqlite_master AS m JOIN pragma_foreign_key_list(m.name) AS f
        WHERE m.type = 'table' AND f."table" = 'customer' AND m.name <> 'customer_identity' ORDER BY 1, 2
        """
    ).fetchall():
        yield f'SELECT "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL'


def restore_identities(conn: sqlite3.Connection, images: Iterable[tuple[str, str]]) -> None:
    """Let identities name whom they named before: (number, JSON); customers who went because of that come back."""
    for key, image in images:
        customer_id, row = json.loads(image)
        conn.execute(
            "INSERT OR IGNORE INTO customer (id, shop_id, display, created_at, first_batch_id) VALUES (?, ?, ?, ?, ?)",
            row,
        )
        conn.execute(
            "UPDATE customer_identity SET customer_id = ? WHERE id = ?",
            (customer_id, int(key.removeprefix(RENAMED_KEY))),
        )


def remove_identities(conn: sqlite3.Connection, batch: Batch) -> int:
    """Remove the identities that a batch brought; how many. Their customers are looked at by `remove_nameless`."""
    conn.execute(
        "INSERT OR IGNORE INTO temp.undo_customer SELECT customer_id FROM customer_identity WHERE batch_id = ?",
        (batch.id,),
    )
    return conn.execute("DELETE FROM customer_identity WHERE batch_id = ?", (batch.id,)).rowcount


def collect_customers(conn: sqlite3.Connection, batch: Batch) -> None:
    """Put aside the customers that a batch brought, and those it only stated."""
    conn.execute("CREATE TEMP TABLE IF NOT EXISTS undo_customer (id INTEGER PRIMARY KEY)")
    conn.execute("DELETE FROM temp.undo_customer")
    conn.execute("INSERT INTO temp.undo_customer SELECT id FROM customer WHERE first_batch_id = ?", (batch.id,))
    for first, last in _stated_identities(conn, batch, "="):
        conn.execute(
            "INSERT OR IGNORE INTO temp.undo_customer SELECT customer_id FROM customer_identity WHERE id BETWEEN ? AND ?",
            (first, last),
        )


def collect_buyers(conn: sqlite3.Connection) -> None:
    """Put aside also the buyers of the orders that a batch brought or changed."""
    conn.execute(
        "INSERT OR IGNORE INTO temp.undo_customer SELECT o.customer_id FROM orders AS o"
        " JOIN temp.undo_order AS u ON u.id = o.id WHERE o.customer_id IS NOT NULL"
    )


def _stated_identities(conn: sqlite3.Connection, batch: Batch, which: str) -> Iterator[tuple[int, int]]:
    """Runs of identities that imports of customers stated: of this batch (`=`), or of all others (`<>`)."""
    for (image,) in conn.execute(
        "SELECT i.image FROM import_before AS i JOIN import_batch AS b ON b.id = i.batch_id"
        f" WHERE i.shop_id = ? AND i.subject = ? AND b.kind = 'customers' AND b.id {which} ?",
        (batch.shop_id, STATED, batch.id),
    ).fetchall():
        yield from json.loads(image)


def remove_nameless(conn: sqlite3.Connection, batch: Batch) -> tuple[int, int]:
    """Of the customers put aside, remove those no batch that stands brought or stated, and nothing else refers to.

    Returns: how many customers, and how many identities of theirs.
    """
    conn.execute("CREATE TEMP TABLE IF NOT EXISTS undo_kept (id INTEGER PRIMARY KEY)")
    conn.execute("DELETE FROM temp.undo_kept")
    standing = "SELECT id FROM import_batch WHERE undone_at IS NULL"
    for first, last in _stated_identities(conn, batch, "<>"):
        conn.execute(
            "INSERT OR IGNORE INTO temp.undo_kept SELECT customer_id FROM customer_identity WHERE id BETWEEN ? AND ?",
            (first, last),
        )
    conn.execute(
        "INSERT OR IGNORE INTO temp.undo_kept SELECT customer_id FROM customer_identity"
        f" WHERE batch_id IS NULL OR batch_id IN ({standing})"
    )
    conn.execute(
        "INSERT OR IGNORE INTO temp.undo_kept SELECT id FROM customer"
        f" WHERE first_batch_id IS NULL OR first_batch_id IN ({standing}) OR merged_into_id IS NOT NULL"
    )
    conn.execute(f"INSERT OR IGNORE INTO temp.undo_kept {' UNION '.join(_references(conn))}")
    conn.execute("DELETE FROM temp.undo_customer WHERE id IN (SELECT id FROM temp.undo_kept)")
    chosen = "IN (SELECT id FROM temp.undo_customer)"
    identities = conn.execute(f"DELETE FROM customer_identity WHERE customer_id {chosen}").rowcount
    return conn.execute(f"DELETE FROM customer WHERE id {chosen}").rowcount, identities
