"""The Kalman smoother of a linear dynamical system, with any neurons or entries missing.

z_t = A z_(t-1) + w, w ~ N(0, Q), z_1 ~ N(0, I); y_t = C z_t + v, v ~ N(0, R), R diagonal. Activity
enters by two sums over the visible neurons of a bin: the precision C' R^-1 C and the projection
C' R^-1 y. Where the same neurons are visible in all bins, covariances converge within some tens of
bins (Anderson & Moore 1979, Optimal Filtering, ch. 4), and means are linear recursions, which run
in blocks. Source of the equations: Shumway & Stoffer 1982, J. Time Ser. Anal. 3:253.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri

from nma.types import Array, Bins, BinsDims

CONVERGED = 1e-8  # change of a covariance from one bin to the next, as a share of its largest entry


@dataclass(frozen=True)
class Smoothed:
    """The posterior of latents.

    means (bins, dims); covariances: those that differ (dims, dims), and `index`, which of them each
    bin has; lagged (dims, dims): the sum of cov(z_t, z_(t-1)) over all bins but the first;
    evidence: the part of the log-likelihood of activity that comes of latents, where it is known.
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


def smooth(
    transition: Array,
    noise: Array,
    precision: Array | Callable[[int], Array],
    projection: BinsDims,
) -> Smoothed:
    """The posterior of the latents of a run of bins.

    transition: A; noise: Q; precision: C' R^-1 C over visible neurons (dims, dims), or where these
    differ between bins a function of the bin to it; projection: C' R^-1 y over visible neurons.
    """
    bins, dims = projection.shape
    constant, eye = not callable(precision), np.eye(dims)

    # Forwards: predicted and filtered covariances, until they no longer change, and means.
    predicted, filtered, log_ratios = [eye], [], []
    means, state = np.empty((bins, dims)), np.zeros(dims)
    for t in range(bins):
        seen = precision if constant else precision(t)
        inverse, log_predicted = _inverted(predicted[t])
        after, log_inverse = _inverted(inverse + seen)
        log_ratios.append(log_predicted + log_inverse)  # log |I + P J|
        ahead = transition @ state
        state = means[t] = ahead + after @ (projection[t] - seen @ ahead)
        alike = constant and t > 0 and _close(after, filtered[-1])
        filtered.append(after)
        predicted.append(symmetric(transition @ after @ transition.T) + noise)
        if alike:
            break
    last = len(filtered) - 1  # from here on all are alike
    evidence = np.nan
    if constant:
        step = (eye - filtered[last] @ precision) @ transition
        means[last + 1 :] = recursion(step, projection[last + 1 :] @ filtered[last], state)
        evidence = _evidence(transition, precision, projection, means, log_ratios)

    # Backwards: covariances until they no longer change, all alike down to `last`, and the rest.
    def gain(t: int) -> Array:
        return np.linalg.solve(predicted[t + 1], transition @ filtered[t]).T

    def older(t: int, backwards: Array, later: Array) -> Array:
        return symmetric(filtered[t] + backwards @ (later - predicted[t + 1]) @ backwards.T)

    current, t = filtered[-1], bins - 2
    smoothed, index, lagged = [current], np.zeros(bins, int), np.zeros((dims, dims))
    if last < bins - 1:
        backwards = gain(last)
        inputs = means[last : bins - 1] @ (eye - backwards @ transition).T
        means[last : bins - 1] = recursion(backwards, inputs[::-1], means[-1])[::-1]
        while t >= last:
            lagged += current @ backwards.T
            before = older(last, backwards, current)
            alike = _close(before, current)
            smoothed.append(before)
            index[t] = len(smoothed) - 1
            current, t = before, t - 1
            if alike:
                index[last : t + 1] = index[t + 1]
                lagged += (t + 1 - last) * (current @ backwards.T)
                t = last - 1
    while t >= 0:
        backwards = gain(t)
        lagged += current @ backwards.T
        means[t] += backwards @ (means[t + 1] - transition @ means[t])
        current = older(t, backwards, current)
        smoothed.append(current)
        index[t] = len(smoothed) - 1
        t -= 1
    return Smoothed(means, smoothed, index, lagged, evidence)


def recursion(step: Array, inputs: BinsDims, first: Array) -> BinsDims:
    """z_t = step z_(t-1) + inputs_t with z_0 = first, for all bins.

    In blocks of about sqrt(bins) bins, all from zero side by side; powers of `step` then add the
    states that the blocks begin from. The same as bin by bin, but for rounding, in fewer calls.
    """
    bins, dims = inputs.shape
    if not bins:
        return inputs
    length = max(1, int(np.sqrt(bins)))
    blocks = -(-bins // length)
    states = np.zeros((blocks, length, dims))
    states.reshape(-1, dims)[:bins] = inputs
    for t in range(1, length):
        states[:, t] += states[:, t - 1] @ step.T
    power = np.linalg.matrix_power(step, length).T
    carried = np.empty((blocks, dims))
    carried[0] = first
    for block in range(1, blocks):
        carried[block] = states[block - 1, -1] + carried[block - 1] @ power
    for t in range(length):
        carried = carried @ step.T
        states[:, t] += carried
    return states.reshape(-1, dims)[:bins]


def _evidence(
    transition: Array,
    precision: Array,
    projection: BinsDims,
    filtered_means: BinsDims,
    log_ratios: list[float],
) -> float:
    """The part of the log-likelihood that comes of latents, with the same neurons in every bin.

    log_ratios: log |I + P J| of the first bins, of which the last stands for all that follow.
    """
    ahead = np.vstack([np.zeros_like(filtered_means[:1]), filtered_means[:-1] @ transition.T])
    surprise = projection - ahead @ precision
    quadratic = np.vdot(ahead, projection + surprise) + np.vdot(surprise, filtered_means - ahead)
    alike = len(projection) - len(log_ratios)
    return 0.5 * float(quadratic - sum(log_ratios) - alike * log_ratios[-1])


def _inverted(matrix: Array) -> tuple[Array, float]:
    """The inverse of a positive definite matrix, and the log determinant of the matrix."""
    factor, failed = dpotrf(matrix, lower=True)
    if failed:
        raise np.linalg.LinAlgError("a covariance that is not positive definite")
    inverse, _ = dpotri(factor, lower=True)
    inverse = np.tril(inverse)
    return inverse + np.tril(inverse, -1).T, 2 * float(np.log(np.diag(factor)).sum())


def symmetric(matrix: Array) -> Array:
    """A matrix that rounding has made a little unsymmetric, without that."""
    return (matrix + matrix.T) / 2


def _close(after: Array, before: Array) -> bool:
    return bool(np.abs(after - before).max() <= CONVERGED * np.abs(after).max())
