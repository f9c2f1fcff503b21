"""Forecasts of all neurons from the last bins of a few principal components of them all."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from nma.forecasts.origins import Activity, gain_and_error, origins_of
from nma.preprocessing.splits import in_split
from nma.types import Array, Bins, BinsNeurons

DIMS = (5, 10, 20, 40, 75)
LAGS = (1, 2, 4)  # bins
PENALTIES = (0.01, 0.1, 1.0, 10.0)  # of ridge regression, over the mean power of the inputs


@dataclass(frozen=True)
class VectorAutoregression:
    """Ridge regression of all neurons on lagged principal components.

    components (dims, neurons); weights: {horizon: (lags, dims, neurons)}, 0 of what is not used.
    """

    components: Array
    weights: dict[int, Array]

    def forecast(self, activity: Activity, origins: Mapping[int, Bins]) -> dict[int, BinsNeurons]:
        """See origins.Forecaster."""
        scores = activity.centred @ self.components.T
        return {
            h: lagged(scores, starts, len(self.weights[h])).reshape(len(starts), -1)
            @ self.weights[h].reshape(-1, activity.centred.shape[1])
            for h, starts in origins.items()
        }


def lagged(scores: Array, starts: Bins, lags: int) -> Array:
    """Scores of the last bins from each origin: (n, lags, dims), 0 before the recording."""
    bins = starts[:, None] - np.arange(lags)
    return scores[np.maximum(bins, 0)] * (bins >= 0)[:, :, None].astype(scores.dtype)


def vector_autoregression(activity: Activity, components: Array) -> VectorAutoregression:
    """Dims, lags and penalty are those that are best on validation, for each horizon.

    components: the principal components of train (n, neurons), all of them.
    """
    components = components[: max(DIMS)].astype(np.float32)
    scores, count, lags = activity.centred @ components.T, len(components), max(LAGS)
    train = np.flatnonzero(in_split(activity.split, "train"))[lags - 1 :]
    inputs = lagged(scores, train, lags).reshape(len(train), -1)
    inner, cross, asked = (inputs.T @ inputs).astype(np.float64), {}, {}
    judged = origins_of(activity.split, "validation")
    for h, starts in judged.items():
        fitted = inputs[: max(len(train) - h, 0)]
        cross[h] = fitted.T @ activity.centred[train[: len(fitted)] + h]
        asked[h] = lagged(scores, starts, lags).reshape(len(starts), -1)
    best, weights = dict.fromkeys(judged, np.inf), {}
    for dims, used in product(DIMS, LAGS):
        mine = (np.arange(used)[:, None] * count + np.arange(min(dims, count))).ravel()
        powers, axes = np.linalg.eigh(inner[np.ix_(mine, mine)])  # for all horizons and penalties
        axes, unit = axes.astype(np.float32), max(powers.mean(), 1e-9)
        for h, starts in judged.items():
            far, turned = asked[h][:, mine] @ axes, axes.T @ cross[h][mine]
            for penalty in PENALTIES:
                shrinks = (np.maximum(powers, 0) + penalty * unit).astype(np.float32)
                shrunk = turned / shrinks[:, None]
                gain, error = gain_and_error(activity, starts + h, far @ shrunk)
                if error < best[h]:
                    best[h] = error
                    weights[h] = np.zeros((lags * count, turned.shape[1]), np.float32)
                    weights[h][mine] = gain * (axes @ shrunk)
    shape = lags, count, -1
    return VectorAutoregression(components, {h: w.reshape(shape) for h, w in weights.items()})
