"""`shopcare points`."""

from __future__ import annotations

from typing import Annotated

import typer

from shopcare.cli.context import context
from shopcare.cli.items import FromOpt, emit_each, many
from shopcare.cli.lazy import group
from shopcare.cli.options import AsOfOpt, DryRunOpt, FieldsOpt, FormatOpt, JsonOpt, OutputOpt, day_given
from shopcare.cli.output import emit, emit_written
from shopcare.errors import UsageError

app = group()

#: More points than any shop gives away, and far below what an integer holds.
MOST = 10**12

CUSTOMER_HELP = "Buyer id, e-mail address, C12, or SHOP/BUYER where two shops match."
CustomerArg = Annotated[str, typer.Argument(metavar="CUSTOMER", help=CUSTOMER_HELP)]
KeyOpt = Annotated[
    str | None,
    typer.Option("--key", metavar="KEY", help="Makes the call safe to repeat: the same key again books nothing."),
]
ReasonOpt = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; stands in the history.")]


@app.command(cls=many("customer"))
def award(
    customer: Annotated[str | None, typer.Argument(metavar="CUSTOMER", help=CUSTOMER_HELP)] = None,
    points: Annotated[
        int | None, typer.Argument(metavar="POINTS", min=1, max=MOST, help="Points to give this customer.")
    ] = None,
    reason: ReasonOpt = "",
    key: KeyOpt = None,
    source: FromOpt = None,
    dry_run: DryRunOpt = False,
    fmt: FormatOpt = None,
    as_json: JsonOpt = False,
    fields: FieldsOpt = None,
    output: OutputOpt = None,
) -> None:
    """Award points: to all orders that have earned them, or a bonus to one customer or to many.

    Without arguments every counted order of a customer earns once, after sign-off, and refunds that exports reported
    since are taken back. Running it again changes nothing. The points become usable when the return window is over.

    With CUSTOMER and POINTS a bonus is booked, usable at once. The same bonus for the same reason on the same day is
    booked once only, however often the command runs; --key says otherwise.

    \b
    Examples:
      shopcare points award --dry-run
      shopcare points award
      shopcare points award C12 200 --reason "apology for the late parcel"
      shopcare points award C12 50 --reason "survey" --key survey-2026-08
      shopcare points award 100 --reason "anniversary" --from members.txt
    """
    if customer is None:
        if reason or key:
            raise UsageError(problem="--reason and --key belong to CUSTOMER POINTS.", command="points award")
        from shopcare.services import awards

        ctx = context()
        emit_written(lambda dry: awards.award_orders(ctx, dry_run=dry), dry_run, fmt, as_json, fields, output)
        return
    if points is None or not reason.strip():
        raise UsageError(problem="A bonus needs CUSTOMER, POINTS and --reason TEXT.", command="points award")
    from shopcare.services import points as ledger

    ctx = context()
    emit_each(
        lambda member, dry: ledger.award_bonus(ctx, member, points, reason.strip(), key=key, dry_run=dry),
        customer, source, ledger.BONUSES, dry_run, fmt, as_json, fields, output,
    )  # fmt: skip


@app.command()
def redeem(
    customer: CustomerArg,
    points: Annotated[int, typer.Argument(metavar="POINTS", min=1, max=MOST, help="Points to use up.")],
    order: Annotated[
        str | None,
        typer.Option("--order", metavar="NUMBER", help="The order they pay for; at most half of it by default."),
    ] = None,
    reason: ReasonOpt = "",
    key: KeyOpt = None,
    dry_run: DryRunOpt = False,
    fmt: FormatOpt = None,
    as_json: JsonOpt = False,
    fields: FieldsOpt = None,
    output: OutputOpt = None,
) -> None:
    """Redeem points of a customer, those that lapse soonest first.

    \b
    Examples:
      shopcare points redeem C12 200
      shopcare points redeem C12 500 --order 9900000000000000101 --key 9900000000000000101
    """
    from shopcare.services import points as ledger

    ctx = context()
    emit_written(
        lambda dry: ledger.redeem(ctx, customer, points, order=order, reason=reason.strip(), key=key, dry_run=dry),
        dry_run,
        fmt,
        as_json,
        fields,
        output,
    )


@app.command()
def balance(
    customer: Annotated[
        str | None, typer.Argument(metavar="CUSTOMER", help="One customer; without it everyone who ever had points.")
    ] = None,
    as_of: AsOfOpt = None,
    fmt: FormatOpt = None,
    as_json: JsonOpt = False,
    fields: FieldsOpt = None,
    output: OutputOpt = None,
) -> None:
    """Show points: available, pending, owed, what comes and what lapses next.

    A day in the future shows what the entries of today come to by then.

    \b
    Examples:
      shopcare points balance
      shopcare points balance C12 --as-of 2026-12-31
    """
    from shopcare.services import points_reports

    day = day_given(as_of)
    if customer is None:
        report = points_reports.list_balances(context(), as_of_day=day)
    else:
        report = points_reports.show_balance(context(), customer, as_of_day=day)
    emit(report, fmt, as_json, fields, output)


@app.command()
def history(
    customer: CustomerArg,
    as_of: AsOfOpt = None,
    fmt: FormatOpt = None,
    as_json: JsonOpt = False,
    fields: FieldsOpt = None,
    output: OutputOpt = None,
) -> None:
    """Show every movement of a customer's points, with the sum so far and what is left of each lot.

    \b
    Examples:
      shopcare points history C12
      shopcare points history C12 --format csv --output points.csv
    """
    from shopcare.services import points_reports

    emit(points_reports.show_history(context(), customer, as_of_day=day_given(as_of)), fmt, as_json, fields, output)
