"""Where a report goes and in which form; writing files whole or not at all."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from shopcare.cli.context import BOOKED, chosen, use_color
from shopcare.cli.streams import StdoutClosed
from shopcare.domain.report import Block, Message, Report
from shopcare.errors import OutputNotWritable, ShopcareError, UsageError
from shopcare.i18n import N_
from shopcare.render.formats import ENDINGS, FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterable


#: How every SQLite file begins.
DATABASE = b"SQLite format 3\0"
ENDING_UNKNOWN = N_("There is no form for files ending in {ending}; known are {endings}. Name one with --format.")


class FieldUnknown(ShopcareError):
    """--fields names a column the list does not have: exit 2."""

    code, exit_code = "usage.field", 2
    sentence = "There is no column '{field}'."
    hint = "Columns: {columns}."


def emit(
    report: Report, fmt: str | None = None, as_json: bool = False, fields: str | None = None, output: str | None = None
) -> None:
    """Print a report in the form asked for, to stdout or a file.

    Raises:
        UsageError, FieldUnknown: the options do not fit together or the report.
        OutputNotWritable: the file cannot be written.
    """
    form = choose_format(fmt, as_json, output)
    if fields:
        report = with_fields(report, _names(fields))
    if output and output != "-":
        with whole_file(Path(output)) as file:
            _write(report, form, file, color=False)
        return
    _write(report, form, sys.stdout, color=use_color(sys.stdout))


def emit_written(
    call: Callable[[bool], Report],
    dry_run: bool,
    fmt: str | None = None,
    as_json: bool = False,
    fields: str | None = None,
    output: str | None = None,
) -> None:
    """Run a writing command and print what it did; `call` takes whether it is a dry run.

    Nothing may be booked by a line that is then refused, so --fields is first held against a dry run; the other output
    options were checked by `ready` before.
    """
    if fields and not dry_run:
        with_fields(call(True), _names(fields))
    report = call(dry_run)
    chosen.changed = "" if dry_run else BOOKED
    if dry_run:
        report = report._replace(warnings=[*report.warnings, Message(N_("Dry run: nothing was written."))])
    emit(report, fmt, as_json, fields, output)


def ready(params: Mapping[str, Any]) -> None:
    """Check the output options of a command before it does anything.

    Raises:
        UsageError: they contradict each other, or name a form there is none of.
        OutputNotWritable: the place of --output cannot be written.
    """
    if "fmt" not in params:
        return
    output = params.get("output")
    choose_format(params["fmt"], params.get("as_json", False), output)
    if output and output != "-":
        check_place(Path(output))


def check_place(path: Path) -> None:
    """Refuse a place where a file cannot appear, before the work whose result it is to hold.

    Raises:
        OutputNotWritable: a folder, a missing folder, no permission, a database.
    """
    if path.is_dir():
        raise OutputNotWritable(target=str(path), problem=N_("it is a folder"))
    if not path.parent.is_dir():
        raise OutputNotWritable(target=str(path), problem=N_("there is no such folder"))
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise OutputNotWritable(target=str(path), problem=N_("permission denied"))
    if _is_database(path):  # the store, most likely, which is backed up but not replaced by a list of itself
        raise OutputNotWritable(target=str(path), problem=N_("it is a database"))


def _is_database(path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return file.read(len(DATABASE)) == DATABASE
    except OSError:
        return False


def _names(fields: str) -> list[str]:
    return [name.strip() for name in fields.split(",") if name.strip()]


def choose_format(fmt: str | None, as_json: bool, output: str | None) -> str:
    """The form: --json or --format, else the ending of --output, else table on a terminal and tsv in a pipe."""
    if as_json and fmt not in (None, "json"):
        raise UsageError(problem="--json and --format {form} contradict each other.", form=fmt)
    if as_json:
        return "json"
    if fmt:
        if fmt not in FORMATS:
            from shopcare.cli.context import CHOICES

            raise UsageError(problem=CHOICES, option="--format", choices=", ".join(FORMATS), given=fmt)
        return fmt
    if output and output != "-":
        ending = Path(output).suffix.lower()
        if ending not in ENDINGS and Path(output).is_file() | (not Path(output).exists()) and ending:
            raise UsageError(problem=ENDING_UNKNOWN, ending=ending, endings=" ".join(ENDINGS))
        return ENDINGS.get(ending, "table")
    return "table" if sys.stdout.isatty() or chosen.for_people else "tsv"


def with_fields(report: Report, names: list[str]) -> Report:
    """The report with only these columns, in this order; blocks that have none of them are left out."""
    keys = {column.key for block in report.blocks for column in block.columns}
    known = keys | {column.name for block in report.blocks for column in block.columns}
    for name in names:
        if name not in known:
            raise FieldUnknown(field=name, columns=", ".join(sorted(keys)))
    return report._replace(blocks=[picked for block in report.blocks if (picked := _pick(block, names))])


def _pick(block: Block, names: list[str]) -> Block | None:
    """The block with its columns reordered; its currency column stays, unseen, for the amounts of its rows."""
    place = {column.name: index for index, column in enumerate(block.columns)}
    place |= {column.key: index for index, column in enumerate(block.columns)}
    wanted = [place[name] for name in names if name in place]
    if not wanted:
        return None
    unseen = "currency" in place and "currency" not in names
    wanted += [place["currency"]] if unseen else []
    columns = tuple(block.columns[index] for index in wanted)
    rows = [tuple(row[index] for index in wanted) for row in block.rows]
    hidden = frozenset({"currency"} if unseen else ())
    return block._replace(columns=columns, rows=rows, hidden=hidden, aside=frozenset())


def pieces(report: Report, form: str) -> Iterable[str]:
    """The text of a report in a form for programs or Markdown."""
    from shopcare.render import machine

    if form == "md":
        from shopcare.render.markdown import md_text

        return md_text(report)
    makers = {"json": machine.json_text, "jsonl": machine.jsonl_text, "tsv": machine.tsv_text, "csv": machine.csv_text}
    return makers[form](report)


def _write(report: Report, form: str, file: IO[str], *, color: bool) -> None:
    if form == "table":
        from shopcare.render.table import table_text

        write_to(file, table_text(report, width=_width(), color=color))
        return
    for piece in pieces(report, form):
        write_to(file, piece)
    _warn(report)


def _width() -> int:
    """COLUMNS or the terminal's width; 100 where there is neither."""
    import shutil

    return shutil.get_terminal_size((100, 24)).columns


