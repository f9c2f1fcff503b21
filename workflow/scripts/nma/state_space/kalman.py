"""The Kalman smoother of a linear dynamical system, with any neurons or entries missing.

z_t = A z_(t-1) + w, w ~ N(0, Q), z_1 ~ N(0, I); y_t = C z_t + v, v ~ N(0, R), R diagonal. Activity
enters by two sums over the visible neurons of a bin: the precision C' R^-1 C and the projection
C' R^-1 y. The posterior precision of all latents together is block tridiagonal: one pass forwards
factorises it, one pass backwards solves (Paninski et al. 2010, J. Comput. Neurosci. 29:107). Where
the same neurons are visible in all bins, the factors converge within some tens of bins (Anderson &
Moore 1979, Optimal Filtering, ch. 4), and means are linear recursions, which run in blocks.
Means have the precision of the projection, float32 or float64; matrices are float64.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.linalg.blas import dtrsm

from nma.state_space.positive_definite import (
    cholesky,
    inverse,
    log_determinant,
    solve,
    symmetric,
)
from nma.types import Array, Bins, BinsDims

CONVERGED = 1e-8  # change of a matrix from one bin to the next, of variances of 1


@dataclass(frozen=True)
class Smoothed:
    """The posterior of latents.

    means (bins, dims); covariances: those that differ (dims, dims), and `index`, which of them each
    bin has; lagged (dims, dims): the sum of cov(z_t, z_(t-1)) over all bins but the first;
    evidence: the part of the log-likelihood of activity that comes of latents.
    """

    means: BinsDims
    covariances: list[Array]
    index: Bins
    lagged: Array
    evidence: float

    def sum_of_covariances(self) -> Array:
        """The sum of cov(z_t) over all bins (dims, dims)."""
        counts = np.bincount(self.index, minlength=len(self.covariances))
        return sum(n * v for n, v in zip(counts, self.covariances, strict=True) if n)


@dataclass(frozen=True)
class Factors:
    """The posterior precision of the latents of a run of bins, factorised.

    P: the precision of z_t given the bins so far. of_bins: Cholesky factors of P + A' Q^-1 A of the
    first bins, the last of them standing for all that follow, and the same object again for bins
    in which it is the same; steady: the inverse of the matrix of that last factor; last: the factor
    of P in the last bin; coupling: A' Q^-1; log_noise: log |Q|.
    """

    of_bins: list[Array]
    steady: Array
    last: Array
    coupling: Array
    log_noise: float

    def means(self, projection: BinsDims) -> BinsDims:
        """Means of the latents of a run of bins (bins, dims) of this precision.

        There may be another number of bins where it is larger than that of factors.
        """
        return _backwards(self, _forwards(self, projection))


def smooth(
    transition: Array,
    noise: Array,
    precision: Array | Callable[[int], Array],
    projection: BinsDims,
) -> Smoothed:
    """The posterior of the latents of a run of bins.

    transition: A; noise: Q; precision: C' R^-1 C over visible neurons (dims, dims), or where these
    differ a function of the bin to it; projection: C' R^-1 y over visible neurons.
    """
    bins, dims = projection.shape
    found = factorise(transition, noise, precision, bins)
    means, factors = found.means(projection), found.of_bins
    current, alike = inverse(found.last), len(factors) - 1  # from this bin on factors are alike
    smoothed, index, lagged = [current], np.zeros(bins, int), np.zeros((dims, dims))
    given_next, gain = found.steady, found.steady @ found.coupling
    t = bins - 2
    while t >= 0:
        if t < alike and factors[t] is not factors[t + 1]:
            given_next = inverse(factors[t])
            gain = given_next @ found.coupling
        with_next = gain @ current  # cov(z_t, z_(t+1))
        lagged += with_next.T
        before = given_next + with_next @ gain.T
        smoothed.append(before)
        index[t] = len(smoothed) - 1
        if t > alike and close(before, current):
            index[alike:t] = index[t]
            lagged += (t - alike) * (gain @ before).T
            t = alike
        elif t < alike and factors[t] is factors[t + 1] and close(before, current):
            while t and factors[t - 1] is factors[t]:
                t -= 1
                index[t] = len(smoothed) - 1
                lagged += (gain @ before).T
        current, t = before, t - 1
    log_determinants = [log_determinant(factor) for factor in factors[: bins - 1]]
    log_determinants += [log_determinant(factors[-1])] * (bins - 1 - len(log_determinants))
    log_determinants.append(log_determinant(found.last) + (bins - 1) * found.log_noise)
    # The quadratic form of activity in its covariance is y' R^-1 y less this product.
    evidence = 0.5 * (float(np.vdot(projection, means)) - sum(log_determinants))
    return Smoothed(means, smoothed, index, lagged, evidence)


def smoothed_means(
    transition: Array,
    noise: Array,
    precision: Array | Callable[[int], Array],
    projection: BinsDims,
    runs: Sequence[slice] = (slice(None),),
) -> BinsDims:
    """Means alone of the latents, for less time and memory.

    precision: of all bins, or where visible neurons differ a function of the bin to it; runs: of
    bins, each smoothed on its own. Bins of none have means of 0.
    """
    means, factors = np.zeros_like(projection), None
    for run in sorted(runs, key=lambda run: len(projection[run]), reverse=True):
        bins = len(projection[run])
        if factors is None or bins < len(factors.of_bins):
            factors = factorise(transition, noise, precision, bins)
        means[run] = factors.means(projection[run])
    return means


def factorise(
    transition: Array, noise: Array, precision: Array | Callable[[int], Array], bins: int
) -> Factors:
    """Factors of a run of so many bins, until they no longer change."""
    constant = not callable(precision)
    factor = cholesky(noise)
    inverse_noise, log_noise = inverse(factor), log_determinant(factor)
    coupling = np.asfortranarray(transition.T @ inverse_noise)
    inner = symmetric(coupling @ transition)
    factors = []
    carried, before = np.eye(len(noise)), None  # of z_t given the bins before, and P of that before
    added, converged = None, False
    for t in range(bins):
        before_added, added = added, precision if constant else precision(t)
        if not (converged and added is before_added):
            after = carried + added
            factor = cholesky(after + inner)
            half = dtrsm(1.0, factor, coupling, lower=1)
            converged = added is before_added and close(after, before)
            carried, before = inverse_noise - half.T @ half, after
        factors.append(factor)
        if constant and converged:
            break
    return Factors(factors, inverse(factor), cholesky(after), coupling, log_noise)


def _forwards(found: Factors, projection: BinsDims) -> BinsDims:
    """States: P times the means given the bins so far."""
    states, known = projection.copy(), len(found.of_bins)
    for t, factor in enumerate(found.of_bins[: len(states) - 1]):
        states[t + 1] += found.coupling.T @ solve(factor, states[t])
    if known < len(states):
        gain = found.steady @ found.coupling
        states[known:] = recursion(gain.T, projection[known:], states[known - 1])
    return states


def _backwards(found: Factors, means: BinsDims) -> BinsDims:
    """Means given all bins; means: states, which are overwritten."""
    factors, alike = found.of_bins, len(found.of_bins) - 1
    means[-1] = solve(found.last, means[-1])
    if alike < len(means) - 1:
        gain = found.steady @ found.coupling
        inputs = means[alike:-1] @ found.steady.astype(means.dtype)
        means[alike:-1] = recursion(gain, inputs[::-1], means[-1])[::-1]
    for t in range(alike - 1, -1, -1):
        means[t] = solve(factors[t], means[t] + found.coupling @ means[t + 1])
    return means


def recursion(step: Array, inputs: BinsDims, first: Array) -> BinsDims:
    """z_t = step z_(t-1) + inputs_t with z_0 = first, for all bins.

    In blocks of about sqrt(bins) bins, all from zero side by side; powers of `step` then add the
    states that the blocks begin from. The same as bin by bin, but for rounding, in fewer calls.
    """
    bins, dims = inputs.shape
    if not bins:
        return inputs
    blocks = max(1, int(np.sqrt(bins)))
    length = -(-bins // blocks)
    step = step.T.astype(inputs.dtype)
    states = np.zeros((blocks * length, dims), inputs.dtype)
    states[:bins] = inputs
    states = np.ascontiguousarray(states.reshape(blocks, length, dims).swapaxes(0, 1))
    for before, state in pairwise(states):
        state += before @ step
    power = np.linalg.matrix_power(step, length)
    carried = np.empty((blocks, dims), inputs.dtype)
    carried[0] = first
    for block, end in enumerate(states[-1, :-1]):
        carried[block + 1] = end + carried[block] @ power
    for state in states:
        carried = carried @ step
        state += carried
    return states.swapaxes(0, 1).reshape(-1, dims)[:bins]


def close(after: Array, before: Array) -> bool:
    """Whether two covariances or precisions are alike, each latent in its own unit."""
    unit = np.sqrt(after.diagonal())
    return bool((np.abs(after - before) <= np.outer(CONVERGED * unit, unit)).all())
