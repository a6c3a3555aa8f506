"""What exports come packed in: workbooks, archives, compressed files, folders, standard input; and what is refused."""

from __future__ import annotations

import gzip
import io
import os
import sqlite3
import stat
import struct
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

import export_books as books
import shopcare
from export_books import HEADER, TWO_ORDERS
from shopcare.importers.containers import archive, spool, workbook
from shopcare.importers.containers.workbook_process import moment, number
from shopcare.importers.result import FileResult
from shopcare.services.context import Context
from shopcare.services.file_imports import Options, import_files
from shopcare.services.order_imports import ORDERS

Take = Callable[[str, bytes], FileResult]


@pytest.fixture
def take(ctx: Context, tmp_path: Path) -> Take:
    """Import these bytes under this name."""

    def call(name: str, content: bytes) -> FileResult:
        (file := tmp_path / name).write_bytes(content)
        return import_files(ctx, [str(file)], Options(), ORDERS).files[0]

    return call


def refusal(result: FileResult) -> str:
    """Why a file was refused."""
    assert result.error is not None
    return result.error.code.removeprefix("import.")


def paid(ctx: Context) -> dict[str, int]:
    """Orders and what was paid, in minor units."""
    with closing(sqlite3.connect(ctx.store)) as conn:
        return dict(conn.execute("SELECT number, paid_minor FROM orders"))


PACKED = {
    "a.xlsx": books.xlsx({"Sheet1": TWO_ORDERS}),
    "a.ods": books.ods(TWO_ORDERS),
    "a.xml": books.excel_xml(TWO_ORDERS),
    "renamed.xls": books.excel_xml(TWO_ORDERS),
    "renamed.csv": books.xlsx({"Sheet1": TWO_ORDERS}),
    "a.csv.gz": gzip.compress(books.csv_text()),
    "a.xlsx.gz": gzip.compress(books.xlsx({"Sheet1": TWO_ORDERS})),
    "a.zip": books.zipped({
        "deep/folder/orders.csv": books.csv_text(), "__MACOSX/deep/._orders.csv": b"x", "deep/.DS_Store": b"y",
    }),
    "b.zip": books.zipped({"../../etc/orders.csv": books.csv_text()}),
    "c.zip": books.zipped({"orders.xlsx": books.xlsx({"Sheet1": TWO_ORDERS}), "logo.png": b"z"}),
}  # fmt: skip


@pytest.mark.parametrize("name", PACKED)
def test_the_same_orders_in_whatever_they_come(name: str, take: Take, ctx: Context) -> None:
    """Every container gives the orders of the plain CSV, and the same file again changes nothing."""
    assert take(name, PACKED[name]).error is None
    assert paid(ctx) == {"N1": 1000, "N2": 1250}
    again = take(name, PACKED[name])
    assert (again.outcome.new, again.outcome.changed, again.batch) == (0, 0, 1)
    plain = take("plain.csv", books.csv_text())
    assert (plain.outcome.new, plain.outcome.changed) == (0, 0)


def bomb() -> bytes:
    """A zip of a kilobyte or so that becomes 600 MB."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made,
        made.open("orders.csv", "w", force_zip64=True) as file,
    ):
        for _ in range(600):
            file.write(bytes(1 << 20))
    return buffer.getvalue()


def lying_bomb() -> bytes:
    """The same, declaring that it has ten bytes."""
    content = bytearray(bomb())
    place = content.rindex(b"PK\x01\x02")
    content[place + 24 : place + 28] = struct.pack("<I", 10)
    return bytes(content)


def locked_zip() -> bytes:
    """A zip whose member says that it is encrypted."""
    content = bytearray(books.zipped({"orders.csv": books.csv_text()}))
    content[6] |= 1
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


CORNER = f'<worksheet xmlns="{books.MAIN}"><sheetData><row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c \
r="XFD1048576"><v>2</v></c></row></sheetData></worksheet>'
REPEATED = '<table:table-row table:number-rows-repeated="1048576"><table:table-cell office:value-type="string" \
table:number-columns-repeated="16384"><text:p>x</text:p></table:table-cell></table:table-row>'
ENTITY = '<!DOCTYPE Workbook [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
OUTSIDE = '<!DOCTYPE Workbook [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


def linked_zip(**further: bytes) -> bytes:
    """A zip with a symbolic link to a file of this machine."""
    link = zipfile.ZipInfo("orders.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr(link, "/etc/passwd")
        for name, content in further.items():
            made.writestr(name, content)
    return buffer.getvalue()


def tarred() -> bytes:
    """A tar file with one export."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as made:
        made.addfile(about := tarfile.TarInfo("orders.csv"), io.BytesIO(books.csv_text()))
        assert about.isfile()
    return buffer.getvalue()


