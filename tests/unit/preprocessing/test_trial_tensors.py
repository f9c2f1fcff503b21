"""Tensors of trials: which trials test, their order, and normalisation by spontaneous activity."""

import numpy as np
import pytest

from nma.io.errors import InputError
from nma.io.hdf5 import open_h5
from nma.preprocessing.layer_files import slice_layers
from nma.preprocessing.layers import Grouping
from nma.preprocessing.splits import trial_parts, trial_split
from nma.preprocessing.tensors import read_tensor
from nma.preprocessing.trial_tensors import make_trial_tensor
from nma.recordings.import_trials import import_trials

NEURONS, TRIALS = 10, 64


@pytest.fixture
def raw(tmp_path):
    """The fields of a raw file whose layer is written to L1.h5."""
    rng = np.random.default_rng(0)
    found = {
        "sresp": rng.gamma(2, 1, (NEURONS, TRIALS)),
        "istim": rng.uniform(0, 6, TRIALS),
        "mean_spont": rng.random(NEURONS),
        "std_spont": 1 + rng.random(NEURONS),
        "u_spont": np.linalg.qr(rng.standard_normal((NEURONS, 3)))[0],
    }
    np.save(tmp_path / "raw.npy", found, allow_pickle=True)
    import_trials(tmp_path / "raw.npy", tmp_path / "recording.h5", name="a")
    grouping = Grouping(by="whole", count=1, seed=0, min_neurons=2, left_out=[], unlabelled="error")
    slice_layers(
        tmp_path / "recording.h5",
        [tmp_path / "L1.h5"],
        tmp_path / "layers.json",
        grouping=grouping,
        neurons=NEURONS,
    )
    return found


def made(tmp_path, normalise="zscore", rule="every_fourth", spontaneous="scale"):
    settings = {"normalise": normalise, "rule": rule, "spontaneous": spontaneous}
    make_trial_tensor(tmp_path / "L1.h5", tmp_path / "t.h5", **settings)
    return read_tensor(tmp_path / "t.h5")


def test_every_fourth_trial_tests_and_every_fourth_of_the_rest_validates():
    codes = trial_split(16, "every_fourth")
    assert codes.tolist() == [0, 0, 0, 2, 1, 0, 0, 2, 0, 1, 0, 2, 0, 0, 1, 2]


def test_the_last_quarter_tests_and_the_last_of_the_rest_validates():
    assert trial_split(16, "last_quarter").tolist() == 9 * [0] + 3 * [1] + 4 * [2]


@pytest.mark.parametrize("rule", ["every_fourth", "last_quarter"])
def test_parts_are_the_trials_of_the_splits(rule):
    train, validation, test = trial_parts(101, rule)
    assert sorted([*train, *validation, *test]) == list(range(101))
    assert (trial_split(101, rule)[test] == 2).all() and len(test) == 25


@pytest.mark.parametrize("rule", ["every_fourth", "last_quarter"])
def test_splits_are_runs_of_rows_in_the_order_of_trials(raw, tmp_path, rule):
    tensor = made(tmp_path, rule=rule)
    assert (np.diff(tensor.split) >= 0).all() and tensor.bin_seconds is None
    with open_h5(tmp_path / "t.h5") as file:
        trial = file["trial"][:]
        assert np.allclose(file["test"][:], tensor.of("test"))
        assert list(file["activity"].attrs["axes"]) == ["trial", "neuron"]
    assert (trial_split(TRIALS, rule)[trial] == tensor.split).all()
    for code in range(3):
        assert (np.diff(trial[tensor.split == code]) > 0).all()
    assert np.allclose(tensor.stimulus, raw["istim"][trial])
    scaled = raw["sresp"].T[trial]
    assert np.allclose(tensor.activity * tensor.scale + tensor.offset, scaled, atol=1e-4)


def test_activity_is_in_units_of_spontaneous_activity(raw, tmp_path):
    tensor = made(tmp_path, normalise="none")
    with open_h5(tmp_path / "t.h5") as file:
        trial = file["trial"][:]
    expected = (raw["sresp"] - raw["mean_spont"][:, None]) / raw["std_spont"][:, None]
    assert np.allclose(tensor.activity, expected.T[trial], atol=1e-5)
    assert np.allclose(tensor.offset, raw["mean_spont"])
    assert np.allclose(tensor.scale, raw["std_spont"])


def test_z_scores_are_those_of_train(raw, tmp_path):
    tensor = made(tmp_path)
    assert np.allclose(tensor.train.mean(axis=0), 0, atol=1e-5)
    assert np.allclose(tensor.train.std(axis=0), 1, atol=1e-5)


def test_components_of_spontaneous_activity_are_projected_out(raw, tmp_path):
    kept = made(tmp_path, normalise="none").activity
    left = made(tmp_path, normalise="none", spontaneous="project_out").activity
    components = raw["u_spont"]
    assert np.allclose(left @ components, 0, atol=1e-4)
    assert np.allclose(kept - left, kept @ components @ components.T, atol=1e-4)


def test_without_components_there_is_nothing_to_project_out(raw, tmp_path):
    del raw["u_spont"]
    np.save(tmp_path / "raw.npy", raw, allow_pickle=True)
    import_trials(tmp_path / "raw.npy", tmp_path / "recording.h5", name="a")
    grouping = Grouping(by="whole", count=1, seed=0, min_neurons=2, left_out=[], unlabelled="error")
    paths = tmp_path / "recording.h5", [tmp_path / "L1.h5"], tmp_path / "layers.json"
    slice_layers(*paths, grouping=grouping, neurons=NEURONS)
    with pytest.raises(InputError, match="found none, expected components of spontaneous activity"):
        made(tmp_path, spontaneous="project_out")
