"""What every import brought.

Revision 0002, after 0001.
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

SUBJECTS = "'order', 'waiting', 'case', 'review', 'survey_answer', 'behaviour_event', 'stated'"


def upgrade() -> None:
    op.execute("ALTER TABLE customer ADD COLUMN first_batch_id INTEGER REFERENCES import_batch (id)")
    op.execute("ALTER TABLE customer_identity ADD COLUMN batch_id INTEGER REFERENCES import_batch (id)")
    # SQLite changes no CHECK of a table that stands, so a new one takes its place.
    op.execute("ALTER TABLE import_before RENAME TO import_before_0001")
    op.execute("DROP INDEX ix_import_before_key")
    op.execute(
        "CREATE TABLE import_before (batch_id INTEGER NOT NULL, subject TEXT NOT NULL, key TEXT NOT NULL,"
        " shop_id INTEGER NOT NULL, image TEXT NOT NULL, PRIMARY KEY (batch_id, subject, key),"
        f" CONSTRAINT ck_import_before_subject CHECK (subject IN ({SUBJECTS})),"
        " FOREIGN KEY (batch_id) REFERENCES import_batch (id), FOREIGN KEY (shop_id) REFERENCES shop (id)) WITHOUT ROWID"
    )
    op.execute("INSERT INTO import_before SELECT * FROM import_before_0001")
    op.execute("DROP TABLE import_before_0001")
    op.create_index("ix_import_before_key", "import_before", ["shop_id", "subject", "key"], unique=False)
