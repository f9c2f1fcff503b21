"""What surrounds the work of a rule's script: log, locks, digest of code."""
