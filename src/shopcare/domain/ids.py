"""Ids as people type them: `A12` a case, `C7` a customer, `B3` an import batch.

The letter keeps our own numbers apart from the platforms' (a buyer may well be called `0007`), so what one command
prints the next can read without guessing.
"""

from __future__ import annotations

import re

CASE, CUSTOMER, BATCH = "A", "C", "B"

_ID = re.compile(r"([A-Za-z])0*([0-9]{1,18})", re.ASCII)


def show(letter: str, number: int) -> str:
    """The printed form of an id."""
    return f"{letter}{number}"


def read(letter: str, text: str) -> int | None:
    """The number of a printed id of that letter, in either case; None if the text is not one."""
    match = _ID.fullmatch(text.strip())
    return int(match[2]) if match and match[1].upper() == letter else None


def read_number(letter: str, text: str) -> int | None:
    """The same where nothing else can be meant, so that plain `12` is the id as well."""
    return read(letter, letter + text.strip() if text.strip().isdecimal() else text)
