"""Signals among their neighbours in time, for filters fitted by regression."""

import numpy as np

from nma.types import Array, BinsDims

REACH = 12  # bins on each side that a filter sees
DRAWS = 4  # of hidden entries, over which the normal equations of the filters are summed
RIDGE = 1e-3  # share of the mean power of the inputs


def lagged(signal: BinsDims) -> Array:
    """(bins, dims) to (bins, dims, 2 * REACH + 1): each bin among neighbours, 0 past the ends."""
    padded = np.pad(signal, ((REACH, REACH), (0, 0)))
    return np.lib.stride_tricks.sliding_window_view(padded, 2 * REACH + 1, axis=0)
