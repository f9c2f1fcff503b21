"""Expectation maximisation of a linear dynamical system (Shumway & Stoffer 1982, J. Time Ser. Anal.
3:253; Ghahramani & Hinton 1996, Univ. Toronto TR CRG-TR-96-2)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh

from nma.state_space.kalman import Smoothed, smooth
from nma.state_space.positive_definite import cholesky, inverse, symmetric
from nma.statistics.filling import alike
from nma.types import Array, BinsNeurons, Neurons

LEAST_NOISE = 0.1  # variance of a neuron's noise, of activity of variance 1
ROUNDS = 12  # more change nothing that is predicted


@dataclass(frozen=True)
class LinearDynamics:
    """z_t = A z_(t-1) + w, w ~ N(0, Q), z_1 ~ N(0, I); y_t = C z_t + v, v ~ N(0, diag(R)).

    transition: A (dims, dims); noise: Q (dims, dims); loadings: C (neurons, dims); variances: R
    (neurons,). y has mean 0 in train.
    """

    transition: Array
    noise: Array
    loadings: Array
    variances: Neurons

    @property
    def dims(self) -> int:
        """The number of latents."""
        return len(self.transition)

    def weighted(self) -> Array:
        """R^-1 C (neurons, dims)."""
        return self.loadings / self.variances[:, None]

    def precision(self, visible: BinsNeurons) -> Array | Callable[[int], Array]:
        """C' R^-1 C over visible neurons (bool), or where they differ a function of the bin to it.

        Bins in which the same neurons are hidden as in the bin before share one array.
        """
        weighted = self.weighted()
        if (visible == visible[0]).all():
            return self.loadings[visible[0]].T @ weighted[visible[0]]
        everything = self.loadings.T @ weighted
        scaled, found = self.loadings / np.sqrt(self.variances)[:, None], {}

        def of_bin(t: int) -> Array:
            pattern = visible[t].tobytes()
            if pattern not in found:
                hidden = scaled[~visible[t]]
                found.clear()  # of the bin before
                found[pattern] = everything - hidden.T @ hidden
            return found[pattern]

        return of_bin


def principal_start(y: BinsNeurons, dims: int) -> tuple[Array, Array]:
    """Scores (bins, dims) of unit variance and loadings (neurons, dims) of principal components.

    From the smaller of the products of neurons and of bins.
    """
    bins, neurons = y.shape
    tall = bins > neurons
    products = y.T @ y if tall else y @ y.T
    last = len(products) - 1
    products = products.astype(np.float64) / bins
    values, vectors = eigh(products, subset_by_index=[last - dims + 1, last])
    values, vectors = np.maximum(values[::-1], 1e-9), vectors[:, ::-1]
    if tall:
        scores = y @ (vectors / np.sqrt(values)).astype(y.dtype)
        return scores.astype(np.float64), vectors * np.sqrt(values)
    loadings = y.T @ vectors.astype(y.dtype)
    return vectors * np.sqrt(bins), loadings / np.sqrt(bins)


def start(y: BinsNeurons, scores: Array, loadings: Array) -> LinearDynamics:
    """Dynamics by regression of principal scores on those of the bin before."""
    before, after = scores[:-1], scores[1:]
    transition = np.linalg.solve(before.T @ before + np.eye(before.shape[1]), before.T @ after).T
    rest = after - before @ transition.T
    noise = rest.T @ rest / len(rest) + 1e-3 * np.eye(len(transition))
    variances = np.mean(np.square(y), axis=0) - np.square(loadings).sum(axis=1)
    return LinearDynamics(transition, noise, loadings, np.maximum(variances, LEAST_NOISE))


def fit(
    y: BinsNeurons,
    first: LinearDynamics,
    rounds: int = ROUNDS,
    present: BinsNeurons | bool = True,
) -> tuple[LinearDynamics, list[float]]:
    """Maximise the likelihood of train (bins, neurons), a run of bins.

    present: which entries were recorded (bool); others have any finite value and do not count.
    Returns the dynamics and the log-likelihood, in nats, before each round.
    """
    present = np.broadcast_to(present, y.shape)
    if not present.all():
        y = np.where(present, y, 0)
    squares, dynamics, curve = np.square(y).sum(axis=0, dtype=np.float64), first, []
    for _ in range(rounds):
        dynamics, evidence = _round(y, squares, dynamics, present)
        curve.append(evidence)
    return dynamics, curve


def _round(
    y: BinsNeurons, squares: Neurons, dynamics: LinearDynamics, present: BinsNeurons
) -> tuple[LinearDynamics, float]:
    """One round of EM, and the log-likelihood before it; y: 0 where it is not present."""
    bins, weighted, complete = len(y), dynamics.weighted(), present.all()
    counts = present.sum(axis=0)
    precision = dynamics.loadings.T @ weighted if complete else dynamics.precision(present)
    projection = y @ weighted.astype(y.dtype)
    found = smooth(dynamics.transition, dynamics.noise, precision, projection)
    evidence = found.evidence - 0.5 * (
        (squares / dynamics.variances + counts * np.log(2 * np.pi * dynamics.variances)).sum()
    )
    z = found.means.astype(np.float64)
    # E[z z'] summed over all bins, over all but the last, and over all but the first.
    total = z.T @ z + found.sum_of_covariances()
    early = total - np.outer(z[-1], z[-1]) - found.covariances[found.index[-1]]
    late = total - np.outer(z[0], z[0]) - found.covariances[found.index[0]]
    cross = z[1:].T @ z[:-1] + found.lagged
    transition = np.linalg.solve(early, cross.T).T
    noise = symmetric((late - transition @ cross.T) / (bins - 1))
    of_activity = (y.T @ z.astype(y.dtype)).astype(np.float64)
    if complete:
        loadings = of_activity @ inverse(cholesky(total))
    else:
        loadings = _loadings(of_activity, total, found, present)
    variances = (squares - np.einsum("nd,nd->n", loadings, of_activity)) / np.maximum(counts, 1)
    return LinearDynamics(transition, noise, loadings, np.maximum(variances, LEAST_NOISE)), evidence


def _loadings(of_activity: Array, total: Array, found: Smoothed, present: BinsNeurons) -> Array:
    """Loadings of each neuron from the bins in which it was recorded, 0 where there are none.

    of_activity: y' z (neurons, dims); total: E[z z'] summed over all bins.
    """
    loadings = np.zeros_like(of_activity)
    for neurons, bins in alike(present):
        others = np.delete(np.arange(len(present)), bins)
        z = found.means[others].astype(np.float64)
        counts = np.bincount(found.index[others], minlength=len(found.covariances))
        own = total - z.T @ z
        for number in np.flatnonzero(counts):
            own -= counts[number] * found.covariances[number]
        loadings[neurons] = of_activity[neurons] @ inverse(cholesky(symmetric(own)))
    return loadings
