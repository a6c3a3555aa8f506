"""The form of shopcare.toml, checked by pydantic. Imported only when a settings file is new or has changed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from shopcare.domain.points import is_expiry
from shopcare.errors import ConfigError
from shopcare.i18n import N_, _

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

    @field_validator("ladder")
    @classmethod
    def _ascending(cls, ladder: list[Rung]) -> list[Rung]:
        froms = [rung.from_major for rung in ladder]
        if froms[0] != 0 or froms != sorted(set(froms)):
            raise ValueError(N_("rungs that start at 0 and rise"))
        if len({rung.code for rung in ladder}) != len(ladder):
            raise ValueError(N_("a code of its own for every rung"))
        return ladder


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
        if is_expiry(value):
            return value
        raise ValueError(N_("'end_of_next_year', 'never' or days such as '365d'"))


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
    kind = str(error["type"])
    if kind == "extra_forbidden":
        return N_("there is no such key"), ", ".join(_keys_beside(places))
    if kind == "missing":
        return N_("it is missing"), ", ".join(_keys_beside(places))
    return _("{given} is not allowed").format(given=_shown(error["input"])), _allowed(kind, error)


#: pydantic's kind of error → what would be right. Blanks are the error's own context.
ALLOWED = {
    "value_error": "{error}",
    "int_type": N_("a whole number"),
    "string_type": N_("a text in quotes"),
    "bool_type": N_("true or false"),
    "list_type": N_("a list of tables"),
    "model_type": N_("a table"),
    "model_attributes_type": N_("a table"),
    "greater_than_equal": N_("{ge} or more"),
    "less_than_equal": N_("{le} or less"),
    "string_pattern_mismatch": N_("lower-case letters, digits and _, beginning with a letter"),
    "string_too_short": N_("at least {min_length} characters"),
    "string_too_long": N_("at most {max_length} characters"),
    "too_short": N_("at least {min_length} entries"),
    "too_long": N_("at most {max_length} entries"),
}


def _allowed(kind: str, error: Any) -> str:
    context = {key: _(str(value)) for key, value in error.get("ctx", {}).items()}
    return _(ALLOWED[kind]).format_map(context) if kind in ALLOWED else str(error["msg"])


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, str | int | float | bool) else type(value).__name__
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
