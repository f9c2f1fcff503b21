"""layers/{layer}.h5 of trials to tensors/{layer}.h5: split, normalised (METHODS 10)."""

import h5py
import numpy as np

from nma.io.errors import InputError
from nma.io.hdf5 import new_h5, open_h5, put
from nma.preprocessing.make_tensor import normalised, put_tensor, train_mean
from nma.preprocessing.splits import SPLITS, in_split, trial_split
from nma.types import FilePath, Neurons, NeuronsBins


def make_trial_tensor(
    layer_file: FilePath, out: FilePath, *, normalise: str, rule: str, spontaneous: str
) -> None:
    """Write tensors/{layer}.h5 of trials, which are rows: those of train come first, then those of
    validation and test.

    So a split is a run of rows, as it is of time; within it trials keep their order, and `trial`
    has the index of each in the recording. normalise: of activity less the mean of spontaneous
    activity, over its standard deviation, where the recording has these. spontaneous: `scale`, or
    `project_out` what its components have of that, which offset and scale of the file do not undo.
    rule: of trial_split. Raises InputError where the activity cannot be normalised so, or there are
    no components.
    """
    with open_h5(layer_file) as file:
        raw, ids, stimulus = file["activity"][:], file["neuron_ids"][:], file["stimulus"][:]
        level, spread = np.zeros(len(ids)), np.ones(len(ids))
        if "spontaneous" in file:
            level, spread = file["spontaneous/mean"][:], file["spontaneous/sd"][:]
        shared = _of_components(layer_file, file) if spontaneous == "project_out" else 0
        attributes = dict(file.attrs)
    codes = trial_split(raw.shape[1], rule)
    order = np.argsort(codes, kind="stable")
    split, bounds = codes[order], {}
    for name in SPLITS:
        rows = np.flatnonzero(in_split(split, name))
        bounds[name] = int(rows[0]), int(rows[-1]) + 1
    scaled = (from_spontaneous(raw, level, spread) - shared)[:, order]
    activity, offset, scale = normalised(layer_file, scaled, normalise, 1, bounds["train"])
    offset, scale = (level + offset * spread).astype(np.float32), (scale * spread).astype("float32")
    mean = train_mean(activity, bounds["train"], None)
    counts = ", ".join(f"{stop - start} of {name}" for name, (start, stop) in bounds.items())
    print(f"trials: {counts}; they have no order, so no model of time is fitted to them")
    with new_h5(out, **attributes, bin_width=1, normalise=normalise, trial_split=rule) as file:
        put_tensor(file, activity, split, bounds, ids, offset, scale, mean, "trial")
        put(file, "stimulus", stimulus[order], units="rad", axes=("trial",))
        put(file, "trial", order, units="index in the recording", axes=("trial",))


def _of_components(path: FilePath, file: h5py.File) -> NeuronsBins:
    """What components of spontaneous activity have of the scaled activity of a layer's neurons."""
    if "spontaneous/components" not in file:
        raise InputError(
            path,
            "spontaneous/components",
            found="none",
            expected="components of spontaneous activity (u_spont) to project out",
            hint="`tensors: {spontaneous: scale}` needs none",
        )
    return file["spontaneous/components"][:] @ file["spontaneous/projection"][:]


def from_spontaneous(activity: NeuronsBins, level: Neurons, spread: Neurons) -> NeuronsBins:
    """Activity in standard deviations of spontaneous activity from its mean, float32."""
    return ((activity - level[:, None]) / spread[:, None]).astype(np.float32)
