"""Options that many commands share, so that they are spelled and explained in one way."""

from __future__ import annotations

from typing import Annotated

import typer

from shopcare.errors import EXIT_USAGE, ShopcareError
from shopcare.i18n import N_
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


class OptionInvalid(ShopcareError):
    """An option's value is not of its kind: exit 2."""

    code, exit_code = "usage.value", EXIT_USAGE
    sentence = "'{value}' is not a {what}."
    hint = "Allowed: {allowed}."


def day_given(text: str | None) -> int | None:
    """The day number of a date as people give it; None stays None.

    Raises:
        OptionInvalid: not a date.
    """
    from datetime import date

    from shopcare.domain.clock import day_number

    if text is None:
        return None
    try:
        return day_number(date.fromisoformat(text))
    except ValueError as problem:
        raise OptionInvalid(value=text, what=N_("date"), allowed=N_("a day such as 2026-06-30")) from problem


def zone_given(name: str | None) -> str | None:
    """The name of a time zone as people give it; None stays None.

    Raises:
        OptionInvalid: no such zone.
    """
    from shopcare.domain.clock import zone

    if name is None:
        return None
    try:
        zone(name)
    except ValueError as problem:
        allowed = N_("an IANA name such as Asia/Shanghai")
        raise OptionInvalid(value=name, what=N_("time zone"), allowed=allowed) from problem
    return name


def currency_given(code: str | None) -> str | None:
    """A currency code as people give it; None stays None.

    Raises:
        OptionInvalid: no code of ISO 4217.
    """
    from shopcare.domain.money import is_currency

    if code is not None and not is_currency(code):
        raise OptionInvalid(
            value=code, what=N_("currency code"), allowed=N_("a code of ISO 4217 such as CNY (not RMB), USD, EUR")
        )
    return code
