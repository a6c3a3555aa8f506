"""Order exports: rows → what a file states of each order."""
