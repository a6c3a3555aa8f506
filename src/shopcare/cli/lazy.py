"""Typer, told to be quick and quiet: a root group that imports a noun only when it is used, and translated help.

Only Typer's public names are used; Typer carries its own copy of click, so `click` itself is never imported.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from copy import copy
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand, TyperGroup

from shopcare.cli.context import chosen
from shopcare.cli.registry import NOUNS, SINGLE
from shopcare.i18n import N_, _, language

if TYPE_CHECKING:
    from typer._click.core import Command as ClickCommand  # for type checkers only
    from typer._click.formatting import HelpFormatter

HELP_OPTIONS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

EPILOG = N_(
    "Options for every command, anywhere on the line: --store FILE · --config FILE · --lang en|zh · "
    "--color auto|always|never · --now TIME. `shopcare --help` explains them."
)

HELP_HELP = N_("Show this message and exit.")


def _translate(command: Any) -> None:
    """Put a command's texts into the language of the process; they are English message ids until here."""
    if command.help:
        command.help = inspect.cleandoc(command.help)
    if language() == "en":
        return
    from shopcare.cli.pages import explained, translated

    command.help = translated(command.help or "")
    command.epilog = translated(command.epilog or "")
    for parameter in command.params:
        if getattr(parameter, "help", None):
            parameter.help = explained(parameter.help, getattr(parameter.type, "choices", ()))


class Paged:
    """Help pages of our own: translated headings, Chinese as wide as it is drawn, summaries never cut."""

    def get_help(self: Any, ctx: Any) -> str:
        """The help page of a command."""
        from shopcare.cli.pages import Page

        page = Page(ctx.terminal_width, ctx.max_content_width)
        self.get_help_option(ctx).help = _(HELP_HELP)
        self.format_help(ctx, page)
        return page.text()

    def collect_usage_pieces(self: Any, ctx: Any) -> list[str]:
        """What the usage line names: arguments in capitals, without Typer's braces and lists of choices."""
        from shopcare.cli.pages import bare

        return [bare(piece) for piece in super().collect_usage_pieces(ctx)]  # type: ignore[misc]  # Typer's click is untyped

    def invoke(self, ctx: Any) -> Any:
        """Run the verb, once its output options are known to be sound."""
        from shopcare.cli.output import ready

        ready(ctx.params)
        return super().invoke(ctx)  # type: ignore[misc]  # Typer's copy of click is untyped here

    def get_short_help_str(self: Any, limit: int = 0) -> str:  # noqa: ARG002 - Typer's signature
        """The first sentence, whole."""
        from shopcare.cli.pages import first_sentence

        return first_sentence(self.short_help or self.help or "")


class Command(Paged, TyperCommand):
    """A verb."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("epilog", None)
        super().__init__(*args, **kwargs)
        self.epilog = self.epilog or EPILOG
        _translate(self)


class Group(Paged, TyperGroup):
    """A noun with its verbs."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _translate(self)


class Root(Group):
    """`shopcare` itself: its commands are the registry."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.commands = dict.fromkeys(NOUNS, self)  # names only, for suggestions; get_command builds the real ones

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - Typer's signature
        """Every noun, in reading order."""
        return list(NOUNS)

    def get_command(self, ctx: Any, cmd_name: str) -> ClickCommand | None:  # noqa: ARG002 - Typer's signature
        """Import the noun's module and build its commands."""
        return load(cmd_name, verb_after(cmd_name)) if cmd_name in NOUNS else None

    def format_commands(self, ctx: Any, formatter: HelpFormatter) -> None:  # noqa: ARG002 - Typer's signature
        """List the nouns from the registry, importing none of them."""
        with formatter.section(_("Commands")):
            formatter.write_dl([(name, _(text)) for name, (_module, text) in NOUNS.items()])


def verb_after(noun: str) -> str | None:
    """The word after a noun on this command line."""
    words = chosen.words
    place = words.index(noun) if noun in words else len(words)
    return words[place + 1] if place + 1 < len(words) else None


def load(noun: str, verb: str | None = None) -> ClickCommand:
    """The built command of a noun; if `verb` is one of its verbs, only that one is built, because building takes time."""
    module, text = NOUNS[noun]
    app: typer.Typer = import_module(f"shopcare.cli.{module}").app
    wanted = [info for info in app.registered_commands if verb in {info.name, getattr(info.callback, "__name__", None)}]
    if verb and wanted and noun not in SINGLE:
        app = copy(app)
        app.registered_commands = wanted
    command = typer.main.get_command(app)
    command.name = noun
    if noun not in SINGLE and not command.help:
        command.help = _(text)
    return command


class Noun(typer.Typer):
    """A noun's Typer app with our defaults; `command()` builds `Command`s."""

    def __init__(self, **kwargs: Any) -> None:
        options: dict[str, Any] = {
            "cls": Group,
            "add_completion": False,
            "rich_markup_mode": None,
            "pretty_exceptions_enable": False,
            "no_args_is_help": True,
            "context_settings": HELP_OPTIONS,
        }
        super().__init__(**(options | kwargs))

    def command(self, name: str | None = None, **kwargs: Any) -> Callable[[Any], Any]:
        """Register a verb."""
        kwargs.setdefault("cls", Command)
        kwargs.setdefault("context_settings", HELP_OPTIONS)
        return super().command(name, **kwargs)


def group() -> Noun:
    """A noun with verbs; its one line of help stands in the registry."""
    app = Noun()
    app.callback()(_nothing)  # keeps a noun with one verb a group
    return app


def single() -> Noun:
    """A noun that is a command itself."""
    return Noun(no_args_is_help=False)


def _nothing() -> None:
    pass
