"""Search for better settings of networks."""
