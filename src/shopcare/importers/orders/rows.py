"""The rows of one order → what they state: order-level money taken once, bad rows set aside."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from shopcare.domain.order_parts import LINE, Part, key_of
from shopcare.i18n import _
from shopcare.importers.orders.combined import Combination
from shopcare.importers.orders.facts import Group, LineFacts, Rival
from shopcare.importers.orders.grain import filled_up, twice_stated
from shopcare.importers.orders.mapping import Mapper, Read
from shopcare.importers.orders.rival_rows import Stated, completed, rivals
from shopcare.importers.orders.superseded import superseded
from shopcare.importers.rows.stream import RowStream
from shopcare.importers.values.cells import BadCell


class Made(NamedTuple):
    """What the rows of an order give, see `OrderFacts`; `read` None: nothing of the order itself."""

    read: Read | None
    lines: tuple[LineFacts, ...] | None
    parts: tuple[Part, ...] = ()
    rivals: tuple[Rival, ...] = ()


class OrderRows:
    """Reads the rows of one order after the other, in whichever of the ways the format has them."""

    def __init__(
        self, stream: RowStream, mapper: Mapper, *, stamp: int, one_row_per_order: bool, hash_of: Callable[[bytes], int]
    ) -> None:
        """`stream` counts the rows. `stamp`: when the file was exported, 0 if nothing says so. `hash_of`: of a row."""
        self._stream = stream
        self._mapper = mapper
        self._stamp = stamp
        self._hash_of = hash_of
        self._one_row_per_order = one_row_per_order
        self._layout = mapper.layout
        self._line_id = mapper.place("line_id")
        self._order, self._line = mapper.order, mapper.line
        #: The row the last order was read from where it had several, for its hash.
        self.counting = b""

    def made(self, number: str, group: Group) -> Made | None:
        """What the rows of an order give; None if none of them can be taken."""
        self.counting = b""
        if self._layout.first_row and not any(self._mapper.states_order(cells) for _line, cells, _packed in group):
            return self._below(group)
        if self._layout.combined:
            return self._together(number, group)
        if len(group) == 1:
            return self._only(number, group[0][0], group[0][1])
        return self._one(number, group) if self._one_row_per_order else self._many(number, group)

    def _one(self, number: str, group: Group) -> Made | None:
        """One row per order: an exact repeat is skipped; of rows that differ the newest counts, with what only others say."""
        read: list[Stated] = []
        packed_before: set[bytes] = set()
        for line, cells, packed in group:
            if packed in packed_before:
                self._stream.skip(line, "exact repeat")
                continue
            packed_before.add(packed)
            try:
                order = self._order(number, cells)
                found = self._line(cells, order[4][3])
            except BadCell as problem:
                self._stream.reject(line, problem.code, str(problem), cells)
                continue
            read.append(Stated(self._age(order, packed), order, (line, cells, packed), (found,) if found else ()))
        if not read:
            return None
        read.sort(key=Stated.by_age, reverse=True)
        for other in read[1:]:
            self._conflict(number, other.row)
        self.counting = read[0].row[2]
        self._stream.tally.rows += 1
        lines = read[0].lines if self._mapper.has_lines else None
        return Made(completed([each.read for each in read]), lines, rivals=rivals(read))

    def _conflict(self, number: str, row: tuple[int, list[str], bytes]) -> None:
        message = _("order {number} has another row in a newer state").format(number=number)
        self._stream.reject(row[0], "conflicting-rows", message, row[1])

    def _age(self, read: Read, packed: bytes) -> tuple[int, int, int, int, int]:
        """What tells the newer of two rows of an order; the same as of two files, see `OrderState.age`."""
        told = read[4]
        return max(read[3], self._stamp), told[2], told[8] or 0, told[5], self._hash_of(packed)

    def _newest(self, number: str, group: Group) -> tuple[Read, list[str], tuple[Rival, ...]] | None:
        """The row whose statement of the order counts where rows contradict each other, wherever it stands."""
        read: list[Stated] = []
        for row in group:
            try:
                if self._mapper.states_order(row[1]):
                    order = self._order(number, row[1])
                    read.append(Stated(self._age(order, row[2]), order, row, ()))
            except BadCell:
                continue  # set aside by the caller
        read.sort(key=Stated.by_age, reverse=True)
        return (completed([each.read for each in read]), read[0].row[1], rivals(read)) if read else None

    def _together(self, number: str, group: Group) -> Made | None:
        """Rows that make up an order together, see `combined`; if they do not, all of them are set aside."""
        combination = Combination(self._mapper, number, self._stamp, self._hash_of)
        taken: Group = []
        for line, cells, packed in self._each_once(number, group) if len(group) > 1 else group:
            try:
                combination.add(cells, packed)
            except BadCell as problem:
                self._stream.reject(line, problem.code, str(problem), cells)
                continue
            taken.append((line, cells, packed))
        if not taken:
            return None
        try:
            made = combination.made()
        except BadCell as problem:
            for line, cells, _packed in taken:
                self._stream.reject(line, problem.code, str(problem), cells)
            return None
        self._stream.tally.rows += len(taken)
        return Made(*made)

    def _each_once(self, number: str, group: Group) -> Group:
        """The rows without exact repeats (equal rows are that many pieces, unless something says that they are the same),
        and of rows that contradict each other only those of the furthest state.
        """
        rows: Group = []
        before: set[bytes] = set()
        for row in group:
            line, cells, packed = row
            if packed in before and (self._layout.repeats or (self._line_id >= 0 and cells[self._line_id])):
                self._stream.skip(line, "exact repeat")
                continue
            before.add(packed)
            rows.append(row)
        old = self._superseded(number, rows)
        for row in rows if old else ():
            if row[0] in old:
                self._conflict(number, row)
        left = [row for row in rows if row[0] not in old]
        return filled_up(self._mapper, self._of_one_grain(number, left))

    def _superseded(self, number: str, rows: Group) -> set[int]:
        """The lines of rows that newer rows of the same order replace. A row that cannot be read is named by who takes it."""
        unmapped = dict(self._mapper.unmapped)  # what is read here is read once more, and counted then

        def age(row: tuple[int, list[str], bytes]) -> tuple[int, ...]:
            try:
                return self._age(self._order(number, row[1]), row[2])
            except BadCell:
                return -1, self._hash_of(row[2])

        old = superseded(self._mapper, rows, age)
        self._mapper.unmapped.clear()
        self._mapper.unmapped.update(unmapped)
        return old

    def _of_one_grain(self, number: str, group: Group) -> Group:
        """The rows without those that state the order again in another grain."""
        again, conflicting = twice_stated(self._mapper, number, group)
        for line, cells, _packed in group if again else ():
            if line not in again:
                continue
            if conflicting:
                message = _("order {number} has another row in a newer state").format(number=number)
                self._stream.reject(line, "conflicting-rows", message, cells)
            else:
                self._stream.skip(line, "the same order in another grain")
        return [row for row in group if row[0] not in again]

    def _many(
        self, number: str, group: Group, newest: tuple[Read, list[str], tuple[Rival, ...]] | None = None
    ) -> Made | None:
        """One row per line: the order's own cells count once, from the first row that has them.

        Where rows contradict each other they count from the `newest` one, and the rows that say otherwise are set aside.
        """
        if not self._mapper.states_order(group[0][1]):  # sorted by something else
            group = sorted(group, key=lambda row: not self._mapper.states_order(row[1]))
        of_order = self._mapper.of_order
        read, first, others = newest or (None, [], ())
        said: object = of_order(first) if newest else None
        lines: list[LineFacts] = []
        taken: set[bytes] = set()
        gone: set[int] = set()
        rows = 0
        for line, cells, packed in group:
            try:
                if read is None:
                    read, first, said = self._order(number, cells), cells, of_order(cells)
                elif of_order(cells) != said and self._mapper.states_order(cells):
                    if newest is None:
                        rest = [row for row in group if row[0] not in gone]
                        return self._many(number, rest, self._newest(number, rest))
                    if self._mapper.contradicts(first, cells):
                        self._conflict(number, (line, cells, packed))
                        continue
                found = self._line(cells, read[4][3])
            except BadCell as problem:
                self._stream.reject(line, problem.code, str(problem), cells)
                gone.add(line)
                if not rows and newest is None:
                    read = None
                continue
            if packed in taken and (found is None or (self._line_id >= 0 and cells[self._line_id])):
                self._stream.skip(line, "exact repeat")
                gone.add(line)
                continue
            if found is not None:
                lines.append(found)
            taken.add(packed)
            rows += 1
        if read is None or not rows:
            return None
        self._stream.tally.rows += rows
        return Made(read, tuple(lines), rivals=others)

    def _below(self, group: Group) -> Made | None:
        """Rows of an order whose first row, which alone has its own cells, stands in another file: its lines."""
        parts: list[Part] = []
        for line, cells, packed in group:
            try:
                currency = self._mapper.currency(cells)
                found = self._line(cells, currency)
            except BadCell as problem:
                self._stream.reject(line, problem.code, str(problem), cells)
                continue
            if found is None:
                self._stream.reject(
                    line, "missing-value", _("the row says nothing of its order, and has no line"), cells
                )
                continue
            key = key_of(LINE, found)
            parts.append(Part(LINE, key, self._stamp, False, self._hash_of(packed), (), found, currency=currency))
        self._stream.tally.rows += len(parts)
        return Made(None, None, tuple(parts)) if parts else None

    def _only(self, number: str, line: int, cells: list[str]) -> Made | None:
        """An order of one row."""
        try:
            read = self._order(number, cells)
            found = self._line(cells, read[4][3])
        except BadCell as problem:
            self._stream.reject(line, problem.code, str(problem), cells)
            return None
        self._stream.tally.rows += 1
        if found is not None:
            return Made(read, (found,))
        return Made(read, () if self._mapper.has_lines else None)
