"""Regressions of hidden activity on the visible activity of the same bin, against scikit-learn."""

import numpy as np
import pytest
from sklearn.kernel_ridge import KernelRidge as SklearnKernelRidge
from sklearn.linear_model import Ridge as SklearnRidge

from nma.baselines import kernel_ridge, ridge
from nma.baselines.fitting import FittedTo
from nma.baselines.kernel_ridge import KernelRidge
from nma.baselines.regression import BLOCKS, blocks, cross_fitted, hidden_groups, inputs_of
from nma.baselines.ridge import fit_ridge
from nma.latents.cosmoothing import predict_folds
from nma.preprocessing.masks import hidden_entries, neuron_folds
from nma.statistics.kernels import kernel, median_distance, squared_distances

NEURONS = 24
HIDDEN = np.arange(NEURONS) % 4 == 0
FITS = pytest.mark.parametrize("fit", [ridge.fit, kernel_ridge.fit], ids=["ridge", "kernel ridge"])


def noise(bins, neurons=NEURONS, seed=0):
    return np.random.default_rng(seed).standard_normal((bins, neurons))


def correlated(bins, seed=0, sd=0.7):
    """Activity of three latents, less its mean."""
    loadings = noise(3, seed=99)
    activity = noise(bins, 3, seed) @ loadings + sd * noise(bins, seed=seed + 1)
    return activity - activity.mean(0)


def fitted(fit, train, validation):
    return fit(FittedTo(train, validation, 0))[0]


def hide(activity, hidden=HIDDEN):
    visible = np.broadcast_to(~hidden, activity.shape)
    return activity * visible, visible


def r2(activity, estimate):
    return 1 - np.square(activity - estimate).sum() / np.square(activity).sum()


def r2_of_folds(fit, test):
    return r2(test, predict_folds(fit.predict, test, neuron_folds(NEURONS, 0)))


def squashed(train, activity):
    return np.arcsinh(activity / train.std(0))


# ridge


@pytest.mark.parametrize("squash", [False, True])
def test_ridge_of_a_fold_is_that_of_scikit_learn(squash):
    train, test = correlated(300), correlated(40, seed=5)
    inputs = [squashed(train, x) if squash else x for x in (train, test)]
    alpha = 0.3 * np.square(inputs[0] - inputs[0].mean(0)).sum() / NEURONS
    expected = SklearnRidge(alpha).fit(inputs[0][:, ~HIDDEN], train[:, HIDDEN])
    found = fit_ridge(train, squash, 0.3).predict(*hide(test))[:, HIDDEN]
    np.testing.assert_allclose(found, expected.predict(inputs[1][:, ~HIDDEN]), atol=1e-8)


def test_ridge_of_hidden_entries_is_the_conditional_gaussian_mean():
    train, test = correlated(300), correlated(9, seed=5)
    model = fit_ridge(train, False, 0.1)
    covariance = train.T @ train
    covariance += 0.1 * np.trace(covariance) / NEURONS * np.eye(NEURONS)
    visible = ~hidden_entries(*test.shape, 3)
    visible[0], visible[1] = True, False
    found = model.predict(test * visible, visible)
    for t in range(1, 9):
        seen, hidden = np.flatnonzero(visible[t]), np.flatnonzero(~visible[t])
        weights = np.linalg.solve(covariance[np.ix_(seen, seen)], test[t, seen])
        expected = covariance[np.ix_(hidden, seen)] @ weights
        np.testing.assert_allclose(found[t, hidden], expected, atol=1e-8)


