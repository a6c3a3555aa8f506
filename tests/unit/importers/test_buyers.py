"""Buyers of a file are learnt once, whatever way their rows are read in and however they are spelled."""

from __future__ import annotations

from collections.abc import Mapping
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcare.importers.orders.buyers import Buyers

CELLS = st.sampled_from(["", "ann@x.org", "Ann@x.org", "ANN@X.ORG", "bob@x.org", "carol", "dora", " dora"])


def read(cell: str) -> tuple[str, str]:
    """An address in any case is one; an id with a blank before it is the id."""
    value = cell.strip()
    return ("#" + value.lower() if "@" in value else value), value


@pytest.mark.parametrize("room", [4, 1000])
@given(st.lists(st.tuples(st.booleans(), st.lists(CELLS, max_size=6)), max_size=8))
def test_one_number_stands_for_each_buyer(room: int, chunks: list[tuple[bool, list[str]]]) -> None:
    """By column and one by one, with little room and much: who is new is asked as new only while all are remembered."""
    stored: dict[str, int] = {}

    def learn(unknown: Mapping[str, str]) -> dict[str, int]:
        assert buyers.forgot or stored.keys().isdisjoint(unknown)
        return {value: stored.setdefault(value, len(stored) + 1) for value in unknown}

    buyers = Buyers(learn, hashed=False)
    with patch("shopcare.importers.orders.buyers.REMEMBERED", room):
        for by_column, cells in chunks:
            found = buyers.of_cells(cells, read) if by_column else buyers.of([read(cell) for cell in cells])
            assert found == [stored.get(read(cell)[0], 0) for cell in cells]
