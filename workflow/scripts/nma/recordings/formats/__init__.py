"""One module for each format of raw recordings (recordings.raw)."""
