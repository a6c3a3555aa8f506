"""Exports in: bytes to rows, rows to facts."""
