"""What an after-sales export's words mean: a platform's status is one code, a case has four axes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from shopcare.domain.cases import CLOSED, FAULTS, KINDS, OUTCOMES, STAGES, WAITED_FOR, WAITING_ON

#: Fields an after-sales row may have; anything else in a format file is a slip.
CASE_FIELDS = (
    "case_id", "order_id", "kind", "business", "goods_back", "status", "result", "arbitration", "advance", "approval",
    "reason", "reason_detail", "condition", "line_id", "sku", "title", "spec", "quantity", "currency", "amount",
    "refunded", "freight", "applied_at", "closed_at", "refunded_at", "deadline", "fault", "waiting_on",
)  # fmt: skip
#: Fields that stand in several columns: amounts are added up, of times the newest counts.
CASE_SUMS = ("amount", "refunded", "seen_at")
CASE_KEYS = frozenset({"case", "kinds", "faults", "waiting", "plain"})
#: Columns beside the status with words of their own; such a word that nobody knows is listed too.
FURTHER_WORDS = ("result", "arbitration", "advance")
#: In a refinement: every stage but closed.
ANY_OPEN = "open"

#: `closed/as_asked`: the platform says "done" and leaves the rest to what was asked for.
AS_ASKED = "as_asked"
OUTCOME_AS_ASKED = {
    "refund_only": "refunded", "return_refund": "refunded", "price_protection": "refunded", "exchange": "exchanged",
    "reship": "reshipped", "repair": "repaired", "complaint": "explained", "inquiry": "explained",
}  # fmt: skip


class Meaning(NamedTuple):
    """Where a case stands. `outcome` is known exactly when the stage is closed; it may be `as_asked`."""

    stage: str
    outcome: str | None
    waiting_on: str | None


@dataclass(frozen=True, slots=True)
class Refinement:
    """A further column that changes what the status word means: the words it may hold, from which meanings, to which.

    `from_open`: from every meaning that is not closed.
    """

    column: str
    words: frozenset[str]
    sources: frozenset[Meaning]
    from_open: bool
    to: Meaning

    def applies_to(self, found: Meaning) -> bool:
        """Whether it changes this meaning."""
        return found in self.sources or (self.from_open and found.stage != CLOSED)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of one after-sales export. Words are compared after NFKC, trimming and lower case.

    `always` is what every row means in an export whose rows are all of one kind (a list of goods received). `further` are
    the words known in columns beside the status, those included that change nothing. `refunded_stands`: what stands in the
    column of refunds went back under every outcome that may carry money, not only under those that say so.
    """

    status: Mapping[str, Meaning] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    waiting: Mapping[str, str] = field(default_factory=dict)
    refine: tuple[Refinement, ...] = ()
    further: Mapping[str, frozenset[str]] = field(default_factory=dict)
    default_kind: str = "refund_only"
    always: Meaning | None = None
    case_id_from: tuple[str, ...] = ()
    refunded_stands: bool = False


def parse_vocabulary(table: Mapping[str, Any], word: Callable[[str], str]) -> Vocabulary:
    """The words of a format file; `word` brings one to the form in which words are compared.

    Raises:
        ValueError: a word stands for something that a case does not have.
    """
    case = table.get("case", {})
    if slip := set(case) - {"default_kind", "always", "case_id_from", "refunded_stands"}:
        raise ValueError(f"unknown key 'case.{min(slip)}'")
    refine = tuple(_refinement(rule, word) for rule in table.get("refine", ()))
    plain = {_one(column, FURTHER_WORDS, "column"): words for column, words in table.get("plain", {}).items()}
    return Vocabulary(
        status={word(text): meaning(value) for text, value in table.get("status", {}).items()},
        kinds=_known(table.get("kinds", {}), KINDS, "kind", word),
        faults=_known(table.get("faults", {}), FAULTS, "fault", word),
        waiting=_known(table.get("waiting", {}), WAITING_ON, "waiting_on", word),
        refine=refine,
        further={
            column: frozenset(map(word, plain.get(column, ()))).union(
                *(rule.words for rule in refine if rule.column == column)
            )
            for column in FURTHER_WORDS
        },
        default_kind=_one(case.get("default_kind", "refund_only"), KINDS, "kind"),
        always=meaning(case["always"]) if "always" in case else None,
        case_id_from=tuple(case.get("case_id_from", ())),
        refunded_stands=bool(case.get("refunded_stands", False)),
    )


def meaning(text: str) -> Meaning:
    """`awaiting_return/buyer` (stage and whom it waits for) or `closed/refunded` (closed with an outcome).

    Raises:
        ValueError: no such stage, outcome or party.
    """
    stage, _, rest = text.partition("/")
    _one(stage, STAGES, "stage")
    if stage == CLOSED:
        return Meaning(stage, _one(rest, (*OUTCOMES, AS_ASKED), "outcome"), None)
    return Meaning(stage, None, _one(rest, WAITING_ON, "waiting_on") if rest else WAITED_FOR[stage])


def _refinement(rule: Mapping[str, Any], word: Callable[[str], str]) -> Refinement:
    sources = frozenset(meaning(text) for text in rule["from"] if text != ANY_OPEN)
    words = frozenset(word(text) for text in rule["words"])
    column = _one(rule["column"], CASE_FIELDS, "field")
    return Refinement(column, words, sources, ANY_OPEN in rule["from"], meaning(rule["to"]))


def _known(table: Mapping[str, str], allowed: tuple[str, ...], name: str, word: Callable[[str], str]) -> dict[str, str]:
    return {word(text): _one(value, allowed, name) for text, value in table.items()}


def _one(value: str, allowed: tuple[str, ...], name: str) -> str:
    if value not in allowed:
        raise ValueError(f"unknown {name} '{value}'")
    return value
