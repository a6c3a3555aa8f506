"""Rows of one thing that do not follow each other are brought together, in flat memory."""

from __future__ import annotations

import heapq
import marshal
import tempfile
from collections.abc import Iterable, Iterator
from typing import IO

#: Rows sorted in memory at a time.
RUN_ROWS = 50_000

#: A row under what it is about: key, physical line, cells.
Keyed = tuple[str, int, list[str]]


def by_key(rows: Iterable[Keyed]) -> Iterator[Keyed]:
    """Rows sorted by key and line, in flat memory (external merge sort)."""
    runs: list[IO[bytes]] = []
    batch: list[Keyed] = []
    try:
        for row in rows:
            batch.append(row)
            if len(batch) >= RUN_ROWS:
                runs.append(_spill(batch))
                batch = []
        batch.sort()
        yield from heapq.merge(batch, *(_read(run) for run in runs))
    finally:
        for run in runs:
            run.close()


def _spill(batch: list[Keyed]) -> IO[bytes]:
    batch.sort()
    run = tempfile.TemporaryFile(prefix="shopcare-sort-")  # noqa: SIM115 - read back later, closed by `by_key`
    for item in batch:
        marshal.dump(item, run)
    run.seek(0)
    return run


def _read(run: IO[bytes]) -> Iterator[Keyed]:
    while True:
        try:
            yield marshal.load(run)  # noqa: S302 - our own file, written a moment ago
        except EOFError:
            return
