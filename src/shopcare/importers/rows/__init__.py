"""What every pass over the rows of a file needs, whatever they are about."""
