from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conftest import SOURCE, Run
from shopcare.config import shipped
from tests_support import modules_loaded

FORBIDDEN = {"rich", "sqlmodel", "sqlalchemy", "pydantic", "asyncio", "alembic"}
READS = [
    ("shop", "list"),
    ("order", "list"),
    ("case", "list"),
    ("customer", "list"),
    ("points", "balance"),
    ("report", "retention"),
]


@pytest.mark.parametrize("command", READS, ids=" ".join)
def test_a_piped_read_loads_no_heavy_module(shop: Run, command: tuple[str, ...]) -> None:
    """The module budget: reads that feed a pipe import neither Rich nor SQLModel, SQLAlchemy, pydantic or asyncio."""
    loaded = modules_loaded(shop, *command)
    assert not FORBIDDEN & loaded, FORBIDDEN & loaded


def test_a_single_write_loads_no_other_database(shop: Run) -> None:
    """A write through SQLModel loads the SQLite dialect only; another one costs as much as the rest of the command."""
    loaded = modules_loaded(shop, "shop", "add", "x", "--platform", "pdd", "--currency", "CNY", "--tz", "UTC")
    assert "sqlmodel" in loaded
    assert not {
        name for name in loaded if name.startswith(("sqlalchemy.dialects.postgresql", "sqlalchemy.dialects.mysql"))
    }


def test_version_and_completion_load_almost_nothing(shop: Run) -> None:
    """`--version` and TAB are answered before Typer; completion needs only sqlite3."""
    assert not {"typer", "sqlite3", *FORBIDDEN} & modules_loaded(shop, "--version")
    assert not {"typer", "pathlib", *FORBIDDEN} & modules_loaded(shop, "__complete", "case", "A")


