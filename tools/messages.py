"""The message catalogue: find every message id in the code, keep the Chinese one complete; `--check` only says what is wrong.

A message id is found by its place, not by a marker: labels of columns, titles and notes of blocks, sentences and hints of
refusals, what a refusal is told under the names in `shopcare.errors.WORDS`, help texts of commands, code words that people
see translated; and whatever stands in `_()` or `N_()`.
"""

from __future__ import annotations

import ast
import io
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from surface import ROOT, surface

SOURCE = ROOT / "src" / "shopcare"
FOLDER = SOURCE / "locale" / "zh_CN" / "LC_MESSAGES"

#: Call → positions and names of the arguments that are message ids.
PLACES: dict[str, tuple[set[int], set[str]]] = {
    "_": ({0}, set()),
    "N_": ({0}, set()),
    "Column": ({1}, {"label"}),
    "Block": ({1, 6}, {"title", "note"}),
    "Message": ({0}, {"text"}),
    "Report": ({1}, {"title"}),
    "UsageError": (set(), {"problem"}),
    "skip": ({1}, {"why"}),
}
ATTRIBUTES = {"sentence", "hint"}

#: Texts the parser looks up in our catalogue when it writes help. (What it says in refusals is matched in cli/usage.py.)
PARSER = ("Arguments", "Commands", "Options", "default: {default}", "env var: {var}", "required", "(dynamic)")

#: Further words in columns of kind "code".
SEEN_IN_REPORTS = (
    "answer", "booked", "booked_before", "buyer_id", "case", "cases", "customer", "customers", "days", "email", "event",
    "events", "export", "line", "lines", "order", "orders", "review", "reviews", "surveys", "unit",
)  # fmt: skip

#: What the system and SQLite say, as far as it is met; it reaches people inside our sentences.
SYSTEM = (
    "No such file or directory", "Permission denied", "Operation not permitted", "Is a directory", "Not a directory",
    "No space left on device", "Read-only file system", "Input/output error", "File name too long", "File too large",
    "Disk quota exceeded", "Too many open files", "File exists", "No such device or address",
    "database is locked", "attempt to write a readonly database", "disk I/O error", "database or disk is full",
    "file is not a database", "unable to open database file", "database disk image is malformed",
)  # fmt: skip

HEADER = [
    ("Project-Id-Version", "shopcare"),
    ("Language", "zh_CN"),
    ("Plural-Forms", "nplurals=1; plural=0;"),
    ("MIME-Version", "1.0"),
    ("Content-Type", "text/plain; charset=utf-8"),
    ("Content-Transfer-Encoding", "8bit"),
]


class Undated(Catalog):
    """A catalogue whose header names neither a date nor a program, so that the same messages give the same file."""

    mime_headers = property(lambda _self: list(HEADER), lambda _self, _given: None)  # type: ignore[assignment]


# ------------------------------------------------------------------------------------------------- what is in the code


def message_ids() -> tuple[dict[str, set[str]], list[str]]:
    """Message id → files it stands in, and what cannot be translated as it is written."""
    found: dict[str, set[str]] = {}
    problems: list[str] = []
    trees = {path: ast.parse(path.read_text("utf-8")) for path in sorted(SOURCE.rglob("*.py"))}
    refusals = _refusal_names(trees.values())
    for path, tree in trees.items():
        name = path.relative_to(ROOT).as_posix()
        for node in _places(tree, refusals):
            for text in _literals(node, lambda where, name=name: problems.append(f"{name}:{where}")):
                found.setdefault(text, set()).add(name)
    for text, origin in [
        *_help_texts(),
        *_code_words(),
        *((text, "parser") for text in PARSER),
        *((text, "system") for text in SYSTEM),
    ]:
        found.setdefault(text, set()).add(origin)
    found.pop("", None)
    return {text: files for text, files in found.items() if _has_words(text)}, problems


def _has_words(text: str) -> bool:
    """Whether anything is left to translate, be it a comma, once the blanks are taken out."""
    return bool(re.search(r"[A-Za-z.,:;!?(]", re.sub(r"\{[^}]*\}", "", text)))


def _refusal_names(trees: object) -> set[str]:
    classes = (node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef))  # type: ignore[attr-defined]
    return {node.name for node in classes if ATTRIBUTES & {name for name, _value in _assigned(node)}}


def _assigned(node: ast.ClassDef) -> Iterator[tuple[str, ast.expr]]:
    for statement in node.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            yield statement.targets[0].id, statement.value
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value:
            yield statement.target.id, statement.value


Scope = dict[str, list[ast.expr]]


def _places(node: ast.AST, refusals: set[str], scope: Scope | None = None) -> Iterator[ast.expr]:
    """Every expression that stands where a message id stands; a name stands for all that its function or module gave it."""
    from shopcare.errors import WORDS

    names = scope or {}
    if isinstance(node, ast.Module | ast.FunctionDef):
        names = names | _named(node)
    if isinstance(node, ast.ClassDef):
        yield from (value for name, value in _assigned(node) if name in ATTRIBUTES)
    elif isinstance(node, ast.Call):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        positions, keywords = PLACES.get(called, (set(), WORDS if called in refusals else set()))
        wanted = [value for place, value in enumerate(node.args) if place in positions]
        wanted += [keyword.value for keyword in node.keywords if keyword.arg in keywords]
        yield from (text for value in wanted for text in names.get(getattr(value, "id", ""), [value]))
    for child in ast.iter_child_nodes(node):
        yield from _places(child, refusals, names)


