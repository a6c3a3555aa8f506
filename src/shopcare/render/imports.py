"""What an import did: JSON for programs, one line per file and per bad row for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from shopcare.i18n import N_, _
from shopcare.render.machine import dumps
from shopcare.render.refusals import hint_of, sentence_of
from shopcare.render.text import neutral

if TYPE_CHECKING:
    from shopcare.domain.report import Message
    from shopcare.importers.result import CaseOutcome, FileResult, ImportResult

#: Bad and skipped rows named one by one to people; programs get them all.
SHOWN_ROWS = 20

#: What a file brought, by the kind its command imports.
SUMMARIES = {
    "orders": N_("{count} orders: {new} new, {changed} changed, {unchanged} unchanged, {rejected} rejected"),
    "reviews": N_("{count} reviews: {new} new, {changed} changed, {unchanged} unchanged, {rejected} rejected"),
    "customers": N_("{count} customers: {new} new, {changed} changed, {unchanged} unchanged, {rejected} rejected"),
    "surveys": N_("{count} survey answers: {new} new, {changed} changed, {unchanged} unchanged, {rejected} rejected"),
    "events": N_("{count} events: {new} new, {changed} changed, {unchanged} unchanged, {rejected} rejected"),
}


def json_text(result: ImportResult, schema: str) -> str:
    """The whole result as one JSON document."""
    return dumps({"schema": schema, "dry_run": result.dry_run, "files": [_file(each) for each in result.files]}) + "\n"


def _file(result: FileResult) -> dict[str, Any]:
    if result.error is not None:
        error = {
            "code": result.error.code,
            "message": sentence_of(result.error),
            "hint": hint_of(result.error),
        }
        return {"file": result.file, "error": error}
    tally = result.tally
    return {
        "file": result.file,
        "platform": result.platform,
        "format": result.format,
        "container": result.container or None,
        "sheet": result.sheet or None,
        "encoding": result.encoding or None,
        "header_line": result.header_line,
        "rows": result.rows,
        "accepted": tally.rows,
        **(_facts(result) if result.cases is None else _cases(result.cases)),
        "rejected": [{"line": bad.line, "code": bad.code, "message": bad.message} for bad in tally.rejected],
        "rejected_count": tally.rejected_count,
        "skipped": [{"line": row.line, "why": row.why} for row in tally.skipped],
        "batch": result.batch_id,
        "shop": result.shop,
        "warnings": [str(warning) for warning in result.warnings],
        "unmapped": [_unmapped(result, word, count) for word, count in tally.unmapped.items()],
        "ignored_columns": list(result.ignored),
        **({"guests": tally.guests} if result.cases is None else {}),
    }


def _facts(result: FileResult) -> dict[str, Any]:
    outcome = result.outcome
    counts = {"new": outcome.new, "changed": outcome.changed, "unchanged": outcome.unchanged}
    if outcome.waiting:
        counts["waiting"] = outcome.waiting
    return {result.kind: counts}


def _cases(outcome: CaseOutcome) -> dict[str, Any]:
    return {
        "cases": {"new": outcome.new, "changed": outcome.changed, "unchanged": outcome.unchanged},
        "refunds_booked": outcome.refunds_booked,
        "linked": outcome.linked,
        "waiting_for_order": outcome.waiting_for_order,
    }


def _unmapped(result: FileResult, word: str, count: int) -> dict[str, Any]:
    """A word nobody knows; of cases several columns have words, so it says which."""
    if result.cases is None:
        return {"status": word, "count": count}
    field, _colon, text = word.partition(": ")
    return {field: text, "count": count}


def summary_lines(result: ImportResult) -> Iterator[str]:
    """One line per stored file; the name stands before it when several files were given."""
    for each in result.files:
        if each.error is None:
            counts = _counts(each) + (_(" (dry run: nothing was written)") if result.dry_run else "")
            yield about(neutral(each.file), counts) if len(result.files) > 1 or result.stopped else counts


def about(file: str, text: str) -> str:
    """What there is to say about a file."""
    return _("{file}: {text}").format(file=file, text=text)


def _counts(result: FileResult) -> str:
    outcome = result.outcome
    if result.cases is not None:
        return _case_counts(result, result.cases)
    stored = outcome.new + outcome.changed + outcome.unchanged
    return _(SUMMARIES[result.kind]).format(
        count=stored + result.tally.rejected_count,
        new=outcome.new,
        changed=outcome.changed,
        unchanged=outcome.unchanged,
        rejected=result.tally.rejected_count,
    )


def _case_counts(result: FileResult, outcome: CaseOutcome) -> str:
    text = _(
        "{cases} cases: {new} new, {changed} changed, {unchanged} unchanged, {rejected} rejected; "
        "{refunds} refunds booked, {waiting} waiting for their order"
    )
    rejected = result.tally.rejected_count
    return text.format(
        cases=outcome.new + outcome.changed + outcome.unchanged + rejected,
        new=outcome.new,
        changed=outcome.changed,
        unchanged=outcome.unchanged,
        rejected=rejected,
        refunds=outcome.refunds_booked,
        waiting=outcome.waiting_for_order,
    )


def remark_lines(result: ImportResult) -> Iterator[str]:
    """What people should see beside the counts: refusals, bad rows, skipped rows, unknown words, warnings."""
    for each in result.files:
        if each.error is not None:
            yield f"{_('error')}: {sentence_of(each.error)}"
            yield hint_of(each.error)
        else:
            yield from _remarks(each)


def _remarks(result: FileResult) -> Iterator[str]:
    name, tally = neutral(result.file), result.tally
    if result.sheet:
        yield _("{file}: sheet '{sheet}'").format(file=name, sheet=neutral(result.sheet))
    for bad in tally.rejected[:SHOWN_ROWS]:
        yield _("{file}:{line}: {text}").format(file=name, line=bad.line, text=neutral(bad.message))
    if tally.rejected_count > SHOWN_ROWS:
        yield _("{file}: {count} more rows were rejected; --rejects FILE writes all of them.").format(
            file=name, count=tally.rejected_count - SHOWN_ROWS
        )
    for row in tally.skipped[:SHOWN_ROWS]:
        yield _("{file}:{line}: skipped: {why}").format(file=name, line=row.line, why=_(row.why))
    if tally.unmapped:
        words = ", ".join(f"'{neutral(word)}' ({count})" for word, count in tally.unmapped.items())
        text = (
            _("{file}: unknown status words, counted by the orders' own money: {words}")
            if result.cases is None
            else _("{file}: unknown words, the cases stay as they were: {words}")
        )
        yield text.format(file=name, words=words)
    if result.ignored:
        yield _("{file}: ignored columns: {columns}").format(
            file=name, columns=", ".join(neutral(column) for column in result.ignored)
        )
    for warning in result.warnings:
        yield about(name, _filled(warning))


def _filled(warning: Message) -> str:
    return neutral(_(warning.text).format_map(warning.values) if warning.values else _(warning.text))
