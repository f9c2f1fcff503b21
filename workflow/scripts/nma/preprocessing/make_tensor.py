"""layers/{layer}.h5 to tensors/{layer}.h5: binned, split in time, normalised."""

import h5py
import numpy as np

from nma.io.errors import InputError
from nma.io.hdf5 import new_h5, open_h5, put
from nma.preprocessing.normalisation import neuron_statistics, population_normalise
from nma.preprocessing.splits import GAP, SPLITS, segments, split_bounds
from nma.preprocessing.tensors import bin_average, bins_with_any
from nma.statistics.filling import counted, filled
from nma.statistics.r2 import LARGEST
from nma.types import Bins, BinsNeurons, FilePath, Neurons, NeuronsBins

LEAST_PRESENT = 0.1  # share of train: of a neuron with fewer values nothing can be learnt


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
    activity (bins x neurons) once, with train, validation and test as views of it. Where entries
    were not recorded, it also has `missing`, and activity is filled in there. Raises InputError
    where the recording is too short or cannot be normalised so, or a split has no value.
    """
    with open_h5(layer_file) as file:
        raw, ids = file["activity"][:], file["neuron_ids"][:]
        present = ~file["missing"][:] if "missing" in file else None
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
    split_index = np.full(bins, GAP, np.int8)
    for name, (start, stop) in bounds.items():
        split_index[start:stop] = SPLITS.index(name)
    train, missing = bounds["train"], None
    activity, offset, scale = normalised(layer_file, raw, normalise, bin_width, train, present)
    if present is not None:
        missing = missing_entries(layer_file, bins_with_any(present, bin_width).T, bounds)
        missing = missing if missing.any() else None
    mean = train_mean(activity, train, missing)
    if missing is not None:
        activity = filled_in(activity, missing, split_index, mean)
    attributes |= {"bin_seconds": attributes["bin_seconds"] * bin_width, "normalise": normalise}
    attributes["bin_width"] = bin_width
    with new_h5(out, **attributes) as file:
        put_tensor(file, activity, split_index, bounds, ids, offset, scale, mean)
        if missing is not None:
            axes = ("bin", "neuron")
            put(file, "missing", missing, units="bool", axes=axes, compression="lzf")


def put_tensor(
    file: h5py.File,
    activity: BinsNeurons,
    split: Bins,
    bounds: dict[str, tuple[int, int]],
    ids: Neurons,
    offset: Neurons,
    scale: Neurons,
    mean: Neurons,
    row: str = "bin",
) -> None:
    """Write what tensors of time and of trials have; row: what a row of activity is.

    split: code of each row; bounds: first row of each split and the one after its last; ids,
    offset, scale, mean: of preprocessing.tensors.Tensor.
    """
    axes = row, "neuron"
    put(file, "activity", activity, units="normalised activity", axes=axes)
    for name, (start, stop) in bounds.items():
        _put_view(file, name, activity.shape, start, stop, axes)
    units = "0 train, 1 validation, 2 test, -1 gap"
    put(file, "split", split, units=units, axes=(row,))
    put(file, "neuron_ids", ids, units="id in the recording", axes=("neuron",))
    put(file, "offset", offset, units="activity", axes=("neuron",))
    put(file, "scale", scale, units="activity", axes=("neuron",))
    put(file, "train_mean", mean, units="normalised activity", axes=("neuron",))


def normalised(
    file: FilePath,
    activity: NeuronsBins,
    normalise: str,
    bin_width: int,
    train: tuple[int, int],
    present: NeuronsBins | None = None,
) -> tuple[BinsNeurons, Neurons, Neurons]:
    """Activity averaged over bins and normalised, float32, with the offset and scale of neurons.

    train: its first bin and the one after its last; present: which entries were recorded, if not
    all were, over which means are taken; file: named in errors. Raises InputError where the
    activity cannot be normalised so.
    """
    try:
        if normalise == "population":
            activity = population_normalise(activity)
        activity = bin_average(activity, bin_width, present)
        part, where = activity[:, slice(*train)], True
        if present is not None:
            where = counted(bins_with_any(present, bin_width)[:, slice(*train)], axis=1)
        offset, scale = neuron_statistics(part, normalise, where)
    except ValueError as error:
        raise InputError(
            file,
            "activity",
            found=str(error),
            expected=f"activity that `tensors: normalise: {normalise}` can divide",
        ) from error
    scaled = ((activity - offset[:, None]) / scale[:, None]).T
    if np.abs(scaled).max() > LARGEST:
        raise InputError(
            file,
            "activity",
            found=f"{np.abs(scaled).max():g} standard deviations or means of train",
            expected=f"at most {LARGEST:g}",
            hint="`tensors: outliers: drop_neurons` leaves such neurons out",
        )
    return np.ascontiguousarray(scaled, np.float32), offset, scale


def missing_entries(
    file: FilePath, present: BinsNeurons, bounds: dict[str, tuple[int, int]]
) -> BinsNeurons:
    """Which entries are missing (bool). A neuron with hardly a value in train is, throughout.

    present: which were recorded; bounds: of the splits; file: named in errors. Raises InputError
    where nothing is left of a split.
    """
    missing = ~present
    share = present[slice(*bounds["train"])].mean(axis=0)
    missing[:, share < LEAST_PRESENT] = True
    for name, (start, stop) in bounds.items():
        if missing[start:stop].all():
            raise InputError(
                file,
                name,
                found=f"no value in any of its {stop - start} bins, as all are NaN or infinite",
                expected="a recording with values in train, validation and test",
                hint="`nan: drop_bins` of the recording leaves bins without values out before "
                "time is split",
            )
    print(f"missing: {missing.mean():.2%} of entries, which no score counts")
    if np.any(share < LEAST_PRESENT):
        few = np.sum(share < LEAST_PRESENT)
        print(
            f"missing: all of {few} neurons with values in less than {LEAST_PRESENT:.0%} of train"
        )
    return missing


def train_mean(
    activity: BinsNeurons, train: tuple[int, int], missing: BinsNeurons | None
) -> Neurons:
    """The mean of each neuron over train, float32; 0 where all is missing."""
    where = True if missing is None else counted(~missing[slice(*train)])
    return activity[slice(*train)].mean(axis=0, dtype=np.float64, where=where).astype(np.float32)


def filled_in(
    activity: BinsNeurons, missing: BinsNeurons, split: Bins, mean: Neurons
) -> BinsNeurons:
    """Activity with missing entries filled in, each segment of time on its own; mean: of train."""
    parts = [filled(activity[s].T, ~missing[s].T, mean).T for _, s in segments(split)]
    return np.ascontiguousarray(np.concatenate(parts))


def _put_view(
    file: h5py.File,
    name: str,
    shape: tuple[int, int],
    start: int,
    stop: int,
    axes: tuple[str, str],
) -> None:
    """Add a split as a view of these rows of `activity`, whose shape is given."""
    view = h5py.VirtualLayout((stop - start, shape[1]), np.float32)
    view[:] = h5py.VirtualSource(".", "activity", shape)[start:stop]
    view.dcpl.set_obj_track_times(False)  # or no two files would have the same bytes
    dataset = file.create_virtual_dataset(name, view)
    dataset.attrs["units"] = "normalised activity"
    dataset.attrs["axes"] = list(axes)
