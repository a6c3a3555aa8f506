"""A file of no known format is shown by the names of its columns, so that the operator can say what they are."""

from __future__ import annotations

import re
from pathlib import Path
from time import process_time

import pytest

from importers.test_arrival import store
from shopcare.services.file_imports import Options, import_files
from shopcare.services.order_imports import ORDERS

NAMES = {"order_id": "订单", "ordered_at": "下单", "paid": "钱"}


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_the_names_are_readable_in_either_encoding(tmp_path: Path, encoding: str) -> None:
    """The refusal shows the names as they are written; given with --column they make the file readable."""
    (file := tmp_path / "a.csv").write_bytes(f"{','.join(NAMES.values())}\n1,2026-08-01,5\n".encode(encoding))
    ctx = store(tmp_path)
    refused = import_files(ctx, [str(file)], Options(), ORDERS).files[0].error
    assert refused is not None
    assert refused.context["header"] == "订单, 下单, 钱"
    assert import_files(ctx, [str(file)], Options(columns=NAMES), ORDERS).exit_code == 0


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("Order No,Customer ID,Amount,Day", "import.unknown-format"),
        (
            "Time,Time Zone,Category,Item,Qty,SKU,Net Sales,Tax,Transaction ID,Event Type,Customer ID",
            "import.missing-column",
        ),
        ("Customer ID,First Name,Last Name,Email,Total Orders,Note,Tags", "import.wrong-kind"),
    ],
)
def test_one_column_of_a_kind_proves_little(tmp_path: Path, header: str, code: str) -> None:
    """A column Customer ID makes no customer list: not of an unknown table, nor of an order export that lacks its date."""
    (file := tmp_path / "a.csv").write_text(header + "\n" + "1," * header.count(",") + "1\n")
    refused = import_files(store(tmp_path), [str(file)], Options(), ORDERS).files[0].error
    assert refused is not None
    assert refused.code == code


ORDERS_FILE = "order_id,ordered_at,paid\nA1,2026-08-01,5\n"


@pytest.mark.parametrize("quoted", [False, True])
@pytest.mark.parametrize(
    ("above", "lines"),
    [
        ('"Orders" of August\n', 1), ('a "b" c\r"Orders" of "August\r', 2), ("\n" * 40, 40), (",,\r\n" * 40, 40),
        ('"two\nlines" x\n\n', 3), (" \n" * 3000 + '"x" y\n', 3001),
    ],
)  # fmt: skip
def test_what_stands_above_the_header_is_not_parsed(tmp_path: Path, above: str, lines: int, *, quoted: bool) -> None:
    """Titles with quotes of their own and any number of blank lines do not keep the rows below from being read."""
    rows = re.sub(r"[^,\n]+", r'"\g<0>"', ORDERS_FILE) if quoted else ORDERS_FILE
    (file := tmp_path / "a.csv").write_bytes((above + rows + 'A2,2026-08-01,"x').encode())
    result = import_files(store(tmp_path), [str(file)], Options(), ORDERS).files[0]
    assert (result.error, result.header_line, result.outcome.new) == (None, lines + 1, 1)
    assert [(bad.line, bad.code) for bad in result.tally.rejected] == [(lines + 3, "truncated")]


@pytest.mark.parametrize(
    "content",
    [
        ",".join("a" * 65_000), ",".join(map(str, range(23_000))), ",".join(chr(0x4E00 + n % 20_000) for n in range(30_000)),
        ",".join(f"Ã©{n}" for n in range(15_000)), "\n".join([",".join("a" * 1000)] * 60), "&#" + "9" * 5000 + ";,b",
        "a@" + "." * 100_000 + "@,b",
    ],
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16", "utf-16-le"])
def test_an_unknown_file_is_refused_quickly(tmp_path: Path, content: str, encoding: str) -> None:
    """However many cells the first bytes of a file hold, no format is looked for cell by cell."""
    (file := tmp_path / "a.csv").write_bytes((content + "\n").encode(encoding))
    start = process_time()
    assert import_files(store(tmp_path), [str(file)], Options(), ORDERS).files[0].error is not None
    assert process_time() - start < 8
