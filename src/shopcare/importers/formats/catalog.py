"""What is known of each export format: one TOML file per format in `config/platforms`."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from shopcare.domain.orders import STATUS_RANKS
from shopcare.importers.formats.cases import CASE_FIELDS, CASE_KEYS, CASE_SUMS, Vocabulary, parse_vocabulary
from shopcare.importers.formats.layout import Layout, Variant
from shopcare.importers.formats.people import PEOPLE_FIELDS
from shopcare.importers.refusals import FormatFileError, UnknownFieldError, UnknownPlatformError

#: Fields an order has once, and fields each of its lines has.
ORDER_FIELDS = (
    "order_id", "customer_id", "email", "status", "fulfilment", "currency", "total", "paid", "outstanding", "freight",
    "discount", "refunded", "ordered_at", "paid_at", "shipped_at", "completed_at", "cancelled_at", "channel",
    "payment_method", "province", "updated_at", "aftersale", "adjusted", "row_kind", "clock", "zone", "summary",
)  # fmt: skip
LINE_FIELDS = ("line_id", "sku", "title", "category", "quantity", "unit_price", "amount")
GENERIC = "generic-orders"
GENERIC_CASES = "generic-cases"
#: Kind of export → the fields a format file of it may name; anything else is a slip.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "orders": (*ORDER_FIELDS, *LINE_FIELDS), "lines": (*ORDER_FIELDS, *LINE_FIELDS),
    "cases": (*CASE_FIELDS, *CASE_SUMS), **PEOPLE_FIELDS,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Refine:
    """A further column that moves a status on: `words` it may hold (none: any text), `from` which statuses, `to` which."""

    column: str
    words: frozenset[str]
    sources: frozenset[str]
    to: str


@dataclass(frozen=True, slots=True)
class Format:
    """One export format.

    `kind` is `orders`, `lines` (of orders, without their money), `cases` (after-sales, with their `vocabulary`), `reviews`,
    `customers`, `surveys` or `events`. `grain` is what a row is: an `order`, a `line` of one, or one `unit` of a line. `home`
    is the platform whose shops such a file belongs to, if not its own. `words` are the words that raise a flag or name a
    kind. `changing` are columns that are not read, and whose text changes though a row is about the same thing.
    `confidence` is how well the header is known: A seen in several exports, B in one, C in part.
    """

    name: str
    title: str
    platform: str
    kind: str
    grain: str = "order"
    currency: str = ""
    zone: str = ""
    detect: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    status: Mapping[str, str] = field(default_factory=dict)
    refine: tuple[Refine, ...] = ()
    shipped_words: frozenset[str] = frozenset()
    shipped_column: str = "status"
    first_word: frozenset[str] = frozenset()
    footers: tuple[str, ...] = ()
    buyer: str = ""
    paid_from: str = "paid"
    ordered_at_from_id: str = ""
    known: frozenset[str] = frozenset()
    changing: frozenset[str] = frozenset()
    vocabulary: Vocabulary | None = None
    home: str = ""
    words: Mapping[str, frozenset[str]] = field(default_factory=dict)
    confidence: str = ""
    layout: Layout = field(default_factory=Layout)

    @property
    def names(self) -> frozenset[str]:
        """Every name by which a header may be this format's."""
        return self.known.union(self.detect)

    def renamed(self, columns: Mapping[str, str]) -> Format:
        """The format with some fields under the operator's own header names."""
        changed = {**self.columns, **{name: (normal(header),) for name, header in columns.items()}}
        return replace(self, columns=changed, detect=(), known=_known(changed, self.sums, ()))


#: The longest text that may be a name or a word with HTML escapes in it (characters).
LONGEST_NAME = 1000


def normal(name: str) -> str:
    """A header name as it is compared: NFKC, no HTML escapes, single blanks, no invisible marks."""
    if len(name) <= LONGEST_NAME:
        name = html.unescape(name)
    text = unicodedata.normalize("NFKC", name).replace("\0", "")
    if not text.isascii():
        text = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    text = text.strip()
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1]
    return _BESIDE_CHINESE.sub("", " ".join(text.split()))


#: Chinese needs no blanks: one beside it is a line break in a header cell, or a slip.
_BESIDE_CHINESE = re.compile("(?<=[\u2e80-\u9fff\uff00-\uffef]) | (?=[\u2e80-\u9fff\uff00-\uffef])")


def normal_word(word: str) -> str:
    """A status word as it is compared: like a header name, in lower case, without the `'` that guards a cell."""
    return normal(word).removeprefix("'").strip().lower()


