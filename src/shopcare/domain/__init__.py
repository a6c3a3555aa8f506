"""Pure rules on the standard library only: no clock, no file, no database, no printing."""
