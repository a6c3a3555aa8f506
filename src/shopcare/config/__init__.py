"""Settings: shipped defaults, the user's file, the project's file, a named file; later ones override single keys.

pydantic checks a combination of files once; the checked result is kept in the cache folder under the files' sizes and
times, so that the next command needs no pydantic (its import alone costs more than a whole read).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from shopcare import __version__
from shopcare.errors import ConfigUnreadable
from shopcare.i18n import language

if TYPE_CHECKING:
    from shopcare.domain.points import PointsRules
    from shopcare.domain.tiers import Ladder

#: Checked combinations kept in the cache folder.
CACHED_COMBINATIONS = 8


class Settings(NamedTuple):
    """Checked settings: plain `values` by section, the `origins` of every key, and domain objects on demand."""

    values: Mapping[str, Any]
    origins: Mapping[str, str]

    @property
    def store_path(self) -> str:
        """Where the store lives; empty means the default place."""
        return str(self.values["store"]["path"])

    @property
    def ladder(self) -> Ladder:
        """The tier ladder."""
        from shopcare.domain.tiers import Ladder, Tier

        section = self.values["tiers"]
        rungs = (
            {("from_major" if key == "from" else key): value for key, value in r.items()} for r in section["ladder"]
        )
        return Ladder(
            tiers=tuple(Tier(**rung) for rung in rungs),
            window_days=section["window_days"],
            downgrade_grace_days=section["downgrade_grace_days"],
        )

    @property
    def tier_names(self) -> Mapping[str, str]:
        """Tier code → what people read instead: the Chinese name for readers of Chinese, the code itself for others."""
        rungs = self.values["tiers"]["ladder"] if language() == "zh_CN" else ()
        return {rung["code"]: rung["name_zh"] for rung in rungs}

    @property
    def points(self) -> PointsRules:
        """The rules of the points ledger."""
        from shopcare.domain.points import PointsRules

        return PointsRules(**self.values["points"])


def shipped(name: str) -> Path:
    """A file or folder of the shipped `config/`: inside an installed wheel, else in the source tree."""
    package = Path(__file__).parent.parent
    installed = package / "_shipped" / "config" / name
    return installed if installed.exists() else package.parent.parent / "config" / name


def user_file() -> Path:
    """The user's own settings file (XDG)."""
    base = os.environ.get("XDG_CONFIG_HOME") or Path("~/.config").expanduser()
    return Path(base) / "shopcare" / "shopcare.toml"


def files(named: str | None = None) -> list[Path]:
    """The settings files in effect, weakest first.

    Raises:
        ConfigUnreadable: the named file does not exist.
    """
    found = [path for path in (user_file(), Path("shopcare.toml").absolute()) if path.is_file()]
    if named:
        path = Path(named).absolute()
        if not path.is_file():
            raise ConfigUnreadable(file=named, problem="no such file")
        found.append(path)
    return [shipped("shopcare.toml"), *found]


def load(named: str | None = None) -> Settings:
    """The settings in effect.

    Raises:
        ConfigUnreadable: a file cannot be read or is not TOML.
        ConfigError: a key, type or value is not allowed.
    """
    paths = files(named)
    key = "|".join([__version__, *(_stamp(path) for path in paths)])
    return _cached(key) or _checked(paths, key)


def _stamp(path: Path) -> str:
    status = path.stat()
    return f"{path}:{status.st_size}:{status.st_mtime_ns}"


def _cache_file(key: str) -> Path:
    import zlib

    base = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    return Path(base) / "shopcare" / f"settings-{zlib.crc32(key.encode()):08x}.json"


def _cached(key: str) -> Settings | None:
    try:
        kept = json.loads(_cache_file(key).read_text("utf-8"))
        if kept["key"] == key:
            return Settings(kept["values"], kept["origins"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return None


def _checked(paths: list[Path], key: str) -> Settings:
    from shopcare.config.schema import check

    merged: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for path in paths:
        _merge(merged, _parse(path), origins, "defaults" if path == paths[0] else str(path))
    check(merged, origins)
    _keep(key, merged, origins)
    return Settings(merged, origins)


def _parse(path: Path) -> dict[str, Any]:
    import tomli

    try:
        return tomli.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomli.TOMLDecodeError) as problem:
        raise ConfigUnreadable(file=str(path), problem=getattr(problem, "strerror", None) or str(problem)) from problem


def _merge(into: dict[str, Any], table: dict[str, Any], origins: dict[str, str], origin: str, prefix: str = "") -> None:
    """Override single keys; a list (the tier ladder) is replaced whole."""
    for name, value in table.items():
        key = prefix + name
        if isinstance(value, dict) and isinstance(into.get(name, {}), dict):
            _merge(into.setdefault(name, {}), value, origins, origin, key + ".")
        else:
            into[name] = value
            origins[key] = origin


def _keep(key: str, values: dict[str, Any], origins: dict[str, str]) -> None:
    """Remember a checked combination; a folder that cannot be written only costs time."""
    path = _cache_file(key)
    draft = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft.write_text(json.dumps({"key": key, "values": values, "origins": origins}), "utf-8")
        draft.replace(path)
        kept = sorted(path.parent.glob("settings-*.json"), key=lambda file: file.stat().st_mtime, reverse=True)
        for stale in kept[CACHED_COMBINATIONS:]:
            stale.unlink(missing_ok=True)
    except (OSError, TypeError):  # TypeError: a TOML date where none belongs never passes the check
        return
