"""Import batches as queries speak of them."""

from __future__ import annotations

from typing import NamedTuple

#: The subject under which a batch notes what it stated again without changing it.
STATED = "stated"
#: The subject under which a batch of customers notes the identities that it let name another customer, and the beginning of
#: their keys. Other batches note lines that wait for their order under it, by order numbers.
RENAMED, RENAMED_KEY = "waiting", "identity "


class Batch(NamedTuple):
    """An import batch as it was noted."""

    id: int
    shop_id: int
    shop: str
    tz: str
    kind: str
    platform: str
    format: str
    file_name: str
    file_sha256: str
    encoding: str
    header_line: int
    row_count: int
    new_count: int
    changed_count: int
    unchanged_count: int
    rejected_count: int
    skipped_count: int
    exported_at: int | None
    imported_at: int
    undone_at: int | None
    entry_mark: int
    event_mark: int
    refund_mark: int
