"""Opening the store: where it is, whether it is ours, and one transaction per command.

Reads run on `sqlite3` opened read-only; bulk writes on `sqlite3` inside BEGIN IMMEDIATE; single-row writes on a SQLModel
session over the same kind of transaction. SQLAlchemy and Alembic are imported only by what writes through them, because
a read has no time for them.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

from shopcare.errors import EXIT_NOT_FOUND, EXIT_STORE, ShopcareError
from shopcare.i18n import N_

if TYPE_CHECKING:
    from sqlmodel import Session

#: Marks a SQLite file as a shopcare store ("shop" in ASCII).
APPLICATION_ID = 0x73686F70

#: The newest schema version this program knows; a test holds it against the migrations.
SCHEMA_VERSION = "0005"

BUSY_TIMEOUT_SECONDS = 5.0

#: Settings of a connection that loads many rows.
BULK = "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; PRAGMA cache_size = -24000;"

#: The store and connection of the transaction that everything of a command is written in, where it acts on many items.
_shared: ContextVar[tuple[Path, sqlite3.Connection] | None] = ContextVar("_shared", default=None)


class StoreMissing(ShopcareError):
    """No store at the path: exit 6."""

    code, exit_code = "store.missing", EXIT_STORE
    sentence = "There is no store at {store}."
    hint = "Create it with `shopcare init`, or name another one with --store."


class StoreExists(ShopcareError):
    """`init` will not overwrite: exit 6."""

    code, exit_code = "store.exists", EXIT_STORE
    sentence = "There is already a file at {store}."
    hint = "Use it as it is, or name another place with --store."


class StoreForeign(ShopcareError):
    """A file that is not a shopcare store: exit 6."""

    code, exit_code = "store.foreign", EXIT_STORE
    sentence = "{store} is not a shopcare store."
    hint = "Name the right file with --store; nothing was written."


class StoreNewer(ShopcareError):
    """A store of a later program version: exit 6."""

    code, exit_code = "store.newer", EXIT_STORE
    sentence = "{store} was written by a newer shopcare (schema {found}; this one knows {known})."
    hint = "Update shopcare."


class StoreOlder(ShopcareError):
    """A store of an earlier program version: exit 6."""

    code, exit_code = "store.older", EXIT_STORE
    sentence = "{store} has schema {found}; this shopcare needs {known}."
    hint = "Run `shopcare db migrate`; it keeps a copy of the file."


class StoreBusy(ShopcareError):
    """Another process holds the store longer than we wait: exit 6."""

    code, exit_code = "store.busy", EXIT_STORE
    sentence = "Another process is writing to {store}."
    hint = "Wait until it is done and run the command again; nothing was written."


class StoreUnusable(ShopcareError):
    """The file system refuses: no permission, read-only, no space, damaged file. Exit 6."""

    code, exit_code = "store.unusable", EXIT_STORE
    sentence = "{store} cannot be used: {problem}."
    hint = "Check permissions and free space; nothing was written."


class ShopUnknown(ShopcareError):
    """No shop of that name: exit 4."""

    code, exit_code = "shop.unknown", EXIT_NOT_FOUND
    sentence = "There is no shop '{name}'."
    hint = "`shopcare shop list` prints the shops; `shopcare shop add` adds one."


def default_path() -> Path:
    """Where the store lives unless told otherwise: the user's data folder (XDG)."""
    base = os.environ.get("XDG_DATA_HOME") or Path("~/.local/share").expanduser()
    return Path(base) / "shopcare" / "shopcare.db"


def _refusal(problem: sqlite3.Error, path: Path) -> ShopcareError:
    """The expected refusal behind a database error; anything unexpected is not caught by the callers."""
    text = str(problem)
    if "locked" in text or "busy" in text:
        return StoreBusy(store=str(path))
    if "not a database" in text:
        return StoreForeign(store=str(path))
    return StoreUnusable(store=str(path), problem=text)


def is_environment_problem(problem: BaseException) -> bool:
    """Whether a database error comes from the file or the machine, not from a bug in our SQL."""
    if isinstance(problem, sqlite3.OperationalError):
        words = ("locked", "busy", "readonly", "read-only", "unable to open", "disk", "full", "i/o")
        return any(word in str(problem).lower() for word in words)
    return type(problem) is sqlite3.DatabaseError  # malformed file, not a database


