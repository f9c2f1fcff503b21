"""A source on one layer, scored; and a baseline whose dims validation chooses."""

from dataclasses import dataclass

import h5py
import numpy as np
import pytest
from tensor_files import tensor, write_tensor

from nma.baselines.pca import write_pca
from nma.latents.baselines import chosen, encode, encode_baseline
from nma.latents.describe import describe
from nma.preprocessing.masks import Masks, hidden_entries, neuron_folds, write_masks
from nma.preprocessing.tensors import Tensor
from nma.sources import BASELINES, TOGETHER

NEURONS, DIMS = 8, 2
SPLIT = np.repeat([0, -1, 1, -1, 2], [60, 2, 20, 2, 30]).astype("i1")
HELD_OUT = SPLIT > 0


@pytest.fixture
def layer():
    return tensor(np.random.default_rng(0).gamma(2, 1, (len(SPLIT), NEURONS)).astype("f4"), SPLIT)


@pytest.fixture
def masks():
    return Masks(neuron_folds(NEURONS, 0), hidden_entries(len(SPLIT), NEURONS, 0))


@dataclass
class Shrunk:
    """Knows the activity of each segment, and predicts so much of it."""

    tensor: Tensor
    share: float

    def latents(self, centred, visible):
        return centred[:, :DIMS]

    def reconstruct(self, latents):
        return self.predict(
            np.pad(latents, ((0, 0), (0, NEURONS - DIMS))), np.arange(NEURONS) < DIMS
        )

    def predict(self, centred, visible):
        visible = np.broadcast_to(visible, centred.shape)
        known, length = self.tensor.centred, len(centred)
        (start,) = (
            first
            for first in range(len(known) - length + 1)
            if np.allclose(known[first : first + length][visible], centred[visible])
        )
        return self.share * known[start : start + length]


def test_errors_of_a_source_that_knows_a_share_of_everything(layer, masks):
    """Squared errors are the squared rest; half of activity less the mean leaves a quarter."""
    half = Shrunk(layer, 0.5)
    latents, reconstruction = encode(half, layer)
    assert latents.shape == (len(SPLIT), DIMS)
    found = describe(layer, masks, latents, reconstruction, half.predict).sums
    for kind in ("cosmooth", "masked"):
        error, deviation = found[f"{kind}_error"], found[f"{kind}_deviation"]
        np.testing.assert_allclose(error[HELD_OUT], deviation[HELD_OUT] / 4, rtol=1e-5)
        assert np.isnan(error[~HELD_OUT]).all()
    squares = np.square(layer.centred, dtype=float).sum(axis=1)
    np.testing.assert_allclose(found["squared_deviation"], squares, rtol=1e-5)
    np.testing.assert_allclose(found["squared_error"], squares / 4, rtol=1e-4)
    np.testing.assert_allclose(found["r2_test"], 0.75, atol=1e-4)


def test_entries_may_have_a_predictor_of_their_own(layer, masks):
    half, most = Shrunk(layer, 0.5), Shrunk(layer, 0.9)
    known = (layer, masks, *encode(half, layer), half.predict)
    found = describe(*known, predict_entries=most.predict).sums
    for kind, left in {"cosmooth": 0.25, "masked": 0.01}.items():
        error, deviation = (found[f"{kind}_{part}"][HELD_OUT] for part in ("error", "deviation"))
        np.testing.assert_allclose(error, left * deviation, rtol=1e-2)


def test_a_known_estimate_is_scored_in_place_of_predictions(layer, masks):
    half, most = Shrunk(layer, 0.5), Shrunk(layer, 0.9)
    known = (layer, masks, *encode(half, layer), half.predict)
    found = describe(*known, estimate=0.9 * layer.centred).sums
    expected = describe(*known[:4], most.predict, predict_entries=half.predict).sums
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, rtol=1e-3)