@lru_cache(maxsize=1)
def shipped_formats() -> tuple[Format, ...]:
    """Every format of the shipped `config/platforms`, by name."""
    from shopcare.config import shipped

    return tuple(load(path) for path in sorted(shipped("platforms").glob("*.toml")))


@lru_cache(maxsize=1)
def without_refund_amounts() -> frozenset[str]:
    """The shipped formats of orders that say that money went back, but never how much: all of it is assumed."""
    return frozenset(
        known.name
        for known in shipped_formats()
        if known.kind == "orders" and not {"refunded", "adjusted"} & set(known.columns) and not known.layout.reversed
    )


def user_folder() -> Path:
    """Where the operator's own format files lie: `formats` beside the user's settings file."""
    from shopcare.config import user_file

    return user_file().parent / "formats"


def known_formats() -> tuple[Format, ...]:
    """Every format there is: the operator's own, which win where a header fits both, then the shipped ones.

    Raises:
        FormatFileError: a file of the operator's is not a format, or has the name of a shipped one.
    """
    shipped = shipped_formats()
    own = tuple(load(path) for path in sorted(user_folder().glob("[!.]*.toml")))
    names = {known.name for known in shipped}
    for known in own:
        if known.name in names:
            raise FormatFileError(
                file=str(user_folder() / f"{known.name}.toml"), problem="a shipped format has this name"
            )
    return own + shipped


def load(path: Path) -> Format:
    """One format file.

    Raises:
        FormatFileError: not TOML, a key or field that means nothing here, or a required one missing.
    """
    import tomli

    try:
        return _parse(path.stem, tomli.loads(path.read_text("utf-8")))
    except (
        OSError,
        UnicodeDecodeError,
        tomli.TOMLDecodeError,
        AttributeError,
        KeyError,
        TypeError,
        ValueError,
    ) as problem:
        raise FormatFileError(file=str(path), problem=str(problem)) from problem


_KEYS = frozenset((
    "title", "platform", "kind", "grain", "currency", "zone", "detect", "required", "buyer", "paid_from",
    "ordered_at_from_id", "columns", "sums", "status", "refine", "shipped", "first_word", "footer", "other", "confidence",
    "file", "rows", "money", "dates", "currencies", "zones", "variant", "home", "words", "taxes",
))  # fmt: skip


def _check_keys(table: Mapping[str, Any]) -> None:
    """Refuse a key that means nothing, a kind there is not, and what must not be missing.

    Raises:
        ValueError.
    """
    if unknown := set(table) - _KEYS - (CASE_KEYS if table.get("kind") == "cases" else set()):
        raise ValueError(f"unknown key '{min(unknown)}'; allowed: {', '.join(sorted(_KEYS))}")
    if lacking := {"title", "platform", "kind"} - set(table):
        raise ValueError(f"the key '{min(lacking)}' is missing")
    if table["kind"] not in FIELDS:
        raise ValueError(f"unknown kind '{table['kind']}'; allowed: {', '.join(FIELDS)}")


def _check_names(table: Mapping[str, Any], fields: set[str], statuses: set[str]) -> None:
    """Refuse names of fields and of statuses that there are not.

    Raises:
        ValueError.
    """
    known = FIELDS[table["kind"]]
    if slip := fields.difference(known):
        raise ValueError(f"unknown field '{min(slip)}' in [columns]; allowed for {table['kind']}: {', '.join(known)}")
    if fieldless := [each for each in table.get("required", ()) if each not in fields]:
        raise ValueError(f"required names '{fieldless[0]}', which [columns] does not have")
    if slip := statuses - set(STATUS_RANKS):
        raise ValueError(f"unknown status '{min(slip)}' in [status]; allowed: {', '.join(STATUS_RANKS)}")


def _parse(name: str, table: dict[str, Any]) -> Format:
    _check_keys(table)
    of_cases = table["kind"] == "cases"
    columns, sums, other = _names(table.get("columns", {})), _names(table.get("sums", {})), table.get("other", {})
    vocabulary = parse_vocabulary(table, normal_word) if of_cases else None
    status = {} if of_cases else {normal_word(word): value for word, value in table.get("status", {}).items()}
    _check_names(table, {*columns, *sums}, set(status.values()))
    return Format(
        name=name,
        columns=columns,
        sums=sums,
        status=status,
        detect=tuple(normal(text) for text in table.get("detect", ())),
        required=tuple(table.get("required", ())),
        refine=() if of_cases else tuple(_refine(rule) for rule in table.get("refine", ())),
        vocabulary=vocabulary,
        shipped_words=frozenset(normal_word(word) for word in table.get("shipped", {}).get("words", ())),
        shipped_column=table.get("shipped", {}).get("column", "status"),
        first_word=frozenset(table.get("first_word", {}).get("fields", ())),
        footers=_footers(table),
        words={name: frozenset(map(normal_word, each)) for name, each in table.get("words", {}).items()},
        known=_known(columns, sums, (*other.get("columns", ()), *other.get("changing", ()))),
        changing=frozenset(normal(name) for name in other.get("changing", ())),
        layout=_layout(table),
        **{key: table[key] for key in ("title", "platform", "kind")},
        **{
            key: table[key]
            for key in ("grain", "currency", "zone", "buyer", "paid_from", "ordered_at_from_id", "confidence", "home")
            if key in table
        },
    )


