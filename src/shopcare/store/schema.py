"""Creating and migrating a store. Imports Alembic, so only `init`, `demo` and `db` come here."""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from sqlalchemy.pool import StaticPool

from shopcare.domain.identity import SALT_BYTES, SALT_KEY
from shopcare.i18n import N_
from shopcare.store.engine import (
    APPLICATION_ID,
    SCHEMA_VERSION,
    StoreExists,
    StoreForeign,
    StoreNewer,
    StoreUnusable,
    check_file,
    schema_version,
)

VERSIONS = Path(__file__).parent / "migrations" / "versions"


def alembic_config(conn: sqlite3.Connection) -> Config:
    """Alembic's settings for an open connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = create_engine("sqlite://", creator=lambda: conn, poolclass=StaticPool).connect()
    return config


def upgrade(conn: sqlite3.Connection, revision: str = "head") -> None:
    """Run the migrations up to a revision on an open connection."""
    config = alembic_config(conn)
    command.upgrade(config, revision)
    config.attributes["connection"].close()


def _build(path: Path, first: Callable[[sqlite3.Connection], None]) -> None:
    """A complete store at a path where nothing is yet."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute("PRAGMA page_size = 4096")
        conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        upgrade(conn)
        conn.execute("INSERT INTO store_meta (key, value) VALUES (?, ?)", (SALT_KEY, secrets.token_hex(SALT_BYTES)))
        first(conn)
        conn.execute("PRAGMA journal_mode = WAL")
    path.chmod(0o600)


def create(path: Path, first: Callable[[sqlite3.Connection], None] = lambda _conn: None) -> None:
    """Create a store, readable by its owner only, with its `first` rows; it appears whole or not at all.

    Raises:
        StoreExists: something is there already.
        StoreUnusable: the folder cannot be written.
    """
    try:
        if path.exists():
            raise StoreExists(store=str(path))
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryDirectory(prefix=".shopcare-", dir=path.parent) as folder:
            draft = Path(folder) / path.name
            _build(draft, first)
            os.link(draft, path)  # refuses to overwrite, unlike a rename
    except FileExistsError as problem:
        raise StoreExists(store=str(path)) from problem
    except (OSError, sqlite3.OperationalError) as problem:
        raise StoreUnusable(store=str(path), problem=getattr(problem, "strerror", None) or str(problem)) from problem


def migrate(path: Path) -> tuple[str, str, Path | None]:
    """Bring an older store to this program's schema; the file is copied beside it first.

    Returns: the version found, the version now, and the copy (None if nothing had to be done).

    Raises:
        StoreMissing, StoreForeign, StoreNewer.
    """
    check_file(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        found = _version_of(conn, path)
        if found == SCHEMA_VERSION:
            return found, found, None
        if found > SCHEMA_VERSION:
            raise StoreNewer(store=str(path), found=found, known=SCHEMA_VERSION)
        if found and not list(VERSIONS.glob(f"{found}_*.py")):
            raise StoreUnusable(store=str(path), problem=N_("its schema version is none of ours"))
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        copy = path.with_name(f"{path.name}.{found or 'empty'}.bak")
        shutil.copy2(path, copy)
        upgrade(conn)
        return found, SCHEMA_VERSION, copy


def _version_of(conn: sqlite3.Connection, path: Path) -> str:
    try:
        if conn.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            raise StoreForeign(store=str(path))
        return schema_version(conn)
    except sqlite3.DatabaseError as problem:
        raise StoreForeign(store=str(path)) from problem
