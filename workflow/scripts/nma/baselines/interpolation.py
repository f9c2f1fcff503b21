"""The baseline for hidden entries: the same neuron's visible neighbours in time (METHODS 3)."""

from dataclasses import dataclass

import numpy as np

from nma.baselines.fitting import FittedTo
from nma.preprocessing.masks import hidden_entries
from nma.types import Array, BinsDims, BinsNeurons

REACH = 12  # bins on each side that a filter sees
DRAWS = 4  # of hidden entries, over which the normal equations of the filters are summed
RIDGE = 1e-3  # share of the mean power of the inputs


@dataclass(frozen=True)
class Interpolation:
    """filters (neurons, 25): a linear filter for each neuron over its own lags."""

    filters: Array

    def predict(self, centred: BinsNeurons, visible: BinsNeurons) -> BinsNeurons:
        """Estimates; activity is 0 where it is not visible, which the filters expect."""
        return np.einsum("tnl,nl->tn", lagged(centred), self.filters)


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
    for neuron, activity in enumerate(train.T):
        # Only the hidden entries are equations, a quarter of all bins in each draw.
        rows = [mask[:, neuron] for mask in masks]
        seen = np.concatenate([lagged(activity[:, None] * ~r[:, None])[r, 0] for r in rows])
        wanted = np.concatenate([activity[r] for r in rows])
        inner = seen.T @ seen
        ridge = RIDGE * np.trace(inner) / len(inner) + 1e-9
        inner[np.diag_indices_from(inner)] += ridge
        filters[neuron] = np.linalg.solve(inner, seen.T @ wanted)
    return Interpolation(filters)


def lagged(signal: BinsDims) -> Array:
    """(bins, dims) to (bins, dims, 2 * REACH + 1): each bin among neighbours, 0 past the ends."""
    padded = np.pad(signal, ((REACH, REACH), (0, 0)))
    return np.lib.stride_tricks.sliding_window_view(padded, 2 * REACH + 1, axis=0)
