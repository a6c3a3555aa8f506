"""The store: one SQLite file, its tables, its migrations and the SQL that reads it."""