def check_file(path: Path) -> None:
    """Refuse what is no file at all, or one we may not even look at."""
    try:
        found = path.exists()
        if path.is_dir():
            raise StoreUnusable(store=str(path), problem=N_("it is a folder"))
        if found:
            os.close(os.open(path, os.O_RDONLY))
    except OSError as problem:
        raise StoreUnusable(store=str(path), problem=problem.strerror or str(problem)) from problem
    if not found:
        raise StoreMissing(store=str(path))


def _connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    check_file(path)
    try:
        conn = _opened(path, "mode=ro" if read_only else "mode=rw", keeps_log=not read_only)
    except sqlite3.OperationalError as problem:
        if read_only and _undid_killed_load(path):
            return _connect(path, read_only=True)
        conn = _connect_immutable(path, problem) if read_only else _raise(_refusal(problem, path))
    except sqlite3.DatabaseError as problem:
        raise _refusal(problem, path) from problem
    conn.execute("PRAGMA foreign_keys = ON")
    return conn


def _opened(path: Path, mode: str, *, keeps_log: bool = False) -> sqlite3.Connection:
    """A connection to a store of ours, with the write-ahead log if it `keeps_log`; a file that is none is closed again."""
    uri = f"{path.absolute().as_uri()}?{mode}"
    conn = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None)
    try:
        _check(conn, path)
        if keeps_log and conn.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            _keep_journal(conn, "WAL")
    except BaseException:
        conn.close()
        raise
    return conn


def _undid_killed_load(path: Path) -> bool:
    """Whether a big load was killed and left its journal: any opening for writing undoes it, one for reading may not."""
    journal = path.with_name(path.name + "-journal")
    if not journal.exists():
        return False
    try:
        _opened(path, "mode=rw").close()
    except sqlite3.Error:
        return False
    return not journal.exists()


def _raise(problem: ShopcareError) -> sqlite3.Connection:
    raise problem


def _connect_immutable(path: Path, problem: sqlite3.OperationalError) -> sqlite3.Connection:
    """A store in a read-only folder: WAL wants a side file there, which an unchanging file can do without."""
    wal = path.with_name(path.name + "-wal")
    if "unable to open" not in str(problem) and "readonly" not in str(problem):
        raise _refusal(problem, path) from problem
    if (wal.exists() and wal.stat().st_size) or os.access(path.parent, os.W_OK):
        raise _refusal(problem, path) from problem
    try:
        return _opened(path, "mode=ro&immutable=1")
    except sqlite3.DatabaseError as again:
        raise _refusal(again, path) from again


def _check(conn: sqlite3.Connection, path: Path) -> None:
    """Refuse a file that is not ours, or not of this version."""
    if conn.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise StoreForeign(store=str(path))
    found = schema_version(conn)
    if found > SCHEMA_VERSION:
        raise StoreNewer(store=str(path), found=found, known=SCHEMA_VERSION)
    if found < SCHEMA_VERSION:
        raise StoreOlder(store=str(path), found=found, known=SCHEMA_VERSION)


