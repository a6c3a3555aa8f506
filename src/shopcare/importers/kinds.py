"""Which command imports which kind of export."""

from __future__ import annotations

from shopcare.i18n import N_
from shopcare.importers.formats.headers import missing, spelled
from shopcare.importers.refusals import MissingColumnError, WrongKindError
from shopcare.importers.text.sheet import Sheet

#: Kind of export → the command that imports it, and how people call what it holds.
COMMANDS = {
    "orders": "shopcare import orders", "lines": "shopcare import orders",
    "cases": "shopcare import cases", "reviews": "shopcare import reviews",
    "customers": "shopcare import customers", "surveys": "shopcare import surveys", "events": "shopcare import events",
}  # fmt: skip
NAMES = {
    "orders": N_("shop orders"), "lines": N_("shop orders"), "cases": N_("after-sales cases"), "reviews": N_("reviews"),
    "customers": N_("customers"), "surveys": N_("survey answers"), "events": N_("behaviour events"),
}  # fmt: skip


def is_of_kind(sheet: Sheet, wanted: str) -> bool:
    """Whether the command for a kind imports a recognised file."""
    return COMMANDS.get(sheet.match.format.kind, "") == COMMANDS[wanted]


def check_kind(sheet: Sheet, wanted: str) -> None:
    """Refuse a recognised file that another command imports, or that lacks what its format needs.

    Args:
        sheet: the recognised file.
        wanted: the kind the command imports.

    Raises:
        WrongKindError, MissingColumnError.
    """
    known, file = sheet.match.format, sheet.source.name
    if not is_of_kind(sheet, wanted):
        raise WrongKindError(
            file=file,
            title=known.title,
            kind=NAMES.get(known.kind, known.kind),
            wanted=NAMES[wanted],
            command=COMMANDS.get(known.kind, ""),
        )
    if lacking := missing(spelled(sheet.header, known), known):
        columns = ", ".join(f"'{known.columns[name][0]}'" for name in lacking)
        raise MissingColumnError(file=file, title=known.title, columns=columns)
