"""What several tests ask of the running program."""

from __future__ import annotations

import re
from typing import Any


def modules_loaded(run: Any, *command: str) -> set[str]:
    """The modules a command imports, by their full names and by their top-level package."""
    done = run(*command, env={"PYTHONPROFILEIMPORTTIME": "1"})
    assert done.returncode == 0, done.stderr
    names = set(re.findall(r"^import time:.*\|\s*(\S+)$", done.stderr, re.MULTILINE))
    assert "shopcare" in names
    return names | {name.partition(".")[0] for name in names}
