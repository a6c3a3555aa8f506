"""Completions, manual pages and the reference are what the commands say, and work in the shells that are installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import generate
import handbook
import shells
from conftest import Run
from shopcare import errors
from surface import ROOT, Surface, surface


@pytest.fixture(scope="module")
def found() -> Surface:
    """The command line as the generator reads it."""
    return surface()


def test_every_command_is_explained_with_an_example(found: Surface) -> None:
    """No command or option lacks help, no command lacks an example, no noun lacks its module."""
    assert generate.complaints(found) == []


def test_generated_files_are_up_to_date(found: Surface) -> None:
    """What is committed is what the commands say now."""
    assert generate.stale(generate.texts(found)) == []


def test_every_command_has_a_section_in_the_reference(found: Surface) -> None:
    """Each command, each option and each argument is named in its noun's page."""
    for command in found.commands():
        page = (ROOT / "docs" / "reference" / f"{command.words[0]}.md").read_text("utf-8")
        assert f"# shopcare {command.name}\n" in page
        for option in command.options:
            assert f"`{option.names[0]}" in page


def test_refusals_have_codes_of_their_own() -> None:
    """Two refusals share a code only if one is a kind of the other."""
    codes = [refusal.code for refusal in handbook.refusals()]
    assert len(codes) > 30
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*([.-][a-z0-9_-]+)*", code) for code in codes)


def test_every_exit_code_is_explained() -> None:
    """The table of exit codes names exactly the constants of errors.py."""
    assert set(handbook.EXIT_CODES) == {name for name in vars(errors) if name.startswith("EXIT_")}


def test_every_variable_of_ours_is_explained() -> None:
    """The page of environment variables names every SHOPCARE_ variable the program reads, and no other."""
    sources = "".join(path.read_text("utf-8") for path in (ROOT / "src").rglob("*.py"))
    read = set(re.findall(r"[\"'](SHOPCARE_[A-Z_]+)[\"']", sources))
    assert read == {name for name in handbook.ENVIRONMENT if name.startswith("SHOPCARE_")}


def test_manual_pages_hold_no_stray_requests(found: Surface) -> None:
    """Every line that begins with a dot is a request written on purpose, so no help text can be lost in a page."""
    known = {'\\"', "TH", "SH", "SS", "PP", "TP", "B", "br", "nf", "fi"}
    for name, text in handbook.manual(found).items():
        requests = {re.split(r"[ \n]", line[1:])[0] for line in text.splitlines() if line.startswith((".", "'"))}
        assert requests <= known, name
        assert "\\-\\-" in text


def test_scripts_evaluate_nothing(found: Surface) -> None:
    """None of the scripts evaluates text, and only ids start the program."""
    for text in (shells.bash(found), shells.zsh(found), shells.fish(found)):
        code = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
        assert not re.search(r"\beval\b|compgen -W", code)
        assert len(re.findall(r"__complete\b", code)) == 1


