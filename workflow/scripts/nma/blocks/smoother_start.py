"""Linear dynamics of train as the start of a network: transform, smoother and readout."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import skew

from nma.preprocessing.masks import FOLDS, neuron_folds
from nma.state_space.em import LinearDynamics, fit, principal_start, start
from nma.state_space.lds import posterior_means, predict_folds
from nma.state_space.readout import EXPONENTIAL, fit_exponential, read_out
from nma.state_space.transform import Transform, fit_transform
from nma.types import Array, BinsNeurons, Neurons

TRANSFORMS = (("identity", 1.0), ("asinh", 1.0), ("log", 0.05), ("log", 0.2))
JUDGED = 0.2  # of train, its end, by which the transform is chosen
TRIAL_DIMS, TRIAL_ROUNDS = 40, 6


@dataclass(frozen=True, eq=False)
class SmootherStart:
    """Dynamics of transformed activity; link (3, neurons), by which activity is base + gain
    exp(slope m) of predictions m; bend: see `bend_of`."""

    transform: Transform
    dynamics: LinearDynamics
    link: Array
    bend: float


def fit_start(train: BinsNeurons, dims: int) -> SmootherStart:
    """Fit dynamics with `dims` latents to activity less its mean, a run of bins.

    The transform is the one with which hidden neurons in the end of train are best predicted by
    dynamics of the rest. The link is fitted to predictions of train in which neurons were hidden.
    """
    folds = neuron_folds(train.shape[1], 0)
    judged = max(1, round(JUDGED * len(train)))

    def error(kind: tuple[str, float]) -> float:
        fitted = _fit(train[:-judged], *kind, folds, min(dims, TRIAL_DIMS), TRIAL_ROUNDS)
        transform, dynamics, link = fitted
        hidden = predict_folds(dynamics, transform(train[-judged:]), folds)
        return float(np.square(train[-judged:] - read_out(EXPONENTIAL, link, hidden)).sum())

    transform, dynamics, link = _fit(train, *min(TRANSFORMS, key=error), folds, dims)
    y = transform(train)
    means = posterior_means(dynamics, y, np.ones(y.shape, bool))
    bend = bend_of(y - means @ dynamics.loadings.T.astype(y.dtype))
    return SmootherStart(transform, dynamics, link, bend)


def _fit(
    train: BinsNeurons, kind: str, constant: float, folds: Neurons, dims: int, *rounds: int
) -> tuple[Transform, LinearDynamics, Array]:
    """A transform, dynamics of what it makes of train, and the link back to activity."""
    transform = fit_transform(train, kind, constant)
    y = transform(train)
    dynamics, _ = fit(y, start(y, *principal_start(y, dims)), *rounds)
    hidden = predict_folds(dynamics, y, folds)
    return transform, dynamics, fit_exponential(hidden, train, transform.spread)


def neuron_groups(neurons: int) -> Array:
    """Four groups of neurons (groups, neurons) bool that are hidden in turn."""
    return neuron_folds(neurons, 0) == np.arange(FOLDS)[:, None]


def bend_of(rest: BinsNeurons) -> float:
    """The bend b of noise: how far its density is from normal, 0 where it is symmetric.

    rest: transformed activity less what is predicted. For the density whose score is
    (exp(b r) - 1) / b, that of the logarithm of gamma noise, b is about -skewness / deviation. The
    median over neurons.
    """
    spread = np.maximum(rest.std(axis=0), 1e-6)
    return float(np.median(-np.nan_to_num(skew(rest.astype(np.float64), axis=0)) / spread))
