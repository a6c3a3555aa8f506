"""XML documents by the block into expat, in time that grows with their bytes."""

from __future__ import annotations

from collections.abc import Iterable
from xml.parsers import expat


def feed(parser: expat.XMLParserType, blocks: Iterable[bytes]) -> None:
    """Give all blocks to a parser.

    Older expats look at an unfinished comment or the like from its beginning whenever more of it comes (CVE-2023-52425), so
    they get as much again as they have waiting.

    Raises:
        expat.ExpatError: no well-formed XML; and what the handlers raise.
    """
    held: list[bytes] = []
    size = fed = waiting = 0
    for block in blocks:
        held.append(block)
        size += len(block)
        if size >= waiting:
            parser.Parse(b"".join(held), False)
            fed += size
            waiting = fed - max(parser.CurrentByteIndex, 0)
            held.clear()
            size = 0
    parser.Parse(b"".join(held), True)
