"""Tiers: assign them to all members, list the ladder, show one member."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from shopcare.domain import ids
from shopcare.domain.clock import date_of, day_of, end_of_day
from shopcare.domain.report import Block, Column, Message, Report, Row
from shopcare.domain.tiers import Ladder, Standing, rules_text, rules_version, standing, why
from shopcare.errors import EXIT_USAGE, ShopcareError
from shopcare.i18n import N_
from shopcare.services.context import Context
from shopcare.store.queries import tiers as queries
from shopcare.store.queries.audit import record
from shopcare.store.queries.customers import Home, home_of, resolve
from shopcare.store.queries.shops import oldest_zone
from shopcare.store.queries.tiers import Assigned, Change, ChangeRow

SUMMARY = N_("{members} members: {risen} rise, {fallen} fall, {placed} placed on the first rung for the first time.")
LATER = N_("{count} members already have a tier from a later day and are left as they are.")
OTHER_CURRENCY = N_("{count} orders in another currency than their member's shop are left out.")
UNASSIGNED = N_("{count} customers have no tier yet. `shopcare tier assign` gives them one.")
OFF_LADDER = N_("{count} members have a tier the ladder no longer has. `shopcare tier assign` moves them.")
DUE = N_("By the orders known now the tier is {tier}. `shopcare tier assign` writes it down.")


class FutureTier(ShopcareError):
    """Tiers are facts up to a day; the future has none: exit 2."""

    code, exit_code = "tier.future", EXIT_USAGE
    sentence = "Tiers cannot be assigned as of {day}: that day is not over."
    hint = "Leave --as-of out to assign as of now."


_MOVES = (
    Column("customer", "Customer", "id"),
    Column("display", "Buyer"),
    Column("from", "From", "code"),
    Column("to", "To", "code"),
    Column("basis_minor", "Net spend", "money"),
    Column("currency", "Currency", "id"),
    Column("effective_at", "In effect", "instant"),
    Column("reason", "Reason"),
)


@dataclass(slots=True)
class _Run:
    """What a run of `assign` has seen so far."""

    members: int = 0
    risen: int = 0
    fallen: int = 0
    placed: int = 0
    later: int = 0
    other_currency: int = 0
    moves: list[Row] = field(default_factory=list)


def assign(ctx: Context, *, as_of_day: int | None = None, dry_run: bool = False) -> Report:
    """Write down the tier of every member whose tier has changed; the report lists the moves.

    The first tier of a member is a change too; those on the first rung are counted and not listed. Running it again
    writes nothing, and how often it runs does not matter.

    Raises:
        FutureTier: the day is not over.
    """
    from shopcare.store.engine import writing

    run = _Run()
    with writing(ctx.store, dry_run=dry_run) as conn:
        tz = oldest_zone(conn)
        at = _instant(ctx, as_of_day, tz)
        found = queries.compared(conn, _standings(conn, ctx.settings.ladder, at, run))
        queries.add_changes(conn, _changes(ctx, at, found, run))
        if run.moves or run.placed:
            detail = f"{run.risen} up, {run.fallen} down, {run.placed} placed; rules {rules_text(ctx.settings.ladder)}"
            record(conn, at=ctx.now, actor=ctx.actor, command="tier assign", detail=detail)
    return _moves_report(ctx, run, tz)


def _instant(ctx: Context, as_of_day: int | None, tz: str) -> int:
    if as_of_day is None:
        return ctx.now
    at = end_of_day(as_of_day, tz)
    if at > ctx.now:
        raise FutureTier(day=date_of(as_of_day).isoformat())
    return at


def _standings(
    conn: sqlite3.Connection, ladder: Ladder, at: int, run: _Run
) -> Iterator[tuple[int, int, int, int | None]]:
    """Every member who has orders with rung, spend and the time the rung was reached."""
    for member, orders, other_currency in queries.spending_of_members(conn, at):
        run.other_currency += other_currency
        found = standing(orders, ladder, member.currency, at)
        yield member.id, found.tier, found.spend_minor, found.since


def _changes(ctx: Context, at: int, members: Iterable[Assigned], run: _Run) -> Iterator[Change]:
    """The rows to append, counting and listing moves on the way."""
    ladder = ctx.settings.ladder
    version = rules_version(ladder)
    for member in members:
        run.members += 1
        if member.changed_at is not None and member.changed_at > at:
            run.later += 1
        elif member.tier != ladder.tiers[member.rung].code:
            change = _change(ctx.now, ladder, version, at, member)
            _count(run, ladder, member, change)
            yield change


def _change(now: int, ladder: Ladder, version: str, at: int, member: Assigned) -> Change:
    """A change, in effect from the moment the facts brought it about, though never before the change it follows."""
    effective_at = max(at if member.since is None else member.since, member.changed_at or 0)
    return Change(
        shop_id=member.shop_id,
        customer_id=member.customer_id,
        tier=ladder.tiers[member.rung].code,
        previous_tier=member.tier,
        basis_minor=member.basis_minor,
        currency=member.currency,
        effective_at=effective_at,
        effective_day=day_of(effective_at, member.tz),
        recorded_at=now,
        reason=why(ladder, member.currency, member.basis_minor, member.tier, member.rung),
        rules=version,
    )


def _count(run: _Run, ladder: Ladder, member: Assigned, change: Change) -> None:
    if member.tier is None and member.rung == 0:
        run.placed += 1
        return
    if member.rung > ladder.position(member.tier):
        run.risen += 1
    elif member.rung < ladder.position(member.tier):
        run.fallen += 1
    customer = ids.show(ids.CUSTOMER, member.customer_id)
    run.moves.append(
        (customer, member.display, change.previous_tier, change.tier, change.basis_minor, change.currency,
         change.effective_at, change.reason)
    )  # fmt: skip


def _moves_report(ctx: Context, run: _Run, tz: str) -> Report:
    facts = {"members": run.members, "risen": run.risen, "fallen": run.fallen, "placed": run.placed}
    warnings = [Message(SUMMARY, facts)]
    warnings += [Message(LATER, {"count": run.later})] if run.later else []
    warnings += [Message(OTHER_CURRENCY, {"count": run.other_currency})] if run.other_currency else []
    block = Block(
        "moves",
        "",
        _MOVES,
        run.moves,
        definition="tier.moves",
        aside=frozenset({"reason"}),
        names=ctx.settings.tier_names,
    )
    return Report(
        "shopcare.tier.assign/1", "Tier moves", [block], facts=facts, warnings=warnings, listing=True, timezone=tz
    )


_LADDER = (
    Column("tier", "Tier", "id"),
    Column("name", "Name"),
    Column("name_zh", "Chinese name"),
    Column("from_major", "From net spend", "int"),
    Column("price_rate", "Share of price", "rate"),
    Column("points_multiplier", "Points times", "number"),
    Column("members", "Members", "int"),
)


def ladder_list(ctx: Context) -> Report:
    """The ladder with the members each tier has by the last assignment."""
    from shopcare.store.engine import reading

    with reading(ctx.store) as conn:
        members = queries.members_by_tier(conn)
    unassigned = members.pop(None, 0)
    rows: list[Row] = [
        (
            tier.code, tier.name, tier.name_zh, tier.from_major, tier.discount_permille / 1000,
            tier.points_multiplier_permille / 1000, members.pop(tier.code, 0),
        )
        for tier in ctx.settings.ladder.tiers
    ]  # fmt: skip
    warnings = [Message(UNASSIGNED, {"count": unassigned})] if unassigned else []
    warnings += [Message(OFF_LADDER, {"count": sum(members.values())})] if members else []
    block = Block("ladder", "", _LADDER, rows, definition="tier.ladder")
    return Report("shopcare.tier.list/1", "Tiers", [block], warnings=warnings, listing=True)


_TIER = (
    Column("customer", "Customer", "id"),
    Column("display", "Buyer"),
    Column("tier", "Tier", "code"),
    Column("since", "Since", "instant"),
    Column("spend_minor", "Net spend in the window", "money"),
    Column("currency", "Currency", "id"),
    Column("spend_tier", "Tier by spend alone", "code"),
    Column("lasts_until", "Lasts until, if nothing is bought", "instant"),
    Column("missing_to_keep_minor", "Missing to keep it", "money"),
    Column("next_tier", "Next tier", "code"),
    Column("missing_minor", "Missing to the next tier", "money"),
    Column("next_drop_at", "Next spend leaves the window", "instant"),
    Column("next_drop_minor", "Amount that leaves", "money"),
)

_HISTORY = (
    Column("effective_at", "In effect", "instant"),
    Column("from", "From", "code"),
    Column("to", "To", "code"),
    Column("basis_minor", "Net spend", "money"),
    Column("currency", "Currency", "id"),
    Column("reason", "Reason"),
    Column("recorded_at", "Recorded", "instant"),
    Column("rules", "Rules", "id"),
)


def show(ctx: Context, customer: str) -> Report:
    """The tier of one member, how long it lasts, what is missing to the next one, and its history.

    Raises:
        NotFound, AmbiguousKey: the customer.
    """
    from shopcare.store.engine import reading

    with reading(ctx.store) as conn:
        home = home_of(conn, resolve(conn, customer))
        changes = queries.changes_of(conn, home.customer_id)
        tier, warnings = tier_block(ctx, conn, home, changes)
    rows = [_change_row(change) for change in changes]
    blocks = [tier, Block("history", "History", _HISTORY, rows, definition="tier.history", names=tier.names)]
    facts = {"customer": ids.show(ids.CUSTOMER, home.customer_id)}
    return Report("shopcare.tier.show/1", "Tier", blocks, facts=facts, warnings=warnings, timezone=home.tz)


def tier_block(
    ctx: Context, conn: sqlite3.Connection, home: Home, changes: list[ChangeRow]
) -> tuple[Block, list[Message]]:
    """The tier of one member and the way to the next one as one record, and what there is to say about it."""
    spending = queries.spending_of(conn, home.customer_id, ctx.now)
    found = standing(spending.orders if spending else [], ctx.settings.ladder, home.currency, ctx.now)
    row = _tier_row(ctx.settings.ladder, home, found, changes)
    block = Block("tier", "Tier", _TIER, [row], layout="record", names=ctx.settings.tier_names)
    other_currency = spending.other_currency if spending else 0
    return block, _show_warnings(ctx.settings.ladder, found, changes, other_currency)


def tier_due(ctx: Context, conn: sqlite3.Connection, home: Home) -> str | None:
    """The tier a member has by the orders known now, if that is not what was written down."""
    spending = queries.spending_of(conn, home.customer_id, ctx.now)
    ladder = ctx.settings.ladder
    found = standing(spending.orders if spending else [], ladder, home.currency, ctx.now)
    tier, changes = ladder.tiers[found.tier].code, queries.changes_of(conn, home.customer_id)
    return None if tier == (changes[0].tier if changes else ladder.tiers[0].code) else tier


def _tier_row(ladder: Ladder, home: Home, found: Standing, changes: list[ChangeRow]) -> Row:
    """What was written down for tier and since; what follows from the facts for the rest."""
    starts = ladder.thresholds(home.currency)
    above = found.tier + 1 if found.tier + 1 < len(starts) else None
    return (
        ids.show(ids.CUSTOMER, home.customer_id),
        home.display,
        changes[0].tier if changes else ladder.tiers[0].code,
        changes[0].effective_at if changes else None,
        found.spend_minor,
        home.currency,
        ladder.tiers[found.level].code,
        found.lasts_until,
        starts[found.tier] - found.spend_minor if found.level < found.tier else None,
        ladder.tiers[above].code if above else None,
        starts[above] - found.spend_minor if above else None,
        found.next_drop_at,
        found.next_drop_minor if found.next_drop_at is not None else None,
    )


def _change_row(change: ChangeRow) -> Row:
    return (
        change.effective_at, change.previous_tier, change.tier, change.basis_minor, change.currency, change.reason,
        change.recorded_at, change.rules,
    )  # fmt: skip


def _show_warnings(ladder: Ladder, found: Standing, changes: list[ChangeRow], other_currency: int) -> list[Message]:
    written = changes[0].tier if changes else ladder.tiers[0].code
    tier = ladder.tiers[found.tier].code
    warnings = [Message(DUE, {"tier": tier})] if tier != written else []
    return warnings + ([Message(OTHER_CURRENCY, {"count": other_currency})] if other_currency else [])
