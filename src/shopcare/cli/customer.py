"""`shopcare customer`."""

from __future__ import annotations

from typing import Annotated

import typer

from shopcare.cli.context import context
from shopcare.cli.lazy import group
from shopcare.cli.options import FieldsOpt, FormatOpt, JsonOpt, OutputOpt, ShopOpt
from shopcare.cli.output import emit

app = group()


@app.command("list")
def list_(
    shop: ShopOpt = None,
    tier: Annotated[
        str | None, typer.Option("--tier", metavar="TIER", help="Only members of this tier; see `tier list`.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help="At most so many; default all.")
    ] = None,
    fmt: FormatOpt = None,
    as_json: JsonOpt = False,
    fields: FieldsOpt = None,
    output: OutputOpt = None,
) -> None:
    """List customers with their orders, net spend in the shop's currency, first and last order, and tier.

    \b
    Examples:
      shopcare customer list
      shopcare customer list --tier gold --fields id
    """
    from shopcare.services.customers import listing
    from shopcare.store.queries.customers import CustomerFilter

    emit(listing(context(), CustomerFilter(shop=shop, tier=tier, limit=limit)), fmt, as_json, fields, output)


@app.command()
def show(
    customer: Annotated[
        str, typer.Argument(metavar="CUSTOMER", help="Id such as C7, or the platform's buyer id or e-mail address.")
    ],
    fmt: FormatOpt = None,
    as_json: JsonOpt = False,
    fields: FieldsOpt = None,
    output: OutputOpt = None,
) -> None:
    """Show one customer on one page: orders, cases, tier, points, last contact.

    \b
    Examples:
      shopcare customer show C7
      shopcare customer show buyer@example.com --json
    """
    from shopcare.services.customers import show as show_customer

    emit(show_customer(context(), customer), fmt, as_json, fields, output)
