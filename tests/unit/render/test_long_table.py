"""Lists too long to be laid out cell by cell."""

from __future__ import annotations

from shopcare.domain.report import Block, Column, Report
from shopcare.render.long_table import LONG, long_lines
from shopcare.render.table import table_text

COLUMNS = (Column("id", "Order", "id"), Column("buyer", "Buyer"), Column("net", "Net", "money"))


def block(rows: int) -> Block:
    """A list with narrow and wide characters, amounts and one that is not known."""
    lines = [(f"N{n}", "张三" if n % 2 else "li\x1b[31m", None if n == 3 else n * 100) for n in range(rows)]
    return Block("orders", "Orders", COLUMNS, lines, currency="CNY")


def test_a_long_list_says_the_same_as_a_table() -> None:
    """Cell by cell the same words as rich draws, whichever way the list is drawn."""
    few = block(20)
    drawn = table_text(Report("x/1", "Orders", [few], listing=True), width=100, color=False)
    plain = "".join(long_lines(few, "UTC", color=False))
    cells = [line.split() for line in drawn.splitlines()[1:] if "─" not in line]
    assert cells == [line.split() for line in plain.splitlines() if "─" not in line]
    assert "\x1b" not in plain


def test_a_long_list_is_whole_and_aligned() -> None:
    """Every row is there on one line; amounts end in the same place, Chinese names counted double."""
    drawn = table_text(Report("x/1", "Orders", [block(LONG)], listing=True), width=20, color=False)
    lines = drawn.splitlines()[3:]
    assert len(lines) == LONG
    assert {len(line) + sum(ord(character) > 0x2000 for character in line) for line in lines} == {len(lines[0])}
    assert lines[-1].startswith(f"N{LONG - 1} ")
    assert "\x1b[1m" in "".join(long_lines(block(1), "UTC", color=True))
