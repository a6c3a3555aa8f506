"""Damaged containers of every kind, under their own and under wrong names: taken whole or refused, never half and never endless."""

from __future__ import annotations

import gzip
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import binary_books
import export_books as books
from importers.test_arrival import store
from importers.test_robustness import outcome_is_whole
from shopcare.services.file_imports import Options, import_files
from shopcare.services.order_imports import ORDERS

HERE = Path(__file__).parent
ROWS = [books.HEADER, *((f"N{n}", "2026-08-01", f"{n}.50") for n in range(40))]
WHOLE = [
    books.xlsx({"Sheet1": ROWS, "Other": books.TWO_ORDERS}),
    books.ods(ROWS),
    books.excel_xml(ROWS),
    books.zipped({"orders.csv": books.csv_text(ROWS)}),
    gzip.compress(books.csv_text(ROWS), mtime=0),
    binary_books.xls({"Sheet1": ROWS}),
    binary_books.xlsb({"Sheet1": ROWS}),
    *(path.read_bytes() for path in sorted(HERE.glob("*/*.xls*")) if not path.name.endswith(".json")),
]
NAMES = ["a.csv", "a.xlsx", "a.xls", "a.xlsb", "a.ods", "a.zip", "a.gz", "a.xml", "a"]


def cut(content: bytes, place: int, _other: bytes, _size: int) -> bytes:
    """The beginning only."""
    return content[: place % (len(content) + 1)]


def flipped(content: bytes, place: int, _other: bytes, size: int) -> bytes:
    """One bit is another."""
    changed = bytearray(content)
    changed[place % len(content)] ^= 1 << size % 8
    return bytes(changed)


def spliced(content: bytes, place: int, other: bytes, size: int) -> bytes:
    """The beginning of one file, then the end of another."""
    return content[: place % (len(content) + 1)] + other[size % (len(other) + 1) :]


def stamped(content: bytes, place: int, other: bytes, size: int) -> bytes:
    """Some bytes of another file over its own."""
    at = place % (len(content) + 1)
    piece = other[size % (len(other) + 1) :][: size % 64]
    return content[:at] + piece + content[at + len(piece) :]


def doubled(content: bytes, place: int, _other: bytes, size: int) -> bytes:
    """A piece twice."""
    at = place % (len(content) + 1)
    return content[:at] + content[max(0, at - size % 256) : at] + content[at:]


@settings(max_examples=80, deadline=30_000)
@given(
    st.sampled_from([cut, flipped, spliced, stamped, doubled]),
    st.sampled_from(WHOLE),
    st.sampled_from(WHOLE),
    st.integers(0, 1 << 20),
    st.integers(0, 1 << 20),
    st.sampled_from(NAMES),
)
def test_a_damaged_container_is_taken_whole_or_refused(
    damage: object, content: bytes, other: bytes, place: int, size: int, name: str
) -> None:
    """Refused with a sentence and nothing stored, or a batch whose counts are what is stored."""
    with tempfile.TemporaryDirectory() as folder:
        (file := Path(folder) / name).write_bytes(damage(content, place, other, size))  # type: ignore[operator]
        outcome_is_whole(store(Path(folder)), file)


@settings(max_examples=60, deadline=30_000)
@given(st.sampled_from(["xlsx", "ods", "xml"]), st.integers(0, 1 << 20), st.binary(max_size=12), st.integers(0, 30))
def test_damage_below_the_packing_is_taken_whole_or_refused(
    kind: str, place: int, inserted: bytes, removed: int
) -> None:
    """The XML of a sheet with bytes removed and inserted, packed without any fault: what no check of a zip notices."""
    sheet = books.sheet_xml(ROWS).encode() if kind == "xlsx" else books.excel_xml(ROWS)
    at = place % (len(sheet) + 1)
    text = (sheet[:at] + inserted + sheet[at + removed :]).decode("latin-1")
    if kind == "xlsx":
        content = books.xlsx({"Sheet1": text})
    elif kind == "ods":
        content = books.ods_of(text)
    else:
        content = text.encode("latin-1")
    with tempfile.TemporaryDirectory() as folder:
        (file := Path(folder) / f"a.{kind}").write_bytes(content)
        outcome_is_whole(store(Path(folder)), file)


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        (r'ref="A1:A1"', 'ref="A1:"'),
        (r'ref="A1:A1"', 'ref=""'),
        (r'ref="A1:A1"', 'ref="A1:XFD1048576"'),
        (r'<row r="[0-9]+"', "<row"),
        (r'<row r="[0-9]+"', '<row r=""'),
        (r'<row r="([0-9]+)"', r'<row r="-\1"'),
        (r'<row r="([0-9]+)"', r'<row r="x\1" spans=""'),
    ],
)
def test_what_a_sheet_misstates_of_itself_does_not_matter(tmp_path: Path, was: str, becomes: str) -> None:
    """TikTok's workbooks have a wrong size or broken numbers of rows; where each cell stands is enough."""
    sheet = re.sub(was, becomes, books.sheet_xml(ROWS))
    (file := tmp_path / "a.xlsx").write_bytes(books.xlsx({"Sheet1": sheet}))
    (result,) = import_files(store(tmp_path), [str(file)], Options(), ORDERS).files
    assert (result.error, result.outcome.new, result.tally.rejected) == (None, 40, [])


def test_a_sheet_that_is_cut_off_stays_damaged(tmp_path: Path) -> None:
    """What is left of it is not taken for all of it."""
    sheet = books.sheet_xml(ROWS)
    (file := tmp_path / "a.xlsx").write_bytes(books.xlsx({"Sheet1": sheet[: len(sheet) // 2]}))
    (result,) = import_files(store(tmp_path), [str(file)], Options(), ORDERS).files
    assert result.error is not None
    assert result.error.code == "import.corrupt-file"
