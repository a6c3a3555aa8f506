"""Reports on paper: table, tsv, csv, json, jsonl, md."""
