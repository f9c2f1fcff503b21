"""True rates score what the noise leaves, in closed form."""

import h5py
import numpy as np
import pytest

from nma.preprocessing.tensors import read_tensor
from nma.scores.truth import ceiling_scores, simulated, simulation_scores, weighted_median


@pytest.fixture
def layer(simulated_layer):
    """make(normalise): the tensor and the path of the truth of one simulated layer."""

    def make(normalise):
        paths = simulated_layer(normalise)
        return read_tensor(paths["tensor"]), paths["truth"]

    return make


@pytest.mark.parametrize("normalise", ["zscore", "mean", "none"])
def test_scores_of_the_true_rates_are_what_the_noise_leaves(layer, normalise):
    scores = ceiling_scores(*layer(normalise))
    values = {score.metric: score.value for score in scores if score.split == "test"}
    assert 0.2 < values["ceiling_r2"] < 0.9
    assert values["r2"] == pytest.approx(values["ceiling_r2"], abs=0.02)


def test_no_other_estimate_does_better(layer):
    """Rates that are a tenth off, in either direction, score lower."""
    tensor, truth = layer("none")
    rates, _ = simulated(truth, tensor.neuron_ids, 2)
    errors = [np.square(tensor.activity - factor * rates).sum() for factor in (0.9, 1, 1.1)]
    assert np.argmin(errors) == 1


def test_the_noise_has_the_variance_that_is_said(layer):
    tensor, truth = layer("none")
    rates, variance = simulated(truth, tensor.neuron_ids, 2)
    assert (np.square(tensor.activity - rates) / variance).mean() == pytest.approx(1, abs=0.01)


def test_there_is_no_ceiling_where_bins_were_divided_by_their_mean(layer):
    assert ceiling_scores(*layer("population")) == []


@pytest.fixture
def truth(tmp_path):
    """Ten neurons each of two planes; latents of both (1), of plane 1 (2) and of plane 2 (3)."""
    with h5py.File(tmp_path / "truth.h5", "w") as file:
        file["latent_layers"] = [0, 1, 1, 2, 2, 2]
        file["layers"] = np.repeat([1, 2], 10)
        file["latent_variances"] = [6.0, 1.0, 1.0, 0.5, 0.5, 1.0]
        file["time_constants"] = [4.0, 2.0, 8.0, 16.0, 3.0, 5.0]
        file["frequencies"] = np.zeros(6)
    return tmp_path / "truth.h5"


def test_what_was_simulated_of_each_layer_and_of_all(truth):
    values = {"L1": {}, "L2": {}, "all": {}}
    for score in simulation_scores({"L1": np.arange(8), "L2": np.arange(10, 18)}, truth):
        values[score.layer][score.metric] = score.value
    assert values["L1"] == {
        "latents_truth": 3, "time_scale_truth": 4, "time_scale_shortest_truth": 2,
        "time_scale_longest_truth": 8, "private_share_truth": 0.25,
    }  # fmt: skip
    assert values["L2"]["latents_truth"] == 4 and values["L2"]["private_share_truth"] == 0.25
    assert values["all"]["latents_truth"] == 6 and "private_share_truth" not in values["all"]


def test_latents_that_rotate_have_a_median_frequency(truth):
    with h5py.File(truth, "r+") as file:
        file["latent_layers"][:] = 0
        file["frequencies"][:] = [0.5, 0.5, 0.2, 0.2, 0, 0]
    scores = simulation_scores({"L1": np.arange(8), "L2": np.arange(10, 18)}, truth)
    values = {s.layer: s.value for s in scores if s.metric == "rotation_frequency_truth"}
    assert values == {"L1": 0.5, "L2": 0.5, "all": 0.5}


def test_chaotic_latents_have_no_time_scales_and_no_frequencies(truth):
    """And those of private latents alone would mislead."""
    with h5py.File(truth, "r+") as file:
        file["time_constants"][0] = file["frequencies"][0] = np.nan
    scores = simulation_scores({"L1": np.arange(8), "L2": np.arange(10, 18)}, truth)
    assert {score.metric for score in scores} == {"latents_truth", "private_share_truth"}
    assert all(np.isfinite(score.value) for score in scores)


def test_layers_that_mix_planes_have_nothing_to_themselves(truth):
    scores = simulation_scores({"L1": np.arange(0, 20, 2), "L2": np.arange(1, 20, 2)}, truth)
    assert [score.value for score in scores if score.metric == "private_share_truth"] == [0, 0]


def test_weighted_median():
    assert weighted_median(np.array([30.0, 10, 20]), np.array([1, 1, 1])) == 20
    assert weighted_median(np.array([30.0, 10, 20]), np.array([5, 1, 1])) == 30
