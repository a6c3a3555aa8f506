"""The root of the command line: parse, run, and say expected refusals once, in one form."""

from __future__ import annotations

import errno
import io
import sys
from itertools import pairwise
from typing import Any

import typer

from shopcare import __version__, i18n
from shopcare.cli import context
from shopcare.cli.lazy import Noun, Root
from shopcare.cli.registry import NOUNS
from shopcare.cli.streams import Messages, StdoutClosed, closed
from shopcare.errors import EXIT_INTERRUPTED, EXIT_OK, EXIT_USAGE, ShopcareError, UsageError

#: Typer's own family of usage refusals, reached through a public name.
ClickRefusal: type[Exception] = typer.BadParameter.__mro__[2]

#: What a full disk, a quota or a broken device answer to a write.
OUTPUT_PROBLEMS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG, errno.EBADF})

app = Noun(cls=Root)
quick = Noun(cls=Root)  # the same without options of its own, which cost time to build and only --help needs
quick.callback()(lambda: None)


@app.callback()
def root(
    version: bool = typer.Option(False, "--version", "-V", help="Print the version and leave."),
    store: str = typer.Option("", metavar="FILE", help="The store to use. Also SHOPCARE_STORE."),
    config: str = typer.Option("", metavar="FILE", help="One more settings file, stronger than all others."),
    lang: str = typer.Option(
        "", metavar="en|zh", help="Language of messages. Also SHOPCARE_LANG; default: the locale."
    ),
    color: str = typer.Option("", metavar="auto|always|never", help="Colour. Also NO_COLOR and FORCE_COLOR."),
    now: str = typer.Option("", metavar="TIME", help="Act as if it were this time, for back-fills. Also SHOPCARE_NOW."),
) -> None:
    """Orders, after-sales cases, member tiers, points and retention figures of your shops, in one local store.

    \b
    A first day:
      shopcare init --shop "My shop" --platform taobao --currency CNY --tz Asia/Shanghai
      shopcare import orders ExportOrderList202608010900.csv
      shopcare case open 9900000000000000101 --kind refund_only --reason "arrived broken"
      shopcare case close A1 --outcome partly_refunded --refund 20.00
      shopcare tier assign
      shopcare points award
      shopcare report retention

    `shopcare COMMAND --help` explains each command with examples.
    """
    del store, config, lang, color, now  # taken from anywhere on the line by context.take; here for --help
    if version:
        sys.stdout.write(f"shopcare {__version__}\n")
        raise typer.Exit(0)


def run(arguments: list[str]) -> int:
    """Run one command line; the exit code.

    Raises: nothing that is expected; a bug passes through as a traceback.
    """
    _never_fail_on_messages()
    try:
        rest = context.take(arguments)
        _choose_language()
        result = typer.main.get_command(quick if rest and rest[0] in NOUNS else app)(
            rest, prog_name="shopcare", standalone_mode=False
        )
        return _said(result)
    except ShopcareError as refusal:
        return _say(refusal, arguments)
    except ClickRefusal as refusal:
        return _say_usage(refusal, arguments)
    except (KeyboardInterrupt, typer.Abort):
        return _say_interrupted()
    except UnicodeEncodeError as problem:
        return _say(_no_text(problem, arguments), arguments)
    except StdoutClosed as refusal:
        return closed(refusal.problem)
    except OSError as problem:
        if problem.filename is None and problem.errno in OUTPUT_PROBLEMS:  # the parser's own help pages
            return closed(problem)
        raise


def _never_fail_on_messages() -> None:
    """A terminal that cannot show a character gets its escape, and a message that cannot be written is lost."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    if type(sys.stderr) is io.TextIOWrapper:
        encoding = sys.stderr.encoding
        sys.stderr = Messages(sys.stderr.detach(), encoding=encoding, errors="backslashreplace", line_buffering=True)


def _choose_language() -> None:
    if context.chosen.lang:
        i18n.set_language(context.chosen.lang)
    if i18n.language() != "en":
        i18n.install_for_libraries()


def _said(result: object) -> int:
    """The exit code of a command that came to its end: what it returned, 0, or 130 when the parser saw Ctrl-C first."""
    if result == EXIT_INTERRUPTED:
        return _say_interrupted()
    return result if isinstance(result, int) else EXIT_OK


def _say(refusal: ShopcareError, arguments: list[str]) -> int:
    from shopcare.render.refusals import as_json, as_text

    line = as_json(refusal) if _wants_json(arguments) else as_text(refusal, color=context.use_color(sys.stderr))
    sys.stderr.write(line + "\n")
    return refusal.exit_code


def _say_usage(refusal: Any, arguments: list[str]) -> int:
    if type(refusal).__name__ == "NoArgsIsHelpError":  # a noun without a verb: show what there is
        sys.stderr.write(refusal.format_message() + "\n")
        return EXIT_USAGE
    from shopcare.cli.usage import usage_error

    return _say(usage_error(refusal), arguments)


def _no_text(problem: UnicodeEncodeError, arguments: list[str]) -> ShopcareError:
    """What to say of an argument whose bytes are no text, which therefore nothing in the store can be called.

    Raises:
        UnicodeEncodeError: the text was not given by whoever called.
    """
    bad = problem.object[problem.start : problem.end]
    suspects = [text for text in arguments if bad in text]
    if not suspects:
        raise problem
    given = min(suspects, key=lambda text: problem.object not in text)
    return UsageError(problem="'{given}' is not text in UTF-8.", given=given)


def _say_interrupted() -> int:
    sys.stderr.write("\n" + i18n._("Interrupted; the store is as it was before this command.") + "\n")
    return EXIT_INTERRUPTED


def _wants_json(arguments: list[str]) -> bool:
    return "--json" in arguments or any(
        pair in (("--format", "json"), ("--format", "jsonl")) for pair in pairwise(arguments)
    )
