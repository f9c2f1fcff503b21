"""layers/{layer}.h5 to tensors/{layer}.h5."""

import h5py
import numpy as np

from nma.io.errors import InputError
from nma.io.hdf5 import new_h5, open_h5, put
from nma.preprocessing.normalisation import neuron_statistics, population_normalise
from nma.preprocessing.splits import GAP, split_bounds
from nma.preprocessing.tensors import bin_average


def make_tensor(layer_path, out, *, normalise, bin_width, split):
    """Write tensors/{layer}.h5 from layers/{layer}.h5.

    normalise: `zscore`, `mean`, `population` or `none`; bin_width: raw bins averaged into one;
    split: shares of train, validation and test, and the gap in bins. The file holds the whole
    activity (bins x neurons) once, with train, validation and test as views of it.
    Raises InputError where the recording is too short or cannot be normalised so.
    """
    with open_h5(layer_path) as file:
        activity, ids = file["activity"][:], file["neuron_ids"][:]
        attributes = dict(file.attrs)
    bins = activity.shape[1] // bin_width
    try:
        bounds = split_bounds(bins, **split)
    except ValueError as error:
        raise InputError(
            layer_path,
            "bins",
            found=f"{activity.shape[1]} ({bins} after averaging): {error}",
            expected="enough for the splits of the config (tensors: split)",
        ) from error
    try:
        if normalise == "population":
            activity = population_normalise(activity)
        activity = bin_average(activity, bin_width)
        offset, scale = neuron_statistics(activity[:, slice(*bounds["train"])], normalise)
    except ValueError as error:
        raise InputError(
            layer_path,
            "activity",
            found=str(error),
            expected=f"activity that `tensors: normalise: {normalise}` can divide",
        ) from error
    tensor = np.ascontiguousarray(((activity - offset[:, None]) / scale[:, None]).T, np.float32)

    split_index = np.full(bins, GAP, np.int8)
    attributes |= {"bin_seconds": attributes["bin_seconds"] * bin_width, "normalise": normalise}
    attributes["bin_width"] = bin_width
    with new_h5(out, **attributes) as file:
        put(file, "activity", tensor, units="normalised activity", axes=("bin", "neuron"))
        for code, (name, (start, stop)) in enumerate(bounds.items()):
            split_index[start:stop] = code
            view = h5py.VirtualLayout((stop - start, len(ids)), np.float32)
            view[:] = h5py.VirtualSource(".", "activity", tensor.shape)[start:stop]
            view.dcpl.set_obj_track_times(False)  # or no two files would have the same bytes
            dataset = file.create_virtual_dataset(name, view)
            dataset.attrs["units"] = "normalised activity"
            dataset.attrs["axes"] = ["bin", "neuron"]
        put(
            file, "split", split_index, units="0 train, 1 validation, 2 test, -1 gap", axes=("bin",)
        )
        put(file, "neuron_ids", ids, units="id in the recording", axes=("neuron",))
        put(file, "offset", offset, units="activity", axes=("neuron",))
        put(file, "scale", scale, units="activity", axes=("neuron",))
        train = slice(*bounds["train"])
        put(
            file,
            "train_mean",
            tensor[train].mean(axis=0, dtype=np.float64).astype(np.float32),
            units="normalised activity",
            axes=("neuron",),
        )
