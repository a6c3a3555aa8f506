"""Member tiers and points."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from shopcare.store.tables.columns import integer, one_of, reference, row_id, string
from shopcare.store.tables.customers import Customer
from shopcare.store.tables.orders import Orders
from shopcare.store.tables.shops import Shop

ENTRY_KINDS = (
    "earn", "bonus", "redeem", "restore", "clawback", "expire", "adjust", "transfer_in", "transfer_out", "opening",
)  # fmt: skip


class TierAssignment(SQLModel, table=True):
    """A change of a member's tier; append-only. Grain: one row per change; the newest one in effect is the member's tier."""

    __tablename__ = "tier_assignment"
    __table_args__ = (Index("ix_tier_assignment_customer", "customer_id", "effective_at", "id"),)
    id: int | None = Field(default=None, sa_column=row_id())
    shop_id: int = Field(sa_column=reference(Shop))
    customer_id: int = Field(sa_column=reference(Customer))
    tier: str = Field(sa_column=string())
    previous_tier: str | None = Field(default=None, sa_column=string(nullable=True))
    basis_minor: int = Field(sa_column=integer())
    currency: str = Field(sa_column=string())
    effective_at: int = Field(sa_column=integer())
    effective_day: int = Field(sa_column=integer())
    recorded_at: int = Field(sa_column=integer())
    reason: str = Field(sa_column=string())
    rules: str = Field(sa_column=string())


class PointsEntry(SQLModel, table=True):
    """A movement of points; append-only. Grain: one row per (kind, source key)."""

    __tablename__ = "points_entry"
    __table_args__ = (
        UniqueConstraint("kind", "source_key", name="uq_points_entry_source"),
        Index("ix_points_entry_customer", "customer_id", "effective_at", "id"),
        Index("ix_points_entry_order", "order_id"),
        one_of("kind", ENTRY_KINDS, "ck_points_entry_kind"),
        CheckConstraint("points <> 0", name="ck_points_entry_points"),
    )
    id: int | None = Field(default=None, sa_column=row_id())
    shop_id: int = Field(sa_column=reference(Shop))
    customer_id: int = Field(sa_column=reference(Customer))
    kind: str = Field(sa_column=string())
    points: int = Field(sa_column=integer())
    order_id: int | None = Field(default=None, sa_column=reference(Orders, nullable=True))
    effective_at: int = Field(sa_column=integer())
    recorded_at: int = Field(sa_column=integer())
    source_key: str = Field(sa_column=string())
    rule: str = Field(sa_column=string(default=""))
    reason: str = Field(sa_column=string(default=""))
    actor: str = Field(sa_column=string(default=""))
    reverses_id: int | None = Field(default=None, sa_column=reference("points_entry.id", nullable=True))


class PointsLot(SQLModel, table=True):
    """What a positive entry gave, with the time it may be used from and until; append-only. Grain: one per entry."""

    __tablename__ = "points_lot"
    __table_args__ = (
        UniqueConstraint("entry_id", name="uq_points_lot_entry"),
        Index("ix_points_lot_customer", "customer_id", "expires_at", "id"),
        CheckConstraint("points > 0", name="ck_points_lot_points"),
        CheckConstraint("expires_at IS NULL OR expires_at > available_at", name="ck_points_lot_times"),
    )
    id: int | None = Field(default=None, sa_column=row_id())
    shop_id: int = Field(sa_column=reference(Shop))
    customer_id: int = Field(sa_column=reference(Customer))
    entry_id: int = Field(sa_column=reference(PointsEntry))
    points: int = Field(sa_column=integer())
    available_at: int = Field(sa_column=integer())
    expires_at: int | None = Field(default=None, sa_column=integer(nullable=True))


class PointsAllocation(SQLModel, table=True):
    """How much of which lot a debit consumed; append-only. Grain: one row per (debit entry, lot)."""

    __tablename__ = "points_allocation"
    __table_args__ = (
        UniqueConstraint("entry_id", "lot_id", name="uq_points_allocation"),
        Index("ix_points_allocation_lot", "lot_id"),
        CheckConstraint("points > 0", name="ck_points_allocation_points"),
    )
    id: int | None = Field(default=None, sa_column=row_id())
    shop_id: int = Field(sa_column=reference(Shop))
    entry_id: int = Field(sa_column=reference(PointsEntry))
    lot_id: int = Field(sa_column=reference(PointsLot))
    points: int = Field(sa_column=integer())
