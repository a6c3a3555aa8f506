"""Stored orders that a file states otherwise: what they are then is written, with their lines and refunds."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from shopcare.domain.money import format_amount
from shopcare.domain.order_states import (
    LinesAge,
    LineState,
    OrderState,
    age_text,
    joined_lines,
    lines_of_order_list,
)
from shopcare.domain.orders import counts
from shopcare.domain.refunds import exported_beyond
from shopcare.i18n import _
from shopcare.importers.orders.facts import OrderFacts, Unread
from shopcare.importers.orders.stream import OrderStream
from shopcare.services.assumed_refunds import assumed
from shopcare.services.images import Stated, order_image
from shopcare.services.line_loading import LineWriting
from shopcare.services.load_target import Target
from shopcare.services.statements import Joined, Statements
from shopcare.store.queries import imports as sql
from shopcare.store.queries.refunds import StoredRefunds, stored_refunds
from shopcare.store.queries.undo import keep_images


class Change(NamedTuple):
    """A stored order a file states otherwise: what is known of it then, and what was stored."""

    joined: Joined
    stored: sql.StoredOrder

    @property
    def id(self) -> int:
        """The order."""
        return self.stored.id

    @property
    def facts(self) -> OrderFacts:
        """What the file states, with earlier pieces of its export."""
        return self.joined.facts

    @property
    def state(self) -> OrderState:
        """What the order is afterwards."""
        return self.joined.state or self.stored.state

    @property
    def stated(self) -> OrderState:
        """What the file states of the order; nothing else than what is stored where it only has lines."""
        return self.joined.stated or self.stored.state

    @property
    def stated_age(self) -> LinesAge:
        """How new the lines are that the file states."""
        return lines_of_order_list(self.stated)

    def states_newer_lines(self, lines: Sequence[LineState]) -> bool:
        """Whether the file's lines take the place of those stored; one that states none never removes any."""
        return bool(self.facts.lines) and (self.joined.whole or not lines or self.stated_age > self.stored.age_of_lines)

    def adds_lines(self, lines: Sequence[LineState]) -> bool:
        """Whether the file may be another piece of the export that the stored lines come from."""
        return bool(self.facts.lines and lines) and self.stated_age == self.stored.age_of_lines

    def is_ignored(self, lines: Sequence[LineState]) -> bool:
        """Whether the file states the order otherwise than it is afterwards."""
        if self.joined.whole or not self.facts.told:
            return False
        if self.stated.age > self.stored.state.age:
            return False
        stored = Counter((line.external_id, line.sku, *line[4:]) for line in lines)
        stated = Counter((line[0], line[1], line[2], *line[4:]) for line in self.facts.lines or ())
        if self.adds_lines(lines):
            return bool(stated - stored) or self.stated.contradicts(self.state)
        otherwise = bool(stated) and stated != stored and not self.states_newer_lines(lines)
        return otherwise or self.stated.contradicts(self.state)

    def lines_age(self, lines: Sequence[LineState]) -> str | None:
        """How new the lines are afterwards, as it is stored."""
        newer = self.states_newer_lines(lines)
        if not newer and not lines:
            return None
        age = self.stated_age if newer else self.stored.age_of_lines
        return None if age == lines_of_order_list(self.state) else age_text(age)


