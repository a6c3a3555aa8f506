"""A file to import: how to open it, and what is known of its bytes before it is read."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from shopcare.importers.containers.spool import spooled
from shopcare.importers.folders import printable
from shopcare.importers.refusals import UnreadableError
from shopcare.importers.text import encodings

#: Bytes looked at to find the header.
HEAD_BYTES = 1 << 17
BLOCK_BYTES = 1 << 18


@dataclass(frozen=True, slots=True)
class Source:
    """A file to import: its printed name, how to open it, its size without padding, and what stands at its end.

    What came out of a `container` carries its digest, the name of the `member`, and that of the `sheet`; a sheet is UTF-8
    CSV of our own making, whose records are `numbered_by_record` because that is its row; if its workbook `is_1904`, days
    in it are counted from 1904. `given_encoding` is what the operator says.
    """

    name: str
    open: Callable[[], IO[bytes]]
    size: int
    padding: int
    head: bytes
    tail: bytes
    container: str = ""
    member: str = ""
    sheet: str = ""
    digest: str = ""
    numbered_by_record: bool = False
    is_1904: bool = False
    given_encoding: str = ""

    @property
    def first_lines(self) -> bytes:
        """The head without a line, and perhaps a character, that it cuts."""
        cut = len(self.head) < self.size
        return (cut and self.head[: self.head.rfind(b"\n") + 1]) or self.head


def open_source(name: str) -> Source:
    """A file by its name, or standard input by `-` (kept in a temporary file, because rows may be read twice).

    Raises:
        UnreadableError: missing, a folder, no permission.
    """
    path, shown = Path(name), printable(name)
    try:
        if name == "-":
            return _spooled(name, sys.stdin.buffer)
        if not name:
            raise FileNotFoundError
        if path.is_dir():
            raise UnreadableError(file=shown, problem="the folder has no export files in it", missing=False)
        with path.open("rb") as file:
            if not path.is_file() or not os.fstat(file.fileno()).st_size:
                return _spooled(shown, file)
            return described(shown, lambda: path.open("rb"), file)
    except FileNotFoundError as problem:
        raise UnreadableError(file=shown, problem="there is no such file", missing=True) from problem
    except (OSError, ValueError, AttributeError) as problem:  # a NUL in the name; standard input is closed
        text = getattr(problem, "strerror", None) or str(problem)
        raise UnreadableError(file=shown, problem=text.rstrip("."), missing=False) from problem


def _spooled(name: str, stream: IO[bytes]) -> Source:
    """What has no length and can be read once only: a pipe, a device."""
    spool = spooled(name, iter(lambda: stream.read(BLOCK_BYTES), b""))
    with spool.open() as file:
        return described(name, spool.open, file)


def described(name: str, opener: Callable[[], IO[bytes]], file: IO[bytes]) -> Source:
    """What is known of a file before it is read."""
    size = file.seek(0, io.SEEK_END)
    padding = _padding(file, size)
    file.seek(0)
    head = file.read(HEAD_BYTES)
    if padding:  # of wide characters the last one may end in NULs itself
        padding -= -(size - padding) % encodings.width(head)
    size -= padding
    file.seek(max(0, size - 8))
    tail = file.read(min(8, size))
    if (text := tail.rstrip(b"\x1a"))[-1:] in (b"\r", b"\n"):  # how old programs end a text
        size, tail = size - len(tail) + len(text), text
    return Source(name, opener, size, padding, head[:size], tail)


def _padding(file: IO[bytes], size: int) -> int:
    """How many NULs an interrupted copy left at the end (0 for fewer than four: wide characters end in up to three)."""
    padding = 0
    while padding < size:
        step = min(BLOCK_BYTES, size - padding)
        file.seek(size - padding - step)
        block = file.read(step)
        kept = len(block.rstrip(b"\0"))
        padding += step - kept
        if kept:
            break
    return padding if padding > 3 else 0
