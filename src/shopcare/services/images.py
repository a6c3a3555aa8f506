"""What orders and lines were before a batch changed them, as it is stored for undoing the batch."""

from __future__ import annotations

import json
from collections.abc import Sequence

from shopcare.domain.order_states import LineState, age_text
from shopcare.store.queries.imports import StoredOrder, WaitingLines


def json_of(image: object) -> str:
    """An image as it is stored."""
    return json.dumps(image, ensure_ascii=False, separators=(",", ":"))


def waiting_image(waiting: WaitingLines | None) -> str:
    """Lines that waited for their order, each with how new it is; none is an image too."""
    return json_of([(*line, age_text(waiting.age)) for line in waiting.lines] if waiting else [])


def lines_image(order: StoredOrder, lines: Sequence[LineState]) -> str:
    """The lines of a stored order, of which nothing else changes."""
    return json_of({"lines": lines, "lines_age": order.lines_age})


def order_image(
    batch_id: int, stored: StoredOrder, lines: Sequence[LineState] | None, exported_minor: int
) -> tuple[int, str, str, str]:
    """A stored order that a batch is about to change: (batch, subject, key, image); `lines` None: they stay."""
    image = {
        "order": [stored.is_counted, stored.batch_id, *stored.state],
        "lines": lines,
        "lines_age": stored.lines_age,
        "exported_minor": exported_minor,
    }
    return batch_id, "order", str(stored.id), json_of(image)
