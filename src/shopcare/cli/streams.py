"""The last word to stdout and stderr: a reader who left and a full disk have their own exit codes."""

from __future__ import annotations

import errno
import os
import sys

from shopcare.errors import EXIT_OUTPUT, EXIT_READER_LEFT


class StdoutClosed(Exception):
    """Stdout cannot be written any more; carries the OSError, and is none itself so that the parser lets it pass."""

    def __init__(self, problem: OSError) -> None:
        self.problem = problem
        super().__init__(str(problem))


def flush(code: int) -> int:
    """Flush both streams; the exit code, changed if the flush shows that nobody reads or nothing fits."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError as problem:
        return closed(problem)
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
