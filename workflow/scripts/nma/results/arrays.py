"""Datasets of results as xarray arrays: axes are dims, and units an attribute."""

from pathlib import Path

import h5py
import numpy as np
import xarray as xr

from nma.io.hdf5 import open_h5
from nma.preprocessing.splits import SPLITS
from nma.preprocessing.tensors import Tensor
from nma.results.folder import bin_starts, existing
from nma.types import Bins, BinsDims, BinsNeurons

NORMALISED = "normalised activity"
Coordinates = dict[str, tuple[str, np.ndarray, dict[str, str]]]


def as_array(dataset: h5py.Dataset, layer: int = 0) -> xr.DataArray:
    """A dataset with its axes and units; layer: number of the layer, of those that share a file."""
    axes, values = list(dataset.attrs["axes"]), dataset
    if axes[0] == "layer":
        axes, values = axes[1:], dataset[layer]
    name = dataset.name.rsplit("/", 1)[-1]
    return xr.DataArray(values[...], dims=axes, name=name, attrs={"units": dataset.attrs["units"]})


def split_names(split: Bins) -> np.ndarray:
    """Split codes (bins,) as train, validation, test and gap."""
    return np.array([*SPLITS, "gap"])[split]


def row_coordinates(folder: Path, tensor: Tensor) -> Coordinates:
    """Coordinates of the rows of a tensor: bins of time, or trials.

    bin: number from 0; time: its beginning in s; split. Of trials `trial`, the index in the
    recording, and `stimulus` in rad.
    """
    row = "bin" if tensor.stimulus is None else "trial"
    found = {"split": (row, split_names(tensor.split), {})}
    if tensor.stimulus is not None:
        with open_h5(tensor.path) as file:
            trials = file["trial"][:]
        return {
            "trial": ("trial", trials, {"units": "index in the recording"}),
            "stimulus": ("trial", tensor.stimulus, {"units": "rad"}),
            **found,
        }
    bins = len(tensor.split)
    starts = bin_starts(folder / "recording.h5", tensor.bin_seconds, bins)
    return {
        "bin": ("bin", np.arange(bins), {}),
        "time": ("bin", starts, {"units": "s", "long_name": "time"}),
        **found,
    }


def neuron_coordinates(folder: Path, tensor: Tensor) -> Coordinates:
    """Coordinates of the neurons of a tensor.

    neuron: id in the recording; x, y, z: positions, where the recording has them; offset, scale:
    normalised activity is (activity - offset) / scale.
    """
    activity = {"units": "activity"}
    found = {
        "neuron": ("neuron", tensor.neuron_ids, {"units": "id in the recording"}),
        "offset": ("neuron", tensor.offset, activity),
        "scale": ("neuron", tensor.scale, activity),
    }
    with open_h5(existing(folder / "layers" / f"{tensor.layer}.h5")) as file:
        if "positions" in file:
            units = {"units": file["positions"].attrs["units"]}
            values = file["positions"][:]
            found |= {axis: ("neuron", values[n], units) for n, axis in enumerate("xyz")}
    return found


def latent_array(values: BinsDims, bins: Coordinates) -> xr.DataArray:
    """Latents of bins with these coordinates."""
    units = {"units": "latent activity"}
    return xr.DataArray(values, bins, ("bin", "dim"), name="latents", attrs=units)


def activity_array(
    values: BinsNeurons, bins: Coordinates, neurons: Coordinates, name: str
) -> xr.DataArray:
    """Normalised activity of bins and neurons with these coordinates."""
    units = {"units": NORMALISED}
    return xr.DataArray(values, bins | neurons, ("bin", "neuron"), name=name, attrs=units)
