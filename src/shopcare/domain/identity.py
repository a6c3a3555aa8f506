"""Who a buyer is, without keeping what would identify them: an e-mail address is stored only as a keyed hash.

The key is a random salt made with the store (`store_meta`, key `SALT_KEY`, hex), so equal addresses meet within one
store and a stolen store cannot be compared with another one or with a precomputed list.
"""

from __future__ import annotations

import unicodedata

#: Where a store keeps its salt, hex, in `store_meta`.
SALT_KEY = "identity_salt"
#: Bytes of salt a new store draws.
SALT_BYTES = 16

_HASH_BYTES = 16


def normal_email(email: str) -> str:
    """The address as it is compared: NFKC, without blanks around it or invisible marks, in lower case.

    A tag (`ann+shop@`) is part of the address: some hosts take it for another mailbox.
    """
    if email.isascii():
        return email.strip().lower()
    visible = "".join(character for character in email if unicodedata.category(character) != "Cf")
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", visible).strip().lower())


def email_hash(salt: bytes, email: str) -> str:
    """The stored form of an e-mail address: keyed BLAKE2b of its normal form, 32 hex digits."""
    assert salt, "an unkeyed hash of an address can be looked up"
    import hashlib  # loads OpenSSL, which a read that needs no hash has no time for

    return hashlib.blake2b(normal_email(email).encode(), key=salt, digest_size=_HASH_BYTES).hexdigest()
