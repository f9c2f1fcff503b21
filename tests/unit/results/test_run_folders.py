"""Results that are not like the demo: missing entries, clocks, no positions, trials."""

import json

import numpy as np
import pytest

from nma.io.errors import InputError
from nma.io.hdf5 import new_h5, put
from nma.preprocessing.layer_files import write_layer
from nma.preprocessing.make_tensor import make_tensor
from nma.preprocessing.trial_tensors import make_trial_tensor
from nma.run import Run

NEURONS, BINS = 5, 120
SPLIT = {"train": 0.6, "validation": 0.2, "test": 0.2, "gap": 3}
IDS = 7 + np.arange(NEURONS)


@pytest.fixture
def activity():
    return np.random.default_rng(0).gamma(2, size=(NEURONS, BINS)).astype("f4")


def layer_table(folder):
    rows = [{"layer": "L1", "name": "V1", "grouping": "V1", "neurons": NEURONS, "used": NEURONS}]
    (folder / "layers.json").write_text(json.dumps({"layers": rows}))


def recording(folder, activity, behaviour=None, **attributes):
    """A results folder up to tensors; attributes: of recording.h5, `bins` as a dataset."""
    layer_table(folder)
    bins = attributes.pop("bins", None)
    with new_h5(folder / "recording.h5", bin_seconds=0.5, **attributes) as file:
        put(file, "activity", activity, units="arbitrary", axes=("neuron", "bin"))
        if bins is not None:
            put(file, "bins", bins, units="index in the source file", axes=("bin",))
        for name, values in (behaviour or {}).items():
            put(file, f"behaviour/{name}", values, units="arbitrary", axes=("bin", "feature"))


def tensors(folder, activity, positions=None, missing=None):
    path = folder / "layers/L1.h5"
    settings = {"missing": missing, "layer": "L1", "bin_seconds": 0.5}
    write_layer(path, activity, IDS, positions, position_unit="pixels", **settings)
    make_tensor(path, folder / "tensors/L1.h5", normalise="zscore", bin_width=2, split=SPLIT)


def test_missing_entries_are_nan(tmp_path, activity):
    missing = np.zeros(activity.shape, bool)
    missing[1, 10:14] = missing[3, 21] = True  # of bin 10 one of two values is there
    recording(tmp_path, activity)
    tensors(tmp_path, activity, missing=missing)
    found = Run(tmp_path).activity("L1")
    gone = np.argwhere(np.isnan(found.values))
    assert gone.tolist() == [[5, 1], [6, 1]]


def test_a_region_is_named_and_positions_keep_their_unit(tmp_path, activity):
    positions = np.arange(3.0 * NEURONS).reshape(3, NEURONS)
    recording(tmp_path, activity)
    tensors(tmp_path, activity, positions)
    run = Run(tmp_path)
    assert run.layers == {"L1": "V1"}
    assert run.sources == []
    found = run.activity("L1")
    np.testing.assert_array_equal(found.y, positions[1])
    assert found.y.units == "pixels"
    with pytest.raises(InputError, match="source: found lds, expected none, as there is none yet"):
        run.latents("lds", "L1")


def test_without_positions_there_are_no_places(tmp_path, activity):
    recording(tmp_path, activity)
    tensors(tmp_path, activity)
    assert "x" not in Run(tmp_path).activity("L1").coords


def test_time_is_that_of_the_clock_of_the_recording(tmp_path, activity):
    """Which began at 100 s, and of which two bins were left out."""
    bins = np.delete(np.arange(BINS + 2), [10, 11])
    recording(tmp_path, activity, bins=bins, start_seconds=100.0)
    tensors(tmp_path, activity)
    time = Run(tmp_path).activity("L1").time.values
    assert time[:6].tolist() == [100, 101, 102, 103, 104, 106]
    assert len(time) == BINS // 2


def test_behaviour_is_nan_where_a_value_is(tmp_path, activity):
    pupil = np.arange(float(BINS))[:, None]
    pupil[8] = np.nan
    recording(tmp_path, activity, {"pupilArea": pupil})
    tensors(tmp_path, activity)
    found = Run(tmp_path).behavior()["pupilArea"].squeeze("feature")
    assert found.values[:6].tolist()[:4] == [0.5, 2.5, 4.5, 6.5]
    assert np.isnan(found[4]) and found[5] == 10.5


def test_rows_of_trials_are_trials(tmp_path, activity):
    """In the order of the tensor, with their angle and their place in the recording."""
    layer_table(tmp_path)
    angles = np.linspace(0, 6, BINS)
    path = tmp_path / "layers/L1.h5"
    stimulus = (angles, {"units": "rad", "axes": ["trial"]})
    write_layer(path, activity, IDS, None, copied={"stimulus": stimulus}, kind="trials", layer="L1")
    settings = {"normalise": "none", "rule": "every_fourth", "spontaneous": "scale"}
    make_trial_tensor(path, tmp_path / "tensors/L1.h5", **settings)
    found = Run(tmp_path).activity("L1")
    assert found.dims == ("trial", "neuron")
    assert found.stimulus.units == "rad" and "time" not in found.coords
    np.testing.assert_array_equal(found.stimulus, angles[found.trial])
    np.testing.assert_allclose(found, activity.T[found.trial], rtol=1e-6)
    assert set(found.split.values) == {"train", "validation", "test"}
    with new_h5(tmp_path / "recording.h5") as file:
        values = np.arange(float(BINS))[:, None]
        put(file, "behaviour/run", values, units="arbitrary", axes=("trial", "feature"))
    behaviour = Run(tmp_path).behavior()["run"]
    assert behaviour.dims == ("trial", "feature")
    np.testing.assert_array_equal(behaviour.squeeze("feature"), behaviour.trial)
    with pytest.raises(InputError, match="state_space/L1.h5: file: found none"):
        Run(tmp_path).lds("L1")
