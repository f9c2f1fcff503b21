"""layers/{layer}.h5 to tensors/{layer}.h5: binned, split in time, normalised."""

import h5py
import numpy as np

from nma.io.errors import InputError
from nma.io.hdf5 import new_h5, open_h5, put
from nma.preprocessing.normalisation import neuron_statistics, population_normalise
from nma.preprocessing.splits import GAP, SPLITS, split_bounds
from nma.preprocessing.tensors import bin_average
from nma.types import BinsNeurons, FilePath, Neurons, NeuronsBins


def make_tensor(
    layer_file: FilePath,
    out: FilePath,
    *,
    normalise: str,
    bin_width: int,
    split: dict[str, float],
) -> None:
    """Write tensors/{layer}.h5.

    normalise: `zscore`, `mean`, `population` or `none`; bin_width: raw bins averaged into one;
    split: shares of train, validation and test, and the gap in bins. The file holds the whole
    activity (bins x neurons) once, with train, validation and test as views of it. Raises
    InputError where the recording is too short or cannot be normalised so.
    """
    with open_h5(layer_file) as file:
        raw, ids = file["activity"][:], file["neuron_ids"][:]
        attributes = dict(file.attrs)
    bins = raw.shape[1] // bin_width
    try:
        bounds = split_bounds(bins, **split)
    except ValueError as error:
        raise InputError(
            layer_file,
            "bins",
            found=f"{raw.shape[1]} ({bins} after averaging): {error}",
            expected="enough for the splits of the config (tensors: split)",
            hint="a smaller `tensors: {bin_width: ...}` or `split: {gap: ...}` leaves more",
        ) from error
    activity, offset, scale = normalised(layer_file, raw, normalise, bin_width, bounds["train"])
    attributes |= {"bin_seconds": attributes["bin_seconds"] * bin_width, "normalise": normalise}
    attributes["bin_width"] = bin_width
    split_index = np.full(bins, GAP, np.int8)
    with new_h5(out, **attributes) as file:
        put(file, "activity", activity, units="normalised activity", axes=("bin", "neuron"))
        for name, (start, stop) in bounds.items():
            split_index[start:stop] = SPLITS.index(name)
            _put_view(file, name, activity.shape, start, stop)
        units = "0 train, 1 validation, 2 test, -1 gap"
        put(file, "split", split_index, units=units, axes=("bin",))
        put(file, "neuron_ids", ids, units="id in the recording", axes=("neuron",))
        put(file, "offset", offset, units="activity", axes=("neuron",))
        put(file, "scale", scale, units="activity", axes=("neuron",))
        mean = activity[slice(*bounds["train"])].mean(axis=0, dtype=np.float64).astype(np.float32)
        put(file, "train_mean", mean, units="normalised activity", axes=("neuron",))


def normalised(
    file: FilePath, activity: NeuronsBins, normalise: str, bin_width: int, train: tuple[int, int]
) -> tuple[BinsNeurons, Neurons, Neurons]:
    """Activity averaged over bins and normalised, float32, with the offset and scale of neurons.

    train: its first bin and the one after its last; file: named in errors. Raises InputError where
    the activity cannot be normalised so.
    """
    try:
        if normalise == "population":
            activity = population_normalise(activity)
        activity = bin_average(activity, bin_width)
        offset, scale = neuron_statistics(activity[:, slice(*train)], normalise)
    except ValueError as error:
        raise InputError(
            file,
            "activity",
            found=str(error),
            expected=f"activity that `tensors: normalise: {normalise}` can divide",
        ) from error
    scaled = ((activity - offset[:, None]) / scale[:, None]).T
    return np.ascontiguousarray(scaled, np.float32), offset, scale


def _put_view(file: h5py.File, name: str, shape: tuple[int, int], start: int, stop: int) -> None:
    """Add a split as a view of these bins of `activity`, whose shape is given."""
    view = h5py.VirtualLayout((stop - start, shape[1]), np.float32)
    view[:] = h5py.VirtualSource(".", "activity", shape)[start:stop]
    view.dcpl.set_obj_track_times(False)  # or no two files would have the same bytes
    dataset = file.create_virtual_dataset(name, view)
    dataset.attrs["units"] = "normalised activity"
    dataset.attrs["axes"] = ["bin", "neuron"]
