"""Which shop an export belongs to."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from shopcare.domain.report import Message
from shopcare.errors import EXIT_USAGE
from shopcare.importers.formats.catalog import Format
from shopcare.importers.refusals import ImportRefusalError
from shopcare.store.queries import shops
from shopcare.store.queries.shops import ShopRow


class ShopAmbiguousError(ImportRefusalError):
    """Several shops could be meant: exit 2."""

    code, exit_code = "import.which-shop", EXIT_USAGE
    sentence = "{file} is a {platform} file, and there are several {platform} shops: {shops}."
    hint = "Say which one with --shop NAME."


class ShopMissingError(ImportRefusalError):
    """No shop fits a file of the generic format: exit 2."""

    code, exit_code = "import.no-shop", EXIT_USAGE
    sentence = "{file} does not say which shop it belongs to; there are: {shops}."
    hint = "Say which one with --shop NAME."


def shop_of(
    conn: sqlite3.Connection, known: Format, file: str, named: str | None, now: int
) -> tuple[ShopRow, list[Message]]:
    """The shop a file belongs to, the `named` one if somebody did; one of its platform is made, and that said, if there is
    none.

    Raises:
        ShopAmbiguousError, ShopMissingError: the operator has to say.
    """
    if named:
        return shops.shop_named(conn, named), []
    every = shops.all_shops(conn)
    platform = known.home or known.platform
    fitting = [shop for shop in every if shop.platform == platform]
    if len(fitting) > 1:
        names = ", ".join(shop.name for shop in fitting)
        raise ShopAmbiguousError(file=file, platform=platform, shops=names)
    if fitting:
        return fitting[0], []
    if len(every) == 1 and (every[0].platform == "generic" or known.platform == "generic" or known.home):
        return every[0], []
    if known.platform == "generic":
        names = ", ".join(shop.name for shop in every) or "-"
        raise ShopMissingError(file=file, shops=names)
    return _made(conn, known, platform, every, now)


def _made(
    conn: sqlite3.Connection, known: Format, platform: str, every: Sequence[ShopRow], now: int
) -> tuple[ShopRow, list[Message]]:
    """A shop for a platform that has none, with what its format says, else like the first shop."""
    first = every[0] if every else None
    currency = known.currency or (first.currency if first else "CNY")
    tz = known.zone or (first.tz if first else "UTC")
    name = platform
    while any(shop.name == name for shop in every):
        name += "-import"
    shop = ShopRow(shops.insert_shop(conn, name, platform, currency, tz, now), name, platform, currency, tz)
    said = Message(
        "A shop '{shop}' was created for this file ({currency}, {tz}).",
        {"shop": name, "currency": currency, "tz": tz},
    )
    return shop, [said]
