"""New activity gets the form that make_tensor gives a recording; a sentence says what is wrong."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from nma.io.errors import InputError
from nma.io.hdf5 import new_h5, put
from nma.preprocessing.make_tensor import make_tensor
from nma.preprocessing.tensors import read_tensor
from nma.results.given import as_tensor

NEURONS, BINS, WIDTH = 6, 203, 3
SPLIT = {"train": 0.7, "validation": 0.1, "test": 0.2, "gap": 2}


def tensor_and_activity(folder, normalise="zscore", missing=None):
    """tensors/L1.h5 of random activity, and that activity (neurons, bins)."""
    activity = np.random.default_rng(0).gamma(2, size=(NEURONS, BINS)).astype("f4")
    with new_h5(folder / "layer.h5", layer="L1", bin_seconds=0.5) as file:
        put(file, "activity", activity, units="activity", axes=("neuron", "bin"))
        put(file, "neuron_ids", 10 + np.arange(NEURONS), units="id", axes=("neuron",))
        if missing is not None:
            put(file, "missing", missing, units="bool", axes=("neuron", "bin"))
    settings = {"normalise": normalise, "bin_width": WIDTH, "split": SPLIT}
    make_tensor(folder / "layer.h5", folder / "tensor.h5", **settings)
    return read_tensor(folder / "tensor.h5"), activity


@pytest.mark.parametrize("normalise", ["zscore", "mean", "population", "none"])
def test_recorded_activity_is_normalised_as_the_tensor_was(tmp_path, normalise):
    tensor, activity = tensor_and_activity(tmp_path, normalise)
    given = as_tensor(activity.T, tensor)
    np.testing.assert_array_equal(given.activity, tensor.activity)
    assert given.present.all()
    np.testing.assert_allclose(given.coordinates["time"][1], 1.5 * np.arange(BINS // WIDTH))


def test_normalised_activity_is_taken_as_it_is(tmp_path):
    tensor, _ = tensor_and_activity(tmp_path)
    values = tensor.activity[20:30]
    coordinates = {"bin": np.arange(20, 30), "time": ("bin", np.arange(10.0))}
    array = xr.DataArray(values, coordinates, ("bin", "neuron"))
    given = as_tensor(array.assign_attrs(units="normalised activity"), tensor)
    np.testing.assert_array_equal(given.activity, values)
    np.testing.assert_array_equal(given.coordinates["bin"][1], coordinates["bin"])
    without_units = as_tensor(array, tensor)
    assert without_units.activity.shape == (3, NEURONS)
    np.testing.assert_array_equal(without_units.coordinates["time"][1], [0, 3, 6])


def test_missing_entries_are_left_out_and_filled_in_as_in_a_tensor(tmp_path):
    missing = np.zeros((NEURONS, BINS), bool)
    missing[2, 30:42] = missing[4, 100] = missing[5, 90:93] = True
    tensor, activity = tensor_and_activity(tmp_path, missing=missing)
    first = tensor.split == 0
    given = as_tensor(np.where(missing, np.nan, activity).T[: first.sum() * WIDTH], tensor)
    np.testing.assert_array_equal(given.present, tensor.present[first])
    assert (~given.present).sum(axis=0).tolist() == [0, 0, 4, 0, 0, 1]
    np.testing.assert_array_equal(given.activity, tensor.activity[first])


def test_neurons_are_found_by_their_ids(tmp_path):
    """In any order, among others, and those that are not there are missing."""
    tensor, activity = tensor_and_activity(tmp_path)
    array = xr.DataArray(activity, {"neuron": tensor.neuron_ids}, ("neuron", "bin"))
    others = array[:2].assign_coords(neuron=[90, 91])
    order = xr.concat([others, array.isel(neuron=[3, 1, 0, 5, 2])], "neuron")
    given = as_tensor(order, tensor)
    there = [True, True, True, True, False, True]
    np.testing.assert_array_equal(given.present, np.tile(there, (BINS // WIDTH, 1)))
    np.testing.assert_array_equal(given.activity[:, there], tensor.activity[:, there])
    mean = np.broadcast_to(tensor.train_mean[4], BINS // WIDTH)
    np.testing.assert_array_equal(given.activity[:, 4], mean)


def test_neurons_of_which_nothing_was_learnt_stay_missing(tmp_path):
    tensor, activity = tensor_and_activity(tmp_path)
    missing = np.zeros(tensor.activity.shape, bool)
    missing[:, 3] = True
    given = as_tensor(activity.T, replace(tensor, missing=missing))
    assert not given.present[:, 3].any() and given.present[:, :3].all()


WRONG = {
    "turned": (lambda a: a, r"found the shape \(6, 203\), expected \(bins, 6\).*transpose it"),
    "too few neurons": (lambda a: a.T[:, :4], r"found the shape \(203, 4\), expected \(bins, 6\)"),
    "one bin of neurons": (lambda a: a[:, 0], r"found the shape \(6,\), expected \(bins, 6\)"),
    "no bins": (lambda a: a.T[:0], r"found the shape \(0, 6\), expected \(bins, 6\)"),
    "too short to average": (lambda a: a.T[:2], "found 2 bins, expected at least 3 bins"),
    "a text": (lambda a: "activity.npy", "found str that is no array of numbers"),
    "an array without neurons": (
        lambda a: xr.DataArray(a.T, dims=("time", "cell")),
        "found a DataArray with the dims time, cell",
    ),
    "other neurons": (
        lambda a: xr.DataArray(a, {"neuron": np.arange(100, 106)}, ("neuron", "bin")),
        "found other neurons, 100 to 105, .*ids of its neurons are 10 to 15",
    ),
    "a neuron twice": (
        lambda a: xr.DataArray(a, {"neuron": [10, 11, 11, 12, 13, 14]}, ("neuron", "bin")),
        "found neuron 11 more than once",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said(tmp_path, case):
    tensor, activity = tensor_and_activity(tmp_path)
    change, said = WRONG[case]
    with pytest.raises(InputError, match=said):
        as_tensor(change(activity), tensor)


def test_a_population_mean_needs_all_neurons(tmp_path):
    tensor, activity = tensor_and_activity(tmp_path, "population")
    activity[0, 0] = np.nan
    with pytest.raises(InputError, match="found missing entries"):
        as_tensor(activity.T, tensor)
