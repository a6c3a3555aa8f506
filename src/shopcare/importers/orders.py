"""Rows → orders: the rows of one order brought together, order-level money taken once, bad rows set aside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import blake2b
from typing import Any

from shopcare.importers.cells import LONGEST_CELL, BadCell
from shopcare.importers.facts import LineFacts, OrderFacts, OrderLines, Reject, Skip, Tally
from shopcare.importers.formats import normal
from shopcare.importers.mapping import Mapper
from shopcare.importers.reader import Row, Sheet
from shopcare.importers.scattered import SeenBefore

#: Rejected and skipped rows listed one by one; further ones are only counted.
LISTED_ROWS = 100_000

#: The rows of one order: physical line, cells, cells as bytes.
Group = list[tuple[int, list[str], bytes]]
RejectSink = Callable[[Reject, list[str]], None]


class OrderStream:
    """The orders of one pass over a file, and the tally of its rows.

    Rows of one order usually follow each other. Where a number may have stood further up as well, the order is marked, and
    whoever stores it finds out (`scattered.gathered` then gives the rows in an order in which they do).
    """

    def __init__(self, sheet: Sheet, mapper: Mapper, *, rejects: RejectSink | None = None) -> None:
        self.sheet = sheet
        self.mapper = mapper
        self.tally = Tally(unmapped=mapper.unmapped)
        self._sink = rejects
        self._width = len(sheet.header)
        self._footers = sheet.match.format.footers
        self._seen = SeenBefore(sheet.source.size)
        self._one_row_per_order = sheet.match.format.grain == "order" or not mapper.has_lines
        self._line_id = mapper.place("line_id")
        for line in sheet.preamble:
            self._skip(line, "before the header")

    def orders(self, rows: Iterator[Row]) -> Iterator[OrderFacts]:
        """Every order the rows describe, in the order in which they first appear."""
        build = self._one if self._one_row_per_order else self._many
        for number, group in self._groups(rows):
            made = build(number, group)
            if made is not None:
                yield made

    def lines(self, rows: Iterator[Row]) -> Iterator[OrderLines]:
        """The lines of every order, for a format that knows nothing else of it."""
        currency = self.sheet.match.format.currency
        for number, group in self._groups(rows):
            found: list[LineFacts] = []
            for line, cells, _packed in group:
                try:
                    facts = self.mapper.line(cells, currency)
                except BadCell as problem:
                    self._reject(line, problem.code, str(problem), cells)
                    continue
                if facts is not None:
                    found.append(facts)
            self.tally.rows += len(found)
            if found:
                yield OrderLines(number, tuple(found), self._seen.test_and_add(number))

    def _groups(self, rows: Iterator[Row]) -> Iterator[tuple[str, Group]]:
        """Rows of one order that follow each other; furniture and rows that are no data are gone."""
        number = raw_number = ""
        group: Group = []
        place = self.mapper.place("order_id")
        for line, cells in rows:
            packed = self._taken(line, cells)
            if packed is None:
                continue
            if cells[place] != raw_number or not group:
                try:
                    found = self.mapper.number(cells)
                except BadCell as problem:
                    self._reject_or_skip(line, cells, problem)
                    continue
                raw_number = cells[place]
                if found != number and group:
                    if not self._is_furniture(number, group):
                        yield number, group
                    group = []
                number = found
            group.append((line, cells, packed))
        if group and not self._is_furniture(number, group):
            yield number, group
        for damage in self.sheet.damaged:
            self._reject(damage.line, damage.code, damage.message, damage.cells)

    def _taken(self, line: int, cells: list[str]) -> bytes | None:
        """The row's cells as bytes for hashing, after bringing it to the width `Mapper` wants; None if it is no data."""
        width = self._width
        if len(cells) != width:
            if not cells:
                return None
            if len(cells) > width:
                if any(cells[width:]):
                    self._reject(line, "too-many-cells", f"{len(cells)} cells under {width} columns", cells)
                    return None
                del cells[width:]
            else:
                cells.extend([""] * (width - len(cells)))
        joined = "\x1f".join(cells)
        cells.append("")
        if len(joined) > LONGEST_CELL and (longest := max(map(len, cells))) > LONGEST_CELL:
            self._reject(line, "field-too-long", f"a cell of {longest} characters", cells)
            return None
        try:
            return joined.encode()
        except UnicodeEncodeError:
            self._reject(line, "bad-encoding", f"bytes that are not {self.sheet.encoding}", cells)
            return None

    def _reject_or_skip(self, line: int, cells: list[str], problem: BadCell) -> None:
        """A row without an order number is furniture when it is blank, a repeated header or begins like a footer."""
        first = next((normal(cell) for cell in cells if cell.strip()), "")
        if not first:
            return
        if self._footers and first.startswith(self._footers):
            self._skip(line, "footer")
        else:
            self._reject(line, problem.code, str(problem), cells)

    def _is_furniture(self, number: str, group: Group) -> bool:
        """A header repeated among the rows, or a footer whose first cell is the order number's."""
        line, cells, _packed = group[0]
        if number == normal(self.sheet.header[self.mapper.place("order_id")]):
            for line, _cells, _packed in group:
                self._skip(line, "repeated header")
            return True
        if self._footers and number.startswith(self._footers) and normal(cells[0]) == number:
            self._skip(line, "footer")
            return True
        return False

    def _one(self, number: str, group: Group) -> OrderFacts | None:
        """One row per order: an exact repeat is skipped; of rows that differ the furthest state is kept."""
        best: tuple[tuple[Any, ...], int, list[str], bytes] | None = None
        packed_before: set[bytes] = set()
        for line, cells, packed in group:
            if packed in packed_before:
                self._skip(line, "exact repeat")
                continue
            packed_before.add(packed)
            try:
                facts = self.mapper.order(number, cells)
                self.mapper.line(cells, facts[6])
            except BadCell as problem:
                self._reject(line, problem.code, str(problem), cells)
                continue
            if best is not None:
                loser = best if facts[5] > best[0][5] else (facts, line, cells, packed)
                self._reject(loser[1], "conflicting-rows", f"order {number} has another row in a newer state", loser[2])
                if loser is not best:
                    continue
            best = facts, line, cells, packed
        if best is None:
            return None
        facts, _line, cells, packed = best
        self.tally.rows += 1
        line_facts = self.mapper.line(cells, facts[6]) if self.mapper.has_lines else None
        lines = None if not self.mapper.has_lines else () if line_facts is None else (line_facts,)
        return self._made(facts, lines, packed)

    def _many(self, number: str, group: Group) -> OrderFacts | None:
        """One row per line: the order's own cells count once, from the first row that has them."""
        facts: tuple[Any, ...] | None = None
        first: list[str] = []
        lines: list[LineFacts] = []
        taken: list[bytes] = []
        for line, cells, packed in group:
            try:
                if facts is None:
                    facts, first = self.mapper.order(number, cells), cells
                elif not self.mapper.agrees(first, cells):
                    raise BadCell("conflicting-rows", f"order {number} has other amounts or another status above")
                if self._line_id >= 0 and cells[self._line_id] and packed in taken:
                    self._skip(line, "exact repeat")
                    continue
                found = self.mapper.line(cells, facts[6])
            except BadCell as problem:
                self._reject(line, problem.code, str(problem), cells)
                if not lines:
                    facts = None
                continue
            if found is not None:
                lines.append(found)
            elif packed in taken:
                self._skip(line, "exact repeat")
                continue
            taken.append(packed)
        if facts is None or not taken:
            return None
        self.tally.rows += len(taken)
        return self._made(facts, tuple(lines), taken[0] if len(taken) == 1 else b"\x1e".join(taken))

    def _made(self, facts: tuple[Any, ...], lines: tuple[LineFacts, ...] | None, packed: bytes) -> OrderFacts:
        if not facts[1]:
            self.tally.guests += 1
        digest = int.from_bytes(blake2b(packed, digest_size=8).digest(), "big", signed=True)
        return OrderFacts._make((*facts, digest, lines, self._seen.test_and_add(facts[0])))

    def _reject(self, line: int, code: str, message: str, cells: list[str]) -> None:
        self.tally.rejected_count += 1
        reject = Reject(line, code, message)
        if self.tally.rejected_count <= LISTED_ROWS:
            self.tally.rejected.append(reject)
        if self._sink is not None:
            self._sink(reject, cells[: self._width])

    def _skip(self, line: int, why: str) -> None:
        self.tally.skipped_count += 1
        if self.tally.skipped_count <= LISTED_ROWS:
            self.tally.skipped.append(Skip(line, why))
