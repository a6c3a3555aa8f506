"""`shopcare import`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shopcare.cli.context import STORED, chosen, context
from shopcare.cli.items import FromOpt, emit_each, many
from shopcare.cli.lazy import group
from shopcare.cli.options import AsOfOpt, DryRunOpt, FieldsOpt, FormatOpt, JsonOpt, OutputOpt, day_given
from shopcare.cli.output import emit, write_to

if TYPE_CHECKING:
    from shopcare.importers.result import ImportResult
    from shopcare.services.file_imports import Kind, Options

app = group()


FilesArg = Annotated[
    list[str], typer.Argument(metavar="FILE...", help="Export files, folders or patterns; - is standard input.")
]
PlatformOpt = Annotated[
    str | None, typer.Option("--platform", metavar="NAME", help="Take the files as this platform's or format's.")
]
ShopOpt = Annotated[str | None, typer.Option("--shop", metavar="NAME", help="The shop the files belong to.")]
ColumnOpt = Annotated[
    list[str] | None,
    typer.Option("--column", metavar="FIELD=HEADER", help="Where a field of the generic format stands; repeatable."),
]
TzOpt = Annotated[
    str | None, typer.Option("--tz", metavar="ZONE", help="Zone of times without one. Default: the shop's.")
]
ExportedAtOpt = Annotated[
    str | None,
    typer.Option("--exported-at", metavar="TIME", help="When the files were exported. Default: what their names say."),
]
DateOrderOpt = Annotated[
    str | None,
    typer.Option(
        "--date-order",
        metavar="dmy|mdy|ymd",
        help="Whether day, month or year comes first in dates of digits. Default: what the whole column shows.",
    ),
]
EncodingOpt = Annotated[
    str | None,
    typer.Option(
        "--encoding", metavar="NAME", help="Encoding of text files, such as shift_jis. Default: what the header shows."
    ),
]
RejectsOpt = Annotated[
    str | None,
    typer.Option("--rejects", metavar="FILE", help="Write rejected rows with line, code and reason here."),
]


def takes_files(kind: Callable[[], Kind]) -> Callable[[], Kind]:
    """Make the command that imports files of a kind: every kind takes the same options, and its text is the help."""

    def run(
        files: FilesArg,
        platform: PlatformOpt = None,
        shop: ShopOpt = None,
        column: ColumnOpt = None,
        tz: TzOpt = None,
        date_order: DateOrderOpt = None,
        encoding: EncodingOpt = None,
        exported_at: ExportedAtOpt = None,
        rejects: RejectsOpt = None,
        dry_run: DryRunOpt = False,
        as_json: JsonOpt = False,
    ) -> None:
        from shopcare.services.file_imports import Options

        options = Options(
            platform=platform, shop=shop, tz=tz, exported_at=exported_at, columns=_columns(column or []),
            dry_run=dry_run, date_order=date_order or "", encoding=encoding,
        )  # fmt: skip
        _import(kind(), files, options, rejects, as_json=as_json)

    app.command(kind.__name__, help=kind.__doc__)(run)
    return kind


def _columns(given: Sequence[str]) -> dict[str, str]:
    from shopcare.importers.refusals import UnknownFieldError

    pairs: dict[str, str] = {}
    for text in given:
        name, equals, header = text.partition("=")
        if not (name and equals and header.strip()):
            raise UnknownFieldError(given=text, fields="order_id, ordered_at, paid …")
        pairs[name.strip()] = header
    return pairs


def _import(what: Kind, files: Sequence[str], options: Options, rejects: str | None, *, as_json: bool) -> None:
    """Import files of one kind, say what came of them, and exit with the code for that."""
    from shopcare.cli.progress import progress
    from shopcare.cli.rejects import rejects_file
    from shopcare.services.file_imports import import_files

    with rejects_file(rejects, files) as sink:
        with progress(enabled=sys.stderr.isatty() and not as_json) as bar:
            result = import_files(context(), files, options, what, rejects=sink, progress=bar)
        if not result.dry_run and any(file.error is None for file in result.files):
            chosen.changed = STORED
        written = sink.write() if sink is not None and not result.dry_run else {}
    _print(result, as_json=as_json, schema=what.schema)
    _name_rejects(written)
    if result.stopped is not None:
        raise result.stopped
    raise typer.Exit(result.exit_code)


def _print(result: ImportResult, *, as_json: bool, schema: str) -> None:
    from shopcare.render import imports as render

    if as_json:
        write_to(sys.stdout, render.json_text(result, schema))
        return
    try:
        write_to(sys.stdout, "".join(line + "\n" for line in render.summary_lines(result)), at_once=True)
    finally:  # bad rows are named even where nobody reads how many there are
        for line in render.remark_lines(result):
            sys.stderr.write(line + "\n")


def _name_rejects(written: dict[str, Path]) -> None:
    """Say where the bad rows of several inputs are."""
    from shopcare.i18n import _
    from shopcare.render.text import neutral

    for file, place in written.items() if len(written) > 1 else ():
        text = _("{file}: the rejected rows are in {rejects}")
        sys.stderr.write(text.format(file=neutral(file), rejects=neutral(str(place))) + "\n")


@takes_files
def orders() -> Kind:
    """Import order exports. The format is told by the header; importing a file again changes nothing.

    Text files, workbooks (xlsx, xls, ods, Excel XML), and zip or gzip files with one export in them are read as
    they are. A folder stands for the export files in it.

    Good rows are stored, bad ones are named with their line and left out (exit 3). A file that cannot be an
    order export is refused whole (exit 5). Each file is one transaction.

    \b
    Examples:
      shopcare import orders ExportOrderList202608010900.csv
      shopcare import orders *.csv --rejects bad-rows.csv
      shopcare import orders ~/Downloads/exports
      shopcare import orders shop.csv --column order_id="Order No" --column paid=gross --tz Europe/Berlin
      shopcare import orders "All order.csv" --date-order dmy
      zcat orders.csv.gz | shopcare import orders - --dry-run --json
    """
    from shopcare.services.order_imports import ORDERS

    return ORDERS


@takes_files
def reviews() -> Kind:
    """Import product reviews: Judge.me, or any table with a rating and a date. Spam is kept and flagged.

    Fields of the generic format for --column: rating (1 to 5), reviewed_at, review_id, title, body, sku, product_id,
    handle, order_id, customer_id, email, curated, verified, reply, replied_at. Names are not stored, e-mail
    addresses only as a keyed hash.

    \b
    Examples:
      shopcare import reviews judgeme_reviews_export.csv
      shopcare import reviews reviews.csv --column rating=Stars --column reviewed_at="Posted on"
    """
    from shopcare.services.people_imports import REVIEWS

    return REVIEWS


@takes_files
def customers() -> Kind:
    """Import customers: Shopify, or any table with a customer id. A row with an id and an address makes them one person.

    Fields of the generic format for --column: customer_id, email. Names, phones and addresses are not stored,
    e-mail addresses only as a keyed hash. Consent to marketing, tags, notes and totals are not kept: the platform's own
    list says who may be written to. If an id and an address already belong to two customers, the row is rejected.

    \b
    Examples:
      shopcare import customers customers_export.csv
      shopcare import customers members.csv --column customer_id="Member No" --column email=Mail
    """
    from shopcare.services.customer_imports import CUSTOMERS

    return CUSTOMERS


@takes_files
def surveys() -> Kind:
    """Import survey answers: any table with a score and a date.

    Fields of the generic format for --column: score, answered_at, answer_id, kind (csat, nps, other), scale_max,
    question, answer, order_id, case_id, customer_id, email. Without scale_max, csat is out of 5 and nps out of 10.

    \b
    Examples:
      shopcare import surveys answers.csv
      shopcare import surveys nps.csv --column score=NPS --column answered_at=Date --column kind=Type
    """
    from shopcare.services.people_imports import SURVEYS

    return SURVEYS


@takes_files
def events() -> Kind:
    """Import behaviour events, such as views and searches: any table with a kind and a time.

    Fields of the generic format for --column: kind, happened_at, event_id, subject (a SKU, an address, a search),
    value, customer_id, email.

    \b
    Examples:
      shopcare import events events.csv
      shopcare import events clicks.csv --column kind=Action --column happened_at=Time --column subject=URL
    """
    from shopcare.services.people_imports import EVENTS

    return EVENTS


@takes_files
def cases() -> Kind:
    """Import after-sales exports: refunds, returns, service orders. They open, update and close cases.

    \b
    A refund the platform lists is booked once, on its date of completion, and only under a word that means success.
    A case whose order is not there yet waits for it. Importing a file again changes nothing.

    Fields of the generic format for --column: case_id, order_id, status, kind, reason, line_id, sku, title, quantity,
    currency, amount, refunded, freight, applied_at, closed_at, deadline, fault, waiting_on.

    \b
    Examples:
      shopcare import cases refunds.csv
      shopcare import cases aftersales-*.csv --rejects bad-rows.csv
      shopcare import cases returns.csv --column case_id="Return No" --column order_id="Order No" --column status=State
    """
    from shopcare.services.case_imports import CASES

    return CASES


@app.command("list")
def list_(
    limit: Annotated[
        int, typer.Option("--limit", min=1, metavar="N", help="At most this many, the newest first.")
    ] = 50,
    as_of: AsOfOpt = None,
    fmt: FormatOpt = None,
    as_json: JsonOpt = False,
    fields: FieldsOpt = None,
    output: OutputOpt = None,
) -> None:
    """List the import batches, newest first, with what each brought.

    \b
    Examples:
      shopcare import list
      shopcare import list --limit 1 --json
    """
    from shopcare.services import batches

    emit(batches.listing(context(), limit, as_of_day=day_given(as_of)), fmt, as_json, fields, output)


BatchArg = Annotated[str, typer.Argument(metavar="BATCH", help="Id of the batch, such as B3.")]


@app.command()
def show(
    batch: BatchArg,
    fmt: FormatOpt = None,
    as_json: JsonOpt = False,
    fields: FieldsOpt = None,
    output: OutputOpt = None,
) -> None:
    """Show one import batch: its file, its counts, its rejected rows, and what would block undoing it.

    \b
    Example:
      shopcare import show B3
    """
    from shopcare.services import batches

    emit(batches.show(context(), batch), fmt, as_json, fields, output)


@app.command(cls=many("batch"))
def undo(
    batch: BatchArg,
    source: FromOpt = None,
    dry_run: DryRunOpt = False,
    fmt: FormatOpt = None,
    as_json: JsonOpt = False,
    fields: FieldsOpt = None,
    output: OutputOpt = None,
) -> None:
    """Take back what an import batch brought, and restore what it changed.

    Refused as long as later facts stand on it: later batches that change or repeat the same things, points, refunds,
    steps of the desk, use of its customers; the refusal names them. The batch itself stays in the list as undone, and its
    file may be imported again.

    \b
    Examples:
      shopcare import undo B3 --dry-run
      shopcare import undo B3
      shopcare import list --limit 3 | shopcare import undo --from -
    """
    from shopcare.services import undo as undoing

    ctx = context()
    emit_each(
        lambda key, dry: undoing.undo(ctx, key, dry_run=dry),
        batch, source, undoing.UNDONE, dry_run, fmt, as_json, fields, output, bulk=True,
    )  # fmt: skip


def _meaning(given: str) -> tuple[str, str]:
    """A status word and what it means; the word may have an equals sign in it."""
    from shopcare.errors import UsageError

    word, _equals, to = given.rpartition("=")
    if not (word.strip() and to.strip()):
        text = "{option} takes WORD=STATUS, not '{given}'."
        raise UsageError(problem=text, command="import formats", option="--status", given=given)
    return word.strip(), to.strip()


@app.command()
def formats(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[show NAME | new NAME FILE]",
            help="`show` and a format's name; or `new`, a name for the format, and a file that has it.",
        ),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option("--kind", metavar="KIND", help="What the file holds. Default: what its header resembles most."),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option("--column", metavar="FIELD=HEADER", help="Where a field stands; repeatable."),
    ] = None,
    status: Annotated[
        list[str] | None,
        typer.Option("--status", metavar="WORD=STATUS", help="What a status word of the file means; repeatable."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Write the proposed format without asking.")] = False,
    dry_run: DryRunOpt = False,
    fmt: FormatOpt = None,
    as_json: JsonOpt = False,
    fields: FieldsOpt = None,
    output: OutputOpt = None,
) -> None:
    """List the export formats that are recognised, show one, or make one of your own.

    `show` prints a format's columns and status words. Confidence is how well a header is known: A from several exports,
    B from one, C in part.

    `new` proposes what the columns of a file are, asks, and writes a format file. The file is then recognised by its
    header like one of a shipped format. A column is found by the names that other formats use and by what its cells
    look like. Status words that nobody knows are named, and asked for: an order's is unpaid, paid, shipped, completed,
    closed, cancelled or refunded.

    \b
    Examples:
      shopcare import formats
      shopcare import formats show taobao-orders
      shopcare import formats new my-shop orders.csv
      shopcare import formats new my-shop orders.csv --status versandt=shipped --status storniert=cancelled --yes
      shopcare import formats new my-reviews reviews.xlsx --kind reviews --column rating=Score --yes
    """
    from shopcare.errors import UsageError
    from shopcare.services import import_formats

    match words or []:
        case []:
            emit(import_formats.listing(), fmt, as_json, fields, output)
        case ["show", name]:
            emit(import_formats.one(name), fmt, as_json, fields, output)
        case ["new", name, file]:
            from shopcare.cli.import_formats import new_format

            show = lambda report: emit(report, fmt, as_json, fields, output)  # noqa: E731 - bound to this call's options
            meanings = dict(_meaning(each) for each in status or [])
            new_format(name, file, kind, _columns(column or []), meanings, show, yes=yes, dry_run=dry_run)
        case _:
            problem = "`import formats` takes nothing, `show NAME` or `new NAME FILE`."
            raise UsageError(problem=problem, command="import formats")