class OrderUpdates:
    """Takes changes of stored orders and counts them."""

    def __init__(
        self, conn: sqlite3.Connection, target: Target, stream: OrderStream, lines: LineWriting, stated: Stated,
        statements: Statements,
    ) -> None:  # fmt: skip
        self._conn = conn
        self._target = target
        self._stream = stream
        self._lines = lines
        self._stated = stated
        self._statements = statements
        self.written = False
        self.changed = self.unchanged = self.not_newer = 0

    def take(
        self, changes: Sequence[Change], chunk: Sequence[Unread], stored_lines: dict[int, list[LineState]]
    ) -> None:
        """Write the changes, except those after which more would have gone back than was paid."""
        refunds = stored_refunds(self._conn, [change.id for change in changes])
        self._update(self._covered(changes, refunds, chunk), refunds, stored_lines)

    def _covered(
        self, changes: Sequence[Change], refunds: dict[int, StoredRefunds], chunk: Sequence[Unread]
    ) -> list[Change]:
        """The changes after which an order's refunds are no more than what was paid; the rows of others are set aside."""
        short = {
            change.facts.number: change for change in changes if _refunded(change, refunds) > change.state.paid_minor
        }
        for unread in chunk if short else ():
            if (change := short.get(unread.number)) is not None:
                self._stream.withdraw(unread, "paid-below-refunds", _below_refunds(change, refunds))
        return [change for change in changes if change.facts.number not in short]

    def _update(
        self, changes: Sequence[Change], refunds: dict[int, StoredRefunds], stored_lines: dict[int, list[LineState]]
    ) -> None:
        rewritten = self._update_lines(changes, stored_lines)
        listed = [order_id for order_id, refund in refunds.items() if any(each.is_listed for each in refund.booked)]
        rows = {change.id: change.facts.parts for change in changes if change.facts.parts}
        unsaid = assumed(self._conn, listed, rows)
        updates, touches, ages, texts, booked, images = [], [], [], [], [], []
        for change in changes:
            known, lines = change.stored.state, stored_lines.get(change.id, [])
            refund = refunds.get(change.id, StoredRefunds())
            reported = change.state.refunded_reported_minor or 0
            exported = exported_beyond(
                reported, refund.booked, paid=change.state.paid_minor, assumed=unsaid.get(change.id)
            )
            counted = _counted(change, refund.booked_minor + exported)
            lines_age = change.lines_age(lines)
            if exported != refund.exported_minor:
                booked.append((change, exported))
            if not change.state.says_the_same(known) or counted != change.stored.is_counted:
                is_newest = (known.exported_at, known.row_hash) != (change.state.exported_at, change.state.row_hash)
                by = self._target.batch_id if is_newest else change.stored.batch_id
                updates.append((counted, by, *change.state, change.id))
            elif change.state != known:
                touches.append((self._target.batch_id, change.state.exported_at, change.state.row_hash, change.id))
            other_age = lines_age != change.stored.lines_age
            if other_age:
                ages.append((lines_age, change.id))
            joined = change.joined
            if joined.text != joined.before:
                texts.append((change.facts.number, joined.text))
            altered = change.state != known or other_age or joined.text != joined.before
            if altered or change.id in rewritten or exported != refund.exported_minor:
                image = lines if change.id in rewritten else None
                batch = self._target.batch_id
                images.append(order_image(batch, change.stored, image, refund.exported_minor, joined.before))
            else:
                self._stated.add(change.id)
            if not change.state.says_the_same(known) or rewritten.get(change.id) or exported != refund.exported_minor:
                self.changed += 1
            else:
                self.unchanged += 1
                self.not_newer += not self._target.stamp and change.is_ignored(lines)
        keep_images(self._conn, ((*image[:3], self._target.shop_id, image[3]) for image in images))
        self.written = self.written or bool(updates or touches or ages or texts or booked)
        sql.update_orders(self._conn, updates)
        sql.touch_orders(self._conn, touches)
        sql.write_lines_ages(self._conn, ages)
        self._statements.write(texts)
        self._write_refunds(booked)

    def _update_lines(self, changes: Sequence[Change], stored: dict[int, list[LineState]]) -> dict[int, bool]:
        """Write lines the file states newer; which orders' were written, and whether they say anything new."""
        newer = {}
        for change in changes:
            known = stored.get(change.id, [])
            if change.states_newer_lines(known):
                newer[change.id] = self._lines.numbered(change.facts.lines or ())
            elif change.adds_lines(known):
                newer[change.id] = joined_lines(known, self._lines.numbered(change.facts.lines or ()))
        return self._lines.replace(newer, stored)

    def _write_refunds(self, amounts: Sequence[tuple[Change, int]]) -> None:
        rows = []
        for change, amount in amounts:
            state = change.state
            if amount:
                ordered = state.ordered_at, state.ordered_day, state.ordered_month
                rows.append(self._target.refund(change.id, amount, state.currency, ordered))
        sql.write_export_refunds(self._conn, rows)
        sql.delete_export_refunds(self._conn, [change.id for change, amount in amounts if not amount])


def _refunded(change: Change, refunds: dict[int, StoredRefunds]) -> int:
    """All refunds of an order after a change."""
    refund = refunds.get(change.id, StoredRefunds())
    return refund.booked_minor + exported_beyond(change.state.refunded_reported_minor or 0, refund.booked)


def _below_refunds(change: Change, refunds: dict[int, StoredRefunds]) -> str:
    currency = change.state.currency
    text = _("order {number}: {paid} {currency} paid is less than the {refunded} {currency} that were refunded")
    return text.format(
        number=change.facts.number, currency=currency, paid=format_amount(change.state.paid_minor, currency),
        refunded=format_amount(_refunded(change, refunds), currency),
    )  # fmt: skip


def _counted(change: Change, refunded: int) -> int:
    state = change.state
    shipped = change.joined.shipped or state.shipped_at is not None or state.completed_at is not None
    return int(counts(state.status, state.paid_minor, refunded, shipped=shipped))
