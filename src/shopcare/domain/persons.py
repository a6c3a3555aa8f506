"""Customers who are one person: chains of merges and where they end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping


def survivors(merged: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Who each merged customer is now, from rows of (customer, merged into)."""
    into = dict(merged)
    found: dict[int, int] = {}
    for customer, end in into.items():
        chain = [customer]
        while end in into and end not in found:
            chain.append(end)
            end = into[end]  # noqa: PLW2901 - it walks to the end of the chain
            assert len(chain) <= len(into), "customers are never merged in a circle"
        found.update(dict.fromkeys(chain, found.get(end, end)))
    return found


def below(customer: int, into: Mapping[int, int]) -> list[int]:
    """Whoever came to be this customer by merges, directly or through others; without the customer."""
    came: dict[int, list[int]] = defaultdict(list)
    for source, target in into.items():
        came[target].append(source)
    found = list(came[customer])
    for each in found:  # grows while it is walked
        found += came[each]
    return found
