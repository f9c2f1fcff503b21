"""Forecasts: activity of later bins from bins up to now, by simple models, LDSs and networks."""
