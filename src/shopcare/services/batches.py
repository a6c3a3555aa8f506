"""Import batches: the list of them, and what one brought."""

from __future__ import annotations

from shopcare.domain import ids
from shopcare.domain.clock import end_of_day
from shopcare.domain.report import Block, Column, Report, Row
from shopcare.i18n import _
from shopcare.services import undo
from shopcare.services.context import Context
from shopcare.store.queries import batches as queries
from shopcare.store.queries.shops import oldest_zone
from shopcare.store.queries.undo import refused_reports


def listing(ctx: Context, limit: int, *, as_of_day: int | None = None) -> Report:
    """The newest import batches, newest first: all, or as they were at the end of a day in the zone of the oldest shop."""
    from shopcare.store.engine import reading

    with reading(ctx.store) as conn:
        tz = oldest_zone(conn)
        at = None if as_of_day is None else end_of_day(as_of_day, tz)
        rows = [(ids.show(ids.BATCH, int(str(row[0]))), *row[1:]) for row in queries.batches(conn, limit, at)]
    columns = (
        Column("batch", "Batch", "id"),
        Column("imported_at", "Imported", "instant"),
        Column("shop", "Shop"),
        Column("platform", "Platform", "id"),
        Column("format", "Format", "id"),
        Column("file", "File"),
        Column("rows", "Rows", "int"),
        Column("new", "New", "int"),
        Column("changed", "Changed", "int"),
        Column("unchanged", "Unchanged", "int"),
        Column("rejected", "Rejected", "int"),
        Column("skipped", "Skipped", "int"),
        Column("exported_at", "Exported", "instant"),
        Column("undone_at", "Undone", "instant"),
    )
    # what was undone is said before who, when and how much
    spare = ("exported_at", "skipped", "unchanged", "platform", "format", "rows", "changed", "shop", "imported_at")
    aside = frozenset() if any(row[-1] for row in rows) else frozenset({"undone_at"})
    block = Block("batches", "Import batches", columns, rows, yielding=spare, aside=aside)  # type: ignore[arg-type]  # SQL values
    return Report("shopcare.import.list/1", "Imports", [block], listing=True, timezone=tz)


_FACTS = (
    Column("batch", "Batch", "id"),
    Column("kind", "Kind", "code"),
    Column("shop", "Shop"),
    Column("platform", "Platform", "id"),
    Column("format", "Format", "id"),
    Column("file", "File"),
    Column("sha256", "SHA-256", "id"),
    Column("encoding", "Encoding", "id"),
    Column("header_line", "Header in line", "int"),
    Column("rows", "Rows", "int"),
    Column("new", "New", "int"),
    Column("changed", "Changed", "int"),
    Column("unchanged", "Unchanged", "int"),
    Column("rejected", "Rejected", "int"),
    Column("skipped", "Skipped", "int"),
    Column("exported_at", "Exported", "instant"),
    Column("imported_at", "Imported", "instant"),
    Column("undone_at", "Undone", "instant"),
    Column("blocked_by", "Cannot be undone because of", "code"),
)
_REJECTS = (Column("line", "Line", "int"), Column("code", "Code", "id"), Column("message", "Reason"))
_REFUSED = (Column("case", "Platform's id", "id"), Column("order", "Order", "id"), Column("reason", "Reason"))


def show(ctx: Context, key: str) -> Report:
    """One batch: its file, its counts, its rejected rows, and what would keep it from being undone.

    Raises:
        NotFound: no such batch.
    """
    from shopcare.store.engine import reading

    with reading(ctx.store) as conn:
        batch = undo.resolve(conn, key)
        standing = {} if batch.undone_at is not None else undo.blockers(conn, batch)
        rejects: list[Row] = [tuple(row) for row in queries.rejects_of(conn, batch.id)]
        refused: list[Row] = [tuple(row) for row in refused_reports(conn, batch.shop_id)]
    row: Row = (
        ids.show(ids.BATCH, batch.id), batch.kind, batch.shop, batch.platform, batch.format, batch.file_name,
        batch.file_sha256, batch.encoding, batch.header_line, batch.row_count, batch.new_count, batch.changed_count,
        batch.unchanged_count, batch.rejected_count, batch.skipped_count, batch.exported_at, batch.imported_at,
        batch.undone_at, undo.told(standing) or None,
    )  # fmt: skip
    blocks = [
        Block("batch", "", _FACTS, [row], layout="record", names={undo.told(standing): undo.told(standing, _)}),
        Block("rejected", "Rejected rows", _REJECTS, rejects),
    ]
    if refused:
        blocks.append(Block("unlinked", "Cases of the shop that cannot be linked", _REFUSED, refused))
    return Report("shopcare.import.show/1", "Import batch", blocks, timezone=batch.tz)
