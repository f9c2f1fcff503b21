"""Means of latents by conjugate gradients, against those by a factor of each bin."""

import numpy as np
import pytest

from nma.state_space import lds, scattered
from nma.state_space.em import LinearDynamics
from nma.state_space.kalman import smoothed_means
from nma.state_space.lds import posterior_means
from nma.state_space.scattered import is_scattered, scattered_means

BINS, NEURONS, DIMS = 300, 40, 6


def system(rng):
    """Latents that turn and decay."""
    turn = np.linalg.qr(rng.normal(size=(DIMS, DIMS)))[0]
    loadings, variances = rng.normal(size=(NEURONS, DIMS)), rng.uniform(0.3, 1, NEURONS)
    return LinearDynamics(0.95 * turn, 0.1 * np.eye(DIMS), loadings, variances)


def hidden_at_random(rng):
    """A quarter of the entries, and some bins as a whole."""
    visible = rng.random((BINS, NEURONS)) > 0.25
    visible[100:104] = visible[200] = False
    return visible


@pytest.mark.parametrize(("kind", "near"), [("f4", 2e-4), ("f8", 1e-7)])
def test_means_are_those_by_a_factor_of_each_bin(kind, near):
    rng = np.random.default_rng(0)
    dynamics, visible = system(rng), hidden_at_random(rng)
    projection = np.where(visible, rng.normal(size=visible.shape), 0) @ dynamics.weighted()
    of_each_bin = dynamics.precision(visible)
    expected = smoothed_means(dynamics.transition, dynamics.noise, of_each_bin, projection)
    found = scattered_means(dynamics, projection.astype(kind), visible)
    assert found.dtype == kind
    np.testing.assert_allclose(found, expected, atol=near * expected.std())


def test_where_steps_are_not_enough_each_bin_is_factorised(monkeypatch):
    rng = np.random.default_rng(1)
    dynamics, visible = system(rng), hidden_at_random(rng)
    y = rng.normal(size=visible.shape)
    found = posterior_means(dynamics, y, visible)
    monkeypatch.setattr(scattered, "STEPS", 2)
    assert scattered_means(dynamics, y @ dynamics.weighted(), visible) is None
    np.testing.assert_allclose(posterior_means(dynamics, y, visible), found, atol=1e-6)


def test_bins_that_see_nothing_new_are_not_scattered(monkeypatch):
    rng = np.random.default_rng(2)
    visible = hidden_at_random(rng)
    assert is_scattered(visible)
    visible[:200] = visible[0]
    assert not is_scattered(visible) and not is_scattered(visible[:1])
    monkeypatch.setattr(lds, "scattered_means", None)  # is not called
    posterior_means(system(rng), rng.normal(size=visible.shape), visible)
