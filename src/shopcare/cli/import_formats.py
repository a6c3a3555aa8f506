"""`shopcare import formats new`: propose a format for a file, agree on it, write it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from shopcare.i18n import _

if TYPE_CHECKING:
    from shopcare.domain.report import Report
    from shopcare.importers.proposal import Proposal


def new_format(
    name: str,
    file: str,
    kind: str | None,
    columns: Mapping[str, str],
    show: Callable[[Report], None],
    *,
    yes: bool,
    dry_run: bool,
) -> None:
    """Propose a format, let it be changed and accepted on a terminal (a script says `yes`), and write it.

    Raises:
        QuestionWithoutTerminal: nobody can be asked.
    """
    from shopcare.errors import QuestionWithoutTerminal
    from shopcare.services import format_files

    path = format_files.check_name(name)
    table, proposal = format_files.propose(file, kind, columns)
    if yes or dry_run:
        show(format_files.report(proposal, path))
    elif sys.stdin.isatty() and sys.stderr.isatty():
        agreed = _agreed(
            file, proposal, lambda named: format_files.amended(file, table, proposal.kind, named), dict(columns),
            lambda found: show(format_files.report(found, path)),
        )  # fmt: skip
        if agreed is None:
            sys.stderr.write(_("Nothing was written.") + "\n")
            return
        proposal = agreed
    else:
        raise QuestionWithoutTerminal(option="--yes")
    format_files.save(path, file, proposal, dry_run=dry_run)
    sys.stderr.write(_written(path, dry_run=dry_run) + "\n")


def _written(path: Path, *, dry_run: bool) -> str:
    text = _("Would be written: {file}") if dry_run else _("Written: {file}")
    return text.format(file=path)


def _agreed(
    file: str,
    proposal: Proposal,
    amend: Callable[[Mapping[str, str]], Proposal],
    named: dict[str, str],
    show: Callable[[Proposal], None],
) -> Proposal | None:
    """The proposal after the operator has changed what is wrong; None if it is not wanted."""
    from shopcare.errors import ShopcareError
    from shopcare.render.refusals import hint_of, sentence_of
    from shopcare.services import format_files

    question = _("Write it? y, n, or FIELD=COLUMN to change a field (FIELD= for none)")
    show(proposal)
    while True:
        answer = str(typer.prompt(question, err=True)).strip()
        if answer.lower() in ("n", "no"):
            return None
        field, equals, column = answer.partition("=")
        try:
            if answer.lower() in ("y", "yes"):
                format_files.check_complete(file, proposal)
                return proposal
            if not equals:
                continue
            proposal = amend({**named, field.strip(): column.strip()})
        except ShopcareError as refusal:
            sys.stderr.write(f"{sentence_of(refusal)}\n{hint_of(refusal)}\n")
            continue
        named[field.strip()] = column.strip()
        show(proposal)
