"""Baselines that predict hidden neurons and entries, against known answers."""

import numpy as np
import pytest
from sklearn.decomposition import PCA, FactorAnalysis

from nma.baselines.interpolation import REACH, fit_interpolation, lagged
from nma.baselines.ppca import PPCA, fit_ppca
from nma.latents.cosmoothing import predict_entries, predict_folds
from nma.preprocessing.masks import hidden_entries, neuron_folds


def noise(bins, neurons, seed=0):
    return np.random.default_rng(seed).standard_normal((bins, neurons))


def low_rank(bins=4000, neurons=30, dims=3, sd=0.5, tau=0, seed=0):
    """Signal and activity of AR(1) latents (white with tau 0), with equal noise for all neurons."""
    generator = np.random.default_rng(seed)
    latents = generator.standard_normal((bins, dims))
    if tau:
        decay = np.exp(-1 / tau)
        for t in range(1, bins):
            latents[t] = decay * latents[t - 1] + np.sqrt(1 - decay**2) * latents[t]
    signal = latents @ generator.standard_normal((dims, neurons))
    return signal, signal + sd * generator.standard_normal((bins, neurons))


def principal(activity):
    pca = PCA().fit(activity)
    return pca.components_, pca.explained_variance_


# ppca


def test_ppca_posterior_is_that_of_factor_analysis_with_equal_noise():
    _, activity = low_rank()
    activity -= activity.mean(0)
    model = fit_ppca(*principal(activity), 3)
    analysis = FactorAnalysis(3).fit(activity)
    analysis.components_ = model.components * np.sqrt(model.variances)[:, None]
    analysis.noise_variance_ = np.full(30, model.noise)
    expected = analysis.transform(activity) @ analysis.components_
    visible = np.ones(activity.shape, bool)
    np.testing.assert_allclose(model.predict(activity, visible), expected, atol=1e-8)


@pytest.mark.parametrize("by", ["neuron", "entry"])
def test_ppca_of_hidden_entries_is_the_conditional_gaussian_mean(by):
    components = np.linalg.qr(noise(10, 3))[0].T
    model = PPCA(components, np.array([5.0, 2.0, 0.7]), 0.4)
    covariance = components.T * model.variances @ components + 0.4 * np.eye(10)
    activity = noise(7, 10, seed=1)
    visible = np.tile(np.arange(10) % 4 > 0, (7, 1))
    if by == "entry":
        visible = ~hidden_entries(7, 10, 2)
    found = model.predict(activity * visible, visible)
    for t in range(7):
        seen, hidden = np.flatnonzero(visible[t]), np.flatnonzero(~visible[t])
        weights = np.linalg.solve(covariance[np.ix_(seen, seen)], activity[t, seen])
        expected = covariance[np.ix_(hidden, seen)] @ weights
        np.testing.assert_allclose(found[t, hidden], expected, atol=1e-10)


def test_ppca_reaches_the_ceiling_of_a_model_that_is_true():
    """r2 of hidden neurons against the signal's share of variance, which nothing can exceed."""
    signal, activity = low_rank(sd=1)
    model = fit_ppca(*principal(activity), 3)
    estimate = predict_folds(model.predict, activity, neuron_folds(30, 0))
    r2 = 1 - np.sum((activity - estimate) ** 2) / np.sum(activity**2)
    ceiling = 1 - np.sum((activity - signal) ** 2) / np.sum(activity**2)
    assert ceiling - 0.05 < r2 < ceiling


def test_ppca_of_noise_predicts_nothing():
    activity = noise(4000, 20)
    model = fit_ppca(*principal(activity), 3)
    estimate = predict_folds(model.predict, noise(1000, 20, seed=9), neuron_folds(20, 0))
    assert np.mean(estimate**2) < 0.01


# interpolation


def test_lags_are_in_time_order_with_zeros_off_the_ends():
    signal = np.arange(1.0, 41).reshape(40, 1)
    found = lagged(signal)
    np.testing.assert_array_equal(found[20, 0], np.arange(9, 34))
    np.testing.assert_array_equal(found[0, 0], [0] * REACH + list(range(1, 14)))


def test_interpolation_fills_a_slow_neuron_in_and_never_uses_the_entry_itself():
    _, activity = low_rank(neurons=70, dims=70, sd=0.1, tau=40)
    train, test = activity[:3000], activity[3000:]
    model = fit_interpolation(train, 0)
    assert np.abs(model.filters[:, REACH]).max() < 1e-6
    hidden = hidden_entries(*test.shape, 7)
    estimate = predict_entries(model.predict, test, hidden)
    r2 = 1 - ((test - estimate)[hidden] ** 2).sum() / (test[hidden] ** 2).sum()
    assert r2 > 0.9


def test_interpolation_of_white_noise_predicts_nothing():
    model = fit_interpolation(noise(3000, 5), 0)
    assert np.abs(model.filters).max() < 0.15
