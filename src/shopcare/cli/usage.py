"""Usage refusals of the parser, said as ours: translated, with a suggestion and the page to read."""

from __future__ import annotations

import re
from typing import Any

from shopcare.errors import UsageError
from shopcare.i18n import N_, _

#: What the parser writes → our message id. Named groups fill the blanks.
SENTENCES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.DOTALL), message)
    for pattern, message in (
        (
            r"No such option: (?P<name>.+?) \(Possible options: (?P<near>.+)\)",
            N_("There is no option {name}. Did you mean {near}?"),
        ),
        (r"No such option: (?P<name>.+)", N_("There is no option {name}.")),
        (
            r"No such command '(?P<name>.+)'\. Did you mean (?P<near>.+)\?",
            N_("There is no command '{name}'. Did you mean {near}?"),
        ),
        (r"No such command '(?P<name>.+)'\.", N_("There is no command '{name}'.")),
        (r"Missing argument '(?P<name>.+?)'\.(?P<more>.*)", N_("{name} is missing.")),
        (r"Missing option '(?P<name>.+?)'\.(?P<more>.*)", N_("Option {name} is missing.")),
        (r"Missing command\.", N_("A command is missing.")),
        (r"Option '(?P<name>.+)' requires an argument\.", N_("Option {name} needs a value.")),
        (r"Got unexpected extra argument\(?s?\)? \((?P<extra>.+)\)", N_("Too many arguments: {extra}.")),
        (
            r"Invalid value for (?P<name>.+?): '?(?P<value>.+?)'? is not a valid (?P<kind>[\w ]+)\.",
            N_("{value} is not a valid value for {name}."),
        ),
        (
            r"Invalid value for (?P<name>.+?): (?P<value>.+?) is not in the range (?P<range>.+)\.",
            N_("{value} is not a valid value for {name}: allowed is {range}."),
        ),
        (
            r"Invalid value for (?P<name>.+?): (?P<value>'.*') is not one of (?P<choices>.+)\.",
            N_("{value} is not a valid value for {name}: allowed is one of {choices}."),
        ),
    )
)


def usage_error(refusal: Any) -> UsageError:
    """The parser's refusal as a member of our own tree."""
    context = getattr(refusal, "ctx", None)
    command = context.command_path.removeprefix("shopcare").strip() if context else ""
    return UsageError(problem=sentence(refusal.format_message()), command=command)


def sentence(message: str) -> str:
    """The parser's message in our words and language; as it is where it is none we know."""
    for pattern, ours in SENTENCES:
        match = pattern.fullmatch(message)
        if match:
            return _(ours).format_map({key: value.replace("'", "") for key, value in match.groupdict().items()})
    return message
