"""Settings as a list: key, value, origin."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from shopcare.config import Settings
from shopcare.domain.report import Block, Column, Report, Row


def report(configured: Settings, store: Path) -> Report:
    """Every setting. Grain: one row per key; a rung of the tier ladder has its number in the key."""
    rows: list[Row] = [("store", str(store), "SHOPCARE_STORE" if os.environ.get("SHOPCARE_STORE") else "in effect")]
    rows += [(key, _text(value), _origin(key, configured.origins)) for key, value in _leaves(configured.values)]
    columns = (Column("key", "Key", "id"), Column("value", "Value"), Column("origin", "Origin"))
    return Report("shopcare.config.show/1", "Settings", [Block("settings", "", columns, rows)], listing=True)


def _leaves(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{name}.")
        elif isinstance(value, list):
            for number, item in enumerate(value):
                yield from _leaves(item, f"{prefix}{name}.{number}.")
        else:
            yield prefix + name, value


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value


def _origin(key: str, origins: Mapping[str, str]) -> str:
    while key not in origins and "." in key:
        key = key.rpartition(".")[0]
    return origins.get(key, "defaults")
