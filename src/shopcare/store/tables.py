"""The only definition of the tables.

Conventions: `*_at` are epoch seconds UTC, `*_day` and `*_month` the day number and month index in the shop's zone,
`*_minor` integer minor units of the row's currency. NULL is "not known". Every key starts with `shop_id` or is a global
surrogate whose row carries `shop_id`, so that a cluster can distribute by shop.

Partial indexes name SQLite only: naming PostgreSQL here would load its dialect with every single-row write.

`table=True` models do not validate: values are checked before they come here. Row objects never leave `store`.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from shopcare.domain.cases import FAULTS, KINDS, OUTCOMES, STAGES, WAITING_ON

#: 64-bit where the engine tells the difference; plain INTEGER on SQLite, which only then makes it the row id.
BIG = BigInteger().with_variant(Integer(), "sqlite")

ORDER_STATUSES = ("unpaid", "paid", "shipped", "completed", "closed", "cancelled", "refunded", "unknown")
SURVEY_KINDS = ("csat", "nps", "other")
SUBJECTS = ("order", "waiting", "case", "review", "survey_answer", "behaviour_event", "stated")
ENTRY_KINDS = (
    "earn", "bonus", "redeem", "restore", "clawback", "expire", "adjust", "transfer_in", "transfer_out", "opening",
)  # fmt: skip


def _one_of(column: str, words: tuple[str, ...], name: str) -> CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=name)


def _id() -> Column[int]:
    return Column(BIG, primary_key=True, autoincrement=True)


def _ref(target: str, *, nullable: bool = False) -> Column[int]:
    return Column(BIG, ForeignKey(target), nullable=nullable)


def _int(*, nullable: bool = False, default: str | None = None) -> Column[int]:
    return Column(BIG, nullable=nullable, server_default=text(default) if default is not None else None)


def _text(*, nullable: bool = False, default: str | None = None) -> Column[str]:
    return Column(Text, nullable=nullable, server_default=text(f"'{default}'") if default is not None else None)


class StoreMeta(SQLModel, table=True):
    """Facts about the store itself, such as the salt that hashes e-mail addresses. Grain: one row per key."""

    __tablename__ = "store_meta"
    key: str = Field(sa_column=Column(Text, primary_key=True))
    value: str = Field(sa_column=_text())


class Shop(SQLModel, table=True):
    """One shop on one platform, with the currency and zone its figures are counted in. Grain: one row per shop."""

    __tablename__ = "shop"
    __table_args__ = (
        UniqueConstraint("name", name="uq_shop_name"),
        CheckConstraint("length(name) > 0", name="ck_shop_name"),
        CheckConstraint("length(currency) = 3", name="ck_shop_currency"),
    )
    id: int | None = Field(default=None, sa_column=_id())
    name: str = Field(sa_column=_text())
    platform: str = Field(sa_column=_text())
    currency: str = Field(sa_column=_text())
    tz: str = Field(sa_column=_text())
    created_at: int = Field(sa_column=_int())


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
    id: int | None = Field(default=None, sa_column=_id())
    shop_id: int = Field(sa_column=_ref("shop.id"))
    display: str = Field(sa_column=_text())
    created_at: int = Field(sa_column=_int())
    merged_into_id: int | None = Field(default=None, sa_column=_ref("customer.id", nullable=True))
    survivor_id: int | None = Field(default=None, sa_column=_ref("customer.id", nullable=True))
    first_batch_id: int | None = Field(default=None, sa_column=_ref("import_batch.id", nullable=True))


class CustomerIdentity(SQLModel, table=True):
    """A name under which a platform knows a customer. E-mail addresses stand here as keyed hashes, never in clear.

    `batch_id` is the import that brought it; NULL for one that no import may take away again.
    """

    __tablename__ = "customer_identity"
    __table_args__ = (
        UniqueConstraint("shop_id", "kind", "value", name="uq_customer_identity"),
        Index("ix_customer_identity_customer", "customer_id"),
        _one_of("kind", ("buyer_id", "email"), "ck_customer_identity_kind"),
    )
    id: int | None = Field(default=None, sa_column=_id())
    shop_id: int = Field(sa_column=_ref("shop.id"))
    customer_id: int = Field(sa_column=_ref("customer.id"))
    platform: str = Field(sa_column=_text())
    kind: str = Field(sa_column=_text())
    value: str = Field(sa_column=_text())
    batch_id: int | None = Field(default=None, sa_column=_ref("import_batch.id", nullable=True))


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
    id: int | None = Field(default=None, sa_column=_id())
    shop_id: int = Field(sa_column=_ref("shop.id"))
    customer_id: int = Field(sa_column=_ref("customer.id"))
    into_id: int | None = Field(default=None, sa_column=_ref("customer.id", nullable=True))
    merged_at: int = Field(sa_column=_int())
    merged_day: int = Field(sa_column=_int())
    reason: str = Field(sa_column=_text(default=""))
    actor: str = Field(sa_column=_text(default=""))


class Product(SQLModel, table=True):
    """A thing that is sold. Grain: one row per (shop, SKU)."""

    __tablename__ = "product"
    __table_args__ = (UniqueConstraint("shop_id", "sku", name="uq_product_sku"),)
    id: int | None = Field(default=None, sa_column=_id())
    shop_id: int = Field(sa_column=_ref("shop.id"))
    sku: str = Field(sa_column=_text())
    title: str = Field(sa_column=_text(default=""))
    category: str = Field(sa_column=_text(default=""))


class ImportBatch(SQLModel, table=True):
    """One imported file. Grain: one row per file that changed or could have changed the store.

    `entry_mark`, `event_mark` and `refund_mark` are the newest points entry, case event and refund before it: what has a
    higher number came later. `undone_at` says when `import undo` took it back; the row itself stays.
    """

    __tablename__ = "import_batch"
    __table_args__ = (Index("ix_import_batch_shop", "shop_id"),)
    id: int | None = Field(default=None, sa_column=_id())
    shop_id: int = Field(sa_column=_ref("shop.id"))
    kind: str = Field(sa_column=_text())
    file_name: str = Field(sa_column=_text())
    file_sha256: str = Field(sa_column=_text())
    platform: str = Field(sa_column=_text())
    format: str = Field(sa_column=_text())
    encoding: str = Field(sa_column=_text())
    header_line: int = Field(sa_column=_int())
    row_count: int = Field(sa_column=_int())
    new_count: int = Field(sa_column=_int())
    changed_count: int = Field(sa_column=_int())
    unchanged_count: int = Field(sa_column=_int())
    rejected_count: int = Field(sa_column=_int())
    skipped_count: int = Field(sa_column=_int())
    exported_at: int | None = Field(default=None, sa_column=_int(nullable=True))
    imported_at: int = Field(sa_column=_int())
    undone_at: int | None = Field(default=None, sa_column=_int(nullable=True))
    entry_mark: int = Field(default=0, sa_column=_int(default="0"))
    event_mark: int = Field(default=0, sa_column=_int(default="0"))
    refund_mark: int = Field(default=0, sa_column=_int(default="0"))


class ImportBefore(SQLModel, table=True):
    """What a thing was before a batch changed it, so that the batch can be undone. Grain: one row per (batch, thing).

    `subject` says what `key` names: an order by its id, the waiting lines of an order number, a case by the platform's
    id, a row of another table by its id. `image` is JSON. Things a batch brought anew have no image.

    Of subject `stated` are the things that a batch stated again without changing them, so that what it relies on is not
    taken from under it: `key` counts, `image` is the ids as JSON ranges in the table of the batch's kind.
    """

    __tablename__ = "import_before"
    __table_args__ = (
        Index("ix_import_before_key", "shop_id", "subject", "key"),
        _one_of("subject", SUBJECTS, "ck_import_before_subject"),
        {"sqlite_with_rowid": False},
    )
    batch_id: int = Field(sa_column=Column(BIG, ForeignKey("import_batch.id"), primary_key=True))
    subject: str = Field(sa_column=Column(Text, primary_key=True))
    key: str = Field(sa_column=Column(Text, primary_key=True))
    shop_id: int = Field(sa_column=_ref("shop.id"))
    image: str = Field(sa_column=_text())


class ImportReject(SQLModel, table=True):
    """A row of a file that could not be taken, and why. Grain: one row per (batch, physical line)."""

    __tablename__ = "import_reject"
    __table_args__ = (Index("ix_import_reject_batch", "batch_id"),)
    id: int | None = Field(default=None, sa_column=_id())
    shop_id: int = Field(sa_column=_ref("shop.id"))
    batch_id: int = Field(sa_column=_ref("import_batch.id"))
    line: int = Field(sa_column=_int())
    code: str = Field(sa_column=_text())
    message: str = Field(sa_column=_text())


class Orders(SQLModel, table=True):
    """An order as the newest export states it. Grain: one row per (shop, external number).

    `customer_id` NULL is a guest. `total_minor` is the order's total as written; `paid_minor` what was really paid.
    `refunded_reported_minor` is the platform's own running total of refunds. `is_counted` says whether it is an order in
    the sense of the retention figures (paid and not fully refunded before shipping). `lines_age` says how new its lines
    are, where they are not of the same export as the order itself.
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
        _one_of("status", ORDER_STATUSES, "ck_orders_status"),
        CheckConstraint("paid_minor >= 0", name="ck_orders_paid"),
        CheckConstraint(
            "refunded_reported_minor IS NULL OR refunded_reported_minor BETWEEN 0 AND paid_minor",
            name="ck_orders_refunded",
        ),
        CheckConstraint("freight_minor IS NULL OR freight_minor >= 0", name="ck_orders_freight"),
        CheckConstraint("is_counted IN (0, 1)", name="ck_orders_counted"),
        CheckConstraint("length(number) > 0", name="ck_orders_number"),
    )  # fmt: skip
    id: int | None = Field(default=None, sa_column=_id())
    shop_id: int = Field(sa_column=_ref("shop.id"))
    number: str = Field(sa_column=_text())
    customer_id: int | None = Field(default=None, sa_column=_ref("customer.id", nullable=True))
    status: str = Field(sa_column=_text())
    status_raw: str = Field(sa_column=_text(default=""))
    status_rank: int = Field(sa_column=_int())
    currency: str = Field(sa_column=_text())
    total_minor: int | None = Field(default=None, sa_column=_int(nullable=True))
    paid_minor: int = Field(sa_column=_int())
    freight_minor: int | None = Field(default=None, sa_column=_int(nullable=True))
    discount_minor: int | None = Field(default=None, sa_column=_int(nullable=True))
    refunded_reported_minor: int | None = Field(default=None, sa_column=_int(nullable=True))
    is_counted: int = Field(sa_column=_int())
    ordered_at: int = Field(sa_column=_int())
    ordered_day: int = Field(sa_column=_int())
    ordered_month: int = Field(sa_column=_int())
    paid_at: int | None = Field(default=None, sa_column=_int(nullable=True))
    shipped_at: int | None = Field(default=None, sa_column=_int(nullable=True))
    completed_at: int | None = Field(default=None, sa_column=_int(nullable=True))
    channel: str | None = Field(default=None, sa_column=_text(nullable=True))
    payment_method: str | None = Field(default=None, sa_column=_text(nullable=True))
    province: str | None = Field(default=None, sa_column=_text(nullable=True))
    exported_at: int | None = Field(default=None, sa_column=_int(nullable=True))
    row_hash: int = Field(sa_column=_int())
    first_batch_id: int = Field(sa_column=_ref("import_batch.id"))
    batch_id: int = Field(sa_column=_ref("import_batch.id"))
    lines_age: str | None = Field(default=None, sa_column=_text(nullable=True))


