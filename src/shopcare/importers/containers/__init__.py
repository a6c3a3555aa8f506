"""What exports come packed in: archives, compressed files, workbooks; each becomes bytes or tables of text."""
