"""Fixtures: a throw-away home, a store in it, and the program as operators run it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import shopcare
from shopcare.config import load
from shopcare.services import shops
from shopcare.services.context import Context

NOW = 1_786_500_000  # 2026-08-12T02:40:00Z

#: The folder this shopcare was imported from, so that the program run is the one under test.
SOURCE = str(Path(shopcare.__file__).parents[1])

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, so that no test sees or touches the real one."""
    folder = tmp_path / "home"
    folder.mkdir()
    for name in list(os.environ):
        if name.startswith(("SHOPCARE_", "XDG_")) or name in {
            "LC_ALL",
            "LC_MESSAGES",
            "LANG",
            "LANGUAGE",
            "NO_COLOR",
            "FORCE_COLOR",
        }:
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return folder


@pytest.fixture
def ctx(tmp_path: Path) -> Context:
    """A context over a fresh store with one generic CNY shop in Shanghai."""
    context = Context(settings=load(), store=tmp_path / "shop.db", now=NOW, actor="tester")
    shops.create_store(context, shops.describe("shop", "generic", "CNY", "Asia/Shanghai"))
    return context


@pytest.fixture
def run(home: Path) -> Run:
    """The program in a process of its own: `run("order", "list", stdin=..., env={...})`."""

    def call(
        *arguments: str, stdin: str | None = None, env: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        merged = {
            **os.environ,
            "PYTHONPATH": SOURCE,
            "HOME": str(home),
            "SHOPCARE_NOW": "2026-08-12T10:40:00+08:00",
            **(env or {}),
        }
        return subprocess.run(
            [sys.executable, "-m", "shopcare", *arguments],
            input=stdin, env=merged, capture_output=True, text=True, check=False, cwd=home, timeout=120,
        )  # fmt: skip

    return call


@pytest.fixture
def shop(run: Run) -> Run:
    """The program with a store already created."""
    done = run("init", "--shop", "shop", "--platform", "generic", "--currency", "CNY", "--tz", "Asia/Shanghai")
    assert done.returncode == 0, done.stderr
    return run
