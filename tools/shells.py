"""Completion scripts for bash, zsh and fish, written from the surface.

The scripts answer commands, options and choices from text written into them; only ids start the program, as
`shopcare __complete KIND PREFIX` with the store that is named on the line. Ids are data: they are never evaluated, and
are quoted before they are put on the line.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from surface import Command, Parameter, Surface, Values

HEAD = "# Written by tools/generate.py from the commands themselves; do not edit.\n"


def engine(shell: str) -> str:
    """The part of a script that is the same whatever the commands are."""
    return "\n" + (Path(__file__).parent / "completion" / f"engine.{shell}").read_text("utf-8")


def everywhere(surface: Surface) -> tuple[Parameter, ...]:
    """The options of every command: those of the root that take a value."""
    return tuple(option for option in surface.root.options if option.values)


def with_values(surface: Surface) -> list[str]:
    """Every option that takes a value, wherever it belongs.

    Raises:
        SystemExit: a name is a switch in one command and takes a value in another; the scripts tell them apart by name.
    """
    commands = [surface.root, *surface.everything()]
    takes = {name for c in commands for o in c.options if o.values for name in o.names}
    switches = {name for c in commands for o in c.options if not o.values for name in o.names}
    if takes & switches:
        raise SystemExit(f"options both with and without a value: {sorted(takes & switches)}")
    return sorted(takes)


def placed(command: Command) -> list[tuple[int, Parameter]]:
    """The arguments of a command with their places on the line, one that is several words of different kinds once each."""
    single = [
        replace(argument, values=values, places=(), repeated=False) if argument.places else argument
        for argument in command.arguments
        for values in argument.places or (argument.values,)
    ]
    return list(enumerate(single, 1))


def summary(text: str) -> str:
    """The first sentence of a help text."""
    from shopcare.cli.pages import first_sentence

    return first_sentence(text).rstrip(".")


# ---------------------------------------------------------------------------------------------------------------- bash


def bash(surface: Surface) -> str:
    """The bash script (bash ≥ 4.4)."""
    every = everywhere(surface)
    commands = surface.everything()
    takes = "|".join(with_values(surface))
    nouns = "|".join(noun.name for noun in surface.nouns if noun.verbs)
    parts = [
        HEAD,
        "\n_shopcare_takes_value() {\n    case $1 in\n        " + takes + ") return 0 ;;\n    esac\n    return 1\n}\n",
        "\n_shopcare_has_verbs() {\n    case $1 in\n        " + nouns + ") return 0 ;;\n    esac\n    return 1\n}\n",
        '\n# What an option takes.\n_shopcare_option() {\n    place=()\n    case "$1 $2" in\n',
        *(_bash_option(command, option) for command in commands for option in command.options),
        *(_bash_everywhere(option) for option in every),
        "    esac\n}\n",
        "\n# The options of a command.\n_shopcare_options() {\n    case $1 in\n",
        *(_bash_options(command, every) for command in [surface.root, *commands]),
        "    esac\n}\n",
        '\n# What the argument at a position is.\n_shopcare_argument() {\n    place=()\n    case "$1 $2" in\n',
        f'        " 1") place=(words {" ".join(noun.name for noun in surface.nouns)}) ;;\n',
        *(_bash_arguments(command) for command in commands),
        "    esac\n}\n",
        engine("bash"),
    ]
    return "".join(parts)


def _bash_place(values: Values) -> str:
    return {"words": " ".join(["words", *values.words]), "id": f"id {values.id}", "file": "file"}.get(values.kind, "")


def _bash_option(command: Command, option: Parameter) -> str:
    place = _bash_place(option.values) if option.values else ""
    pattern = "|".join(f'"{command.name} {name}"' for name in option.names)
    return f"        {pattern}) place=({place}) ;;\n" if place else ""


def _bash_everywhere(option: Parameter) -> str:
    place = _bash_place(option.values) if option.values else ""
    pattern = "|".join(f'*" {name}"' for name in option.names)
    return f"        {pattern}) place=({place}) ;;\n" if place else ""


def _bash_options(command: Command, every: tuple[Parameter, ...]) -> str:
    own = [name for option in command.options for name in option.names]
    names = own + [name for option in every for name in option.names if name not in own]
    return f'        "{command.name}") options=({" ".join(names)}) ;;\n'


def _bash_arguments(command: Command) -> str:
    if command.verbs:
        verbs = " ".join(verb.words[-1] for verb in command.verbs)
        return f'        "{command.name} 1") place=(words {verbs}) ;;\n'
    lines = []
    for number, argument in placed(command):
        place = _bash_place(argument.values or Values("text"))
        pattern = f'"{command.name} "*' if argument.repeated else f'"{command.name} {number}"'
        if place:
            lines.append(f"        {pattern}) place=({place}) ;;\n")
    return "".join(lines)


# ----------------------------------------------------------------------------------------------------------------- zsh


def zsh(surface: Surface) -> str:
    """The zsh script: the native `_arguments` with descriptions."""
    every = everywhere(surface)
    parts = [
        "#compdef shopcare\n" + HEAD + "\ntypeset -ga shopcare_everywhere shopcare_root shopcare_nouns\n",
        "\nshopcare_everywhere=(\n" + "".join(f"    {_zsh_spec(option)}\n" for option in every) + ")\n",
        "\nshopcare_root=(\n",
        *(f"    {_zsh_spec(option)}\n" for option in surface.root.options if not option.values),
        ")\n",
        "\nshopcare_nouns=(\n",
        *(f"    {_quoted(noun.name + ':' + _colons(summary(noun.help)))}\n" for noun in surface.nouns),
        ")\n",
        "\n_shopcare_noun() {\n    local state line\n    local -a verbs\n    case $1 in\n",
        *(_zsh_noun(noun) for noun in surface.nouns),
        "    esac\n}\n",
        *(_zsh_verb(command) for command in surface.commands()),
        engine("zsh"),
    ]
    return "".join(parts)


def _zsh_function(command: Command) -> str:
    return "_shopcare_command_" + "_".join(command.words).replace("-", "_")


def _zsh_noun(noun: Command) -> str:
    if not noun.verbs:
        return f"        {noun.name}) {_zsh_function(noun)} ;;\n"
    verbs = "".join(f"                {_quoted(v.words[-1] + ':' + _colons(summary(v.help)))}\n" for v in noun.verbs)
    cases = "".join(f"                {verb.words[-1]}) {_zsh_function(verb)} ;;\n" for verb in noun.verbs)
    return (
        f"        {noun.name})\n            verbs=(\n{verbs}            )\n"
        "            _arguments -C -S \"$shopcare_everywhere[@]\" '(-h --help)'{-h,--help}'[help]'"
        " '1: :->verb' '*:: :->rest'\n"
        "            [[ $state == verb ]] && _describe -t commands command verbs\n"
        f"            [[ $state == rest ]] && case $words[1] in\n{cases}            esac ;;\n"
    )


def _zsh_verb(command: Command) -> str:
    specs = [_zsh_spec(option) for option in command.options]
    specs += [_zsh_argument(number, argument) for number, argument in placed(command)]
    lines = " \\\n".join(f"        {spec}" for spec in ['"$shopcare_everywhere[@]"', *specs])
    return f"\n{_zsh_function(command)}() {{\n    _arguments -S \\\n{lines}\n}}\n"


def _zsh_action(values: Values) -> str:
    match values.kind:
        case "words":
            return f"({' '.join(values.words)})"
        case "id":
            return f"_shopcare_ids {values.id}"
        case "file":
            return "_files"
        case _:
            return " "


def _zsh_spec(option: Parameter) -> str:
    repeat = "*" if option.repeated else ""
    others = "" if option.repeated else f"({' '.join(option.names)})"
    about = f"[{_brackets(summary(option.help))}]"
    value = f":{_colons(option.metavar.lower())[:20] or 'value'}:{_zsh_action(option.values)}" if option.values else ""
    sign = "=" if option.values else ""
    specs = [
        _quoted(f"{others}{repeat}{name}{sign if name.startswith('--') else ''}{about}{value}") for name in option.names
    ]
    return " ".join(specs)


def _zsh_argument(number: int, argument: Parameter) -> str:
    place = "*" if argument.repeated else str(number)
    optional = "" if argument.required or argument.repeated else ":"
    return _quoted(
        f"{place}:{optional}{_colons(argument.metavar.lower())}:{_zsh_action(argument.values or Values('text'))}"
    )


def _quoted(text: str) -> str:
    """A word of any Bourne-like shell."""
    return "'" + text.replace("'", "'\\''") + "'"


def _colons(text: str) -> str:
    return text.replace("\\", "\\\\").replace(":", "\\:")


def _brackets(text: str) -> str:
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")


# ---------------------------------------------------------------------------------------------------------------- fish


def fish(surface: Surface) -> str:
    """The fish script."""
    lines = [
        f"set -g __shopcare_takes_value {' '.join(with_values(surface))}",
        f"set -g __shopcare_has_verbs {' '.join(noun.name for noun in surface.nouns if noun.verbs)}",
        engine("fish"),
        "complete -c shopcare -f",
        *(_fish_option("", option) for option in everywhere(surface)),
        *(_fish_option("__shopcare_at ''", option) for option in surface.root.options if not option.values),
        *(_fish_word("__shopcare_at ''", noun.name, noun.help) for noun in surface.nouns),
    ]
    for command in surface.everything():
        here = f"__shopcare_at {_fish_quoted(command.name)}"
        lines += [_fish_word(here, verb.words[-1], verb.help) for verb in command.verbs]
        lines += [_fish_option(here, option) for option in command.options]
        lines += [_fish_argument(command, number, each) for number, each in placed(command)]
    return HEAD + "\n" + "\n".join(line for line in lines if line) + "\n"


def _fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _fish_word(condition: str, word: str, about: str) -> str:
    return f"complete -c shopcare -n {_fish_quoted(condition)} -a {word} -d {_fish_quoted(summary(about))}"


def _fish_answers(values: Values) -> str:
    match values.kind:
        case "words":
            return f"-x -a {_fish_quoted(' '.join(values.words))}"
        case "id":
            return f"-x -k -a '(__shopcare_ids {values.id})'"
        case "file":
            return "-r -F"
        case _:
            return "-x"


def _fish_option(condition: str, option: Parameter) -> str:
    where = f" -n {_fish_quoted(condition)}" if condition else ""
    names = " ".join(f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names)
    answers = f" {_fish_answers(option.values)}" if option.values else ""
    return f"complete -c shopcare{where} {names}{answers} -d {_fish_quoted(summary(option.help))}"


def _fish_argument(command: Command, number: int, argument: Parameter) -> str:
    values = argument.values or Values("text")
    if values.kind == "text":
        return ""
    condition = (
        f"__shopcare_argument {_fish_quoted(command.name)} {_fish_quoted('*' if argument.repeated else str(number))}"
    )
    answers = {"file": "-F", "id": f"-k -a '(__shopcare_ids {values.id})'"}.get(
        values.kind, f"-a {_fish_quoted(' '.join(values.words))}"
    )
    return f"complete -c shopcare -n {_fish_quoted(condition)} {answers}"
