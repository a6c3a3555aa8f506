"""`shopcare shop`."""

from __future__ import annotations

from typing import Annotated

import typer

from shopcare.cli.context import context
from shopcare.cli.lazy import group
from shopcare.cli.options import DryRunOpt, FieldsOpt, FormatOpt, JsonOpt, OutputOpt
from shopcare.cli.output import emit, emit_written

app = group()


@app.command("list")
def list_(fmt: FormatOpt = None, as_json: JsonOpt = False, fields: FieldsOpt = None, output: OutputOpt = None) -> None:
    """List the shops with their platform, currency, zone and number of orders.

    \b
    Examples:
      shopcare shop list
      shopcare shop list --fields name
    """
    from shopcare.services import shops

    emit(shops.listing(context()), fmt, as_json, fields, output)


@app.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the shop.")],
    platform: Annotated[str, typer.Option("--platform", metavar="NAME", help="taobao, pdd, shopify …")],
    currency: Annotated[str, typer.Option("--currency", metavar="CODE", help="ISO 4217, such as CNY.")],
    tz: Annotated[str, typer.Option("--tz", metavar="ZONE", help="IANA zone, such as Asia/Shanghai.")],
    dry_run: DryRunOpt = False,
    fmt: FormatOpt = None,
    as_json: JsonOpt = False,
    fields: FieldsOpt = None,
    output: OutputOpt = None,
) -> None:
    """Add a shop to the store.

    \b
    Example:
      shopcare shop add "拼多多店" --platform pdd --currency CNY --tz Asia/Shanghai
    """
    from shopcare.services import shops

    ctx, new = context(), shops.describe(name, platform, currency, tz)
    emit_written(lambda dry: shops.add(ctx, new, dry_run=dry), dry_run, fmt, as_json, fields, output)
