"""Customers, the names platforms know them by, and their merges."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from shopcare.store.tables.columns import integer, one_of, reference, row_id, string
from shopcare.store.tables.imports import ImportBatch
from shopcare.store.tables.shops import Shop


class Customer(SQLModel, table=True):
    """A resolved buyer. Grain: one row per person as far as the identities tell.

    `first_batch_id` is the import that brought the customer; NULL for one that no import may take away again.
    `merged_into_id` is whom somebody said this is; `survivor_id` the end of that chain, where reports count it. Both are
    NULL for a customer who stands for himself. They are the last state; the history is `customer_merge`.
    """

    __tablename__ = "customer"
    __table_args__ = (
        Index("ix_customer_shop", "shop_id"),
        Index(
            "ix_customer_survivor", "survivor_id",
            sqlite_where=text("survivor_id IS NOT NULL"),
        ),
        Index(
            "ix_customer_merged_into", "merged_into_id",
            sqlite_where=text("merged_into_id IS NOT NULL"),
        ),
    )  # fmt: skip
    id: int | None = Field(default=None, sa_column=row_id())
    shop_id: int = Field(sa_column=reference(Shop))
    display: str = Field(sa_column=string())
    created_at: int = Field(sa_column=integer())
    merged_into_id: int | None = Field(default=None, sa_column=reference("customer.id", nullable=True))
    survivor_id: int | None = Field(default=None, sa_column=reference("customer.id", nullable=True))
    first_batch_id: int | None = Field(default=None, sa_column=reference(ImportBatch, nullable=True))


class CustomerIdentity(SQLModel, table=True):
    """A name under which a platform knows a customer. E-mail addresses stand here as keyed hashes, never in clear.

    The same id on two platforms is two customers; an address is one, whichever platform's file names it.

    `batch_id` is the import that brought it; NULL for one that no import may take away again.
    """

    __tablename__ = "customer_identity"
    __table_args__ = (
        UniqueConstraint("shop_id", "kind", "value", "platform", name="uq_customer_identity"),
        Index("ix_customer_identity_customer", "customer_id"),
        one_of("kind", ("buyer_id", "email"), "ck_customer_identity_kind"),
    )
    id: int | None = Field(default=None, sa_column=row_id())
    shop_id: int = Field(sa_column=reference(Shop))
    customer_id: int = Field(sa_column=reference(Customer))
    platform: str = Field(sa_column=string())
    kind: str = Field(sa_column=string())
    value: str = Field(sa_column=string())
    batch_id: int | None = Field(default=None, sa_column=reference(ImportBatch, nullable=True))


class CustomerMerge(SQLModel, table=True):
    """Somebody said that a customer is another one, or took it back; append-only. Grain: one row per merge or unmerge.

    `into_id` NULL: from then on the customer stands for himself again. Of a customer's rows the newest by id is in effect,
    and of those up to an instant the newest of them was in effect then. `merged_day` is a day of the customer's shop.
    """

    __tablename__ = "customer_merge"
    __table_args__ = (
        Index("ix_customer_merge_customer", "customer_id"),
        Index(
            "ix_customer_merge_into", "into_id",
            sqlite_where=text("into_id IS NOT NULL"),
        ),
        CheckConstraint("into_id <> customer_id", name="ck_customer_merge_other"),
    )  # fmt: skip
    id: int | None = Field(default=None, sa_column=row_id())
    shop_id: int = Field(sa_column=reference(Shop))
    customer_id: int = Field(sa_column=reference(Customer))
    into_id: int | None = Field(default=None, sa_column=reference(Customer, nullable=True))
    merged_at: int = Field(sa_column=integer())
    merged_day: int = Field(sa_column=integer())
    reason: str = Field(sa_column=string(default=""))
    actor: str = Field(sa_column=string(default=""))
