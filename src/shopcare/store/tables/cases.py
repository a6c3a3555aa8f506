"""After-sales cases, their histories, and refunds."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from shopcare.domain.cases import FAULTS, KINDS, OUTCOMES, STAGES, WAITING_ON
from shopcare.store.tables.columns import BIG, integer, one_of, reference, row_id, string
from shopcare.store.tables.customers import Customer
from shopcare.store.tables.imports import ImportBatch
from shopcare.store.tables.orders import Orders
from shopcare.store.tables.shops import Shop


class Case(SQLModel, table=True):
    """An after-sales case with its four axes. Grain: one row per case; the truth is `case_event`, this is its last state."""

    __tablename__ = "case"
    __table_args__ = (
        Index("ix_case_order", "order_id"),
        Index("ix_case_shop_stage", "shop_id", "stage"),
        Index("ix_case_customer", "customer_id"),
        Index(
            "uq_case_external", "shop_id", "external_id", unique=True,
            sqlite_where=text("external_id IS NOT NULL"),
        ),
        one_of("kind", KINDS, "ck_case_kind"),
        one_of("stage", STAGES, "ck_case_stage"),
        one_of("waiting_on", WAITING_ON, "ck_case_waiting_on"),
        one_of("fault", FAULTS, "ck_case_fault"),
        CheckConstraint(
            "outcome IS NULL OR outcome IN (" + ", ".join(f"'{word}'" for word in OUTCOMES) + ")",
            name="ck_case_outcome",
        ),
        CheckConstraint(
            "(stage = 'closed') = (outcome IS NOT NULL) AND (stage = 'closed') = (closed_at IS NOT NULL)",
            name="ck_case_closed",
        ),
        CheckConstraint("amount_minor IS NULL OR amount_minor > 0", name="ck_case_amount"),
        CheckConstraint("closed_at IS NULL OR closed_at >= opened_at", name="ck_case_times"),
    )  # fmt: skip
    id: int | None = Field(default=None, sa_column=row_id())
    shop_id: int = Field(sa_column=reference(Shop))
    order_id: int = Field(sa_column=reference(Orders))
    customer_id: int | None = Field(default=None, sa_column=reference(Customer, nullable=True))
    kind: str = Field(sa_column=string())
    stage: str = Field(sa_column=string())
    outcome: str | None = Field(default=None, sa_column=string(nullable=True))
    waiting_on: str = Field(sa_column=string())
    fault: str = Field(sa_column=string(default="unknown"))
    reason: str = Field(sa_column=string())
    amount_minor: int | None = Field(default=None, sa_column=integer(nullable=True))
    currency: str = Field(sa_column=string())
    external_id: str | None = Field(default=None, sa_column=string(nullable=True))
    external_status: str | None = Field(default=None, sa_column=string(nullable=True))
    external_deadline_at: int | None = Field(default=None, sa_column=integer(nullable=True))
    opened_at: int = Field(sa_column=integer())
    closed_at: int | None = Field(default=None, sa_column=integer(nullable=True))
    closed_day: int | None = Field(default=None, sa_column=integer(nullable=True))
    reopened_count: int = Field(default=0, sa_column=integer(default="0"))
    version: int = Field(default=1, sa_column=integer(default="1"))


class CaseReport(SQLModel, table=True):
    """What the platform's exports say of a case. Grain: one row per (shop, the platform's id of the case).

    `registers` is JSON: for each fact its newest known value and how new that is. `case_id` NULL: the order is not there
    yet, so there is no case, and `order_number` waits for it. `refused` says why the case could not be made from it.
    """

    __tablename__ = "case_report"
    __table_args__ = (
        UniqueConstraint("shop_id", "external_id", name="uq_case_report"),
        Index(
            "ix_case_report_waiting", "shop_id", "order_number",
            sqlite_where=text("case_id IS NULL"),
        ),
        Index("ix_case_report_case", "case_id"),
        CheckConstraint("length(external_id) > 0 AND length(order_number) > 0", name="ck_case_report_keys"),
    )  # fmt: skip
    id: int | None = Field(default=None, sa_column=row_id())
    shop_id: int = Field(sa_column=reference(Shop))
    external_id: str = Field(sa_column=string())
    order_number: str = Field(sa_column=string())
    case_id: int | None = Field(default=None, sa_column=reference(Case, nullable=True))
    refused: str = Field(default="", sa_column=string(default=""))
    currency: str = Field(sa_column=string())
    registers: str = Field(sa_column=string())
    first_batch_id: int = Field(sa_column=reference(ImportBatch))
    batch_id: int = Field(sa_column=reference(ImportBatch))


class CaseLine(SQLModel, table=True):
    """Units of an order line that a case is about. Grain: one row per (case, order line).

    Those of a case that an export opened follow from what exports say of it and from the order's lines as they stand; they
    are written anew when either changes.
    """

    __tablename__ = "case_line"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="ck_case_line_quantity"),
        Index("ix_case_line_order", "order_id", "line_no"),
        {"sqlite_with_rowid": False},
    )
    case_id: int = Field(sa_column=reference(Case, primary_key=True))
    line_no: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    shop_id: int = Field(sa_column=reference(Shop))
    order_id: int = Field(sa_column=reference(Orders))
    quantity: int = Field(sa_column=integer())


class CaseEvent(SQLModel, table=True):
    """What happened to a case, in order; append-only. Grain: one row per (case, sequence number).

    Each row carries the whole state after it, so that replaying the events gives the table `case` again. `batch_id` is set
    on events an import wrote; only undoing that batch may remove them.
    """

    __tablename__ = "case_event"
    __table_args__ = (
        UniqueConstraint("case_id", "seq", name="uq_case_event_seq"),
        Index(
            "ix_case_event_batch", "batch_id",
            sqlite_where=text("batch_id IS NOT NULL"),
        ),
    )  # fmt: skip
    id: int | None = Field(default=None, sa_column=row_id())
    shop_id: int = Field(sa_column=reference(Shop))
    case_id: int = Field(sa_column=reference(Case))
    seq: int = Field(sa_column=integer())
    at: int = Field(sa_column=integer())
    actor: str = Field(sa_column=string())
    action: str = Field(sa_column=string())
    stage: str = Field(sa_column=string())
    waiting_on: str = Field(sa_column=string())
    outcome: str | None = Field(default=None, sa_column=string(nullable=True))
    fault: str = Field(sa_column=string(default="unknown"))
    reason: str = Field(sa_column=string(default=""))
    refund_minor: int | None = Field(default=None, sa_column=integer(nullable=True))
    note: str = Field(sa_column=string(default=""))
    batch_id: int | None = Field(default=None, sa_column=reference(ImportBatch, nullable=True))


class Refund(SQLModel, table=True):
    """Money that went back to a buyer. Grain: one row per refund booked by a case; one per order for what an export says.

    A row of source `case` is booked and never edited; with a `batch_id` it is a refund the platform itself lists, without
    one a refund of the desk. Only undoing its batch removes a listed one. The row of source `export` is the platform's
    running total less what is listed and what cases booked since (`reported_before_minor` on the first desk row says where
    that starts), so importing in any order gives the same sum. A listed refund has no `line_no`: the units of its case
    (`case_line`) say which lines it is of. `day_known` 0: the export gives no date, the order's own
    day stands in.
    """

    __tablename__ = "refund"
    __table_args__ = (
        UniqueConstraint("shop_id", "source_key", name="uq_refund_source"),
        Index("ix_refund_order", "order_id"),
        one_of("source", ("case", "export"), "ck_refund_source"),
        CheckConstraint("amount_minor > 0", name="ck_refund_amount"),
        CheckConstraint("freight_minor BETWEEN 0 AND amount_minor", name="ck_refund_freight"),
        CheckConstraint("(source = 'case') = (case_id IS NOT NULL)", name="ck_refund_case"),
        CheckConstraint("day_known IN (0, 1)", name="ck_refund_day_known"),
    )
    id: int | None = Field(default=None, sa_column=row_id())
    shop_id: int = Field(sa_column=reference(Shop))
    order_id: int = Field(sa_column=reference(Orders))
    line_no: int | None = Field(default=None, sa_column=integer(nullable=True))
    case_id: int | None = Field(default=None, sa_column=reference(Case, nullable=True))
    source: str = Field(sa_column=string())
    source_key: str = Field(sa_column=string())
    amount_minor: int = Field(sa_column=integer())
    freight_minor: int = Field(default=0, sa_column=integer(default="0"))
    currency: str = Field(sa_column=string())
    reported_before_minor: int = Field(default=0, sa_column=integer(default="0"))
    refunded_at: int = Field(sa_column=integer())
    refunded_day: int = Field(sa_column=integer())
    refunded_month: int = Field(sa_column=integer())
    day_known: int = Field(default=1, sa_column=integer(default="1"))
    batch_id: int | None = Field(default=None, sa_column=reference(ImportBatch, nullable=True))