class OrderLine(SQLModel, table=True):
    """A line of an order. Grain: one row per (order, line number as counted in the export)."""

    __tablename__ = "order_line"
    __table_args__ = (
        CheckConstraint("quantity >= 0", name="ck_order_line_quantity"),
        {"sqlite_with_rowid": False},
    )
    order_id: int = Field(sa_column=Column(BIG, ForeignKey("orders.id"), primary_key=True))
    line_no: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    shop_id: int = Field(sa_column=_ref("shop.id"))
    external_id: str | None = Field(default=None, sa_column=_text(nullable=True))
    product_id: int | None = Field(default=None, sa_column=_ref("product.id", nullable=True))
    sku: str | None = Field(default=None, sa_column=_text(nullable=True))
    title: str | None = Field(default=None, sa_column=_text(nullable=True))
    quantity: int = Field(sa_column=_int())
    unit_price_minor: int | None = Field(default=None, sa_column=_int(nullable=True))
    amount_minor: int | None = Field(default=None, sa_column=_int(nullable=True))


class WaitingLine(SQLModel, table=True):
    """A line that arrived before its order, from an export of lines only. Grain: one row per (shop, order number, line).

    `lines_age` says how new all of them are, which decides when another export states them.
    """

    __tablename__ = "waiting_line"
    __table_args__ = (CheckConstraint("quantity >= 0", name="ck_waiting_line_quantity"), {"sqlite_with_rowid": False})
    shop_id: int = Field(sa_column=Column(BIG, ForeignKey("shop.id"), primary_key=True))
    number: str = Field(sa_column=Column(Text, primary_key=True))
    line_no: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    external_id: str | None = Field(default=None, sa_column=_text(nullable=True))
    product_id: int | None = Field(default=None, sa_column=_ref("product.id", nullable=True))
    sku: str | None = Field(default=None, sa_column=_text(nullable=True))
    title: str | None = Field(default=None, sa_column=_text(nullable=True))
    quantity: int = Field(sa_column=_int())
    unit_price_minor: int | None = Field(default=None, sa_column=_int(nullable=True))
    amount_minor: int | None = Field(default=None, sa_column=_int(nullable=True))
    lines_age: str = Field(sa_column=_text())


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
        _one_of("kind", KINDS, "ck_case_kind"),
        _one_of("stage", STAGES, "ck_case_stage"),
        _one_of("waiting_on", WAITING_ON, "ck_case_waiting_on"),
        _one_of("fault", FAULTS, "ck_case_fault"),
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
    id: int | None = Field(default=None, sa_column=_id())
    shop_id: int = Field(sa_column=_ref("shop.id"))
    order_id: int = Field(sa_column=_ref("orders.id"))
    customer_id: int | None = Field(default=None, sa_column=_ref("customer.id", nullable=True))
    kind: str = Field(sa_column=_text())
    stage: str = Field(sa_column=_text())
    outcome: str | None = Field(default=None, sa_column=_text(nullable=True))
    waiting_on: str = Field(sa_column=_text())
    fault: str = Field(sa_column=_text(default="unknown"))
    reason: str = Field(sa_column=_text())
    amount_minor: int | None = Field(default=None, sa_column=_int(nullable=True))
    currency: str = Field(sa_column=_text())
    external_id: str | None = Field(default=None, sa_column=_text(nullable=True))
    external_status: str | None = Field(default=None, sa_column=_text(nullable=True))
    external_deadline_at: int | None = Field(default=None, sa_column=_int(nullable=True))
    opened_at: int = Field(sa_column=_int())
    closed_at: int | None = Field(default=None, sa_column=_int(nullable=True))
    closed_day: int | None = Field(default=None, sa_column=_int(nullable=True))
    reopened_count: int = Field(default=0, sa_column=_int(default="0"))
    version: int = Field(default=1, sa_column=_int(default="1"))


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
    id: int | None = Field(default=None, sa_column=_id())
    shop_id: int = Field(sa_column=_ref("shop.id"))
    external_id: str = Field(sa_column=_text())
    order_number: str = Field(sa_column=_text())
    case_id: int | None = Field(default=None, sa_column=_ref("case.id", nullable=True))
    refused: str = Field(default="", sa_column=_text(default=""))
    currency: str = Field(sa_column=_text())
    registers: str = Field(sa_column=_text())
    first_batch_id: int = Field(sa_column=_ref("import_batch.id"))
    batch_id: int = Field(sa_column=_ref("import_batch.id"))


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
    case_id: int = Field(sa_column=Column(BIG, ForeignKey("case.id"), primary_key=True))
    line_no: int = Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))
    shop_id: int = Field(sa_column=_ref("shop.id"))
    order_id: int = Field(sa_column=_ref("orders.id"))
    quantity: int = Field(sa_column=_int())


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
    id: int | None = Field(default=None, sa_column=_id())
    shop_id: int = Field(sa_column=_ref("shop.id"))
    case_id: int = Field(sa_column=_ref("case.id"))
    seq: int = Field(sa_column=_int())
    at: int = Field(sa_column=_int())
    actor: str = Field(sa_column=_text())
    action: str = Field(sa_column=_text())
    stage: str = Field(sa_column=_text())
    waiting_on: str = Field(sa_column=_text())
    outcome: str | None = Field(default=None, sa_column=_text(nullable=True))
    fault: str = Field(sa_column=_text(default="unknown"))
    reason: str = Field(sa_column=_text(default=""))
    refund_minor: int | None = Field(default=None, sa_column=_int(nullable=True))
    note: str = Field(sa_column=_text(default=""))
    batch_id: int | None = Field(default=None, sa_column=_ref("import_batch.id", nullable=True))


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
        _one_of("source", ("case", "export"), "ck_refund_source"),
        CheckConstraint("amount_minor > 0", name="ck_refund_amount"),
        CheckConstraint("freight_minor BETWEEN 0 AND amount_minor", name="ck_refund_freight"),
        CheckConstraint("(source = 'case') = (case_id IS NOT NULL)", name="ck_refund_case"),
        CheckConstraint("day_known IN (0, 1)", name="ck_refund_day_known"),
    )
    id: int | None = Field(default=None, sa_column=_id())
    shop_id: int = Field(sa_column=_ref("shop.id"))
    order_id: int = Field(sa_column=_ref("orders.id"))
    line_no: int | None = Field(default=None, sa_column=_int(nullable=True))
    case_id: int | None = Field(default=None, sa_column=_ref("case.id", nullable=True))
    source: str = Field(sa_column=_text())
    source_key: str = Field(sa_column=_text())
    amount_minor: int = Field(sa_column=_int())
    freight_minor: int = Field(default=0, sa_column=_int(default="0"))
    currency: str = Field(sa_column=_text())
    reported_before_minor: int = Field(default=0, sa_column=_int(default="0"))
    refunded_at: int = Field(sa_column=_int())
    refunded_day: int = Field(sa_column=_int())
    refunded_month: int = Field(sa_column=_int())
    day_known: int = Field(default=1, sa_column=_int(default="1"))
    batch_id: int | None = Field(default=None, sa_column=_ref("import_batch.id", nullable=True))


