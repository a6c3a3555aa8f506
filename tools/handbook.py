"""Manual pages and the reference, written from the surface."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import import_module
from pkgutil import walk_packages

from shells import summary
from shopcare import errors
from shopcare.cli.pages import flowing, is_literal, paragraphs
from shopcare.errors import ShopcareError
from surface import ROOT, Command, Parameter, Surface

#: What each exit code says; a test holds this against errors.py.
EXIT_CODES = {
    "EXIT_OK": "Done.",
    "EXIT_BUG": "A bug in shopcare: a traceback follows. Please report it.",
    "EXIT_USAGE": "The call itself is wrong: an unknown option, a missing argument, a value that is not allowed.",
    "EXIT_PARTLY": "Partly done, or a check has findings: some rows or files were refused, the rest is stored.",
    "EXIT_NOT_FOUND": "Something named in the call does not exist.",
    "EXIT_REFUSED": "Refused by a rule, or in conflict with what is stored. Nothing was written.",
    "EXIT_STORE": "The store or a settings file cannot be used.",
    "EXIT_OUTPUT": "Output could not be written: a full disk, a missing folder.",
    "EXIT_INTERRUPTED": "Interrupted (Ctrl-C). The store is as it was before the command.",
    "EXIT_READER_LEFT": "Whoever read the output closed the pipe, as `head` does.",
}

#: What may be set outside; a test holds the SHOPCARE_ names against the source.
ENVIRONMENT = {
    "SHOPCARE_STORE": "The store to use; `--store` is stronger, `store.path` in a settings file weaker.",
    "SHOPCARE_CONFIG": "One more settings file, stronger than all others; `--config` is stronger.",
    "SHOPCARE_LANG": "Language of messages: `en` or `zh`; `--lang` is stronger.",
    "SHOPCARE_NOW": "The time to act at, such as `2026-08-01T09:00:00+08:00`; `--now` is stronger.",
    "SHOPCARE_ACTOR": "Who acts, for the logs. Default: the login name.",
    "SHOPCARE_PLAIN_EXIT": "Leave by the ordinary way out of Python; for profilers and coverage.",
    "LC_ALL, LC_MESSAGES, LANG": "Language of messages where SHOPCARE_LANG is not set.",
    "NO_COLOR, FORCE_COLOR": "No colour; colour even off a terminal. `--color` is stronger.",
    "TERM": "`dumb` means no colour.",
    "COLUMNS": "Width of tables written to a file or pipe. Default: 100.",
    "XDG_DATA_HOME": "Where the default store lives. Default: `~/.local/share`.",
    "XDG_CONFIG_HOME": "Where the settings file lives. Default: `~/.config`.",
    "XDG_CACHE_HOME": "Where checked settings are kept. Default: `~/.cache`.",
}

MADE = "Written by tools/generate.py from the commands themselves; do not edit."


def synopsis(command: Command) -> str:
    """How a command is called: its arguments, the options it insists on, the others."""
    if command.verbs:
        return f"shopcare {command.name} VERB [OPTIONS]"
    words = [_argument(argument) for argument in command.arguments]
    words += [f"{option.names[0]} {_placeholder(option)}" for option in command.options if option.required]
    return " ".join(["shopcare", *command.words, *words, "[OPTIONS]"])


def _argument(argument: Parameter) -> str:
    bare = _placeholder(argument).strip("[]").removesuffix("...")
    shown = f"{bare}…" if argument.repeated and not bare.endswith("…") else bare
    return shown if argument.required else f"[{shown}]"


def _placeholder(parameter: Parameter) -> str:
    """What stands for the value: a word, or the option's name where the value is one of many words."""
    if parameter.values and parameter.values.words and parameter.values.closed:
        name = parameter.names[0][2:] if parameter.names else re.sub(r"\W", "", parameter.metavar.partition(":")[0])
        return name.upper().replace("-", "_") if parameter.names else (name.upper() or "WORD")
    return parameter.metavar


def has_example(command: Command) -> bool:
    """Whether the help shows the command being used."""
    shown = [line for part in paragraphs(command.help) if is_literal(part) for line in part.splitlines()]
    return any(f"shopcare {command.name}" in line for line in shown)


def refusals() -> list[type[ShopcareError]]:
    """Every expected refusal, by code.

    Raises:
        SystemExit: two refusals share a code without one being a kind of the other.
    """
    _import_everything()
    found = sorted(_below(ShopcareError), key=lambda each: (each.code, each.__name__))
    by_code: dict[str, type[ShopcareError]] = {}
    for each in found:
        other = by_code.setdefault(each.code, each)
        if not (issubclass(each, other) or issubclass(other, each)):
            raise SystemExit(f"{each.__name__} and {other.__name__} share the code {each.code}")
    return [each for each in found if each.sentence]


