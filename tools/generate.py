"""Write completions, manual pages and the reference from the commands themselves; `--check` only says what is stale."""

from __future__ import annotations

import sys
from pathlib import Path

from handbook import documents, folders, has_example
from shells import bash, fish, zsh
from surface import ROOT, Surface, surface


def texts(found: Surface) -> dict[str, str]:
    """Path below the project → text, of everything that is generated."""
    return documents(found) | {
        "completions/shopcare.bash": bash(found),
        "completions/_shopcare": zsh(found),
        "completions/shopcare.fish": fish(found),
    }


def stale(wanted: dict[str, str]) -> list[str]:
    """Files that are not what would be written, and files nobody would write."""
    differing = [name for name, text in wanted.items() if _read(ROOT / name) != text]
    return sorted(differing + left_over(wanted))


def left_over(wanted: dict[str, str]) -> list[str]:
    """Files in the generated folders that belong to no command any more."""
    there = (path for folder in folders() for path in (ROOT / folder).rglob("*") if path.is_file())
    return [name for path in there if (name := path.relative_to(ROOT).as_posix()) not in wanted]


def _read(path: Path) -> str | None:
    return path.read_text("utf-8") if path.is_file() else None


def complaints(found: Surface) -> list[str]:
    """What a person has to mend before the files can be right."""
    problems = [f"'{noun}' has no module" for noun in found.missing]
    problems += [f"'{c.name}' has no help" for c in found.everything() if not c.help]
    problems += [f"'{c.name}' shows no example in its help" for c in found.commands() if not has_example(c)]
    unexplained = ((c, p) for c in found.commands() for p in (*c.options, *c.arguments) if not p.help)
    return problems + [f"'{c.name}': {' '.join(p.names) or p.metavar} has no help" for c, p in unexplained]


def main(arguments: list[str]) -> int:
    """Write or check; the exit code."""
    found = surface()
    wanted = texts(found)
    for problem in complaints(found):
        print(problem, file=sys.stderr)
    if arguments == ["--check"]:
        for name in stale(wanted):
            print(f"stale: {name} (python tools/generate.py)", file=sys.stderr)
        return 1 if stale(wanted) or complaints(found) else 0
    for name in left_over(wanted):
        (ROOT / name).unlink()
    for name, text in wanted.items():
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / name).write_text(text, "utf-8")
    print(f"{len(wanted)} files")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
