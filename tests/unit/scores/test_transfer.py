"""Transfer: of layers that share all, half or none of their latents the answer is known."""

import csv

import h5py
import numpy as np
import pytest
import torch
from tensor_files import write_tensor

from nma.io.hdf5 import put
from nma.latents.networks import encode
from nma.latents.state_space import encode_lds
from nma.preprocessing.grouping import Grouping
from nma.preprocessing.layer_files import slice_layers
from nma.preprocessing.make_tensor import make_tensor
from nma.preprocessing.masks import write_masks
from nma.preprocessing.tensors import read_tensor
from nma.scores.other_neurons import TransferSettings, other_neurons
from nma.scores.table import write_scores
from nma.scores.transfer import (
    Transfer,
    direct,
    direct_estimates,
    meeting,
    meetings,
    network_estimates,
    new_read_ins,
    open_read_ins,
    transfer,
    transfer_scores,
    write_transfer,
)
from nma.statistics.intervals import pooled_r2
from nma.statistics.r2 import squared_errors
from nma.training.weights import build_model
from score_linear_transfer import lds_encoder

BINS, NEURONS, DIMS = 700, 30, 4
SPLIT = np.repeat([0, -1, 1, -1, 2], [490, 5, 60, 5, 140]).astype("i1")
TRAIN, TEST = SPLIT == 0, SPLIT == 2
SHARES = {"train": 0.7, "validation": 0.1, "test": 0.2, "gap": 2}


def latents(seed, dims=DIMS):
    return np.random.default_rng(seed).standard_normal((BINS, dims))


def mixed(courses, seed, noise=0.3):
    """Neurons of variance about 1 that are mixes of the courses, and noise."""
    generator = np.random.default_rng(seed)
    mixing = np.linalg.qr(generator.standard_normal((NEURONS, courses.shape[1])))[0].T
    activity = courses @ mixing * np.sqrt(NEURONS / courses.shape[1])
    return (activity + noise * generator.standard_normal(activity.shape) + 2).astype("f4")


def linear(activity):
    """The encoder of the best linear autoencoder of train."""
    mean = activity[TRAIN].mean(axis=0)
    vectors = np.linalg.svd(activity[TRAIN] - mean, full_matrices=False)[2][:DIMS]
    return lambda x, split: (x - mean) @ vectors.T


def linear_transfer(*layers, others=None):
    others = others or [None] * len(layers)
    return transferred(layers, others, [linear(x) for x in layers])


def transferred(layers, others, encoders):
    """By read-ins that direct has kept."""
    kept = {}
    direct(layers, others, SPLIT, lambda s, t, x: kept.update({(s, t): x}), seed=0)
    return transfer(layers, others, encoders, lambda s, t: kept[s, t], SPLIT, seed=0)


def without_network(layers, others):
    return direct(layers, others, SPLIT, lambda *_: None, seed=0)


def test_layers_that_share_their_latents_serve_each_other():
    """As well as a layer serves itself, and as ridge without a network."""
    layers = [mixed(latents(0), seed) for seed in (1, 2)]
    others = [mixed(latents(0), seed)[:, :12] for seed in (3, 4)]
    found = linear_transfer(*layers, others=others)
    assert found.r2.shape == (2, 2) and found.r2.min() > 0.85
    without = without_network(layers, others)
    np.testing.assert_allclose(found.r2, without.r2, atol=0.03)
    assert (found.low < found.r2).all() and (found.r2 < found.high).all()
    assert found.blocks == 10 and list(found.predicted) == [12, 12]


def test_of_independent_layers_nothing_is_transferred():
    """Though a network's latents of them hold all that they have: see scores.transfer."""
    layers = [mixed(latents(seed), seed + 5) for seed in (0, 1)]
    found = linear_transfer(*layers, others=[mixed(latents(s), s + 7)[:, :12] for s in (0, 1)])
    strangers = ~np.eye(2, dtype=bool)
    assert np.abs(found.r2[strangers]).max() < 0.03
    assert found.r2.diagonal().min() > 0.85


