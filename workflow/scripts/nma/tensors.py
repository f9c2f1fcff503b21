"""A layer's activity as the models see it: binned, split in time, normalised (METHODS 1 and 3)."""

import h5py
import numpy as np

from nma.errors import InputError
from nma.files import new_h5, open_h5, put

SPLITS = ("train", "validation", "test")
GAP = -1


def bin_average(activity, width):
    """Means of `width` consecutive bins: (neurons, bins) to (neurons, bins // width).

    A last partial bin is dropped: padding would invent activity.
    """
    neurons, bins = activity.shape
    whole = bins // width
    return activity[:, : whole * width].reshape(neurons, whole, width).mean(axis=2)


def split_bounds(bins, *, train, validation, test, gap):
    """(start, stop) of each split in time order, as a dict; a split of share 0 is left out.

    Shares add up to 1; `gap` bins before each later split belong to none. Raises ValueError where
    a split would be empty.
    """
    shares = (train, validation, test)
    edges = np.round(np.cumsum([0, *shares]) * bins).astype(int)
    bounds = {}
    for split, share, start, stop in zip(SPLITS, shares, edges, edges[1:], strict=False):
        if share > 0:
            bounds[split] = (int(start + (gap if start else 0)), int(stop))
            if bounds[split][0] >= stop:
                raise ValueError(f"{split} has no bin left of {stop - start} after a gap of {gap}")
    return bounds


def population_normalise(activity):
    """Each time bin divided by the population's mean in it, as in the study: (neurons, bins).

    It uses every neuron and every bin, held-out ones too: for the paper preset alone. Raises
    ValueError where that mean is not positive.
    """
    mean = activity.mean(axis=0, dtype=np.float64)
    bad = np.flatnonzero(mean <= 0)
    if bad.size:
        raise ValueError(f"a population mean of {mean[bad[0]]:g} in bin {bad[0]} ({bad.size} such)")
    return activity / mean.astype(activity.dtype)


def neuron_statistics(train, normalise):
    """What to subtract from and divide by each neuron, fitted on train (neurons, bins).

    A neuron that is constant over train has no scale of its own and is divided by 1. Raises
    ValueError where `mean` meets a negative mean.
    """
    mean = train.mean(axis=1, dtype=np.float64)
    offset, scale = np.zeros_like(mean), np.ones_like(mean)
    if normalise == "zscore":
        offset, scale = mean, train.std(axis=1, dtype=np.float64)
    elif normalise == "mean":
        if (mean < 0).any():
            raise ValueError(f"a mean below zero in {np.sum(mean < 0)} neurons")
        scale = mean
    scale[scale < 1e-12] = 1
    return offset.astype(np.float32), scale.astype(np.float32)


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


def read_tensor(path):
    """The whole activity (bins, neurons) float32 and the split of each bin (bins,) int8."""
    with open_h5(path) as file:
        return file["activity"][:], file["split"][:]


def segments(split_index):
    """(split code, slice) of each run of bins that belong together, in time order.

    Each is encoded on its own, so that no bin of one split reaches another through a network.
    """
    edges = np.flatnonzero(np.diff(split_index)) + 1
    bounds = [0, *edges.tolist(), len(split_index)]
    return [
        (int(split_index[a]), slice(a, b)) for a, b in zip(bounds[:-1], bounds[1:], strict=True)
    ]
