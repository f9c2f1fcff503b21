"""Numbers only: no files, no torch."""
