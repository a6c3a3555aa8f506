"""Bytes put aside while a file is read: anonymous temporary files, with limits."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from collections.abc import Iterable
from typing import IO

from shopcare.importers.refusals import TooLargeError, UnreadableError

BLOCK_BYTES = 1 << 18
#: The most that is ever unpacked or taken from standard input.
UNPACKED_BYTES_MOST = 4 << 30
#: Real exports shrink to a tenth or a thirtieth; what grows more than this, beyond the first megabytes, is a bomb.
RATIO_MOST = 250
RATIO_FREE_BYTES = 64 << 20


def unpacked_most(packed_bytes: int, most: int = UNPACKED_BYTES_MOST) -> int:
    """How many bytes may come out of so many packed ones."""
    return min(most, max(RATIO_FREE_BYTES, packed_bytes * RATIO_MOST))


class Spool:
    """An anonymous temporary file: it has no name, nobody else can open it, and it is gone when this object is."""

    def __init__(self) -> None:
        with tempfile.TemporaryFile(prefix="shopcare-") as file:
            self._fd = os.dup(file.fileno())

    def __del__(self) -> None:
        if (fd := getattr(self, "_fd", -1)) >= 0:
            os.close(fd)

    def fileno(self) -> int:
        """The file, for another process."""
        return self._fd

    def size(self) -> int:
        """Bytes in it."""
        return os.fstat(self._fd).st_size

    def write(self, block: bytes) -> None:
        """Put something at its end."""
        view = memoryview(block)
        while view:
            view = view[os.write(self._fd, view) :]

    def open(self, start: int = 0, end: int | None = None) -> IO[bytes]:
        """Its bytes from `start` to `end`, independent of other readers."""
        part = _Part(self, start, self.size() if end is None else end)
        return io.BufferedReader(part, BLOCK_BYTES)


class _Part(io.RawIOBase):
    """A range of a spool as a file of its own."""

    def __init__(self, spool: Spool, start: int, end: int) -> None:
        self._spool, self._start, self._end, self._at = spool, start, end, start

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        """The whole file, for another process."""
        return self._spool.fileno()

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # the wider Buffer protocol is not needed
        block = os.pread(self._spool.fileno(), min(len(buffer), max(self._end - self._at, 0)), self._at)
        buffer[: len(block)] = block
        self._at += len(block)
        return len(block)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: self._start, io.SEEK_CUR: self._at, io.SEEK_END: self._end}[whence]
        if base + offset < self._start:
            raise ValueError("before the beginning")
        self._at = base + offset
        return self._at - self._start


def spooled(name: str, blocks: Iterable[bytes], *, packed_bytes: int | None = None) -> Spool:
    """The blocks put aside; `packed_bytes` is what they were unpacked from.

    Raises:
        TooLargeError: more than a real export ever has, or too much for what it was unpacked from.
        UnreadableError: the disk is full.
    """
    most = UNPACKED_BYTES_MOST if packed_bytes is None else unpacked_most(packed_bytes)
    spool, size = Spool(), 0
    for block in blocks:
        size += len(block)
        if size > most:
            raise TooLargeError(file=name, limit=most >> 20)
        try:
            spool.write(block)
        except OSError as problem:
            raise UnreadableError(file=name, problem=problem.strerror or str(problem), missing=False) from problem
    return spool


def digest_of(file: IO[bytes]) -> str:
    """The SHA-256 of a file."""
    found = hashlib.sha256()
    while block := file.read(BLOCK_BYTES):
        found.update(block)
    return found.hexdigest()
