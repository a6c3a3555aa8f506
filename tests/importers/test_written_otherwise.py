"""However a table program saved an export, its orders are the same."""

from __future__ import annotations

import csv
import gzip
import io
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from case_files import fresh
from importers.test_platform_orders import CASES, HEADERS, Cells, orders
from shopcare.services.file_imports import Options, import_files
from shopcare.services.order_imports import ORDERS

ENCODINGS = ("utf-8-sig", "utf-8", "utf-16", "cp1252", "gb18030")
#: Guards and blanks that programs leave around a cell.
GUARDS = ("{}", "{}\t", " {} ", "'{}", "\u200b{}", "\ufeff{}")


def table(header: Sequence[str], rows: Sequence[Cells], draw: st.DrawFn) -> str:
    """The rows as text: another delimiter, newline, column order; more columns, lines above and below, guarded cells."""
    names = draw(st.permutations([*header, "Internal note", ""]))
    guard = draw(st.sampled_from(GUARDS))
    text = io.StringIO()
    sheet = csv.writer(
        text,
        delimiter=draw(st.sampled_from(",;\t")),
        lineterminator=draw(st.sampled_from(["\n", "\r\n"])),
        quoting=draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
    )
    above = draw(st.sampled_from([[], [["My shop"], []], [["", "", "", ""]]]))
    sheet.writerows([*above, [guard.format(name) if name and guard[0] != "'" else name for name in names]])
    for number, row in enumerate(rows):
        explains = any("unique order ID" in cell for cell in row.values())
        sheet.writerow([_cell(row, name, guard, number, bare=explains) for name in names])
    sheet.writerows(draw(st.sampled_from([[], [[]], [[""] * len(names)]])))
    return text.getvalue()


def _cell(row: Mapping[str, str], name: str, guard: str, number: int, *, bare: bool) -> str:
    if name == "Internal note":
        return "" if bare else f"n{number % 2}"
    value = row.get(name.strip(), "")
    return guard.format(value) if value and not bare and not value.startswith("\t") else value


def packed(text: str, draw: st.DrawFn) -> bytes:
    """The text in an encoding that has all its letters, perhaps compressed."""
    fitting = [encoding for encoding in ENCODINGS if _fits(text, encoding)]
    content = text.encode(draw(st.sampled_from(fitting)))
    kind = draw(st.sampled_from(["plain", "gzip", "zip"]))
    if kind == "gzip":
        return gzip.compress(content)
    if kind == "zip":
        with zipfile.ZipFile(buffer := io.BytesIO(), "w") as archive:
            archive.writestr("导出/export.csv", content)
        return buffer.getvalue()
    return content


def _fits(text: str, encoding: str) -> bool:
    if encoding == "cp1252" and any(letter >= "\u2e80" for letter in text):
        return False
    if encoding == "gb18030" and not any("\u4e00" <= letter < "\u9fff" for letter in text):
        return False  # told from Windows-1252 by its Chinese header only
    try:
        return bool(text.encode(encoding))
    except UnicodeEncodeError:
        return False


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_the_same_orders_however_they_are_written(data: st.DataObject) -> None:
    """Every format in every dialect: the facts depend on nothing but the cells under their names."""
    key, rows, expected = data.draw(st.sampled_from(CASES))
    content = data.draw(st.composite(lambda draw: packed(table(HEADERS[key]["header"], rows, draw), draw))())
    with tempfile.TemporaryDirectory() as name:
        ctx = fresh(Path(name))
        (file := Path(name) / "export.csv").write_bytes(content)
        result = import_files(ctx, [str(file)], Options(), ORDERS).files[0]
        assert result.error is None, key
        assert result.tally.rejected == [], key
        assert orders(ctx) == expected, key
