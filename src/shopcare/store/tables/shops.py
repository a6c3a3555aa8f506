"""Shops, and what the store knows of itself."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from shopcare.store.tables.columns import integer, row_id, string


class StoreMeta(SQLModel, table=True):
    """Facts about the store itself, such as the salt that hashes e-mail addresses. Grain: one row per key."""

    __tablename__ = "store_meta"
    key: str = Field(sa_column=Column(Text, primary_key=True))
    value: str = Field(sa_column=string())


class Shop(SQLModel, table=True):
    """One shop on one platform, with the currency and zone its figures are counted in. Grain: one row per shop."""

    __tablename__ = "shop"
    __table_args__ = (
        UniqueConstraint("name", name="uq_shop_name"),
        CheckConstraint("length(name) > 0", name="ck_shop_name"),
        CheckConstraint("length(currency) = 3", name="ck_shop_currency"),
    )
    id: int | None = Field(default=None, sa_column=row_id())
    name: str = Field(sa_column=string())
    platform: str = Field(sa_column=string())
    currency: str = Field(sa_column=string())
    tz: str = Field(sa_column=string())
    created_at: int = Field(sa_column=integer())
