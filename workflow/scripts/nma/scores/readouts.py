"""Signals that can be read out of latents: behaviour, the truth of a simulation, other seeds."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from nma.io.hdf5 import open_h5
from nma.latents.reading import of_layer
from nma.preprocessing.splits import evaluated, in_split
from nma.preprocessing.tensors import Tensor, bin_average
from nma.scores.table import Score
from nma.statistics.intervals import pooled_r2
from nma.statistics.r2 import squared_errors
from nma.statistics.ridge import FOLDS, ridge_maps
from nma.types import Array, Bins, BinsDims, FilePath, Neurons

FACE_COMPONENTS = 10
FEWEST = 2 * FOLDS  # bins of train that a readout is fitted to
# Names of behaviours in the Stringer form; others keep their own. The pupil counts by its area.
BEHAVIOURS = {"run": "running", "pupilArea": "pupil", "beh_svd_time": "face"}
NOT_READ_OUT = {"pupilCOM"}


def readout_scores(
    source: str,
    tensors: Iterable[Tensor],
    latents: Mapping[int, Sequence[FilePath]],
    recording: FilePath,
    truth: FilePath | None = None,
) -> list[Score]:
    """Scores of a source's readouts of each layer, on validation and test; n: blocks of time.

    tensors: of all layers, in order; latents: {seed: its files, one a layer or one for all}, or
    nothing for the neurons themselves (raw); recording: recording.h5; truth: truth.h5 of a
    simulation. Metrics, each an r2 of a linear map fitted to train:
    `behavior_r2`: all recorded behaviours, such as running, pupil area and the first components of
    the face, by ridge; and each of them alone, `behavior_r2_{name}`. `latent_recovery_r2`: the true
    latents that the layer has, by ridge. `consistency_r2`: the latents of every other seed, by
    least squares.
    """
    scores = []
    for number, tensor in enumerate(tensors):
        signals = behaviours(recording, tensor.bin_width, len(tensor.split))
        if truth:
            signals["latent_recovery"] = true_latents(truth, tensor)
        if tensor.missing is not None:  # where nothing was recorded there is nothing to read out
            anything = tensor.present.any(axis=1, keepdims=True)
            signals = {name: np.where(anything, x, np.nan) for name, x in signals.items()}
        by_seed = {0: tensor.activity}
        if latents:
            by_seed = {s: of_layer(files, "latents", number) for s, files in latents.items()}
        for seed, features in by_seed.items():
            found = _metrics(readout_errors(features, signals, tensor.split))
            others = [values for other, values in by_seed.items() if other != seed]
            if others:
                found["consistency_r2"] = consistency(features, others, tensor.split)
            scores += [
                Score(tensor.layer, source, metric, split, seed, *values)
                for metric, sums in found.items()
                for split, values in _r2_by_split(sums, tensor.split)
            ]
    return scores


def _metrics(errors: Mapping[str, Array]) -> dict[str, Array]:
    """{metric: sums (2, bins)} of readout_errors: of each behaviour, of all, and of the truth."""
    behaviour = [name for name in errors if name != "latent_recovery"]
    found = {f"behavior_r2_{name}": errors[name] for name in behaviour}
    if behaviour:
        found["behavior_r2"] = np.sum([errors[name] for name in behaviour], axis=0)
    if "latent_recovery" in errors:
        found["latent_recovery_r2"] = errors["latent_recovery"]
    return found


def behaviours(recording: FilePath, width: int, bins: int) -> dict[str, BinsDims]:
    """Recorded behaviours {name: (bins, signals)}, averaged over `width` bins of the recording.

    Each is scaled so that its signals together have a variance of 1 over their bins. NaN where an
    eye was closed; a behaviour that is constant or was not recorded is left out.
    """
    found = {}
    with open_h5(recording) as file:
        recorded = set(file.get("behaviour", {})) - NOT_READ_OUT
        known = [key for key in BEHAVIOURS if key in recorded]
        for key in [*known, *sorted(recorded - set(known))]:
            values = file[f"behaviour/{key}"][:, :FACE_COMPONENTS].astype(np.float64)
            values = bin_average(values.T, width).T[:bins]
            spread = np.sqrt(np.nanvar(values, axis=0).sum())
            if spread > 0:
                found[BEHAVIOURS.get(key, key)] = values / spread
    return found


def true_latents(truth: FilePath, tensor: Tensor) -> BinsDims:
    """Courses (bins, latents), in the bins of a tensor, of the latents that drive its neurons."""
    mine = drives(truth, tensor.neuron_ids)
    with open_h5(truth) as file:
        courses = file["latents"][:, mine].T.astype(np.float64)
    return bin_average(courses, tensor.bin_width).T[: len(tensor.split)]


def drives(truth: FilePath, ids: Neurons) -> Array:
    """Which latents of a simulation (latents,) drive these neurons: shared and their layer's."""
    with open_h5(truth) as file:
        owners, layers = file["latent_layers"][:], file["layers"][:]
    return (owners == 0) | np.isin(owners, layers[ids])


def readout_errors(
    features: BinsDims, targets: Mapping[str, BinsDims], split: Bins
) -> dict[str, Array]:
    """{name: squared errors (2, bins) of a ridge readout of a target and of its train mean}.

    features: (bins, dims); targets: {name: (bins, signals)}; split: split codes (bins,). Errors are
    summed over signals; 0 where a target is NaN, and everywhere where train has too few of its bins
    to fit a readout.
    """
    train = in_split(split, "train")
    found, together = {}, {}
    for name, target in targets.items():
        found[name] = np.zeros((2, len(split)))
        known = np.isfinite(target).all(axis=1)
        if (known & train).sum() >= FEWEST:
            # Targets that are known in the same bins share the eigendecompositions of ridge_maps.
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


def consistency(features: BinsDims, others: Iterable[BinsDims], split: Bins) -> Array:
    """Squared errors (2, bins) of the latents of other seeds by least squares from these.

    As `readout_errors`, summed over the latents of all other seeds.
    """
    train = in_split(split, "train")
    centred = features - features[train].mean(axis=0)
    found = np.zeros((2, len(split)))
    for other in others:
        target = other - other[train].mean(axis=0)
        weights = np.linalg.lstsq(centred[train], target[train], rcond=None)[0]
        found += [x.sum(axis=1) for x in squared_errors(target, centred @ weights, 0)]
    return found


def _r2_by_split(sums: Array, split: Bins) -> Iterator[tuple[str, tuple]]:
    """(name, (value, low, high, n)) of r2 on each held-out split that has anything to explain."""
    for name, bins in evaluated(split):
        error, deviation = (values[bins] for values in sums)
        if deviation.any():
            yield name, pooled_r2(error, deviation)
