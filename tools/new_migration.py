"""Write the next migration from the difference between the tables and the newest migration.

    python tools/new_migration.py "what changes"      # the next number
    python tools/new_migration.py --regenerate        # 0001 anew; only before the first release

Read what it wrote before committing it, and raise SCHEMA_VERSION in store/engine.py.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from alembic import command

from shopcare.store import append_only, schema

VERSIONS = Path(schema.__file__).parent / "migrations" / "versions"
TRIGGERS = """
    for statement in {statements}:
        op.execute(statement)
"""


def numbers() -> list[int]:
    """The numbers of the migrations that exist."""
    return sorted(int(path.name[:4]) for path in VERSIONS.glob("[0-9]*.py"))


def main(arguments: list[str]) -> None:
    """Write one migration file."""
    regenerate = arguments == ["--regenerate"]
    if regenerate:
        for path in VERSIONS.glob("0001*.py"):
            path.unlink()
    number = 1 if regenerate else max(numbers(), default=0) + 1
    message = "First tables." if regenerate else arguments[0]
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as conn:
        if number > 1:
            schema.upgrade(conn)
        config = schema.alembic_config(conn)
        config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
        command.revision(config, message=message, autogenerate=True, rev_id=f"{number:04d}")
        config.attributes["connection"].close()
    written = next(VERSIONS.glob(f"{number:04d}*.py"))
    if number == 1:
        statements = ",\n        ".join(repr(statement) for statement in append_only.trigger_ddl())
        text = written.read_text().rstrip().replace("after .", "the first") + TRIGGERS.format(
            statements=f"(\n        {statements},\n    )"
        )
        written.write_text(text)
    subprocess.run([sys.executable, "-m", "ruff", "check", "-q", "--fix", str(written)], check=False)
    subprocess.run([sys.executable, "-m", "ruff", "format", "-q", str(written)], check=True)
    print(f"wrote {written}")


if __name__ == "__main__":
    main(sys.argv[1:])
