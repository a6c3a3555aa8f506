"""Shops: the first one with the store, further ones later."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from shopcare.domain.clock import zone
from shopcare.domain.money import is_currency
from shopcare.domain.report import Block, Column, Report, Row
from shopcare.errors import EXIT_REFUSED, EXIT_USAGE, ShopcareError
from shopcare.i18n import N_
from shopcare.services.context import Context


class ShopInvalid(ShopcareError):
    """A shop cannot be described like this: exit 2."""

    code, exit_code = "shop.invalid", EXIT_USAGE
    sentence = "'{value}' is not a {what}."
    hint = "Allowed: {allowed}."


class ShopExists(ShopcareError):
    """A shop of that name is there already: exit 5."""

    code, exit_code = "shop.exists", EXIT_REFUSED
    sentence = "There is already a shop '{name}'."
    hint = "`shopcare shop list` prints the shops; give the new one another name."


class NewShop(NamedTuple):
    """A checked description of a shop."""

    name: str
    platform: str
    currency: str
    tz: str


#: Names of what is one platform to us, because its exports are the same.
ONE_PLATFORM = {"tmall": "taobao", "pinduoduo": "pdd", "weixin": "wechat"}

PLATFORMS = N_(
    "what `shopcare import formats` lists as platforms, your own formats' too; a shop of any other is generic"
)


def platform_named(name: str) -> str:
    """The platform people mean by a name: one whose exports are known, the operator's own formats included.

    A shop of a platform no export belongs to would never be given a file: another one would be made for it.

    Raises:
        ShopInvalid: none is known.
    """
    from shopcare.importers.formats.catalog import known_formats

    name = ONE_PLATFORM.get(name, name)
    if name not in {known.home or known.platform for known in known_formats()}:
        raise ShopInvalid(what="platform", value=name[:40], allowed=PLATFORMS)
    return name


def home_of(platform: str) -> tuple[str, str]:
    """Currency and zone that a platform's exports imply, to propose them for a shop; USD and UTC where they imply none."""
    from shopcare.importers.formats.catalog import known_formats

    own = [known for known in known_formats() if known.platform == platform]
    currencies, zones = {known.currency for known in own} - {""}, {known.zone for known in own} - {""}
    return (
        currencies.pop() if len(currencies) == 1 else "USD",
        zones.pop() if len(zones) == 1 else "UTC",
    )


def describe(name: str, platform: str, currency: str, tz: str) -> NewShop:
    """Check the description of a shop before anything is written.

    Raises:
        ShopInvalid: a name, platform, currency or zone that cannot be taken.
    """
    name = unicodedata.normalize("NFC", name).strip()
    if not name or len(name) > 100 or not name.isprintable() or "/" in name:
        raise ShopInvalid(what="shop name", value=name[:40], allowed="1 to 100 printable characters, no /")
    platform = platform_named(platform)
    if not is_currency(currency):
        raise ShopInvalid(
            what="currency code", value=currency[:40], allowed="a code of ISO 4217 such as CNY (not RMB), USD, EUR"
        )
    try:
        zone(tz)
    except ValueError as problem:
        raise ShopInvalid(what="time zone", value=tz[:40], allowed="an IANA name such as Asia/Shanghai") from problem
    return NewShop(name, platform, currency, tz)


def create_store(ctx: Context, shop: NewShop) -> Report:
    """A new store with its first shop; it appears whole or not at all.

    Raises:
        StoreExists, StoreUnusable.
    """
    from shopcare.store import schema

    schema.create(ctx.store, first=lambda conn: _insert(conn, ctx, shop, "init"))
    return listing(ctx)


def add(ctx: Context, shop: NewShop, *, dry_run: bool = False) -> Report:
    """Add a shop to the store.

    Raises:
        ShopExists: the name is taken.
    """
    from shopcare.store.engine import raw, session

    with session(ctx.store, dry_run=dry_run) as session_:
        conn = raw(session_)
        if conn.execute("SELECT 1 FROM shop WHERE name = ?", (shop.name,)).fetchone():
            raise ShopExists(name=shop.name)
        _insert(conn, ctx, shop, "shop add")
        return _report(conn, only=shop.name)


def _insert(conn: object, ctx: Context, shop: NewShop, command: str) -> None:
    import sqlite3

    from shopcare.store.queries.audit import record
    from shopcare.store.queries.shops import insert_shop

    assert isinstance(conn, sqlite3.Connection)
    insert_shop(conn, shop.name, shop.platform, shop.currency, shop.tz, ctx.now)
    record(conn, at=ctx.now, actor=ctx.actor, command=command, subject=shop.name)


def listing(ctx: Context) -> Report:
    """Every shop with the number of its orders."""
    from shopcare.store.engine import reading

    with reading(ctx.store) as conn:
        return _report(conn)


def _report(conn: object, only: str | None = None) -> Report:
    import sqlite3

    from shopcare.store.queries.shops import all_shops, orders_by_shop

    assert isinstance(conn, sqlite3.Connection)
    orders = orders_by_shop(conn)
    rows: list[Row] = [
        (shop.name, shop.platform, shop.currency, shop.tz, orders.get(shop.id, 0))
        for shop in all_shops(conn)
        if only in (None, shop.name)
    ]
    return _list(rows)


def no_shops() -> Report:
    """The list without a shop: what `init` will print, for checking --fields before a store is there."""
    return _list([])


def _list(rows: list[Row]) -> Report:
    columns = (
        Column("name", "Shop", "id"),
        Column("platform", "Platform", "code"),
        Column("currency", "Currency", "id"),
        Column("tz", "Time zone", "id"),
        Column("orders", "Orders", "int"),
    )
    return Report("shopcare.shop.list/1", "Shops", [Block("shops", "", columns, rows)], listing=True)