def _below(parent: type[ShopcareError]) -> set[type[ShopcareError]]:
    children = set(parent.__subclasses__())
    return children.union(*(_below(child) for child in children)) if children else set()


def _import_everything() -> None:
    package = import_module("shopcare")
    for module in walk_packages(package.__path__, "shopcare."):
        if ".migrations" not in module.name and not module.name.endswith("__main__"):
            import_module(module.name)


def exit_codes() -> list[tuple[int, str]]:
    """Exit code and what it says."""
    return [(getattr(errors, name), text) for name, text in EXIT_CODES.items()]


# ----------------------------------------------------------------------------------------------------------- reference


def reference(surface: Surface) -> dict[str, str]:
    """File name → text, for docs/reference."""
    pages = {f"{noun.name}.md": _noun_page(noun) for noun in surface.nouns}
    return pages | {
        "README.md": _index(surface),
        "exit-codes.md": _exit_page(),
        "environment.md": _environment_page(),
    }


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join("| " + " | ".join(cells) + " |\n" for cells in lines)


def _prose(help_text: str) -> str:
    parts = []
    for part in paragraphs(help_text):
        if is_literal(part):
            heading, *lines = part.splitlines()[1:]
            body = "\n".join(line.removeprefix("  ") for line in lines)
            parts.append(f"{heading}\n\n```sh\n{body}\n```")
        else:
            parts.append(flowing(part).replace("<", "&lt;"))
    return "\n\n".join(parts) + "\n"


def _noun_page(noun: Command) -> str:
    head = f"<!-- {MADE} -->\n\n# shopcare {noun.name}\n\n"
    if not noun.verbs:
        return head + _body(noun)
    links = "".join(
        f"- [`shopcare {verb.name}`](#shopcare-{'-'.join(verb.words)}): {summary(verb.help)}.\n" for verb in noun.verbs
    )
    sections = "".join(f"\n## shopcare {verb.name}\n\n{_body(verb)}" for verb in noun.verbs)
    return f"{head}{_prose(noun.help)}\n{links}{sections}"


def _body(command: Command) -> str:
    text = f"```\n{synopsis(command)}\n```\n\n{_prose(command.help)}"
    if command.arguments:
        rows = ((f"`{_argument(each)}`", _cell(_explained(each))) for each in command.arguments)
        text += "\n" + _table(("argument", "meaning"), rows)
    rows = ((_cell(_option(each)), _cell(_explained(each))) for each in command.options)
    text += "\n" + _table(("option", "meaning"), rows)
    return text + "\n[Options of every command](README.md#options-of-every-command) · [Exit codes](exit-codes.md)\n"


def _option(option: Parameter) -> str:
    value = f" {_placeholder(option)}" if option.values else ""
    return ", ".join(f"`{name}{value if name.startswith('--') else ''}`" for name in option.names)


def _explained(parameter: Parameter) -> str:
    words = parameter.values.words if parameter.values and parameter.values.closed else ()
    parts = [flowing(parameter.help)]
    parts += [f"One of: {', '.join(f'`{word}`' for word in words)}."] if words else []
    parts += ["Required."] if parameter.required and parameter.names else []
    parts += ["May be repeated."] if parameter.repeated and "may be repeated" not in parameter.help else []
    return " ".join(part for part in parts if part)


def _index(surface: Surface) -> str:
    rows = (
        (f"[`shopcare {c.name}`]({c.words[0]}.md{'#shopcare-' + '-'.join(c.words) if len(c.words) > 1 else ''})",
         summary(c.help) + ".")
        for c in surface.commands()
    )  # fmt: skip
    every = ((_cell(_option(each)), _cell(_explained(each))) for each in surface.root.options)
    return (
        f"<!-- {MADE} -->\n\n# Reference\n\nEvery command, from its own help (`shopcare COMMAND --help`).\n\n"
        + _table(("command", "what it does"), rows)
        + "\nSee also [exit codes and refusals](exit-codes.md) and [environment variables](environment.md).\n"
        + "\n## Options of every command\n\nThey may stand anywhere on the line before `--`.\n\n"
        + _table(("option", "meaning"), every)
    )


def _exit_page() -> str:
    codes = _table(("exit code", "meaning"), ((f"{number}", text) for number, text in exit_codes()))
    rows = ((f"`{each.code}`", f"{each.exit_code}", _cell(each.sentence), _cell(each.hint)) for each in refusals())
    return (
        f"<!-- {MADE} -->\n\n# Exit codes and refusals\n\n{codes}\n"
        "Treat a code you do not know as a failure.\n\n"
        "A refusal is one sentence and a hint on stderr. With `--json` it is one JSON line there, with `code`, `message`, "
        "`hint`, `exit_code` and `context`. Codes are stable; sentences are translated and may change.\n\n"
        + _table(("code", "exit", "sentence", "hint"), rows)
    )


