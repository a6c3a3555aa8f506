"""The one tree of expected refusals.

A refusal is data: a stable `code`, an `exit_code`, a sentence and a hint whose blanks are filled from the keyword
arguments. It is raised anywhere, caught once at the root of the command line and printed there, so nothing below the
command line formats, translates or prints it. A bug is an assert or a traceback, never one of these.
"""

from __future__ import annotations

EXIT_OK = 0
EXIT_BUG = 1
EXIT_USAGE = 2
EXIT_PARTLY = 3
EXIT_NOT_FOUND = 4
EXIT_REFUSED = 5
EXIT_STORE = 6
EXIT_OUTPUT = 74
EXIT_INTERRUPTED = 130
EXIT_READER_LEFT = 141

#: What a refusal may be told in our own words: these are message ids, translated when printed. Everything else it is told
#: (names, numbers, paths) is data and stays as it is.
WORDS = frozenset(
    {
        "kind",
        "what",
        "problem",
        "allowed",
        "listing",
        "stage",
        "status",
        "outcome",
        "action",
        "advice",
        "wanted",
        "title",
    }
)


class ShopcareError(Exception):
    """An expected refusal.

    Subclasses set `code`, `exit_code`, `sentence` and `hint`; the two texts are English message ids with `{name}`
    blanks, translated only when printed. Every blank must be given as a keyword argument; further keyword arguments are
    kept as context for `--json`.
    """

    code: str = "error"
    exit_code: int = EXIT_REFUSED
    sentence: str = ""
    hint: str = ""

    def __init__(self, **context: object) -> None:
        self.context = context
        super().__init__(self.sentence.format_map(context) if context else self.sentence)


class UsageError(ShopcareError):
    """The call itself is wrong: exit 2."""

    code, exit_code = "usage", EXIT_USAGE
    sentence = "{problem}"
    hint = "See `{page}`."

    def __init__(self, *, problem: str, command: str = "", **values: object) -> None:
        """`problem` is the whole sentence, a message id whose `{name}` blanks `values` fill; `command` the noun and verb
        whose help page explains it.
        """
        if values:
            self.sentence = problem
        page = " ".join(["shopcare", *command.split(), "--help"])
        super().__init__(problem=problem.format_map(values) if values else problem, page=page, **values)


class QuestionWithoutTerminal(ShopcareError):
    """A question would have to be asked, but nobody is there to answer: exit 2, naming the option."""

    code, exit_code = "usage.no_terminal", EXIT_USAGE
    sentence = "Something is missing, and there is no terminal to ask on."
    hint = "Pass {option}."


class NotFound(ShopcareError):
    """Something named in the call does not exist: exit 4."""

    code, exit_code = "not_found", EXIT_NOT_FOUND
    sentence = "There is no {kind} '{key}'."
    hint = "{listing}"


class AmbiguousKey(ShopcareError):
    """A key names more than one thing: exit 2."""

    code, exit_code = "ambiguous_key", EXIT_USAGE
    sentence = "'{key}' names more than one {kind}: {candidates}."
    hint = "Use one of these ids."


class ConfigError(ShopcareError):
    """A configuration file cannot be used: exit 6."""

    code, exit_code = "config.invalid", EXIT_STORE
    sentence = "{file}: {key}: {problem}."
    hint = "Allowed: {allowed}. `shopcare config show` prints every setting and its origin."


class ConfigUnreadable(ShopcareError):
    """A configuration file is missing, unreadable or not TOML: exit 6."""

    code, exit_code = "config.unreadable", EXIT_STORE
    sentence = "{file}: cannot be read: {problem}."
    hint = "Mend the file or name another one with --config."


class OutputNotWritable(ShopcareError):
    """Output cannot be written (full disk, missing folder): exit 74."""

    code, exit_code = "output.not_writable", EXIT_OUTPUT
    sentence = "Cannot write {target}: {problem}."
    hint = "Free some space, or name another file."
