"""Rows → orders: the rows of one order brought together, furniture left out; what they state is in `rows`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import chain
from struct import unpack

from shopcare.i18n import N_, _
from shopcare.importers.formats.catalog import normal
from shopcare.importers.orders.columns import Block, ColumnReader, HashOf, PlainOrders
from shopcare.importers.orders.facts import Group, LineFacts, OrderFacts, OrderLines, Unread
from shopcare.importers.orders.mapping import Mapper, new_tuple
from shopcare.importers.orders.rows import OrderRows
from shopcare.importers.rows.columns import Columns, Unusual, check_filled, check_ids, halves, of_rows, of_text
from shopcare.importers.rows.repeated_headers import RepeatedHeaders
from shopcare.importers.rows.stream import RejectSink, RowStream
from shopcare.importers.text.sheet import Piece, Row, Sheet, Text
from shopcare.importers.values.cells import ERRORS, LONGEST_CELL, BadCell, bare

#: Rows of which one is unusual are halved until fewer than this are left, which then are read one by one.
FEWEST_ROWS = 32

#: Rows taken of one order: what has more is no order but a wrong column.
MOST_LINES = 10_000

#: How English exports begin a row that sums up the ones above, and what such a row lacks that an order has.
SUMS = frozenset({"total", "totals", "grand total", "subtotal", "sum"})
SUMS_LACK = frozenset({"missing-order-id", "missing-value", "bad-date"})


def _hashing(meaning: bytes) -> HashOf:
    """A function from the rows of each of many orders to the hashes by which the store knows them again."""
    salt = blake2b(meaning, digest_size=16).digest()

    def hashes_of(packed: Sequence[bytes]) -> Sequence[int]:
        digests = [blake2b(rows, digest_size=8, salt=salt).digest() for rows in packed]
        return unpack(f">{len(packed)}q", b"".join(digests))

    return hashes_of


class OrderStream(RowStream):
    """The orders of one pass over a file, and the tally of its rows.

    Rows of one order usually follow each other. Where they do not, whoever stores them finds out; `scattered.gathered` then
    gives the rows in an order in which they do.
    """

    def __init__(self, sheet: Sheet, mapper: Mapper, *, rejects: RejectSink | None = None, stamp: int = 0) -> None:
        """`stamp`: when the file was exported, 0 if nothing says so."""
        super().__init__(sheet, rejects, mapper.unmapped)
        self.mapper = mapper
        self._place = mapper.place("order_id")
        self._header = normal(sheet.header[self._place])
        self._open: tuple[str, str, Group] = "", "", []
        self.stamp = stamp
        self._headers = RepeatedHeaders(sheet)
        self._footers = sheet.match.format.footers
        self._one_row_per_order = sheet.match.format.grain == "order" or not mapper.has_lines
        self._line, self._line_id = mapper.line, mapper.place("line_id")
        self._layout = mapper.layout
        self._awaits_description = self._layout.description
        self._reader = ColumnReader(mapper, one_row_per_order=self._one_row_per_order)
        # The same cells mean something else under another format, zone or currency: the hashes must differ then.
        setting = mapper.setting
        read_in = setting.currency, setting.source_tz, setting.shop_tz, setting.date_order
        meaning = repr(
            (sheet.match.format.name, sorted(sheet.match.places.items()), sheet.match.sums, *read_in)
        ).encode()
        self._hash_of = _hashing(meaning)
        self._rows = OrderRows(self, mapper, stamp=stamp, one_row_per_order=self._one_row_per_order, hash_of=self._hash)

    def orders(self, pieces: Iterable[Piece]) -> Iterator[Unread | Block]:
        """Every order the rows describe, in the order in which they first appear: plain rows in blocks of whole orders, all
        others order by order. `read_block` and `read` say what they state.
        """
        for piece in pieces:
            yield from self._of_piece(piece)
        for number, group in self._end():
            yield self._unread(number, group)

    def _of_piece(self, piece: Piece) -> Iterator[Unread | Block]:
        try:
            found = self._columns(piece)
        except Unusual:
            if (piece.lines if isinstance(piece, Text) else len(piece)) >= 2 * FEWEST_ROWS:
                for half in halves(piece):
                    yield from self._of_piece(half)
                return
            rows = piece.rows(self.sheet.delimiter) if isinstance(piece, Text) else piece
            for number, group in self._groups(self.data(rows)):
                yield self._unread(number, group)
        else:
            yield from self._of_columns(found)

    def _columns(self, piece: Piece) -> Columns:
        """The columns of plain rows.

        Raises:
            Unusual: they are not.
        """
        if not self._reader.reads_columns or self._awaits_description:
            raise Unusual
        columns = (
            of_text(piece, self.sheet.delimiter, self._width)
            if isinstance(piece, Text)
            else of_rows(piece, self._width)
        )
        numbers = columns[self._place]
        check_ids(numbers, self._header, self._footers)
        check_filled(columns, self._width, self._layout.least_cells)
        group = self._open[2]
        if len(numbers) + len(group) >= MOST_LINES:
            raise Unusual
        return columns

    def _of_columns(self, columns: Columns) -> Iterator[Unread | Block]:
        """The orders of plain rows: the last one before them may go on here, and their last one below them."""
        numbers, width = columns[self._place], self._width
        count, (number, _raw_number, group) = len(columns), self._open
        first = 0
        if group and number == numbers[0]:
            first = next((row for row, cell in enumerate(numbers) if cell != number), count)
            group.extend(columns.row(row, width) for row in range(first))
            if first == count:
                self._open = number, numbers[0], group
                return
        if group:
            yield self._unread(number, group)
        last = count - 1
        while last and numbers[last - 1] == numbers[last]:
            last -= 1
        if last > first:
            yield Block(columns, first, last, self._place, width, self._hash_of)
        self._open = numbers[last], numbers[last], [columns.row(row, width) for row in range(last, count)]

    def _unread(self, number: str, group: Group) -> Unread:
        (row_hash,) = self._hash_of([b"".join([row[2] for row in group])])
        return new_tuple(Unread, (number, row_hash, group))

    def _hash(self, packed: bytes) -> int:
        """The hash of an order of one row."""
        return self._hash_of([packed])[0]

    def read_block(self, block: Block) -> Iterator[PlainOrders | list[Unread]]:
        """What the rows of a block state; the orders that cannot be taken in this way are left to be read one by one."""
        try:
            found = self._reader.read(block)
        except Unusual:
            if len(block.numbers) < 2 * FEWEST_ROWS:
                yield block.unread()
                return
            for half in block.halves():
                yield from self.read_block(half)
        else:
            self.tally.rows += len(block)
            yield found

    def read(self, unread: Unread) -> OrderFacts | None:
        """What the rows of an order state; None if none of them can be taken.

        An order of which a row is set aside gets another hash, so that its bad rows are named by the next import as well.
        """
        number, row_hash, group = unread
        aside = self.tally.rejected_count + self.tally.skipped_count
        made = self._rows.made(number, group)
        if self._rows.counting:
            row_hash = self._hash(self._rows.counting)
        elif self.tally.rejected_count + self.tally.skipped_count != aside:
            row_hash = ~row_hash
        if made is None:
            return None
        if made.read is None:
            return OrderFacts(number, row_hash, "", "", False, 0, (), made.lines, made.parts)
        buyer, display, shipped, seen_at, told = made.read
        if told and not buyer:
            self.tally.guests += 1
        _read, lines, parts, rivals = made
        return new_tuple(OrderFacts, (number, row_hash, buyer, display, shipped, seen_at, told, lines, parts, rivals))

    def withdraw(self, unread: Unread, code: str, message: str) -> None:
        """Set the rows of an order aside that was read but cannot be stored."""
        gone = {bad.line for bad in self.tally.rejected} | {skip.line for skip in self.tally.skipped}
        for line, cells, _packed in unread.group:
            if line not in gone:
                self.tally.rows -= 1
                self.reject(line, code, message, cells)

    def known(self, rows: int, *, guests: int, unknown_statuses: Iterable[str]) -> None:
        """Count the rows of orders the store has already, which therefore were not read."""
        self.tally.rows += rows
        self.tally.guests += guests
        for status in unknown_statuses:
            self.mapper.count_unmapped(status)

    def lines(self, pieces: Iterable[Piece]) -> Iterator[OrderLines]:
        """The lines of every order, for a format that knows nothing else of it."""
        delimiter = self.sheet.delimiter
        rows = chain.from_iterable(piece.rows(delimiter) if isinstance(piece, Text) else piece for piece in pieces)
        for number, group in chain(self._groups(self.data(rows)), self._end()):
            found: list[LineFacts] = []
            taken: set[bytes] = set()
            for line, cells, packed in group:
                if packed in taken and self._line_id >= 0 and cells[self._line_id]:
                    self.skip(line, "exact repeat")
                    continue
                taken.add(packed)
                try:
                    facts = self._line(cells, self.mapper.currency(cells))
                except BadCell as problem:
                    self.reject(line, problem.code, str(problem), cells)
                    continue
                if facts is not None:
                    found.append(facts)
            self.tally.rows += len(found)
            if found:
                yield OrderLines(number, tuple(found))

    def _groups(self, rows: Iterable[Row]) -> Iterator[tuple[str, Group]]:
        """Rows of one order that follow each other; furniture and rows that are no data are gone. The last ones wait for what
        comes next.
        """
        number, raw_number, group = self._open
        place, width, longest = self._place, self._width, LONGEST_CELL
        number_of, names, footers = self.mapper.number, self._headers.names, self._footers
        continued = self._layout.continued
        for line, cells, text in rows:
            if len(cells) != width and not self._brought_to_width(line, cells):
                continue
            if text is None:
                text = "\x1f".join(cells)  # noqa: PLW2901 - the line as one text
            cells.append("")
            try:
                packed = text.encode()
            except UnicodeEncodeError:
                self.reject(
                    line,
                    "bad-encoding",
                    _("bytes that are not {encoding}; --encoding says what they are").format(
                        encoding=self.sheet.encoding
                    ),
                    cells,
                )
                continue
            if len(text) > longest and (most := max(map(len, cells))) > longest:
                self.reject(line, "field-too-long", _("a cell of {count} characters").format(count=most), cells)
                continue
            if cells[place] != raw_number or not group:
                try:
                    found = number_of(cells)
                except BadCell as problem:
                    if continued and group and not self._is_footer(cells):
                        if problem.code == "missing-order-id":
                            group.append((line, cells, packed))
                            continue
                        yield number, group
                        group = []
                    self._reject_or_skip(line, cells, problem)
                    continue
                if (found in names or found.startswith(footers)) and (why := self._furniture(line, cells, found)):
                    self.skip(line, why)
                    continue
                raw_number = cells[place]
                if found != number and group:
                    yield number, group
                    group = []
                number = found
            if len(group) >= MOST_LINES:
                self.reject(line, "too-many-lines", _("order {number} has too many rows").format(number=number), cells)
                continue
            group.append((line, cells, packed))
        self._open = number, raw_number, group

    def _end(self) -> Iterator[tuple[str, Group]]:
        """The rows of the last order."""
        number, _raw_number, group = self._open
        if group:
            yield number, group
        self.reject_damaged()

    def data(self, rows: Iterable[Row]) -> Iterable[Row]:
        """The rows without explanations below the header and without rows that have too few cells to be data."""
        return self._without_furniture(rows) if self._layout.description or self._layout.least_cells else rows

    def _without_furniture(self, rows: Iterable[Row]) -> Iterator[Row]:
        place = self._place
        for row in rows:
            line, cells, _text = row
            filled = sum(1 for cell in cells if cell.strip())
            number = cells[place] if len(cells) > place else ""
            if self._awaits_description and filled and self._describes(number, cells):
                self.skip(line, "description of the columns")
            elif filled and filled < self._layout.least_cells:
                self.skip(line, "footer")
            elif cells and not filled and line == self.sheet.header_line + 1:
                self.skip(line, "padding")
            else:
                yield row
            if filled and self._layout.description:  # they come again where another file was pasted below
                self._awaits_description = number[:1].isalpha() and normal(number) == self._header

    def _describes(self, number: str, cells: list[str]) -> bool:
        """Whether a row explains the columns: words stand where the order's number does, or where its time and money do."""
        text = bare(number)
        if text and text not in ERRORS:
            return " " in text or not has_digit(text)
        places = self.mapper.place("ordered_at"), self.mapper.place("paid")
        return not any(has_digit(cells[place]) for place in places if 0 <= place < len(cells))

    def _furniture(self, line: int, cells: list[str], number: str) -> str:
        """Why a row whose number looks like none is no data; empty if it is."""
        if number.startswith(self._footers):
            return N_("footer")
        return N_("repeated header") if self._headers.check(line, cells) or number == self._header else ""

    def _brought_to_width(self, line: int, cells: list[str]) -> bool:
        """Fill a short row up and drop empty cells of a long one; False if the row is no data."""
        if not cells:
            return False
        if any(cells[self._width :]) and self._headers.check(line, cells):
            self.skip(line, "repeated header")
            return False
        try:
            self.bring_to_width(cells)
        except BadCell as problem:
            self.reject(line, problem.code, str(problem), cells)
            return False
        return True

    def _is_footer(self, cells: list[str]) -> bool:
        first = next((normal(cell) for cell in cells if cell.strip()), "")
        return not first or (bool(self._footers) and first.startswith(self._footers))

    def _reject_or_skip(self, line: int, cells: list[str], problem: BadCell) -> None:
        """A row without an order number is nothing when it is blank, and furniture when it begins like a footer."""
        first = next((normal(cell) for cell in cells if cell.strip()), "")
        if not first:
            return
        if self._footers and first.startswith(self._footers):
            self.skip(line, "footer")
        else:
            self.reject(line, problem.code, str(problem), cells)

    def reject(self, line: int, code: str, message: str, cells: list[str]) -> None:
        """Set a row aside, unless it lacks what an order has because it sums up the ones above."""
        if code in SUMS_LACK and _sums_up(cells):
            self.skip(line, "footer")
        else:
            super().reject(line, code, message, cells)


def has_digit(text: str) -> bool:
    """Whether a number can stand in a text."""
    return any(letter.isdigit() for letter in text)


def _sums_up(cells: list[str]) -> bool:
    first = next((normal(cell) for cell in cells if cell.strip()), "")
    return first.rstrip(": ").casefold() in SUMS
