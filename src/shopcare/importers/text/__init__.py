"""Bytes → rows: encoding, dialect, header, and the records below it."""
