"""`shopcare tier`."""

from __future__ import annotations

from typing import Annotated

import typer

from shopcare.cli.context import context
from shopcare.cli.lazy import group
from shopcare.cli.options import AsOfOpt, DryRunOpt, FieldsOpt, FormatOpt, JsonOpt, OutputOpt, day_given
from shopcare.cli.output import emit, emit_written

app = group()


@app.command()
def assign(
    as_of: AsOfOpt = None,
    dry_run: DryRunOpt = False,
    fmt: FormatOpt = None,
    as_json: JsonOpt = False,
    fields: FieldsOpt = None,
    output: OutputOpt = None,
) -> None:
    """Assign tiers to all members and list who moves.

    A tier follows net spend, paid less refunds, of the last 365 days. Members rise at once and fall 30 days after their
    spend did; both numbers and the ladder are settings. Running it again changes nothing.

    \b
    Examples:
      shopcare tier assign --dry-run
      shopcare tier assign
      shopcare tier assign --as-of 2026-06-30
    """
    from shopcare.services import tiers

    ctx, day = context(), day_given(as_of)
    emit_written(lambda dry: tiers.assign(ctx, as_of_day=day, dry_run=dry), dry_run, fmt, as_json, fields, output)


@app.command("list")
def list_(fmt: FormatOpt = None, as_json: JsonOpt = False, fields: FieldsOpt = None, output: OutputOpt = None) -> None:
    """List the ladder with the members of each tier.

    \b
    Examples:
      shopcare tier list
      shopcare tier list --fields tier,members
    """
    from shopcare.services import tiers

    emit(tiers.ladder_list(context()), fmt, as_json, fields, output)


@app.command()
def show(
    customer: Annotated[
        str,
        typer.Argument(metavar="CUSTOMER", help="Buyer id, e-mail address, C12, or SHOP/BUYER where two shops match."),
    ],
    fmt: FormatOpt = None,
    as_json: JsonOpt = False,
    fields: FieldsOpt = None,
    output: OutputOpt = None,
) -> None:
    """Show the tier of one member: spend, progress to the next tier, how long it lasts, history.

    \b
    Examples:
      shopcare tier show C12
      shopcare tier show ann@example.org --json
    """
    from shopcare.services import tiers

    emit(tiers.show(context(), customer), fmt, as_json, fields, output)
