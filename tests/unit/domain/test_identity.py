"""E-mail addresses meet in every spelling and never stand in clear."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcare.domain.identity import email_hash, normal_email

SALT = bytes(range(16))


@pytest.mark.parametrize(
    "spelling", ["ann@example.org", " Ann@Example.ORG\n", "ａｎｎ@example.org", "ann@exam\u200bple.org\ufeff"]
)
def test_spellings_of_one_address_meet(spelling: str) -> None:
    """Case, surrounding blanks, full-width letters and invisible marks do not make another buyer."""
    assert email_hash(SALT, spelling) == email_hash(SALT, "ann@example.org")


def test_another_salt_gives_another_hash() -> None:
    """Two stores cannot be compared by their hashes."""
    assert email_hash(SALT, "ann@example.org") != email_hash(SALT[::-1], "ann@example.org")


def test_the_hash_is_keyed_blake2b() -> None:
    """The value equals BLAKE2b as computed by hand once, so that a later change cannot silently split buyers."""
    assert email_hash(SALT, "ann@example.org") == "23cc7ecae07c1d898f0ad30821209da6"


@given(st.text(max_size=30))
def test_a_normal_address_is_its_own_normal_form(text: str) -> None:
    """Normalising again changes nothing, and neither do blanks around it."""
    once = normal_email(text)
    assert normal_email(once) == once == normal_email(f" {text}\t")


def test_a_tag_is_part_of_the_address() -> None:
    """`ann+shop@` is not `ann@`: only some hosts deliver both to one person."""
    assert normal_email("ann+shop@example.org") != normal_email("ann@example.org")
