"""Golden transcripts: run the commands of tests/golden/*.txt again and write down what they print; `--check` only compares.

A transcript is what a person sees: `$ command`, its stdout, its stderr behind `! `, and `exit N` unless it is 0. Lines that
begin with `#` above the first command say what it shows. Commands run in an empty home at one fixed time, in tables of 80
columns; `samples` there holds the bundled exports. `NAME.en.txt` is run a second time in Chinese, as `NAME.zh.txt`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "tests" / "golden"
NOW = "2026-09-10T10:00:00+08:00"
COLUMNS = "80"


def sources() -> list[Path]:
    """The transcripts a person writes; the Chinese ones are made from them."""
    return sorted(path for path in GOLDEN.glob("*.txt") if not path.name.endswith(".zh.txt"))


def expected(source: Path) -> dict[Path, str]:
    """Every transcript that follows from one source, as it would be written now."""
    text = source.read_text("utf-8")
    wanted = {source: played(text, "en")}
    if source.name.endswith(".en.txt"):
        wanted[source.with_name(source.name.replace(".en.txt", ".zh.txt"))] = played(text, "zh")
    return wanted


def played(text: str, language: str) -> str:
    """The transcript with its commands run again."""
    lines = text.splitlines()
    commands = [line[2:] for line in lines if line.startswith("$ ")]
    head = [line for line in lines[: next(i for i, line in enumerate(lines) if line.startswith("$ "))] if line]
    with tempfile.TemporaryDirectory(prefix="shopcare-golden-") as home:
        env = _surroundings(Path(home), language)
        parts = [_one(command, env, Path(home)) for command in commands]
    return "\n".join(head) + "\n\n" + "\n".join(parts)


def _surroundings(home: Path, language: str) -> dict[str, str]:
    """An empty home with the samples in it, and a `shopcare` in the path that runs this source tree."""
    (home / "samples").symlink_to(ROOT / "src" / "shopcare" / "samples")
    program = home / ".bin" / "shopcare"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m shopcare "$@"\n')
    program.chmod(0o755)
    return {
        "PATH": f"{program.parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT / "src"), "HOME": str(home),
        "LC_ALL": "C.UTF-8", "SHOPCARE_LANG": language, "SHOPCARE_NOW": NOW, "SHOPCARE_ACTOR": "operator",
        "COLUMNS": COLUMNS, "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip


def _one(command: str, env: dict[str, str], home: Path) -> str:
    """One command with everything it said."""
    done = subprocess.run(
        ["bash", "--norc", "-o", "pipefail", "-c", command], env=env, cwd=home, capture_output=True, text=True,
        stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    shown = f"$ {command}\n{done.stdout}"
    if done.stdout and not done.stdout.endswith("\n"):
        shown += "\n"
    shown += "".join(f"! {line}\n" for line in done.stderr.splitlines())
    if done.returncode:
        shown += f"exit {done.returncode}\n"
    return "\n".join(line.rstrip() for line in shown.replace(str(home), "~").split("\n"))


def main(arguments: list[str]) -> int:
    """Write or compare; the exit code."""
    stale = 0
    for source in sources():
        for path, text in expected(source).items():
            if path.is_file() and path.read_text("utf-8") == text:
                continue
            stale += 1
            print(path.relative_to(ROOT), file=sys.stderr)
            if arguments != ["--check"]:
                path.write_text(text, "utf-8")
    return 1 if stale and arguments == ["--check"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
