"""Reviews, survey answers, behaviour events and customers' identities: what is stored, and writing what a file states."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from shopcare.store.persons import OF_PERSON
from shopcare.store.record_tables import RecordTable

#: Values bound per look-up statement; longer lists are asked in pieces.
LOOKUP = 500


class StoredRecord(NamedTuple):
    """A fact as it is stored. `exported_at` 0: no export had a date."""

    id: int
    exported_at: int
    batch_id: int
    state: tuple[int | str | None, ...]


class Known(NamedTuple):
    """An identity's number (0 for one of this file), its customer, and who stands for him after merges."""

    identity: int
    customer: int
    standing: int


class Counts(NamedTuple):
    """How much a customer has said, and when last."""

    reviews: int
    mean_rating: float | None
    last_review_at: int | None
    answers: int
    last_answer_at: int | None


def _pieces(values: Iterable[str]) -> Iterable[list[str]]:
    listed = list(values)
    for start in range(0, len(listed), LOOKUP):
        yield listed[start : start + LOOKUP]


def _marks(count: int) -> str:
    return ",".join("?" * count)


def stored_records(
    conn: sqlite3.Connection, table: RecordTable, shop_id: int, keys: Iterable[str]
) -> dict[str, StoredRecord]:
    """The facts of a shop that have one of these keys."""
    found = {}
    columns = ", ".join(table.columns)
    for piece in _pieces(keys):
        for row in conn.execute(
            f"SELECT source_key, id, exported_at, batch_id, {columns} FROM {table.name} "
            f"WHERE shop_id = ? AND source_key IN ({_marks(len(piece))})",
            (shop_id, *piece),
        ):
            found[row[0]] = StoredRecord(row[1], row[2], row[3], row[4:])
    return found


def insert_records(conn: sqlite3.Connection, table: RecordTable, rows: Iterable[Sequence[object]]) -> None:
    """New facts: (shop, key, exported at, first batch, batch, *state)."""
    conn.executemany(
        f"INSERT INTO {table.name} (shop_id, source_key, exported_at, first_batch_id, batch_id, {', '.join(table.columns)})"
        f" VALUES ({_marks(5 + len(table.columns))})",
        rows,
    )


def update_records(conn: sqlite3.Connection, table: RecordTable, rows: Iterable[Sequence[object]]) -> None:
    """Changed facts: (exported at, batch, *state, id)."""
    columns = ", ".join(f"{name} = ?" for name in table.columns)
    conn.executemany(f"UPDATE {table.name} SET exported_at = ?, batch_id = ?, {columns} WHERE id = ?", rows)


def touch_records(conn: sqlite3.Connection, table: RecordTable, rows: Iterable[tuple[int, int]]) -> None:
    """Facts a newer export states unchanged: (exported at, id)."""
    conn.executemany(f"UPDATE {table.name} SET exported_at = ? WHERE id = ?", rows)


def forget_taken(conn: sqlite3.Connection) -> None:
    """Begin a file of which no row was taken yet."""
    conn.execute(
        "CREATE TEMP TABLE IF NOT EXISTS taken_row (key TEXT PRIMARY KEY, line INTEGER, cells TEXT) WITHOUT ROWID"
    )
    conn.execute("DELETE FROM temp.taken_row")
    conn.execute("CREATE TEMP TABLE IF NOT EXISTS beaten_row (key TEXT, line INTEGER, cells TEXT)")
    conn.execute("DELETE FROM temp.beaten_row")


def taken(conn: sqlite3.Connection, keys: Iterable[str]) -> dict[str, tuple[int, str]]:
    """The rows of this file that stand for these facts so far: key → (line, cells)."""
    found: dict[str, tuple[int, str]] = {}
    for piece in _pieces(keys):
        for key, line, cells in conn.execute(
            f"SELECT key, line, cells FROM temp.taken_row WHERE key IN ({_marks(len(piece))})", piece
        ):
            found[key] = line, cells
    return found


def take(conn: sqlite3.Connection, rows: Iterable[tuple[str, int, str]]) -> None:
    """Note the rows that stand for facts from now on: (key, line, cells)."""
    conn.executemany(
        "INSERT INTO temp.taken_row VALUES (?, ?, ?)"
        " ON CONFLICT (key) DO UPDATE SET line = excluded.line, cells = excluded.cells",
        rows,
    )


