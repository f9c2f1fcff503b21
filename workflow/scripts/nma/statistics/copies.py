"""Neurons that are there more than once."""

from typing import Annotated

import numpy as np

from nma.types import BinsNeurons, Neurons

LEAST = 0.95  # correlation of copies
ROWS = 1024  # of correlations at once
Pairs = Annotated[np.ndarray, "(neurons, neurons), bool"]


def copies(activity: BinsNeurons) -> Pairs:
    """Which neurons are copies of one another; none is a copy of itself.

    Copies correlate with 0.95 or more in each half of the bins, since one moment that they share,
    an artefact or a single event, is in one half alone. A neuron that is constant in a half has
    none, and nor has any in fewer than four bins.
    """
    neurons = activity.shape[1]
    found = np.full((neurons, neurons), len(activity) >= 4)
    for half in np.array_split(activity, 2) if found.any() else ():
        centred = half - half.mean(axis=0, dtype=np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            centred /= np.sqrt(np.sum(centred**2, axis=0))
        centred = np.nan_to_num(centred).astype(np.float32)
        for start in range(0, neurons, ROWS):
            rows = slice(start, start + ROWS)
            found[rows] &= centred[:, rows].T @ centred >= LEAST
    np.fill_diagonal(found, False)
    return found


def without_copies(activity: BinsNeurons) -> Neurons:
    """Which neurons are left (bool) with the first of each group of copies alone."""
    return ~np.triu(copies(activity)).any(axis=0)
