"""Workbooks (xlsx, xlsm, xlsb, xls): told by their bytes, read by python-calamine in a process of its own.

The process has a limit of memory and of time. A damaged or hostile workbook can bring down a reader written in another
language (a cell at the far corner of the sheet asks for hundreds of gigabytes), and then only that process is gone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import shopcare
from shopcare.importers.containers.archive import DAMAGE
from shopcare.importers.containers.spool import Spool, unpacked_most
from shopcare.importers.refusals import BinaryError, CorruptFileError, EncryptedError, TooLargeError, UnreadableError

OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SECONDS_MOST = 300
MEMORY_BYTES_MOST = 4 << 30
#: Of that, what every workbook may take, and how much more for each byte it has unpacked.
MEMORY_BYTES_BASE, MEMORY_FOR_BYTE = 1 << 30, 16
TABLES_BYTES_MOST = 2 << 30
#: The largest workbook that is looked at.
WORKBOOK_BYTES_MOST = 512 << 20
_LOOK_BYTES = 1 << 20

Opener = Callable[[], IO[bytes]]


@dataclass(frozen=True, slots=True)
class Table:
    """A visible sheet as UTF-8 CSV in a spool: one record per sheet row, blank rows too, so that a record's number is its
    row's. `is_1904`: its days are counted from 1904, those that are no more than numbers too.
    """

    sheet: str
    spool: Spool
    start: int
    end: int
    is_1904: bool = False


def zip_kind(name: str, opener: Opener, members: Sequence[zipfile.ZipInfo]) -> str:
    """Which kind of workbook a zip file with these members is; empty for none.

    Raises:
        EncryptedError, BinaryError, CorruptFileError.
    """
    names = {info.filename for info in members}
    if "[Content_Types].xml" in names:
        if not any(each.startswith("xl/") for each in names):
            raise BinaryError(file=name, what="a document that is no workbook")
        return "xlsb" if "xl/workbook.bin" in names else "xlsx"
    if "Index/Document.iwa" in names or "Index.zip" in names:
        raise BinaryError(file=name, what="an Apple Numbers document")
    if "mimetype" not in names or not names & {"content.xml", "encrypted-package"}:
        return ""
    if "encrypted-package" in names or b"encryption-data" in _member(name, opener, "META-INF/manifest.xml"):
        raise EncryptedError(file=name)
    if b"spreadsheet" not in _member(name, opener, "mimetype"):
        raise BinaryError(file=name, what="a document that is no workbook")
    return "ods"


def _member(name: str, opener: Opener, member: str) -> bytes:
    """The beginning of a member; empty if there is none."""
    try:
        with opener() as file, zipfile.ZipFile(file) as archive, archive.open(member) as stream:
            return stream.read(_LOOK_BYTES)
    except KeyError:
        return b""
    except RuntimeError as problem:  # the member itself is encrypted
        raise EncryptedError(file=name) from problem
    except (*DAMAGE, NotImplementedError) as problem:
        raise CorruptFileError(file=name, what="workbook") from problem


def ole2_kind(name: str, opener: Opener) -> str:
    """The kind of an OLE2 file: `xls`.

    Raises:
        EncryptedError: a newer workbook inside, locked with a password.
        BinaryError: another program's document.
    """
    encrypted, books = (
        "EncryptedPackage".encode("utf-16-le"),
        ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le")),
    )
    found, rest = False, b""
    with opener() as file:
        while block := file.read(_LOOK_BYTES):
            window = rest + block
            if encrypted in window:
                raise EncryptedError(file=name)
            found = found or any(book in window for book in books)
            rest = window[-len(encrypted) :]
    if not found:
        raise BinaryError(file=name, what="another program's document")
    return "xls"


def tables(name: str, opener: Opener, size: int, unpacked: int) -> list[Table]:
    """The visible sheets of a workbook, in its order. `size` are its bytes, `unpacked` those its members have.

    Raises:
        CorruptFileError, EncryptedError, TooLargeError, UnreadableError.
    """
    if size > WORKBOOK_BYTES_MOST:
        raise TooLargeError(file=name, limit=WORKBOOK_BYTES_MOST >> 20)
    spool, most = Spool(), unpacked_most(size, TABLES_BYTES_MOST)
    with opener() as file:
        done = _convert(name, file, spool, _memory_limit(unpacked), most)
    last = done.stderr.rstrip().rpartition(b"\n")[2]
    try:
        answer = json.loads(last)
        if "sheets" in answer:
            return [Table(sheet, spool, start, end, answer["is_1904"]) for sheet, start, end in answer["sheets"]]
        problem = answer["problem"]
    except (ValueError, TypeError, KeyError):
        problem = "too-large" if b"memory allocation" in done.stderr or done.returncode in _KILLED else "corrupt"
    raise _refusal(name, str(problem), most)


#: Ends by the limits of time and memory (SIGXCPU, SIGKILL).
_KILLED = (-24, -9)


def _refusal(name: str, problem: str, most: int) -> Exception:
    if problem == "encrypted":
        return EncryptedError(file=name)
    if problem == "too-large":
        return TooLargeError(file=name, limit=most >> 20)
    return CorruptFileError(file=name, what="workbook")


#: This very package, wherever it is; then MEMORY SECONDS BYTES.
_PROGRAM = """import sys; sys.path.insert(0, sys.argv.pop(1))
from shopcare.importers.containers.workbook_process import main; main()"""


def _convert(name: str, file: IO[bytes], spool: Spool, memory: int, most: int) -> subprocess.CompletedProcess[bytes]:
    """Run the reader: workbook on its standard input, tables on its output, its answer as the last line of its errors."""
    limits = (str(memory), str(SECONDS_MOST), str(most))
    try:
        return subprocess.run(  # noqa: S603 - our own script, arguments of our own
            [sys.executable, "-P", "-c", _PROGRAM, str(Path(shopcare.__file__).parents[1]), *limits],
            stdin=_at_its_start(file), stdout=spool.fileno(), stderr=subprocess.PIPE, check=False,
            timeout=SECONDS_MOST * 2,
        )  # fmt: skip
    except subprocess.TimeoutExpired as problem:
        raise TooLargeError(file=name, limit=most >> 20) from problem
    except OSError as problem:
        raise UnreadableError(file=name, problem=problem.strerror or str(problem), missing=False) from problem


def _at_its_start(file: IO[bytes]) -> int:
    """The descriptor of a file just opened."""
    os.lseek(file.fileno(), 0, os.SEEK_SET)
    return file.fileno()


def _memory_limit(unpacked: int) -> int:
    """The address space a workbook may take: what its bytes can need, of the machine's memory three quarters at most.

    A small workbook that asks for gigabytes is no export; it is stopped before it has them.
    """
    most = min(MEMORY_BYTES_MOST, MEMORY_BYTES_BASE + MEMORY_FOR_BYTE * unpacked)
    try:
        machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return most
    return min(most, machine // 4 * 3)
