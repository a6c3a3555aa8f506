"""Rows about people → reviews, survey answers and behaviour events, each under a key by which it is known again.

The key is the platform's own id; without one it is a hash of what does not change later: who, about what and when. Nobody
is known again by a masked name, but rows with different ones are different facts, and so are rows that differ anywhere else
where nothing says who, or about which product: in the words of a review, or in a column that is not read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple

from shopcare.domain.identity import normal_email
from shopcare.i18n import _
from shopcare.importers.formats.catalog import normal_word
from shopcare.importers.formats.headers import Match, spelled
from shopcare.importers.values.cells import BadCell, bare, identifier, written
from shopcare.importers.values.identities import Identity, of_buyer_id, of_email
from shopcare.importers.values.times import Times

#: Texts that serve as labels (a kind of event, a question) are kept up to this many characters.
LONGEST_LABEL = 500
HIGHEST_SCALE = 1000
#: The scale of a survey that does not say it.
USUAL_SCALE = {"csat": 5, "nps": 10}

_RATING = re.compile(r"([1-5])(?:\.0+)?\s*(?:/\s*5|星|★)?").fullmatch
_STARS = re.compile("(★{1,5})☆*").fullmatch
_SCORE = re.compile(r"([0-9]{1,4})(?:\.0+)?").fullmatch

#: Satisfaction is rated from 1 on scales up to this; higher ones are percentages and points.
MOST_RATINGS = 10

#: A column of the store's table → its value.
State = dict[str, int | str | None]


class Record(NamedTuple):
    """What one row says, by the columns of its table, and the key by which it is known again."""

    key: str
    state: State


class RecordMapper:
    """Reads the rows of one file of a kind in `READERS`."""

    def __init__(self, header: Sequence[str], match: Match, times: Times, salt: bytes) -> None:
        """`header`: the columns of the export itself, without those that a file of rejected rows has beside them."""
        self._format = match.format
        self._places: Mapping[str, int] = match.places
        self._times = times
        self._headers = match.headers
        self._salt = salt
        self._unread = _unread(header, match)
        self._read: Callable[[list[str]], Record] = getattr(self, READERS[match.format.kind])

    def record(self, cells: list[str]) -> Record:
        """What a row says; rows have one empty cell appended to the header's width.

        Raises:
            BadCell: a value that is missing or cannot be taken.
        """
        return self._read(cells)

    def review(self, cells: list[str]) -> Record:
        """A review: its rating, words, product and reply. What the buyer wrote later (追评) stands below the first words."""
        at, day = self._moment(cells, "reviewed_at")
        who = self.who(cells)
        title, body = self._text(cells, "title"), self._text(cells, "body")
        state: State = {
            "rating": self._rating(cells), "reviewed_at": at, "reviewed_day": day,
            "is_spam": int(self._says(cells, "curated", "spam")), "is_verified": self._verified(cells),
            "title": title, "body": "\n".join(filter(None, (body, self._text(cells, "follow_up")))) or None,
            "sku": self._label(cells, "sku"),
            "product_ref": self._id(cells, "product_id"), "product_handle": self._label(cells, "handle"),
            "order_number": self._id(cells, "order_id"), "reply": self._text(cells, "reply"),
            "replied_at": self._time(cells, "replied_at"), **_identity(who),
        }  # fmt: skip
        product = state["product_ref"] or state["product_handle"] or state["sku"]
        is_known = bool(who and product)
        words = () if is_known else (title, body, state["rating"])
        key = self._key(cells, "review_id", who, product, state["order_number"], at, *words, whole=not is_known)
        return Record(key, state)

    def answer(self, cells: list[str]) -> Record:
        """An answer to a question of a survey: a score, words, or both.

        A kind of survey that is not known (CES) stays readable as the question, where the file has none.
        """
        at, day = self._moment(cells, "answered_at")
        who, kind = self.who(cells), self._survey_kind(cells)
        score, scale_max = self._whole(cells, "score"), self._whole(cells, "scale_max") or USUAL_SCALE.get(kind)
        said, question = self._text(cells, "answer"), self._label(cells, "question")
        if score is None and said is None:
            raise BadCell("missing-value", _("the row has neither a score nor an answer"))
        if scale_max is not None and (scale_max > HIGHEST_SCALE or (score or 0) > scale_max):
            raise BadCell(
                "bad-score", _("a score of {score} on a scale up to {most}").format(score=score or 0, most=scale_max)
            )
        if kind == "csat" and score == 0 and (scale_max or 0) <= MOST_RATINGS:
            raise BadCell("bad-score", _("a rating of 0; the lowest one is 1"))
        state: State = {
            "kind": kind, "score": score, "scale_max": scale_max, "answered_at": at, "answered_day": day,
            "question": question or (self._label(cells, "kind") if kind == "other" else None), "answer": said,
            "order_number": self._id(cells, "order_id"), "case_number": self._id(cells, "case_id"), **_identity(who),
        }  # fmt: skip
        about = state["order_number"], state["case_number"]
        is_known = bool(who or any(about))
        words = () if is_known else (score, said)
        return Record(self._key(cells, "answer_id", who, kind, *about, question, at, *words, whole=not is_known), state)

    def event(self, cells: list[str]) -> Record:
        """Something a visitor did."""
        at, day = self._moment(cells, "happened_at")
        who, kind = self.who(cells), self._label(cells, "kind")
        if kind is None:
            raise BadCell("missing-value", _("the row has no kind of event"))
        state: State = {
            "kind": kind, "happened_at": at, "happened_day": day, "subject": self._label(cells, "subject"),
            "value": self._label(cells, "value"), **_identity(who),
        }  # fmt: skip
        return Record(self._key(cells, "event_id", who, kind, at, state["subject"], state["value"], whole=True), state)

    def who(self, cells: list[str]) -> Identity | None:
        """Who the row is about: by the buyer id, else by the e-mail address; None for nobody usable."""
        return of_buyer_id(self._cell(cells, "customer_id"), self._salt) or of_email(
            self._cell(cells, "email"), self._salt
        )

    def identities(self, cells: list[str]) -> list[Identity]:
        """Everything the row calls one person.

        Raises:
            BadCell: nothing usable, or an id that a spreadsheet has rounded.
        """
        cell = self._cell(cells, "email")
        identifier(self._cell(cells, "customer_id"))
        own = of_buyer_id(self._cell(cells, "customer_id"), self._salt)
        found = [own, of_email(cell, self._salt) if cell and not (own and own.kind == "email") else None]
        known = [identity for identity in found if identity is not None]
        if not known:
            raise BadCell("missing-identity", _("the row has no customer id or e-mail address that can be used"))
        return known

    def differ_unread(self, one: list[str], other: list[str]) -> bool:
        """Whether two rows differ in a column that is not read."""
        return self._unread_cells(one) != self._unread_cells(other)

    def differences(self, counts: list[str], given: list[str]) -> Iterator[tuple[str, str, str]]:
        """The columns in which two rows differ, with what stands in them; of an address only what may be shown."""
        for name, place in self._places.items():
            one, other = counts[place], given[place]
            if name == "email":
                found, also = of_email(one, self._salt), of_email(other, self._salt)
                if found != also:
                    yield self._headers[name], found.display if found else "", also.display if also else ""
            elif place >= 0 and bare(one) != bare(other):
                yield self._headers[name], one, other

    def _cell(self, cells: list[str], name: str) -> str:
        return cells[self._places.get(name, -1)]

    def _text(self, cells: list[str], name: str) -> str | None:
        return written(self._cell(cells, name))

    def _label(self, cells: list[str], name: str) -> str | None:
        return bare(self._cell(cells, name))[:LONGEST_LABEL] or None

    def _id(self, cells: list[str], name: str) -> str | None:
        return identifier(self._cell(cells, name)) or None

    def _time(self, cells: list[str], name: str) -> int | None:
        try:
            return self._times.at(self._cell(cells, name))
        except BadCell as problem:
            raise problem.in_column(self._headers[name]) from problem

    def _moment(self, cells: list[str], name: str) -> tuple[int, int]:
        at = self._time(cells, name)
        if at is None:
            raise BadCell("missing-value", _("the row has no date"))
        return at, self._times.day_and_month(at)[0]

    def _says(self, cells: list[str], name: str, flag: str) -> bool:
        return normal_word(self._cell(cells, name)) in self._format.words.get(flag, ())

    def _verified(self, cells: list[str]) -> int | None:
        return int(self._says(cells, "verified", "verified")) if bare(self._cell(cells, "verified")) else None

    def _rating(self, cells: list[str]) -> int:
        text = bare(self._cell(cells, "rating"))
        if found := _RATING(text):
            return int(found[1])
        if found := _STARS(text):
            return len(found[1])
        raise BadCell("bad-rating", _("'{text}' is not a rating from 1 to 5").format(text=text[:40]))

    def _whole(self, cells: list[str], name: str) -> int | None:
        text = bare(self._cell(cells, name))
        if not text:
            return None
        found = _SCORE(text)
        if found is None:
            raise BadCell("bad-score", _("'{text}' is not a whole number").format(text=text[:40]))
        return int(found[1])

    def _survey_kind(self, cells: list[str]) -> str:
        return next((kind for kind in USUAL_SCALE if self._says(cells, "kind", kind)), "other")

    def _key(self, cells: list[str], name: str, who: Identity | None, *parts: object, whole: bool) -> str:
        """The key of a fact; `whole`: rows that differ in a column that is not read are not the same one."""
        if own := self._id(cells, name):
            return f"{self._format.platform}/{own}"
        texts = ["" if part is None else str(part) for part in (who and who.value, *parts)]
        if apart := [*([] if who else self._hidden(cells)), *(self._unread_cells(cells) if whole else ())]:
            # keyed: what is hashed may be a name or the end of a number
            texts.append(blake2b("\x1f".join(apart).encode(), key=self._salt, digest_size=12).hexdigest())
        return "#" + blake2b("\x1f".join(texts).encode(), digest_size=12).hexdigest()

    def _hidden(self, cells: list[str]) -> list[str]:
        """What stands where somebody would be named who is not: `t**1` and `a**2` are nobody, and not the same."""
        written = bare(self._cell(cells, "customer_id")), normal_email(bare(self._cell(cells, "email")))
        return [f"{place}={text}" for place, text in enumerate(written) if text]

    def _unread_cells(self, cells: list[str]) -> list[str]:
        return [f"{name}={text}" for name, place in self._unread if (text := bare(cells[place]))]


def _unread(header: Sequence[str], match: Match) -> list[tuple[str, int]]:
    """The columns that are not read and whose text does not change while the fact stays the same: (name, place), by name."""
    unread = set(range(len(header))).difference(match.places.values())
    names = spelled(header, match.format)
    return sorted((names[place], place) for place in unread if names[place] not in match.format.changing)


#: Kind of export → the reader of its rows. Customers are identities only and have no record.
READERS = {"reviews": "review", "surveys": "answer", "events": "event", "customers": "who"}


def _identity(who: Identity | None) -> State:
    return {"identity_kind": who.kind if who else None, "identity_value": who.value if who else None}
