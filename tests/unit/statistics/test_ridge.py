"""Ridge regression against scikit-learn, with its penalty chosen inside train."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.preprocessing import StandardScaler

from nma.statistics.ridge import ALPHAS, ridge_estimates, ridge_maps

TRAIN = np.arange(300) < 200


def data(noise, seed=0):
    rng = np.random.default_rng(seed)
    features = rng.normal(3, rng.uniform(0.1, 5, 30), (300, 30))
    targets = features @ rng.normal(size=(30, 4)) + 7
    return features, targets + noise * rng.standard_normal(targets.shape)


def predicted(features, targets):
    """Targets of all bins, less their train mean, fitted on train."""
    ((weights, offset),) = ridge_maps(features[TRAIN], [targets[TRAIN]])
    return features @ weights + offset - targets[TRAIN].mean(axis=0)


@pytest.mark.parametrize("noise", [0.1, 30, 300])
def test_it_is_scikit_learns(noise):
    features, targets = data(noise)
    x = StandardScaler().fit(features[TRAIN]).transform(features)
    y = targets - targets[TRAIN].mean(0)
    search = GridSearchCV(
        Ridge(fit_intercept=False), {"alpha": ALPHAS}, cv=KFold(5), scoring="neg_mean_squared_error"
    )
    expected = search.fit(x[TRAIN], y[TRAIN]).predict(x)
    np.testing.assert_allclose(predicted(features, targets), expected, atol=1e-6)


def test_more_noise_takes_a_larger_penalty():
    """Of pure noise nothing is predicted, and little is with the smallest penalty of all."""
    features, _ = data(0)
    targets = np.random.default_rng(1).standard_normal((300, 4))
    found = predicted(features, targets)
    assert np.square(found).mean() < 0.05


def test_bins_that_are_not_train_change_nothing():
    features, targets = data(1)
    other_features, other_targets = features.copy(), targets.copy()
    other_features[-1] += 100
    other_targets[~TRAIN] = 0
    np.testing.assert_array_equal(
        predicted(features, targets)[:-1],
        predicted(other_features, other_targets)[:-1],
    )


def test_features_that_are_constant_or_more_than_bins():
    features, targets = data(1)
    wide = np.concatenate([features, np.ones((300, 1)), np.tile(features, 10)], axis=1)
    found = predicted(wide, targets)
    assert np.isfinite(found).all()
    wanted = (targets - targets[TRAIN].mean(0))[~TRAIN]
    assert np.square(found[~TRAIN] - wanted).sum() < 0.05 * np.square(wanted).sum()


def test_each_of_several_targets_has_a_penalty_of_its_own():
    """Together they are predicted as each alone; and judges stand for targets when it is chosen."""
    features, signal = data(1)
    noise = np.random.default_rng(1).standard_normal((300, 5))
    targets = [signal, noise]
    maps = list(ridge_maps(features[TRAIN], [target[TRAIN] for target in targets]))
    for target, (weights, offset) in zip(targets, maps, strict=True):
        found = features @ weights + offset - target[TRAIN].mean(axis=0)
        np.testing.assert_allclose(found, predicted(features, target), atol=1e-9)
    ((judged, _),) = ridge_maps(features[TRAIN], [signal[TRAIN]], [noise[TRAIN]])
    assert np.abs(judged).max() < np.abs(maps[0][0]).max()


def test_estimates_of_other_bins_are_those_of_the_maps():
    features, signal = data(30)
    targets = [signal[TRAIN], np.random.default_rng(1).standard_normal((200, 5))]
    judges = [targets[0][:, :2], targets[1][:, :1]]
    maps = ridge_maps(features[TRAIN], targets, judges)
    found = ridge_estimates(features[TRAIN], targets, judges, features[~TRAIN])
    for estimate, (weights, offset) in zip(found, maps, strict=True):
        expected = features[~TRAIN] @ weights + offset
        np.testing.assert_allclose(estimate, expected, atol=1e-5 * np.abs(expected).max())
