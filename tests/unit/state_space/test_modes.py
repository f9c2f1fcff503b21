"""Modes of dynamics whose decay times, rotations and shares are known."""

import numpy as np
import pytest
from scipy.signal import lfilter

from nma.preprocessing.tensors import bin_average
from nma.recordings.dynamics import latent_variances, ornstein_uhlenbeck, spread_time_constants
from nma.recordings.simulation import noisy, rate_blocks
from nma.scores.decay_times import quantile
from nma.state_space.em import LinearDynamics, fit, principal_start, start
from nma.state_space.modes import before_averaging, modes_of
from nma.state_space.transform import fit_transform

RNG = np.random.default_rng


def three_latents(turn=None, bins=5000):
    """Three plain decays of variance 1, 2 and 4, of 30 neurons with hardly any noise."""
    decays, variances = np.array([0.9, 0.5, 0.2]), np.array([1.0, 2.0, 4.0])
    shocks = RNG(0).standard_normal((bins, 3)) * np.sqrt(variances * (1 - decays**2))
    z = np.stack([lfilter([1], [1, -a], s) for a, s in zip(decays, shocks.T, strict=True)], 1)
    loadings = np.linalg.qr(RNG(1).standard_normal((30, 3)))[0]
    y = z @ loadings.T + 0.1 * RNG(2).standard_normal((bins, 30))
    turn = np.eye(3) if turn is None else turn
    back = np.linalg.inv(turn)
    noise = turn @ np.diag(variances * (1 - decays**2)) @ turn.T
    found = LinearDynamics(turn @ np.diag(decays) @ back, noise, loadings @ back, np.full(30, 0.01))
    return modes_of(found, y, 2.0, 1), decays


def test_decay_times_and_shares_are_those_of_independent_latents():
    modes, decays = three_latents()
    np.testing.assert_allclose(modes.seconds, -2 / np.log(decays), rtol=1e-6)
    np.testing.assert_allclose(modes.weights, [1 / 7, 2 / 7, 4 / 7], atol=0.02)
    assert modes.limit == 10_000 and not modes.hertz.any()


def test_the_basis_of_latents_changes_nothing():
    plain, _ = three_latents()
    turned, _ = three_latents(RNG(3).standard_normal((3, 3)))
    order, other = np.argsort(plain.seconds), np.argsort(turned.seconds)
    for name in ("seconds", "weights"):
        one, two = getattr(plain, name)[order], getattr(turned, name)[other]
        np.testing.assert_allclose(one, two, rtol=1e-3)


def test_a_mode_that_does_not_decay_reaches_the_length_of_the_run():
    growing = LinearDynamics(np.diag([1.001, 0.5]), np.eye(2), np.eye(4)[:, :2], np.ones(4))
    modes = modes_of(growing, RNG(0).standard_normal((300, 4)), 0.5, 1)
    assert modes.seconds[0] == modes.limit == 150
    assert modes.seconds[1] == pytest.approx(-0.5 / np.log(0.5))
    assert modes.weights.sum() == pytest.approx(1)


def test_averages_of_two_bins_in_closed_form():
    decays = np.array([0.0, 0.3, 0.8, 0.99])
    found = before_averaging(decays * (1 + decays) / 2, 2)
    np.testing.assert_allclose(found, decays, atol=1e-3)
    np.testing.assert_allclose(before_averaging(decays, 1), decays)
    assert before_averaging(np.array([1.2]), 1) < 1 and before_averaging(np.array([1.2]), 3) < 1


def test_averages_of_three_bins_of_a_simulation():
    signal = lfilter([1], [1, -0.8], RNG(0).standard_normal((1, 600_000)))
    wide = bin_average(signal, 3)[0]
    ratio = np.corrcoef(wide[1:], wide[:-1])[0, 1]
    assert before_averaging(np.array([ratio]), 3)[0] == pytest.approx(0.8, abs=0.005)


def found_and_true_median(seed):
    """Of activity of the size, the noise and the width of bins of the demo, with 60 latents."""
    rng, raw_seconds, width = RNG(seed), 1.2, 2
    taus = spread_time_constants(60, 2, 20, rng)
    variances = latent_variances(np.zeros(60, int), 1.6, 4, 0)
    courses = ornstein_uhlenbeck(variances, taus / raw_seconds, 2940, rng)
    loadings = rng.standard_normal((104, 60))
    loadings /= np.sqrt(loadings**2 @ variances)[:, None]
    ((_, rates),) = rate_blocks(courses, loadings, np.ones(104), 0.95)
    activity = bin_average(noisy(rates, 1.7, rng), width).T
    y = fit_transform(activity, "log", 0.2)(activity)
    found, _ = fit(y, start(y, *principal_start(y, 40)))
    modes = modes_of(found, y, width * raw_seconds, width)
    truth = np.quantile(taus, 0.5, weights=variances, method="inverted_cdf")
    return quantile(modes.seconds, modes.weights, 0.5), truth


def test_the_median_decay_time_is_that_of_simulated_latents():
    """Of 2 to 20 s; one layer in five may be further off, as the interval says, but no mean is."""
    ratios = np.array([np.divide(*found_and_true_median(seed)) for seed in range(5)])
    assert np.exp(np.log(ratios).mean()) == pytest.approx(1, abs=0.25)
    assert np.sum(np.abs(ratios - 1) < 0.25) >= 4
