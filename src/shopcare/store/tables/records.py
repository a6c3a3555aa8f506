"""Facts that stand for themselves: reviews, survey answers, behaviour events."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from shopcare.store.tables.columns import integer, one_of, reference, row_id, string
from shopcare.store.tables.imports import ImportBatch
from shopcare.store.tables.shops import Shop

SURVEY_KINDS = ("csat", "nps", "other")


def _identity_index(table: str) -> Index:
    return Index(
        f"ix_{table}_identity", "shop_id", "identity_kind", "identity_value",
        sqlite_where=text("identity_kind IS NOT NULL"),
    )  # fmt: skip


def _order_index(table: str) -> Index:
    return Index(
        f"ix_{table}_order", "shop_id", "order_number",
        sqlite_where=text("order_number IS NOT NULL"),
    )  # fmt: skip


def _identity_checks(table: str) -> tuple[CheckConstraint, CheckConstraint, CheckConstraint]:
    return (
        CheckConstraint("length(source_key) > 0", name=f"ck_{table}_key"),
        CheckConstraint("identity_kind IN ('buyer_id', 'email')", name=f"ck_{table}_identity_kind"),
        CheckConstraint("(identity_kind IS NULL) = (identity_value IS NULL)", name=f"ck_{table}_identity"),
    )


class Review(SQLModel, table=True):
    """What a buyer wrote about a product. Grain: one row per (shop, source key): the platform's id, or a hash of who, what
    and when.

    Who wrote it is kept as an identity, not as a customer: the customer is found when it is read, so it does not matter
    whether the reviews or the customers arrive first. NULL identity: not said, or masked. `is_spam` reviews are kept.
    """

    __tablename__ = "review"
    __table_args__ = (
        UniqueConstraint("shop_id", "source_key", name="uq_review_key"),
        _identity_index("review"),
        _order_index("review"),
        Index("ix_review_day", "shop_id", "reviewed_day"),
        *_identity_checks("review"),
        CheckConstraint("rating BETWEEN 1 AND 5", name="ck_review_rating"),
        CheckConstraint("is_spam IN (0, 1)", name="ck_review_spam"),
        CheckConstraint("is_verified IN (0, 1)", name="ck_review_verified"),
    )
    id: int | None = Field(default=None, sa_column=row_id())
    shop_id: int = Field(sa_column=reference(Shop))
    source_key: str = Field(sa_column=string())
    rating: int = Field(sa_column=integer())
    reviewed_at: int = Field(sa_column=integer())
    reviewed_day: int = Field(sa_column=integer())
    is_spam: int = Field(sa_column=integer())
    is_verified: int | None = Field(default=None, sa_column=integer(nullable=True))
    title: str | None = Field(default=None, sa_column=string(nullable=True))
    body: str | None = Field(default=None, sa_column=string(nullable=True))
    sku: str | None = Field(default=None, sa_column=string(nullable=True))
    product_ref: str | None = Field(default=None, sa_column=string(nullable=True))
    product_handle: str | None = Field(default=None, sa_column=string(nullable=True))
    order_number: str | None = Field(default=None, sa_column=string(nullable=True))
    reply: str | None = Field(default=None, sa_column=string(nullable=True))
    replied_at: int | None = Field(default=None, sa_column=integer(nullable=True))
    identity_kind: str | None = Field(default=None, sa_column=string(nullable=True))
    identity_value: str | None = Field(default=None, sa_column=string(nullable=True))
    exported_at: int = Field(sa_column=integer())
    first_batch_id: int = Field(sa_column=reference(ImportBatch))
    batch_id: int = Field(sa_column=reference(ImportBatch))


class SurveyAnswer(SQLModel, table=True):
    """One answer to one question. Grain: one row per (shop, source key).

    The order, the case and the person are kept as the survey names them and found when read, whichever arrives first.
    """

    __tablename__ = "survey_answer"
    __table_args__ = (
        UniqueConstraint("shop_id", "source_key", name="uq_survey_answer_key"),
        _identity_index("survey_answer"),
        _order_index("survey_answer"),
        Index("ix_survey_answer_day", "shop_id", "kind", "answered_day"),
        *_identity_checks("survey_answer"),
        one_of("kind", SURVEY_KINDS, "ck_survey_answer_kind"),
        CheckConstraint("score IS NOT NULL OR answer IS NOT NULL", name="ck_survey_answer_answer"),
        CheckConstraint("scale_max BETWEEN 1 AND 1000", name="ck_survey_answer_scale"),
        CheckConstraint("score >= 0", name="ck_survey_answer_score"),
        CheckConstraint("score IS NULL OR scale_max IS NULL OR score <= scale_max", name="ck_survey_answer_range"),
    )
    id: int | None = Field(default=None, sa_column=row_id())
    shop_id: int = Field(sa_column=reference(Shop))
    source_key: str = Field(sa_column=string())
    kind: str = Field(sa_column=string())
    score: int | None = Field(default=None, sa_column=integer(nullable=True))
    scale_max: int | None = Field(default=None, sa_column=integer(nullable=True))
    answered_at: int = Field(sa_column=integer())
    answered_day: int = Field(sa_column=integer())
    question: str | None = Field(default=None, sa_column=string(nullable=True))
    answer: str | None = Field(default=None, sa_column=string(nullable=True))
    order_number: str | None = Field(default=None, sa_column=string(nullable=True))
    case_number: str | None = Field(default=None, sa_column=string(nullable=True))
    identity_kind: str | None = Field(default=None, sa_column=string(nullable=True))
    identity_value: str | None = Field(default=None, sa_column=string(nullable=True))
    exported_at: int = Field(sa_column=integer())
    first_batch_id: int = Field(sa_column=reference(ImportBatch))
    batch_id: int = Field(sa_column=reference(ImportBatch))


class BehaviourEvent(SQLModel, table=True):
    """Something a visitor did: viewed, searched, put into the cart. Grain: one row per (shop, source key).

    `subject` is what it was done to (a SKU, an address, a search), `value` a figure or word as the file has it.
    """

    __tablename__ = "behaviour_event"
    __table_args__ = (
        UniqueConstraint("shop_id", "source_key", name="uq_behaviour_event_key"),
        _identity_index("behaviour_event"),
        Index("ix_behaviour_event_day", "shop_id", "kind", "happened_day"),
        *_identity_checks("behaviour_event"),
        CheckConstraint("length(kind) > 0", name="ck_behaviour_event_kind"),
    )
    id: int | None = Field(default=None, sa_column=row_id())
    shop_id: int = Field(sa_column=reference(Shop))
    source_key: str = Field(sa_column=string())
    kind: str = Field(sa_column=string())
    happened_at: int = Field(sa_column=integer())
    happened_day: int = Field(sa_column=integer())
    subject: str | None = Field(default=None, sa_column=string(nullable=True))
    value: str | None = Field(default=None, sa_column=string(nullable=True))
    identity_kind: str | None = Field(default=None, sa_column=string(nullable=True))
    identity_value: str | None = Field(default=None, sa_column=string(nullable=True))
    exported_at: int = Field(sa_column=integer())
    first_batch_id: int = Field(sa_column=reference(ImportBatch))
    batch_id: int = Field(sa_column=reference(ImportBatch))
