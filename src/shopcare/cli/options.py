"""Options that many commands share, so that they are spelled and explained in one way."""

from __future__ import annotations

from typing import Annotated

import typer

from shopcare.render.formats import FORMATS

FormatOpt = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="|".join(FORMATS),
        help="Form of the output. Default: table on a terminal, tsv in a pipe, or what --output's ending says.",
    ),
]
JsonOpt = Annotated[bool, typer.Option("--json", help="Short for --format json.")]
FieldsOpt = Annotated[
    str | None, typer.Option("--fields", metavar="A,B", help="Only these columns, in this order, by their JSON names.")
]
OutputOpt = Annotated[
    str | None,
    typer.Option(
        "--output", metavar="FILE", help="Write to a file instead; it appears whole or not at all. - is stdout."
    ),
]
DryRunOpt = Annotated[bool, typer.Option("--dry-run", help="Say what would be done; write nothing.")]
AsOfOpt = Annotated[
    str | None,
    typer.Option("--as-of", metavar="DATE", help="What was known at the end of that day (YYYY-MM-DD). Default: today."),
]
ShopOpt = Annotated[str | None, typer.Option("--shop", metavar="NAME", help="Only this shop.")]
