"""Studies: search for better settings of networks."""
