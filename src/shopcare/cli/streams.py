"""Stdin, stdout and stderr: closed ones, and the last word to them.

A reader who left and a full disk have their own exit codes.
"""

from __future__ import annotations

import errno
import io
import os
import sys

from shopcare.errors import EXIT_OUTPUT, EXIT_READER_LEFT


class StdoutClosed(Exception):
    """Stdout cannot be written any more; carries the OSError, and is none itself so that the parser lets it pass."""

    def __init__(self, problem: OSError) -> None:
        self.problem = problem
        super().__init__(str(problem))


class Messages(io.TextIOWrapper):
    """Stderr that takes what it is told even where nobody can read it: a lost message changes no exit code."""

    def write(self, text: str) -> int:
        """Write, if it can be written."""
        try:
            return super().write(text)
        except OSError:
            return len(text)

    def flush(self) -> None:
        """Flush, if that is possible."""
        try:
            super().flush()
        except OSError:
            return


def replace_closed() -> None:
    """Put something in the place of streams that were closed from outside, before a file of ours gets their number.

    Stdin is then empty, stdout cannot be written, and what stderr is told is lost.
    """
    for number, name, mode in ((0, "stdin", os.O_RDONLY), (1, "stdout", os.O_RDONLY), (2, "stderr", os.O_WRONLY)):
        if getattr(sys, name) is None and os.open(os.devnull, mode) == number:
            setattr(sys, name, open(number, "w" if number else "r", encoding="utf-8", closefd=False))  # noqa: SIM115 - a descriptor, for good


def flush(code: int) -> int:
    """Flush both streams; the exit code, changed if the flush shows that nobody reads or nothing fits."""
    try:
        sys.stdout.flush()
    except OSError as problem:
        return closed(problem)
    try:
        sys.stderr.flush()
    except OSError:
        return code
    return code


def closed(problem: OSError) -> int:
    """The exit code for output that could not be written, said on stderr where that still works."""
    # What stays in the buffer can never be written: point the descriptor elsewhere so that nothing tries again.
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, sys.stdout.fileno())
    if problem.errno == errno.EPIPE:
        return EXIT_READER_LEFT
    from shopcare.cli.context import chosen
    from shopcare.i18n import _

    try:
        sys.stderr.write(_("error: Cannot write the output: {problem}.").format(problem=problem.strerror) + "\n")
        if chosen.changed:
            sys.stderr.write(_(chosen.changed) + "\n")
        sys.stderr.flush()
    except OSError:
        return EXIT_OUTPUT
    return EXIT_OUTPUT
