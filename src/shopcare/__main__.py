"""Start: `--version` and completion are answered before anything is imported, everything else goes to `cli.app`."""

import gc
import os
import sys

EXIT_INTERRUPTED = 130


def main() -> None:
    """Run one command and leave.

    Garbage collection is off, because one command lives too briefly to need it (long work turns it back on), and the
    process leaves through `os._exit` after flushing, because tearing the interpreter down costs a tenth of a read.
    SHOPCARE_PLAIN_EXIT keeps the ordinary way out, for tests and profilers.
    """
    gc.disable()
    if None in (sys.stdin, sys.stdout, sys.stderr):
        from shopcare.cli.streams import replace_closed

        replace_closed()
    arguments = sys.argv[1:]
    code = 0
    if arguments in (["--version"], ["-V"]):
        code = _version()
    elif arguments[:1] == ["__complete"]:
        from shopcare.cli.complete import run as run_complete

        code = run_complete(arguments[1:])
    else:
        code = _run(arguments)
    _leave(code)


def _run(arguments: list[str]) -> int:
    try:
        from shopcare.cli.app import run

        return run(arguments)
    except KeyboardInterrupt:  # before the command itself could see it
        sys.stderr.write("\n")
        return EXIT_INTERRUPTED


def _version() -> int:
    from shopcare import __version__

    try:
        sys.stdout.write(f"shopcare {__version__}\n")
    except OSError as problem:
        from shopcare.cli.streams import closed

        return closed(problem)
    return 0


def _leave(code: int) -> None:
    if os.environ.get("SHOPCARE_PLAIN_EXIT"):
        sys.exit(code)
    from shopcare.cli.streams import flush

    os._exit(flush(code))


if __name__ == "__main__":
    main()