def _named(node: ast.Module | ast.FunctionDef) -> Scope:
    """Texts that get a name in a module or function before they are used."""
    assigned = (each for each in ast.walk(node) if isinstance(each, ast.Assign))
    if isinstance(node, ast.Module):
        assigned = (each for each in node.body if isinstance(each, ast.Assign))
    found: Scope = {}
    for each in assigned:
        if isinstance(each.targets[0], ast.Name):
            found.setdefault(each.targets[0].id, []).append(each.value)
    return found


def _literals(node: ast.expr, complain: Callable[[str], None]) -> Iterator[str]:
    """The texts an expression can be; a formatted text is complained about, because no catalogue can answer it."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp():
            yield from _literals(node.body, complain)
            yield from _literals(node.orelse, complain)
        case ast.BoolOp():
            for value in node.values:
                yield from _literals(value, complain)
        case ast.JoinedStr() if any(
            isinstance(p, ast.Constant) and re.search("[A-Za-z]", p.value) for p in node.values
        ):
            complain(f"{node.lineno}: {ast.unparse(node)} can have no translation: give the blanks as keywords")
        case _:
            return


def _help_texts() -> Iterator[tuple[str, str]]:
    from shopcare.cli.pages import translated

    found = surface()
    seen: list[str] = []

    def keep(text: str) -> str:
        seen.append(text)
        return text

    for command in [found.root, *found.everything()]:
        translated(command.help, keep)
        for parameter in (*command.options, *command.arguments):
            keep(parameter.help)
        yield from ((text, "help") for text in seen)
        seen.clear()


def _code_words() -> Iterator[tuple[str, str]]:
    """Words that stand in the store and that people see translated."""
    from shopcare.domain import cases
    from shopcare.importers.formats.catalog import shipped_formats
    from shopcare.store.tables.loyalty import ENTRY_KINDS
    from shopcare.store.tables.orders import ORDER_STATUSES
    from surface import platforms

    groups = (
        cases.KINDS, cases.STAGES, cases.OUTCOMES, cases.WAITING_ON, cases.FAULTS, ORDER_STATUSES,
        ENTRY_KINDS, ("open", *sorted({action for _stage, action in cases.TRANSITIONS})), platforms(), SEEN_IN_REPORTS,
        [known.title for known in shipped_formats()],
    )  # fmt: skip
    return ((str(word), "code-words") for group in groups for word in group)


# ------------------------------------------------------------------------------------------------------- the catalogue


def read(path: Path) -> Catalog:
    """The catalogue as it is."""
    if not path.is_file():
        return Undated(locale="zh_CN")
    with path.open("rb") as file:
        return read_po(file, locale="zh_CN")


def updated(old: Catalog, wanted: dict[str, set[str]]) -> Catalog:
    """The catalogue with exactly the wanted ids, keeping every translation there is."""
    new = Undated(
        locale="zh_CN", charset="utf-8", fuzzy=False, header_comment="# Simplified Chinese messages of shopcare."
    )
    for text in sorted(wanted):
        known = old.get(text)
        new.add(
            text, known.string if known and not known.fuzzy else "", locations=[(f, None) for f in sorted(wanted[text])]
        )
    return new


def po_bytes(catalog: Catalog) -> bytes:
    """The catalogue as text for translators."""
    file = io.BytesIO()
    write_po(file, catalog, width=0, include_lineno=False)
    return file.getvalue()


def mo_bytes(catalog: Catalog) -> bytes:
    """The catalogue as the program reads it."""
    file = io.BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def blanks(text: str) -> set[str]:
    """The `{name}` blanks of a text."""
    return set(re.findall(r"\{[^{}]*\}", text))


def complaints(catalog: Catalog) -> list[str]:
    """Messages without a translation, or whose translation fills other blanks."""
    problems = []
    for message in catalog:
        if not message.id:
            continue
        if not message.string or message.fuzzy:
            problems.append(f"no translation: {message.id!r}")
        elif blanks(message.id) != blanks(message.string):
            problems.append(f"other blanks in the translation: {message.id!r}")
    return problems


def main(arguments: list[str]) -> int:
    """Write or check; the exit code."""
    wanted, problems = message_ids()
    po, mo = FOLDER / "shopcare.po", FOLDER / "shopcare.mo"
    new = updated(read(po), wanted)
    problems += complaints(new)
    files = {po: po_bytes(new), mo: mo_bytes(new)}
    if arguments == ["--check"]:
        stale = [path for path, data in files.items() if not path.is_file() or path.read_bytes() != data]
        problems += [f"stale: {path.relative_to(ROOT)} (python tools/messages.py)" for path in stale]
    else:
        FOLDER.mkdir(parents=True, exist_ok=True)
        for path, data in files.items():
            path.write_bytes(data)
        print(f"{len(wanted)} messages")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
