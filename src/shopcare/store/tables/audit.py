"""Who did what."""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from shopcare.store.tables.columns import integer, row_id, string


class Audit(SQLModel, table=True):
    """Who ran which writing command, and what came of it; append-only. Grain: one row per command that wrote."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_at", "at"),)
    id: int | None = Field(default=None, sa_column=row_id())
    at: int = Field(sa_column=integer())
    actor: str = Field(sa_column=string())
    command: str = Field(sa_column=string())
    subject: str = Field(sa_column=string(default=""))
    detail: str = Field(sa_column=string(default=""))
