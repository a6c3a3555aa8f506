"""What loading orders and loading their lines share: where a file goes, and rows that stand in several places of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

#: Orders brought to the store at a time, where they are read one by one.
CHUNK = 250

#: Which of these numbers may have stood further up in the file.
Seen = Callable[[Sequence[str]], list[str]]


class ScatteredOrder(Exception):
    """Rows of one order stood in several places of the file."""


class Target(NamedTuple):
    """Where a file's orders go. `platform` is the one whose buyers it names, `stamp` when the export was made, as far as
    anything says so (else 0).
    """

    shop_id: int
    platform: str
    identity_kind: str
    batch_id: int
    now: int
    stamp: int

    def refund(self, order_id: int, amount: int, currency: str, ordered: Sequence[object]) -> tuple[object, ...]:
        """What an export reports of an order's refunds, as a row; `ordered` are instant, day and month of the order."""
        return self.shop_id, order_id, f"export:{order_id}", amount, currency, *ordered, self.batch_id
