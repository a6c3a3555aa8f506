"""What every service is given: the settings, the store, the time and who acts."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from shopcare.config import Settings


class Context(NamedTuple):
    """One command's surroundings. `now` is epoch seconds UTC and the only clock there is; `actor` is written to logs."""

    settings: Settings
    store: Path
    now: int
    actor: str