def _environment_page() -> str:
    rows = ((", ".join(f"`{name}`" for name in names.split(", ")), text) for names, text in ENVIRONMENT.items())
    return (
        f"<!-- {MADE} -->\n\n# Environment variables\n\nAn option is stronger than a variable, a variable stronger than a "
        "settings file.\n\n" + _table(("variable", "meaning"), rows)
    )


# -------------------------------------------------------------------------------------------------------- manual pages


def manual(surface: Surface) -> dict[str, str]:
    """File name → roff, for man/."""
    return {"shopcare.1": _root_manual(surface)} | {
        f"shopcare-{noun.name}.1": _noun_manual(noun, surface) for noun in surface.nouns
    }


def roff(text: str) -> str:
    """Text that roff takes for nothing but text."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join(f"\\&{line}" if line.startswith((".", "'")) else line for line in escaped.splitlines())


def _bare(text: str) -> str:
    return text.replace("`", "")


def _manual_prose(help_text: str) -> str:
    parts = []
    for part in paragraphs(help_text):
        if is_literal(part):
            lines = "\n".join(part.splitlines()[1:])
            parts.append(f".PP\n.nf\n{roff(lines)}\n.fi\n")
        else:
            parts.append(f".PP\n{roff(_bare(flowing(part)))}\n")
    return "".join(parts)


def _manual_parameters(title: str, parameters: Iterable[Parameter]) -> str:
    entries = "".join(
        f".TP\n\\fB{roff(_signature(each))}\\fR\n{roff(_bare(_explained(each)))}\n" for each in parameters
    )
    return f".{title}\n{entries}" if entries else ""


def _signature(parameter: Parameter) -> str:
    if not parameter.names:
        return _argument(parameter)
    value = f" {_placeholder(parameter)}" if parameter.values else ""
    return ", ".join(f"{name}{value if name.startswith('--') else ''}" for name in parameter.names)


def _head(name: str, about: str) -> str:
    page = name.upper()
    return f'.\\" {MADE}\n.TH {roff(page)} 1 "" "shopcare" "User Commands"\n.SH NAME\n{roff(name)} \\- {roff(about)}\n'


def _root_manual(surface: Surface) -> str:
    root = surface.root
    nouns = "".join(
        f".TP\n\\fBshopcare\\-{roff(noun.name)}\\fR(1)\n{roff(_bare(summary(noun.help)))}.\n" for noun in surface.nouns
    )
    codes = "".join(f".TP\n\\fB{number}\\fR\n{roff(_bare(text))}\n" for number, text in exit_codes())
    variables = "".join(f".TP\n\\fB{name}\\fR\n{roff(_bare(text))}\n" for name, text in ENVIRONMENT.items())
    return (
        _head("shopcare", "after-sales desk, member tiers, points ledger and retention figures for online shops")
        + ".SH SYNOPSIS\n.B shopcare\nNOUN [VERB] [OPTIONS]\n"
        + f".SH DESCRIPTION\n{_manual_prose(root.help)}"
        + f".SH COMMANDS\n{nouns}"
        + _manual_parameters("SH OPTIONS", root.options)
        + f".SH EXIT STATUS\n{codes}.SH ENVIRONMENT\n{variables}"
    )


def _noun_manual(noun: Command, surface: Surface) -> str:
    text = _head(f"shopcare-{noun.name}", _bare(summary(noun.help)))
    synopses = "\n.br\n".join(f"\\fB{roff(synopsis(each))}\\fR" for each in noun.verbs or [noun])
    text += f".SH SYNOPSIS\n{synopses}\n"
    if noun.verbs:
        text += ".SH COMMANDS\n" + "".join(
            f".SS {roff(synopsis(verb))}\n{_manual_prose(verb.help)}"
            + _manual_parameters("PP", [*verb.arguments, *(o for o in verb.options if "--help" not in o.names)])
            for verb in noun.verbs
        )
    else:
        text += f".SH DESCRIPTION\n{_manual_prose(noun.help)}"
        text += _manual_parameters("SH OPTIONS", [*noun.arguments, *noun.options])
    others = ", ".join(f"\\fBshopcare\\-{roff(other.name)}\\fR(1)" for other in surface.nouns if other is not noun)
    return text + f".SH SEE ALSO\n\\fBshopcare\\fR(1), {others}\n"


def documents(surface: Surface) -> dict[str, str]:
    """Path below the project → text, of everything this module writes."""
    pages = {f"docs/reference/{name}": text for name, text in reference(surface).items()}
    return pages | {f"man/{name}": text for name, text in manual(surface).items()}


def folders() -> list[str]:
    """Folders in which nothing else may lie: what is there and not written is stale."""
    return [str((ROOT / name).relative_to(ROOT)) for name in ("docs/reference", "man", "completions")]
