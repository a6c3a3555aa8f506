"""Ids for TAB: the right ones, from the store the next command would use, and never a word when something is wrong."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from shopcare.cli import complete
from shopcare.config import shipped
from shopcare.importers.formats.catalog import known_formats
from shopcare.services import shops
from shopcare.services.context import Context


def answers(capsys: pytest.CaptureFixture[str], kind: str, prefix: str = "") -> list[str]:
    """What TAB would be given; the exit code is 0 and stderr empty whatever happens."""
    assert complete.run([kind, prefix]) == 0
    said = capsys.readouterr()
    assert not said.err
    return said.out.splitlines()


def test_names_begin_with_what_was_typed(
    ctx: Context, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Prefixes are compared as text: quotes, percent signs and Chinese mean nothing special."""
    monkeypatch.setenv("SHOPCARE_STORE", str(ctx.store))
    for name in ("茶馆", "茶社", "100%", "it's"):
        shops.add(ctx, shops.describe(name, "generic", "CNY", "Asia/Shanghai"))
    assert answers(capsys, "shop") == ["100%", "it's", "shop", "茶社", "茶馆"]
    assert answers(capsys, "shop", "茶") == ["茶社", "茶馆"]
    assert answers(capsys, "shop", "it'") == ["it's"]
    assert answers(capsys, "shop", "%") == []


@pytest.mark.parametrize("kind", sorted(complete.QUERIES))
def test_every_kind_can_be_asked(
    ctx: Context, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    """Each query fits the tables; an unknown kind has no answers."""
    conn = sqlite3.connect(ctx.store)
    conn.execute(complete.QUERIES[kind], {"like": "%", "low": "", "high": "z"}).fetchall()
    conn.close()
    monkeypatch.setenv("SHOPCARE_STORE", str(ctx.store))
    assert answers(capsys, kind) == (["shop"] if kind == "shop" else [])
    assert answers(capsys, "nonsense") == []


def test_formats_are_the_files_of_their_folders(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every format `import formats` knows, no other, and none when the folders cannot be read."""
    own = home / ".config/shopcare/formats"
    own.mkdir(parents=True)
    shutil.copy(shipped("platforms") / "generic-events.toml", own / "clicks.toml")
    assert answers(capsys, "format") == sorted(known.name for known in known_formats())
    assert answers(capsys, "format", "cl") == ["clicks"]
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "nowhere"))
    assert answers(capsys, "format", "cl") == []


def test_settings_name_the_store(
    ctx: Context, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A settings file named by SHOPCARE_CONFIG is honoured; one that cannot be used silences TAB and nothing more."""
    monkeypatch.chdir(home)
    file = home / "mine.toml"
    file.write_text(f'[store]\npath = "{ctx.store}"\n')
    monkeypatch.setenv("SHOPCARE_CONFIG", str(file))
    assert answers(capsys, "shop") == ["shop"]
    file.write_text("[store]\npath = 7\n")
    assert answers(capsys, "shop") == []


def test_a_store_that_is_no_store_has_no_answers(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Missing, empty or foreign files, and folders, give no ids and no complaint."""
    (home / "text.db").write_text("no store")
    (home / "empty.db").touch()
    for name in ("missing.db", "text.db", "empty.db", "."):
        monkeypatch.setenv("SHOPCARE_STORE", str(home / name))
        assert answers(capsys, "shop") == []
