"""Which format a header belongs to, and where its fields stand there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from shopcare.importers.formats.catalog import Format, normal
from shopcare.importers.refusals import DuplicateColumnError

#: A header counts as resembling a format when at least this share of its names is known to it.
RESEMBLANCE = 0.6


@dataclass(frozen=True, slots=True)
class Match:
    """A format with the places of its fields in one header; `ignored` are the header's names it does not know.

    `sums`: the columns that make up a field together, each with the sign (1 or -1) with which it counts; of these, `taxes`
    count only in currencies whose prices are without tax. `headers`: a field's name in this header.
    """

    format: Format
    places: Mapping[str, int]
    sums: Mapping[str, tuple[tuple[int, int], ...]]
    ignored: tuple[str, ...]
    taxes: frozenset[int] = frozenset()
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def times(self) -> list[int]:
        """The columns with times, that of the orders first."""
        names = sorted(filter(_is_time, self.places), key=lambda name: name != "ordered_at")
        newest = [place for name in filter(_is_time, self.sums) for place, _sign in self.sums[name]]
        return list(dict.fromkeys([*(self.places[name] for name in names), *newest]))


def _is_time(name: str) -> bool:
    return name.endswith("_at") or name in ("at", "deadline")


def recognise(header: Sequence[str], formats: Sequence[Format]) -> Format | None:
    """The format this header belongs to: all its required columns are there; of several, the one that knows most names.

    An export of another kind is told by its `detect` names and wins over any order format; of several the first one that
    lacks no required column. Without these names it is told by most of the header only: one column proves little.
    """
    names = set(map(normal, header))
    total = len(names)
    as_written = [(known, known.names & names) for known in formats]
    if found := _recognised(as_written, total):
        return found
    folded = {name.casefold() for name in names}
    return _recognised([(known, here | _in_other_case(known, here, folded)) for known, here in as_written], total)


def _in_other_case(known: Format, here: Set[str], folded: Set[str]) -> set[str]:
    """The names of a format that a header has in other letter case only."""
    by_case = {name.casefold(): name for name in sorted(known.known - here)}
    return {by_case[name] for name in (by_case.keys() & folded).difference(map(str.casefold, here))}


def _recognised(named: Sequence[tuple[Format, Set[str]]], total: int) -> Format | None:
    """The same for formats, each with those of its names that the header has, and how many names that has in all."""
    told = [(known, names) for known, names in named if known.detect and names >= set(known.detect)]
    if told:
        return next((known for known, names in told if not missing(names, known)), told[0][0])
    complete = [
        (known, names)
        for known, names in named
        if known.columns
        and not missing(names, known)
        and (not known.detect or _share(names, known, total) >= RESEMBLANCE)
    ]
    return max(complete, key=lambda found: len(found[1] & found[0].known), default=(None, None))[0]


def spelled(header: Sequence[str], known: Format) -> list[str]:
    """The names of a header as a format has them: one it does not know may be one it knows in other letter case."""
    names = [normal(name) for name in header]
    by_case = {name.casefold(): name for name in sorted(known.known.difference(names))}
    return [name if name in known.known else by_case.get(name.casefold(), name) for name in names]


def missing(names: Iterable[str], known: Format) -> tuple[str, ...]:
    """The required fields of a format that a header lacks."""
    present = set(names)
    return tuple(
        name for name in known.required if present.isdisjoint(known.columns[name]) and not _derived(name, known)
    )


def _derived(name: str, known: Format) -> bool:
    return name == "ordered_at" and bool(known.ordered_at_from_id)


def resembles(header: Sequence[str], formats: Sequence[Format]) -> Format | None:
    """The order format this header nearly is: most of its names are known to it and only required ones are missing."""
    best, share = None, 0.0
    written = set(map(normal, header)) - {""}
    folded = {name.casefold() for name in written}
    for known in formats:
        here = known.names & written
        names = here | _in_other_case(known, here, folded)
        lacking = len(missing(names, known))
        if not known.columns or lacking >= len(known.required) or not written:
            continue
        part = _share(names, known, len(written))
        if part > share and part >= RESEMBLANCE:
            best, share = known, part
    return best


def _share(names: Set[str], known: Format, total: int) -> float:
    """How much of a header of so many names a format knows, from 0 to 1."""
    return len(known.known & names) / total


def match(header: Sequence[str], known: Format, *, file: str, line: int) -> Match:
    """The places of a format's fields in a header.

    Raises:
        DuplicateColumnError: a required column stands there twice.
    """
    known = _localised(known, spelled(header, known))
    names = spelled(header, known)
    places: dict[str, int] = {}
    for name, aliases in known.columns.items():
        found = next((alias for alias in aliases if alias in names), None)
        if found is None:
            continue
        if names.count(found) > 1 and name in known.required:
            raise DuplicateColumnError(file=file, line=line, column=found)
        places[name] = names.index(found)
    sums = {
        name: tuple(
            (names.index(part.removeprefix("-")), -1 if part.startswith("-") else 1)
            for part in parts
            if part.removeprefix("-") in names
        )
        for name, parts in known.sums.items()
    }
    ignored = tuple(
        header[i].strip() or f"(column {i + 1})"
        for i, name in enumerate(names)
        if name not in known.known or names.index(name) != i
    )
    taxes = frozenset(names.index(name) for name in known.layout.taxes if name in names)
    headers = {name: names[place] for name, place in places.items()} | {
        name: " + ".join(names[place] for place, _sign in found) for name, found in sums.items() if found
    }
    return Match(known, places, {name: found for name, found in sums.items() if found}, ignored, taxes, headers)


def _in_currency(known: Format, currency: str) -> Format:
    """The format as it is where this currency is used: its name stands in further columns."""
    names = frozenset(_CURRENCY_IN_HEADER.sub(f"({currency})", name) for name in known.known)
    zone = known.layout.zones.get(currency, known.zone)
    return replace(known, currency=currency, zone=zone, known=names, layout=replace(known.layout, fixed=True))


_CURRENCY_IN_HEADER = re.compile(r"\(([A-Z]{3})\)")


def _localised(known: Format, names: Sequence[str]) -> Format:
    """The format as the country's shops have it that this header belongs to: told by a column, or `(PHP)` in a name."""
    layout = known.layout
    for variant in layout.variants:
        if set(variant.when) <= set(names):
            currency = variant.currency or known.currency
            return replace(
                known,
                currency=currency,
                zone=variant.zone or known.zone,
                layout=replace(layout, fixed=layout.fixed or bool(variant.currency)),
            )
    if layout.currency_in_header:
        for name in names:
            if found := _CURRENCY_IN_HEADER.search(name):
                return _in_currency(known, found[1])
    return known
