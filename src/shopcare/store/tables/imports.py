"""What was imported, what it replaced, and which rows it could not take."""

from __future__ import annotations

from sqlalchemy import Column, Index, Text
from sqlmodel import Field, SQLModel

from shopcare.store.tables.columns import integer, one_of, reference, row_id, string
from shopcare.store.tables.shops import Shop

SUBJECTS = ("order", "waiting", "case", "review", "survey_answer", "behaviour_event", "stated")


class ImportBatch(SQLModel, table=True):
    """One imported file. Grain: one row per file that changed or could have changed the store.

    `entry_mark`, `event_mark` and `refund_mark` are the newest points entry, case event and refund before it: what has a
    higher number came later. `undone_at` says when `import undo` took it back; the row itself stays.
    """

    __tablename__ = "import_batch"
    __table_args__ = (Index("ix_import_batch_shop", "shop_id"),)
    id: int | None = Field(default=None, sa_column=row_id())
    shop_id: int = Field(sa_column=reference(Shop))
    kind: str = Field(sa_column=string())
    file_name: str = Field(sa_column=string())
    file_sha256: str = Field(sa_column=string())
    platform: str = Field(sa_column=string())
    format: str = Field(sa_column=string())
    encoding: str = Field(sa_column=string())
    header_line: int = Field(sa_column=integer())
    row_count: int = Field(sa_column=integer())
    new_count: int = Field(sa_column=integer())
    changed_count: int = Field(sa_column=integer())
    unchanged_count: int = Field(sa_column=integer())
    rejected_count: int = Field(sa_column=integer())
    skipped_count: int = Field(sa_column=integer())
    exported_at: int | None = Field(default=None, sa_column=integer(nullable=True))
    imported_at: int = Field(sa_column=integer())
    undone_at: int | None = Field(default=None, sa_column=integer(nullable=True))
    entry_mark: int = Field(default=0, sa_column=integer(default="0"))
    event_mark: int = Field(default=0, sa_column=integer(default="0"))
    refund_mark: int = Field(default=0, sa_column=integer(default="0"))


class ImportBefore(SQLModel, table=True):
    """What a thing was before a batch changed it, so that the batch can be undone. Grain: one row per (batch, thing).

    `subject` says what `key` names: an order by its id, the waiting lines of an order number, a case by the platform's
    id, a row of another table by its id. `image` is JSON. Things a batch brought anew have no image. Of subject `waiting` are
    also the identities that a batch of customers let name another customer: `key` is "identity" and the identity's id.

    Of subject `stated` are the things that a batch stated again without changing them, so that what it relies on is not
    taken from under it: `key` counts, `image` is the ids as JSON ranges in the table of the batch's kind.
    """

    __tablename__ = "import_before"
    __table_args__ = (
        Index("ix_import_before_key", "shop_id", "subject", "key"),
        one_of("subject", SUBJECTS, "ck_import_before_subject"),
        {"sqlite_with_rowid": False},
    )
    batch_id: int = Field(sa_column=reference(ImportBatch, primary_key=True))
    subject: str = Field(sa_column=Column(Text, primary_key=True))
    key: str = Field(sa_column=Column(Text, primary_key=True))
    shop_id: int = Field(sa_column=reference(Shop))
    image: str = Field(sa_column=string())


class ImportReject(SQLModel, table=True):
    """A row of a file that could not be taken, and why. Grain: one row per (batch, physical line)."""

    __tablename__ = "import_reject"
    __table_args__ = (Index("ix_import_reject_batch", "batch_id"),)
    id: int | None = Field(default=None, sa_column=row_id())
    shop_id: int = Field(sa_column=reference(Shop))
    batch_id: int = Field(sa_column=reference(ImportBatch))
    line: int = Field(sa_column=integer())
    code: str = Field(sa_column=string())
    message: str = Field(sa_column=string())
