"""The bar of an import: what stands beside it leaves it room."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from shopcare.cli.progress import BESIDE_NAME, SHORTEST_NAME, shortened


@settings(max_examples=100)
@given(name=st.text(st.sampled_from("ab单（1.-"), max_size=120), width=st.integers(20, 200))
def test_a_name_leaves_room_for_the_bar(name: str, width: int) -> None:
    """However wide the terminal and the characters; a name that fits stays, of another both ends are kept."""
    room = max(width - BESIDE_NAME, SHORTEST_NAME)
    short = shortened(name, width)
    assert cell_len(short) <= room
    if cell_len(name) <= room:
        assert short == name
    else:
        begin, _cut, end = short.partition("…")
        assert name.startswith(begin)
        assert end
        assert name.endswith(end)
