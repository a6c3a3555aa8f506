"""Compressed files: the one export in a zip or gzip file, unpacked into an anonymous temporary file.

Member names are shown to people and never used as paths.
"""

from __future__ import annotations

import gzip
import lzma
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import IO

from shopcare.importers.containers.spool import BLOCK_BYTES, UNPACKED_BYTES_MOST, Spool, spooled, unpacked_most
from shopcare.importers.refusals import (
    AmbiguousArchiveError,
    ArchiveError,
    CorruptFileError,
    EmptyFileError,
    EncryptedError,
    TooLargeError,
)

#: Members an archive or workbook may have; more is no export.
MEMBERS_MOST = 10_000
#: Members named when several could be meant.
NAMED = 5
ENDINGS = frozenset(
    [
        ".csv",
        ".tsv",
        ".txt",
        ".xlsx",
        ".xlsm",
        ".xlsb",
        ".xls",
        ".ods",
        ".xml",
        ".gz",
        ".zip",
        ".7z",
        ".rar",
        ".bz2",
        ".xz",
    ]
)
FURNITURE = frozenset({"thumbs.db", "desktop.ini"})
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1

#: What unpacking damaged or odd bytes raises: the library's own errors, and those of the codecs below it.
DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, KeyError, IndexError, OverflowError,
          struct.error)  # fmt: skip

Opener = Callable[[], IO[bytes]]


def members(name: str, opener: Opener) -> list[zipfile.ZipInfo]:
    """The list of members of a zip file, within the limits; nothing is unpacked.

    Raises:
        CorruptFileError, TooLargeError.
    """
    try:
        with opener() as file, zipfile.ZipFile(file) as archive:
            found = [info for info in archive.infolist() if info.filename and not info.is_dir()]
    except (*DAMAGE, NotImplementedError, RuntimeError) as problem:
        raise CorruptFileError(file=name, what="workbook or archive") from problem
    if len(found) > MEMBERS_MOST:
        raise TooLargeError(file=name, limit=UNPACKED_BYTES_MOST >> 20)
    unpacked, packed = sum(info.file_size for info in found), sum(info.compress_size for info in found)
    most = unpacked_most(packed)
    if unpacked > most:
        raise TooLargeError(file=name, limit=most >> 20)
    return found


def only_member(name: str, opener: Opener, found: list[zipfile.ZipInfo]) -> tuple[str, Spool]:
    """The one export in a zip file: its name in there, and its bytes.

    Raises:
        AmbiguousArchiveError, EmptyFileError, EncryptedError, CorruptFileError, TooLargeError, ArchiveError.
    """
    usable = _usable(found)
    if not usable:
        raise EmptyFileError(file=name)
    if len(usable) > 1:
        names = ", ".join(shown(info) for info in usable[:NAMED]) + (", …" if len(usable) > NAMED else "")
        raise AmbiguousArchiveError(file=name, count=len(usable), members=names)
    member = usable[0]
    if member.flag_bits & _ENCRYPTED:
        raise EncryptedError(file=f"{name} › {shown(member)}")
    try:
        return shown(member), spooled(name, _unpacked(opener, member), packed_bytes=member.compress_size)
    except NotImplementedError as problem:  # a compression method or zip version the standard library does not have
        raise ArchiveError(file=name) from problem
    except (*DAMAGE, RuntimeError) as problem:
        raise CorruptFileError(file=name, what="archive") from problem


def _usable(found: list[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    """The members that could be the export: those of a known ending, else all that are no furniture."""
    real = [info for info in found if not _is_furniture(info.filename) and not _is_link(info)]
    known = [info for info in real if PurePosixPath(info.filename).suffix.lower() in ENDINGS]
    return known or real


def _is_link(info: zipfile.ZipInfo) -> bool:
    """Whether a member is a symbolic link: what it holds is a name, and that is not followed."""
    return stat.S_ISLNK(info.external_attr >> 16)


def _is_furniture(member: str) -> bool:
    parts = member.replace("\\", "/").split("/")
    return "__MACOSX" in parts or parts[-1].startswith(".") or parts[-1].lower() in FURNITURE


def shown(info: zipfile.ZipInfo) -> str:
    """A member's name for people; Chinese Windows writes it in GBK without saying so."""
    if info.flag_bits & _UTF8_NAME:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return info.filename


def _unpacked(opener: Opener, member: zipfile.ZipInfo) -> Iterator[bytes]:
    with opener() as file, zipfile.ZipFile(file) as archive, archive.open(member) as stream:
        while block := stream.read(BLOCK_BYTES):
            yield block


def gunzipped(name: str, opener: Opener, packed_bytes: int) -> Spool:
    """The contents of a gzip file.

    Raises:
        CorruptFileError, TooLargeError.
    """
    try:
        return spooled(name, _gunzip(opener), packed_bytes=packed_bytes)
    except DAMAGE as problem:
        raise CorruptFileError(file=name, what="archive") from problem


def _gunzip(opener: Opener) -> Iterator[bytes]:
    with opener() as file, gzip.GzipFile(fileobj=file) as stream:
        while block := stream.read(BLOCK_BYTES):
            yield block
