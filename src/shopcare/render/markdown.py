"""Reports as Markdown tables, for a wiki or a mail."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shopcare.domain.report import Block, Report
from shopcare.i18n import _
from shopcare.render.values import about_line, currency_of, human

_RIGHT = {"int", "number", "money", "rate"}
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|])")


def md_text(report: Report) -> Iterator[str]:
    """A heading for the report and a table for each block."""
    yield f"## {_(report.title)}\n"
    if not report.listing and (about := about_line(report)):
        yield f"\n{_escaped(about)}\n"
    for block in report.blocks:
        yield f"\n### {_(block.title)}\n\n" if block.title and not report.listing else "\n"
        yield from _table(block, report.timezone)
    for warning in report.warnings:
        yield f"\n> {_escaped(_(warning.text).format_map(warning.values))}\n"


def _table(block: Block, tz: str) -> Iterator[str]:
    yield "| " + " | ".join(_(column.label) for _place, column in block.shown) + " |\n"
    yield "|" + "|".join("---:" if column.kind in _RIGHT else "---" for _place, column in block.shown) + "|\n"
    for row in block.rows:
        currency = currency_of(block, row)
        cells = (_escaped(human(c, row[place], currency, tz, block.names)) for place, c in block.shown)
        yield "| " + " | ".join(cells) + " |\n"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
