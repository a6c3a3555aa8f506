"""The words of an after-sales file for which a format of one's own is made: those every shipped format understands alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from shopcare.importers.formats.cases import Meaning, Vocabulary
from shopcare.importers.formats.catalog import GENERIC_CASES, Format, known_formats, normal_word, shipped_formats

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


def case_words(cells: Callable[[str], Iterable[str]], columns: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Section → word → meaning: those of the generic format, and of the file's own words those that mean one thing.

    Args:
        cells: the filled cells of a column.
        columns: field → column.
    """
    formats = known_formats()
    generic = next(each.vocabulary for each in formats if each.name == GENERIC_CASES)
    assert generic is not None, "it is a format of cases"
    vocabularies = _vocabularies(formats)
    found = {}
    for section, field in SECTIONS.items():
        found[section] = own = _words_in(generic, section)
        known: dict[str, set[str]] = {}
        for vocabulary in vocabularies:
            for word, value in _words_in(vocabulary, section).items():
                known.setdefault(word, set()).add(value)
        for cell in cells(columns[field]) if field in columns else ():
            word = normal_word(cell)
            if word not in own and len(known.get(word, ())) == 1:
                own[word] = next(iter(known[word]))
    return found
