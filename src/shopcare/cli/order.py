"""`shopcare order`."""

from __future__ import annotations

from typing import Annotated

import typer

from shopcare.cli.context import context
from shopcare.cli.lazy import group
from shopcare.cli.options import FieldsOpt, FormatOpt, JsonOpt, OutputOpt, ShopOpt, day_given
from shopcare.cli.output import emit
from shopcare.domain.orders import OrderStatus

app = group()

LimitOpt = Annotated[int | None, typer.Option("--limit", metavar="N", min=1, help="At most so many; default all.")]


@app.command("list")
def list_(
    shop: ShopOpt = None,
    status: Annotated[OrderStatus | None, typer.Option("--status", help="Only this status.")] = None,
    customer: Annotated[
        str | None, typer.Option("--customer", metavar="CUSTOMER", help="Only of this customer, such as C7.")
    ] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="DATE", help="Ordered on that day or later.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="DATE", help="Ordered on that day or before.")] = None,
    limit: LimitOpt = None,
    fmt: FormatOpt = None,
    as_json: JsonOpt = False,
    fields: FieldsOpt = None,
    output: OutputOpt = None,
) -> None:
    """List orders, newest first, with what was paid, what went back and what remains.

    \b
    Examples:
      shopcare order list --since 2026-08-01 --status completed
      shopcare order list --customer C7 --fields order,net
    """
    from shopcare.services.orders import listing
    from shopcare.store.queries.orders import OrderFilter

    wanted = OrderFilter(shop=shop, status=status, since_day=day_given(since), until_day=day_given(until), limit=limit)
    emit(listing(context(), wanted, customer=customer), fmt, as_json, fields, output)


@app.command()
def show(
    order: Annotated[
        str, typer.Argument(metavar="ORDER", help="Number of the order; SHOP/NUMBER if two shops have it.")
    ],
    fmt: FormatOpt = None,
    as_json: JsonOpt = False,
    fields: FieldsOpt = None,
    output: OutputOpt = None,
) -> None:
    """Show one order: its money, its lines with their share of what was paid, its refunds and its cases.

    \b
    Examples:
      shopcare order show 26090001
      shopcare order show "My shop/26090001"
    """
    from shopcare.services.order_page import show as show_order

    emit(show_order(context(), order), fmt, as_json, fields, output)
