"""Log-likelihoods around estimates, on held-out bins, against scipy and simulated truth."""

import numpy as np
import pytest
from observations import means, zero_inflated
from scipy import stats
from tensor_files import tensor

from nma.latents.cosmoothing import fold_estimates
from nma.latents.likelihoods import log_likelihoods

RNG = np.random.default_rng
SPLIT = np.repeat([0, -1, 1, -1, 2], [3000, 5, 400, 5, 800]).astype("i1")


def test_likelihood_is_that_of_held_out_bins_with_parameters_of_train():
    activity = RNG(0).normal(0, 1, (len(SPLIT), 6))
    activity[SPLIT > 0] *= 2  # twice the deviation that train has
    sums = log_likelihoods(tensor(activity, SPLIT), 0 * activity)["gaussian"]
    assert np.isnan(sums[SPLIT < 1]).all()
    deviation = activity[SPLIT == 0].std(0)
    expected = stats.norm.logpdf(activity, 0, deviation).sum(1)
    np.testing.assert_allclose(sums[SPLIT > 0], expected[SPLIT > 0], rtol=1e-3)


@pytest.mark.parametrize("family", ["poisson", "zero_inflated_gamma"])
def test_the_true_mean_is_likelier_than_any_other_and_its_own_family_too(family):
    mean = means(len(SPLIT), 8)
    draws = {"poisson": RNG(3).poisson(mean), "zero_inflated_gamma": zero_inflated(mean, 0.7, 1.4)}
    test = SPLIT == 2

    def total(name, estimate):
        return log_likelihoods(tensor(draws[family], SPLIT), estimate)[name][test].sum()

    flat = np.broadcast_to(draws[family][SPLIT == 0].mean(0), mean.shape)
    assert total(family, mean) > total(family, 0.7 * mean + 0.3 * flat) > total(family, flat)
    if family == "zero_inflated_gamma":
        assert total(family, mean) > total("gaussian", mean)


def test_hidden_neurons_are_scored_around_predictions_from_the_others():
    """Half of the neurons repeat the others: hidden ones are known but for their noise."""
    rng = RNG(0)
    course = rng.normal(size=(len(SPLIT), 1))
    activity = course + rng.normal(0, 0.5, (len(SPLIT), 8))
    folds = np.arange(8) % 4

    def predict(seen, visible):
        assert (seen[~visible] == 0).all()
        return np.broadcast_to(
            seen.sum(1, keepdims=True) / visible.sum(1, keepdims=True), seen.shape
        )

    estimate = fold_estimates(predict, activity, SPLIT, folds)
    sums = log_likelihoods(tensor(activity, SPLIT), estimate)["gaussian"][SPLIT == 2]
    deviation = np.sqrt(0.25 + 0.25 / 6)  # own noise, and what is left of that of six others
    expected = -0.5 * np.log(2 * np.pi * np.e * deviation**2)
    assert sums.mean() / 8 == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("family", ["gaussian", "poisson", "zero_inflated_gamma"])
def test_one_mean_of_each_neuron_is_that_of_all_bins(family):
    draws = RNG(3).poisson(means(len(SPLIT), 8))
    flat = draws[SPLIT == 0].mean(0)
    found = log_likelihoods(tensor(draws, SPLIT), flat[None])[family]
    expected = log_likelihoods(tensor(draws, SPLIT), np.broadcast_to(flat, draws.shape))[family]
    np.testing.assert_allclose(found, expected, rtol=1e-9)
