"""The forms a report can be printed in."""

from __future__ import annotations

FORMATS = ("table", "tsv", "csv", "json", "jsonl", "md")

#: File ending → form, for --output.
ENDINGS = {
    ".tsv": "tsv", ".txt": "table", ".csv": "csv", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".md": "md",
}  # fmt: skip
