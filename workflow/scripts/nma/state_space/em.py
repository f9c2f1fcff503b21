"""Expectation maximisation of a linear dynamical system (Shumway & Stoffer 1982, J. Time Ser. Anal.
3:253; Ghahramani & Hinton 1996, Univ. Toronto TR CRG-TR-96-2)."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import eigh

from nma.state_space.kalman import smooth
from nma.state_space.positive_definite import cholesky, inverse, symmetric
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
    y: BinsNeurons, first: LinearDynamics, rounds: int = ROUNDS
) -> tuple[LinearDynamics, list[float]]:
    """Maximise the likelihood of train (bins, neurons), a run of bins with nothing missing.

    Returns the dynamics and the log-likelihood, in nats, before each round.
    """
    squares, dynamics, curve = np.square(y).sum(axis=0, dtype=np.float64), first, []
    for _ in range(rounds):
        dynamics, evidence = _round(y, squares, dynamics)
        curve.append(evidence)
    return dynamics, curve


def _round(
    y: BinsNeurons, squares: Neurons, dynamics: LinearDynamics
) -> tuple[LinearDynamics, float]:
    """One round of EM, and the log-likelihood before it."""
    bins, weighted = len(y), dynamics.weighted()
    precision, projection = dynamics.loadings.T @ weighted, y @ weighted.astype(y.dtype)
    found = smooth(dynamics.transition, dynamics.noise, precision, projection)
    evidence = found.evidence - 0.5 * (
        (squares / dynamics.variances).sum() + bins * np.log(2 * np.pi * dynamics.variances).sum()
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
    loadings = of_activity @ inverse(cholesky(total))
    variances = (squares - np.einsum("nd,nd->n", loadings, of_activity)) / bins
    return LinearDynamics(transition, noise, loadings, np.maximum(variances, LEAST_NOISE)), evidence
