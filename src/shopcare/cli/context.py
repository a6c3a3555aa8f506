"""Options that every command takes, wherever they stand on the line, and the context they make."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from shopcare.errors import UsageError
from shopcare.i18n import LANGUAGES, N_

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shopcare.config import Settings
    from shopcare.services.context import Context

#: Options with a value that may stand anywhere before `--`.
EVERYWHERE = ("--store", "--config", "--lang", "--color", "--now")

CHOICES = N_("{option} takes {choices}, not '{given}'.")

#: What becomes of a writing command whose output is lost.
BOOKED = N_("What the command did is booked all the same; do not run it again.")
STORED = N_("What was imported is stored all the same; importing it again changes nothing.")


class Everywhere:
    """What the options for every command say in this process."""

    store: str | None = None
    config: str | None = None
    lang: str | None = None
    color: str = "auto"
    now: str | None = None
    words: list[str] = []  # noqa: RUF012 - replaced whole by `take`, never changed in place
    changed: str = ""  # what to say if a writing command has committed and its output is then lost
    for_people: bool = False  # tables even in a pipe: the demo is read, not parsed


chosen = Everywhere()


def take(arguments: list[str]) -> list[str]:
    """Take the options for every command out of the arguments, wherever they stand, and remember them.

    Raises:
        UsageError: an option without its value, or a value that is not allowed.
    """
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--":
            rest += [argument, *waiting]
            break
        name, equals, value = argument.partition("=")
        if argument == "--no-color":
            chosen.color = "never"
        elif name in EVERYWHERE:
            setattr(chosen, name[2:], value if equals else _value(name, waiting))
        else:
            rest.append(argument)
    _check()
    chosen.words = rest
    return rest


def _value(name: str, waiting: Iterator[str]) -> str:
    value = next(waiting, None)
    if value is None:
        raise UsageError(problem="Option {name} needs a value.", name=name)
    return value


def _check() -> None:
    if chosen.color not in {"auto", "always", "never"}:
        raise UsageError(problem=CHOICES, option="--color", choices="auto, always, never", given=chosen.color)
    if chosen.lang and chosen.lang.split("_")[0].split("-")[0] not in {name[:2] for name in LANGUAGES}:
        raise UsageError(problem=CHOICES, option="--lang", choices="en, zh", given=chosen.lang)


def use_color(stream: TextIO) -> bool:
    """Colour, decided once: flag › NO_COLOR › FORCE_COLOR › TERM=dumb › terminal."""
    if chosen.color != "auto":
        return chosen.color == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return os.environ.get("TERM") != "dumb" and stream.isatty()


def settings() -> Settings:
    """The settings in effect."""
    from shopcare.config import load

    return load(chosen.config or os.environ.get("SHOPCARE_CONFIG"))


def store_path(configured: Settings | None = None) -> Path:
    """Where the store is: --store, SHOPCARE_STORE, the settings, the default place."""
    from shopcare.store.engine import default_path

    named = chosen.store or os.environ.get("SHOPCARE_STORE") or (configured.store_path if configured else "")
    return Path(named).expanduser() if named else default_path()


def now() -> int:
    """The time of this command in epoch seconds: --now, SHOPCARE_NOW, else the clock.

    Raises:
        UsageError: not a date or time with zone.
    """
    text = chosen.now or os.environ.get("SHOPCARE_NOW")
    if not text:
        return int(time.time())
    from shopcare.domain.clock import instant_of

    try:
        return instant_of(text, "UTC")
    except ValueError as problem:
        raise UsageError(problem="'{given}' is not a time such as 2026-08-01T09:00:00+08:00.", given=text) from problem


def actor() -> str:
    """Who acts, for the logs: SHOPCARE_ACTOR, else the user's login name."""
    return (
        os.environ.get("SHOPCARE_ACTOR") or os.environ.get("USER") or os.environ.get("LOGNAME") or f"uid:{os.getuid()}"
    )


def context() -> Context:
    """Everything a service needs to know about this command."""
    from shopcare.services.context import Context

    configured = settings()
    return Context(settings=configured, store=store_path(configured), now=now(), actor=actor())
