"""The user's settings file: written once as a commented copy of the defaults, never overwritten."""

from __future__ import annotations

from pathlib import Path


def write_if_missing() -> Path | None:
    """Write the user's settings file with every key commented out; None if there is one, or no place for one."""
    from shopcare.config import shipped, user_file

    path = user_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with path.open("x", encoding="utf-8") as file:
            file.write(commented(shipped("shopcare.toml").read_text("utf-8")))
    except OSError:  # there already, or a read-only home: the defaults hold either way
        return None
    return path


def commented(text: str) -> str:
    """The file with every setting commented out, so that it changes nothing until someone edits it."""
    lines = (line if not line.strip() or line.startswith("#") else f"# {line}" for line in text.splitlines())
    return "\n".join(lines) + "\n"
