"""Scores of every source, in one form of table."""
