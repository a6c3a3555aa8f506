"""The README is run, not believed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import SOURCE

ROOT = Path(__file__).parents[2]


def blocks(readme: str) -> list[str]:
    """The shell blocks of a README."""
    return re.findall(r"```sh\n(.*?)```", (ROOT / readme).read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize(("readme", "count"), [("README.md", 2), ("README.zh-CN.md", 1)])
def test_the_tour_works_as_pasted(readme: str, count: int, home: Path, tmp_path: Path) -> None:
    """Every command of the tour succeeds, in order, in a fresh home; only the virtual environment is this one."""
    program = tmp_path / "bin" / "shopcare"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m shopcare "$@"\n')
    program.chmod(0o755)
    tour = [block for block in blocks(readme) if ".venv/bin/activate" in block or "xargs" in block]
    assert len(tour) == count
    script = "set -eu\n" + "\n".join(tour).replace(". .venv/bin/activate\n", "")
    done = subprocess.run(
        ["bash", "-c", script],
        env={**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}", "PYTHONPATH": SOURCE, "HOME": str(home)},
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_links_lead_somewhere(readme: str) -> None:
    """Every relative link of a README names a file that exists."""
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", (ROOT / readme).read_text("utf-8")):
        assert (ROOT / target).exists(), target