def beat(conn: sqlite3.Connection, rows: Iterable[tuple[str, int, str]]) -> None:
    """Note rows in whose place others of the file stand for their facts: (key, line, cells)."""
    conn.executemany("INSERT INTO temp.beaten_row VALUES (?, ?, ?)", rows)


def beaten(conn: sqlite3.Connection) -> Iterator[tuple[str, int, str, int, str]]:
    """(key, line, cells, line and cells of the row that counts) of those, by fact and line."""
    return conn.execute(
        "SELECT b.key, b.line, b.cells, t.line, t.cells FROM temp.beaten_row AS b JOIN temp.taken_row AS t ON t.key = b.key"
        " ORDER BY b.key, b.line"
    )


def forget_named(conn: sqlite3.Connection) -> None:
    """Begin a file of customers."""
    conn.execute(
        "CREATE TEMP TABLE IF NOT EXISTS named_row (line INTEGER PRIMARY KEY, cells TEXT, buyer_id TEXT, email TEXT)"
    )
    conn.execute("DELETE FROM temp.named_row")


def name(conn: sqlite3.Connection, rows: Iterable[tuple[int, str, str | None, str | None]]) -> None:
    """Put rows aside: (line, cells, buyer id, e-mail hash)."""
    conn.executemany("INSERT INTO temp.named_row VALUES (?, ?, ?, ?)", rows)


def named_rows(conn: sqlite3.Connection) -> Iterator[tuple[int, str]]:
    """(line, cells) of the rows put aside: first those that join an id and an address, by both, then the others as they stand.

    A row with one of them alone says nothing about the other, so it never stands in the way of one with both.
    """
    return conn.execute(
        "SELECT line, cells FROM temp.named_row ORDER BY buyer_id IS NULL OR email IS NULL,"
        " CASE WHEN email IS NOT NULL THEN buyer_id END, CASE WHEN buyer_id IS NOT NULL THEN email END, line"
    )


def customers_known_as(
    conn: sqlite3.Connection, shop_id: int, kind: str, values: Iterable[str], platform: str
) -> dict[str, Known]:
    """The customers a shop knows under these identities; ids are those of a platform, an address is the same on all."""
    found: dict[str, Known] = {}
    for piece in _pieces(values):
        for value, *known in conn.execute(
            "SELECT i.value, i.id, c.id, COALESCE(c.survivor_id, c.id) FROM customer_identity AS i"
            " JOIN customer AS c ON c.id = i.customer_id"
            f" WHERE i.shop_id = ? AND i.kind = ? AND i.value IN ({_marks(len(piece))})"
            " AND (i.kind = 'email' OR i.platform = ?)",
            (shop_id, kind, *piece, platform),
        ):
            found[value] = Known(*known)
    return found


def id_on(platform: str, value: str) -> str:
    """A buyer id with its platform, as ids are put in order."""
    return f"{value} {platform}"


def first_ids(conn: sqlite3.Connection, customers: Iterable[int]) -> dict[int, str]:
    """The first buyer id, by the alphabet, of each customer who has any, as `id_on` has it."""
    found: dict[int, str] = {}
    listed = list(customers)
    for start in range(0, len(listed), LOOKUP):
        piece = listed[start : start + LOOKUP]
        found.update(
            conn.execute(
                "SELECT customer_id, MIN(value || ' ' || platform) FROM customer_identity WHERE kind = 'buyer_id'"
                f" AND customer_id IN ({_marks(len(piece))}) GROUP BY customer_id",
                piece,
            )
        )
    return found


def identities_of(
    conn: sqlite3.Connection, customer_id: int, address: str | None = None
) -> list[tuple[int, int | None]]:
    """(number, batch) of a customer's identities; with an address only that one."""
    rows = conn.execute(
        "SELECT id, batch_id FROM customer_identity WHERE customer_id = :id"
        " AND (:address IS NULL OR (kind = 'email' AND value = :address)) ORDER BY id",
        {"id": customer_id, "address": address},
    )
    return rows.fetchall()


def rename(conn: sqlite3.Connection, identities: Iterable[int], customer_id: int) -> None:
    """Let identities name another customer."""
    conn.executemany(
        "UPDATE customer_identity SET customer_id = ? WHERE id = ?", ((customer_id, number) for number in identities)
    )


