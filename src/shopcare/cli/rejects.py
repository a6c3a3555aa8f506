"""Where `import --rejects` puts bad rows."""

from __future__ import annotations

import contextlib
import csv
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import IO, TYPE_CHECKING

from shopcare.cli.output import check_place, whole_file
from shopcare.errors import OutputNotWritable
from shopcare.i18n import N_

if TYPE_CHECKING:
    from shopcare.importers.rows.tally import Reject


class Rejects:
    """Bad rows as CSV in each input's own columns, ready to mend and import again; nothing for inputs without any."""

    def __init__(self, target: Path, inputs: frozenset[Path] = frozenset()) -> None:
        self._target = target
        self._inputs = inputs
        self._input = ""
        self._header: list[str] = []
        self._added: list[str] = []
        self._known: tuple[str, ...] = ()
        self._drafts: dict[str, IO[str]] = {}

    def start(self, file: str, header: Sequence[str], exported: str = "", date_order: str = "") -> None:
        """An input with its header begins; what a file of rejected rows adds to its input is no part of the header."""
        from shopcare.importers.mended import added, own_width

        self._input, self._header = file, list(header[: own_width(header)])
        self._known = tuple(text for text in (exported, date_order) if text)
        self._added = added(self._header, dated=bool(exported), ordered=bool(date_order))

    def add(self, reject: Reject, cells: Sequence[str]) -> None:
        """One bad row; a row cut short is filled up, so that the reasons stand under each other."""
        if self._input not in self._drafts:
            self._drafts[self._input] = tempfile.TemporaryFile("w+", encoding="utf-8", newline="")  # noqa: SIM115 - nameless, kept to the end
            self._row([*self._header, *self._added])
        filled = [*cells[: len(self._header)], *[""] * (len(self._header) - len(cells))]
        self._row([*filled, str(reject.line), reject.code, reject.message, *self._known])

    def _row(self, cells: Sequence[str]) -> None:
        from shopcare.render.text import FORMULA_STARTS

        safe = (_storable("'" + cell if cell.startswith(FORMULA_STARTS) else cell) for cell in cells)
        csv.writer(self._drafts[self._input]).writerow(safe)

    def write(self) -> dict[str, Path]:
        """Write the files; which input's rows are where.

        Raises:
            OutputNotWritable.
        """
        written = dict(zip(self._drafts, self._names(), strict=True))
        for target in dict.fromkeys(written.values()):
            with whole_file(target, encoding="utf-8-sig") as file:
                for name in (name for name, place in written.items() if place == target):
                    self._drafts[name].seek(0)
                    shutil.copyfileobj(self._drafts[name], file)
        return written

    def _names(self) -> list[Path]:
        """The file itself for a single input, or where it is a device or pipe; else one beside it for each input."""
        target = self._target
        if len(self._drafts) < 2 or (target.exists() and not target.is_file()):
            return [target] * len(self._drafts)
        names: list[Path] = []
        for file in self._drafts:
            stem = target.stem + "-" + ("stdin" if file == "-" else Path(file).stem)
            again = (f"{stem}-{number}" for number in count(2))
            while (name := target.with_name(stem + target.suffix)) in names or name.resolve() in self._inputs:
                stem = next(again)
            names.append(name)
        return names

    def close(self) -> None:
        """Give the drafts back."""
        for draft in self._drafts.values():
            draft.close()


def _storable(cell: str) -> str:
    return cell.encode("utf-8", "replace").decode("utf-8")


@contextlib.contextmanager
def rejects_file(name: str | None, files: Sequence[str]) -> Iterator[Rejects | None]:
    """Where bad rows of some files go; a place that cannot be written to is refused before anything is imported.

    Raises:
        OutputNotWritable: also one of the files themselves, whose good rows would be nowhere else.
    """
    if name is None:
        yield None
        return
    from shopcare.importers.folders import expanded

    target = Path(name)
    check_place(target)
    inputs = frozenset(Path(file).resolve() for file in expanded(files) if file != "-")
    if target.is_file() and target.resolve() in inputs:
        raise OutputNotWritable(target=name, problem=N_("it is one of the files to import"))
    rejects = Rejects(target, inputs)
    try:
        yield rejects
    finally:
        rejects.close()