PAGE = "<table><tr><td>order_id</td></tr></table><table><tr><td>N1</td></tr></table>"
WEB_ARCHIVE = (
    'MIME-Version: 1.0\r\nX-Document-Type: Workbook\r\nContent-Type: multipart/related; boundary="----=_Next"\r\n\r\n'
    f"------=_Next\r\nContent-Type: text/html\r\n\r\n<html>{PAGE}</html>\r\n------=_Next--\r\n"
)


def nameless_zip(content: bytes) -> bytes:
    """A zip whose directory says that its first member has no name."""
    damaged = bytearray(content)
    place = damaged.index(b"PK\x01\x02")
    length = struct.unpack_from("<H", damaged, place + 28)[0]
    damaged[place + 28 : place + 30] = b"\0\0"
    damaged[place + 32 : place + 34] = struct.pack("<H", length)  # its name becomes its comment
    return bytes(damaged)


REFUSED = {
    "nameless.zip": (nameless_zip(books.zipped({"a.csv": books.csv_text()})), "empty-file"),
    "link.zip": (linked_zip(), "empty-file"),
    "sheet.tar": (tarred(), "archive"),
    "sheet.tgz": (gzip.compress(tarred()), "archive"),
    "mac.numbers": (books.zipped({"Index/Document.iwa": b"x", "Metadata/Properties.plist": b"y"}), "binary"),
    "tables.xls": (f"<html>{PAGE}</html>".encode(), "html-or-xml"),
    "commented.xls": (f"\ufeff\r\n <!-- made by x -->\n{PAGE}".encode(), "html-or-xml"),
    "styled.xls": (f"<style>td {{}}</style>{PAGE}".encode("utf-16"), "html-or-xml"),
    "rows.xls": (b"<tr><td>order_id</td></tr>", "html-or-xml"),
    "login.csv": (b"<script>location='/login'</script>", "html-or-xml"),
    "archive.mht": (WEB_ARCHIVE.encode(), "html-or-xml"),
    "saved.xls": (b"From: <Saved by a browser>\r\nSubject: x\r\n" + WEB_ARCHIVE.encode(), "html-or-xml"),
    "two.zip": (books.zipped({"a.csv": books.csv_text(), "b.csv": books.csv_text()}), "ambiguous-archive"),
    "none.zip": (books.zipped({".DS_Store": b"x"}), "empty-file"),
    "nested.zip": (books.zipped({"a.zip": books.zipped({"a.csv": books.csv_text()})}), "archive"),
    "nested.gz": (gzip.compress(gzip.compress(books.csv_text())), "archive"),
    "nested.zip.gz": (gzip.compress(books.zipped({"a.csv": books.csv_text()})), "archive"),
    "many.zip": (books.zipped({f"{n}.csv": b"" for n in range(archive.MEMBERS_MOST + 1)}), "too-large"),
    "bomb.zip": (bomb(), "too-large"),
    "lying.zip": (lying_bomb(), "corrupt-file"),
    "bomb.gz": (gzip.compress(bytes(200 << 20)), "too-large"),
    "cut.gz": (gzip.compress(books.csv_text() * 100)[:-20], "corrupt-file"),
    "cut.zip": (books.zipped({"a.csv": books.csv_text()})[:-30], "corrupt-file"),
    "cut.ods": (books.ods(TWO_ORDERS)[:-30], "corrupt-file"),
    "locked.zip": (locked_zip(), "encrypted"),
    "locked.ods": (books.ods(TWO_ORDERS, '<manifest:encryption-data/>'), "encrypted"),
    "corner.xlsx": (books.xlsx({"Sheet1": CORNER}), "too-large"),
    "repeated.ods": (books.ods_of(REPEATED), "too-large"),
    "broken.xlsx": (books.xlsx({"Sheet1": "<worksheet><sheetData><row"}), "corrupt-file"),
    "letter.docx": (books.zipped({"[Content_Types].xml": "<Types/>", "word/document.xml": "<w/>"}), "binary"),
    "entity.xml": (books.excel_xml(TWO_ORDERS, ENTITY), "html-or-xml"),
    "outside.xml": (books.excel_xml(TWO_ORDERS, OUTSIDE), "html-or-xml"),
    "cut.xml": (books.excel_xml(TWO_ORDERS)[:-30], "corrupt-file"),
    "page.xls": (b"<html><table><tr><td>order_id</td></tr></table></html>", "html-or-xml"),
    "other.doc": (workbook.OLE2 + bytes(2000), "binary"),
    "broken.xls": (workbook.OLE2 + bytes(600) + "Workbook".encode("utf-16-le") + bytes(2000), "corrupt-file"),
    "blank.xlsx": (books.xlsx({"Sheet1": ()}), "empty-file"),
    "hidden.xlsx": (books.xlsx({"Sheet1": TWO_ORDERS, "Note": [("nothing", "here")]}, hidden=["Sheet1"]), "unknown-format"),
    "seven.7z": (b"7z\xbc\xaf\x27\x1c" + bytes(50), "archive"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_named_and_leaves_nothing(
    name: str, take: Take, ctx: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every refusal has its kind, nothing of the file is stored, and no temporary file stays."""
    content, kind = REFUSED[name]
    (folder := tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    assert refusal(take(name, content)) == kind
    assert paid(ctx) == {}
    assert list(folder.iterdir()) == []


def test_a_link_in_an_archive_is_not_followed_and_not_counted(take: Take, ctx: Context) -> None:
    """The other file is the export; nothing of the link's target is read."""
    assert take("a.zip", linked_zip(real=books.csv_text())).error is None
    assert paid(ctx) == {"N1": 1000, "N2": 1250}


@pytest.mark.parametrize("first", ["PK", "PKG no"])
def test_a_header_may_begin_like_an_archive(first: str, take: Take, ctx: Context) -> None:
    """Two letters are no signature."""
    text = books.csv_text().decode().replace("order_id", f"{first},order_id").replace("\nN", "\nx,N")
    assert take("a.csv", text.encode()).error is None
    assert paid(ctx) == {"N1": 1000, "N2": 1250}


def test_an_ambiguous_archive_names_its_files_as_people_know_them(take: Take) -> None:
    """Names written in GBK by Chinese Windows are shown readable."""
    content = books.zipped({"aaaa.csv": b"1", "b.csv": b"2"}).replace(b"aaaa.csv", "订单".encode("gbk") + b".csv")
    result = take("two.zip", content)
    assert result.error is not None
    assert result.error.context["members"] == "订单.csv, b.csv"


def test_visible_sheets_are_searched(take: Take, ctx: Context) -> None:
    """Notes and a hidden sheet stand before the orders; line numbers are the sheet's rows; blank rows count."""
    sheets = {
        "Notes": [("made by hand",)],
        "Old": TWO_ORDERS,
        "New": [("title",), (), HEADER, (), ("N9", "2026-08-01", "bad")],
    }
    result = take("a.xlsx", books.xlsx(sheets, hidden=["Old"]))
    assert (result.sheet, result.header_line) == ("New", 3)
    assert [(bad.line, bad.code) for bad in result.tally.rejected] == [(5, "bad-amount")]
    assert paid(ctx) == {}


def test_numbers_dates_and_errors_of_cells(take: Take, ctx: Context) -> None:
    """Floats keep their digits, long numbers are no ids, an error is no blank, 1900 and 1904 both count from their day."""
    serial = (datetime(2026, 8, 1, 12) - datetime(1899, 12, 30)).total_seconds() / 86400  # noqa: DTZ001
    rows = [
        HEADER, (123456789012345.0, "2026-08-01", 32.9), (9900000000000000001.0, "2026-08-01", 1.0),
        ("E", "2026-08-01", "#N/A"), ("F", "2026-08-01", 68.80000000000001),
    ]  # fmt: skip
    result = take("a.xlsx", books.xlsx({"S": rows}))
    assert {bad.line: bad.code for bad in result.tally.rejected} == {3: "id-precision-lost", 4: "bad-amount"}
    assert paid(ctx) == {"123456789012345": 3290, "F": 6880}
    assert number(serial) == "46235.5"


@pytest.mark.parametrize(
    ("value", "text"),
    [(32.9, "32.9"), (5.0, "5"), (-1.5, "-1.5"), (0.1 + 0.2, "0.3"), (1e-5, "0.00001"), (999999999999999.0, "999999999999999"),
     (1e15, "1000000000000000.0"), (9.9e18, "9.9e+18"), (1234567.891, "1234567.891")],
)  # fmt: skip
def test_a_number_reads_as_a_spreadsheet_shows_it(value: float, text: str) -> None:
    """At most fifteen digits; what may have been rounded keeps a form no id has."""
    assert number(value) == text


def test_a_time_is_rounded_to_the_second() -> None:
    """Spreadsheets miss a time by some microseconds in either direction."""
    assert moment(datetime(2026, 8, 1, 10, 3, 6, 999_999)) == "2026-08-01 10:03:07"  # noqa: DTZ001
    assert moment(datetime(2026, 8, 1, 10, 3, 7, 2)) == "2026-08-01 10:03:07"  # noqa: DTZ001


def test_excel_xml_places_and_kinds(take: Take, ctx: Context) -> None:
    """`ss:Index` and merged cells move what follows, dates have a kind of their own, hidden sheets are left out."""

    def cell(text: str, kind: str = "String", more: str = "") -> str:
        return f'<Cell{more}><Data ss:Type="{kind}">{text}</Data></Cell>'

    hidden = (
        '<Worksheet ss:Name="Old"><Table><Row>' + "".join(map(cell, HEADER)) + "</Row></Table>"
        "<x:WorksheetOptions><x:Visible>SheetHidden</x:Visible></x:WorksheetOptions></Worksheet>"
    )
    shown = (
        '<Worksheet ss:Name="New"><Table><Row>' + cell("title", more=' ss:MergeAcross="1"') + cell("x") + "</Row>"
        '<Row ss:Index="4">' + "".join(map(cell, HEADER)) + "</Row>"
        "<Row>" + cell("N1") + cell("2026-08-01T10:00:00.000", "DateTime") + cell("32.9", "Number") + "</Row>"
        "<Row>" + cell("N2") + cell("7.5", "Number", ' ss:Index="3"') + "</Row></Table></Worksheet>"
    )
    result = take("a.xml", books.excel_xml([], more=hidden + shown))
    assert (result.sheet, result.header_line) == ("New", 4)
    assert [bad.line for bad in result.tally.rejected] == [6]
    assert paid(ctx) == {"N1": 3290}


def test_the_name_inside_an_archive_may_tell_the_export_date(take: Take, ctx: Context) -> None:
    """`download.zip` says nothing, the file in it does."""
    take("download.zip", books.zipped({"orders_20260805.csv": books.csv_text()}))
    with closing(sqlite3.connect(ctx.store)) as conn:
        assert conn.execute("SELECT exported_at FROM import_batch").fetchone() == (1_785_859_200,)


def test_a_folder_stands_for_its_exports(ctx: Context, tmp_path: Path) -> None:
    """Files of known endings by name, no locks, hidden or other files, nothing below; a pattern stands for what fits."""
    (folder := tmp_path / "exports").mkdir()
    (folder / "below").mkdir()
    for name in ("b.csv", "a.CSV", "~$a.xlsx", ".c.csv", "d.pdf", "below/e.csv", "[x].csv"):
        (folder / name).write_bytes(books.csv_text())
    files = [result.file for result in import_files(ctx, [str(folder)], Options(), ORDERS).files]
    assert [Path(name).name for name in files] == ["[x].csv", "a.CSV", "b.csv"]
    fitting = import_files(ctx, [str(folder / "*.csv")], Options(), ORDERS).files
    assert [Path(result.file).name for result in fitting] == ["[x].csv", "b.csv"]
    assert [result.error for result in import_files(ctx, [str(folder / "[x].csv")], Options(), ORDERS).files] == [None]


def test_a_folder_of_mixed_kinds_gives_what_is_of_the_kind(ctx: Context, tmp_path: Path) -> None:
    """Exports of other kinds are named with their command, the rest is taken; moved elsewhere the same files change nothing."""
    (folder := tmp_path / "mixed").mkdir()
    here = Path(__file__).parent
    for name in ("pdd/pdd_orders_export.csv", "aftersales/tmall_refunds.xlsx", "judgeme_reviews_export.csv"):
        (folder / Path(name).name).write_bytes((here / name).read_bytes())
    first = import_files(ctx, [str(folder)], Options(), ORDERS)
    assert (first.exit_code, [refusal(each) for each in first.files if each.error]) == (3, ["wrong-kind", "wrong-kind"])
    moved = folder.rename(tmp_path / "moved")
    again = import_files(ctx, [str(moved / "pdd*.csv")], Options(), ORDERS).files[0]
    assert (again.outcome.new, again.outcome.changed, again.batch) == (0, 0, 1)


def test_a_folder_or_pattern_of_nothing_says_so(ctx: Context, tmp_path: Path) -> None:
    """Exit 5 for a folder without exports, 4 for a pattern without files."""
    (tmp_path / "empty").mkdir()
    for name, code in ((tmp_path / "empty", 5), (tmp_path / "*.csv", 4)):
        result = import_files(ctx, [str(name)], Options(), ORDERS)
        assert (refusal(result.files[0]), result.exit_code) == ("unreadable", code)


@pytest.mark.parametrize("name", ["a.xlsx", "a.csv.gz", "a.zip"])
def test_standard_input_takes_every_container(name: str, shop: Callable[..., object], tmp_path: Path) -> None:
    """The bytes decide, there is no name."""
    env = {**os.environ, "PYTHONPATH": str(Path(shopcare.__file__).parents[1])}
    command = [sys.executable, "-m", "shopcare", "import", "orders", "-"]
    done = subprocess.run(command, input=PACKED[name], capture_output=True, check=False, env=env, timeout=60)
    assert done.stdout.startswith(b"2 orders: 2 new"), done.stderr


def test_what_is_taken_from_standard_input_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """An endless stream ends in a refusal, not in a full disk."""
    monkeypatch.setattr(spool, "UNPACKED_BYTES_MOST", 1 << 20)
    endless = iter(lambda: b"x" * 65536, b"")
    with pytest.raises(Exception, match="would take more than 1 MB"):
        spool.spooled("-", endless)
