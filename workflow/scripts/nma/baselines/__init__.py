"""Linear models that every network is compared with."""
