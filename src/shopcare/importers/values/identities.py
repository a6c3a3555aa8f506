"""What a cell says of who somebody is. Missing, masked or unusable values are nobody, never a key."""

from __future__ import annotations

import re
from typing import NamedTuple

from shopcare.domain.identity import email_hash, normal_email
from shopcare.importers.values.cells import ERRORS, LONGEST_ID, bare, is_masked, is_rounded, whole_id

#: The longest address there can be.
LONGEST_EMAIL = 254
#: One address alone, in its normal form. What else a cell may hold (two addresses, `Ann <…>`, `mailto:`) is not taken apart:
#: a piece that was missed would be printed.
_ADDRESS = re.compile(r"[\w!$%&'+/=^`{|}~-]+(?:\.[\w!$%&'+/=^`{|}~-]+)*@[\w-]+(?:\.[\w-]+)+").fullmatch


#: What looks like an address somewhere in a text.
_HOLDS_ADDRESS = re.compile(r"[^\s@＠][@＠][^\s@＠]+[.．。][^\s@＠]").search
#: Stands before the hash of an address where others write buyer ids, which never begin with it.
ADDRESS = "\0"


class Identity(NamedTuple):
    """A name under which a platform knows somebody; `display` is how people see it."""

    kind: str
    value: str
    display: str


def of_buyer_id(cell: str, salt: bytes) -> Identity | None:
    """The identity a platform's buyer id gives, in the buyer's own spelling; an address that serves as one is an address."""
    value = whole_id(bare(cell, as_written=True))
    if _HOLDS_ADDRESS(value):
        return of_email(value, salt)
    if not value or is_masked(value) or is_rounded(value) or value in ERRORS or len(value) > LONGEST_ID:
        return None
    return Identity("buyer_id", value, value)


def of_email(cell: str, salt: bytes) -> Identity | None:
    """The identity an e-mail address gives: its keyed hash; nobody for a cell that is not one address and nothing else."""
    address = normal_email(bare(cell))
    if not _ADDRESS(address) or is_masked(address) or len(address) > LONGEST_EMAIL:
        return None
    name, _at, host = address.partition("@")
    return Identity("email", email_hash(salt, address), f"{name[0]}***{name[-1]}@{host}")
