"""What `import` knows of export formats, for people: the list of them, and one with its columns and status words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shopcare.domain.report import Block, Column, Report, Row, Value
from shopcare.errors import EXIT_NOT_FOUND
from shopcare.i18n import N_, _
from shopcare.importers.formats.cases import ANY_OPEN, Vocabulary
from shopcare.importers.formats.catalog import Format, known_formats
from shopcare.importers.proposals.case_words import meaning_text
from shopcare.importers.refusals import ImportRefusalError

#: What a row is of exports that hold neither orders nor their lines.
ROWS = {"cases": "case", "reviews": "review", "customers": "customer", "surveys": "answer", "events": "event"}

#: Words of format files that are no codes of cases, for people.
OUR_WORDS = {ANY_OPEN: N_("any open stage"), "as_asked": N_("done as asked")}

#: A code word within a meaning of several, such as `rejected/buyer`.
_WORD = re.compile(r"[a-z_]+")


class FormatUnknownError(ImportRefusalError):
    """No format has this name: exit 4."""

    code, exit_code = "import.unknown-format-name", EXIT_NOT_FOUND
    sentence = "There is no import format '{name}'."
    hint = "`shopcare import formats` lists them."


def listing() -> Report:
    """Every format that is known, by name."""
    columns = (
        Column("name", "Name", "id"),
        Column("title", "Export"),
        Column("platform", "Platform", "id"),
        Column("kind", "Holds", "code"),
        Column("grain", "A row is", "code"),
        Column("confidence", "Confidence", "id"),
    )
    rows: list[Row] = [
        (known.name, _(known.title), known.platform, known.kind, _grain(known), known.confidence or None)
        for known in known_formats()
    ]
    block = Block("formats", "Import formats", columns, rows, yielding=("title",))
    return Report("shopcare.import.formats/1", "Import formats", [block], listing=True)


def _grain(known: Format) -> str:
    return ROWS.get(known.kind, known.grain)


def one(name: str) -> Report:
    """A format: what it is, the header names of each field, the columns that are known but not used, its status words.

    Raises:
        FormatUnknownError: none has this name.
    """
    known = next((each for each in known_formats() if each.name == name), None)
    if known is None:
        raise FormatUnknownError(name=name)
    blocks = [_description(known), _columns(known), _status(known)]
    return Report("shopcare.import.format/1", known.title, [block for block in blocks if block.rows])


def _description(known: Format) -> Block:
    columns = (
        Column("name", "Name", "id"),
        Column("platform", "Platform", "id"),
        Column("kind", "Holds", "code"),
        Column("grain", "A row is", "code"),
        Column("confidence", "Confidence", "id"),
        Column("currency", "Currency", "id"),
        Column("zone", "Time zone", "id"),
        Column("encodings", "Encodings", "id"),
        Column("buyer", "Identifies buyers", "id"),
        Column("once", "The same on every row of an order", "id"),
        Column("added", "Each row's own, added up", "id"),
    )
    layout = known.layout
    row = (
        known.name, known.platform, known.kind, _grain(known), known.confidence or None, known.currency or None,
        known.zone or None, ", ".join(layout.encodings), " | ".join(known.columns.get(known.buyer, ())) or None,
        ", ".join(layout.once) or None, ", ".join(layout.added) or None,
    )  # fmt: skip
    return Block("format", "Format", columns, [row], layout="record")


def _columns(known: Format) -> Block:
    columns = (
        Column("field", "Field", "id"),
        Column("headers", "Header names"),
        Column("required", "Required", "bool"),
    )
    rows: list[Row] = [(name, " | ".join(names), name in known.required) for name, names in known.columns.items()]
    rows += [
        (name, " + ".join(names).replace("+ -", "- "), name in known.required) for name, names in known.sums.items()
    ]
    if known.layout.taxes:
        added = ", ".join(sorted(known.layout.untaxed_prices))
        rows.append(("taxes", f"{' + '.join(known.layout.taxes)} ({added})", False))
    used = {header.removeprefix("-") for names in (*known.columns.values(), *known.sums.values()) for header in names}
    unused = dict.fromkeys((*known.detect, *sorted(known.known)))
    rows += [(None, header, False) for header in unused if header not in used]
    return Block("columns", "Columns", columns, rows, note="Columns without a field are known and left out.")


def _status(known: Format) -> Block:
    columns = (Column("word", "Status word"), Column("status", "Status", "code"))
    rows: list[Row] = [(word, status) for word, status in known.status.items()]
    rows += [(f"{start}…", status) for start, status in known.layout.prefixes]
    rows += [
        (f"{rule.column}: {' | '.join(sorted(rule.words)) or '*'}", f"{', '.join(sorted(rule.sources))} → {rule.to}")
        for rule in known.refine
    ]
    if known.layout.refund_words:
        rows.append((f"aftersale: {' | '.join(known.layout.refund_words)}", "refunded"))
    if known.shipped_words:
        rows.append((f"{known.shipped_column}: {' | '.join(sorted(known.shipped_words))}", "shipped"))
    if known.layout.reversed:
        rows.append((f"row_kind: {' | '.join(known.layout.reversed)}", "refunded"))
    if known.vocabulary is not None:
        rows += _words_of_cases(known.vocabulary)
    rows += [(word, flag) for flag, words in known.words.items() for word in sorted(words)]
    meanings = (str(row[1]) for row in rows)
    names: dict[str, Value] = {text: _WORD.sub(_in_words, text) for text in meanings if not text.isidentifier()}
    return Block("status", "Status words", columns, rows, names=names)


def _in_words(code: re.Match[str]) -> str:
    return _(OUR_WORDS.get(code[0], code[0]))


def _words_of_cases(words: Vocabulary) -> Iterator[Row]:
    """What an after-sales export's words mean; those of other columns with the field before them."""
    if words.always is not None:
        yield "*", meaning_text(words.always)
    for word, meaning in words.status.items():
        yield word, meaning_text(meaning)
    for rule in words.refine:
        sources = [ANY_OPEN] * rule.from_open + sorted(map(meaning_text, rule.sources))
        yield f"{rule.column}: {' | '.join(sorted(rule.words))}", f"{', '.join(sources)} → {meaning_text(rule.to)}"
    for field, table in (("kind", words.kinds), ("fault", words.faults), ("waiting_on", words.waiting)):
        for word, value in table.items():
            yield f"{field}: {word}", value
