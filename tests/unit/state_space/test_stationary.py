"""The smoother in steady state against the Kalman smoother."""

import numpy as np

from nma.state_space.em import LinearDynamics
from nma.state_space.lds import posterior_means
from nma.state_space.stationary import stationary_smoother


def test_its_recurrences_are_the_kalman_smoother_far_from_the_ends():
    rng = np.random.default_rng(0)
    turn = 0.9 * np.array([[np.cos(0.5), -np.sin(0.5)], [np.sin(0.5), np.cos(0.5)]])
    transition = np.block([[turn, np.zeros((2, 1))], [0.1, 0, 0.97]])
    dynamics = LinearDynamics(
        transition, 0.2 * np.eye(3), rng.standard_normal((8, 3)), rng.uniform(0.5, 2, 8)
    )
    y = rng.standard_normal((400, 8))
    expected = posterior_means(dynamics, y, np.ones(y.shape, bool))

    found, u = stationary_smoother(dynamics), y @ dynamics.weighted()
    filtered, later = np.zeros((400, 3)), np.zeros((400, 3))
    for t in range(400):
        filtered[t] = found.forwards @ filtered[t - 1] * (t > 0) + found.gain @ u[t]
    own = found.of_filtered @ found.gain
    for t in range(399, -1, -1):
        later[t] = (found.backwards @ later[t + 1] if t < 399 else 0) + own @ u[t]
    smoothed = filtered @ found.of_filtered.T + later - u @ own.T
    np.testing.assert_allclose(smoothed[100:300], expected[100:300], atol=1e-5)
