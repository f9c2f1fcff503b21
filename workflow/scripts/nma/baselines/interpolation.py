"""The baseline for hidden entries: the same neuron's visible neighbours in time (METHODS 3)."""

from dataclasses import dataclass

import numpy as np

from nma.baselines.fitting import FittedTo
from nma.preprocessing.masks import hidden_entries
from nma.types import Array, BinsDims, BinsNeurons

REACH = 12  # bins on each side that a filter sees
DRAWS = 4  # of hidden entries, over which the normal equations of the filters are summed
RIDGE = 1e-3  # share of the mean power of the inputs
CHUNK = 64  # neurons whose lags are held in memory at once


@dataclass(frozen=True)
class Interpolation:
    """filters (neurons, 25): a linear filter for each neuron over its own lags."""

    filters: Array

    def predict(self, centred: BinsNeurons, visible: BinsNeurons) -> BinsNeurons:
        """Estimates; activity is 0 where it is not visible, which the filters expect."""
        parts = [slice(n, n + CHUNK) for n in range(0, centred.shape[1], CHUNK)]
        return np.concatenate(
            [np.einsum("tnl,nl->tn", lagged(centred[:, p]), self.filters[p]) for p in parts],
            axis=1,
        )


def fit(data: FittedTo) -> dict[int, Interpolation]:
    """The one fit there is."""
    return {0: fit_interpolation(data.train, data.seed)}


def fit_interpolation(train: BinsNeurons, seed: int) -> Interpolation:
    """Ridge regression of hidden entries on the neuron's own masked activity, for each neuron.

    train: less the train mean; seed: of the entries that are hidden. The entry itself is 0 where it
    is hidden, so its own tap stays 0.
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


def lagged(signal: BinsDims) -> Array:
    """(bins, dims) to (bins, dims, 2 * REACH + 1): each bin among neighbours, 0 past the ends."""
    padded = np.pad(signal, ((REACH, REACH), (0, 0)))
    return np.lib.stride_tricks.sliding_window_view(padded, 2 * REACH + 1, axis=0)
