"""`shopcare case`."""

from __future__ import annotations

from typing import Annotated, NoReturn

import typer

from shopcare.cli.context import context
from shopcare.cli.items import FromOpt, emit_each, many
from shopcare.cli.lazy import group
from shopcare.cli.options import AsOfOpt, DryRunOpt, FieldsOpt, FormatOpt, JsonOpt, OutputOpt, ShopOpt, day_given
from shopcare.cli.output import emit
from shopcare.domain.cases import Fault, Kind, Move, Outcome, Stage, WaitingOn
from shopcare.errors import UsageError

app = group()

CaseArg = Annotated[str, typer.Argument(metavar="CASE", help="Id of the case, such as A12.")]
KindOpt = Annotated[Kind, typer.Option("--kind", help="What the buyer asks for.")]
OutcomeOpt = Annotated[Outcome, typer.Option("--outcome", help="What came of it.")]
FaultOpt = Annotated[Fault | None, typer.Option("--fault", help="Whose fault it is.")]
WaitingOpt = Annotated[WaitingOn | None, typer.Option("--waiting-on", help="Whose turn it is.")]
NoteOpt = Annotated[str, typer.Option("--note", metavar="TEXT", help="A note for the history of the case.")]
ReasonOpt = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why; needed for a refusal and a reopening.")]
VersionOpt = Annotated[
    int | None,
    typer.Option(
        "--expect-version", metavar="N", help="Refuse if the case changed since that version; `case show` prints it."
    ),
]


@app.command("open", cls=many("order"))
def open_(
    order: Annotated[
        str, typer.Argument(metavar="ORDER", help="Number of the order; SHOP/NUMBER if two shops have it.")
    ],
    kind: KindOpt,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why the buyer asks.")],
    line: Annotated[
        list[str] | None,
        typer.Option("--line", metavar="SKU:QTY", help="Units it is about; may be repeated. '#3' is the third line."),
    ] = None,
    amount: Annotated[
        str | None, typer.Option("--amount", metavar="AMOUNT", help="What the buyer asks for, in the order's currency.")
    ] = None,
    external_id: Annotated[
        str | None, typer.Option("--external-id", metavar="ID", help="The platform's id of the case.")
    ] = None,
    fault: FaultOpt = None,
    waiting_on: WaitingOpt = None,
    note: NoteOpt = "",
    source: FromOpt = None,
    dry_run: DryRunOpt = False,
    fmt: FormatOpt = None,
    as_json: JsonOpt = False,
    fields: FieldsOpt = None,
    output: OutputOpt = None,
) -> None:
    """Open a case on an order.

    A return, an exchange or a repair without --line is about every unit that is left.

    \b
    Examples:
      shopcare case open 26090001 --kind return_refund --reason "zip broken" --line JACKET-L:1
      shopcare case open 26090001 --kind refund_only --reason "arrived late" --amount 20
      shopcare case open 26090001 --kind inquiry --reason "asks for an invoice" --fields id
      shopcare case open --from recalled.txt --kind inquiry --reason "recall of lot 7"
    """
    from shopcare.services.case_reports import WRITTEN
    from shopcare.services.cases import Opening, open_case

    if source is not None and external_id:
        _of_one("--external-id", "case open")

    opening = Opening(
        order=order, kind=kind, reason=reason, lines=tuple(line or ()), amount=amount,
        external_id=external_id or None, fault=fault or "unknown",
        waiting_on=waiting_on, note=note,
    )  # fmt: skip
    ctx = context()
    emit_each(
        lambda key, dry: open_case(ctx, opening._replace(order=key), dry_run=dry),
        order, source, WRITTEN, dry_run, fmt, as_json, fields, output,
    )  # fmt: skip


def _of_one(option: str, command: str) -> NoReturn:
    raise UsageError(
        problem="{option} is about one case only and does not go with --from.", command=command, option=option
    )


@app.command("list")
def list_(
    stage: Annotated[Stage | None, typer.Option("--stage", help="Only this stage.")] = None,
    everything: Annotated[
        bool, typer.Option("--all/--open", help="Closed cases too, or only open ones (the default).")
    ] = False,
    kind: Annotated[Kind | None, typer.Option("--kind", help="Only this kind.")] = None,
    customer: Annotated[
        str | None, typer.Option("--customer", metavar="CUSTOMER", help="Only of this customer, such as C7.")
    ] = None,
    order: Annotated[str | None, typer.Option("--order", metavar="ORDER", help="Only of this order.")] = None,
    waiting_on: Annotated[
        WaitingOn | None, typer.Option("--waiting-on", help="Only where it is this party's turn.")
    ] = None,
    shop: ShopOpt = None,
    as_of: AsOfOpt = None,
    fmt: FormatOpt = None,
    as_json: JsonOpt = False,
    fields: FieldsOpt = None,
    output: OutputOpt = None,
) -> None:
    """List cases, oldest first: the open ones, unless --all or a stage says otherwise.

    \b
    Examples:
      shopcare case list --waiting-on us
      shopcare case list --order 26090001 --all
      shopcare case list --stage received --fields id,order,customer
      shopcare case list --as-of 2026-06-30 --json
    """
    from shopcare.services.case_reports import listing
    from shopcare.store.queries.cases import CaseFilter

    wanted = CaseFilter(
        is_open=not everything and stage != "closed", stage=stage,
        kind=kind, waiting_on=waiting_on, shop=shop,
    )  # fmt: skip
    day = day_given(as_of)
    emit(listing(context(), wanted, customer=customer, order=order, as_of_day=day), fmt, as_json, fields, output)


