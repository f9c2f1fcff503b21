"""Linear dynamical systems that are recovered from what they made."""

import numpy as np
import pytest

from nma.state_space.em import LEAST_NOISE, LinearDynamics, fit, principal_start, start
from nma.state_space.files import time_constants
from nma.state_space.lds import posterior_means

BIN_SECONDS = 0.5


def made(bins=6000, neurons=40, sd=0.3, seed=0):
    """A rotation of 0.1 Hz that decays in 20 s, and a plain decay in 5 s: (latents, y)."""
    rng = np.random.default_rng(seed)
    angle, slow, fast = 2 * np.pi * 0.1 * BIN_SECONDS, np.exp(-BIN_SECONDS / 20), np.exp(-0.1)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    transition = np.zeros((3, 3))
    transition[:2, :2], transition[2, 2] = slow * turn, fast
    z = np.zeros((bins, 3))
    shocks = rng.normal(size=(bins, 3)) * np.sqrt(1 - np.array([slow, slow, fast]) ** 2)
    for t in range(1, bins):
        z[t] = transition @ z[t - 1] + shocks[t]
    y = z @ rng.normal(size=(3, neurons)) + sd * rng.normal(size=(bins, neurons))
    return z, (y - y.mean(0)) / y.std(0)


def fitted(y, dims, rounds=20, present=True):
    return fit(y, start(y, *principal_start(y, dims)), rounds, present)


def recorded(shape, seed=0):
    """Entries without 3 in 20, a run of bins, the first half of one neuron, and all of another."""
    present = np.random.default_rng(seed).random(shape) > 0.15
    present[shape[0] // 5 : shape[0] // 4] = present[: shape[0] // 2, 3] = present[:, 4] = False
    return present


@pytest.mark.parametrize("missing", [False, True])
def test_the_likelihood_never_falls(missing):
    for seed, dims in ((0, 3), (1, 6), (2, 10)):
        _, y = made(bins=300 if missing else 600, neurons=15, sd=1.0, seed=seed)
        _, curve = fitted(y, dims, 15 if missing else 30, recorded(y.shape) if missing else True)
        assert (np.diff(curve) > -1e-6 * np.abs(curve[0])).all()


def test_with_much_missing_the_same_is_recovered():
    """What is missing may have any value, but for the start."""
    z, y = made(bins=1500, neurons=20)
    present = recorded(y.shape)
    found, _ = fitted(np.where(present, y, 0), 3, 20, present)
    seconds, hertz = time_constants(found, BIN_SECONDS)
    turning = hertz > 0.02
    assert turning.sum() == 2 and not found.loadings[4].any()
    np.testing.assert_allclose(hertz[turning], 0.1, rtol=0.05)
    np.testing.assert_allclose(np.exp(-BIN_SECONDS / seconds[~turning]), np.exp(-0.1), rtol=0.05)
    whole, _ = fitted(y, 3, 20)
    of_neurons = np.delete(np.arange(20), 4)
    np.testing.assert_allclose(found.variances[of_neurons], whole.variances[of_neurons], atol=0.05)
    latents = posterior_means(found, y, present)
    rest = z - latents @ np.linalg.lstsq(latents, z, rcond=None)[0]
    seen = present.any(axis=1)
    assert 1 - np.square(rest[seen]).sum() / np.square(z[seen]).sum() > 0.95
    other = np.where(present, y, 5)
    first = start(y, *principal_start(y, 3))
    ends = [fit(values, first, 3, present)[0].loadings for values in (y, other)]
    np.testing.assert_array_equal(*ends)


def test_time_constants_frequencies_and_subspace_are_recovered():
    z, y = made()
    found, _ = fitted(y, 3, 40)
    seconds, hertz = time_constants(found, BIN_SECONDS)
    turning = hertz > 0.02
    assert turning.sum() == 2
    np.testing.assert_allclose(hertz[turning], 0.1, rtol=0.05)
    np.testing.assert_allclose(
        np.exp(-BIN_SECONDS / seconds[turning]), np.exp(-BIN_SECONDS / 20), rtol=0.05
    )
    np.testing.assert_allclose(np.exp(-BIN_SECONDS / seconds[~turning]), np.exp(-0.1), rtol=0.05)
    latents = posterior_means(found, y, np.ones(y.shape, bool))
    rest = z - latents @ np.linalg.lstsq(latents, z, rcond=None)[0]
    assert 1 - np.square(rest).sum() / np.square(z).sum() > 0.98


def test_a_rotated_start_predicts_the_same():
    _, y = made(bins=800, neurons=20, sd=1.0)
    scores, loadings = principal_start(y, 4)
    turn = np.linalg.qr(np.random.default_rng(3).normal(size=(4, 4)))[0]
    one, other = (
        fit(y, start(y, z, c), 10)[0]
        for z, c in ((scores, loadings), (scores @ turn, loadings @ turn))
    )
    visible = np.broadcast_to(np.arange(20) % 3 > 0, y.shape)
    estimates = [posterior_means(f, y, visible) @ f.loadings.T for f in (one, other)]
    np.testing.assert_allclose(*estimates, atol=1e-6)


def test_noise_alone_has_no_latents():
    y = np.random.default_rng(0).normal(size=(3000, 30))
    found, _ = fitted(y, 3)
    hidden = np.arange(30) < 8
    means = posterior_means(found, y, np.broadcast_to(~hidden, y.shape))
    estimate = means @ found.loadings[hidden].T
    r2 = 1 - np.square(y[:, hidden] - estimate).sum() / np.square(y[:, hidden]).sum()
    assert abs(r2) < 0.02


@pytest.mark.parametrize("shape", [(500, 20), (20, 50)])
def test_the_start_is_that_of_principal_components(shape):
    y = np.random.default_rng(0).normal(size=shape)
    scores, loadings = principal_start(y, 3)
    u, s, vt = np.linalg.svd(y, full_matrices=False)
    best = (u[:, :3] * s[:3]) @ vt[:3]
    np.testing.assert_allclose(scores @ loadings.T, best, atol=1e-8)
    np.testing.assert_allclose(np.square(scores).mean(axis=0), 1, atol=1e-8)


def test_activity_of_single_precision_gives_the_same_system():
    _, y = made(bins=1500, sd=1.0)
    double, single = (fitted(x, 3) for x in (y, y.astype("f4")))
    np.testing.assert_allclose(single[0].loadings, double[0].loadings, atol=1e-4)
    np.testing.assert_allclose(single[0].transition, double[0].transition, atol=1e-4)
    np.testing.assert_allclose(single[1], double[1], rtol=1e-5)


def test_a_neuron_without_noise_keeps_a_little():
    _, y = made(bins=500, sd=0.0)
    assert fitted(y, 3)[0].variances.min() == LEAST_NOISE


def test_eigenvalues_that_do_not_decay_have_no_time_constant():
    growing = LinearDynamics(np.diag([1.01, 0.5]), np.eye(2), np.ones((1, 2)), np.ones(1))
    seconds, _ = time_constants(growing, 1.0)
    assert np.isnan(seconds[0]) and seconds[1] == pytest.approx(-1 / np.log(0.5))
