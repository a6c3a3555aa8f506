"""Tables in Chinese: as wide as they are drawn, ids and amounts whole, titles stacked, tiers by their Chinese names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from shopcare import i18n
from shopcare.config import load
from shopcare.domain.report import Block, Column, Report
from shopcare.render.table import table_text

COLUMNS = (
    Column("id", "Order", "id"),
    Column("title", "Title"),
    Column("free", "Units free for a case", "int"),
    Column("net_minor", "Net spend in the window", "money"),
    Column("tier", "Tier by spend alone", "code"),
)


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    """The process speaks Chinese, and English again afterwards."""
    i18n.set_language("zh")
    yield
    i18n.set_language("en")


@settings(max_examples=60)
@given(
    title=st.text(alphabet="茶杯套装限量Tea set，。0", max_size=60),
    number=st.from_regex(r"[0-9]{1,19}", fullmatch=True),
    amount=st.integers(0, 10**12),
    width=st.sampled_from([80, 120]),
)
def test_no_line_is_wider_than_the_screen_and_no_id_is_cut(title: str, number: str, amount: int, width: int) -> None:
    """Whatever the texts are, lines fit, and ids and amounts stand whole on one line."""
    block = Block("lines", "", COLUMNS, [(number, title, 3, amount, "gold")], currency="CNY")
    lines = table_text(Report("x/1", "Lines", [block], listing=True), width=width, color=False).splitlines()
    assert all(cell_len(line) <= width for line in lines)
    assert any(number in line and f"{amount / 100:,.2f}" in line for line in lines)
    assert "…" not in "".join(lines)


def test_long_chinese_titles_are_stacked() -> None:
    """A title of more than four characters is broken evenly before a column has to go."""
    columns = tuple(Column(f"n{number}", "Units free for a case", "int") for number in range(7))
    block = Block("lines", "", columns, [tuple(range(7))])
    drawn = table_text(Report("x/1", "Lines", [block], listing=True), width=80, color=False)
    assert drawn.splitlines()[1].split() == ["可申请售"] * 7
    assert drawn.splitlines()[2].split() == ["后件数"] * 7


def test_tiers_have_their_chinese_names() -> None:
    """Where people read Chinese a tier is called as the settings say; for others its code stands."""
    names = load().tier_names
    block = Block("tier", "", COLUMNS[-1:], [("gold",), ("vip",)], names=names)
    drawn = table_text(Report("x/1", "Tier", [block], listing=True), width=80, color=False)
    assert "金牌" in drawn
    assert "vip" in drawn
    i18n.set_language("en")
    assert load().tier_names == {}
