"""Neurons and entries hidden from every source, to be predicted from the rest (METHODS 3)."""

import numpy as np

from nma.files import new_h5, open_h5, put
from nma.scores import squared_errors
from nma.tensors import SPLITS, segments

KINDS = ("cosmooth", "masked")
PARTS = ("error", "deviation")
FOLDS = 4
SHARE = 0.25


def neuron_folds(neurons, seed):
    """The fold 0..3 of each neuron (neurons,): four random groups of nearly equal size."""
    return np.random.default_rng(seed).permutation(neurons) % FOLDS


def hidden_entries(bins, neurons, seed):
    """Which entries are hidden, bool (bins, neurons): each with probability 0.25.

    seed: or a generator of numpy, which goes on from where it is.
    """
    drawn = np.random.default_rng(seed).bytes(bins * neurons)  # five times faster than floats
    return np.frombuffer(drawn, np.uint8).reshape(bins, neurons) < SHARE * 256


def write_hidden(tensor, out, *, seed):
    """Write hidden/{layer}.h5: what is hidden of one layer, the same for every source."""
    with open_h5(tensor) as file:
        bins, neurons = file["activity"].shape
    with new_h5(out, seed=seed, folds=FOLDS, share=SHARE) as file:
        put(file, "fold", neuron_folds(neurons, seed), units="fold", axes=("neuron",))
        entries = hidden_entries(bins, neurons, seed)
        put(file, "entries", entries, units="bool", axes=("bin", "neuron"), compression="lzf")


def read_hidden(path):
    """The fold of each neuron (neurons,) and the hidden entries, bool (bins, neurons)."""
    with open_h5(path) as file:
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


def fold_estimates(predict, activity, train_mean, split_index, folds):
    """What predict_folds makes of each segment of activity (bins, neurons), less the train mean."""
    centred = activity - train_mean
    parts = [predict_folds(predict, centred[bins], folds) for _, bins in segments(split_index)]
    return np.concatenate(parts)


def cosmooth_errors(estimate, activity, train_mean, split_index):
    """{cosmooth_error, cosmooth_deviation}: squared errors of hidden neurons, of fold_estimates and
    of the train-mean predictor, summed over neurons (bins,); NaN where time is not held out."""
    held_out = split_index > SPLITS.index("train")
    centred = activity[held_out] - train_mean
    sums = squared_errors(centred, estimate[held_out], 0)
    return {
        f"cosmooth_{part}": _on(held_out, values.sum(axis=1))
        for part, values in zip(PARTS, sums, strict=True)
    }


def masked_errors(predict, activity, train_mean, split_index, entries):
    """{masked_error, masked_deviation}: the same of hidden entries, predicted by segments."""
    held_out = split_index > SPLITS.index("train")
    centred, found = activity - train_mean, {part: [] for part in PARTS}
    for code, bins in segments(split_index):
        if code > SPLITS.index("train"):
            estimate = predict_entries(predict, centred[bins], entries[bins])
            for part, values in zip(PARTS, squared_errors(centred[bins], estimate, 0), strict=True):
                found[part].append((values * entries[bins]).sum(axis=1))
    return {f"masked_{part}": _on(held_out, np.concatenate(x)) for part, x in found.items()}


def _on(held_out, values):
    """Values of held-out bins among all bins."""
    found = np.full(len(held_out), np.nan)
    found[held_out] = values
    return found