@pytest.mark.parametrize("private", [1, 2])
def test_what_a_layer_has_to_itself_is_lost_elsewhere(private):
    """Of four latents with as much variance each, and noise alone when all are private."""
    shared = latents(0, DIMS - private)
    courses = [np.hstack([shared, latents(s, private)]) for s in (1, 2)]
    layers = [mixed(c, s + 5, noise=0.01) for s, c in enumerate(courses)]
    others = [mixed(c, s + 7, noise=0.01) for s, c in enumerate(courses)]
    found = linear_transfer(*layers, others=others).r2
    without = without_network(layers, others).r2
    for s, t in ((0, 1), (1, 0)):
        assert found[t, t] - found[s, t] == pytest.approx(private / DIMS, abs=0.05)
        assert without[t, t] - without[s, t] == pytest.approx(private / DIMS, abs=0.05)


def test_noise_of_the_predicted_neurons_never_comes_back():
    """However few they are: neurons of noise alone are not told."""
    layer = mixed(latents(0), 1)
    noise = np.random.default_rng(3).standard_normal((BINS, 2)).astype("f4")
    found = linear_transfer(layer, mixed(latents(0), 2), others=[noise, None])
    assert np.abs(found.r2[:, 0]).max() < 0.03


def test_a_layer_that_is_sampled_whole_is_met_by_other_networks_alone():
    layers = [mixed(latents(0), seed) for seed in (1, 2)]
    found = linear_transfer(*layers)
    assert np.isnan(found.r2.diagonal()).all() and list(found.predicted) == [15, 15]
    assert found.r2[0, 1] > 0.85
    without = without_network(layers, [None] * 2).r2
    assert without.diagonal().min() > 0.85 and np.isnan(without[~np.eye(2, dtype=bool)]).all()
    for seen, wanted in (meeting(layers[0], None, 3), meeting(layers[0], None, 4)):
        both = np.concatenate([seen, wanted], axis=1)
        assert sorted(both[0]) == sorted(layers[0][0])
    assert meeting(layers[0], layers[1], 0) == (layers[0], layers[1])


def network(name, activity):
    """With a correction that is far from nothing, where it is one, and a readout that fits."""
    torch.manual_seed(0)
    model = build_model(name, NEURONS, DIMS, {}).eval()
    block = torch.from_numpy(activity[TRAIN])[None]
    model.start(block, "reconstruct")
    if name == "residual_gru":
        torch.nn.init.normal_(model.seen.weight, std=0.1)
    else:
        with torch.no_grad():
            found = model.encode(block)[0].numpy()
        design = np.column_stack([found, np.ones(len(found))])
        weights = np.linalg.lstsq(design, block[0].numpy(), rcond=None)[0]
        model.readout.weight.data = torch.from_numpy(weights[:-1].T.copy()).float()
        model.readout.bias.data = torch.from_numpy(weights[-1].copy()).float()
    return model


@pytest.mark.parametrize("name", ["residual_gru", "lstm"])
def test_to_other_neurons_that_are_its_own_a_network_is_as_good_as_it_was(name):
    activity = mixed(latents(0), 1)
    model = network(name, activity)
    estimate = encode(model, activity, SPLIT)[1]
    sums = squared_errors(activity[TEST], estimate[TEST], activity[TRAIN].mean(axis=0))
    own = pooled_r2(*(values.sum(axis=1) for values in sums))[0]

    def encoder(x, split):
        return encode(model, x, split)[0]

    found = transferred([activity], [activity], [encoder])
    assert own > 0.1
    assert found.r2[0, 0] >= own - 0.01


