"""Neurons that are there more than once."""

from typing import Annotated

import numpy as np

from nma.types import BinsNeurons

LEAST = 0.95  # correlation of copies
Pairs = Annotated[np.ndarray, "(neurons, neurons), bool"]


def copies(activity: BinsNeurons) -> Pairs:
    """Which neurons are copies of one another; none is a copy of itself.

    Copies correlate with 0.95 or more in each half of the bins, since one moment that they share,
    an artefact or a single event, is in one half alone. A neuron that is constant in a half has
    none, and nor has any in fewer than four bins.
    """
    found = np.full((activity.shape[1],) * 2, len(activity) >= 4)
    for half in np.array_split(np.asarray(activity, np.float64), 2) if found.any() else ():
        centred = half - half.mean(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            centred /= np.sqrt(np.sum(centred**2, axis=0))
        found &= np.nan_to_num(centred.T @ centred) >= LEAST
    np.fill_diagonal(found, False)
    return found