def test_validation_chooses_the_dims(layer, masks):
    fits = {3: Shrunk(layer, 0.2), 5: Shrunk(layer, 0.8), 10: Shrunk(layer, 1.6)}
    best, attributes, datasets = chosen(fits, layer, masks)
    assert best == {"cosmooth": fits[5], "masked": fits[5]}
    assert attributes["dims_tried"] == [3, 5, 10]
    expected = [1 - (1 - share) ** 2 for share in (0.2, 0.8, 1.6)]
    for kind in best:
        np.testing.assert_allclose(attributes[f"{kind}_r2_validation"], expected, rtol=1e-4)
    assert datasets["cosmooth_error_of_dims"].shape == (len(SPLIT), 3)


def test_a_source_may_have_no_reconstruction_and_no_entries(layer, masks):
    half = Shrunk(layer, 0.5)
    found = describe(layer, masks, None, None, half.predict, entries=False).sums
    families = ("gaussian", "zero_inflated_gamma")
    names = {"cosmooth_error", "cosmooth_deviation"}
    names |= {f"cosmooth_r2_of_neurons_{split}" for split in ("validation", "test")}
    names |= {f"cosmooth_{family}_log_likelihood" for family in families}
    assert set(found) == names | {f"{family}_log_likelihood_of_mean" for family in families}


def test_train_may_have_a_predictor_of_its_own(layer, masks):
    """Estimates of train change the scatter that likelihoods are fitted to, and no errors."""
    half, most = Shrunk(layer, 0.5), Shrunk(layer, 0.9)
    known = (layer, masks, None, None, half.predict)
    usual, other = (describe(*known, predict_train=x.predict).sums for x in (half, most))
    assert describe(*known).sums.keys() == usual.keys()
    for name, values in describe(*known).sums.items():
        np.testing.assert_array_equal(values, usual[name])
        same = np.array_equal(values, other[name], equal_nan=True)
        assert same == ("cosmooth" not in name or "likelihood" not in name)


def encoded(folder, source, activity):
    """The datasets and attributes of a baseline's latents file."""
    folder.mkdir()
    paths = [folder / f"{name}.h5" for name in ("tensor", "pca", "hidden", "out")]
    write_tensor(paths[0], activity, SPLIT)
    with h5py.File(folder / "train.h5", "w") as file:
        file["train"], file["neuron_ids"] = activity[SPLIT == 0], np.arange(NEURONS)
    write_pca(folder / "train.h5", paths[1])
    write_masks(paths[0], paths[2], seed=0)
    encode_baseline(*paths, source=source, seed=0)
    with h5py.File(paths[3]) as file:
        return {name: file[name][:] for name in file}, dict(file.attrs)


@pytest.mark.parametrize("source", TOGETHER)
def test_the_file_of_a_baseline_has_what_it_predicts(tmp_path, layer, source):
    found, attributes = encoded(tmp_path / "a", source, layer.activity)
    assert (attributes["source"], attributes["layer"]) == (source, "L1")
    latents = {"latents", "reconstruction", "squared_error", "r2_test", "gaussian_log_likelihood"}
    assert len(latents & set(found)) == len(latents) * BASELINES[source].latents
    assert ("masked_error" in found) == ("masked" in BASELINES[source].predicts)
    assert {"cosmooth_error", "gaussian_log_likelihood_of_mean"} < set(found)


@pytest.mark.parametrize("source", TOGETHER)
def test_nothing_of_test_reaches_a_fit(tmp_path, layer, source):
    other = np.where((SPLIT == 2)[:, None], 5 * layer.activity[::-1] + 1, layer.activity)
    ours, theirs = (
        encoded(tmp_path / name, source, x)[0] for name, x in (("a", layer.activity), ("b", other))
    )
    for name in ours:
        if ours[name].shape[:1] == SPLIT.shape:
            before = SPLIT < 2
            np.testing.assert_array_equal(ours[name][before], theirs[name][before])
    assert (ours["cosmooth_error"] != theirs["cosmooth_error"])[SPLIT == 2].all()
