"""Models that every network is compared with."""
