"""Forecasts of each neuron from its own past, fitted to train by least squares.

Settings, and a gain, are those that are best on validation, for each horizon on its own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from nma.forecasts.origins import HORIZONS, Activity, gain_and_error, origins_of
from nma.preprocessing.splits import in_split
from nma.types import Array, Bins, BinsNeurons, Neurons

WIDTHS = (2, 4, 8, 16, 32)  # bins that are averaged
ORDERS = (2, 4, 8, 16, 32)  # lags of an autoregression
SHRINKAGE = (0.0, 0.3, 1.0)  # added to the variance of a neuron, over it
CONTEXTS = (4, 16, 64)  # lags of the filter that all neurons share


@dataclass(frozen=True)
class Filters:
    """Sums over each neuron's own last bins; weights: {horizon: (lags, neurons), or (lags, 1)}."""

    weights: dict[int, Array]

    def forecast(self, activity: Activity, origins: Mapping[int, Bins]) -> dict[int, BinsNeurons]:
        """See origins.Forecaster."""
        return {h: filtered(activity, starts, self.weights[h]) for h, starts in origins.items()}


def filtered(activity: Activity, starts: Bins, weights: Array) -> BinsNeurons:
    """The sum over the last bins from each origin; before the recording there is the train mean."""
    found = np.zeros((len(starts), activity.centred.shape[1]), np.float32)
    for lag, of_lag in enumerate(weights.astype(np.float32)):
        seen = starts >= lag
        found[seen] += activity.centred[starts[seen] - lag] * of_lag
    return found


def chosen(activity: Activity, candidates: Mapping[int, Iterable[Array]]) -> Filters:
    """The weights that are best on validation, times their gain; candidates: {horizon: weights}."""
    weights = {}
    for h, starts in origins_of(activity.split, "validation").items():
        best = np.inf
        for candidate in candidates[h]:
            estimate = filtered(activity, starts, candidate)
            gain, error = gain_and_error(activity, starts + h, estimate)
            if error < best:
                best, weights[h] = error, gain * candidate
    return Filters(weights)


def last_bin(activity: Activity) -> Filters:
    """The neuron's own last bin, with a coefficient a neuron."""
    found = slopes(activity, activity.centred)
    return chosen(activity, {h: [slope[None]] for h, slope in found.items()})


def moving_average(activity: Activity) -> Filters:
    """The mean of the neuron's last bins, with a coefficient a neuron."""
    sums = np.pad(np.cumsum(activity.centred, axis=0, dtype=np.float64), ((1, 0), (0, 0)))
    candidates = {h: [] for h in HORIZONS}
    for width in WIDTHS:
        if width < in_split(activity.split, "train").sum() // 2:
            means = np.zeros_like(activity.centred)
            means[width - 1 :] = (sums[width:] - sums[:-width]) / width
            for h, slope in slopes(activity, means, width - 1).items():
                candidates[h].append(np.tile(slope / width, (width, 1)))
    return chosen(activity, candidates)


def slopes(activity: Activity, inputs: BinsNeurons, skipped: int = 0) -> dict[int, Neurons]:
    """{horizon: least-squares coefficient of each neuron's activity on an input of its own}.

    skipped: bins at the start of train without an input.
    """
    found = {}
    for h, starts in origins_of(activity.split, "train").items():
        seen, wanted = (x[skipped:] for x in (inputs[starts], activity.centred[starts + h]))
        power = np.einsum("tn,tn->n", seen, seen)
        found[h] = np.einsum("tn,tn->n", seen, wanted) / np.where(power > 0, power, 1)
    return found


def autoregression(activity: Activity) -> Filters:
    """An autoregression a neuron, of each horizon directly: its normal equations are Toeplitz."""
    covariances = autocovariances(activity, max(ORDERS) + max(HORIZONS))
    candidates = {h: [] for h in HORIZONS}
    for order in ORDERS:
        for shrinkage in SHRINKAGE:
            for h, weights in toeplitz_weights(covariances, order, shrinkage).items():
                candidates[h].append(weights)
    return chosen(activity, candidates)


def shared_linear(activity: Activity) -> Filters:
    """One matrix from the last bins of a neuron to all horizons, the same for all neurons
    (Immer et al. 2025, ZAPBench)."""
    covariances = autocovariances(activity, max(CONTEXTS) + max(HORIZONS))
    pooled = covariances.sum(axis=1, keepdims=True)
    candidates = {h: [] for h in HORIZONS}
    for context in CONTEXTS:
        for h, weights in toeplitz_weights(pooled, context, 0).items():
            candidates[h].append(weights)
    return chosen(activity, candidates)


def autocovariances(activity: Activity, lags: int) -> Array:
    """Products of each neuron's activity in train with that so many bins before, summed over train:
    (lags, neurons), lag 0 first; 0 of lags longer than train."""
    train = activity.centred[in_split(activity.split, "train")]
    found = np.zeros((lags, train.shape[1]))
    for lag in range(min(lags, len(train))):
        found[lag] = np.einsum("tn,tn->n", train[lag:], train[: len(train) - lag])
    return found


def toeplitz_weights(covariances: Array, order: int, shrinkage: float) -> dict[int, Array]:
    """{horizon: weights (order, neurons) of the last bins} by the equations of Yule and Walker.

    covariances: of autocovariances; shrinkage: added to those at lag 0, over them.
    """
    power = np.where(covariances[0] > 0, covariances[0], 1)
    scaled = (covariances / power).T  # neurons by lags
    scaled[:, 0] = 1 + shrinkage
    inner = scaled[:, np.abs(np.subtract.outer(range(order), range(order)))]
    wanted = np.stack([scaled[:, h : h + order] for h in HORIZONS], axis=2)
    found = np.linalg.solve(inner + 1e-6 * np.eye(order), wanted)
    return {h: found[:, :, number].T for number, h in enumerate(HORIZONS)}
