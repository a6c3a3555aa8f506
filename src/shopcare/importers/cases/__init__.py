"""After-sales exports: rows → what each of them says of a case."""
