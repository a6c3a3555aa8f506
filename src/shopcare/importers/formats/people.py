"""What exports about people say: reviews, customers, survey answers, behaviour events."""

from __future__ import annotations

from collections.abc import Mapping

_WHO = ("customer_id", "email")

#: Kind of export → its fields; anything else in a format file is a slip.
PEOPLE_FIELDS: Mapping[str, tuple[str, ...]] = {
    "reviews": (
        "review_id", "rating", "title", "body", "follow_up", "reviewed_at", "sku", "product_id", "handle", "order_id",
        *_WHO, "curated", "verified", "reply", "replied_at",
    ),
    "customers": _WHO,
    "surveys": (
        "answer_id", "kind", "score", "scale_max", "question", "answer", "answered_at", "order_id", "case_id", *_WHO,
    ),
    "events": ("event_id", "kind", "happened_at", "subject", "value", *_WHO),
}  # fmt: skip
