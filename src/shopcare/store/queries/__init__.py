"""SQL text by area; each function is named by its answer."""
