"""Modes of linear dynamics: how fast each decays and turns, and what of activity it carries."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np

from nma.state_space.em import LinearDynamics
from nma.state_space.kalman import smooth
from nma.types import BinsNeurons

GRID = 10_000  # decays a raw bin among which that of an average is looked up
Eigenvalues = Annotated[np.ndarray, "(modes,)"]


@dataclass(frozen=True)
class Modes:
    """The eigenvectors of A, in no order; those of a complex pair are two modes that are alike.

    eigenvalues: of A, complex; seconds: decay times, at most `limit`, the length of the run of bins
    that they were measured on; hertz: frequencies; weights: shares of the variance of predicted
    activity, of sum 1.
    """

    eigenvalues: Eigenvalues
    seconds: Eigenvalues
    hertz: Eigenvalues
    weights: Eigenvalues
    limit: float


def modes_of(
    dynamics: LinearDynamics,
    y: BinsNeurons,
    bin_seconds: float,
    bin_width: int,
    present: BinsNeurons | bool = True,
) -> Modes:
    """The modes of dynamics, weighted by transformed activity y (bins, neurons), a run of bins.

    bin_seconds: of a bin of y, which is the mean of bin_width bins of the recording; present: which
    entries were recorded (bool).

    With A = V diag(l) V^-1, activity C z is the sum over modes i of the courses (V^-1 z)_i times
    the patterns (C V)_i. The weight of a mode is the covariance of its part with the whole, summed
    over neurons: the weights add up to the variance of C z, which the variances of parts, that may
    cancel each other, do not. A mode that lowers the variance of the whole has weight 0. Second
    moments of z are those of its posterior given y, which exist where a mode does not decay.
    """
    present = np.broadcast_to(present, y.shape)
    known = y if present.all() else np.where(present, y, 0)
    found = smooth(
        dynamics.transition,
        dynamics.noise,
        dynamics.precision(present),
        known @ dynamics.weighted().astype(y.dtype),
    )
    moments = found.means.T @ found.means + found.sum_of_covariances()
    values, vectors = np.linalg.eig(dynamics.transition)
    # Of each mode: its course times the whole latent state, and its pattern times all loadings.
    courses = np.linalg.solve(vectors, moments)
    patterns = (dynamics.loadings @ vectors).T @ dynamics.loadings
    weights = np.maximum(np.real(np.sum(courses * patterns, axis=1)), 0)
    decays = before_averaging(np.abs(values), bin_width)
    limit = len(y) * bin_seconds
    raw_seconds = bin_seconds / bin_width
    seconds = np.minimum(-raw_seconds / np.log(np.maximum(decays, 1e-12)), limit)
    hertz = np.abs(np.angle(values)) / (2 * np.pi * bin_seconds)
    return Modes(values, seconds, hertz, weights / weights.sum(), limit)


def before_averaging(ratios: Eigenvalues, width: int) -> Eigenvalues:
    """What is left after one bin of a recording of signals that were averaged over `width` bins.

    ratios: of the covariance of averages at lag 1 to that at lag 0, which is what a model without
    memory of its own within bins has for the decay of a bin. Averages of a signal that decays as
    a ** lag have more of it than a ** width, as they lose variance at lag 0. Below 1 in any case.
    """
    decays = np.linspace(0, 1, GRID + 1)[:-1]
    if width == 1:
        return np.minimum(ratios, decays[-1])
    steps = np.arange(1 - width, width)
    pairs = width - np.abs(steps)  # of bins of one average, and of two that follow, at each lag
    at_0, at_1 = (decays[:, None] ** np.abs(steps + lag) @ pairs for lag in (0, width))
    return np.interp(ratios, at_1 / at_0, decays)
