"""Observation models against scipy and simulated truth, and on activity that breaks formulas."""

import h5py
import numpy as np
import pytest
from observations import means, zero_inflated
from scipy import integrate, stats

from nma.preprocessing.make_tensor import make_tensor
from nma.preprocessing.tensors import read_tensor
from nma.preprocessing.units import observed
from nma.statistics.observation_models import (
    FAMILIES,
    FLOORS,
    Gaussian,
    Poisson,
    ZeroInflatedGamma,
    gamma_shape,
)

RNG = np.random.default_rng
NORMALISED = {"normalise": "zscore", "bin_width": 1}


def tensor_of(folder, activity, **settings):
    """The tensor of raw activity (bins, neurons), split as the default config does it."""
    layer, out = folder / "layer.h5", folder / "tensor.h5"
    with h5py.File(layer, "w") as file:
        file["activity"] = activity.T.astype("f4")
        file["neuron_ids"] = np.arange(activity.shape[1])
        file.attrs.update({"bin_seconds": 1.0, "layer": "L1"})
    split = {"train": 0.7, "validation": 0.1, "test": 0.2, "gap": 5}
    make_tensor(layer, out, split=split, **NORMALISED | settings)
    return out


def test_gaussian_is_scipys():
    mean = means(500, 4)
    activity = mean + RNG(2).normal(0, [0.1, 0.5, 1, 3], mean.shape)
    model = Gaussian()
    model.fit(activity, mean)
    deviation = np.sqrt(((activity - mean) ** 2).mean(0))
    expected = stats.norm.logpdf(activity, mean, deviation)
    np.testing.assert_allclose(model.log_likelihood(activity, mean), expected)


def test_poisson_is_scipys_above_its_floor():
    mean = means(2000, 4)
    counts = RNG(2).poisson(mean)
    model = Poisson()
    model.fit(counts, mean)
    expected = stats.poisson.logpmf(counts, np.maximum(mean, model.floor * counts.mean(0)))
    np.testing.assert_allclose(model.log_likelihood(counts, mean), expected)


def test_zero_inflated_gamma_finds_the_parameters_that_made_the_activity():
    mean, rate, shape = means(40_000, 3), np.array([0.3, 1.0, 2.5]), np.array([0.7, 1.5, 6.0])
    model = ZeroInflatedGamma()
    model.fit(zero_inflated(mean, rate, shape), mean)
    np.testing.assert_allclose(model.rate, rate, rtol=0.04)
    np.testing.assert_allclose(model.shape, shape, rtol=0.05)


def test_zero_inflated_gamma_is_a_distribution_with_the_mean_it_is_given():
    model = ZeroInflatedGamma()
    model.fit(zero_inflated(means(3000, 1), 0.8, 1.7), means(3000, 1))
    at = np.array([[1.3]])

    def density(x):
        return float(np.exp(model.log_likelihood(np.array([[x]]), at))[0, 0])

    mass, _ = integrate.quad(density, 2e-4, 60, limit=200)
    assert density(0) == pytest.approx(float(np.exp(-model.rate[0] * 1.3)))
    assert mass + density(0) == pytest.approx(1, abs=1e-3)
    mean, _ = integrate.quad(lambda x: x * density(x), 2e-4, 60, limit=200)
    assert mean == pytest.approx(1.3, abs=1e-3)


def test_zero_inflated_gamma_is_fitted_to_the_most_likely_parameters():
    mean = means(3000, 5)
    activity = zero_inflated(mean, 0.6, 1.2)
    model = ZeroInflatedGamma()
    model.fit(activity, mean)
    best = model.log_likelihood(activity, mean).sum(0)
    model.shape = model.shape * 1.05
    assert (model.log_likelihood(activity, mean).sum(0) < best).all()
    model.shape = model.shape / 1.05**2
    assert (model.log_likelihood(activity, mean).sum(0) < best).all()
    # Of zero or not alone: the sizes depend on the rate too, which its fit leaves out.
    model.shape = model.shape * 1.05
    zero, raised = activity == 0, model._raised(mean, model.floor)

    def of_zeros(rate):
        return np.where(zero, -rate * raised, np.log(-np.expm1(-rate * raised))).sum(0)

    for factor in (0.95, 1.05):
        assert (of_zeros(model.rate * factor) < of_zeros(model.rate)).all()


@pytest.mark.parametrize("shape", [0.05, 0.5, 1, 3, 50])
def test_gamma_shape_from_known_means(shape):
    relative = RNG(0).gamma(shape, 1 / shape, 400_000)
    relative = relative[relative > 1e-300]
    excess = (relative - np.log(relative) - 1).mean()
    assert gamma_shape(np.array([excess]))[0] == pytest.approx(shape, rel=0.02)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("case", ["zeros", "no zeros", "constant", "negative means", "large"])
def test_no_number_is_missing_on_activity_that_breaks_formulas(family, case):
    mean = means(600, 3)
    activity = RNG(0).poisson(mean).astype(float)
    if case == "zeros":
        activity[:, 0] = 0
        activity[400:] = 0
    elif case == "no zeros":
        activity += 1
    elif case == "constant":
        activity[:, 1] = 2
        mean = np.broadcast_to(activity.mean(0), activity.shape)
    elif case == "negative means":
        mean = mean - 5
    else:
        activity[5:9] *= 1e5
    model = FAMILIES[family]()
    model.fit(activity[:400], mean[:400])
    assert np.isfinite(model.log_likelihood(activity[400:], mean[400:])).all()
    assert np.isfinite(model.log_likelihood(0 * activity, mean)).all()


def test_the_floor_is_that_of_the_highest_likelihood_on_train():
    mean = means(4000, 6) ** 4  # down to hundredths of its average
    counts = RNG(0).poisson(mean)
    low, high = Poisson(), Poisson()
    low.fit(counts, mean)
    high.fit(counts, RNG(1).permutation(mean))  # as small as the truth, at other times
    assert (low.floor <= high.floor).all() and low.floor.sum() < high.floor.sum()
    assert {*low.floor, *high.floor} <= set(FLOORS)


@pytest.mark.parametrize(
    ("activity", "families"),
    [
        (RNG(0).normal(size=(400, 5)), {"gaussian"}),
        (RNG(0).gamma(1, 2, (400, 5)), {"gaussian", "zero_inflated_gamma"}),
        (RNG(0).poisson(2, (400, 5)), {"gaussian", "poisson", "zero_inflated_gamma"}),
    ],
)
@pytest.mark.parametrize("settings", [{}, {"bin_width": 3}, {"normalise": "none"}])
def test_families_are_those_that_can_hold_the_activity(tmp_path, activity, families, settings):
    assert observed(read_tensor(tensor_of(tmp_path, activity, **settings))).keys() == families


def test_counts_come_back_from_normalised_means_of_bins(tmp_path):
    counts = RNG(0).poisson(means(3000, 4))
    tensor = read_tensor(tensor_of(tmp_path, counts, bin_width=3))
    zero, unit = observed(tensor)["poisson"]
    found = (tensor.activity - zero) / unit
    np.testing.assert_allclose(found, counts.reshape(1000, 3, 4).sum(1), atol=1e-3)
