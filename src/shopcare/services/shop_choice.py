"""Which shop an export belongs to."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from itertools import islice

from shopcare.domain.money import is_currency
from shopcare.domain.report import Message
from shopcare.errors import EXIT_USAGE
from shopcare.importers.formats.catalog import Format, known_formats
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


class ShopCurrencyError(ImportRefusalError):
    """Orders of a platform without a shop, in a currency that nothing names: exit 2."""

    code, exit_code = "import.no-currency", EXIT_USAGE
    sentence = "There is no {platform} shop yet, and {file} does not say in which currency a new one counts."
    hint = "Make it first: `shopcare shop add {platform} --platform {platform} --currency CODE --tz ZONE`."


def shop_of(
    conn: sqlite3.Connection, sheet: Sheet, file: str, named: str | None, now: int
) -> tuple[ShopRow, list[Message]]:
    """The shop a file belongs to, the `named` one if somebody did; one of its platform is made, and that said, if there is
    none. The first orders of a shop whose currency was assumed settle it.

    Raises:
        ShopAmbiguousError, ShopMissingError, ShopCurrencyError: the operator has to say.
    """
    shop, said = (shops.shop_named(conn, named), []) if named else _found(conn, sheet, file, now)
    if sheet.match.format.kind != "orders" or not shops.is_currency_assumed(conn, shop.id):
        return shop, said
    currency = _named_currency(sheet) or shop.currency
    shops.settle_currency(conn, shop.id, currency)
    if currency != shop.currency:
        values = {"shop": shop.name, "currency": currency, "other": shop.currency}
        said.append(
            Message("Shop '{shop}' counts in {currency}, as its first orders do; so far {other} was assumed.", values)
        )
    return shop._replace(currency=currency), said


def _found(conn: sqlite3.Connection, sheet: Sheet, file: str, now: int) -> tuple[ShopRow, list[Message]]:
    """The shop that file and store together mean.

    Raises:
        ShopAmbiguousError, ShopMissingError, ShopCurrencyError: they do not mean one.
    """
    every, known = shops.all_shops(conn), sheet.match.format
    platform = known.home or known.platform
    fitting = [shop for shop in every if shop.platform == platform]
    if len(fitting) > 1:
        names = ", ".join(shop.name for shop in fitting)
        raise ShopAmbiguousError(file=file, platform=platform, shops=names)
    if fitting:
        return fitting[0], []
    if len(every) == 1 and "generic" in (every[0].platform, known.platform):
        return every[0], []
    if known.platform == "generic":
        names = ", ".join(shop.name for shop in every) or "-"
        raise ShopMissingError(file=file, shops=names)
    return _made(conn, sheet, file, every, now)


def buyers_platform(known: Format, shop: ShopRow) -> str:
    """The platform whose buyers a file names: its own; a file of no platform names those of the shop's."""
    return shop.platform if known.platform == "generic" else known.platform


def _made(
    conn: sqlite3.Connection, sheet: Sheet, file: str, every: Sequence[ShopRow], now: int
) -> tuple[ShopRow, list[Message]]:
    """A shop for a platform that has none, with the currency that its first file or that file's format names.

    A file without orders may name none. The currency of the platform's other formats is assumed then, until orders come.

    Raises:
        ShopCurrencyError: orders without a currency.
    """
    first, known = every[0] if every else None, sheet.match.format
    platform = known.home or known.platform
    named = _named_currency(sheet)
    if not named and known.kind == "orders":
        raise ShopCurrencyError(file=file, platform=platform)
    currency = named or _platforms_currency(platform) or (first.currency if first else "CNY")
    # the zone of another program's export is that of its clock (Judge.me: UTC)
    tz = ("" if known.home else known.zone) or (first.tz if first else "UTC")
    name = platform
    while any(shop.name == name for shop in every):
        name += "-import"
    shop = ShopRow(shops.insert_shop(conn, name, platform, currency, tz, now), name, platform, currency, tz)
    values = {"shop": name, "currency": currency, "tz": tz}
    said = [Message("A shop '{shop}' was created for this file ({currency}, {tz}).", values)]
    if not named:
        shops.assume_currency(conn, shop.id)
        text = "{currency} is assumed until the first orders of '{shop}' say what it counts in."
        said.append(Message(text, {"currency": currency, "shop": name}))
    return shop, said


def _named_currency(sheet: Sheet) -> str:
    """The currency that a file's rows name most, else its format's; empty if neither says one."""
    return _usual_currency(sheet) or sheet.match.format.currency


def _platforms_currency(platform: str) -> str:
    """The currency of the first format of a platform that has one; empty if none has."""
    own = (known.currency for known in known_formats() if known.platform == platform)
    return next((currency for currency in own if currency), "")


def _usual_currency(sheet: Sheet) -> str:
    """The currency code that most of the first rows name; empty if none does."""
    place = sheet.match.places.get("currency")
    if place is None:
        return ""
    cells = (row[place] for _line, row, _text in islice(sheet.rows(), ROWS_ASKED) if place < len(row))
    codes = Counter(code for cell in cells if is_currency(code := currency_code(cell, sheet.match.format)))
    return next((code for code, _rows in codes.most_common(1)), "")