class TierAssignment(SQLModel, table=True):
    """A change of a member's tier; append-only. Grain: one row per change; the newest one in effect is the member's tier."""

    __tablename__ = "tier_assignment"
    __table_args__ = (Index("ix_tier_assignment_customer", "customer_id", "effective_at", "id"),)
    id: int | None = Field(default=None, sa_column=_id())
    shop_id: int = Field(sa_column=_ref("shop.id"))
    customer_id: int = Field(sa_column=_ref("customer.id"))
    tier: str = Field(sa_column=_text())
    previous_tier: str | None = Field(default=None, sa_column=_text(nullable=True))
    basis_minor: int = Field(sa_column=_int())
    currency: str = Field(sa_column=_text())
    effective_at: int = Field(sa_column=_int())
    effective_day: int = Field(sa_column=_int())
    recorded_at: int = Field(sa_column=_int())
    reason: str = Field(sa_column=_text())
    rules: str = Field(sa_column=_text())


class PointsEntry(SQLModel, table=True):
    """A movement of points; append-only. Grain: one row per (kind, source key)."""

    __tablename__ = "points_entry"
    __table_args__ = (
        UniqueConstraint("kind", "source_key", name="uq_points_entry_source"),
        Index("ix_points_entry_customer", "customer_id", "effective_at", "id"),
        Index("ix_points_entry_order", "order_id"),
        _one_of("kind", ENTRY_KINDS, "ck_points_entry_kind"),
        CheckConstraint("points <> 0", name="ck_points_entry_points"),
    )
    id: int | None = Field(default=None, sa_column=_id())
    shop_id: int = Field(sa_column=_ref("shop.id"))
    customer_id: int = Field(sa_column=_ref("customer.id"))
    kind: str = Field(sa_column=_text())
    points: int = Field(sa_column=_int())
    order_id: int | None = Field(default=None, sa_column=_ref("orders.id", nullable=True))
    effective_at: int = Field(sa_column=_int())
    recorded_at: int = Field(sa_column=_int())
    source_key: str = Field(sa_column=_text())
    rule: str = Field(sa_column=_text(default=""))
    reason: str = Field(sa_column=_text(default=""))
    actor: str = Field(sa_column=_text(default=""))
    reverses_id: int | None = Field(default=None, sa_column=_ref("points_entry.id", nullable=True))


