"""Which neurons and entries are hidden from a source, to be predicted from the rest (METHODS 3)."""

import numpy as np

FOLDS = 4
SHARE = 0.25


def neuron_folds(neurons, seed):
    """The fold 0..3 of each neuron (neurons,): four random groups of nearly equal size."""
    return np.random.default_rng(seed).permutation(neurons) % FOLDS


def hidden_entries(bins, neurons, seed):
    """Which entries are hidden, bool (bins, neurons): each with probability 0.25."""
    return np.random.default_rng(seed).random((bins, neurons), np.float32) < SHARE


def predict_folds(predict, activity, folds):
    """Every neuron predicted over all bins from the neurons of the other folds (bins, neurons).

    predict: (activity, visible) to an estimate (bins, neurons); it sees 0 where not visible.
    activity: (bins, neurons) less the train mean.
    """
    estimate = np.empty_like(activity)
    for fold in range(FOLDS):
        hidden = folds == fold
        visible = np.broadcast_to(~hidden, activity.shape)
        estimate[:, hidden] = predict(activity * visible, visible)[:, hidden]
    return estimate


def predict_entries(predict, activity, hidden):
    """An estimate (bins, neurons) of activity from the entries that are not hidden."""
    return predict(activity * ~hidden, ~hidden)
