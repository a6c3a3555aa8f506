"""A file of no known format is shown by the names of its columns, so that the operator can say what they are."""

from __future__ import annotations

from pathlib import Path

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