def test_an_lds_encodes_each_split_as_its_latents_file_does(tmp_path):
    """And serves the other neurons of slow latents as ridge does, or better."""
    courses = latents(0)
    for t in range(1, BINS):
        courses[t] = 0.9 * courses[t - 1] + 0.4 * courses[t]
    activity = mixed(courses, 1, noise=1)
    paths = [tmp_path / f"{name}.h5" for name in ("tensor", "hidden", "fits", "latents")]
    write_tensor(paths[0], activity, SPLIT)
    write_masks(*paths[:2], seed=0)
    encode_lds(*paths)
    encoder = lds_encoder(paths[2], read_tensor(paths[0]))
    with h5py.File(paths[3]) as file:
        for bins in (TRAIN, TEST):
            found = encoder(activity[bins], SPLIT[bins])
            np.testing.assert_allclose(found, file["latents"][:][bins], atol=1e-5)
    others = [mixed(courses, 3, noise=1)[:, :12]]
    found = transferred([activity], others, [encoder])
    without = without_network([activity], others)
    assert found.r2[0, 0] > without.r2[0, 0] > 0.3


def test_nothing_of_test_reaches_a_fit():
    """One bin of what is seen changes its own estimate alone; other bins of test change none."""

    def estimated(*layers):
        met = meetings(layers, [None] * 2, 0)
        kept = {}
        keep = direct_estimates(layers, met, TRAIN, TEST, lambda s, t, x: kept.update({(s, t): x}))
        list(keep)
        read_in = lambda s, t: kept[s, t]  # noqa: E731
        found = network_estimates(layers, met, encoders, read_in, SPLIT, TRAIN, TEST)
        return {(s, t): estimate for s, t, estimate in found}[0, 1]

    source, target = (mixed(latents(0), seed) for seed in (1, 2))
    encoders = [linear(source), linear(target)]
    before = estimated(source, target)
    changed = target.copy()
    changed[-1] += 50
    after = estimated(source, changed)
    np.testing.assert_array_equal(before[:-1], after[:-1])
    assert np.abs(before[-1] - after[-1]).max() > 0.1
    changed, other = target.copy(), source.copy()
    changed[SPLIT == 1] = other[~TRAIN] = 0
    np.testing.assert_array_equal(before, estimated(other, changed))


def test_read_ins_come_back_from_their_file(tmp_path):
    activity = np.random.default_rng(0).standard_normal((2, 6, 4)).astype("f4")
    with new_read_ins(tmp_path / "read_ins.h5") as keep:
        keep(0, 1, activity[0])
        keep(1, 0, activity[1])
    with open_read_ins(tmp_path / "read_ins.h5") as read_in:
        np.testing.assert_array_equal(read_in(0, 1), activity[0])
        np.testing.assert_array_equal(read_in(1, 0), activity[1])


@pytest.fixture
def recorded(tmp_path):
    """A recording of three planes of 40, 31 and 22 neurons; tensors by normalisation."""
    generator, sizes = np.random.default_rng(0), (40, 31, 22)
    neurons = sum(sizes)
    with h5py.File(tmp_path / "recording.h5", "w") as file:
        file.attrs.update({"name": "x", "bin_seconds": 1.0})
        put(
            file,
            "activity",
            generator.gamma(2, size=(neurons, 401)).astype("f4"),
            units="",
            axes=(),
        )
        file["neuron_ids"] = np.arange(neurons) + 100
        place = np.repeat([0.0, 35.0, 70.0], sizes)
        places = np.stack([generator.random(neurons), generator.random(neurons), place])
        put(file, "positions", places, units="um", axes=("x, y, z", "neuron"))

    def make(normalise, sampled):
        """layers and tensors with so many neurons a layer, and what is left of each layer."""
        layers, tensors = (
            [tmp_path / f"{kind}{n}.h5" for n in range(3)] for kind in ("layer", "tensor")
        )
        recording, table = tmp_path / "recording.h5", tmp_path / "layers.json"
        slice_layers(recording, layers, table, grouping=Grouping("depth", 3), neurons=sampled)
        for layer, tensor in zip(layers, tensors, strict=True):
            make_tensor(layer, tensor, normalise=normalise, bin_width=2, split=SHARES)
        settings = TransferSettings(split="test", seed=1)
        read = [read_tensor(path) for path in tensors]
        others, present = other_neurons(recording, layers, read, settings)
        assert all(x is None or x.all() for x in present)
        return layers, tensors, others

    return make


