"""Products, orders and their lines."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from shopcare.store.tables.columns import BIG, integer, one_of, reference, row_id, string
from shopcare.store.tables.customers import Customer
from shopcare.store.tables.imports import ImportBatch
from shopcare.store.tables.shops import Shop

ORDER_STATUSES = ("unpaid", "paid", "shipped", "completed", "closed", "cancelled", "refunded", "unknown")


class Product(SQLModel, table=True):
    """A thing that is sold. Grain: one row per (shop, SKU)."""

    __tablename__ = "product"
    __table_args__ = (UniqueConstraint("shop_id", "sku", name="uq_product_sku"),)
    id: int | None = Field(default=None, sa_column=row_id())
    shop_id: int = Field(sa_column=reference(Shop))
    sku: str = Field(sa_column=string())
    title: str = Field(sa_column=string(default=""))
    category: str = Field(sa_column=string(default=""))


class Orders(SQLModel, table=True):
    """An order as the newest export states it. Grain: one row per (shop, external number).

    `customer_id` NULL is a guest. `total_minor` is the order's total as written; `paid_minor` what was really paid.
    `refunded_reported_minor` is the platform's own running total of refunds. `is_counted` says whether it is an order in
    the sense of the retention figures (paid and not fully refunded before shipping). `lines_age` says how new its lines
    are, where they are not of the same export as the order itself. `batch_id` is the import of its newest statement.
    """

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("shop_id", "number", name="uq_orders_number"),
        Index("ix_orders_customer", "customer_id", "ordered_at", "id"),
        # Each customer's counted orders in time order, whole: `is_counted` is in it because SQLite otherwise fetches the row.
        Index(
            "ix_orders_counted",
            "currency", "shop_id", "customer_id", "ordered_at", "ordered_day", "ordered_month", "paid_minor",
            "is_counted",
            sqlite_where=text("is_counted = 1"),
        ),
        one_of("status", ORDER_STATUSES, "ck_orders_status"),
        CheckConstraint("paid_minor >= 0", name="ck_orders_paid"),
        CheckConstraint(
            "refunded_reported_minor IS NULL OR refunded_reported_minor BETWEEN 0 AND paid_minor",
            name="ck_orders_refunded",
        ),
        CheckConstraint("freight_minor IS NULL OR freight_minor >= 0", name="ck_orders_freight"),
        CheckConstraint("is_counted IN (0, 1)", name="ck_orders_counted"),
        CheckConstraint("length(number) > 0", name="ck_orders_number"),
    )  # fmt: skip
    id: int | None = Field(default=None, sa_column=row_id())
    shop_id: int = Field(sa_column=reference(Shop))
    number: str = Field(sa_column=string())
    customer_id: int | None = Field(default=None, sa_column=reference(Customer, nullable=True))
    status: str = Field(sa_column=string())
    status_raw: str = Field(sa_column=string(default=""))
    status_rank: int = Field(sa_column=integer())
    currency: str = Field(sa_column=string())
    total_minor: int | None = Field(default=None, sa_column=integer(nullable=True))
    paid_minor: int = Field(sa_column=integer())
    freight_minor: int | None = Field(default=None, sa_column=integer(nullable=True))
    discount_minor: int | None = Field(default=None, sa_column=integer(nullable=True))
    refunded_reported_minor: int | None = Field(default=None, sa_column=integer(nullable=True))
    is_counted: int = Field(sa_column=integer())
    ordered_at: int = Field(sa_column=integer())
    ordered_day: int = Field(sa_column=integer())
    ordered_month: int = Field(sa_column=integer())
    paid_at: int | None = Field(default=None, sa_column=integer(nullable=True))
    shipped_at: int | None = Field(default=None, sa_column=integer(nullable=True))
    completed_at: int | None = Field(default=None, sa_column=integer(nullable=True))
    channel: str | None = Field(default=None, sa_column=string(nullable=True))
    payment_method: str | None = Field(default=None, sa_column=string(nullable=True))
    province: str | None = Field(default=None, sa_column=string(nullable=True))
    exported_at: int | None = Field(default=None, sa_column=integer(nullable=True))
    row_hash: int = Field(sa_column=integer())
    first_batch_id: int = Field(sa_column=reference(ImportBatch))
    batch_id: int = Field(sa_column=reference(ImportBatch))
    lines_age: str | None = Field(default=None, sa_column=string(nullable=True))


class OrderLine(SQLModel, table=True):
    """A line of an order. Grain: one row per (order, line number as counted in the export)."""

    __tablename__ = "order_line"
    __table_args__ = (
        CheckConstraint("quantity >= 0", name="ck_order_line_quantity"),
        {"sqlite_with_rowid": False},
    )
    order_id: int = Field(sa_column=reference(Orders, primary_key=True))
    line_no: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    shop_id: int = Field(sa_column=reference(Shop))
    external_id: str | None = Field(default=None, sa_column=string(nullable=True))
    product_id: int | None = Field(default=None, sa_column=reference(Product, nullable=True))
    sku: str | None = Field(default=None, sa_column=string(nullable=True))
    title: str | None = Field(default=None, sa_column=string(nullable=True))
    quantity: int = Field(sa_column=integer())
    unit_price_minor: int | None = Field(default=None, sa_column=integer(nullable=True))
    amount_minor: int | None = Field(default=None, sa_column=integer(nullable=True))


class WaitingLine(SQLModel, table=True):
    """A line that arrived before its order, from an export of lines only. Grain: one row per (shop, order number, line).

    `lines_age` says how new all of them are, which decides when another export states them.
    """

    __tablename__ = "waiting_line"
    __table_args__ = (CheckConstraint("quantity >= 0", name="ck_waiting_line_quantity"), {"sqlite_with_rowid": False})
    shop_id: int = Field(sa_column=reference(Shop, primary_key=True))
    number: str = Field(sa_column=Column(Text, primary_key=True))
    line_no: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    external_id: str | None = Field(default=None, sa_column=string(nullable=True))
    product_id: int | None = Field(default=None, sa_column=reference(Product, nullable=True))
    sku: str | None = Field(default=None, sa_column=string(nullable=True))
    title: str | None = Field(default=None, sa_column=string(nullable=True))
    quantity: int = Field(sa_column=integer())
    unit_price_minor: int | None = Field(default=None, sa_column=integer(nullable=True))
    amount_minor: int | None = Field(default=None, sa_column=integer(nullable=True))
    lines_age: str = Field(sa_column=string())


class OrderStatement(SQLModel, table=True):
    """What single exports say of an order, where its row alone does not tell what a further one comes to: several count, or
    the order's money is spread over rows, or rows wait for the order they belong to. Grain: one row per (shop, order number).

    `statements` is JSON, see `domain.order_statements`.
    """

    __tablename__ = "order_statement"
    __table_args__ = ({"sqlite_with_rowid": False},)
    shop_id: int = Field(sa_column=reference(Shop, primary_key=True))
    number: str = Field(sa_column=Column(Text, primary_key=True))
    statements: str = Field(sa_column=string())
