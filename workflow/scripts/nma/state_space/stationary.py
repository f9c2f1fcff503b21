"""The smoother of linear dynamics after many bins, as two recurrences that do not change in time.

Rauch, Tung & Striebel 1965 (AIAA J. 3:1445) in steady state.
"""

from typing import NamedTuple

import numpy as np
from scipy.linalg import solve_discrete_are

from nma.state_space.em import LinearDynamics
from nma.types import Array

DOUBLINGS = 30  # of a sum over bins, which is complete after 2 ** DOUBLINGS of them


class StationarySmoother(NamedTuple):
    """For u_t = C' R^-1 y_t, with every neuron visible:

    filtered latents f_t = F f_(t-1) + G u_t, and smoothed ones z_t = S f_t + b_t - S G u_t with
    b_t = J b_(t+1) + S G u_t. Each array is (dims, dims).
    """

    forwards: Array  # F
    gain: Array  # G
    backwards: Array  # J
    of_filtered: Array  # S


def stationary_smoother(dynamics: LinearDynamics) -> StationarySmoother:
    """The smoother once covariances have converged.

    z_t = J z_(t+1) + (I - J A) f_t is the sum of a part that depends on the past, S f_t, and one
    that depends on the future alone; S = J S F + I - J A.
    """
    a, one = dynamics.transition, np.eye(dynamics.dims)
    precision = dynamics.loadings.T @ dynamics.weighted()
    values, vectors = np.linalg.eigh(precision)
    root = vectors * np.sqrt(np.maximum(values, 1e-9))
    predicted = solve_discrete_are(a.T, root, dynamics.noise, one)
    gain = np.linalg.inv(np.linalg.inv(predicted) + precision)
    forwards = (one - gain @ precision) @ a
    backwards = gain @ a.T @ np.linalg.inv(predicted)
    found, left, right = one - backwards @ a, backwards, forwards
    for _ in range(DOUBLINGS):
        found = found + left @ found @ right
        left, right = left @ left, right @ right
    return StationarySmoother(forwards, gain, backwards, found)
