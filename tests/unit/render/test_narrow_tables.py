"""Tables that are wider than the terminal."""

from __future__ import annotations

import io

import pytest

from shopcare.domain.report import Block, Column, Report
from shopcare.render.table import print_report


def test_a_figure_is_never_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten columns with long titles on 80 places: titles stand word below word, every figure is whole."""
    monkeypatch.setenv("COLUMNS", "80")
    columns = tuple(Column(f"c{n}", "A rather long title", "int") for n in range(10))
    file = io.StringIO()
    print_report(
        Report("x/1", "Wide", [Block("b", "", columns, [tuple(12_345 + n for n in range(10))])]), file, color=False
    )
    assert all(f"12,3{45 + n}" in file.getvalue() for n in range(10))
    assert max(map(len, file.getvalue().splitlines())) <= 80
