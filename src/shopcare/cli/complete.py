"""Ids and names for shell completion: `shopcare __complete KIND PREFIX`, one per line. Only sqlite3 is imported.

Completion must never fail loudly: whatever goes wrong, nothing is printed and the exit code is 0.
"""

import os
import sqlite3
import sys

#: Kind → ids that begin with a prefix; `:low` and `:high` bound them so that an index answers.
QUERIES = {
    "case": """SELECT 'A' || id FROM "case" WHERE stage <> 'closed' AND 'A' || id LIKE :like ORDER BY id DESC LIMIT 50""",
    "any-case": """SELECT 'A' || id FROM "case" WHERE 'A' || id LIKE :like ORDER BY id DESC LIMIT 50""",
    "order": "SELECT DISTINCT number FROM orders WHERE shop_id IN (SELECT id FROM shop)"
    " AND number >= :low AND number < :high ORDER BY number LIMIT 50",
    "customer": "SELECT 'C' || id FROM customer WHERE merged_into_id IS NULL AND 'C' || id LIKE :like ORDER BY id LIMIT 50",
    "merged-customer": "SELECT 'C' || id FROM customer WHERE survivor_id IS NOT NULL AND 'C' || id LIKE :like"
    " ORDER BY id LIMIT 50",
    "batch": "SELECT 'B' || id FROM import_batch WHERE 'B' || id LIKE :like ORDER BY id DESC LIMIT 50",
    "shop": "SELECT name FROM shop WHERE name >= :low AND name < :high ORDER BY name LIMIT 50",
}

WAIT_SECONDS = 0.2


def run(arguments: list[str]) -> int:
    """Print the ids of a kind that begin with a prefix."""
    kind, prefix = [*arguments, "", ""][:2]
    if kind == "format":
        return _formats(prefix)
    query = QUERIES.get(kind)
    if query is None:
        return 0
    bounds = {"like": prefix.upper() + "%", "low": prefix, "high": prefix + "\U0010ffff"}
    try:
        # A store that somebody is writing to is not worth waiting for.
        conn = sqlite3.connect(f"file:{_quoted(_path())}?mode=ro", uri=True, timeout=WAIT_SECONDS)
        try:
            lines = "".join(f"{row[0]}\n" for row in conn.execute(query, bounds) if str(row[0]).isprintable())
        finally:
            conn.close()
        sys.stdout.write(lines)
    except (sqlite3.Error, OSError, ValueError):
        return 0
    return 0


def _formats(prefix: str) -> int:
    """Print the names of import formats: a format is a file, so the folders are the list of them."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - no time for pathlib
    shipped = (package + "/_shipped/config/platforms", package + "/../../config/platforms")
    found: list[str] = []
    for folder in (_config_home() + "/shopcare/formats", next(filter(os.path.isdir, shipped), "")):
        try:
            found += (name[:-5] for name in os.listdir(folder) if name.endswith(".toml"))  # noqa: PTH208 - as above
        except OSError:
            continue
    try:
        sys.stdout.write(
            "".join(f"{name}\n" for name in sorted(found) if name.startswith(prefix) and name.isprintable())
        )
    except OSError:
        return 0
    return 0


def _config_home() -> str:
    return os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")  # noqa: PTH111 - as above


def _path() -> str:
    """The store as `cli.context` would find it, without its imports unless a settings file names one."""
    named = os.environ.get("SHOPCARE_STORE")
    if named:
        return os.path.expanduser(named)  # noqa: PTH111 - pathlib costs more than the query
    home = os.path.expanduser("~")  # noqa: PTH111 - as above
    files = (_config_home() + "/shopcare/shopcare.toml", "shopcare.toml", os.environ.get("SHOPCARE_CONFIG") or "")
    if any(map(_names_a_store, files)):
        return _path_in_settings()
    return (os.environ.get("XDG_DATA_HOME") or home + "/.local/share") + "/shopcare/shopcare.db"


def _path_in_settings() -> str:
    """The store that the settings name.

    Raises:
        ValueError: settings that cannot be used; the next command says why.
    """
    from shopcare.cli.context import settings, store_path
    from shopcare.errors import ShopcareError

    try:
        return str(store_path(settings()))
    except ShopcareError as refusal:
        raise ValueError(refusal.code) from refusal


def _names_a_store(settings_file: str) -> bool:
    """Whether a settings file may set `store.path`; only then is it worth reading it properly."""
    try:
        with open(settings_file, encoding="utf-8") as file:  # noqa: PTH123 - as above
            return any(line.lstrip().startswith(("path", "store")) for line in file)
    except OSError:
        return False


def _quoted(path: str) -> str:
    return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