def test_every_page_is_in_the_index() -> None:
    """docs/README.md links to every page of the documentation, and to nothing that is not there."""
    index = (ROOT / "docs" / "README.md").read_text("utf-8")
    linked = set(re.findall(r"\]\(([^)#]+)\)", index))
    assert {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"} <= linked
    assert all((ROOT / "docs" / name).exists() for name in linked)


# --- the scripts in their shells --------------------------------------------------------------------------------------


@pytest.fixture
def store(home: Path, shop: Run) -> str:
    """A store whose order numbers mean something to shells."""
    numbers = ("#1001", "A b 1", "2026:77", "it's", "$(touch pwned)")
    rows = "".join(f"{number},2026-08-01,10\n" for number in numbers)
    assert shop("import", "orders", "-", stdin="order_id,ordered_at,paid\n" + rows).returncode == 0
    return str(home / ".local/share/shopcare/shopcare.db")


@pytest.fixture
def shell_home(home: Path, tmp_path: Path, store: str) -> dict[str, str]:
    """An environment with a `shopcare` in the path, whose own store does not exist."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "shopcare"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m shopcare "$@"\n')
    program.chmod(0o755)
    return {
        **os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT / "src"),
        "HOME": str(home), "SHOPCARE_STORE": "/nowhere.db", "LC_ALL": "C.UTF-8",
    }  # fmt: skip


BASH_DRIVER = r"""
source "$1"
COMP_LINE=$2 COMP_POINT=${#2}
COMP_WORDS=("${@:3}") COMP_CWORD=$(($# - 3))
_shopcare shopcare 2>/dev/null
printf '%s\n' "${COMPREPLY[@]}"
"""


def in_bash(env: dict[str, str], *words: str, line: str = "") -> list[str]:
    """What bash would be given for a line whose last word is being typed."""
    script = ROOT / "completions" / "shopcare.bash"
    done = subprocess.run(
        ["bash", "--norc", "-c", BASH_DRIVER, "driver", str(script), line or " ".join(words), *words],
        env=env, capture_output=True, text=True, check=True, cwd=env["HOME"],
    )  # fmt: skip
    assert not done.stderr
    return [answer for answer in done.stdout.split("\n") if answer]


def test_bash_answers_commands_options_and_choices(shell_home: dict[str, str]) -> None:
    """Nouns, verbs, options and choices, with options of every command before them and after them."""
    assert in_bash(shell_home, "shopcare", "ca") == ["case"]
    assert set(in_bash(shell_home, "shopcare", "case", "")) == {"open", "list", "show", "move", "close"}
    assert in_bash(shell_home, "shopcare", "--store", "x.db", "case", "op") == ["open"]
    assert in_bash(shell_home, "shopcare", "case", "list", "--st") == ["--stage", "--store"]
    assert in_bash(shell_home, "shopcare", "case", "open", "X", "--kind", "refund") == ["refund_only"]
    assert in_bash(shell_home, "shopcare", "case", "list", "--format", "=", "j", line="shopcare case list --format=j") == [
        "json", "jsonl",
    ]  # fmt: skip
    assert in_bash(shell_home, "shopcare", "--lang", "") == ["en", "zh"]


def test_bash_offers_formats_without_a_store(shell_home: dict[str, str]) -> None:
    """`import formats` offers its words, then every format's name, the operator's own too, then files; --platform what fits."""
    own = Path(shell_home["HOME"]) / ".config/shopcare/formats"
    own.mkdir(parents=True)
    (own / "taobao-mine.toml").touch()
    formats = ("shopcare", "import", "formats")
    assert in_bash(shell_home, *formats, "") == ["show", "new"]
    assert in_bash(shell_home, *formats, "show", "taobao-l") == ["taobao-lines"]
    assert in_bash(shell_home, *formats, "show", "taobao-m") == ["taobao-mine"]
    (Path(shell_home["HOME"]) / "orders.csv").touch()
    assert in_bash(shell_home, *formats, "new", "mine", "ord") == ["orders.csv"]
    assert in_bash(shell_home, "shopcare", "import", "reviews", "--platform", "j") == ["judgeme", "judgeme-reviews"]
    assert in_bash(shell_home, "shopcare", "shop", "add", "x", "--platform", "j") == ["jd"]


def test_bash_asks_for_ids_and_quotes_them(shell_home: dict[str, str], store: str) -> None:
    """Ids come from the store named on the line, quoted for the shell, and none is ever run."""
    named = ("--store", store)
    assert set(in_bash(shell_home, "shopcare", *named, "case", "open", "")) == {
        r"\#1001", r"A\ b\ 1", "2026:77", r"it\'s", r"\$\(touch\ pwned\)",
    }  # fmt: skip
    assert in_bash(shell_home, "shopcare", *named, "case", "open", r"\#1") == [r"\#1001"]
    assert in_bash(shell_home, "shopcare", *named, "case", "open", '"A ') == ["A b 1"]
    assert in_bash(shell_home, "shopcare", "case", "open", "") == []
    glued = f"--store={store}"
    cut = ["--store", "=", store]
    line = f"shopcare {glued} case open 2026:7"
    assert in_bash(shell_home, "shopcare", *cut, "case", "open", "2026", ":", "7", line=line) == ["77"]
    assert not (Path(shell_home["HOME"]) / "pwned").exists()


def test_bash_offers_files(shell_home: dict[str, str]) -> None:
    """Arguments and options that are files are completed as files."""
    (Path(shell_home["HOME"]) / "orders export.csv").touch()
    assert in_bash(shell_home, "shopcare", "import", "orders", "ord") == ["orders export.csv"]
    assert in_bash(shell_home, "shopcare", "order", "list", "--output", "ord") == ["orders export.csv"]


@pytest.mark.skipif(not shutil.which("fish"), reason="fish is not installed")
def test_fish_answers_from_the_script_and_the_store(shell_home: dict[str, str], store: str) -> None:
    """fish answers words from its script and ids from the store named on the line."""

    def answers(line: str) -> list[str]:
        source = f"source {ROOT / 'completions' / 'shopcare.fish'}; complete -C $argv[1]"
        done = subprocess.run(
            ["fish", "--no-config", "-c", source, line], env=shell_home, capture_output=True, text=True, check=True
        )
        return [each.partition("\t")[0] for each in done.stdout.splitlines()]

    assert answers("shopcare ca") == ["case"]
    assert set(answers("shopcare case ")) == {"open", "list", "show", "move", "close"}
    assert "refund_only" in answers("shopcare case open X --kind ")
    assert answers("shopcare case open ") == []
    assert set(answers(f"shopcare --store {store} case open ")) >= {"#1001", "$(touch pwned)"}


@pytest.mark.parametrize(
    ("shell", "script"), [("bash", "shopcare.bash"), ("zsh", "_shopcare"), ("fish", "shopcare.fish")]
)
def test_shells_can_read_their_script(shell: str, script: str) -> None:
    """The scripts have no syntax error in the shells that are installed."""
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    subprocess.run([shell, "-n", str(ROOT / "completions" / script)], check=True, capture_output=True)


def test_zsh_specifications_are_whole(found: Surface) -> None:
    """Every option of every command has one specification, with its description in brackets and its choices."""
    text = shells.zsh(found)
    for command in found.commands():
        body = text.split(f"\n{shells._zsh_function(command)}() {{")[1].split("\n}\n")[0]
        for option in command.options:
            for name in option.names:
                assert re.search(rf"{re.escape(name)}=?\[[^\]]+", body), (command.name, name)
