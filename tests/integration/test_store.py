from __future__ import annotations

import re
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from shopcare.services.context import Context
from shopcare.store import append_only, engine, schema
from shopcare.store.tables import every_table
from shopcare.store.tables.shops import Shop


def test_migrations_match_the_tables(ctx: Context) -> None:
    """A store made by the migrations has no difference from the SQLModel classes."""
    database = create_engine(f"sqlite:///{ctx.store}")
    with database.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), every_table()) == []
    database.dispose()


def test_checks_and_triggers_match_the_tables(ctx: Context) -> None:
    """What autogenerate does not compare is compared as text: CHECKs, WITHOUT ROWID, partial indexes, triggers."""
    fresh = create_engine("sqlite://")
    with fresh.connect() as connection:
        every_table().create_all(connection)
        for statement in append_only.trigger_ddl():
            connection.exec_driver_sql(statement)
        wanted = set(connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
    fresh.dispose()
    with engine.reading(ctx.store) as conn:
        made = conn.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'alembic_version'")
        assert {name: _canonical(sql) for name, sql in made} == {name: _canonical(sql) for name, sql in wanted}


def _canonical(sql: str) -> list[str]:
    """The words of a statement; a reference may stand at its column or below, the comparison above knows its column."""
    sql = re.sub(r"FOREIGN KEY *\(\w+\) *REFERENCES", "REFERENCES", sql.replace('"', ""))
    return sorted(sql.replace('"', "").replace("(", " ").replace(")", " ").replace(",", " ").split())


def test_the_program_knows_the_newest_migration() -> None:
    """SCHEMA_VERSION is the head of the migrations."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as conn:
        config = schema.alembic_config(conn)
        assert ScriptDirectory.from_config(config).get_current_head() == engine.SCHEMA_VERSION
        config.attributes["connection"].close()


@pytest.mark.parametrize("table", sorted(append_only.APPEND_ONLY))
def test_booked_facts_refuse_update_and_delete(ctx: Context, table: str) -> None:
    """The database itself refuses to change a booked row, whoever asks."""
    with engine.writing(ctx.store, dry_run=True) as conn:
        conn.execute("PRAGMA defer_foreign_keys = ON")
        columns = [(row[1], row[2]) for row in conn.execute(f"PRAGMA table_info({table})") if row[1] != "id"]
        known = {
            "source": "case",
            "kind": "earn",
            "into_id": 2,
            "line_no": 1,
            "freight_minor": 0,
            "case_id": 1,
            "available_at": 1,
            "expires_at": 2,
        }
        values = {name: known.get(name, 1 if kind != "TEXT" else "x") for name, kind in columns}
        names = ", ".join(values)
        conn.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join(':' + name for name in values)})", values)
        for statement in (f"UPDATE {table} SET id = id + 1", f"DELETE FROM {table}"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                conn.execute(statement)
        conn.execute("PRAGMA defer_foreign_keys = OFF")


def test_the_store_is_private_and_durable(ctx: Context) -> None:
    """Only the owner may read the file, and it runs in write-ahead mode with foreign keys on."""
    assert stat.S_IMODE(ctx.store.stat().st_mode) == 0o600
    with engine.reading(ctx.store) as conn:
        assert conn.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert conn.execute("PRAGMA foreign_keys").fetchone() == (1,)


def test_a_failed_write_leaves_the_store_as_it_was(ctx: Context) -> None:
    """An exception inside the transaction, and a dry run, both roll everything back."""
    with pytest.raises(RuntimeError), engine.writing(ctx.store) as conn:
        conn.execute("UPDATE shop SET name = 'other'")
        raise RuntimeError
    with engine.session(ctx.store, dry_run=True) as session:
        session.add(Shop(name="dry", platform="generic", currency="CNY", tz="UTC", created_at=0))
    with engine.reading(ctx.store) as conn:
        assert conn.execute("SELECT name FROM shop").fetchall() == [("shop",)]


def test_a_session_and_sql_text_share_one_transaction(ctx: Context) -> None:
    """SQL under a session sees its rows, and both are committed together."""
    with engine.session(ctx.store) as session:
        session.add(Shop(name="second", platform="generic", currency="CNY", tz="UTC", created_at=0))
        assert engine.raw(session).execute("SELECT COUNT(*) FROM shop").fetchone() == (2,)
    with engine.reading(ctx.store) as conn:
        assert conn.execute("SELECT COUNT(*) FROM shop").fetchone() == (2,)


def test_a_missing_store_is_never_created(tmp_path: Path) -> None:
    """A mistyped path is an error, for reading and for writing."""
    for opening in (engine.reading, engine.writing):
        with pytest.raises(engine.StoreMissing), opening(tmp_path / "typo.db"):
            pass
    assert list(tmp_path.glob("typo*")) == []


def test_foreign_files_are_refused_untouched(tmp_path: Path) -> None:
    """Another program's database, text and an empty file are not opened, and not changed by a byte."""
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as conn:
        conn.execute("CREATE TABLE t (x)")
    (tmp_path / "text.db").write_text("not a database, but longer than a header " * 50)
    (tmp_path / "empty.db").touch()
    for name in ("other.db", "text.db", "empty.db"):
        before = (tmp_path / name).read_bytes()
        for opening in (engine.reading, engine.writing):
            with pytest.raises(engine.StoreForeign), opening(tmp_path / name):
                pass
        assert (tmp_path / name).read_bytes() == before


@pytest.mark.parametrize(("version", "refusal"), [("9999", engine.StoreNewer), ("0000", engine.StoreOlder)])
def test_other_schema_versions_are_refused(ctx: Context, version: str, refusal: type[Exception]) -> None:
    """A store of a later or earlier program says so instead of being misread."""
    with closing(sqlite3.connect(ctx.store)) as conn, conn:
        conn.execute("UPDATE alembic_version SET version_num = ?", (version,))
    with pytest.raises(refusal), engine.reading(ctx.store):
        pass


def test_the_history_of_batches_is_kept_by_the_second_migration(tmp_path: Path) -> None:
    """What batches changed before stands afterwards, and customers of before belong to no batch."""
    path = tmp_path / "s.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute(f"PRAGMA application_id = {engine.APPLICATION_ID}")
        schema.upgrade(conn, "0001")
        conn.execute("INSERT INTO shop VALUES (1, 's', 'generic', 'CNY', 'UTC', 0)")
        conn.execute("INSERT INTO customer (id, shop_id, display, created_at) VALUES (1, 1, 'b', 0)")
        conn.execute("PRAGMA foreign_keys = OFF")
        conn.execute("INSERT INTO import_before VALUES (1, 'order', '7', 1, '{}')")
    schema.migrate(path)
    with closing(sqlite3.connect(path)) as conn:
        assert conn.execute("SELECT * FROM import_before").fetchall() == [(1, "order", "7", 1, "{}")]
        assert conn.execute("SELECT display, first_batch_id FROM customer").fetchall() == [("b", None)]


def test_an_older_store_migrates_and_keeps_a_copy(tmp_path: Path) -> None:
    """`db migrate` brings a store from before the first migration to the newest, beside a copy of what was."""
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute(f"PRAGMA application_id = {engine.APPLICATION_ID}")
        conn.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    found, now, copy = schema.migrate(path)
    assert (found, now, copy and copy.exists()) == ("", engine.SCHEMA_VERSION, True)
    with engine.reading(path) as conn:
        assert conn.execute("SELECT COUNT(*) FROM orders").fetchone() == (0,)
    assert schema.migrate(path) == (engine.SCHEMA_VERSION, engine.SCHEMA_VERSION, None)


def test_two_creations_make_one_store(ctx: Context) -> None:
    """`init` never overwrites what is there."""
    before = ctx.store.read_bytes()
    with pytest.raises(engine.StoreExists):
        schema.create(ctx.store)
    assert ctx.store.read_bytes() == before


def test_a_locked_store_is_said_to_be_busy(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second writer waits, then is told that another process writes."""
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_SECONDS", 0.05)
    with engine.writing(ctx.store), pytest.raises(engine.StoreBusy), engine.writing(ctx.store):
        pass


def test_a_full_disk_rolls_back(ctx: Context) -> None:
    """When the file cannot grow, the refusal is expected and nothing is half written."""
    with pytest.raises(engine.StoreUnusable, match="full"), engine.writing(ctx.store) as conn:
        pages = conn.execute("PRAGMA page_count").fetchone()[0]
        conn.execute(f"PRAGMA max_page_count = {pages}")
        for number in range(10_000):
            conn.execute(
                "INSERT INTO shop (name, platform, currency, tz, created_at) VALUES (?, 'x', 'CNY', 'UTC', 0)",
                (f"s{number}" * 50,),
            )
    with engine.reading(ctx.store) as conn:
        assert conn.execute("SELECT COUNT(*) FROM shop").fetchone() == (1,)
