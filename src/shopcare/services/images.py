"""What orders and lines were before a batch changed them, as it is stored for undoing the batch."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence

from shopcare.domain.order_states import LineState, age_text
from shopcare.store.batches import STATED
from shopcare.store.queries.imports import StoredOrder, WaitingLines
from shopcare.store.queries.undo import keep_image


def json_of(image: object) -> str:
    """An image as it is stored."""
    return json.dumps(image, ensure_ascii=False, separators=(",", ":"))


def waiting_image(waiting: WaitingLines | None, statements: str | None = None) -> str:
    """Lines that waited for their order, each with how new it is, and statements that did; none is an image too."""
    lines = [(*line, age_text(waiting.age)) for line in waiting.lines] if waiting else []
    return json_of({"lines": lines, "statements": statements})


def lines_image(order: StoredOrder, lines: Sequence[LineState]) -> str:
    """The lines of a stored order, of which nothing else changes."""
    return json_of({"lines": lines, "lines_age": order.lines_age})


def order_image(
    batch_id: int, stored: StoredOrder, lines: Sequence[LineState] | None, exported_minor: int, statements: str | None
) -> tuple[int, str, str, str]:
    """A stored order that a batch is about to change: (batch, subject, key, image); `lines` None: they stay.

    `statements` is what was kept of single ones, None for nothing.
    """
    image = {
        "order": [stored.is_counted, stored.batch_id, *stored.state],
        "lines": lines,
        "lines_age": stored.lines_age,
        "exported_minor": exported_minor,
        "statements": [statements],
    }
    return batch_id, "order", str(stored.id), json_of(image)


class Stated:
    """What a batch states again without changing it: noted, because the batches it comes from must not go before this one.

    Noted in runs of ids, a chunk of a file at a time, so that importing what is known costs next to nothing.
    """

    def __init__(self, conn: sqlite3.Connection, batch_id: int, shop_id: int) -> None:
        self._conn = conn
        self._batch_id = batch_id
        self._shop_id = shop_id
        self._ids: list[int] = []
        self._chunks = 0
        self.add = self._ids.append

    def write(self) -> None:
        """Note what was added since the last time."""
        if self._ids:
            self._chunks += 1
            keep_image(self._conn, self._batch_id, STATED, str(self._chunks), self._shop_id, json_of(runs(self._ids)))
            self._ids.clear()


def runs(ids: Iterable[int]) -> list[list[int]]:
    """Ids as runs of consecutive ones: [first, last]."""
    found: list[list[int]] = []
    for number in sorted(ids):
        if found and number <= found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found
