"""The frame around the work of a rule's script: log, locks, digest of code."""
