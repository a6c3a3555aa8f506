"""The cohort heat map as text."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from shopcare import i18n
from shopcare.domain.report import Block, Column, Row
from shopcare.render.heatmap import heatmap

JANUARY = 2026 * 12


def block(rows: list[Row]) -> Block:
    """A block of cells (cohort, size, offset, active, complete)."""
    columns = (
        Column("cohort", "Cohort", "month"),
        Column("size", "Customers", "int"),
        Column("offset", "Month", "int"),
        Column("active", "Active", "int"),
        Column("complete", "Complete", "bool"),
    )
    return Block("cohorts", "", columns, rows, layout="cohorts")


def drawn(rows: list[Row], *, width: int = 80, color: bool = False) -> str:
    """What a terminal of that width would show."""
    file = io.StringIO()
    console = Console(
        file=file, width=width, no_color=not color, force_terminal=color, color_system="truecolor" if color else None
    )
    console.print(heatmap(block(rows), width=width, color=color))
    return file.getvalue()


ROWS: list[Row] = [
    (JANUARY, 1200, 0, 1200, True),
    (JANUARY, 1200, 1, 180, True),
    (JANUARY, 1200, 2, 60, False),
    (JANUARY + 1, 300, 0, 300, True),
    (JANUARY + 1, 300, 1, 75, False),
]


def test_matrix_shows_shares_sizes_and_what_is_not_over() -> None:
    """Without colour the numbers alone tell everything: shares in percent, sizes, a mark on running months."""
    lines = [line.rstrip() for line in drawn(ROWS).splitlines()]
    assert lines[:4] == [
        "Cohort   Customers     0     1     2",
        "2026-01      1,200 100.0  15.0   5.0+",
        "2026-02        300 100.0  25.0+",
        "Average            100.0  15.0",
    ]
    assert lines[5].startswith("+ ")


def test_what_does_not_fit_is_counted() -> None:
    """Forty months on 60 columns: as many as fit are drawn, no line is wider, and the rest is announced."""
    text = drawn([(JANUARY, 10, offset, 10 - offset // 4, True) for offset in range(40)], width=60)
    assert max(map(cell_len, text.splitlines()[:3])) <= 60
    assert "34 more months do not fit" in text.replace("\n", " ")


def test_colour_sets_background_and_foreground_together() -> None:
    """A shade that names both is legible whatever the terminal's own colours are; darker means more."""
    text = drawn(ROWS, color=True)
    assert "\x1b[38;2;0;0;0;48;2;" in text
    assert "\x1b[38;2;255;255;255;48;2;11;74;134m100.0" in text


def test_chinese_titles_keep_the_columns_aligned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wide characters count as two places."""
    words = {"Cohort": "首单月份", "Customers": "客户数", "Average": "平均"}
    monkeypatch.setattr(i18n, "_language", "zh_CN")
    monkeypatch.setattr(i18n, "_translate", lambda message: words.get(message, message))
    head, first, *_ = drawn(ROWS).splitlines()
    assert cell_len(head.rstrip()[: head.index("0") + 1]) == cell_len(first[: first.index("100.0") + 5])