@app.command()
def show(
    case: CaseArg,
    fmt: FormatOpt = None,
    as_json: JsonOpt = False,
    fields: FieldsOpt = None,
    output: OutputOpt = None,
) -> None:
    """Show one case: where it stands, what it is about, what was refunded, and everything that happened.

    \b
    Example:
      shopcare case show A12
    """
    from shopcare.services.case_reports import show as show_case

    emit(show_case(context(), case), fmt, as_json, fields, output)


@app.command(cls=many("case"))
def move(
    case: CaseArg,
    action: Annotated[Move, typer.Argument(help="What happens.")],
    waiting_on: WaitingOpt = None,
    fault: FaultOpt = None,
    reason: ReasonOpt = "",
    note: NoteOpt = "",
    expect_version: VersionOpt = None,
    source: FromOpt = None,
    dry_run: DryRunOpt = False,
    fmt: FormatOpt = None,
    as_json: JsonOpt = False,
    fields: FieldsOpt = None,
    output: OutputOpt = None,
) -> None:
    """Take a case one step further, or open a closed one again.

    `case show` prints what is possible now; the whole table stands in docs/cases.md.

    \b
    Examples:
      shopcare case move A12 receive
      shopcare case move A12 reject --reason "worn"
      shopcare case move A12 wait --waiting-on supplier
      shopcare case move A12 reopen --reason "broke again"
      shopcare case list --stage approved | shopcare case move receive --from -
    """
    from shopcare.domain.cases import Step
    from shopcare.services import cases
    from shopcare.services.case_reports import WRITTEN

    if source is not None and expect_version is not None:
        _of_one("--expect-version", "case move")

    step = Step(
        action, waiting_on=waiting_on,
        fault=fault, reason=reason.strip(), note=note.strip(),
    )  # fmt: skip
    ctx = context()
    emit_each(
        lambda key, dry: cases.move(ctx, key, step, expected_version=expect_version, dry_run=dry),
        case, source, WRITTEN, dry_run, fmt, as_json, fields, output,
    )  # fmt: skip


@app.command(cls=many("case"))
def close(
    case: CaseArg,
    outcome: OutcomeOpt,
    refund: Annotated[
        str | None, typer.Option("--refund", metavar="AMOUNT", help="What goes back to the buyer, freight included.")
    ] = None,
    freight: Annotated[
        str | None, typer.Option("--freight", metavar="AMOUNT", help="The part of --refund that is freight.")
    ] = None,
    fault: FaultOpt = None,
    reason: ReasonOpt = "",
    note: NoteOpt = "",
    expect_version: VersionOpt = None,
    source: FromOpt = None,
    dry_run: DryRunOpt = False,
    fmt: FormatOpt = None,
    as_json: JsonOpt = False,
    fields: FieldsOpt = None,
    output: OutputOpt = None,
) -> None:
    """Close a case with its outcome, and book what goes back to the buyer.

    `refunded` without --refund gives back what the case asked for, else all that is left for it; the amount is printed.

    \b
    Examples:
      shopcare case close A12 --outcome refunded
      shopcare case close A12 --outcome partly_refunded --refund 20
      shopcare case close A12 --outcome rejected --reason "worn"
      shopcare case close --from settled.txt --outcome refunded --dry-run
    """
    from shopcare.domain.cases import Step
    from shopcare.services import cases
    from shopcare.services.case_reports import WRITTEN

    if source is not None and expect_version is not None:
        _of_one("--expect-version", "case close")

    step = Step(
        "close", outcome=outcome, fault=fault,
        reason=reason.strip(), note=note.strip(),
    )  # fmt: skip
    closing = cases.Closing(refund=refund, freight=freight)
    ctx = context()
    emit_each(
        lambda key, dry: cases.close(ctx, key, step, closing, expected_version=expect_version, dry_run=dry),
        case, source, WRITTEN, dry_run, fmt, as_json, fields, output,
    )  # fmt: skip