class PointsLot(SQLModel, table=True):
    """What a positive entry gave, with the time it may be used from and until; append-only. Grain: one per entry."""

    __tablename__ = "points_lot"
    __table_args__ = (
        UniqueConstraint("entry_id", name="uq_points_lot_entry"),
        Index("ix_points_lot_customer", "customer_id", "expires_at", "id"),
        CheckConstraint("points > 0", name="ck_points_lot_points"),
        CheckConstraint("expires_at IS NULL OR expires_at > available_at", name="ck_points_lot_times"),
    )
    id: int | None = Field(default=None, sa_column=_id())
    shop_id: int = Field(sa_column=_ref("shop.id"))
    customer_id: int = Field(sa_column=_ref("customer.id"))
    entry_id: int = Field(sa_column=_ref("points_entry.id"))
    points: int = Field(sa_column=_int())
    available_at: int = Field(sa_column=_int())
    expires_at: int | None = Field(default=None, sa_column=_int(nullable=True))


class PointsAllocation(SQLModel, table=True):
    """How much of which lot a debit consumed; append-only. Grain: one row per (debit entry, lot)."""

    __tablename__ = "points_allocation"
    __table_args__ = (
        UniqueConstraint("entry_id", "lot_id", name="uq_points_allocation"),
        Index("ix_points_allocation_lot", "lot_id"),
        CheckConstraint("points > 0", name="ck_points_allocation_points"),
    )
    id: int | None = Field(default=None, sa_column=_id())
    shop_id: int = Field(sa_column=_ref("shop.id"))
    entry_id: int = Field(sa_column=_ref("points_entry.id"))
    lot_id: int = Field(sa_column=_ref("points_lot.id"))
    points: int = Field(sa_column=_int())


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
    id: int | None = Field(default=None, sa_column=_id())
    shop_id: int = Field(sa_column=_ref("shop.id"))
    source_key: str = Field(sa_column=_text())
    rating: int = Field(sa_column=_int())
    reviewed_at: int = Field(sa_column=_int())
    reviewed_day: int = Field(sa_column=_int())
    is_spam: int = Field(sa_column=_int())
    is_verified: int | None = Field(default=None, sa_column=_int(nullable=True))
    title: str | None = Field(default=None, sa_column=_text(nullable=True))
    body: str | None = Field(default=None, sa_column=_text(nullable=True))
    sku: str | None = Field(default=None, sa_column=_text(nullable=True))
    product_ref: str | None = Field(default=None, sa_column=_text(nullable=True))
    product_handle: str | None = Field(default=None, sa_column=_text(nullable=True))
    order_number: str | None = Field(default=None, sa_column=_text(nullable=True))
    reply: str | None = Field(default=None, sa_column=_text(nullable=True))
    replied_at: int | None = Field(default=None, sa_column=_int(nullable=True))
    identity_kind: str | None = Field(default=None, sa_column=_text(nullable=True))
    identity_value: str | None = Field(default=None, sa_column=_text(nullable=True))
    exported_at: int = Field(sa_column=_int())
    first_batch_id: int = Field(sa_column=_ref("import_batch.id"))
    batch_id: int = Field(sa_column=_ref("import_batch.id"))


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
        _one_of("kind", SURVEY_KINDS, "ck_survey_answer_kind"),
        CheckConstraint("score IS NOT NULL OR answer IS NOT NULL", name="ck_survey_answer_answer"),
        CheckConstraint("scale_max BETWEEN 1 AND 1000", name="ck_survey_answer_scale"),
        CheckConstraint("score >= 0", name="ck_survey_answer_score"),
        CheckConstraint("score IS NULL OR scale_max IS NULL OR score <= scale_max", name="ck_survey_answer_range"),
    )
    id: int | None = Field(default=None, sa_column=_id())
    shop_id: int = Field(sa_column=_ref("shop.id"))
    source_key: str = Field(sa_column=_text())
    kind: str = Field(sa_column=_text())
    score: int | None = Field(default=None, sa_column=_int(nullable=True))
    scale_max: int | None = Field(default=None, sa_column=_int(nullable=True))
    answered_at: int = Field(sa_column=_int())
    answered_day: int = Field(sa_column=_int())
    question: str | None = Field(default=None, sa_column=_text(nullable=True))
    answer: str | None = Field(default=None, sa_column=_text(nullable=True))
    order_number: str | None = Field(default=None, sa_column=_text(nullable=True))
    case_number: str | None = Field(default=None, sa_column=_text(nullable=True))
    identity_kind: str | None = Field(default=None, sa_column=_text(nullable=True))
    identity_value: str | None = Field(default=None, sa_column=_text(nullable=True))
    exported_at: int = Field(sa_column=_int())
    first_batch_id: int = Field(sa_column=_ref("import_batch.id"))
    batch_id: int = Field(sa_column=_ref("import_batch.id"))


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
    id: int | None = Field(default=None, sa_column=_id())
    shop_id: int = Field(sa_column=_ref("shop.id"))
    source_key: str = Field(sa_column=_text())
    kind: str = Field(sa_column=_text())
    happened_at: int = Field(sa_column=_int())
    happened_day: int = Field(sa_column=_int())
    subject: str | None = Field(default=None, sa_column=_text(nullable=True))
    value: str | None = Field(default=None, sa_column=_text(nullable=True))
    identity_kind: str | None = Field(default=None, sa_column=_text(nullable=True))
    identity_value: str | None = Field(default=None, sa_column=_text(nullable=True))
    exported_at: int = Field(sa_column=_int())
    first_batch_id: int = Field(sa_column=_ref("import_batch.id"))
    batch_id: int = Field(sa_column=_ref("import_batch.id"))


