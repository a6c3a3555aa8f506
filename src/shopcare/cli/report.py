"""`shopcare report`."""

from __future__ import annotations

from typing import Annotated

import typer

from shopcare.cli.context import context
from shopcare.cli.lazy import group
from shopcare.cli.options import (
    AsOfOpt,
    FieldsOpt,
    FormatOpt,
    JsonOpt,
    OutputOpt,
    ShopOpt,
    currency_given,
    day_given,
    zone_given,
)
from shopcare.cli.output import emit

app = group()


@app.command()
def retention(
    as_of: AsOfOpt = None,
    tz: Annotated[
        str | None,
        typer.Option("--tz", metavar="ZONE", help="Count days and months in this zone. Default: each shop's own."),
    ] = None,
    currency: Annotated[
        str | None,
        typer.Option("--currency", metavar="CODE", help="Orders in this currency. Default: that of most orders."),
    ] = None,
    shop: ShopOpt = None,
    fmt: FormatOpt = None,
    as_json: JsonOpt = False,
    fields: FieldsOpt = None,
    output: OutputOpt = None,
) -> None:
    """Print how many customers come back, how soon, and what each month's new customers brought since.

    Base figures, repeat rate, second order within 30 to 365 days, days between purchases, and monthly cohorts. Paid
    orders count, whether or not they were refunded later; net revenue is less the refunds up to the as-of day. Guests are
    counted in orders and revenue, not as customers. docs/retention.md defines every figure.

    \b
    Examples:
      shopcare report retention
      shopcare report retention --as-of 2026-06-30 --shop "My shop"
      shopcare report retention --currency USD --tz America/New_York --json
      shopcare report retention --format csv --output retention.csv
    """
    from shopcare.reports import retention as summary

    ctx = context()
    report = summary.retention(
        ctx.store,
        ctx.now,
        as_of_day=day_given(as_of),
        tz=zone_given(tz),
        currency=currency_given(currency),
        shop=shop,
    )
    emit(report, fmt, as_json, fields, output)
