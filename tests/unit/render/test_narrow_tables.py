"""Tables that are wider than the terminal."""

from __future__ import annotations

from shopcare.domain.report import Block, Column, Report
from shopcare.render.table import table_text


def test_a_figure_is_never_cut() -> None:
    """Ten columns with long titles on 80 places: titles stand word below word, every figure is whole."""
    columns = tuple(Column(f"c{n}", "A rather long title", "int") for n in range(10))
    report = Report("x/1", "Wide", [Block("b", "", columns, [tuple(12_345 + n for n in range(10))])])
    drawn = table_text(report, width=80, color=False)
    assert all(f"12,3{45 + n}" in drawn for n in range(10))
    assert max(map(len, drawn.splitlines())) <= 80