def write_to(file: IO[str], text: str, *, at_once: bool = False) -> None:
    """Write; what stdout refuses becomes `StdoutClosed`, because the parser treats a broken pipe in its own way.

    `at_once`: before anything else is written elsewhere.
    """
    try:
        file.write(text)
        if at_once:
            file.flush()
    except OSError as problem:
        if file is sys.stdout:
            raise StdoutClosed(problem) from problem
        raise


def _warn(report: Report) -> None:
    """Warnings go to people as well when the data goes to a program."""
    from shopcare.i18n import _
    from shopcare.render.text import neutral

    for warning in report.warnings:
        sys.stderr.write(neutral(_(warning.text).format_map(warning.values)) + "\n")


@contextlib.contextmanager
def whole_file(path: Path, *, encoding: str = "utf-8") -> Iterator[IO[str]]:
    """A text file that appears under its name only when it is complete.

    A link is followed, and what is no regular file (a device, a pipe) is written through: only files are replaced.

    Raises:
        OutputNotWritable: no folder, no permission, no space.
    """
    try:
        special = path.exists() and not path.is_file()
        with _through(path, encoding) if special else _replacing(path.resolve(), encoding) as file:
            yield file
    except OSError as problem:
        raise OutputNotWritable(target=str(path), problem=problem.strerror or str(problem)) from problem


@contextlib.contextmanager
def _through(path: Path, encoding: str) -> Iterator[IO[str]]:
    with path.open("w", encoding=encoding, newline="") as file:
        yield file


@contextlib.contextmanager
def _replacing(path: Path, encoding: str) -> Iterator[IO[str]]:
    import tempfile

    handle, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding=encoding, newline="") as file:
            yield file
        Path(draft).chmod(_mode(path))
        Path(draft).replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            Path(draft).unlink()


def _mode(path: Path) -> int:
    """The permissions of the file that is replaced, else what the user's mask leaves of a new one."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0o077)
    os.umask(mask)
    return 0o666 & ~mask
