"""`shopcare config`."""

from __future__ import annotations

from shopcare.cli.context import settings, store_path
from shopcare.cli.lazy import group
from shopcare.cli.options import FieldsOpt, FormatOpt, JsonOpt, OutputOpt
from shopcare.cli.output import emit

app = group()


@app.command()
def show(fmt: FormatOpt = None, as_json: JsonOpt = False, fields: FieldsOpt = None, output: OutputOpt = None) -> None:
    """Print every setting, its value and where the value comes from.

    \b
    Examples:
      shopcare config show
      shopcare config show --format tsv | grep ^points
    """
    from shopcare.services.settings_report import report

    configured = settings()
    emit(report(configured, store_path(configured)), fmt, as_json, fields, output)
