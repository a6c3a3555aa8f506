"""One file per report: SQL and a pure build."""
