"""Header rows further down in a file: exports that were pasted together."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from shopcare.importers.formats.catalog import known_formats, normal
from shopcare.importers.formats.headers import RESEMBLANCE
from shopcare.importers.refusals import OtherHeaderError
from shopcare.importers.text.sheet import Sheet

#: So many names of columns in one row are no accident.
NAMES_ENOUGH = 3


class RepeatedHeaders:
    """Tells the header rows of one file from its data."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._own = [normal(cell) for cell in sheet.header]
        read = set(sheet.match.places.values()) | {i for parts in sheet.match.sums.values() for i, _sign in parts}
        self._read = [place for place in read if place >= 0]

    @cached_property
    def names(self) -> frozenset[str]:
        """Names of columns in any export: no order has such a number."""
        return frozenset(self._own).union(*(known.known for known in known_formats()))

    def check(self, line: int, cells: Sequence[str]) -> bool:
        """Whether a row repeats the file's header as far as it is read.

        Raises:
            OtherHeaderError: it is the header of other columns; what stands below would be read by the wrong ones.
        """
        if not any(normal(cell) in self.names for cell in cells[:NAMES_ENOUGH]):
            return False
        said = [normal(cell) for cell in cells]
        if all(place < len(said) and said[place] == self._own[place] for place in self._read):
            return True
        filled = [cell for cell in said if cell]
        known = sum(cell in self.names for cell in filled)
        if known >= NAMES_ENOUGH and known >= RESEMBLANCE * len(filled):
            raise OtherHeaderError(file=self._sheet.source.name, line=line)
        return False