class Audit(SQLModel, table=True):
    """Who ran which writing command, and what came of it; append-only. Grain: one row per command that wrote."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_at", "at"),)
    id: int | None = Field(default=None, sa_column=_id())
    at: int = Field(sa_column=_int())
    actor: str = Field(sa_column=_text())
    command: str = Field(sa_column=_text())
    subject: str = Field(sa_column=_text(default=""))
    detail: str = Field(sa_column=_text(default=""))


#: Tables whose rows are booked facts: a correction is a new row. The value is the condition under which a row is one.
APPEND_ONLY = {
    "customer_merge": "",
    "case_event": "",
    "tier_assignment": "",
    "points_entry": "",
    "points_lot": "",
    "points_allocation": "",
    "audit": "",
    "refund": "OLD.source = 'case'",
}

#: Of these, rows that an import brought go when their batch has been marked as undone.
UNDOABLE = frozenset({"case_event", "refund"})
_NOT_UNDONE = "NOT EXISTS (SELECT 1 FROM import_batch WHERE id = OLD.batch_id AND undone_at IS NOT NULL)"


def trigger_ddl() -> list[str]:
    """The statements that make the database itself refuse UPDATE and DELETE on booked facts (SQLite)."""
    return [
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} {_when(table, verb)} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for table in APPEND_ONLY
        for verb in ("UPDATE", "DELETE")
    ]


def _when(table: str, verb: str) -> str:
    """The condition under which a trigger refuses; empty for always."""
    undoable = verb == "DELETE" and table in UNDOABLE
    conditions = [part for part in (APPEND_ONLY[table], _NOT_UNDONE if undoable else "") if part]
    return "WHEN " + " AND ".join(conditions) if conditions else ""
