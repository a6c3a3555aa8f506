"""`shopcare customer`."""

from __future__ import annotations

from typing import Annotated

import typer

from shopcare.cli.context import context
from shopcare.cli.items import FromOpt, emit_each, many
from shopcare.cli.lazy import group
from shopcare.cli.options import AsOfOpt, DryRunOpt, FieldsOpt, FormatOpt, JsonOpt, OutputOpt, ShopOpt, day_given
from shopcare.cli.output import emit

app = group()

WhyOpt = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; stands in the history.")]


@app.command("list")
def list_(
    shop: ShopOpt = None,
    tier: Annotated[
        str | None, typer.Option("--tier", metavar="TIER", help="Only members of this tier; see `tier list`.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", min=1, help="At most so many; default all.")
    ] = None,
    as_of: AsOfOpt = None,
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
      shopcare customer list --as-of 2026-06-30
    """
    from shopcare.services.customers import listing
    from shopcare.store.queries.customers import CustomerFilter

    wanted = CustomerFilter(shop=shop, tier=tier, limit=limit, as_of_day=day_given(as_of))
    emit(listing(context(), wanted), fmt, as_json, fields, output)


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
    """Show one customer on one page: orders, cases, identities, who was merged into it, tier, points, last contact.

    \b
    Examples:
      shopcare customer show C7
      shopcare customer show buyer@example.com --json
    """
    from shopcare.services.customers import show as show_customer

    emit(show_customer(context(), customer), fmt, as_json, fields, output)


@app.command(cls=many("duplicate"))
def merge(
    customer: Annotated[
        str, typer.Argument(metavar="CUSTOMER", help="The customer that stays: C7, a buyer id or an e-mail address.")
    ],
    duplicate: Annotated[
        str, typer.Argument(metavar="DUPLICATE", help="The customer that from now on counts as CUSTOMER.")
    ],
    reason: WhyOpt = "",
    source: FromOpt = None,
    dry_run: DryRunOpt = False,
    fmt: FormatOpt = None,
    as_json: JsonOpt = False,
    fields: FieldsOpt = None,
    output: OutputOpt = None,
) -> None:
    """Merge two customers who are one person: CUSTOMER absorbs DUPLICATE.

    From then on every list and figure counts both as CUSTOMER: orders, cases, spend, points, tier, retention. Nothing is
    moved, so `shopcare customer unmerge` restores exactly what was. Whoever was merged into DUPLICATE before comes along.
    The tier is decided anew by the next `shopcare tier assign`. Both shops must have the same currency.

    \b
    Examples:
      shopcare customer merge C7 C12
      shopcare customer merge C7 buyer@example.com --reason "same phone number" --dry-run
      shopcare customer merge C7 --from duplicates.txt
    """
    from shopcare.services import merging

    ctx = context()
    emit_each(
        lambda key, dry: merging.merge(ctx, customer, key, reason=reason, dry_run=dry),
        duplicate, source, merging.MERGED, dry_run, fmt, as_json, fields, output,
    )  # fmt: skip


@app.command(cls=many("customer"))
def unmerge(
    customer: Annotated[
        str, typer.Argument(metavar="MERGED", help="The customer that was merged; `customer show` lists them.")
    ],
    reason: WhyOpt = "",
    source: FromOpt = None,
    dry_run: DryRunOpt = False,
    fmt: FormatOpt = None,
    as_json: JsonOpt = False,
    fields: FieldsOpt = None,
    output: OutputOpt = None,
) -> None:
    """Take a merge back: MERGED stands for itself again, with its own orders, cases, points and tiers.

    Points that were redeemed or taken back while merged stay with the customers whose points they were. Whoever was merged
    into MERGED goes along with it.

    \b
    Examples:
      shopcare customer unmerge C12
      shopcare customer unmerge C12 --reason "two people at one address" --dry-run
      shopcare customer unmerge --from mistaken.txt
    """
    from shopcare.services import merging

    ctx = context()
    emit_each(
        lambda key, dry: merging.unmerge(ctx, key, reason=reason, dry_run=dry),
        customer, source, merging.UNMERGED, dry_run, fmt, as_json, fields, output,
    )  # fmt: skip
