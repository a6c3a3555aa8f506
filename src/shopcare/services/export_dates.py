"""When an export was made, as far as the operator, the file or its name says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from shopcare.domain.clock import SECONDS_PER_DAY
from shopcare.domain.report import Message
from shopcare.importers import mended
from shopcare.importers.text.sheet import Sheet
from shopcare.importers.values.times import stamp_in_name
from shopcare.services.context import Context


def stated(ctx: Context, given: str | None, file: str, sheet: Sheet) -> str:
    """What the operator has `given`, else the file of rejected rows, else the name says; a local time where it is that of a
    name, empty for nothing.
    """
    if given is not None:
        return given
    if text := mended.exported(sheet):
        return text
    stamp = _in_names(file, sheet)
    if not stamp or is_to_come(stamp, ctx):
        return ""
    return datetime.fromtimestamp(stamp, UTC).replace(tzinfo=None).isoformat(" ")


def passed_over(ctx: Context, given: str | None, file: str, sheet: Sheet) -> Iterator[Message]:
    """That the date in the name cannot be that of the export."""
    if given is None and is_to_come(_in_names(file, sheet), ctx):
        yield Message(
            "date-to-come: the date in the name {name} is still to come, so it does not say when the file was exported; "
            "--exported-at does.",
            {"name": sheet.source.member or Path(file).name},
        )


def is_to_come(at: int, ctx: Context) -> bool:
    """Whether it is later than now in every zone: no export was made then."""
    return at > ctx.now + SECONDS_PER_DAY


def _in_names(file: str, sheet: Sheet) -> int:
    """The date in the name of a file, or of what was in it, as if it were UTC; 0 for none."""
    names = (Path(file).name, Path(sheet.source.member).name)
    return next((found for name in names if (found := stamp_in_name(name, "UTC"))), 0)
