"""The Kalman smoother against dense Gaussian conditionals, with neurons and entries missing."""

import numpy as np
import pytest

from nma.state_space.em import LinearDynamics, fit
from nma.state_space.kalman import recursion, smooth
from nma.state_space.lds import posterior_means, predict_folds

SEEN = {
    "everything": lambda shape, rng: np.ones(shape, bool),
    "some neurons": lambda shape, rng: np.broadcast_to(np.arange(shape[1]) % 2 == 1, shape),
    "some entries": lambda shape, rng: rng.random(shape) > 0.3,
    "some bins": lambda shape, rng: np.broadcast_to(gaps(shape[0])[:, None], shape),
}


def gaps(bins):
    """All bins but two short runs, far enough apart to converge between them in a long run."""
    return (np.arange(bins) % 90 != 5) & (np.arange(bins) % 90 != 6)


def dynamics(dims, neurons, rng):
    """A system whose latents turn and decay."""
    turn = np.linalg.qr(rng.normal(size=(dims, dims)))[0]
    noise = rng.normal(size=(dims, dims))
    return LinearDynamics(
        0.9 * turn,
        0.1 * noise @ noise.T + 0.2 * np.eye(dims),
        rng.normal(size=(neurons, dims)),
        rng.uniform(0.3, 1, neurons),
    )


def dense(system, y, visible):
    """Means (bins, dims) and covariance (bins x dims, both ways) of all latents at once."""
    bins, dims = len(y), system.dims
    inverse = np.linalg.inv(system.noise)
    precision, projection = np.zeros((bins * dims, bins * dims)), np.zeros(bins * dims)
    precision[:dims, :dims] += np.eye(dims)
    for t in range(bins):
        now = slice(t * dims, (t + 1) * dims)
        if t:
            before = slice((t - 1) * dims, t * dims)
            forward = inverse @ system.transition
            precision[now, now] += inverse
            precision[before, before] += system.transition.T @ forward
            precision[now, before] -= forward
            precision[before, now] -= forward.T
        weights = visible[t] / system.variances
        precision[now, now] += system.loadings.T @ (weights[:, None] * system.loadings)
        projection[now] += system.loadings.T @ (weights * y[t])
    covariance = np.linalg.inv(precision)
    return (covariance @ projection).reshape(bins, dims), covariance


SIZES = [(1, 2, 3), (2, 2, 3), (40, 3, 7), (200, 2, 5)]


def smoothed(system, y, visible=True):
    """The posterior of the latents given visible entries."""
    visible = np.broadcast_to(visible, y.shape)
    projection = np.where(visible, y, 0) @ system.weighted()
    return smooth(system.transition, system.noise, system.precision(visible), projection)


@pytest.mark.parametrize(("bins", "dims", "neurons"), SIZES)
@pytest.mark.parametrize("seen", SEEN)
def test_the_posterior_is_that_of_the_dense_gaussian(bins, dims, neurons, seen):
    rng = np.random.default_rng(bins)
    system, y = dynamics(dims, neurons, rng), rng.normal(size=(bins, neurons))
    visible = SEEN[seen]((bins, neurons), rng)
    # What is not visible may have any value.
    found = posterior_means(system, np.where(visible, y, 1e3), visible)
    np.testing.assert_allclose(found, dense(system, y, visible)[0], atol=1e-7)


@pytest.mark.parametrize(("bins", "dims", "neurons"), SIZES)
@pytest.mark.parametrize("seen", SEEN)
def test_covariances_are_those_of_the_dense_gaussian(bins, dims, neurons, seen):
    rng = np.random.default_rng(bins)
    system, y = dynamics(dims, neurons, rng), rng.normal(size=(bins, neurons))
    visible = SEEN[seen](y.shape, rng)
    means, covariance = dense(system, y, visible)
    blocks = covariance.reshape(bins, dims, bins, dims)
    found = smoothed(system, y, visible)
    np.testing.assert_allclose(found.means, means, atol=1e-7)
    for t in range(bins):
        mine = found.covariances[found.index[t]]
        np.testing.assert_allclose(mine, blocks[t, :, t], atol=1e-7)
    lagged = sum((blocks[t + 1, :, t] for t in range(bins - 1)), np.zeros((dims, dims)))
    np.testing.assert_allclose(found.lagged, lagged, atol=1e-6)
    every = sum(blocks[t, :, t] for t in range(bins))
    np.testing.assert_allclose(found.sum_of_covariances(), every, atol=1e-6)


def test_covariances_that_no_longer_change_are_kept_once():
    rng = np.random.default_rng(0)
    system, y = dynamics(3, 8, rng), rng.normal(size=(2000, 8))
    assert len(smoothed(system, y).covariances) < 100
    visible = np.ones(y.shape, bool)
    visible[[300, 301, 1200]] = False
    assert len(smoothed(system, y, visible).covariances) < 300


def test_neurons_of_a_fold_are_predicted_from_the_others():
    rng = np.random.default_rng(0)
    system, y = dynamics(3, 8, rng), rng.normal(size=(90, 8))
    folds = np.array([0, 1, 2, 0, 1, 2, 0, 0])
    found = predict_folds(system, y, folds)
    present = rng.random(y.shape) > 0.2
    found_with_missing = predict_folds(system, np.where(present, y, 1e3), folds, present)
    for fold in range(3):
        for estimate, recorded in ((found, np.True_), (found_with_missing, present)):
            means, _ = dense(system, y, np.broadcast_to(recorded & (folds != fold), y.shape))
            expected = means @ system.loadings[folds == fold].T
            np.testing.assert_allclose(estimate[:, folds == fold], expected, atol=1e-7)


def test_neurons_that_nothing_predicts_have_their_mean():
    system = dynamics(2, 3, np.random.default_rng(0))
    assert not predict_folds(system, np.ones((5, 3)), np.zeros(3, int)).any()


@pytest.mark.parametrize("seen", SEEN)
def test_the_evidence_is_that_of_the_dense_gaussian(seen):
    rng = np.random.default_rng(1)
    bins, dims, neurons = 60, 2, 4
    system, y = dynamics(dims, neurons, rng), rng.normal(size=(bins, neurons))
    visible = SEEN[seen](y.shape, rng)
    prior = dense(system, y, np.zeros(y.shape, bool))[1]
    loadings = np.kron(np.eye(bins), system.loadings)[visible.ravel()]
    noise = np.tile(system.variances, bins)[visible.ravel()]
    covariance, values = loadings @ prior @ loadings.T + np.diag(noise), y[visible]
    expected = -0.5 * (
        np.linalg.slogdet(covariance)[1] + values @ np.linalg.solve(covariance, values)
    )
    found = smoothed(system, y, visible).evidence
    rest = -0.5 * ((values**2 / noise).sum() + np.log(noise).sum())
    assert found + rest == pytest.approx(expected, abs=1e-6)
    first = fit(np.where(visible, y, 7.0), system, 1, visible)[1][0]  # the log-likelihood before it
    assert first == pytest.approx(expected - 0.5 * len(values) * np.log(2 * np.pi), abs=1e-6)


@pytest.mark.parametrize("bins", [1, 2, 7, 50, 1000])
def test_a_recursion_in_blocks_is_that_bin_by_bin(bins):
    rng = np.random.default_rng(bins)
    step, inputs = 0.9 * np.linalg.qr(rng.normal(size=(3, 3)))[0], rng.normal(size=(bins, 3))
    first, expected = rng.normal(size=3), []
    state = first
    for row in inputs:
        state = step @ state + row
        expected.append(state)
    np.testing.assert_allclose(recursion(step, inputs, first), expected, atol=1e-10)