def test_others_are_those_of_the_layer_that_were_not_sampled(recorded):
    """At most as many as were: 40 - 22 and none where fewer than ten are left."""
    _, _, found = recorded("zscore", "smallest")
    assert [None if x is None else x.shape for x in found] == [(200, 18), None, None]
    _, _, found = recorded("zscore", 12)
    assert [x.shape for x in found[:2]] == [(200, 12)] * 2
    assert found[2].shape == (200, 10)


@pytest.mark.parametrize("normalise", ["zscore", "mean", "none", "population"])
def test_others_are_normalised_as_the_tensor_is(recorded, normalise, tmp_path):
    layers, tensors, found = recorded(normalise, "smallest")
    with h5py.File(tmp_path / "recording.h5") as file, h5py.File(layers[0]) as layer:
        sampled = layer["neuron_ids"][:] - 100
        left = np.setdiff1d(np.arange(40), sampled)
        activity = file["activity"][:]
    if normalise == "population":
        activity = activity / activity[sampled].mean(axis=0)
    activity = activity[:, :400].reshape(len(activity), 200, 2).mean(axis=2).T

    def as_tensor(x):
        train = x[:140]
        if normalise == "zscore":
            return (x - train.mean(axis=0)) / train.std(axis=0)
        return x / train.mean(axis=0) if normalise == "mean" else x

    with h5py.File(tensors[0]) as tensor:
        np.testing.assert_allclose(tensor["activity"], as_tensor(activity[:, sampled]), atol=1e-4)
    np.testing.assert_allclose(found[0], as_tensor(activity[:, left]), atol=1e-4)


def test_others_that_cannot_be_normalised_are_left_out(recorded, tmp_path):
    layers, tensors, before = recorded("mean", 12)
    with h5py.File(layers[0]) as layer:
        left = np.setdiff1d(np.arange(40), layer["neuron_ids"][:] - 100)
    with h5py.File(tmp_path / "recording.h5", "r+") as file:
        file["activity"][left] *= -1
    settings = TransferSettings(split="test", seed=1)
    read = [read_tensor(path) for path in tensors]
    found, _ = other_neurons(tmp_path / "recording.h5", layers, read, settings)
    assert before[0].shape == (200, 12) and found[0] is None
    np.testing.assert_array_equal(found[1], before[1])


def test_its_file_and_rows_say_which_is_source_and_which_target(tmp_path):
    names = {"source": "gru", "seed": 3, "split": "test"}
    r2 = np.array([[np.nan, 0.2], [0.3, 0.4]])
    found = Transfer(r2, r2 - 0.1, r2 + 0.1, blocks=10, predicted=np.array([15, 12]))
    write_transfer(tmp_path / "gru.h5", found, ["L1", "L2"], **names)
    with h5py.File(tmp_path / "gru.h5") as file:
        assert list(file["r2"].attrs["axes"]) == ["source layer", "target layer"]
        assert all("units" in dataset.attrs for dataset in file.values())
        assert list(file["predicted"]) == [15, 12]
        assert file["r2"][0, 1] == 0.2
    write_scores(tmp_path / "gru.tsv", transfer_scores(found, ["L1", "L2"], **names))
    with open(tmp_path / "gru.tsv", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    values = {(row["metric"], row["layer"]): row["value"] for row in rows}
    assert values == {
        ("transfer_r2_from_L1", "L2"): "0.2",
        ("transfer_r2_from_L2", "L1"): "0.3",
        ("transfer_r2_from_L2", "L2"): "0.4",
    }
    assert {row["split"] for row in rows} == {"test"} and {row["n"] for row in rows} == {"10"}
