"""What people see stays as it is written down; `python tools/transcripts.py` writes it anew, and a person reads the diff."""

from __future__ import annotations

from pathlib import Path

import pytest

import transcripts


@pytest.mark.parametrize("source", transcripts.sources(), ids=lambda path: path.name.split(".")[0])
def test_transcripts_say_what_commands_print(source: Path) -> None:
    """Every command of a transcript prints what stands there, to the same stream, with the same exit code."""
    for path, text in transcripts.expected(source).items():
        assert path.read_text("utf-8") == text, f"{path.name} is stale: python tools/transcripts.py"
