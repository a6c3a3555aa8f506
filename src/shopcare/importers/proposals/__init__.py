"""A file that no format knows → what its columns most likely are, for a format of one's own."""
