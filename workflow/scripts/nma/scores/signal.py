"""How much of the variance over trials the stimulus explains: signal and noise (METHODS 10)."""

from collections.abc import Iterator

import numpy as np

from nma.io.hdf5 import open_h5
from nma.preprocessing.splits import evaluated
from nma.preprocessing.tensors import Tensor
from nma.scores.table import Score
from nma.statistics.bootstrap import of_sums
from nma.statistics.intervals import median_interval
from nma.types import Array, FilePath, Neurons, Trials


def pair_products(activity: Array, stimulus: Trials) -> tuple[Array, Array]:
    """(shared, total) products of deviations (trials, neurons) of each trial with the trial next to
    it in angle, and with itself.

    Neighbours in angle have the same signal, as far as tuning is smooth, and noise of their own:
    the mean of the first is the signal variance, that of the second signal and noise.
    """
    order = np.argsort(stimulus, kind="stable")
    deviations = activity[order].astype(np.float64)
    deviations -= deviations.mean(axis=0)
    return deviations * np.roll(deviations, -1, axis=0), deviations**2


def share(shared: Array, total: Array) -> Array:
    """shared / total, NaN where there is no variance."""
    return np.divide(shared, total, out=np.full(np.shape(total), np.nan), where=total > 0)


def signal_scores(tensor: Tensor, truth: FilePath | None) -> Iterator[Score]:
    """Scores of one layer, of raw neurons on validation and test.

    `signal_share`: of the variance of all neurons together (n: trials), with an interval by the
    bootstrap over trials, each with its neighbour in angle; `signal_share_median`: of the median
    neuron (n: neurons). truth: truth.h5 of a simulation, for the source `truth`; or None.
    """
    for name, trials in evaluated(tensor.split):
        products = pair_products(tensor.activity[trials], tensor.stimulus[trials])
        found = of_sums(share, *(values.sum(axis=1) for values in products))
        yield Score(tensor.layer, "raw", "signal_share", name, 0, *found)
        of_neurons = share(*(values.sum(axis=0) for values in products))
        yield _median(tensor, "raw", name, of_neurons[np.isfinite(of_neurons)])
    if truth:
        with open_h5(truth) as file:
            shares = file["signal_share"][:][tensor.neuron_ids]
        yield Score(tensor.layer, "truth", "signal_share", "all", 0, shares.mean(), n=len(shares))
        yield _median(tensor, "truth", "all", shares)


def _median(tensor: Tensor, source: str, split: str, shares: Neurons) -> Score:
    values = *median_interval(shares), len(shares)
    return Score(tensor.layer, source, "signal_share_median", split, 0, *values)


def signal_of_neurons(tensor: Tensor, split: str) -> Neurons:
    """The share of each neuron's variance on a split that is signal; noise may take it below 0."""
    trials = dict(evaluated(tensor.split))[split]
    products = pair_products(tensor.activity[trials], tensor.stimulus[trials])
    return share(*(values.sum(axis=0) for values in products))
