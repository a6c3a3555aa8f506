"""Imports: what is stored already, and writing what a file states. Bulk statements take positional values.

Ids of new rows are given out beforehand (`next_id`), which is safe inside BEGIN IMMEDIATE and spares a round trip per row.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from shopcare.domain.order_states import LinesAge, LineState, OrderState, age_of, lines_of_order_list
from shopcare.store.numbers import next_id

#: Values bound per look-up statement; longer lists are asked in pieces.
LOOKUP = 500

#: Rows that one statement inserts, how many are worth a statement of their own, and the longest text that stands in it.
ROWS_OF_STATEMENT = 20
ROWS_WORTH_A_TEXT = 100
LITERAL_LONGEST = 100

_STATE = ", ".join(OrderState._fields)
_LINE = ", ".join(LineState._fields)


class KnownOrder(NamedTuple):
    """What of a stored order tells whether a file states it anew."""

    id: int
    number: str
    batch_id: int
    customer_id: int | None
    status: str
    status_raw: str
    exported_at: int
    row_hash: int


class StoredOrder(NamedTuple):
    """An order as it is stored."""

    id: int
    number: str
    is_counted: int
    batch_id: int
    state: OrderState
    lines_age: str | None

    @property
    def known(self) -> KnownOrder:
        """What of it tells whether a file states it anew."""
        state = self.state
        return KnownOrder(
            self.id,
            self.number,
            self.batch_id,
            state.customer_id,
            state.status,
            state.status_raw,
            state.exported_at,
            state.row_hash,
        )

    @property
    def age_of_lines(self) -> LinesAge:
        """How new its lines are: as new as the order itself unless something else is noted."""
        return age_of(self.lines_age) if self.lines_age else lines_of_order_list(self.state)


class WaitingLines(NamedTuple):
    """Lines whose order is not there yet, and how new they are."""

    age: LinesAge
    lines: list[LineState]


def _marks(count: int) -> str:
    return ",".join("?" * count)


def _pieces(values: Iterable[str | int]) -> Iterable[list[str | int]]:
    listed = list(values)
    for start in range(0, len(listed), LOOKUP):
        yield listed[start : start + LOOKUP]


def drop_order_indexes(conn: sqlite3.Connection) -> list[str]:
    """Drop the secondary indexes of the order table; the statements that make them again.

    Worth it only for a big load into an empty table, where one sorted build beats placing every row.
    """
    found = conn.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'orders' AND sql IS NOT NULL"
    ).fetchall()
    for name, _statement in found:
        conn.execute(f"DROP INDEX {name}")
    return [statement for _name, statement in found]


def make_indexes(conn: sqlite3.Connection, statements: Sequence[str]) -> None:
    """Make dropped indexes again."""
    if statements:
        conn.execute("PRAGMA cache_size = -8000")  # sorting is a sixth faster in runs that stay near the processor
        conn.execute("PRAGMA threads = 1")  # and one run is sorted while rows for the next are looked up
    for statement in statements:
        conn.execute(statement)


def is_empty(conn: sqlite3.Connection, table: str) -> bool:
    """Whether a table has no row at all."""
    return conn.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is None


def has_rows(conn: sqlite3.Connection, table: str, shop_id: int) -> bool:
    """Whether a shop has any row in a table."""
    return conn.execute(f"SELECT 1 FROM {table} WHERE shop_id = ? LIMIT 1", (shop_id,)).fetchone() is not None


# --- what is there already -------------------------------------------------------------------------------------------


def stored_orders(conn: sqlite3.Connection, shop_id: int, numbers: Iterable[str]) -> dict[str, StoredOrder]:
    """The orders of a shop that have one of these numbers."""
    found = {}
    for piece in _pieces(numbers):
        for row in conn.execute(
            f"SELECT id, number, is_counted, batch_id, lines_age, {_STATE} FROM orders "
            f"WHERE shop_id = ? AND number IN ({_marks(len(piece))})",
            (shop_id, *piece),
        ):
            found[row[1]] = StoredOrder(row[0], row[1], row[2], row[3], OrderState(*row[5:]), row[4])
    return found


def orders_by_id(conn: sqlite3.Connection, order_ids: Iterable[int]) -> list[tuple[int, StoredOrder]]:
    """Orders of any shop with their shop."""
    found = []
    for piece in _pieces(order_ids):
        for row in conn.execute(
            f"SELECT shop_id, id, number, is_counted, batch_id, lines_age, {_STATE} FROM orders"
            f" WHERE id IN ({_marks(len(piece))})",
            piece,
        ):
            found.append((row[0], StoredOrder(row[1], row[2], row[3], row[4], OrderState(*row[6:]), row[5])))
    return found


def known_orders(conn: sqlite3.Connection, shop_id: int, numbers: Iterable[str]) -> dict[str, KnownOrder]:
    """The same, only as much as tells whether a file states them anew."""
    found = {}
    columns = ", ".join(KnownOrder._fields)
    for piece in _pieces(numbers):
        for row in conn.execute(
            f"SELECT {columns} FROM orders WHERE shop_id = ? AND number IN ({_marks(len(piece))})", (shop_id, *piece)
        ):
            found[row[1]] = KnownOrder._make(row)
    return found


def stored_lines(conn: sqlite3.Connection, order_ids: Iterable[int]) -> dict[int, list[LineState]]:
    """The lines of orders, in their order."""
    found: dict[int, list[LineState]] = {}
    for piece in _pieces(order_ids):
        for row in conn.execute(
            f"SELECT order_id, {_LINE} FROM order_line WHERE order_id IN ({_marks(len(piece))}) ORDER BY order_id, line_no",
            piece,
        ):
            found.setdefault(row[0], []).append(LineState(*row[1:]))
    return found


def formats_and_lines(conn: sqlite3.Connection, order_ids: Iterable[int]) -> list[tuple[int, str, int]]:
    """Of orders the format of the export that stated them last, and how many lines they have (2 for more)."""
    query = """
        SELECT o.id, b.format,
               (SELECT COUNT(*) FROM (SELECT 1 FROM order_line AS l WHERE l.order_id = o.id AND l.quantity > 0 LIMIT 2) AS x)
        FROM orders AS o JOIN import_batch AS b ON b.id = o.batch_id WHERE o.id IN ({marks})
    """
    return [
        row
        for piece in _pieces(order_ids)
        for row in conn.execute(query.format(marks=_marks(len(piece))), piece).fetchall()
    ]


def lines_with_cases(conn: sqlite3.Connection, order_ids: Iterable[int]) -> dict[int, set[int]]:
    """The line numbers of orders that a case of the desk or a refund is about; imported cases find their lines again."""
    found: dict[int, set[int]] = {}
    for piece in _pieces(order_ids):
        marks = _marks(len(piece))
        for order_id, line_no in conn.execute(
            "SELECT l.order_id, l.line_no FROM case_line AS l"
            f" WHERE l.order_id IN ({marks}) AND NOT EXISTS (SELECT 1 FROM case_event AS f"
            " WHERE f.case_id = l.case_id AND f.seq = 1 AND f.batch_id IS NOT NULL)"
            f" UNION SELECT order_id, line_no FROM refund WHERE order_id IN ({marks}) AND line_no IS NOT NULL",
            (*piece, *piece),
        ):
            found.setdefault(order_id, set()).add(line_no)
    return found


def statements(conn: sqlite3.Connection, shop_id: int, numbers: Iterable[str]) -> dict[str, str]:
    """What is kept of single statements of orders with these numbers, as JSON."""
    found: dict[str, str] = {}
    for piece in _pieces(numbers):
        found.update(
            conn.execute(
                f"SELECT number, statements FROM order_statement WHERE shop_id = ? AND number IN ({_marks(len(piece))})",
                (shop_id, *piece),
            )
        )
    return found


def export_of(conn: sqlite3.Connection, batch_id: int) -> tuple[str, int]:
    """The format of a batch and the date of its export, 0 if nothing says it."""
    row = conn.execute("SELECT format, COALESCE(exported_at, 0) FROM import_batch WHERE id = ?", (batch_id,)).fetchone()
    return row[0], row[1]


def customers_by_identity(
    conn: sqlite3.Connection, shop_id: int, kind: str, values: Iterable[str], platform: str
) -> dict[str, int]:
    """The customers a shop knows under these identities; ids are those of a platform, an address is the same on all."""
    found: dict[str, int] = {}
    for piece in _pieces(values):
        found.update(
            conn.execute(
                "SELECT value, customer_id FROM customer_identity "
                f"WHERE shop_id = ? AND kind = ? AND value IN ({_marks(len(piece))}) AND (kind = 'email' OR platform = ?)",
                (shop_id, kind, *piece, platform),
            )
        )
    return found


def products_by_sku(conn: sqlite3.Connection, shop_id: int, skus: Iterable[str]) -> dict[str, int]:
    """The products of a shop with these SKUs."""
    found: dict[str, int] = {}
    for piece in _pieces(skus):
        found.update(
            conn.execute(
                f"SELECT sku, id FROM product WHERE shop_id = ? AND sku IN ({_marks(len(piece))})", (shop_id, *piece)
            )
        )
    return found


# --- writing ---------------------------------------------------------------------------------------------------------


def insert_customers(conn: sqlite3.Connection, batch_id: int, rows: Iterable[tuple[int, int, str, int]]) -> None:
    """Customers that a batch brings: (id, shop, display, created at)."""
    conn.executemany(
        f"INSERT INTO customer (id, shop_id, display, created_at, first_batch_id) VALUES (?, ?, ?, ?, {batch_id:d})",
        rows,
    )


def insert_identities(conn: sqlite3.Connection, batch_id: int, rows: Iterable[tuple[int, int, str, str, str]]) -> None:
    """Identities that a batch brings: (shop, customer, platform, kind, value)."""
    conn.executemany(
        "INSERT INTO customer_identity (shop_id, customer_id, platform, kind, value, batch_id)"
        f" VALUES (?, ?, ?, ?, ?, {batch_id:d})",
        rows,
    )


def insert_products(conn: sqlite3.Connection, rows: Iterable[tuple[int, int, str, str, str]]) -> None:
    """New products: (id, shop, SKU, title, category)."""
    conn.executemany("INSERT INTO product (id, shop_id, sku, title, category) VALUES (?, ?, ?, ?, ?)", rows)


_INSERT_ORDER = (
    f"INSERT INTO orders (id, shop_id, number, is_counted, first_batch_id, batch_id, {_STATE}) "
    f"VALUES ({_marks(6 + len(OrderState._fields))})"
)
_UPDATE_ORDER = (
    "UPDATE orders SET is_counted = ?, batch_id = ?, "
    + ", ".join(f"{name} = ?" for name in OrderState._fields)
    + " WHERE id = ?"
)
_INSERT_LINE = f"INSERT INTO order_line (order_id, shop_id, {_LINE}) VALUES ({_marks(2 + len(LineState._fields))})"
_INSERT_WAITING = (
    f"INSERT INTO waiting_line (shop_id, number, {_LINE}, lines_age) VALUES ({_marks(3 + len(LineState._fields))})"
)


def insert_orders(conn: sqlite3.Connection, rows: Iterable[Sequence[object]]) -> None:
    """New orders: (id, shop, number, counted, first batch, batch, *state)."""
    conn.executemany(_INSERT_ORDER, rows)


def insert_columns(
    conn: sqlite3.Connection, table: str, columns: Mapping[str, Sequence[object]], same: Mapping[str, object]
) -> None:
    """Many new rows of a table: `columns` of one length, and the values that are the `same` in every row.

    Several rows make a statement, and the latter stand in its text: that takes less than half the time. A row that cannot be
    stored leaves the others of its statement behind (undoing them would cost a copy of every page before); roll back then.
    """
    rows = len(next(iter(columns.values())))
    names = sorted((*columns, *same))  # few rows then find their statement compiled
    texts = {name: _literal(value) for name, value in same.items() if rows >= ROWS_WORTH_A_TEXT}
    bound = [columns[name] if name in columns else [same[name]] * rows for name in names if not texts.get(name)]
    row = f"({', '.join(texts.get(name) or '?' for name in names)})"
    insert = f"INSERT OR FAIL INTO {table} ({', '.join(names)}) VALUES {row}"
    whole = rows - rows % ROWS_OF_STATEMENT
    each = [column[first:whole:ROWS_OF_STATEMENT] for first in range(ROWS_OF_STATEMENT) for column in bound]
    conn.executemany(insert + f", {row}" * (ROWS_OF_STATEMENT - 1), zip(*each, strict=True))
    conn.executemany(insert, zip(*(column[whole:] for column in bound), strict=True))


def _literal(value: object) -> str | None:
    """A value as it stands in a statement; None for one that rather is bound."""
    if value is None:
        return "NULL"
    if type(value) is int and abs(value) < 1 << 53:
        return str(value)
    if type(value) is str and value.isprintable() and len(value) <= LITERAL_LONGEST:
        return "'" + value.replace("'", "''") + "'"
    return None


def update_orders(conn: sqlite3.Connection, rows: Iterable[Sequence[object]]) -> None:
    """Changed orders: (counted, batch, *state, id)."""
    conn.executemany(_UPDATE_ORDER, rows)


def touch_orders(conn: sqlite3.Connection, rows: Iterable[tuple[int, int, int, int]]) -> None:
    """Orders a newer export states unchanged: (batch, exported at, row hash, id)."""
    conn.executemany("UPDATE orders SET batch_id = ?, exported_at = ?, row_hash = ? WHERE id = ?", rows)


def write_statements(conn: sqlite3.Connection, rows: Iterable[tuple[int, str, str]]) -> None:
    """What is kept of single statements of orders: (shop, number, JSON), in place of what was."""
    conn.executemany(
        "INSERT INTO order_statement (shop_id, number, statements) VALUES (?, ?, ?)"
        " ON CONFLICT DO UPDATE SET statements = excluded.statements",
        rows,
    )


def delete_statements(conn: sqlite3.Connection, shop_id: int, numbers: Iterable[str]) -> None:
    """Forget single statements of orders."""
    conn.executemany(
        "DELETE FROM order_statement WHERE shop_id = ? AND number = ?", ((shop_id, number) for number in numbers)
    )


def write_lines_ages(conn: sqlite3.Connection, rows: Iterable[tuple[str | None, int]]) -> None:
    """How new the lines of orders are: (age as text or None for as new as the order, order)."""
    conn.executemany("UPDATE orders SET lines_age = ? WHERE id = ?", rows)


def insert_lines(conn: sqlite3.Connection, rows: Iterable[Sequence[object]]) -> None:
    """New lines: (order, shop, *line)."""
    conn.executemany(_INSERT_LINE, rows)


def delete_lines(conn: sqlite3.Connection, order_ids: Iterable[int]) -> None:
    """All lines of orders, before they are written anew."""
    conn.executemany("DELETE FROM order_line WHERE order_id = ?", ((order_id,) for order_id in order_ids))


def write_export_refunds(conn: sqlite3.Connection, rows: Iterable[Sequence[object]]) -> None:
    """What exports report beyond the booked refunds, one row per order, written anew. No export dates it (`day_known` 0).

    Rows: (shop, order, source key, amount, currency, ordered at, day, month, batch).
    """
    first = next_id(conn, "refund")
    conn.executemany(
        """
        INSERT INTO refund (id, shop_id, order_id, source, source_key, amount_minor, currency,
                            refunded_at, refunded_day, refunded_month, day_known, batch_id)
        VALUES (?, ?, ?, 'export', ?, ?, ?, ?, ?, ?, 0, ?)
        ON CONFLICT (shop_id, source_key) DO UPDATE SET
            amount_minor = excluded.amount_minor, currency = excluded.currency, refunded_at = excluded.refunded_at,
            refunded_day = excluded.refunded_day, refunded_month = excluded.refunded_month,
            day_known = excluded.day_known, batch_id = excluded.batch_id
        """,
        ((number, *row) for number, row in enumerate(rows, first)),
    )


def delete_export_refunds(conn: sqlite3.Connection, order_ids: Iterable[int]) -> None:
    """Forget what exports reported of orders: newer ones report nothing beyond the booked refunds."""
    conn.executemany(
        "DELETE FROM refund WHERE order_id = ? AND source = 'export'", ((order_id,) for order_id in order_ids)
    )


# --- lines that wait for their order ---------------------------------------------------------------------------------


def waiting_lines(conn: sqlite3.Connection, shop_id: int, numbers: Iterable[str]) -> dict[str, WaitingLines]:
    """The waiting lines of orders with these numbers."""
    found: dict[str, WaitingLines] = {}
    for piece in _pieces(numbers):
        for row in conn.execute(
            f"SELECT number, lines_age, {_LINE} FROM waiting_line WHERE shop_id = ? AND number IN ({_marks(len(piece))}) "
            "ORDER BY number, line_no",
            (shop_id, *piece),
        ):
            known = found.get(row[0]) or found.setdefault(row[0], WaitingLines(age_of(row[1]), []))
            known.lines.append(LineState(*row[2:]))
    return found


def insert_waiting(conn: sqlite3.Connection, rows: Iterable[Sequence[object]]) -> None:
    """Lines whose order is not there yet: (shop, number, *line, age as text)."""
    conn.executemany(_INSERT_WAITING, rows)


def delete_waiting(conn: sqlite3.Connection, shop_id: int, numbers: Iterable[str]) -> None:
    """Waiting lines that found their order, or are written anew."""
    conn.executemany(
        "DELETE FROM waiting_line WHERE shop_id = ? AND number = ?", ((shop_id, number) for number in numbers)
    )
