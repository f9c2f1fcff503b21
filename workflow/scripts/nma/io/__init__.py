"""Files: whole or not at all, digests, errors in one sentence."""
