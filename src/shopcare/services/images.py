"""What orders and lines were before a batch changed them, as it is stored for undoing the batch."""

from __future__ import annotations

import json
from collections.abc import Sequence

from shopcare.domain.order_states import LineState
from shopcare.store.queries.imports import StoredOrder


def json_of(image: object) -> str:
    """An image as it is stored."""
    return json.dumps(image, ensure_ascii=False, separators=(",", ":"))


def lines_image(lines: Sequence[LineState]) -> str:
    """Lines that waited for their order; none is an image too."""
    return json_of(lines)


def order_image(
    batch_id: int, stored: StoredOrder, lines: Sequence[LineState] | None, exported_minor: int
) -> tuple[int, str, str, str]:
    """A stored order that a batch is about to change: (batch, subject, key, image); `lines` None: they stay."""
    image = {
        "order": [stored.is_counted, stored.batch_id, *stored.state],
        "lines": lines,
        "exported_minor": exported_minor,
    }
    return batch_id, "order", str(stored.id), json_of(image)
