"""Finished results as arrays with units and axes: what nma.run is made of."""
