"""Dims against the number of neurons, in random draws of a layer's neurons (METHODS 4)."""

from contextlib import suppress

import numpy as np

from nma.io.hdf5 import open_h5
from nma.preprocessing.masks import read_masks
from nma.preprocessing.splits import in_split
from nma.preprocessing.tensors import read_tensor
from nma.scores.dimensionality import within_one_error
from nma.scores.svca import Unmeasured, reliable_variance, svca_metrics
from nma.scores.table import Score
from nma.state_space.em import fit, principal_start, start
from nma.state_space.files import read_fit
from nma.state_space.lds import predict_folds
from nma.statistics.intervals import pooled_r2
from nma.types import BinsNeurons, FilePath, Neurons

SMALLEST = 12  # neurons
DRAWS = 5  # of each number of neurons but all
DIMS = (1, 2, 3, 5, 7, 10, 14, 20, 28, 40, 57, 80, 113, 160)
ROUNDS = 4  # of EM: enough to compare dims
FALLS = 2  # dims in a row that are worse before larger ones are left out


def drawn(neurons: int, seed: int) -> list[Neurons]:
    """Random draws of neurons, as ascending indices: all, then five each of a half, a quarter, ...

    Never fewer than 12 neurons, unless there are fewer.
    """
    generator, count = np.random.default_rng(seed), neurons // 2
    draws = [np.arange(neurons)]
    while count >= SMALLEST:
        draws += [np.sort(generator.choice(neurons, count, replace=False)) for _ in range(DRAWS)]
        count //= 2
    return draws


def dims_by_neurons(
    layer: FilePath, tensor: FilePath, hidden: FilePath, fits: FilePath, seed: int
) -> list[Score]:
    """The two counts of dims of each draw of a layer's neurons.

    layer, tensor, hidden, fits: the layer's file of layers, tensors, hidden and state_space.
    `svca_reliable_components_of_{n}_neurons`, as `svca_reliable_components` of n neurons, and
    `dims_of_{n}_neurons`, as `dims_within_one_error` of the LDS, but of transformed activity on
    validation and with dynamics of few rounds. The column seed has the number of the draw. The
    former are left out where the recording is too short for them.
    """
    activity, masks, lds = read_tensor(tensor), read_masks(hidden), read_fit(fits)
    parts = [in_split(activity.split, name) for name in ("train", "validation")]
    train, validation = (lds.transform(activity.centred[part]) for part in parts)
    present = [activity.present[part] for part in parts]
    with open_h5(layer) as file:
        recorded, bin_seconds = file["activity"][:], float(file.attrs["bin_seconds"])
        positions = file["positions"][:] if "positions" in file else None
        missing = file["missing"][:] if "missing" in file else None
    scores, numbers = [], {}
    for ids in drawn(len(recorded), seed):
        n = len(ids)
        number = numbers[n] = numbers.get(n, -1) + 1
        where = None if positions is None else positions[:, ids]
        of_draw = None if missing is None else missing[ids]
        with suppress(Unmeasured):
            found = reliable_variance(
                recorded[ids], where, bin_seconds, seed=seed + number, missing=of_draw
            )
            reliable = svca_metrics(found)["svca_reliable_components"][0]
            metric = f"svca_reliable_components_of_{n}_neurons"
            scores.append(Score(activity.layer, "raw", metric, "all", number, reliable, n=n))
        shown = [part[:, ids] for part in (train, validation, *present)]
        dims = lds_dims(*shown[:2], masks.folds[ids], *shown[2:])
        metric = f"dims_of_{n}_neurons"
        scores.append(Score(activity.layer, "lds", metric, "validation", number, dims, n=n))
    return scores


def lds_dims(
    train: BinsNeurons,
    validation: BinsNeurons,
    folds: Neurons,
    train_present: BinsNeurons | bool = True,
    validation_present: BinsNeurons | bool = True,
) -> int:
    """The fewest dims within one standard error of the best at hidden neurons of validation.

    train, validation: transformed activity, mean 0 in train; those present: which entries were
    recorded (bool). 0 where none is better than the mean.
    """
    tried = [dims for dims in DIMS if dims < train.shape[1] and dims <= len(train) // 5] or [1]
    scores, loadings = principal_start(train, max(tried))
    deviation, curve = (np.square(validation) * validation_present).sum(axis=1), []
    for dims in tried:
        first = start(train, scores[:, :dims], loadings[:, :dims])
        dynamics, _ = fit(train, first, ROUNDS, train_present)
        estimate = predict_folds(dynamics, validation, folds, validation_present)
        error = np.square(validation - estimate) * validation_present
        curve.append(pooled_r2(error.sum(axis=1), deviation))
        values = [value for value, *_ in curve]
        if len(values) - 1 - int(np.argmax(values)) >= FALLS:
            break
    return within_one_error(tried, curve)[0] if max(values) > 0 else 0
