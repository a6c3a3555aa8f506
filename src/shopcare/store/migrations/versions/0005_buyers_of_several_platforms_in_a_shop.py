"""Buyers of several platforms in a shop: the same id on two platforms is two people.

Revision 0005, after 0004. What generic files named is a buyer of the shop's own platform.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "customer_identity_new",
        sa.Column("id", number, autoincrement=True, nullable=False),
        sa.Column("shop_id", number, nullable=False),
        sa.Column("customer_id", number, nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("batch_id", number, nullable=True),
        sa.CheckConstraint("kind IN ('buyer_id', 'email')", name="ck_customer_identity_kind"),
        sa.ForeignKeyConstraint(["batch_id"], ["import_batch.id"]),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"]),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("shop_id", "kind", "value", "platform", name="uq_customer_identity"),
    )
    op.execute(
        "INSERT INTO customer_identity_new (id, shop_id, customer_id, platform, kind, value, batch_id)"
        " SELECT i.id, i.shop_id, i.customer_id, CASE i.platform WHEN 'generic' THEN s.platform ELSE i.platform END,"
        " i.kind, i.value, i.batch_id FROM customer_identity AS i JOIN shop AS s ON s.id = i.shop_id"
    )
    op.drop_table("customer_identity")
    op.rename_table("customer_identity_new", "customer_identity")
    op.create_index("ix_customer_identity_customer", "customer_identity", ["customer_id"], unique=False)
