"""Scores of activity with missing entries: whatever stands in their place, they are the same."""

from dataclasses import replace

import h5py
import numpy as np
import pytest
from tensor_files import tensor

from nma.io.hdf5 import new_h5, put
from nma.preprocessing.grouping import Grouping
from nma.preprocessing.layer_files import slice_layers
from nma.preprocessing.make_tensor import make_tensor
from nma.preprocessing.random_groups import write_random_groups
from nma.preprocessing.tensors import read_tensor
from nma.scores.decay_times import decay_scores
from nma.scores.dims_by_neurons import lds_dims
from nma.scores.other_neurons import TransferSettings, other_neurons
from nma.scores.readouts import readout_scores
from nma.scores.svca import reliable_variance
from nma.scores.time_scales import masked_r2, widened_r2
from nma.scores.transfer import direct
from nma.state_space.at_dims import fit_lds
from nma.state_space.transform import fit_transform
from nma.statistics.autocorrelation import autocorrelation, time_scales

BINS, NEURONS = 240, 16
SPLIT = np.repeat([0, -1, 1, -1, 2], [150, 2, 36, 2, 50]).astype("i1")
TRAIN, TEST = SPLIT == 0, SPLIT == 2
MISSING = np.random.default_rng(1).random((BINS, NEURONS)) < 0.05
MISSING[50:53] = MISSING[170:172] = MISSING[200:203] = MISSING[238:] = True
WILD = (0.0, 40.0)  # in place of what is missing


def activity(seed=0):
    """Four slow latents and noise (bins, neurons)."""
    rng, z = np.random.default_rng(seed), np.zeros((BINS, 4))
    for t in range(1, BINS):
        z[t] = 0.9 * z[t - 1] + 0.44 * rng.standard_normal(4)
    x = z @ rng.standard_normal((4, NEURONS)) + rng.standard_normal((BINS, NEURONS))
    return (x / x.std(axis=0)).astype("f4")


def put_in(value, bins=slice(None)):
    """Activity with a value in place of what is missing in these bins, the mean elsewhere."""
    found = np.where(MISSING, np.float32(0), activity())
    found[bins] = np.where(MISSING, np.float32(value), found)[bins]
    return found


def of_svca(value):
    found = reliable_variance(put_in(value).T, None, 2.0, seed=0, missing=MISSING.T)
    return np.concatenate([found[name].ravel() for name in ("shared", "total", "null_shared")])


def of_time_scales(value):
    return time_scales(put_in(value), 0.5, ~MISSING)


def of_wide_bins(value):
    found = widened_r2(put_in(value)[TEST], activity()[TEST] / 2, np.zeros(16), ~MISSING[TEST])
    return [list(values) for values in found.values()]


def of_hidden_entries(value):
    train = activity()[TRAIN].astype(float)
    return masked_r2(train, put_in(value)[TEST].astype(float), 4, 0, ~MISSING[TEST])


def of_transfer(value):
    layers, others = [activity(), activity(5)], [put_in(value, TEST)] * 2
    present = [np.ones_like(MISSING)] * 2, [~MISSING] * 2
    return direct(layers, others, SPLIT, lambda *_: None, seed=0, present=present).r2


def of_dims(value):
    part = SPLIT == 1
    folds = np.arange(NEURONS) % 4
    fitted = put_in(0)[TRAIN], put_in(value)[part]
    return lds_dims(*fitted, folds, ~MISSING[TRAIN], ~MISSING[part])


def of_decays(value):
    whole = replace(tensor(put_in(0), SPLIT), missing=MISSING)
    train, folds = whole.centred[TRAIN], np.arange(NEURONS) % 4
    lds = fit_lds(train, folds, fit_transform(train, "identity", 1.0), 4, ~MISSING[TRAIN])
    rows = decay_scores(replace(whole, activity=put_in(value)), lds)
    return [row[5:8] for row in rows]


SCORES = (
    of_svca,
    of_time_scales,
    of_wide_bins,
    of_hidden_entries,
    of_transfer,
    of_dims,
    of_decays,
)


