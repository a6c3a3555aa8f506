"""The command line as plain data: every noun, verb, option and argument as built by Typer, with what may stand there."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ["SHOPCARE_LANG"] = "en"  # the texts are message ids; a developer's own language must not leak into files

ROOT = Path(__file__).resolve().parent.parent

#: What a placeholder in help stands for: ids are asked of the program, files of the shell.
IDS_BY_METAVAR = {
    "CASE": "case", "ORDER": "order", "CUSTOMER": "customer", "DUPLICATE": "customer", "MERGED": "merged-customer",
    "BATCH": "batch", "SHOP": "shop",
}  # fmt: skip
IDS_BY_OPTION = {"--shop": "shop", "--case": "case", "--order": "order", "--customer": "customer"}
FILES = {"FILE", "FILE…", "FILE...", "FILE|-", "DIR"}

#: Verbs that look at or reopen closed things too, so that TAB must offer those.
ANY_CASE = {("case", "show"), ("case", "move")}

#: Options which name something new: nothing that exists is a sensible answer.
NAMES_NEW = {(("init",), "--shop")}


@dataclass(frozen=True)
class Values:
    """What may stand in one place: `kind` is words, id, file or text; `words` the choices; `id` the kind of id.

    `closed` says that nothing but the words is allowed; otherwise they are proposals.
    """

    kind: str
    words: tuple[str, ...] = ()
    id: str = ""
    closed: bool = True


TEXT = Values("text")


@dataclass(frozen=True)
class Parameter:
    """An option or argument. `names` is empty for an argument; `values` is None for a switch.

    `places`: what may stand in the successive places of an argument that is several words of different kinds.
    """

    names: tuple[str, ...]
    metavar: str
    help: str
    values: Values | None
    repeated: bool
    required: bool
    places: tuple[Values, ...] = ()


@dataclass(frozen=True)
class Command:
    """A command with its parameters, or a noun with its verbs."""

    words: tuple[str, ...]
    help: str
    options: tuple[Parameter, ...]
    arguments: tuple[Parameter, ...]
    verbs: tuple[Command, ...] = ()
    usage: str = ""

    @property
    def name(self) -> str:
        """How it is typed, without the program's name."""
        return " ".join(self.words)

    def walk(self) -> Iterator[Command]:
        """The command and everything below it."""
        yield self
        for verb in self.verbs:
            yield from verb.walk()


@dataclass
class Surface:
    """The whole command line. `missing` are nouns whose module is not there (during development)."""

    root: Command
    nouns: list[Command]
    missing: list[str] = field(default_factory=list)

    def commands(self) -> list[Command]:
        """Everything that does something itself."""
        return [command for noun in self.nouns for command in noun.walk() if not command.verbs]

    def everything(self) -> list[Command]:
        """Nouns and verbs, in reading order."""
        return [command for noun in self.nouns for command in noun.walk()]


def surface() -> Surface:
    """Build every command and read it."""
    import typer

    from shopcare.cli.app import app
    from shopcare.cli.lazy import load
    from shopcare.cli.registry import NOUNS

    found = Surface(_command((), typer.main.get_command(app), "shopcare"), [])
    for noun, (module, _text) in NOUNS.items():
        try:
            found.nouns.append(_command((noun,), load(noun), "shopcare"))
        except ModuleNotFoundError as problem:
            if problem.name != f"shopcare.cli.{module}":
                raise
            found.missing.append(noun)
            print(f"no module for '{noun}' yet", file=sys.stderr)
    return found


def _command(words: tuple[str, ...], built: Any, prog: str) -> Command:
    import typer

    context = typer.Context(built, info_name=" ".join([prog, *words]), **built.context_settings)
    verbs = {} if not words else getattr(built, "commands", {})
    parameters = [
        _parameter(words, each, context) for each in built.get_params(context) if not getattr(each, "hidden", 0)
    ]
    return Command(
        words=words,
        help=built.help or "",
        options=tuple(each for each in parameters if each.names),
        arguments=tuple(each for each in parameters if not each.names),
        verbs=tuple(_command((*words, name), verb, prog) for name, verb in verbs.items()),
        usage=" ".join(built.collect_usage_pieces(context)),
    )


def _parameter(words: tuple[str, ...], built: Any, context: Any) -> Parameter:
    is_option = built.param_type_name == "option"
    names = tuple(sorted([*built.opts, *built.secondary_opts], key=lambda each: each[:2] != "--")) if is_option else ()
    metavar = built.make_metavar(ctx=context)
    takes_value = not (is_option and (built.is_flag or built.count or "--help" in names))
    return Parameter(
        names=names,
        metavar=metavar if takes_value else "",
        help=built.help or "",
        values=_values(words, names, metavar, built) if takes_value else None,
        repeated=built.nargs == -1 or bool(getattr(built, "multiple", False)),
        required=bool(built.required),
        places=_places(metavar) if not is_option else (),
    )


def _places(metavar: str) -> tuple[Values, ...]:
    """The places of an argument such as `[show NAME | new NAME FILE]`: the words, then what each is followed by."""
    ways = [way.split() for way in metavar.removeprefix("[").split("]")[0].split(" | ")]
    if len(ways) < 2:
        return ()
    after = [[_place(word) for word in way[1:]] for way in ways]
    longest = max(after, key=len)
    followed = (next((way[n] for way in after if len(way) > n and way[n] != TEXT), TEXT) for n in range(len(longest)))
    return (Values("words", tuple(way[0] for way in ways)), *followed)


def _place(word: str) -> Values:
    return Values("id", id="format") if word == "NAME" else Values("file") if word in FILES else TEXT


def _values(words: tuple[str, ...], names: tuple[str, ...], metavar: str, built: Any) -> Values:
    name = names[0] if names else ""
    choices = getattr(built.type, "choices", None)
    if choices:
        return Values("words", tuple(str(getattr(choice, "value", choice)) for choice in choices))
    if re.fullmatch(r"[a-z][a-z0-9_-]*(\|[a-z][a-z0-9_-]*)+", metavar):
        return Values("words", tuple(metavar.split("|")))
    bare = metavar.strip("[]{}").removesuffix("...").removesuffix("…")
    if (words, name) in NAMES_NEW:
        return TEXT
    if name == "--platform":
        return Values("words", formats(words[-1]) if words[0] == "import" else platforms(), closed=False)
    if bare in FILES:
        return Values("file")
    kind = IDS_BY_METAVAR.get(bare) or IDS_BY_OPTION.get(name)
    if kind == "case" and words in ANY_CASE:
        kind = "any-case"
    return Values("id", id=kind) if kind else TEXT


def platforms() -> tuple[str, ...]:
    """The platforms a shop may be of: those whose exports are known."""
    return tuple(sorted({str(each.get("home", each["platform"])) for each in _format_files().values()}))


def formats(kind: str) -> tuple[str, ...]:
    """The platforms and names of formats that hold one kind of thing."""
    wanted = {kind, "lines"} if kind == "orders" else {kind}
    found = {name: each for name, each in _format_files().items() if each["kind"] in wanted}
    return tuple(sorted({*found, *(str(each["platform"]) for each in found.values())}))


def _format_files() -> dict[str, dict[str, Any]]:
    import tomllib

    files = (ROOT / "config" / "platforms").glob("*.toml")
    return {path.stem: tomllib.loads(path.read_text("utf-8")) for path in files}


def main() -> None:
    """Print what was read, for a developer's eye."""
    for command in surface().everything():
        print(command.name, [(p.names, p.metavar, p.values) for p in (*command.options, *command.arguments)])


if __name__ == "__main__":
    main()
