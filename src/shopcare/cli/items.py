"""`--from`: a command on many items, their ids read from a file or standard input."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from shopcare.cli.context import context
from shopcare.cli.lazy import Command
from shopcare.cli.output import emit_written
from shopcare.errors import EXIT_NOT_FOUND, ShopcareError

if TYPE_CHECKING:
    from shopcare.domain.report import Report

FromOpt = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="FILE|-",
        help="Many at once: ids from a file or from standard input, one a line, in place of the id on the line. "
        "All in one transaction.",
    ),
]


class IdsUnreadable(ShopcareError):
    """The file of --from cannot be read: exit 4."""

    code, exit_code = "usage.from", EXIT_NOT_FOUND
    sentence = "Cannot read ids from {source}: {problem}."
    hint = "A text file in UTF-8 with one id a line; - is standard input."


def many(item: str) -> type[Command]:
    """The class of a command that takes its argument `item` from the line, or many of them through --from."""
    return type("Many", (_Many,), {"item": item})


class _Many(Command):
    item = ""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """With --from the item does not stand on the line: what stands there are the other arguments."""
        before = args[: args.index("--")] if "--" in args else args
        if not any(word == "--from" or word.startswith("--from=") for word in before):
            return super().parse_args(ctx, args)
        every = self.params
        self.params = [each for each in every if each.name != self.item]
        try:
            rest: list[str] = super().parse_args(ctx, args)
        finally:
            self.params = every
        ctx.params[self.item] = ""
        return rest


def emit_each(
    call: Callable[[str, bool], Report], item: str, source: str | None, nothing: Report, dry_run: bool,
    *output: Any, bulk: bool = False,
) -> None:  # fmt: skip
    """Run a writing command on one item, or on every item of --from in one transaction, and print what it did.

    `call` takes an item and whether it is a dry run; `nothing` is its report without rows; `output` are the options that
    say how to print.
    """
    if source is None:
        emit_written(lambda dry: call(item, dry), dry_run, *output)
        return
    from shopcare.services.many import each

    ctx, keys = context(), ids_from(source)
    emit_written(
        lambda dry: each(ctx, keys, lambda key: call(key, dry), nothing, dry_run=dry, bulk=bulk), dry_run, *output
    )


def ids_from(source: str) -> list[str]:
    """The ids of a file, or of standard input: the first column of every line, each id once.

    Raises:
        IdsUnreadable: no such file, no permission, no text.
    """
    try:
        if source != "-":
            with open(source, encoding="utf-8-sig") as file:  # noqa: PTH123 - as the shell names it
                return list(dict.fromkeys(_ids(file)))
        if sys.stdin is None:
            raise IdsUnreadable(source=source, problem="standard input is closed")
        sys.stdin.reconfigure(encoding="utf-8-sig", errors="strict")  # type: ignore[union-attr]  # a text stream
        return list(dict.fromkeys(_ids(sys.stdin)))
    except OSError as problem:
        raise IdsUnreadable(source=source, problem=problem.strerror or str(problem)) from problem
    except UnicodeDecodeError as problem:
        raise IdsUnreadable(source=source, problem="not UTF-8") from problem


def _ids(lines: IO[str]) -> Iterator[str]:
    """Lists are written tab-separated, the id first."""
    for line in lines:
        if found := line.partition("\t")[0].strip():
            yield found
