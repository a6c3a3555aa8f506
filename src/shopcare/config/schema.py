"""The form of shopcare.toml, checked by pydantic. Imported only when a settings file is new or has changed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from shopcare.errors import ConfigError

Permille = Annotated[int, Field(ge=0, le=1000)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Store(_Table):
    """[store]."""

    path: str


class Rung(_Table):
    """[[tiers.ladder]]."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    name: Annotated[str, Field(min_length=1, max_length=40)]
    name_zh: Annotated[str, Field(min_length=1, max_length=40)]
    from_major: Annotated[int, Field(ge=0, le=10**12, alias="from")]
    discount_permille: Permille
    points_multiplier_permille: Annotated[int, Field(ge=0, le=100_000)]


class Tiers(_Table):
    """[tiers]."""

    window_days: Annotated[int, Field(ge=1, le=36_500)]
    downgrade_grace_days: Annotated[int, Field(ge=0, le=3_650)]
    ladder: Annotated[list[Rung], Field(min_length=1, max_length=20)]

    @model_validator(mode="after")
    def _ascending(self) -> Tiers:
        froms = [rung.from_major for rung in self.ladder]
        if froms[0] != 0 or froms != sorted(set(froms)):
            raise ValueError("the rungs must start at 0 and rise")
        if len({rung.code for rung in self.ladder}) != len(self.ladder):
            raise ValueError("every rung needs a code of its own")
        return self


class Points(_Table):
    """[points]."""

    points_per_major: Annotated[int, Field(ge=0, le=1_000_000)]
    pending_days: Annotated[int, Field(ge=0, le=3_650)]
    signoff_days: Annotated[int, Field(ge=0, le=3_650)]
    expiry: str
    redeem_unit: Annotated[int, Field(ge=1, le=1_000_000_000)]
    redeem_unit_value_major: Annotated[int, Field(ge=0, le=1_000_000_000)]
    redeem_max_share_permille: Permille
    exclude_freight: bool

    @field_validator("expiry")
    @classmethod
    def _known_expiry(cls, value: str) -> str:
        if value in {"end_of_next_year", "never"} or re.fullmatch(r"[1-9][0-9]{0,4}d", value):
            return value
        raise ValueError("'end_of_next_year', 'never' or days such as '365d'")


class Root(_Table):
    """The whole file."""

    store: Store
    tiers: Tiers
    points: Points


def check(merged: dict[str, Any], origins: dict[str, str]) -> None:
    """Validate merged settings.

    Raises:
        ConfigError: names the file the value came from, the key, and what is allowed.
    """
    try:
        Root.model_validate(merged)
    except ValidationError as problem:
        raise _refusal(problem.errors()[0], origins) from problem


def _refusal(error: Any, origins: dict[str, str]) -> ConfigError:
    places = [str(part) for part in error["loc"]]
    key = ".".join(places)
    text, allowed = _explain(error, places)
    return ConfigError(file=_origin(key, origins), key=key, problem=text, allowed=allowed)


def _origin(key: str, origins: dict[str, str]) -> str:
    """The file that set a key, else one that set something beside or under it."""
    while key:
        hits = [origin for known, origin in origins.items() if known == key or known.startswith(key + ".")]
        if hits:
            return hits[-1]
        key = key.rpartition(".")[0]
    return Path("shopcare.toml").name


def _explain(error: Any, places: list[str]) -> tuple[str, str]:
    """What is wrong, and what would be right, in words."""
    kind, context = str(error["type"]), error.get("ctx", {})
    if kind == "extra_forbidden":
        return "there is no such key", ", ".join(_keys_beside(places))
    if kind == "missing":
        return "is missing", ", ".join(_keys_beside(places))
    if kind == "value_error":
        reason = str(context.get("error", ""))
        return f"{_shown(error['input'])} is not allowed", reason
    message = str(error["msg"])
    return f"{_shown(error['input'])} is not allowed", message[:1].lower() + message[1:].replace(
        "Input should", ""
    ).strip()


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, str | int | float | bool) else f"a {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "..."


def _keys_beside(places: list[str]) -> list[str]:
    """The keys the table in question may hold."""
    model: type[BaseModel] = Root
    for part in places[:-1]:
        if part.isdigit():
            continue
        annotation = model.model_fields[part].annotation
        inner = getattr(annotation, "__args__", (annotation,))[0]
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            model = inner
    return [field.alias or name for name, field in model.model_fields.items()]
