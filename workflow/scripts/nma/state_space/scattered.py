"""Means of latents where nearly every bin misses entries of its own, without a factor of each bin.

Conjugate gradients on the equations of the Kalman smoother (kalman), preconditioned by the smoother
of the average bin (Hestenes & Stiefel 1952, J. Res. Natl. Bur. Stand. 49:409). Where a quarter of
many entries is hidden at random, bins differ little, and each of about eight steps costs two
products with the loadings.
"""

import numpy as np

from nma.state_space.em import LinearDynamics
from nma.state_space.kalman import factorise
from nma.types import BinsDims, BinsNeurons

STEPS = 50  # at most; where these are not enough, factors of each bin are the faster way
# Error after the last step but one, of the deviation of latents; by bytes of a number.
ENOUGH = {4: 1e-6, 8: 1e-9}
SCATTERED = 0.5  # share of bins with other entries than the bin before


def is_scattered(visible: BinsNeurons) -> bool:
    """Whether most bins see other entries (bool) than the bin before."""
    others = (visible[1:] != visible[:-1]).any(axis=1)
    return bool(others.sum() > SCATTERED * len(visible))


def scattered_means(
    dynamics: LinearDynamics, projection: BinsDims, visible: BinsNeurons
) -> BinsDims | None:
    """Means of latents, or None where STEPS were not enough.

    projection: C' R^-1 y over visible entries (bool). Errors of float32 are some 1e-7 of the
    deviation of latents, and up to 1e-4 in bins that see nothing.
    """
    kind = projection.dtype
    loadings, weighted = dynamics.loadings.astype(kind), dynamics.weighted().astype(kind)
    share = visible.mean(axis=0)
    average = (dynamics.loadings.T * share) @ dynamics.weighted()
    factors = factorise(dynamics.transition, dynamics.noise, average, len(projection))
    differs = visible - share.astype(kind)  # from the average bin
    means, left = np.zeros_like(projection), projection.copy()
    direction = ahead = np.zeros_like(projection)
    power, enough = np.inf, 0.0
    for step in range(STEPS):
        towards = factors.means(left)
        before, power = power, float(np.vdot(left, towards))
        if step == 0:
            enough = power * ENOUGH[kind.itemsize] ** 2
        if power <= enough:
            return means + towards
        # The matrix times `towards`: for the average bin that is what is left.
        seen = towards @ loadings.T
        seen *= differs
        direction = towards + power / before * direction
        ahead = left + seen @ weighted + power / before * ahead
        length = power / float(np.vdot(direction, ahead))
        means += length * direction
        left -= length * ahead
    return None
