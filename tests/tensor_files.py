"""Tensors of any activity, in memory and as files tensors/{layer}.h5."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from nma.io.hdf5 import new_h5, put
from nma.preprocessing.tensors import Tensor


def write_tensor(
    path: Path,
    activity: np.ndarray,
    split: np.ndarray,
    *,
    layer: str = "L1",
    first_id: int = 0,
    bin_width: int = 1,
    bin_seconds: float = 1.0,
    normalise: str = "zscore",
    missing: np.ndarray | None = None,
) -> Path:
    """A tensor of activity (bins, neurons) that was normalised by nothing (offset 0, scale 1).

    split: the split code of each bin (bins,); first_id: ids of neurons count up from it; missing:
    which entries are (bool), or None.
    """
    neurons = activity.shape[1]
    attributes = {"layer": layer, "bin_width": bin_width, "bin_seconds": bin_seconds}
    with new_h5(path, **attributes, normalise=normalise) as file:
        put(file, "activity", activity.astype("f4"), units="", axes=("bin", "neuron"))
        train = activity[split == 0].astype("f4")
        put(file, "train", train, units="", axes=("bin", "neuron"))
        put(file, "split", split, units="", axes=("bin",))
        put(file, "neuron_ids", first_id + np.arange(neurons), units="", axes=("neuron",))
        where = True if missing is None else ~missing[split == 0]
        train_mean = activity[split == 0].mean(axis=0, where=where)
        if missing is not None:
            put(file, "missing", missing, units="", axes=("bin", "neuron"))
        for name, values in (
            ("train_mean", train_mean),
            ("offset", np.zeros(neurons, "f4")),
            ("scale", np.ones(neurons, "f4")),
        ):
            put(file, name, values, units="", axes=("neuron",))
    return path


def tensor(
    activity: np.ndarray, split: np.ndarray, *, layer: str = "L1", first_id: int = 0
) -> Tensor:
    """The same in memory, with bins of 1 s that are those of the recording."""
    neurons = activity.shape[1]
    return Tensor(
        f"{layer}.h5",
        layer,
        activity,
        split,
        activity[split == 0].mean(axis=0),
        first_id + np.arange(neurons),
        np.zeros(neurons),
        np.ones(neurons),
        bin_seconds=1.0,
        bin_width=1,
        normalise="none",
    )


def trial_tensor(activity: np.ndarray, stimulus: np.ndarray, split: np.ndarray) -> Tensor:
    """Trials (trials, neurons) in memory, z-scored; split: code of each, in any order."""
    order = np.argsort(split, kind="stable")
    rows, codes = activity[order], split[order]
    train = rows[codes == 0]
    normal = ((rows - train.mean(axis=0)) / train.std(axis=0)).astype("f4")
    return replace(tensor(normal, codes), bin_seconds=None, stimulus=stimulus[order])
