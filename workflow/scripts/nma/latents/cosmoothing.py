"""Prediction of what is hidden from every source, and its errors (METHODS 3)."""

import numpy as np

from nma.preprocessing.splits import SPLITS, segments
from nma.statistics.r2 import squared_errors

KINDS = ("cosmooth", "masked")
PARTS = ("error", "deviation")


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
