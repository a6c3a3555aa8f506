"""`shopcare db`."""

from __future__ import annotations

from shopcare.cli.context import context
from shopcare.cli.lazy import group
from shopcare.cli.options import FieldsOpt, FormatOpt, JsonOpt, OutputOpt
from shopcare.cli.output import emit

app = group()


@app.command()
def migrate(
    fmt: FormatOpt = None, as_json: JsonOpt = False, fields: FieldsOpt = None, output: OutputOpt = None
) -> None:
    """Bring an older store to this program's schema; a copy of the file is kept beside it.

    \b
    Example:
      shopcare db migrate
    """
    from shopcare.services import database

    emit(database.migrate(context()), fmt, as_json, fields, output)


@app.command()
def check(fmt: FormatOpt = None, as_json: JsonOpt = False, fields: FieldsOpt = None, output: OutputOpt = None) -> None:
    """Check the store: file structure, foreign keys, row counts. Exit 3 if something is wrong.

    \b
    Example:
      shopcare db check --json
    """
    import typer

    from shopcare.services import database

    report, sound = database.check(context())
    emit(report, fmt, as_json, fields, output)
    if not sound:
        raise typer.Exit(3)
