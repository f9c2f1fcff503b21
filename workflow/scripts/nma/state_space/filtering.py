"""The Kalman filter: latents given the bins so far, from which the dynamics run on."""

import numpy as np

from nma.state_space.em import LinearDynamics
from nma.state_space.kalman import close, recursion
from nma.state_space.positive_definite import cholesky, inverse, symmetric
from nma.types import BinsDims, BinsNeurons


def filtered_means(dynamics: LinearDynamics, y: BinsNeurons, visible: BinsNeurons) -> BinsDims:
    """E[z_t | y_1, ..., y_t] of every bin of a run; y: transformed activity, of any value where it
    is not visible (bool).

    Where the same neurons are visible throughout, the gain converges within some tens of bins, and
    the means of all that follow are a linear recursion.
    """
    transition, noise, dims = dynamics.transition, dynamics.noise, dynamics.dims
    projection = np.where(visible, y, 0) @ dynamics.weighted().astype(y.dtype)
    precision = dynamics.precision(visible)
    means = np.empty_like(projection)
    expected, ahead = np.zeros(dims), np.eye(dims)  # of z_t given the bins before
    given, added, converged = None, None, False
    for t in range(len(y)):
        before_added, added = added, precision(t) if callable(precision) else precision
        if not (converged and added is before_added):
            before, given = given, inverse(cholesky(symmetric(inverse(cholesky(ahead)) + added)))
            ahead = symmetric(transition @ given @ transition.T + noise)
            converged = added is before_added and close(given, before)
        mean = expected + given @ (projection[t] - added @ expected)
        means[t], expected = mean, transition @ mean
        if converged and not callable(precision):
            step = transition - given @ added @ transition
            inputs = projection[t + 1 :] @ given.astype(y.dtype)
            means[t + 1 :] = recursion(step, inputs, mean)
            break
    return means
