"""One file, one table, one pure function: Arrow or pandas in, the same out; no clock, no file, no database."""
