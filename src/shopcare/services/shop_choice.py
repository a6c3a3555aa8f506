"""Which shop an export belongs to."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from itertools import islice

from shopcare.domain.money import is_currency
from shopcare.domain.report import Message
from shopcare.errors import EXIT_USAGE
from shopcare.importers.orders.mapping import currency_code
from shopcare.importers.refusals import ImportRefusalError
from shopcare.importers.text.sheet import Sheet
from shopcare.store.queries import shops
from shopcare.store.queries.shops import ShopRow

#: Rows from which the currency of a new shop is taken.
ROWS_ASKED = 1_000


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
    conn: sqlite3.Connection, sheet: Sheet, file: str, named: str | None, now: int
) -> tuple[ShopRow, list[Message]]:
    """The shop a file belongs to, the `named` one if somebody did; one of its platform is made, and that said, if there is
    none.

    Raises:
        ShopAmbiguousError, ShopMissingError: the operator has to say.
    """
    if named:
        return shops.shop_named(conn, named), []
    every, known = shops.all_shops(conn), sheet.match.format
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
    return _made(conn, sheet, platform, every, now)


def _made(
    conn: sqlite3.Connection, sheet: Sheet, platform: str, every: Sequence[ShopRow], now: int
) -> tuple[ShopRow, list[Message]]:
    """A shop for a platform that has none, with what its first file says, else its format, else like the first shop."""
    first, known = every[0] if every else None, sheet.match.format
    currency = _usual_currency(sheet) or known.currency or (first.currency if first else "CNY")
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


def _usual_currency(sheet: Sheet) -> str:
    """The currency code that most of the first rows name; empty if none does."""
    place = sheet.match.places.get("currency")
    if place is None:
        return ""
    cells = (row[place] for _line, row, _text in islice(sheet.rows(), ROWS_ASKED) if place < len(row))
    codes = Counter(code for cell in cells if is_currency(code := currency_code(cell, sheet.match.format)))
    return next((code for code, _rows in codes.most_common(1)), "")
