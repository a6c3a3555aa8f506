"""A file that no format knows: its header, and what stands in its columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from shopcare.importers import opening
from shopcare.importers.formats.catalog import Format, chosen, normal, normal_word
from shopcare.importers.formats.headers import recognise
from shopcare.importers.formats.layout import Layout
from shopcare.importers.refusals import UnknownFormatError
from shopcare.importers.text.sheet import Sheet
from shopcare.importers.text.source import Source, open_source
from shopcare.importers.values.cells import bare

#: Rows looked at for the shape of values, and for the words that stand in a column.
SAMPLED_ROWS = 200
SEARCHED_ROWS = 200_000

#: What such a file may be in.
ENCODINGS = ("utf-8", "gbk", "cp1252")


@dataclass(frozen=True, slots=True)
class Table:
    """The names of a file's columns as they are compared (empty for none), some of its rows, the file itself, and the
    name of the format that knows it after all, empty for none.
    """

    header: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    sheet: Sheet
    known: str = ""
    _words: dict[str, Counter[str]] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that can be named: those with a name no other column has."""
        return tuple(name for name in self.header if name and self.header.count(name) == 1)

    @property
    def twice(self) -> tuple[str, ...]:
        """The names that several columns have."""
        return tuple(dict.fromkeys(name for name in self.header if name and self.header.count(name) > 1))

    def cells(self, column: str) -> list[str]:
        """The filled cells of a column in the first rows."""
        return list(self._filled(column, self.rows)) if column else []

    def words(self, column: str) -> Counter[str]:
        """The words of a column, as words are compared, with how often they come in the file."""
        if column not in self._words:
            rows = (cells for _line, cells, _text in islice(self.sheet.rows(), SEARCHED_ROWS))
            self._words[column] = Counter(filter(None, map(normal_word, self._filled(column, rows))))
        return self._words[column]

    def _filled(self, column: str, rows: Sequence[Sequence[str]] | Iterator[Sequence[str]]) -> Iterator[str]:
        place = self.header.index(column)
        return (text for row in rows if place < len(row) and (text := bare(row[place])))


def read_table(name: str) -> Table:
    """A table in any container, encoding and dialect.

    Raises:
        ImportRefusalError: one of its kinds says why it cannot be read, or that it has no header.
    """
    source = open_source(name)
    names = list(filter(None, map(normal, _header(source))))
    unique = tuple(text for text in names if names.count(text) == 1) or tuple(names)
    anything = Format(
        "new", name, "generic", "new", required=unique, columns={text: (text,) for text in unique},
        known=frozenset(names), layout=Layout(encodings=ENCODINGS),
    )  # fmt: skip
    sheet = opening.open_in(source, (anything,))
    rows = [row[1] for row in islice(sheet.rows(), SAMPLED_ROWS) if row[1]]
    known = recognise(sheet.header, chosen(None, {}))
    return Table(tuple(map(normal, sheet.header)), rows, sheet, known.name if known else "")


def _header(source: Source) -> list[str]:
    """The header's cells.

    Raises:
        ImportRefusalError: there is none.
    """
    try:
        opening.open_in(source, ())
    except UnknownFormatError as unknown:
        if unknown.context["value"]:
            raise
        cells = unknown.context["cells"]
        assert isinstance(cells, list)
        return [str(cell) for cell in cells]
    raise AssertionError("without formats nothing is recognised")
