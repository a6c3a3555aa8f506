"""Reports for programs: tsv, csv, json, jsonl. Pieces of text are yielded, so a long list never stands in memory twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from shopcare.domain.report import Block, Column, Report, Row, Value
from shopcare.render.text import guarded, json_safe, neutral
from shopcare.render.values import currency_of, exact, plain

_TEXTUAL = {"text", "id", "code"}


def dumps(value: Any) -> str:
    """JSON on one line, Chinese readable, nothing in it that steers a terminal."""
    import json  # not at the top: a piped list is tsv

    return json_safe(json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(", ", ": ")))


def _object(block: Block, row: Row, tz: str) -> dict[str, Value]:
    return {column.key: plain(column, row[place], tz) for place, column in block.shown}


def _column(column: Column) -> dict[str, str]:
    return {"key": column.key, "kind": column.kind}


def json_text(report: Report) -> Iterator[str]:
    """One JSON document; rows are objects, one per line."""
    head = {"schema": report.schema, **report.facts}
    yield dumps(head)[:-1]
    if report.listing:
        yield ', "rows": ['
        yield from _rows(report.blocks[0], report.timezone)
        yield "]"
    else:
        yield ', "blocks": ['
        for number, block in enumerate(report.blocks):
            about = {
                "id": block.id,
                "definition": block.definition,
                "columns": [_column(c) for _place, c in block.shown],
            }
            yield (",\n" if number else "\n") + dumps(about)[:-1] + ', "rows": ['
            yield from _rows(block, report.timezone)
            yield "]}"
        yield "]"
    yield ', "warnings": ' + dumps([str(warning) for warning in report.warnings]) + "}\n"


def _rows(block: Block, tz: str) -> Iterator[str]:
    for number, row in enumerate(block.rows):
        yield (",\n " if number else "\n ") + dumps(_object(block, row, tz))


def jsonl_text(report: Report) -> Iterator[str]:
    """One object per row; rows of a report with several blocks carry `block`."""
    for block in report.blocks:
        label = {} if report.listing else {"block": block.id}
        for row in block.rows:
            yield dumps(label | _object(block, row, report.timezone)) + "\n"


def _about(report: Report) -> Iterator[str]:
    """What the figures of a report hold for, as a comment line; a list has none."""
    if not report.listing and report.facts:
        said = (f"{key}={_word(value)}" for key, value in report.facts.items() if value is not None)
        yield neutral("# " + " ".join(said)) + "\n"


def _word(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def tsv_text(report: Report) -> Iterator[str]:
    """Tab-separated. A list has no header line, so that the next command reads it; other reports name their blocks."""
    yield from _about(report)
    for number, block in enumerate(report.blocks):
        if not report.listing:
            yield ("\n" if number else "") + f"# {block.id}\n"
            yield "\t".join(column.name for _place, column in block.shown) + "\n"
        for row in block.rows:
            currency = currency_of(block, row)
            cells = (exact(c, row[place], currency, report.timezone) for place, c in block.shown)
            yield "\t".join(neutral(cell) for cell in cells) + "\n"


def csv_text(report: Report) -> Iterator[str]:
    """Comma-separated with a header line; several blocks stand below each other, each after a line with its name."""
    import csv
    import io

    yield from _about(report)
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for number, block in enumerate(report.blocks):
        if not report.listing:
            buffer.write(("\n" if number else "") + f"# {block.id}\n")
        writer.writerow([column.name for _place, column in block.shown])
        for row in block.rows:
            currency = currency_of(block, row)
            writer.writerow(_cell(c, exact(c, row[place], currency, report.timezone)) for place, c in block.shown)
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def _cell(column: Column, text: str) -> str:
    return guarded(text) if column.kind in _TEXTUAL else text
