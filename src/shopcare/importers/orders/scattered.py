"""Rows of one order that do not follow each other: noticing it in flat memory, and bringing them together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from operator import gt, lt

from shopcare.importers.orders.mapping import Mapper
from shopcare.importers.rows.sorting import Keyed, by_key
from shopcare.importers.text.sheet import BATCH_ROWS, Row
from shopcare.importers.values.cells import BadCell

#: A Bloom filter of 4 probes; 32 bits per expected order keep a wrong "maybe" below one in a million.
PROBES = 4
ROW_BYTES_LEAST = 64
BITS_PER_ORDER = 32
BITS_MOST = 1 << 28


class SeenBefore:
    """Whether a number may have come before. Never wrong when it says no; memory depends on the file's size only."""

    def __init__(self, file_bytes: int) -> None:
        wanted = max(file_bytes // ROW_BYTES_LEAST, 1) * BITS_PER_ORDER
        bits = 1 << 13
        while bits < wanted and bits < BITS_MOST:
            bits <<= 1
        self._mask = bits - 1
        self._bits = bytearray(bits >> 3)

    def __call__(self, numbers: Sequence[str]) -> list[str]:
        """Those that may have come before; from now on all of them have."""
        return list(filter(self._again, numbers))

    def _again(self, number: str) -> bool:
        place, bits, mask = hash(number), self._bits, self._mask
        step = place >> 29 | 1
        seen = True
        for _probe in range(PROBES):
            flag = 1 << (place & 7)
            byte = (place & mask) >> 3
            if not bits[byte] & flag:
                seen = False
                bits[byte] |= flag
            place += step
        return seen


class NotInOrder(Exception):
    """Order numbers neither rise nor fall all the way through a file."""


class InOrder:
    """The same question for numbers that rise or fall all the way: asked for many at once, and in no memory."""

    def __init__(self) -> None:
        self._low: str | None = None
        self._high = ""

    def __call__(self, numbers: Sequence[str]) -> list[str]:
        """Those that may have come before: none.

        Raises:
            NotInOrder: somebody else has to be asked.
        """
        first, last = numbers[0], numbers[-1]
        rising, falling = all(map(lt, numbers, numbers[1:])), all(map(gt, numbers, numbers[1:]))
        if self._low is None and (rising or falling):
            self._low, self._high = min(first, last), max(first, last)
        elif rising and first > self._high:
            self._high = last
        elif falling and self._low is not None and first < self._low:
            self._low = last
        else:
            raise NotInOrder
        return []


def gathered(rows: Iterable[Row], mapper: Mapper, width: int) -> Iterator[list[Row]]:
    """The same rows, those of one order one after the other, otherwise as they stood (external merge sort)."""
    merged = _merged(rows, mapper, width)
    while batch := list(islice(merged, BATCH_ROWS)):
        yield batch


def _merged(rows: Iterable[Row], mapper: Mapper, width: int) -> Iterator[Row]:
    return ((line, cells, None) for _number, line, cells in by_key(_keyed(rows, mapper, width)))


def _keyed(rows: Iterable[Row], mapper: Mapper, width: int) -> Iterator[Keyed]:
    key = ""
    for line, cells, _text in rows:
        key = _key(cells, mapper, width) or (key if mapper.layout.continued else "")
        yield key, line, cells


def _key(cells: list[str], mapper: Mapper, width: int) -> str:
    try:
        return mapper.number([*cells, *[""] * (width + 1 - len(cells))])
    except BadCell:
        return ""
