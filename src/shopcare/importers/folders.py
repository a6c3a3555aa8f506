"""Names given to an import → files: a folder stands for the exports in it, a pattern for the files it fits."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from pathlib import Path

ENDINGS = frozenset({".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods", ".xml", ".gz", ".zip"})
#: Beginnings of names that are no exports: hidden files, and the locks spreadsheet programs put beside an open workbook.
NOT_EXPORTS = (".", "~$")


def expanded(names: Sequence[str]) -> Iterator[str]:
    """The files meant, in the order given, those of a folder or pattern by name. Folders in folders are left alone.

    A name that stands for no file at all is given as it is, for whoever opens it to say so.
    """
    for name in names:
        yield from _files(name) or (name,)


def printable(name: str) -> str:
    """A file's name as people read it: bytes that are not UTF-8 are taken for GBK, which Chinese Windows packs names in."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return name.encode("utf-8", "surrogateescape").decode("gb18030", "replace")
    return name


def _files(name: str) -> list[str]:
    path = Path(name)
    try:
        if name not in ("", "-") and path.is_dir():
            return sorted(str(file) for file in path.iterdir() if _is_export(file))
        if glob.has_magic(name) and not path.exists():
            return sorted(found for found in glob.glob(name) if Path(found).is_file())  # noqa: PTH207 - patterns may be absolute
    except (OSError, ValueError):  # no permission; a NUL in the name
        return []
    return []


def _is_export(file: Path) -> bool:
    return file.suffix.lower() in ENDINGS and not file.name.startswith(NOT_EXPORTS) and file.is_file()
