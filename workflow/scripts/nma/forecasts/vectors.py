"""Forecasts of all neurons from the last bins of a few principal components of them all."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nma.forecasts.origins import Activity, gain_and_error, origins
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
    scores = activity.centred @ components.T
    judged, fitted = (origins(activity.split, name) for name in ("validation", "train"))
    count, lags = len(components), max(LAGS)
    weights = {}
    for h, starts in fitted.items():
        starts = starts[lags - 1 :]
        inputs = lagged(scores, starts, lags).reshape(len(starts), -1)
        inner = (inputs.T @ inputs).astype(np.float64)
        cross = inputs.T @ activity.centred[starts + h]
        asked = lagged(scores, judged[h], lags).reshape(len(judged[h]), -1)
        best = np.inf
        for dims in DIMS:
            for used in LAGS:
                mine = (np.arange(used)[:, None] * count + np.arange(min(dims, count))).ravel()
                powers, axes = np.linalg.eigh(inner[np.ix_(mine, mine)])
                axes = axes.astype(np.float32)
                far, turned = asked[:, mine] @ axes, axes.T @ cross[mine]
                for penalty in PENALTIES:
                    shrunk = (
                        turned.T / (np.maximum(powers, 0) + penalty * max(powers.mean(), 1e-9))
                    ).T.astype(np.float32)
                    gain, error = gain_and_error(activity, judged[h] + h, far @ shrunk)
                    if error < best:
                        best = error
                        weights[h] = np.zeros((lags * count, cross.shape[1]), np.float32)
                        weights[h][mine] = gain * (axes @ shrunk)
        weights[h] = weights[h].reshape(lags, count, -1)
    return VectorAutoregression(components, weights)
