"""`shopcare init`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from shopcare.cli.context import context, settings
from shopcare.cli.lazy import single
from shopcare.cli.options import FieldsOpt, FormatOpt, JsonOpt, OutputOpt
from shopcare.cli.output import emit, with_fields
from shopcare.errors import QuestionWithoutTerminal
from shopcare.i18n import _

app = single()


@app.command()
def init(
    shop: Annotated[str | None, typer.Option("--shop", metavar="NAME", help="Name of the first shop.")] = None,
    platform: Annotated[str | None, typer.Option("--platform", metavar="NAME", help="taobao, pdd, shopify …")] = None,
    currency: Annotated[str | None, typer.Option("--currency", metavar="CODE", help="ISO 4217, such as CNY.")] = None,
    tz: Annotated[str | None, typer.Option("--tz", metavar="ZONE", help="IANA zone, such as Asia/Shanghai.")] = None,
    fmt: FormatOpt = None,
    as_json: JsonOpt = False,
    fields: FieldsOpt = None,
    output: OutputOpt = None,
) -> None:
    """Create the store and its first shop, and your settings file if there is none.

    On a terminal it asks for what is not given; in a script give all four options and it asks nothing.

    \b
    Examples:
      shopcare init
      shopcare init --shop "My shop" --platform taobao --currency CNY --tz Asia/Shanghai
      shopcare init --store /srv/shop.db --shop Web --platform shopify --currency USD --tz America/New_York
    """
    from shopcare.services import shops
    from shopcare.services.settings_file import write_if_missing

    _check_options(shop=shop, platform=platform, currency=currency, tz=tz)
    if fields:
        with_fields(shops.no_shops(), fields.split(","))
    name = shop or _ask(_("Name of the shop"))
    where = platform or _ask(_("Platform (taobao, pdd, shopify, woocommerce, generic …)"), "generic")
    where = shops.platform_named(where)
    home = shops.home_of(where)
    new = shops.describe(
        name,
        where,
        currency or _ask(_("Currency"), home[0]),
        tz or _ask(_("Time zone"), home[1]),
    )
    settings()  # a settings file that cannot be used is said before anything is created
    ctx = context()
    report = shops.create_store(ctx, new)
    written = write_if_missing()
    settings()  # checked once here, so that the first read need not
    emit(report, fmt, as_json, fields, output)
    sys.stderr.write(_("Store: {store}").format(store=ctx.store) + "\n")
    if written:
        sys.stderr.write(_("Settings: {file}").format(file=written) + "\n")
    sys.stderr.write(_("Next: shopcare import orders FILE") + "\n")


def _check_options(**given: str | None) -> None:
    """In a script nothing is asked: refuse at once, naming every option that is missing."""
    missing = [f"--{name}" for name, value in given.items() if not value]
    if missing and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise QuestionWithoutTerminal(option=" ".join(missing))


def _ask(question: str, default: str | None = None) -> str:
    return str(typer.prompt(question, default=default, err=True))
