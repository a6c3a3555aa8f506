"""What is known of the platforms' exports: their columns, words and layouts, and which of them a header belongs to."""
