"""Who a cell names: nobody for a masked one, and the same one however the file that names them is imported."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopcare.importers.values.cells import bare
from shopcare.importers.values.identities import of_buyer_id, of_email

SALT = bytes(range(16))
MASKS = "*＊﹡∗●•○"


@given(st.text("abc李1", max_size=3), st.sampled_from(MASKS), st.text("abc李1", max_size=3))
def test_a_masked_value_is_nobody(before: str, mask: str, after: str) -> None:
    """Wherever a mask stands, in whichever width, neither a buyer id nor an address comes of it."""
    assert of_buyer_id(before + mask + after, SALT) is None
    assert of_email(f"{before}{mask}{after}@example.org", SALT) is None
    assert of_email(f"ann@{before}{mask}{after}.org", SALT) is None


@pytest.mark.parametrize("cell", ["", "-", "xxx", "1.2E+15", "d***o", "测*试", "x" * 201, "\u200b"])
def test_what_is_no_id_is_nobody(cell: str) -> None:
    """Words for nothing, rounded numbers and encrypted strings are no keys."""
    assert of_buyer_id(cell, SALT) is None


@pytest.mark.parametrize("cell", ["", "ann", "ann@", "@example.org", "ann@example", "ann@.org", "a" * 250 + "@b.org"])
def test_what_is_no_address_is_nobody(cell: str) -> None:
    """An address has a name and a host with a dot, and is no longer than addresses are."""
    assert of_email(cell, SALT) is None


@pytest.mark.parametrize(
    "cell",
    [
        "bob@b.org, ann@b.org", "bob@b.org;ann@b.org", "bob@b.org ann@b.org", "bob@b.org/ann@b.org", "bob@b.org\nann@b.org",
        "Ann <ann@b.org>", "mailto:ann@b.org", "ann@@b.org", "an n@b.org", "ann@b..org", "a...n@b.org", "a####@b.org",
        "bob@b.org\uff0cann@b.org", "bob@b.org\u3001ann@b.org", "ann@b.org.", "ann@b.org (home)", "138 0000 0000 ann@b.org",
    ],
)  # fmt: skip
def test_a_cell_with_more_than_an_address_is_nobody(cell: str) -> None:
    """Two addresses, or one among other words, are no identity: nothing of the rest may be printed as its host."""
    assert of_email(cell, SALT) is None


@pytest.mark.parametrize("cell", ["Ann@Example.org", " ann@example.org\t", "'ann@example.org", '="ann@example.org"'])
def test_spellings_and_guards_of_an_address_are_one(cell: str) -> None:
    """What a spreadsheet puts around an address, and its case, name the same person; the display shows no more."""
    who = of_email(cell, SALT)
    assert who == of_email("ann@example.org", SALT)
    assert who is not None
    assert who.display == "a***n@example.org"
    assert "ann" not in who.value + bare(who.display)
