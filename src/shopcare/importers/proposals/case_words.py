"""The words of an after-sales file for which a format of one's own is made: those every shipped format understands alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from shopcare.importers.formats.cases import Meaning, Vocabulary
from shopcare.importers.formats.catalog import GENERIC_CASES, Format, known_formats, shipped_formats

#: Section of a format file → the field whose words stand in it.
SECTIONS = {"status": "status", "kinds": "kind", "faults": "fault", "waiting": "waiting_on"}


def meaning_text(meaning: Meaning) -> str:
    """A meaning as format files write it: `awaiting_return/buyer`, `closed/refunded`."""
    return "/".join(filter(None, (meaning.stage, meaning.outcome or meaning.waiting_on)))


def _words_in(vocabulary: Vocabulary, section: str) -> dict[str, str]:
    """The words of one section; not the numbers of a platform, which mean something else on every other one."""
    if section == "status":
        words = {word: meaning_text(meaning) for word, meaning in vocabulary.status.items()}
    else:
        words = dict(getattr(vocabulary, section))
    return {word: value for word, value in words.items() if not word.isdigit()}


@lru_cache(maxsize=1)
def case_status_words() -> frozenset[str]:
    """The status words of all shipped after-sales formats."""
    return frozenset(word for each in _vocabularies(shipped_formats()) for word in _words_in(each, "status"))


def _vocabularies(formats: Iterable[Format]) -> list[Vocabulary]:
    return [known.vocabulary for known in formats if known.vocabulary is not None]


def explained(
    words: Counter[str], own: Mapping[str, str], shared: Mapping[str, set[str]]
) -> tuple[dict[str, str], dict[str, int]]:
    """What words mean, the `own` ones and of the file's those that have one meaning in all formats that share them; and the
    others, the commonest first, with how often they come.
    """
    meanings = dict(own)
    for word in words:
        if word not in meanings and len(shared.get(word, ())) == 1:
            meanings[word] = next(iter(shared[word]))
    return meanings, {word: count for word, count in words.most_common() if word not in meanings}


def case_words(
    words: Callable[[str], Counter[str]], columns: Mapping[str, str], own: Mapping[str, str]
) -> tuple[dict[str, dict[str, str]], dict[str, dict[str, int]]]:
    """Section of a format file → word → meaning: those of the generic format, and of the file's own words those that mean
    one thing; and field → the words nobody knows, with how often they come.

    Args:
        words: the words of a column.
        columns: field → column.
        own: what the operator says of status words.
    """
    formats = known_formats()
    generic = next(each.vocabulary for each in formats if each.name == GENERIC_CASES)
    assert generic is not None, "it is a format of cases"
    vocabularies = _vocabularies(formats)
    meanings, unknown = {}, {}
    for section, field in SECTIONS.items():
        shared: dict[str, set[str]] = {}
        for vocabulary in vocabularies:
            for word, value in _words_in(vocabulary, section).items():
                shared.setdefault(word, set()).add(value)
        known = _words_in(generic, section) | dict(own if section == "status" else {})
        found = words(columns[field]) if columns.get(field) else Counter[str]()
        meanings[section], unknown[field] = explained(found, known, shared)
    return meanings, {field: left for field, left in unknown.items() if left}
