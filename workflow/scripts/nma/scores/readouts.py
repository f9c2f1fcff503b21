"""What latents know beside the activity: the truth of a simulation, behaviour, each other."""

import numpy as np

from nma.io.hdf5 import open_h5
from nma.latents.reading import of_layer
from nma.preprocessing.splits import SPLITS
from nma.preprocessing.tensors import bin_average, read_tensor
from nma.statistics.intervals import pooled_r2
from nma.statistics.r2 import squared_errors
from nma.statistics.ridge import FOLDS, ridge_maps

FACE_COMPONENTS = 10
FEWEST = 2 * FOLDS  # bins of train that a readout is fitted to
BEHAVIOURS = {"run": "running", "pupilArea": "pupil", "beh_svd_time": "face"}


def source_rows(tensors, latents, recording, truth=None):
    """Rows (layer, metric, split, seed, value, low, high, n) of one source on all layers.

    tensors: of all layers; latents: {seed: its files, one a layer or one for all}, or nothing for
    the neurons themselves (raw); recording: recording.h5; truth: truth.h5 of a simulation.
    `behavior_r2`: running, pupil area and the first face components by ridge, and each of the three
    apart; `latent_recovery_r2`: the true latents that a layer has; `consistency_r2`: the latents of
    every other seed by least squares, where there are several.
    """
    rows = []
    for number, tensor in enumerate(tensors):
        activity, split = read_tensor(tensor)
        with open_h5(tensor) as file:
            layer, ids, width = file.attrs["layer"], file["neuron_ids"][:], file.attrs["bin_width"]
        targets = behaviours(recording, width, len(split))
        if truth:
            targets["latent_recovery"] = true_latents(truth, ids, width, len(split))
        by_seed = {0: activity}
        if latents:
            by_seed = {s: of_layer(files, "latents", number) for s, files in latents.items()}
        for seed, features in by_seed.items():
            errors = errors_of(features, targets, split)
            signals = [errors[name] for name in BEHAVIOURS.values() if name in errors]
            found = {f"behavior_r2_{n}": errors[n] for n in BEHAVIOURS.values() if n in errors}
            if signals:
                found["behavior_r2"] = tuple(np.sum(signals, axis=0))
            if "latent_recovery" in errors:
                found["latent_recovery_r2"] = errors["latent_recovery"]
            others = [values for other, values in by_seed.items() if other != seed]
            if others:
                found["consistency_r2"] = consistency(features, others, split)
            rows += [
                (layer, metric, name, seed, *values)
                for metric, sums in found.items()
                for name, values in _held_out(sums, split)
            ]
    return rows


def behaviours(recording, width, bins):
    """{name: (bins, signals)} of what was recorded, averaged over `width` raw bins and scaled so
    that each behaviour has a variance of 1 over its bins; NaN where an eye was closed."""
    found = {}
    with open_h5(recording) as file:
        for key, name in BEHAVIOURS.items():
            if key in file.get("behaviour", {}):
                values = file[f"behaviour/{key}"][:, :FACE_COMPONENTS].astype(np.float64)
                values = bin_average(values.T, width).T[:bins]
                spread = np.sqrt(np.nanvar(values, axis=0).sum())
                if spread > 0:
                    found[name] = values / spread
    return found


def true_latents(truth, ids, width, bins):
    """Courses (bins, latents) of the latents that drive these neurons, averaged over raw bins."""
    mine = drives(truth, ids)
    with open_h5(truth) as file:
        return bin_average(file["latents"][:, mine].T.astype(np.float64), width).T[:bins]


def drives(truth, ids):
    """Which latents of a simulation (latents,) drive these neurons: shared and their layer's."""
    with open_h5(truth) as file:
        owners, layers = file["latent_layers"][:], file["layers"][:]
    return (owners == 0) | np.isin(owners, layers[ids])


def errors_of(features, targets, split):
    """{name: the squared error of a readout of the target and of its train mean, each summed over
    signals (bins,)}; targets: {name: (bins, signals)}. 0 where a target is NaN."""
    train = split == SPLITS.index("train")
    found, together = {}, {}
    for name, target in targets.items():
        found[name] = np.zeros((2, len(split)))
        known = np.isfinite(target).all(axis=1)
        if (known & train).sum() >= FEWEST:
            together.setdefault(known.tobytes(), []).append(name)
    for known, names in together.items():
        known = np.frombuffer(known, bool)
        fitted = known & train
        maps = ridge_maps(features[fitted], [targets[name][fitted] for name in names])
        for name, (weights, offset) in zip(names, maps, strict=True):
            target, mean = targets[name][known], targets[name][fitted].mean(axis=0)
            sums = squared_errors(target, features[known] @ weights + offset, mean)
            found[name][:, known] = [values.sum(axis=1) for values in sums]
    return found


def consistency(features, others, split):
    """The same of the latents of other seeds by least squares from these, all of them together."""
    train = split == SPLITS.index("train")
    centred = features - features[train].mean(axis=0)
    found = np.zeros((2, len(split)))
    for other in others:
        target = other - other[train].mean(axis=0)
        weights = np.linalg.lstsq(centred[train], target[train], rcond=None)[0]
        found += [x.sum(axis=1) for x in squared_errors(target, centred @ weights, 0)]
    return found


def _held_out(sums, split):
    """(name, (value, low, high, n)) of r2 on each held-out split that has anything to explain."""
    for code, name in list(enumerate(SPLITS))[1:]:
        error, deviation = (values[split == code] for values in sums)
        if deviation.any():
            yield name, pooled_r2(error, deviation)