def references_to_customers(conn: sqlite3.Connection) -> list[tuple[str, str]]:
    """(table, column) of everything but identities that names a customer, whatever tables there are."""
    rows = conn.execute(
        """
        SELECT m.name, f."from" FROM sqlite_master AS m JOIN pragma_foreign_key_list(m.name) AS f
        WHERE m.type = 'table' AND f."table" = 'customer' AND m.name <> 'customer_identity' ORDER BY 1, 2
        """
    )
    return rows.fetchall()


def is_named(conn: sqlite3.Connection, customer_id: int, references: Iterable[tuple[str, str]]) -> bool:
    """Whether anything but identities names a customer."""
    return any(
        conn.execute(f'SELECT 1 FROM "{table}" WHERE "{column}" = ? LIMIT 1', (customer_id,)).fetchone()
        for table, column in references
    )


def is_merged(conn: sqlite3.Connection, customer_id: int) -> bool:
    """Whether a customer is part of another one, or has others as a part."""
    row = conn.execute(
        "SELECT 1 FROM customer WHERE (id = :id AND survivor_id IS NOT NULL) OR survivor_id = :id LIMIT 1",
        {"id": customer_id},
    )
    return row.fetchone() is not None


def order_formats(conn: sqlite3.Connection, customer_id: int) -> set[str]:
    """The formats of the exports that brought or changed a customer's orders."""
    rows = conn.execute(
        "SELECT DISTINCT b.format FROM orders AS o JOIN import_batch AS b ON b.id = o.first_batch_id OR b.id = o.batch_id"
        " WHERE o.customer_id = ?",
        (customer_id,),
    )
    return {row[0] for row in rows}


def customer_row(conn: sqlite3.Connection, customer_id: int) -> tuple[int, int, str, int, int | None]:
    """A customer as the table has them: (id, shop, display, created at, first batch)."""
    row: tuple[int, int, str, int, int | None] = conn.execute(
        "SELECT id, shop_id, display, created_at, first_batch_id FROM customer WHERE id = ?", (customer_id,)
    ).fetchone()
    return row


def remove_customer(conn: sqlite3.Connection, customer_id: int) -> None:
    """Remove a customer whom nothing names any more."""
    conn.execute("DELETE FROM customer WHERE id = ?", (customer_id,))


_OF_CUSTOMER = f"""
WITH person AS (
    SELECT id FROM customer WHERE id {OF_PERSON}
), named AS (
    SELECT i.shop_id, i.kind, i.value, i.platform FROM person AS p JOIN customer_identity AS i ON i.customer_id = p.id
), bought AS (
    SELECT o.shop_id, o.number FROM person AS p CROSS JOIN orders AS o WHERE o.customer_id = p.id
), mine AS (
    SELECT f.id FROM named AS n
    JOIN {{table}} AS f ON f.shop_id = n.shop_id AND f.identity_kind = n.kind AND f.identity_value = n.value
    JOIN import_batch AS b ON b.id = f.batch_id JOIN shop AS s ON s.id = f.shop_id
    WHERE n.kind = 'email' OR n.platform = CASE b.platform WHEN 'generic' THEN s.platform ELSE b.platform END
    UNION
    SELECT f.id FROM bought AS b
    CROSS JOIN {{table}} AS f WHERE f.shop_id = b.shop_id AND f.order_number = b.number AND f.identity_kind IS NULL
)
SELECT {{facts}} FROM mine JOIN {{table}} AS f ON f.id = mine.id {{where}}
"""


def said_by_customer(conn: sqlite3.Connection, customer_id: int) -> Counts:
    """Reviews and survey answers of a customer: signed with one of their identities, or unsigned about one of their orders.

    Excludes: spam.
    """
    reviews = _OF_CUSTOMER.format(
        table="review", facts="COUNT(*), AVG(f.rating), MAX(f.reviewed_at)", where="WHERE f.is_spam = 0"
    )
    answers = _OF_CUSTOMER.format(table="survey_answer", facts="COUNT(*), MAX(f.answered_at)", where="")
    values = {"customer_id": customer_id}
    return Counts(*conn.execute(reviews, values).fetchone(), *conn.execute(answers, values).fetchone())
