"""Formats of the operator's own: proposed from a file's header, kept as TOML in the user's folder, used like shipped ones."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from types import MappingProxyType

from shopcare.domain.cases import CLOSED, OUTCOMES, STAGES
from shopcare.domain.orders import STATUS_RANKS, UNKNOWN
from shopcare.domain.report import Block, Column, Message, Report
from shopcare.errors import EXIT_NOT_FOUND, ShopcareError, UsageError
from shopcare.i18n import N_
from shopcare.importers.folders import printable
from shopcare.importers.formats.catalog import known_formats, load, normal, user_folder
from shopcare.importers.kinds import COMMANDS
from shopcare.importers.proposals import proposal as proposing
from shopcare.importers.proposals.proposal import Proposal
from shopcare.importers.proposals.unknown_table import Table, read_table
from shopcare.importers.refusals import DuplicateColumnError

COMMAND = "import formats"
#: Unknown words that are named, and asked for.
NAMED_WORDS = 20
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}", re.ASCII).fullmatch


class FormatExistsError(ShopcareError):
    """A format of that name is there already: exit 5."""

    code = "import.format-exists"
    sentence = "There is already a format '{name}': {file}."
    hint = "Choose another name, or remove or edit that file."


class ColumnsMissingError(ShopcareError):
    """No column was found for a field that every file of the kind needs: exit 5."""

    code = "import.columns-missing"
    sentence = "No column of {file} looks like {fields}."
    hint = "Name it: --column {first}='COLUMN'. Columns: {columns}."


class ColumnsOpenError(ShopcareError):
    """Several columns may be a field that every file of the kind needs, and nothing tells which: exit 5."""

    code = "import.columns-open"
    sentence = "Several columns of {file} may be {field}: {columns}."
    hint = "Say which: --column {field}='COLUMN'."


class ColumnUnknownError(ShopcareError):
    """`--column` names a column the file does not have: exit 4."""

    code, exit_code = "import.column-unknown", EXIT_NOT_FOUND
    sentence = "{file} has no column '{column}'."
    hint = "Columns: {columns}."


class FormatFieldError(ShopcareError):
    """`--column` names a field this kind of export does not have: exit 2."""

    code, exit_code = "import.format-field", 2
    sentence = "'{given}' is no field of a format of {export_kind}."
    hint = "Fields: {fields}."


def check_name(name: str) -> Path:
    """Where a new format is written.

    Raises:
        UsageError: not a name.
        FormatExistsError: a shipped format or a file of the user has it.
    """
    if not _NAME(name):
        text = "A format's name consists of a to z, 0 to 9 and '-', not '{given}'."
        raise UsageError(problem=text, command=COMMAND, given=name)
    path = user_folder() / f"{name}.toml"
    if any(known.name == name for known in known_formats()) or path.exists():
        raise FormatExistsError(name=name, file=str(path) if path.exists() else "config/platforms")
    return path


def propose(
    file: str, kind: str | None, columns: Mapping[str, str], meanings: Mapping[str, str] = MappingProxyType({})
) -> tuple[Table, Proposal]:
    """What the columns of a file are, as far as their names and cells tell; `columns` are those the operator has named,
    `meanings` what status words mean.

    Raises:
        ImportRefusalError: the file cannot be read as a table.
        UsageError, FormatFieldError, ColumnUnknownError.
    """
    if kind is not None and kind not in proposing.kinds():
        text = "{option} takes {choices}, not '{given}'."
        choices = ", ".join(proposing.kinds())
        raise UsageError(problem=text, command=COMMAND, option="--kind", choices=choices, given=kind)
    table = read_table(file)
    return table, amended(table, kind or proposing.kind_of(table), columns, meanings)


def amended(
    table: Table, kind: str, columns: Mapping[str, str], meanings: Mapping[str, str] = MappingProxyType({})
) -> Proposal:
    """The proposal for a table that was read already.

    Raises:
        FormatFieldError, ColumnUnknownError, DuplicateColumnError, UsageError.
    """
    file, named = table.sheet.source.name, {field: normal(column) for field, column in columns.items()}
    for field, column in named.items():
        if field not in proposing.fields_of(kind):
            raise FormatFieldError(given=field, export_kind=kind, fields=", ".join(proposing.fields_of(kind)))
        if column in table.twice:
            raise DuplicateColumnError(file=file, line=table.sheet.header_line, column=column)
        if column and column not in table.header:
            raise ColumnUnknownError(file=file, column=column, columns=", ".join(table.columns))
    for word, to in meanings.items():
        check_meaning(kind, word, to)
    return proposing.propose(table, kind, named, meanings)


def meanings_of(kind: str) -> tuple[str, ...]:
    """What a status word of this kind of export may mean."""
    if kind == "cases":
        return (*(stage for stage in STAGES if stage != CLOSED), *(f"{CLOSED}/{outcome}" for outcome in OUTCOMES))
    return tuple(status for status in STATUS_RANKS if status != UNKNOWN) if kind == "orders" else ()


def check_meaning(kind: str, word: str, to: str) -> None:
    """Nothing, if a status word may mean this.

    Raises:
        UsageError.
    """
    if to not in meanings_of(kind):
        text = "{option}: '{word}' cannot mean '{given}'. Allowed: {choices}."
        choices = ", ".join(meanings_of(kind)) or "-"
        raise UsageError(problem=text, command=COMMAND, option="--status", word=word, given=to, choices=choices)


def check_complete(file: str, proposal: Proposal) -> None:
    """Nothing, if every field that a format needs has a column.

    Raises:
        ColumnsMissingError, ColumnsOpenError, DuplicateColumnError.
    """
    for field, likely in proposal.open.items():
        raise ColumnsOpenError(file=file, field=field, columns=", ".join(likely))
    for name in proposal.disputed:
        raise DuplicateColumnError(file=file, line=proposal.header_line, column=name)
    if proposal.missing:
        raise ColumnsMissingError(
            file=file, fields=", ".join(proposal.missing), first=proposal.missing[0],
            columns=", ".join(column for column in dict.fromkeys(proposal.header) if column),
        )  # fmt: skip


def save(path: Path, file: str, proposal: Proposal, *, dry_run: bool = False) -> None:
    """Write a format file; it is read back before it counts.

    Raises:
        ColumnsMissingError: a required field has no column.
    """
    check_complete(file, proposal)
    if dry_run:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    draft.write_text(toml(path.stem, Path(printable(file)).name, proposal), "utf-8")
    load(draft)
    draft.replace(path)


def toml(name: str, file: str, proposal: Proposal) -> str:
    """The text of a format file."""
    columns = proposal.columns
    generic = proposing.generic(proposal.kind)
    lines = [
        f"# Made by `shopcare import formats new` from {json.dumps(file, ensure_ascii=False)}. Edit it as you like;",
        "# `shopcare import formats show` prints it.",
        f"title = {_text(name)}",
        'platform = "generic"',
        f"kind = {_text(proposal.kind)}",
        f"required = {_list(generic.required)}",
    ]
    if proposal.kind == "orders":
        buyer = next((field for field in ("customer_id", "email") if field in columns), "")
        lines += [f"grain = {_text(generic.grain)}", f"buyer = {_text(buyer)}"]
    lines += ["", "[file]", f"encodings = {_list(generic.layout.encodings)}"]
    lines += ["", "[columns]", *(f"{field} = {_list([column])}" for field, column in columns.items())]
    if proposal.kind == "cases":
        lines += ["", "[case]", "refunded_stands = true"]
    for section, words in proposal.words.meanings.items():
        lines += ["", f"[{section}]", *(f"{_text(word)} = {_text(to)}" for word, to in words.items())]
        if section == "status":
            lines += [f"# {_text(word)} = ?" for word in islice(proposal.unknown_statuses, NAMED_WORDS)]
    if generic.words:
        lines += ["", "[words]", *(f"{flag} = {_list(sorted(words))}" for flag, words in generic.words.items())]
    if other := [column for column in dict.fromkeys(proposal.header) if column and column not in columns.values()]:
        changing = [column for column in other if column in generic.changing]
        lines += ["", "[other]", f"columns = {_list([column for column in other if column not in changing])}"]
        lines += [f"changing = {_list(changing)}"] if changing else []
    return "\n".join(lines) + "\n"


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _list(texts: Iterable[str]) -> str:
    return "[" + ", ".join(_text(text) for text in texts) + "]"


_COLUMNS = (
    Column("field", "Field", "id"),
    Column("column", "Column"),
    Column("required", "Required", "code"),
    Column("found_by", "Found by", "code"),
    Column("sample", "For example"),
)


def report(proposal: Proposal, path: Path) -> Report:
    """A proposal as a list: one row per field, the required ones first, fields without a column last."""
    ordered = sorted(proposal.choices, key=lambda choice: (not choice.column, not choice.is_required))
    rows = [
        (
            each.field,
            each.column or None,
            "yes" if each.is_required else "no",
            each.found_by or None,
            each.sample or None,
        )
        for each in ordered
    ]
    block = Block("mapping", "Columns", _COLUMNS, rows)
    facts = {"format": path.stem, "kind": proposal.kind, "file": str(path)}
    return Report(
        "shopcare.import.formats.new/1", "Proposed format", [block], facts=facts, warnings=list(_warnings(proposal)),
        listing=True,
    )  # fmt: skip


def _warnings(proposal: Proposal) -> Iterator[Message]:
    """What the operator should know about a proposal: what it is for, what it is instead of, and what it leaves out."""
    text = N_("Proposed as a format for `{command}`; --kind names another kind of file.")
    yield Message(text, {"command": COMMANDS[proposal.kind]})
    if proposal.known:
        text = N_("This file is recognised already, as {format}; a format of your own takes the place of that.")
        yield Message(text, {"format": proposal.known})
    used, names = set(proposal.columns.values()), proposal.header
    twice = [name for name in names if name and names.count(name) > 1]
    unused = [
        name or f"(column {place})" for place, name in enumerate(names, 1) if name not in used and name not in twice
    ]
    if unused:
        yield Message(N_("Columns without a field: {columns}."), {"columns": ", ".join(unused)})
    if twice:
        text = N_("Columns of one name cannot be told apart and are left out: {columns}.")
        yield Message(text, {"columns": ", ".join(dict.fromkeys(twice))})
    for field, likely in proposal.open.items():
        text = N_("Several columns may be {field}: {columns}.")
        yield Message(text, {"field": field, "columns": ", ".join(likely)})
    for field, words in proposal.words.unknown.items():
        if words:
            yield Message(_UNKNOWN_WORDS[field == "status"], {"field": field, "words": _listed(words)})


_UNKNOWN_WORDS = (
    N_("Words in {field} that nobody knows: {words}. Imports will list them."),
    N_(
        "Status words that nobody knows: {words}. Say what they mean with --status WORD=STATUS; imports will list the others."
    ),
)


def _listed(words: Mapping[str, int]) -> str:
    named = ", ".join(f"'{word}' ({count})" for word, count in islice(words.items(), NAMED_WORDS))
    return named + (" …" if len(words) > NAMED_WORDS else "")
