"""The buyers of a file, remembered in flat memory: each is asked for once, however often it comes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

#: Identities remembered; forgotten all at once when full.
REMEMBERED = 250_000

#: Identities that were not known (with how people see them) → what stands for each.
Learn = Callable[[Mapping[str, str]], Mapping[str, int]]


class Buyers:
    """What stands for each buyer, by the value of its identity; 0 stands for nobody."""

    def __init__(self, learn: Learn, *, hashed: bool) -> None:
        """`hashed`: no cell is an identity, though one may look like it."""
        self._learn = learn
        self._known: dict[str, int] = {"": 0}
        # A cell that is not an identity itself is none of anybody, so that both may stand together.
        self._of_cell: dict[str, int] = {} if hashed else self._known
        #: Whether some are not remembered by their value: what is not known then may have been before.
        self.forgot = False

    def of(self, named: Sequence[tuple[str, str]]) -> list[int]:
        """What stands for each identity, given with how people see it."""
        known = self._known
        unknown = {value: display for value, display in named if value not in known}
        if unknown:
            if self._is_full(len(unknown)):
                unknown = {value: display for value, display in named if value}
            known.update(self._learn(unknown))
        return [known[value] for value, _display in named]

    def of_cells(self, cells: Sequence[str], read: Callable[[str], tuple[str, str]]) -> list[int]:
        """What stands for the buyer each cell names; `read` gives a cell's identity and how people see it."""
        found = list(map(self._of_cell.get, cells))
        if None in found:
            return self._completed(cells, found, read)
        return found  # type: ignore[return-value]  # without None

    def _completed(
        self, cells: Sequence[str], found: list[int | None], read: Callable[[str], tuple[str, str]]
    ) -> list[int]:
        """The same where somebody new may be among them, in the order of the file."""
        known, of_cell = self._known, self._of_cell
        unread = dict.fromkeys(cell for cell, number in zip(cells, found, strict=True) if number is None)
        if self._is_full(len(unread)):
            unread, found = dict.fromkeys(cells), [None] * len(cells)
        named = {cell: read(cell) for cell in unread}
        new = self._learn({value: display for value, display in named.values() if value not in known})
        of_cell.update((cell, known[value] if value in known else new[value]) for cell, (value, _) in named.items())
        self.forgot = self.forgot or not new.keys() <= known.keys()  # remembered by their cells alone
        return [of_cell[cell] if number is None else number for cell, number in zip(cells, found, strict=True)]

    def forget(self) -> None:
        """Give the memory back."""
        self._of_cell.clear()
        self._known.clear()
        self._known[""] = 0
        self.forgot = True

    def _is_full(self, further: int) -> bool:
        """Whether there is no room for so many; then everything was forgotten to make some."""
        apart = self._of_cell is not self._known
        full = len(self._known) + (len(self._of_cell) if apart else 0) + further > REMEMBERED
        if full:
            self.forget()
        return full
