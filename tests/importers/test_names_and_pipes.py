"""What stands in place of a file's name: names no UTF-8 can spell, no name at all, pipes, devices, standard input."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

import export_books as books
import shopcare
from importers.test_arrival import store
from shopcare.services import format_files
from shopcare.services.file_imports import Options, import_files
from shopcare.services.order_imports import ORDERS

COMMAND = [sys.executable, "-m", "shopcare", "import", "orders"]


def env() -> dict[str, str]:
    """The environment of the test, with the code under test."""
    return {**os.environ, "PYTHONPATH": str(Path(shopcare.__file__).parents[1]), "PYTHON": sys.executable}


@pytest.fixture
def gbk_named(tmp_path: Path) -> str:
    """An export whose name is in GBK, as Chinese Windows packs it."""
    name = os.fsencode(tmp_path) + "/订单_20260805.csv".encode("gbk")
    with open(name, "wb") as file:  # noqa: PTH123 - paths of bytes are none of pathlib's
        file.write(books.csv_text())
    return os.fsdecode(name)


def test_a_name_in_gbk_is_read_and_shown(gbk_named: str, tmp_path: Path) -> None:
    """By itself and in a folder: the file is taken, and its name and date are those people wrote."""
    ctx = store(tmp_path)
    for name in (gbk_named, str(tmp_path)):
        (result,) = import_files(ctx, [name], Options(), ORDERS).files
        assert result.error is None
        assert Path(result.file).name == "订单_20260805.csv"
    with closing(sqlite3.connect(ctx.store)) as conn:
        assert conn.execute("SELECT file_name, exported_at FROM import_batch").fetchall() == [
            ("订单_20260805.csv", 1_785_859_200)
        ]
    missing = import_files(ctx, [gbk_named + "x"], Options(), ORDERS).files[0].error
    assert missing is not None
    str(missing).encode()


def test_a_format_may_be_made_from_such_a_name(gbk_named: str) -> None:
    """The file name stands in the format file as people read it."""
    path = format_files.check_name("mine")
    _table, proposal = format_files.propose(gbk_named, "orders", {})
    format_files.save(path, gbk_named, proposal)
    assert "订单_20260805.csv" in path.read_text("utf-8")


def test_no_name_is_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty name (a shell variable nobody set) is not the folder one stands in."""
    (tmp_path / "a.csv").write_bytes(books.csv_text())
    monkeypatch.chdir(tmp_path)
    result = import_files(store(tmp_path), [""], Options(), ORDERS)
    assert result.exit_code == 4
    assert result.files[0].error is not None
    assert result.files[0].error.code == "import.unreadable"


@pytest.mark.parametrize("content", [books.csv_text(), books.xlsx({"S": books.TWO_ORDERS})], ids=["csv", "xlsx"])
def test_a_named_pipe_is_read_once_and_kept(content: bytes, tmp_path: Path) -> None:
    """What comes out of a pipe is put aside like standard input, because rows may be read twice."""
    os.mkfifo(pipe := tmp_path / "pipe.csv")
    writer = threading.Thread(target=pipe.write_bytes, args=[content])
    writer.start()
    (result,) = import_files(store(tmp_path), [str(pipe)], Options(), ORDERS).files
    writer.join()
    assert (result.error, result.outcome.new) == (None, 2)


def test_a_pipe_in_a_folder_is_left_alone(tmp_path: Path) -> None:
    """Nobody may ever write to it, so a folder of exports does not wait for it."""
    (folder := tmp_path / "exports").mkdir()
    os.mkfifo(folder / "b.csv")
    (folder / "a.csv").write_bytes(books.csv_text())
    assert [
        Path(result.file).name for result in import_files(store(tmp_path), [str(folder)], Options(), ORDERS).files
    ] == ["a.csv"]


def test_devices_and_pseudo_files(tmp_path: Path) -> None:
    """A file without a length is read to its end; an empty device is empty."""
    ctx = store(tmp_path)
    codes = [import_files(ctx, [name], Options(), ORDERS).files[0].error for name in ("/dev/null", "/proc/self/status")]
    assert [error and error.code for error in codes] == ["import.empty-file", "import.unknown-format"]


@pytest.mark.parametrize("name", ["/dev/stdin", "-"])
def test_standard_input_under_both_names(name: str, shop: Callable[..., object]) -> None:
    """A pipe behind /dev/stdin is the same as -."""
    done = subprocess.run(
        [*COMMAND, name], input=books.csv_text(), capture_output=True, check=False, env=env(), timeout=60
    )
    assert done.stdout.startswith(b"2 orders: 2 new"), done.stderr


def test_closed_standard_input_is_a_sentence(shop: Callable[..., object]) -> None:
    """Exit 5, no traceback."""
    command = '"$PYTHON" -m shopcare import orders - <&-'
    done = subprocess.run(  # noqa: S602 - the shell closes it
        command, shell=True, capture_output=True, text=True, check=False, env=env(), timeout=60
    )
    assert (done.returncode, "is empty" in done.stderr, "Traceback" in done.stderr) == (5, True, False), done.stderr
