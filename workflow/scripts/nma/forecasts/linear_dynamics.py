"""Forecasts by linear dynamical systems: filtered up to now, from where the dynamics run on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from nma.forecasts.origins import HORIZONS, Activity, origins_of
from nma.state_space.filtering import filtered_means
from nma.state_space.lds import LDS
from nma.state_space.readout import QUADRATIC, fit_quadratic, read_out
from nma.state_space.transform import Transform
from nma.types import Array, Bins, BinsDims, BinsNeurons

READOUTS = (False, True)  # whether the transform is inverted first
LARGEST = 30.0  # transformed activity before it is standardised; what is expected never comes close


@dataclass(frozen=True)
class Readout:
    """From transformed activity that is expected to activity less its train mean.

    coefficients (3, neurons): of 1, m and m squared, where m is what is expected or, where
    `inverted`, its inverse transform.
    """

    inverted: bool
    coefficients: Array

    def __call__(self, transform: Transform, expected: BinsNeurons) -> BinsNeurons:
        m = inverse(transform, expected) if self.inverted else expected
        return read_out(QUADRATIC, self.coefficients.astype(m.dtype), m)


@dataclass(frozen=True)
class WeightedDynamics:
    """Forecasts of several LDSs under one transform, summed with weights.

    readouts: {horizon: that of each LDS}; weights: {horizon: (LDSs,)}.
    """

    fits: Sequence[LDS]
    readouts: Mapping[int, Sequence[Readout]]
    weights: Mapping[int, Array]

    def forecast(self, activity: Activity, origins: Mapping[int, Bins]) -> dict[int, BinsNeurons]:
        """See origins.Forecaster."""
        neurons = activity.centred.shape[1]
        found = {h: np.zeros((len(starts), neurons), "f4") for h, starts in origins.items()}
        transform = self.fits[0].transform
        y = transform(activity.centred)
        for number, lds in enumerate(self.fits):
            if any(self.weights[h][number] for h in origins):
                means = filtered_means(lds.dynamics, y, activity.present)
                for h, starts in origins.items():
                    if weight := self.weights[h][number]:
                        estimate = self.readouts[h][number](
                            transform, run_on(lds, means[starts], h)
                        )
                        found[h] += np.float32(weight) * estimate
        return found


def run_on(lds: LDS, means: BinsDims, horizon: int) -> BinsNeurons:
    """The expectation of transformed activity so many bins after filtered latents."""
    ahead = lds.dynamics.loadings @ np.linalg.matrix_power(lds.dynamics.transition, horizon)
    return means @ ahead.T.astype(means.dtype)


def inverse(transform: Transform, y: BinsNeurons) -> BinsNeurons:
    """The inverse of a transform, but for an offset and a scale of each neuron."""
    values = y * transform.spread.astype(y.dtype) + transform.level.astype(y.dtype)
    function = {"log": np.exp, "asinh": np.sinh, "identity": np.asarray}[transform.kind]
    return function(np.clip(values, -LARGEST, LARGEST))


def linear_dynamics(activity: Activity, fits: Sequence[LDS]) -> WeightedDynamics:
    """Readouts of each horizon, fitted to train, and weights that fit validation, not negative.

    Of the two kinds of readouts a horizon has the one that is better on validation.
    """
    transform = fits[0].transform
    y = transform(activity.centred)
    fitted, judged = (origins_of(activity.split, name) for name in ("train", "validation"))
    of_kinds = {(h, kind): [] for h in HORIZONS for kind in READOUTS}
    estimates = {key: [] for key in of_kinds}
    for lds in fits:
        means = filtered_means(lds.dynamics, y, activity.present)
        for h in HORIZONS:
            targets = fitted[h] + h
            of_train = activity.centred[targets], activity.present[targets]
            expected, later = (run_on(lds, means[o[h]], h) for o in (fitted, judged))
            for kind in READOUTS:
                readout = (
                    Readout(kind, fit_linear(inverse(transform, expected), *of_train))
                    if kind
                    else Readout(kind, fit_quadratic(expected, *of_train))
                )
                of_kinds[h, kind].append(readout)
                estimates[h, kind].append(readout(transform, later))
    readouts, weights = {}, {}
    for h in HORIZONS:
        targets = judged[h] + h
        found = {k: weighted(activity, targets, estimates[h, k]) for k in READOUTS}
        best = min(READOUTS, key=lambda kind: found[kind][1])
        readouts[h], weights[h] = of_kinds[h, best], found[best][0]
    return WeightedDynamics(fits, readouts, weights)


def fit_linear(m: BinsNeurons, activity: BinsNeurons, present: BinsNeurons) -> Array:
    """Coefficients (3, neurons) of 1, m and m squared by least squares, the last of them 0."""
    counts = np.maximum(present.sum(axis=0), 1)
    m = np.where(present, m, 0)
    centre, level = (x.sum(axis=0, dtype=np.float64) / counts for x in (m, activity))
    m -= centre.astype(m.dtype) * present
    power = np.einsum("tn,tn->n", m, m)
    slope = np.einsum("tn,tn->n", m, activity) / np.where(power > 1e-9, power, np.inf)
    return np.stack([level - slope * centre, slope, np.zeros_like(slope)])


def weighted(
    activity: Activity, targets: Bins, estimates: Sequence[BinsNeurons]
) -> tuple[Array, float]:
    """Weights of estimates of some bins (targets), not negative, and the size of their error."""
    truth, present = activity.centred[targets].ravel(), activity.present[targets]
    x = np.stack([np.where(present, e, 0).ravel() for e in estimates]).astype(np.float64)
    inner, cross = x @ x.T, x @ truth
    weights = nnls(inner, cross)[0]
    return weights, float(weights @ inner @ weights - 2 * weights @ cross)