def schema_version(conn: sqlite3.Connection) -> str:
    """The schema version a store was migrated to; versions are zero-padded numbers, so text order is age order."""
    row = conn.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else ""


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A read-only connection with one consistent view of the store.

    Raises:
        StoreMissing, StoreForeign, StoreNewer, StoreOlder, StoreBusy, StoreUnusable.
    """
    conn = _connect(path, read_only=True)
    try:
        conn.execute("BEGIN")
        yield conn
    except sqlite3.Error as problem:
        if is_environment_problem(problem):
            raise _refusal(problem, path) from problem
        raise
    finally:
        conn.close()


@contextmanager
def writing(path: Path, *, dry_run: bool = False, bulk: bool = False, fills: str = "") -> Iterator[sqlite3.Connection]:
    """A connection inside BEGIN IMMEDIATE: committed on leaving the block, rolled back on any exception or dry run.

    `bulk` is for loads of many rows whose references and values the caller has made or checked itself: the database does
    not look at foreign keys and CHECKs again (a quarter of a load's time), and keeps more pages in memory. A test holds
    what such loads leave behind against the database's own checks.

    `fills` is the table that a big load is going to fill. While that is empty, the load keeps a rollback journal instead of
    the write-ahead log, because new pages then are written once and not twice; nobody can read an empty store meanwhile,
    and if somebody has it open, everything stays as it is.

    Inside `together` it is the connection of that, which alone commits or rolls back.

    Raises:
        StoreMissing, StoreForeign, StoreNewer, StoreOlder, StoreBusy, StoreUnusable.
    """
    if (shared := _shared.get()) is not None:
        assert shared[0] == path, "one command writes to one store"
        yield shared[1]
        return
    conn = _connect(path, read_only=False)
    try:
        if bulk:
            conn.executescript(BULK)
        if fills and conn.execute(f"SELECT 1 FROM {fills} LIMIT 1").fetchone() is None:
            _keep_journal(conn, "DELETE")
        conn.execute("BEGIN IMMEDIATE")
        yield conn
        conn.execute("ROLLBACK" if dry_run else "COMMIT")
    except sqlite3.Error as problem:
        if is_environment_problem(problem):
            raise _refusal(problem, path) from problem
        raise
    finally:
        if conn.in_transaction:
            _roll_back(conn)
        if fills:
            _keep_journal(conn, "WAL")
        conn.close()


@contextmanager
def together(path: Path, *, dry_run: bool = False, bulk: bool = False) -> Iterator[None]:
    """One transaction for everything that the block writes through `writing` and `session`: all of it or nothing.

    Raises:
        StoreMissing, StoreForeign, StoreNewer, StoreOlder, StoreBusy, StoreUnusable.
    """
    with writing(path, dry_run=dry_run, bulk=bulk) as conn:
        token = _shared.set((path, conn))
        try:
            yield
        finally:
            _shared.reset(token)


def _keep_journal(conn: sqlite3.Connection, kind: str) -> None:
    """Change the kind of journal, unless somebody else has the store open."""
    conn.execute("PRAGMA busy_timeout = 0")
    try:
        conn.execute(f"PRAGMA journal_mode = {kind}")
    except sqlite3.OperationalError:
        return  # whoever writes next to a store without a write-ahead log turns it on again
    finally:
        conn.execute(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT_SECONDS * 1000)}")


def _roll_back(conn: sqlite3.Connection) -> None:
    try:
        conn.execute("ROLLBACK")
    except sqlite3.Error:
        return  # closing the connection rolls back as well; a full disk may refuse the statement itself


@contextmanager
def session(path: Path, *, dry_run: bool = False) -> Iterator[Session]:
    """A SQLModel session in the same kind of transaction as `writing`, for single-row writes.

    The session runs on the connection `writing` opened, so SQL text and row objects see one transaction; leaving the block
    flushes and commits. Use `raw(session)` for SQL text.
    """
    from sqlalchemy import create_engine
    from sqlalchemy.exc import DBAPIError
    from sqlalchemy.pool import StaticPool
    from sqlmodel import Session

    with writing(path, dry_run=dry_run) as conn:
        engine = create_engine("sqlite://", creator=lambda: _Borrowed(conn), poolclass=StaticPool)
        session_ = Session(engine, autoflush=True, expire_on_commit=False)
        session_.info["connection"] = conn
        try:
            yield session_
            session_.flush()
        except DBAPIError as problem:  # a full disk is the same refusal whoever ran into it
            if isinstance(problem.orig, sqlite3.Error):
                raise problem.orig from problem
            raise
        finally:
            session_.close()
            engine.dispose()


class _Borrowed:
    """A connection lent to SQLAlchemy, which must neither commit, roll back nor close what `writing` owns."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn

    def __getattr__(self, name: str) -> object:
        return getattr(self._conn, name)

    def commit(self) -> None:
        """Left to `writing`."""

    def rollback(self) -> None:
        """Left to `writing`."""

    def close(self) -> None:
        """Left to `writing`."""


def raw(session_: Session) -> sqlite3.Connection:
    """The connection under a session, flushed first so that SQL text sees the session's rows."""
    session_.flush()
    conn = session_.info["connection"]
    assert isinstance(conn, sqlite3.Connection)
    return conn