def test_bins_with_one_pattern_are_solved_as_they_are_alone():
    train, test = correlated(300), correlated(40, seed=5)
    visible = ~np.array([HIDDEN, ~HIDDEN])[np.arange(40) % 3 // 2]
    model = fit_ridge(train, True, 0.1)
    found = model.predict(test * visible, visible)
    alone = [model.predict(test[[t]] * visible[[t]], visible[[t]]) for t in range(40)]
    np.testing.assert_allclose(found[~visible], np.concatenate(alone)[~visible], atol=1e-6)


@pytest.mark.parametrize("squash", [False, True])
def test_the_errors_that_choose_ridge_are_those_of_its_predictions(squash):
    train, validation = correlated(300), correlated(60, seed=5) + 0.1
    errors = ridge.validation_errors(FittedTo(train, validation, 0), squash)
    for penalty, error in zip(ridge.PENALTIES, errors, strict=True):
        model = fit_ridge(train, squash, penalty)
        estimate = predict_folds(model.predict, validation, neuron_folds(NEURONS, 0))
        assert np.square(validation - estimate).sum() == pytest.approx(error)


# kernel ridge


@pytest.mark.parametrize("squash", [False, True])
def test_kernel_ridge_of_a_fold_is_that_of_scikit_learn(squash):
    train, test = correlated(300), correlated(40, seed=5)
    inputs = [squashed(train, x) if squash else x for x in (train, test)]
    seen = inputs[0][:, ~HIDDEN]
    distances = ((seen[:, None] - seen) ** 2).sum(2)[np.triu_indices(300, 1)]
    expected = SklearnKernelRidge(kernel="rbf", gamma=0.5 / np.median(distances), alpha=0.3)
    expected.fit(seen, train[:, HIDDEN])
    model = KernelRidge(inputs_of(train, squash), train, 0.5, 0.3)
    found = model.predict(*hide(test))[:, HIDDEN]
    np.testing.assert_allclose(found, expected.predict(inputs[1][:, ~HIDDEN]), atol=1e-4)


def test_distances_between_bins():
    some, others = noise(5), noise(7, seed=1)
    expected = ((some[:, None] - others) ** 2).sum(2)
    np.testing.assert_allclose(squared_distances(some, others), expected, rtol=1e-10)
    np.testing.assert_allclose(kernel(some, others, 0.3), np.exp(-0.3 * expected), rtol=1e-10)
    assert median_distance(np.array([[0.0], [1], [3]])) == 4  # of 1, 4 and 9


@pytest.mark.parametrize("squash", [False, True])
def test_the_errors_that_choose_kernel_ridge_are_those_of_its_predictions(squash):
    train, validation = correlated(300), correlated(60, seed=5) + 0.1
    tried = [(0.25, 0.1), (1, 1)]
    data = FittedTo(train, validation, 0)
    errors = kernel_ridge.validation_errors(data, squash, tried, 300)
    for (width, penalty), error in zip(tried, errors, strict=True):
        model = KernelRidge(inputs_of(train, squash), train, width, penalty)
        estimate = predict_folds(model.predict, validation, neuron_folds(NEURONS, 0))
        assert np.square(validation - estimate).sum() == pytest.approx(error, rel=1e-4)


def test_many_bins_are_fitted_through_some_centres(monkeypatch):
    """Close to all bins as centres, and better than a fit to the centres alone."""
    train, test = correlated(600, sd=1.5), correlated(200, seed=5, sd=1.5)

    def estimate(bins):
        return KernelRidge(inputs_of(bins, False), bins, 0.25, 1).predict(*hide(test))[:, HIDDEN]

    whole, alone = estimate(train), estimate(train[::3])
    monkeypatch.setattr(kernel_ridge, "CENTRES", 200)
    through = estimate(train)
    assert r2(whole, through) > 0.98 > r2(whole, alone) + 0.02


def test_kernel_ridge_is_of_whole_neurons():
    train = correlated(100)
    visible = ~hidden_entries(*train.shape, 0)
    with pytest.raises(ValueError, match="neurons that are hidden in all bins"):
        KernelRidge(inputs_of(train, False), train, 1, 1).predict(train * visible, visible)


def test_kernel_ridge_interpolates_what_is_missing():
    train, test = correlated(100), correlated(30)
    model = KernelRidge(inputs_of(train, False), train, 1, 1)
    visible = np.broadcast_to(~HIDDEN, test.shape).copy()
    neuron = np.flatnonzero(~HIDDEN)[2]
    between = test.copy()
    between[7, neuron] = (test[6, neuron] + test[8, neuron]) / 2
    expected = model.predict(*hide(between))
    visible[7, neuron] = False
    np.testing.assert_allclose(model.predict(test * visible, visible), expected, atol=1e-6)


# both


@FITS
def test_white_noise_predicts_nothing(fit):
    model = fitted(fit, noise(1500), noise(200, seed=1))
    assert abs(r2_of_folds(model, noise(500, seed=2))) < 0.02


def test_a_relation_that_is_not_linear_is_found_by_kernel_ridge_alone():
    def activity(bins, seed):
        course = noise(bins, 2, seed)
        found = 0.3 * noise(bins, seed=seed + 1)
        found[:, ~HIDDEN] += course[:, np.arange((~HIDDEN).sum()) % 2]
        found[:, HIDDEN] += course[:, :1] * course[:, 1:]  # not correlated with any other
        return found

    train, validation, test = activity(1200, 0), activity(300, 10), activity(300, 20)
    scores = []
    for fit in (ridge.fit, kernel_ridge.fit):
        estimate = fitted(fit, train, validation).predict(*hide(test))
        scores.append(r2(test[:, HIDDEN], estimate[:, HIDDEN]))
    assert scores[0] < 0.1 and scores[1] > 0.6


@FITS
def test_inputs_are_squashed_where_that_helps(fit):
    """Of bursts that are far from normal, but not of activity that is normal."""

    def activity(bins, seed, bursts):
        course, rest = noise(bins, 1, seed), noise(bins, seed=seed + 1)
        return np.exp(course + rest) if bursts else course + rest

    for bursts in (False, True):
        data = [activity(bins, seed, bursts) for bins, seed in ((800, 0), (200, 10))]
        model = fitted(fit, data[0] - data[0].mean(0), data[1] - data[0].mean(0))
        assert model.whole.inputs.squashed == bursts


def test_validation_chooses_the_penalty():
    """Of train alone the smallest is the best; the noise of validation wants the largest."""
    train = correlated(400, sd=0.1)
    clean = fitted(ridge.fit, train, correlated(100, seed=5, sd=0.1)).whole
    noisy = fitted(ridge.fit, train, 0.1 * correlated(100, seed=5, sd=0.1) + noise(100, seed=8))
    assert np.abs(clean.inverse).max() > 10 * np.abs(noisy.whole.inverse).max()
    clean, noisy = (
        fitted(kernel_ridge.fit, train, x).whole.penalty for x in (train, noise(100, seed=8))
    )
    assert clean == min(kernel_ridge.PENALTIES) < noisy


def model_of(fit, model, train):
    """The regression with the settings that `model` has, fitted to other bins."""
    if fit is ridge.fit:
        return cross_fitted(lambda bins: fit_ridge(bins, False, 0.1), train)
    settings = model.whole.width, model.whole.penalty
    squash = model.whole.inputs.squashed
    return cross_fitted(lambda bins: KernelRidge(inputs_of(bins, squash), bins, *settings), train)


@FITS
def test_a_block_of_train_is_predicted_by_a_fit_that_has_not_seen_it(fit):
    train, validation = correlated(500), correlated(100, seed=5)
    model = fitted(fit, train, validation)
    model = model_of(fit, model, train)
    found = model.predict_train(*hide(train))
    other = train.copy()
    block = blocks(500)[1]
    other[block] = noise(100, seed=7)
    # The block itself, as target, has no part in its prediction, while the rest has.
    swapped = model_of(fit, model, other).predict_train(*hide(train))
    np.testing.assert_allclose(swapped[block], found[block], atol=1e-9)
    assert np.abs(swapped - found)[blocks(500)[0]][:, HIDDEN].max() > 1e-3
    assert len(model.others) == BLOCKS
    within = model.predict(*hide(train))
    assert r2(train[:, HIDDEN], within[:, HIDDEN]) > r2(train[:, HIDDEN], found[:, HIDDEN])


def test_groups_hide_each_neuron_once():
    assert (np.sum(hidden_groups(NEURONS, 0), axis=0) == 1).all()
    edges = [(block.start, block.stop) for block in blocks(11)]
    assert edges[0][0] == 0 and edges[-1][1] == 11
    assert all(a[1] == b[0] for a, b in zip(edges[:-1], edges[1:], strict=True))


@FITS
def test_constant_neurons_and_layers_of_one_are_predicted_as_their_mean(fit):
    train, validation = noise(60), noise(30, seed=1)
    train[:, 3] = validation[:, 3] = 0
    found = fitted(fit, train, validation).predict(*hide(validation, np.arange(NEURONS) == 3))
    np.testing.assert_allclose(found[:, 3], 0, atol=1e-6)
    one = fitted(fit, train[:, :1], validation[:, :1])
    found = one.predict(*hide(validation[:, :1], np.array([True])))
    np.testing.assert_allclose(found, train[:, 0].mean(), atol=1e-4)