@pytest.mark.parametrize("score", SCORES, ids=lambda score: score.__name__)
def test_what_stands_in_missing_entries_changes_no_score(score):
    one, other = (score(value) for value in WILD)
    assert np.isfinite(np.asarray(one, float)).any()
    np.testing.assert_allclose(one, other, atol=1e-4)


def test_autocorrelation_is_that_of_the_pairs_that_are_there():
    signals, present = activity(), ~MISSING
    known = np.where(present, signals, np.nan)
    centred = known - np.nanmean(known, axis=0)
    found = autocorrelation(put_in(9), 20, present)
    for lag in (1, 7, 20):
        expected = np.nanmean(centred[lag:] * centred[:-lag], axis=0) / np.nanvar(known, axis=0)
        np.testing.assert_allclose(found[lag], expected, atol=1e-5)


def test_nothing_is_read_out_where_nothing_was_recorded(tmp_path):
    """Behaviour that follows activity, but for bins without any."""
    gone, rows = MISSING.all(axis=1), []
    assert gone.sum() == 10
    for wild in WILD:
        run = np.where(gone, wild, activity()[:, 0])[:, None]
        with new_h5(tmp_path / "recording.h5") as file:
            put(file, "behaviour/run", run, units="", axes=("bin", "feature"))
        layer = replace(tensor(put_in(0), SPLIT), missing=MISSING)
        found = readout_scores("raw", [layer], {}, tmp_path / "recording.h5")
        rows.append([row.value for row in found if row.metric == "behavior_r2_running"])
    assert len(rows[0]) == 2
    np.testing.assert_allclose(*rows, atol=0.01)


@pytest.fixture
def recording(tmp_path):
    """recording.h5 of two planes, of which twelve and fourteen neurons are sampled."""
    missing = MISSING.T
    with h5py.File(tmp_path / "recording.h5", "w") as file:
        file.attrs.update({"name": "x", "bin_seconds": 1.0})
        for name, values in (("activity", put_in(7).T), ("missing", missing)):
            put(file, name, np.concatenate([values, values]), units="", axes=())
        file["neuron_ids"] = np.arange(2 * NEURONS)
        depths = np.repeat([0.0, 30.0], [12, 20])
        places = np.stack([depths, depths, depths])
        put(file, "positions", places, units="um", axes=("x, y, z", "neuron"))
    layers = [tmp_path / f"L{n}.h5" for n in (1, 2)]
    recording, table = tmp_path / "recording.h5", tmp_path / "layers.json"
    slice_layers(recording, layers, table, grouping=Grouping("depth", 2), neurons=10)
    return recording, layers


def test_what_is_missing_follows_its_neurons(recording, tmp_path):
    path, layers = recording
    groups = [tmp_path / f"G{n}.h5" for n in (1, 2)]
    write_random_groups(layers, groups, seed=0)
    for file in [*layers, *groups]:
        with h5py.File(file) as found:
            ids = found["neuron_ids"][:] % NEURONS
            np.testing.assert_array_equal(found["missing"][:], MISSING.T[ids])
    shares = {"train": 0.7, "validation": 0.1, "test": 0.2, "gap": 2}
    tensors = [tmp_path / f"T{n}.h5" for n in (1, 2)]
    for layer, out in zip(layers, tensors, strict=True):
        make_tensor(layer, out, normalise="zscore", bin_width=2, split=shares)
    made = [read_tensor(out) for out in tensors]
    others, present = other_neurons(path, layers, made, TransferSettings("test", 1))
    assert others[0] is None and others[1].shape == present[1].shape == (120, 10)
    # They are normalised by what was recorded, as the tensor is.
    for values, recorded in ((others[1], present[1]), (made[1].activity, made[1].present)):
        train = np.where(recorded, values, np.nan)[made[1].split == 0]
        np.testing.assert_allclose(np.nanmean(train, axis=0), 0, atol=1e-5)
        np.testing.assert_allclose(np.nanstd(train, axis=0), 1, atol=1e-5)
        assert 0.01 < (~recorded).mean() < 0.1 and np.abs(values).max() < 10