def test_help_loads_no_noun(shop: Run) -> None:
    """The root help page is printed from the registry; no noun is imported for it."""
    loaded = modules_loaded(shop, "--help")
    assert not {name for name in loaded if name.startswith(("shopcare.services", "shopcare.store", "shopcare.reports"))}
    assert "rich" not in loaded


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["shp"], 2, "Did you mean shop?"),
        (["shop", "lst"], 2, "Did you mean list?"),
        (["shop", "list", "--formt", "csv"], 2, "--format"),
        (["shop", "list", "--format", "xml"], 2, "table, tsv, csv"),
        (["shop", "list", "--json", "--format", "csv"], 2, "contradict"),
        (["shop", "list", "--fields", "nope"], 2, "Columns: "),
        (["shop", "add"], 2, "NAME is missing"),
        (["shop", "add", "x", "--platform", "jd", "--currency", "yuan", "--tz", "UTC"], 2, "ISO 4217"),
        (["shop", "add", "x", "--platform", "jd", "--currency", "RMB", "--tz", "UTC"], 2, "not RMB"),
        (["shop", "add", "x", "--platform", "jd", "--currency", "CNY", "--tz", "Mars"], 2, "IANA"),
        (["shop", "add", "x", "--platform", "taobo", "--currency", "CNY", "--tz", "UTC"], 2, "import formats"),
        (["init", "--shop", "x", "--platform", "judgeme", "--currency", "CNY", "--tz", "UTC"], 2, "import formats"),
        (["shop", "list", "--color", "blue"], 2, "auto, always, never"),
        (["shop", "list", "--now", "yesterday"], 2, "is not a time"),
        (["shop", "list", "--store"], 2, "--store"),
        (["shop", "list", "--config", "nowhere.toml"], 6, "no such file"),
        (["shop", "list", "--store", "nowhere.db"], 6, "shopcare init"),
        (["init"], 2, "--shop"),
    ],
)
def test_refusals_say_what_to_do(shop: Run, arguments: list[str], code: int, words: str) -> None:
    """Each mistake has its exit code, one sentence and a hint on stderr, and prints nothing on stdout."""
    done = shop(*arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("import", "orders", __file__, "--shop"), ("order", "list", "--shop"), ("order", "show"), ("customer", "show"),
        ("report", "retention", "--shop"), ("customer", "list", "--shop"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_an_argument_that_is_no_text_is_a_wrong_call(shop: Run, command: tuple[str, ...]) -> None:
    """Bytes that are not UTF-8 name nothing in the store: that is said, wherever they stand."""
    done = shop(*command, "caf\udcff")
    assert (done.returncode, done.stdout) == (2, "")
    assert "is not text in UTF-8" in done.stderr


def test_with_json_an_error_is_one_json_line(shop: Run) -> None:
    """Scripts read code, message, hint and context."""
    done = shop("shop", "list", "--json", "--store", "nowhere.db")
    error = json.loads(done.stderr)
    assert (error["code"], error["exit_code"]) == ("store.missing", 6)
    assert {"message", "hint", "context"} <= error.keys()


def test_options_for_every_command_stand_anywhere(shop: Run, tmp_path: Path) -> None:
    """--store before or after the command, with or without =, means the same."""
    lines = [
        shop("--store", "nowhere.db", "shop", "list"),
        shop("shop", "list", "--store", "nowhere.db"),
        shop("shop", "--store=nowhere.db", "list"),
    ]
    assert {done.returncode for done in lines} == {6}


def test_a_reader_who_leaves_is_no_error_message(shop: Run, home: Path) -> None:
    """`| head` ends the command with 141 and without a word."""
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m shopcare db check --json | true; echo ${{PIPESTATUS[0]}}"],
        env={**os.environ, "PYTHONPATH": SOURCE, "HOME": str(home)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.strip() in {"141", "0"}
    assert done.stderr == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("form", ["table", "tsv", "json"])
def test_a_full_disk_is_said_and_has_its_code(shop: Run, home: Path, form: str) -> None:
    """Output to a full device: exit 74 and a sentence, no traceback."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "shopcare", "shop", "list", "--format", form],
            env={**os.environ, "PYTHONPATH": SOURCE, "HOME": str(home)}, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 74
    assert "Cannot write the output" in done.stderr
    assert "Traceback" not in done.stderr


def test_output_files_appear_whole_and_in_the_form_of_their_ending(shop: Run, home: Path) -> None:
    """--output writes the form its ending says; a folder that is missing leaves nothing behind."""
    assert shop("shop", "list", "--output", "shops.csv").returncode == 0
    assert (home / "shops.csv").read_text().startswith("name,platform")
    done = shop("shop", "list", "--output", "no/such/shops.csv")
    assert done.returncode == 74
    assert not (home / "no").exists()


def test_messages_come_in_chinese(shop: Run) -> None:
    """The language is chosen by SHOPCARE_LANG, the locale or --lang; JSON keys and codes stay English."""
    for done in (
        shop("shop", "list", "--store", "x.db", env={"SHOPCARE_LANG": "zh_CN"}),
        shop("shop", "list", "--store", "x.db", env={"LC_ALL": "", "LANG": "zh_CN.UTF-8"}),
        shop("shop", "list", "--store", "x.db", "--lang", "zh"),
    ):
        assert any("\u4e00" <= character <= "\u9fff" for character in done.stderr)
    error = json.loads(shop("shop", "list", "--store", "x.db", "--lang", "zh", "--json").stderr)
    assert error["code"] == "store.missing"


def test_ctrl_c_leaves_with_130(shop: Run, home: Path) -> None:
    """An interrupt while waiting for another writer ends the command with its own code and an unchanged store."""
    import sqlite3

    store = home / ".local/share/shopcare/shopcare.db"
    holder = sqlite3.connect(store, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    process = subprocess.Popen(
        [sys.executable, "-m", "shopcare", "shop", "add", "x", "--platform", "jd", "--currency", "CNY", "--tz", "UTC"],
        env={**os.environ, "PYTHONPATH": SOURCE, "HOME": str(home)}, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    _out, err = process.communicate(timeout=30)
    holder.execute("ROLLBACK")
    holder.close()
    assert process.returncode in {130, 6}, err  # 6: the wait was over before the signal was seen
    assert "Traceback" not in err
    assert shop("shop", "list", "--fields", "name").stdout == "shop\n"


def test_a_shop_is_of_a_platform_that_has_exports(shop: Run, home: Path) -> None:
    """Tmall's exports are Taobao's, so its shop gets them; a platform of the operator's own format is one as well."""
    add = ("--currency", "CNY", "--tz", "Asia/Shanghai", "--fields", "platform")
    assert shop("shop", "add", "旗舰店", "--platform", "tmall", *add).stdout == "taobao\n"
    assert shop("shop", "add", "mine", "--platform", "bazaar", *add).returncode == 2
    formats = home / ".config/shopcare/formats"
    formats.mkdir()
    text = (shipped("platforms") / "generic-orders.toml").read_text("utf-8")
    (formats / "bazaar.toml").write_text(text.replace('platform = "generic"', 'platform = "bazaar"'), "utf-8")
    assert shop("shop", "add", "mine", "--platform", "bazaar", *add).stdout == "bazaar\n"
