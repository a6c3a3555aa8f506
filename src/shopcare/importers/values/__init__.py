"""One cell → one value: identifiers, amounts, times, identities."""
