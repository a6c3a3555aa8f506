"""What became of the rows of a file."""

from __future__ import annotations

from dataclasses import dataclass, field

#: Distinct unknown status words that are listed one by one.
LISTED_WORDS = 100


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that could not be taken. Grain: one per record; `line` is its first physical line."""

    line: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Skip:
    """A row that is no data: furniture, or an exact repeat."""

    line: int
    why: str


@dataclass(slots=True)
class Tally:
    """What became of a file's rows. `rows` are the accepted ones; rejects beyond `kept` are only counted."""

    rows: int = 0
    rejected: list[Reject] = field(default_factory=list)
    rejected_count: int = 0
    skipped: list[Skip] = field(default_factory=list)
    skipped_count: int = 0
    unmapped: dict[str, int] = field(default_factory=dict)
    guests: int = 0
