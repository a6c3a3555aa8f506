"""Taking an import batch back, as long as nothing stands on it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from shopcare.domain import ids
from shopcare.domain.order_states import LineState, OrderState
from shopcare.domain.report import Block, Column, Report
from shopcare.errors import EXIT_REFUSED, NotFound, ShopcareError
from shopcare.i18n import N_, _
from shopcare.services import undo_people
from shopcare.services.case_linking import recount, replayed
from shopcare.services.case_units import link_units
from shopcare.services.clawbacks import give_back
from shopcare.services.context import Context
from shopcare.store.batches import Batch
from shopcare.store.numbers import keep_last_ids
from shopcare.store.queries import audit
from shopcare.store.queries import case_imports as case_sql
from shopcare.store.queries import imports as import_sql
from shopcare.store.queries import undo as sql
from shopcare.store.queries.batches import batch_by_id
from shopcare.store.queries.case_imports import CaseFactsRow
from shopcare.store.queries.orders import order_by_id
from shopcare.store.queries.points import clawed_by_batch
from shopcare.store.queries.undo_people import collect_buyers, collect_customers, remove_nameless

LISTING = N_("`shopcare import list` prints the batches.")
#: Kinds of batches that bring facts standing for themselves, or customers.
PEOPLE = frozenset({"reviews", "customers", "surveys", "events"})
#: Tables whose rows go with a batch and whose numbers people see, or logs name.
NUMBERED = ("orders", "customer", "product", "case", "case_event", "refund")
#: Things that block an undoing, named one by one up to this many per kind.
NAMED = 5


class AlreadyUndone(ShopcareError):
    """A batch is undone once: exit 5."""

    code, exit_code = "import.already_undone", EXIT_REFUSED
    sentence = "Batch {batch} was undone before."
    hint = "Import the file again to have it back."


class UndoBlocked(ShopcareError):
    """Later facts stand on what the batch brought: exit 5."""

    code, exit_code = "import.undo_blocked", EXIT_REFUSED
    sentence = "Batch {batch} cannot be undone; later facts stand on it: {said}."
    hint = "Undo later batches first. Points, refunds and steps of the desk stay, so what they stand on stays too."


class Undone(NamedTuple):
    """What taking a batch back came to."""

    orders_removed: int = 0
    orders_restored: int = 0
    cases_removed: int = 0
    cases_restored: int = 0
    statements_removed: int = 0
    refunds_removed: int = 0
    customers_removed: int = 0
    products_removed: int = 0
    facts_removed: int = 0
    facts_restored: int = 0
    identities_removed: int = 0
    points_restored: int = 0


def resolve(conn: sqlite3.Connection, key: str) -> Batch:
    """The batch of an id such as `B3`; plain `3` means the same.

    Raises:
        NotFound: no such batch.
    """
    number = ids.read_number(ids.BATCH, key)
    batch = None if number is None else batch_by_id(conn, number)
    if batch is None:
        raise NotFound(kind="batch", key=key, listing=LISTING)
    return batch


_DONE = (
    Column("batch", "Batch", "id"),
    Column("orders_removed", "Orders removed", "int"),
    Column("orders_restored", "Orders restored", "int"),
    Column("cases_removed", "Cases removed", "int"),
    Column("cases_restored", "Cases restored", "int"),
    Column("statements_removed", "Statements on cases removed", "int"),
    Column("refunds_removed", "Refunds removed", "int"),
    Column("customers_removed", "Customers removed", "int"),
    Column("products_removed", "Products removed", "int"),
    Column("facts_removed", "Reviews, answers, events removed", "int"),
    Column("facts_restored", "Reviews, answers, events restored", "int"),
    Column("identities_removed", "Identities removed", "int"),
    Column("points_restored", "Points given back", "int"),
)

#: What undoing many batches came to, without rows.
UNDONE = Report(
    "shopcare.import.undo/1",
    "Undone",
    [Block("undone", "", _DONE, [], yielding=tuple(column.key for column in reversed(_DONE[1:])))],
    listing=True,
)


def undo(ctx: Context, key: str, *, dry_run: bool = False) -> Report:
    """Take back what a batch brought and restore what it changed, in one transaction.

    Raises:
        NotFound: no such batch.
        AlreadyUndone: it was undone before.
        UndoBlocked: later batches, points, refunds or steps of the desk stand on it, or its customers are in use.
    """
    from shopcare.store.engine import writing

    with writing(ctx.store, dry_run=dry_run, bulk=True) as conn:
        batch = resolve(conn, key)
        name = ids.show(ids.BATCH, batch.id)
        if batch.undone_at is not None:
            raise AlreadyUndone(batch=name)
        if standing := blockers(conn, batch):
            raise UndoBlocked(batch=name, blockers=told(standing), said=told(standing, _))
        sql.mark_undone(conn, batch.id, ctx.now)
        keep_last_ids(conn, NUMBERED)
        done = _people(conn, batch) if batch.kind in PEOPLE else _take_back(ctx, conn, batch)
        sql.drop_images(conn, batch.id)
        assert not sql.broken_references(conn), "what something refers to blocks the undoing"
        detail = ", ".join(f"{count} {what}" for what, count in done._asdict().items() if count)
        audit.record(conn, at=ctx.now, actor=ctx.actor, command="import undo", subject=name, detail=detail)
    block = Block("undone", "", _DONE, [(name, *done)], layout="record")
    return Report("shopcare.import.undo/1", "Undone", [block], listing=True, timezone=batch.tz)


#: What may stand on a batch, as people read it.
_KINDS = (N_("import"), N_("case"), N_("refund"), N_("points"), N_("customer"))


def blockers(conn: sqlite3.Connection, batch: Batch) -> dict[str, str]:
    """What stands on a batch: its kind, and the ids; empty if nothing does."""
    found = undo_people.blockers(conn, batch) if batch.kind in PEOPLE else _on_orders(conn, batch)
    return {what: _named(names) for what, names in found.items() if names}


def told(standing: Mapping[str, str], word: Callable[[str], str] = str) -> str:
    """What stands on a batch on one line, as it is for programs or with the kinds in other words."""
    return "; ".join(f"{word(what)} {names}" for what, names in standing.items())


def _on_orders(conn: sqlite3.Connection, batch: Batch) -> dict[str, list[str]]:
    """What stands on a batch of orders, lines or cases, by what it is."""
    sql.collect(conn, batch)
    kinds = sql.own_facts(conn, batch)
    later = {*sql.later_batches(conn, batch), *sql.stating_batches(conn, batch, kinds)}
    return {
        "import": [ids.show(ids.BATCH, number) for number in sorted(later)],
        "case": [ids.show(ids.CASE, number) for number in sql.later_steps(conn, batch)],
        "refund": sql.later_refunds(conn, batch),
        "points": sql.later_points(conn, batch),
    }


def _people(conn: sqlite3.Connection, batch: Batch) -> Undone:
    return Undone(**undo_people.take_back(conn, batch)._asdict())


def _named(names: list[str]) -> str:
    shown = ", ".join(names[:NAMED])
    return shown if len(names) <= NAMED else f"{shown} … ({len(names)})"


def _take_back(ctx: Context, conn: sqlite3.Connection, batch: Batch) -> Undone:
    """Cases first, because they stand on orders; then orders, lines that waited, and whom nothing names any more."""
    points = give_back(conn, ctx, clawed_by_batch(conn, batch.id), f"undo {ids.show(ids.BATCH, batch.id)}")
    touched = sql.orders_to_recount(conn, batch.id)
    refunds, cases = sql.remove_case_facts(conn, batch.id)
    removed, restored = _take_back_cases(conn, batch, cases)
    statements = sql.remove_reports(conn, batch.id)
    sql.collect_products(conn, batch.id)
    collect_customers(conn, batch)
    collect_buyers(conn)
    changed = sql.images(conn, batch.id, "order")
    for key, image in changed:
        _restore_order(conn, batch.shop_id, int(key), json.loads(image))
    for order_id in touched:
        recount(conn, order_by_id(conn, order_id), batch.id)
    orders = sql.remove_new_orders(conn)
    for number, image in sql.images(conn, batch.id, "waiting"):
        _restore_waiting(conn, batch.shop_id, number, json.loads(image))
    link_units(conn, batch.shop_id, sql.orders_with_cases(conn))
    (customers, identities), products = remove_nameless(conn, batch), sql.remove_products(conn)
    return Undone(
        orders,
        len(changed),
        removed,
        restored,
        statements,
        refunds,
        customers,
        products,
        identities_removed=identities,
        points_restored=points,
    )


def _take_back_cases(conn: sqlite3.Connection, batch: Batch, cases: list[int]) -> tuple[int, int]:
    """Remove the cases that have no history left, bring the others back to what theirs says: how many of each."""
    for external_id, text in sql.images(conn, batch.id, "case"):
        image = json.loads(text)
        if image["report"] is not None:
            sql.restore_report(conn, batch.shop_id, external_id, *image["report"])
        if image["case"] is not None:
            case_sql.write_facts(conn, image["case_id"], CaseFactsRow(*image["case"]))
    gone = [case_id for case_id in cases if not sql.has_events(conn, case_id)]
    for case_id in gone:
        sql.remove_case(conn, case_id)
    kept = [case_id for case_id in cases if case_id not in set(gone)]
    for case_id in kept:
        replayed(conn, case_id, batch.tz)
    return len(gone), len(kept)


def _restore_order(conn: sqlite3.Connection, shop_id: int, order_id: int, image: dict[str, list[object]]) -> None:
    """An order, its lines and what exports reported of its refunds, as they were."""
    if image.get("order"):
        counted, batch_id, *state = image["order"]
        import_sql.update_orders(conn, [(counted, batch_id, *state, order_id)])
        _restore_export(conn, shop_id, order_id, OrderState._make(state), image["exported_minor"], batch_id)
    if image.get("statements"):
        number = order_by_id(conn, order_id).number
        _restore_statements(conn, shop_id, number, image["statements"][0])  # type: ignore[arg-type]  # text or None
    age = image["lines_age"]
    import_sql.write_lines_ages(conn, [(str(age) if age else None, order_id)])
    if image.get("lines") is not None:
        import_sql.delete_lines(conn, [order_id])
        import_sql.insert_lines(conn, [(order_id, shop_id, *line) for line in _lines(image["lines"])])


def _restore_waiting(conn: sqlite3.Connection, shop_id: int, number: str, image: dict[str, Any] | list[Any]) -> None:
    """What waited for an order, as it was; earlier versions noted its lines only."""
    waiting: dict[str, Any] = image if isinstance(image, dict) else {"lines": image, "statements": None}
    import_sql.delete_waiting(conn, shop_id, [number])
    import_sql.insert_waiting(conn, [(shop_id, number, *line) for line in waiting["lines"]])
    _restore_statements(conn, shop_id, number, waiting["statements"])


def _restore_statements(conn: sqlite3.Connection, shop_id: int, number: str, text: str | None) -> None:
    import_sql.delete_statements(conn, shop_id, [number])
    if text is not None:
        import_sql.write_statements(conn, [(shop_id, number, text)])


def _lines(stored: list[object]) -> list[LineState]:
    return [LineState(*line) for line in stored]  # type: ignore[misc]  # lists of fields, as written by `images`


def _restore_export(
    conn: sqlite3.Connection, shop_id: int, order_id: int, state: OrderState, amount: object, batch_id: object
) -> None:
    if not amount:
        import_sql.delete_export_refunds(conn, [order_id])
        return
    row = (
        shop_id, order_id, f"export:{order_id}", amount, state.currency, state.ordered_at, state.ordered_day,
        state.ordered_month, batch_id,
    )  # fmt: skip
    import_sql.write_export_refunds(conn, [row])
