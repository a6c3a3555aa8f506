"""Orders whose rows do not follow each other: noticing it in flat memory, and bringing such rows together."""

from __future__ import annotations

import heapq
import marshal
import tempfile
from collections.abc import Iterator
from typing import IO

from shopcare.importers.cells import BadCell
from shopcare.importers.mapping import Mapper
from shopcare.importers.reader import Row

#: A Bloom filter of 4 probes; 32 bits per expected order keep a wrong "maybe" below one in a million.
PROBES = 4
ROW_BYTES_LEAST = 64
BITS_PER_ORDER = 32
BITS_MOST = 1 << 28
#: Rows sorted in memory at a time.
RUN_ROWS = 50_000


class SeenBefore:
    """Whether a number may have come before. Never wrong when it says no; memory depends on the file's size only."""

    def __init__(self, file_bytes: int) -> None:
        wanted = max(file_bytes // ROW_BYTES_LEAST, 1) * BITS_PER_ORDER
        bits = 1 << 13
        while bits < wanted and bits < BITS_MOST:
            bits <<= 1
        self._mask = bits - 1
        self._bits = bytearray(bits >> 3)

    def __call__(self, number: str) -> bool:
        """Whether it may have come before; from now on it has."""
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


class OutOfOrder:
    """The same question for numbers that mostly rise or fall: only one between the extremes so far may have come before."""

    def __init__(self) -> None:
        self._low: str | None = None
        self._high = ""

    def __call__(self, number: str) -> bool:
        """Whether it may have come before; from now on it has."""
        if number > self._high:
            self._high = number
            if self._low is None:
                self._low = number
            return False
        if self._low is not None and number < self._low:
            self._low = number
            return False
        return True


def gathered(rows: Iterator[Row], mapper: Mapper, width: int) -> Iterator[Row]:
    """The same rows, those of one order one after the other, otherwise as they stood (external merge sort)."""
    runs: list[IO[bytes]] = []
    batch: list[tuple[str, int, list[str]]] = []
    try:
        key = ""
        for line, cells, _text in rows:
            key = _key(cells, mapper, width) or (key if mapper.layout.continued else "")
            batch.append((key, line, cells))
            if len(batch) >= RUN_ROWS:
                runs.append(_spill(batch))
                batch = []
        batch.sort()
        for _number, line, cells in heapq.merge(batch, *(_read(run) for run in runs)):
            yield line, cells, None
    finally:
        for run in runs:
            run.close()


def _key(cells: list[str], mapper: Mapper, width: int) -> str:
    try:
        return mapper.number([*cells, *[""] * (width + 1 - len(cells))])
    except BadCell:
        return ""


def _spill(batch: list[tuple[str, int, list[str]]]) -> IO[bytes]:
    batch.sort()
    run = tempfile.TemporaryFile(prefix="shopcare-sort-")  # noqa: SIM115 - read back later, closed by `gathered`
    for item in batch:
        marshal.dump(item, run)
    run.seek(0)
    return run


def _read(run: IO[bytes]) -> Iterator[tuple[str, int, list[str]]]:
    while True:
        try:
            yield marshal.load(run)  # noqa: S302 - our own file, written a moment ago
        except EOFError:
            return
