"""One command on many items: the service of a single item, item by item in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from shopcare.domain.report import Message, Report
from shopcare.services.context import Context


def each(
    ctx: Context,
    keys: Sequence[str],
    call: Callable[[str], Report],
    nothing: Report,
    *,
    dry_run: bool = False,
    bulk: bool = False,
) -> Report:
    """What a writing service did with every item, as one list; one refusal, and nothing is written.

    `nothing` is the list without rows, its columns those of the service's own report. `bulk` is for services that write in
    bulk.

    Grain: one row per thing the service reports on, in the order of the items, as the last of them left it.

    Raises: whatever the service refuses.
    """
    from shopcare.store.engine import together

    with together(ctx.store, dry_run=dry_run, bulk=bulk):
        return _combined([call(key) for key in keys], nothing)


def _combined(reports: Sequence[Report], nothing: Report) -> Report:
    """Reports of one kind as one list, and each of their warnings once."""
    rows = {row[0]: row for report in reports for row in report.blocks[0].rows}
    warnings: list[Message] = []
    for message in (message for report in reports for message in report.warnings):
        if message not in warnings:
            warnings.append(message)
    zones = {report.timezone for report in reports}
    return nothing._replace(
        blocks=[nothing.blocks[0]._replace(rows=list(rows.values()))],
        warnings=warnings,
        timezone=zones.pop() if len(zones) == 1 else nothing.timezone,
    )
