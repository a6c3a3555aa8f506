"""Importing lists of customers: who is known by which id and e-mail address."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import islice

from shopcare.domain.ids import CUSTOMER, show
from shopcare.domain.report import Message
from shopcare.i18n import _
from shopcare.importers.result import FileResult
from shopcare.importers.values.cells import BadCell
from shopcare.importers.values.identities import Identity
from shopcare.services.file_imports import Attempt, Kind
from shopcare.services.identity_claims import Claims, Settled
from shopcare.services.people_imports import CHUNK, RowLoading
from shopcare.services.shop_choice import buyers_platform
from shopcare.store.numbers import next_id
from shopcare.store.queries import imports as import_sql
from shopcare.store.queries import people as sql
from shopcare.store.queries.people import Known


class CustomerLoading(RowLoading):
    """Takes the identities of one file: an id and the addresses that rows give it become one customer, see `identity_claims`.

    Rows are put aside first and taken in an order of their own (see `sql.named_rows`), so that which of two contradicting
    rows counts does not depend on where they stand.
    """

    def __init__(self, work: Attempt) -> None:
        super().__init__(work)
        self._platform = buyers_platform(work.sheet.match.format, work.shop)
        self._next_id = next_id(work.conn, "customer")
        self._claims = Claims(work.conn, work.batch_id, work.shop.id)
        self._known: dict[tuple[str, str], Known] = {}
        self._first_ids: dict[int, str] = {}
        self._customers: list[tuple[int, int, str, int]] = []
        self._links: list[tuple[int, int, str, str, str]] = []
        #: Customers that were two, one of them without anything but a name.
        self.joined = 0
        sql.forget_named(work.conn)

    def take(self, rows: Sequence[tuple[int, list[str]]]) -> None:
        """Put the rows aside that name somebody."""
        named = []
        for line, cells in rows:
            try:
                found = {identity.kind: identity.value for identity in self._mapper.identities(cells)}
            except BadCell as problem:
                self._stream.reject(line, problem.code, str(problem), cells)
                continue
            named.append((line, json.dumps(cells), found.get("buyer_id"), found.get("email")))
        sql.name(self._work.conn, named)

    def finish(self) -> None:
        """Make or find the customers of all rows."""
        rows = sql.named_rows(self._work.conn)
        while chunk := list(islice(rows, CHUNK)):
            self._write([(line, cells := json.loads(text), self._mapper.identities(cells)) for line, text in chunk])

    def _write(self, named: Sequence[tuple[int, list[str], list[Identity]]]) -> None:
        self._known = self._learned([identity for _line, _cells, identities in named for identity in identities])
        self._first_ids = sql.first_ids(self._work.conn, {known.customer for known in self._known.values()})
        for line, cells, identities in named:
            self._take(line, cells, identities)
        self._flush()
        self._stated.write()

    def _flush(self) -> None:
        """Write the customers and identities that are new."""
        import_sql.insert_customers(self._work.conn, self._work.batch_id, self._customers)
        import_sql.insert_identities(self._work.conn, self._work.batch_id, self._links)
        self.written = self.written or bool(self._links)
        self._customers.clear()
        self._links.clear()

    def _learned(self, identities: Sequence[Identity]) -> dict[tuple[str, str], Known]:
        """(kind, value) → the customer known under it, and who stands for them."""
        found: dict[tuple[str, str], Known] = {}
        for kind in ("buyer_id", "email"):
            values = {identity.value for identity in identities if identity.kind == kind}
            known_as = sql.customers_known_as(self._work.conn, self._work.shop.id, kind, values, self._platform)
            found |= {(kind, value): known for value, known in known_as.items()}
        return found

    def _take(self, line: int, cells: list[str], identities: Sequence[Identity]) -> None:
        """Take what a row says of one person: an id, an address, or both (then the id stands first)."""
        found = [known for each in identities if (known := self._known.get(each[:2])) is not None]
        for each in found:
            if each.identity:
                self._stated.add(each.identity)
        if len(identities) > 1 and self._is_claim(identities[0], identities[1]):
            self._claim(line, cells, identities[0], identities[1])
            return
        owner = found[0]._replace(identity=0) if found else self._made(identities[0])
        unlinked = [identity for identity in identities if identity[:2] not in self._known]
        for identity in unlinked:
            self._link(identity, owner)
        self.new += not found
        self.changed += bool(found and unlinked)
        self.unchanged += bool(found and not unlinked)
        self._stream.tally.rows += 1

    def _is_claim(self, buyer_id: Identity, address: Identity) -> bool:
        """Whether the address belongs to somebody else than the id, or to somebody with another id."""
        owner, other = self._known.get(buyer_id[:2]), self._known.get(address[:2])
        if other is None:
            return False
        return other.standing != owner.standing if owner else other.customer in self._first_ids

    def _claim(self, line: int, cells: list[str], buyer_id: Identity, address: Identity) -> None:
        """Settle whose address it is; where it is another id's, or stays another customer's, the row is set aside."""
        owner, other = self._known.get(buyer_id[:2]), self._known[address[:2]]
        if owner is None:
            owner = self._made(buyer_id)
            self._link(buyer_id, owner)
        self._flush()
        first_id = self._first_ids.get(other.customer)
        own_id = sql.id_on(self._platform, buyer_id.value)
        settled = self._claims.settle(own_id, owner.customer, (address.value, other), first_id)
        self.written = self.written or settled is not Settled.KEPT
        if settled is not Settled.KEPT:
            self._known.update(self._learned_again(owner, other))
        if settled is Settled.JOINED:
            self.joined += 1
            self.changed += 1
            self._stream.tally.rows += 1
            return
        names = ", ".join(show(CUSTOMER, each.standing) for each in (owner, other))
        message = _(
            "its id and its e-mail address belong to different customers: {names}; the address counts for {customer}"
        ).format(names=names, customer=show(CUSTOMER, (other if settled is Settled.KEPT else owner).standing))
        self._stream.reject(line, "conflicting-identities", message, cells)

    def _learned_again(self, *customers: Known) -> dict[tuple[str, str], Known]:
        """The identities of these customers, after some of them have moved."""
        numbers = {each.customer for each in customers}
        values = [Identity(*key, "") for key, known in self._known.items() if known.customer in numbers]
        learned = self._learned(values)
        self._first_ids.update(sql.first_ids(self._work.conn, {known.customer for known in learned.values()}))
        return learned

    def _made(self, identity: Identity) -> Known:
        """A new customer."""
        made = Known(0, self._next_id, self._next_id)
        self._next_id += 1
        self._customers.append((made.customer, self._work.shop.id, identity.display, self._work.ctx.now))
        return made

    def _link(self, identity: Identity, owner: Known) -> None:
        """From now on a customer is known by this."""
        self._known[identity[:2]] = owner
        if identity.kind == "buyer_id":
            own_id = sql.id_on(self._platform, identity.value)
            self._first_ids[owner.customer] = min(own_id, self._first_ids.get(owner.customer, own_id))
        self._links.append((self._work.shop.id, owner.customer, self._platform, identity.kind, identity.value))

    def report(self, result: FileResult) -> None:
        """Note what came of the rows, and which customers turned out to be one."""
        super().report(result)
        if self.joined:
            text = "{count} e-mail addresses that stood alone belong to customers with an id now, as the file says."
            result.warnings.append(Message(text, {"count": self.joined}))


CUSTOMERS = Kind("customers", CustomerLoading)
