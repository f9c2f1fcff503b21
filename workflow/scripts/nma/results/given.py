"""New activity of the neurons of a layer, in the form of its tensor."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import xarray as xr

from nma.io.errors import InputError
from nma.preprocessing.normalisation import population_normalise
from nma.preprocessing.tensors import Tensor, bin_average, bins_with_any
from nma.results.arrays import NORMALISED, Coordinates
from nma.statistics.filling import filled
from nma.types import BinsNeurons

Activity: TypeAlias = np.ndarray | xr.DataArray


@dataclass(frozen=True)
class Given:
    """A run of bins as models see it.

    activity: normalised, float32, with missing entries filled in; present: which were recorded
    (bool); coordinates: of the bins.
    """

    activity: BinsNeurons
    present: BinsNeurons
    coordinates: Coordinates


def as_tensor(activity: Activity, tensor: Tensor) -> Given:
    """Activity of one run of bins (bins, neurons) as the tensor has it.

    An array is taken to be in the units and bins of the recording: it is averaged over bin_width
    bins and normalised by offset and scale of the tensor. So is a DataArray, unless its units are
    `normalised activity`, as those of Run.activity are: that is taken as it is. A DataArray with
    ids in a coordinate `neuron` may have them in any order, and neurons of other layers. Neurons
    that it lacks are missing, as are entries that are NaN or infinite. Raises InputError for other
    neurons or shapes.
    """
    values, coordinates, normalised = _by_neuron(activity, tensor)
    _check(values, tensor)
    present = np.isfinite(values)
    if not normalised:
        width = tensor.bin_width
        values = _normalised(values, present, tensor)
        present = bins_with_any(present.T, width).T
        coordinates = _averaged(coordinates, width, len(values), tensor.bin_seconds)
    if tensor.missing is not None:
        present = present & ~tensor.missing.all(axis=0)  # neurons of which nothing was learnt
    if not present.all():
        values = filled(values.T, present.T, tensor.train_mean).T
    return Given(np.ascontiguousarray(values, np.float32), present, coordinates)


def _by_neuron(activity: Activity, tensor: Tensor) -> tuple[BinsNeurons, Coordinates, bool]:
    """Values (bins, neurons), coordinates of the bins, and whether they are normalised."""
    if not isinstance(activity, xr.DataArray):
        return _numbers(activity, tensor), {}, False
    if activity.ndim != 2 or "neuron" not in activity.dims:
        found = f"a DataArray with the dims {', '.join(map(str, activity.dims))}"
        raise _wrong(tensor, found)
    (row,) = (dim for dim in activity.dims if dim != "neuron")
    activity = activity.transpose(row, "neuron")
    if "neuron" in activity.coords:
        ids = activity.indexes["neuron"]
        if not ids.is_unique:
            raise _wrong(tensor, f"neuron {ids[ids.duplicated()][0]} more than once")
        if not ids.isin(tensor.neuron_ids).any():
            hint = f"the ids of its neurons are {tensor.neuron_ids[0]} to {tensor.neuron_ids[-1]}"
            raise _wrong(tensor, f"other neurons, {ids[0]} to {ids[-1]}", hint)
        activity = activity.reindex(neuron=tensor.neuron_ids)
    coordinates = {
        name: ("bin", activity[name].values, dict(activity[name].attrs))
        for name in ("bin", "time", "split")
        if name in activity.coords and activity[name].dims == (row,)
    }
    normalised = activity.attrs.get("units") == NORMALISED
    return _numbers(activity.values, tensor), coordinates, normalised


def _numbers(values: object, tensor: Tensor) -> np.ndarray:
    try:
        return np.asarray(values, dtype=np.float32)
    except (ValueError, TypeError) as error:
        raise _wrong(tensor, f"{type(values).__name__} that is no array of numbers") from error


def _check(values: np.ndarray, tensor: Tensor) -> None:
    neurons = len(tensor.neuron_ids)
    if values.ndim != 2 or values.shape[1] != neurons or not len(values):
        turned = values.ndim == 2 and values.shape[0] == neurons
        raise _wrong(tensor, f"the shape {values.shape}", "transpose it" if turned else "")


def _wrong(tensor: Tensor, found: str, hint: str = "") -> InputError:
    neurons = len(tensor.neuron_ids)
    return InputError(
        f"layer {tensor.layer}",
        "activity",
        found=found,
        expected=f"(bins, {neurons}): bins by the {neurons} neurons of the layer",
        hint=hint,
    )


def _normalised(values: BinsNeurons, present: BinsNeurons, tensor: Tensor) -> BinsNeurons:
    """Recorded activity as make_tensor normalises it."""
    bins, width = len(values), tensor.bin_width
    if bins < width:
        raise InputError(
            f"layer {tensor.layer}",
            "activity",
            found=f"{bins} bins",
            expected=f"at least {width} bins of the recording, which are averaged into one",
        )
    complete = bool(present.all())
    values = np.where(present, values, 0).T
    if tensor.normalise == "population":
        if not complete:
            raise InputError(
                f"layer {tensor.layer}",
                "activity",
                found="missing entries",
                expected="all neurons in all bins, which `normalise: population` divides by",
            )
        values = population_normalise(values)
    values = bin_average(values, width, None if complete else present.T)
    return ((values - tensor.offset[:, None]) / tensor.scale[:, None]).T


def _averaged(
    coordinates: Coordinates, width: int, bins: int, bin_seconds: float | None
) -> Coordinates:
    """Coordinates of bins that are averages of `width`; time from 0 where it is not known."""
    found: Coordinates = {"bin": ("bin", np.arange(bins), {})}
    if bin_seconds is not None:
        time = bin_seconds * np.arange(bins)
        if "time" in coordinates:
            time = coordinates["time"][1][::width][:bins]
        found["time"] = ("bin", time, {"units": "s", "long_name": "time"})
    return found
