"""Recordings in NWB files: which series is read, its ROIs and cells, and behaviour beside it."""
