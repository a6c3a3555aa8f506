"""The tables of facts that stand for themselves: reviews, survey answers, behaviour events."""

from __future__ import annotations

from typing import NamedTuple


class RecordTable(NamedTuple):
    """A table of facts known again by a key: the columns a file states, and which of them are times."""

    name: str
    columns: tuple[str, ...]
    times: tuple[str, ...]


REVIEWS = RecordTable(
    "review",
    (
        "rating", "reviewed_at", "reviewed_day", "is_spam", "is_verified", "title", "body", "sku", "product_ref",
        "product_handle", "order_number", "reply", "replied_at", "identity_kind", "identity_value",
    ),
    ("reviewed_at", "replied_at"),
)  # fmt: skip
ANSWERS = RecordTable(
    "survey_answer",
    (
        "kind", "score", "scale_max", "answered_at", "answered_day", "question", "answer", "order_number", "case_number",
        "identity_kind", "identity_value",
    ),
    ("answered_at",),
)  # fmt: skip
EVENTS = RecordTable(
    "behaviour_event",
    ("kind", "happened_at", "happened_day", "subject", "value", "identity_kind", "identity_value"),
    ("happened_at",),
)

#: Kind of import → the table its facts stand in.
TABLES = {"reviews": REVIEWS, "surveys": ANSWERS, "events": EVENTS}
