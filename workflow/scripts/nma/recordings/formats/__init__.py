"""A module a format of raw recordings."""