#: How rows begin that sum up the ones above, in any file; of orders, whose first cells are no free text, also notes.
_SUMS = ("合计", "合 计", "总计", "总 计", "小计", "汇总")
_NOTES = ("说明:", "备注:", "注:")


def _footers(table: Mapping[str, Any]) -> tuple[str, ...]:
    own = tuple(normal(text) for text in table.get("footer", {}).get("starts", ()))
    return own + _SUMS + (_NOTES if table["kind"] in ("orders", "lines") else ())


def _layout(table: Mapping[str, Any]) -> Layout:
    """The sections of a format file about what is beside its columns; each key is a field of `Layout`."""
    given: dict[str, Any] = {}
    for section in ("file", "rows", "money", "dates"):
        given |= table.get(section, {})
    for key in ("encodings", "once", "added", "reversed", "refund_words"):
        given[key] = tuple(given.get(key, getattr(Layout(), key)))
    for key in ("reversed", "refund_words"):
        given[key] = tuple(normal_word(word) for word in given[key])
    given["prefixes"] = tuple((normal_word(word), to) for word, to in given.get("prefixes", {}).items())
    if "paid" in given["added"] and "refunded" not in given["added"]:
        given["added"] += ("refunded",)  # what went back of a row is a part of what was paid for it
    given["combined"] = "rows" in table and given.pop("combined", True)
    given["currencies"] = tuple(table.get("currencies", {}).items())
    given["zones"] = table.get("zones", {})
    taxes = table.get("taxes", {})
    given["taxes"] = tuple(normal(name) for name in taxes.get("columns", ()))
    given["untaxed_prices"] = frozenset(taxes.get("added_in", ()))
    given["variants"] = tuple(
        Variant(tuple(normal(name) for name in each["when"]), each.get("currency", ""), each.get("zone", ""))
        for each in table.get("variant", ())
    )
    return Layout(**given)


def _names(table: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    return {key: tuple(normal(name) for name in names) for key, names in table.items()}


def _refine(rule: Mapping[str, Any]) -> Refine:
    words = frozenset(normal_word(word) for word in rule.get("words", ()))
    return Refine(rule["column"], words, frozenset(rule["from"]), rule["to"])


def _known(
    columns: Mapping[str, Sequence[str]], sums: Mapping[str, Sequence[str]], other: Iterable[str]
) -> frozenset[str]:
    named = [name for names in columns.values() for name in names]
    named += [name.removeprefix("-") for names in sums.values() for name in names]
    return frozenset([*named, *(normal(name) for name in other)])


def chosen(platform: str | None, columns: Mapping[str, str], *, generic: str = GENERIC) -> tuple[Format, ...]:
    """The formats to look for: all of them, those of `--platform` (a platform or a format's name), or the `generic` one
    with the operator's `--column` names. A generic format of another kind takes part only if its header is unmistakable.

    Raises:
        UnknownPlatformError, UnknownFieldError.
    """
    kind = generic.removeprefix("generic-")
    formats = tuple(known for known in known_formats() if known.kind == kind or not _is_vague(known))
    if columns:
        platform = platform or "generic"
    if platform:
        formats = tuple(known for known in formats if platform in (known.platform, known.name))
        if not formats:
            names = sorted({known.platform for known in known_formats() if known.columns})
            raise UnknownPlatformError(name=platform, known=", ".join(names))
    if not columns:
        return formats
    fitting = [known for known in formats if known.name == generic]
    own = next(known for known in known_formats() if known.name == generic)
    for name in columns:
        if not fitting or name not in own.columns:
            raise UnknownFieldError(given=name, fields=", ".join(own.columns))
    return tuple(known.renamed(columns) for known in fitting)


def _is_vague(known: Format) -> bool:
    """Whether one column is all a generic format asks for: any file may have that."""
    return known.platform == "generic" and len(known.required) < 2
