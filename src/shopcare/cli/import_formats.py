"""`shopcare import formats new`: propose a format for a file, agree on it, write it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import typer

from shopcare.i18n import _
from shopcare.render.text import neutral

if TYPE_CHECKING:
    from shopcare.domain.report import Report
    from shopcare.errors import ShopcareError
    from shopcare.importers.proposals.proposal import Proposal
    from shopcare.importers.proposals.unknown_table import Table


def new_format(
    name: str,
    file: str,
    kind: str | None,
    columns: Mapping[str, str],
    meanings: Mapping[str, str],
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
    table, proposal = format_files.propose(file, kind, columns, meanings)
    if yes or dry_run:
        show(format_files.report(proposal, path))
    elif sys.stdin.isatty() and sys.stderr.isatty():
        talk = _Talk(table, dict(columns), dict(meanings), lambda found: show(format_files.report(found, path)))
        agreed = talk.agreed(file, proposal)
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


class _Talk(NamedTuple):
    """What the operator has said about a table so far: columns of fields, and meanings of status words."""

    table: Table
    columns: dict[str, str]
    meanings: dict[str, str]
    show: Callable[[Proposal], None]

    def agreed(self, file: str, proposal: Proposal) -> Proposal | None:
        """The proposal after the operator has changed what is wrong; None if it is not wanted."""
        from shopcare.errors import ShopcareError
        from shopcare.services import format_files

        question = _("Write it? y, n, or FIELD=COLUMN to change a field (FIELD= for none)")
        self.show(proposal)
        while True:
            answer = str(typer.prompt(question, err=True)).strip()
            if answer.lower() in ("n", "no"):
                return None
            field, equals, column = answer.partition("=")
            try:
                if answer.lower() in ("y", "yes"):
                    format_files.check_complete(file, proposal)
                    return self._explained(proposal)
                if not equals:
                    continue
                proposal = self._amended(proposal, {field.strip(): column.strip()}, {})
            except ShopcareError as refusal:
                _say(refusal)
                continue
            self.show(proposal)

    def _explained(self, proposal: Proposal) -> Proposal:
        """The proposal with the meanings of the status words that nobody knows, as far as the operator does."""
        from shopcare.errors import ShopcareError
        from shopcare.services import format_files

        asked = list(proposal.unknown_statuses.items())[: format_files.NAMED_WORDS]
        if asked:
            choices = ", ".join(format_files.meanings_of(proposal.kind))
            sys.stderr.write(
                _("Status words that nobody knows yet. Each may mean: {choices}").format(choices=choices) + "\n"
            )
        for word, count in asked:
            question = _("'{word}' ({count}) means (Enter: leave it unknown)").format(word=neutral(word), count=count)
            while answer := str(typer.prompt(question, default="", show_default=False, err=True)).strip():
                try:
                    proposal = self._amended(proposal, {}, {word: answer})
                    break
                except ShopcareError as refusal:
                    _say(refusal)
        return proposal

    def _amended(self, proposal: Proposal, columns: Mapping[str, str], meanings: Mapping[str, str]) -> Proposal:
        """The proposal with something further that the operator has said, which is kept if it can be so."""
        from shopcare.services import format_files

        further = format_files.amended(
            self.table, proposal.kind, {**self.columns, **columns}, {**self.meanings, **meanings}
        )
        self.columns.update(columns)
        self.meanings.update(meanings)
        return further


def _say(refusal: ShopcareError) -> None:
    from shopcare.render.refusals import hint_of, sentence_of

    sys.stderr.write(f"{sentence_of(refusal)}\n{hint_of(refusal)}\n")
