"""Neurons and entries hidden from every source, to be predicted from the rest (METHODS 3)."""

import h5py
import numpy as np

from nma.files import new_h5, put
from nma.scores import squared_errors
from nma.tensors import SPLITS, segments

KINDS = ("cosmooth", "masked")
FOLDS = 4
SHARE = 0.25


def neuron_folds(neurons, seed):
    """The fold 0..3 of each neuron (neurons,): four random groups of nearly equal size."""
    return np.random.default_rng(seed).permutation(neurons) % FOLDS


def hidden_entries(bins, neurons, seed):
    """Which entries are hidden, bool (bins, neurons): each with probability 0.25.

    seed: or a generator of numpy, which goes on from where it is.
    """
    return np.random.default_rng(seed).random((bins, neurons), np.float32) < SHARE


def write_hidden(tensor, out, *, seed):
    """Write hidden/{layer}.h5: what is hidden of one layer, the same for every source."""
    with h5py.File(tensor) as file:
        bins, neurons = file["activity"].shape
    with new_h5(out, seed=seed, folds=FOLDS, share=SHARE) as file:
        put(file, "fold", neuron_folds(neurons, seed), units="fold", axes=("neuron",))
        entries = hidden_entries(bins, neurons, seed)
        put(file, "entries", entries, units="bool", axes=("bin", "neuron"), compression="lzf")


def read_hidden(path):
    """The fold of each neuron (neurons,) and the hidden entries, bool (bins, neurons)."""
    with h5py.File(path) as file:
        return file["fold"][:], file["entries"][:]


def predict_folds(predict, activity, folds):
    """Every neuron predicted over all bins from the neurons of the other folds (bins, neurons).

    activity: (bins, neurons) less the train mean; predict: a function of activity that is 0 where
    it is hidden, and of what is visible (bool), to estimates of all entries.
    """
    estimate = np.empty_like(activity)
    for fold in np.unique(folds):
        hidden = folds == fold
        visible = np.broadcast_to(~hidden, activity.shape)
        estimate[:, hidden] = predict(activity * visible, visible)[:, hidden]
    return estimate


def predict_entries(predict, activity, entries):
    """Estimates (bins, neurons) of activity from what is left when the entries are hidden."""
    return predict(activity * ~entries, ~entries)


def hidden_errors(predict, activity, train_mean, split_index, folds, entries):
    """Squared errors of hidden neurons (`cosmooth`) and entries (`masked`) on held-out time.

    activity: (bins, neurons); predict: as in predict_folds, or {kind: such a function}. Returns
    datasets (bins,) summed over the hidden part: {kind}_error and {kind}_deviation, that of the
    train-mean predictor; NaN where time is not held out.
    """
    predictors = predict if isinstance(predict, dict) else dict.fromkeys(KINDS, predict)
    parts = ("error", "deviation")
    sums = {f"{kind}_{part}": np.full(len(activity), np.nan) for kind in KINDS for part in parts}
    for code, bins in segments(split_index):
        if code > SPLITS.index("train"):
            centred = activity[bins] - train_mean
            estimates = {
                "cosmooth": (predict_folds(predictors["cosmooth"], centred, folds), np.True_),
                "masked": (
                    predict_entries(predictors["masked"], centred, entries[bins]),
                    entries[bins],
                ),
            }
            for kind, (estimate, counted) in estimates.items():
                error, deviation = squared_errors(centred, estimate, 0)
                sums[f"{kind}_error"][bins] = (error * counted).sum(axis=1)
                sums[f"{kind}_deviation"][bins] = (deviation * counted).sum(axis=1)
    return sums
