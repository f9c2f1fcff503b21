"""Prediction of what is hidden from a source, and its errors (METHODS 3)."""

import numpy as np

from nma.preprocessing.masks import PARTS, WITHOUT_COPIES
from nma.preprocessing.splits import SPLITS, held_out, segments
from nma.statistics.r2 import squared_errors
from nma.types import Bins, BinsNeurons, Neurons, Predict


def predict_folds(predict: Predict, centred: BinsNeurons, folds: Neurons) -> BinsNeurons:
    """Predict every neuron over all bins from the neurons of the other folds.

    centred: activity less the train mean.
    """
    estimate = np.empty_like(centred)
    for fold in np.unique(folds):
        hidden = folds == fold
        visible = np.broadcast_to(~hidden, centred.shape)
        estimate[:, hidden] = predict(centred * visible, visible)[:, hidden]
    return estimate


def predict_entries(predict: Predict, centred: BinsNeurons, entries: BinsNeurons) -> BinsNeurons:
    """Estimates of all activity from what is left when the entries (bool) are hidden."""
    return predict(centred * ~entries, ~entries)


def fold_estimates(
    predict: Predict,
    centred: BinsNeurons,
    split: Bins,
    folds: Neurons,
    predict_train: Predict | None = None,
) -> BinsNeurons:
    """Estimates of predict_folds of each segment of time on its own; split: code of each bin.

    predict_train: of train, where another predictor is meant for it.
    """
    parts = []
    for code, bins in segments(split):
        of_segment = predict_train if predict_train and SPLITS[code] == "train" else predict
        parts.append(predict_folds(of_segment, centred[bins], folds))
    return np.concatenate(parts)


def cosmooth_errors(
    estimate: BinsNeurons, centred: BinsNeurons, split: Bins, alone: Neurons | None = None
) -> dict[str, Bins]:
    """{cosmooth_error, cosmooth_deviation}: squared errors of hidden neurons, summed over neurons.

    The first of an estimate by fold_estimates, the second of the train-mean predictor; NaN in bins
    that are not held out. alone: neurons (bool) whose sums are added as `..._without_copies`.
    """
    scored, found = held_out(split), {}
    sums = squared_errors(centred[scored], estimate[scored], 0)
    for part, values in zip(PARTS, sums, strict=True):
        found[f"cosmooth_{part}"] = _among_all(scored, values.sum(axis=1))
        if alone is not None:
            of_alone = values[:, alone].sum(axis=1)
            found[f"cosmooth_{part}{WITHOUT_COPIES}"] = _among_all(scored, of_alone)
    return found


def masked_errors(
    predict: Predict,
    centred: BinsNeurons,
    split: Bins,
    entries: BinsNeurons,
    alone: BinsNeurons | None = None,
) -> dict[str, Bins]:
    """{masked_error, masked_deviation}: the same of hidden entries, segment by segment."""
    scored, found = held_out(split), {}
    which = {"": entries} if alone is None else {"": entries, WITHOUT_COPIES: alone}
    for _, bins in segments(split):
        if scored[bins.start]:
            estimate = predict_entries(predict, centred[bins], entries[bins])
            for part, values in zip(PARTS, squared_errors(centred[bins], estimate, 0), strict=True):
                for end, counted in which.items():
                    sums = (values * counted[bins]).sum(axis=1)
                    found.setdefault(f"masked_{part}{end}", []).append(sums)
    return {name: _among_all(scored, np.concatenate(parts)) for name, parts in found.items()}


def _among_all(scored: Bins, values: Bins) -> Bins:
    """Values of the scored bins among all bins, NaN in the others."""
    found = np.full(len(scored), np.nan)
    found[scored] = values
    return found
