"""Prediction of what is hidden from a source, and its errors (METHODS 3)."""

import numpy as np

from nma.preprocessing.masks import PARTS, WITHOUT_COPIES
from nma.preprocessing.splits import SPLITS, evaluated, held_out, segments
from nma.statistics.r2 import r2, squared_errors
from nma.types import Array, Bins, BinsNeurons, Neurons, Predict


def predict_folds(
    predict: Predict, centred: BinsNeurons, folds: Neurons, present: BinsNeurons | bool = True
) -> BinsNeurons:
    """Predict every neuron over all bins from the neurons of the other folds.

    centred: activity less the train mean; present: which entries were recorded (bool).
    """
    estimate = np.empty_like(centred)
    for fold in np.unique(folds):
        hidden = folds == fold
        visible = np.broadcast_to(present & ~hidden, centred.shape)
        estimate[:, hidden] = predict(centred * visible, visible)[:, hidden]
    return estimate


def predict_entries(
    predict: Predict,
    centred: BinsNeurons,
    entries: BinsNeurons,
    present: BinsNeurons | bool = True,
) -> BinsNeurons:
    """Estimates of all activity from what is left when the entries (bool) are hidden.

    present: which entries were recorded (bool).
    """
    visible = present & ~entries
    return predict(centred * visible, visible)


def fold_estimates(
    predict: Predict,
    centred: BinsNeurons,
    split: Bins,
    folds: Neurons,
    predict_train: Predict | None = None,
    present: BinsNeurons | bool = True,
) -> BinsNeurons:
    """Estimates of predict_folds of each segment of time on its own; split: code of each bin.

    predict_train: of train, where another predictor is meant for it.
    """
    parts, present = [], np.broadcast_to(present, centred.shape)
    for code, bins in segments(split):
        of_segment = predict_train if predict_train and SPLITS[code] == "train" else predict
        parts.append(predict_folds(of_segment, centred[bins], folds, present[bins]))
    return np.concatenate(parts)


def cosmooth_errors(
    estimate: BinsNeurons,
    centred: BinsNeurons,
    split: Bins,
    present: BinsNeurons | bool = True,
    alone: Neurons | None = None,
) -> dict[str, Array]:
    """{cosmooth_error, cosmooth_deviation}: squared errors of hidden neurons, summed over neurons.

    The first of an estimate by fold_estimates, the second of the train-mean predictor; NaN in bins
    that are not held out. With them cosmooth_r2_of_neurons_{split} (neurons,) of held-out splits.
    present: which entries were recorded (bool), as others do not count; alone: neurons (bool) whose
    sums are added as `..._without_copies`.
    """
    scored, present = held_out(split), np.broadcast_to(present, centred.shape)
    sums = squared_errors(centred[scored], estimate[scored], 0)
    return _sums("cosmooth", *(values * present[scored] for values in sums), split, alone)


def masked_errors(
    predict: Predict,
    centred: BinsNeurons,
    split: Bins,
    entries: BinsNeurons,
    present: BinsNeurons | bool = True,
    alone: BinsNeurons | None = None,
) -> dict[str, Array]:
    """{masked_error, masked_deviation, ...}: the same of hidden entries, segment by segment."""
    scored, found = held_out(split), {part: [] for part in PARTS}
    present = np.broadcast_to(present, centred.shape)
    for _, bins in segments(split):
        if scored[bins.start]:
            hidden = entries[bins] & present[bins]
            estimate = predict_entries(predict, centred[bins], hidden, present[bins])
            for part, values in zip(PARTS, squared_errors(centred[bins], estimate, 0), strict=True):
                found[part].append(values * hidden)
    alone = None if alone is None else alone[scored]
    return _sums("masked", *map(np.concatenate, found.values()), split, alone)


def _sums(
    kind: str,
    error: BinsNeurons,
    deviation: BinsNeurons,
    split: Bins,
    alone: Neurons | BinsNeurons | None,
) -> dict[str, Array]:
    """Sums over neurons by bin, and r2 of each neuron, of the errors of the held-out bins.

    alone: neurons, or entries of these bins, whose sums by bin are added.
    """
    scored, found = held_out(split), {}
    for part, values in zip(PARTS, (error, deviation), strict=True):
        found[f"{kind}_{part}"] = _among_all(scored, values.sum(axis=1))
        if alone is not None:
            of_alone = (values * alone).sum(axis=1)
            found[f"{kind}_{part}{WITHOUT_COPIES}"] = _among_all(scored, of_alone)
    return found | {
        f"{kind}_r2_of_neurons_{name}": r2(error[bins].sum(axis=0), deviation[bins].sum(axis=0))
        for name, bins in evaluated(split[scored])
    }


def _among_all(scored: Bins, values: Bins) -> Bins:
    """Values of the scored bins among all bins, NaN in the others."""
    found = np.full(len(scored), np.nan)
    found[scored] = values
    return found
