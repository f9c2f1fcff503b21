"""The baseline for hidden entries: the same neuron's visible neighbours in time (METHODS 3)."""

from dataclasses import dataclass

import numpy as np

from nma.baselines.lags import DRAWS, REACH, RIDGE, lagged
from nma.preprocessing.masks import hidden_entries

CHUNK = 64  # neurons whose lags are held in memory at once


@dataclass
class Interpolation:
    """filters (neurons, 25): a linear filter for each neuron over its own lags."""

    filters: np.ndarray

    def latents(self, activity, visible):
        """None: (bins, 0)."""
        return np.empty((len(activity), 0), activity.dtype)

    def predict(self, activity, visible):
        """Estimates (bins, neurons); activity is 0 where not visible, which the filters expect."""
        parts = [slice(n, n + CHUNK) for n in range(0, activity.shape[1], CHUNK)]
        return np.concatenate(
            [np.einsum("tnl,nl->tn", lagged(activity[:, p]), self.filters[p]) for p in parts],
            axis=1,
        )


def fit_interpolation(train, seed):
    """Ridge regression of hidden entries on the neuron's own masked activity, per neuron.

    train: (bins, neurons) less the train mean. The entry itself is 0 where it is hidden, so its
    own tap stays 0.
    """
    bins, neurons = train.shape
    filters = np.empty((neurons, 2 * REACH + 1), train.dtype)
    masks = [hidden_entries(bins, neurons, [seed, draw]) for draw in range(DRAWS)]
    for start in range(0, neurons, CHUNK):
        part = slice(start, start + CHUNK)
        inner = cross = 0
        for hidden in masks:
            seen = lagged(train[:, part] * ~hidden[:, part])
            wanted = hidden[:, part].astype(train.dtype)
            weighted = seen * wanted[:, :, None]
            inner = inner + np.einsum("tnl,tnm->nlm", weighted, seen, optimize=True)
            cross = cross + np.einsum("tnl,tn->nl", weighted, train[:, part], optimize=True)
        power = np.trace(inner, axis1=1, axis2=2)[:, None, None] / (2 * REACH + 1)
        ridge = (RIDGE * power + 1e-9) * np.eye(2 * REACH + 1)
        filters[part] = np.linalg.solve(inner + ridge, cross[:, :, None])[:, :, 0]
    return Interpolation(filters)
