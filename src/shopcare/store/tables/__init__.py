"""The only definition of the tables: one module for each area, importing the areas that its rows refer to.

A write imports the area it writes to and no other, because every table costs start-up time.

Conventions: `*_at` are epoch seconds UTC, `*_day` and `*_month` the day number and month index in the shop's zone,
`*_minor` integer minor units of the row's currency. NULL is "not known". Every key starts with `shop_id` or is a global
surrogate whose row carries `shop_id`, so that a cluster can distribute by shop.

Partial indexes name SQLite only: naming PostgreSQL here would load its dialect with every single-row write.

`table=True` models do not validate: values are checked before they come here. Row objects never leave `store`.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import MetaData


def every_table() -> MetaData:
    """The tables of all areas."""
    from sqlmodel import SQLModel

    for area in iter_modules(__path__):
        import_module(f"{__name__}.{area.name}")
    return SQLModel.metadata
