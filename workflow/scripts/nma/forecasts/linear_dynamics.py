"""Forecasts by linear dynamical systems: filtered up to now, from where the dynamics run on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from nma.forecasts.origins import HORIZONS, Activity, origins
from nma.state_space.filtering import filtered_means
from nma.state_space.lds import LDS
from nma.state_space.readout import fit_readout, read_out
from nma.types import Array, Bins, BinsDims, BinsNeurons


@dataclass(frozen=True)
class WeightedDynamics:
    """Forecasts of several LDSs under one transform, summed with weights.

    readouts: {horizon: (3, neurons) of each LDS}; weights: {horizon: (LDSs,)}.
    """

    fits: Sequence[LDS]
    readouts: Mapping[int, Sequence[Array]]
    weights: Mapping[int, Array]

    def forecast(self, activity: Activity, origins: Mapping[int, Bins]) -> dict[int, BinsNeurons]:
        """See origins.Forecaster."""
        neurons = activity.centred.shape[1]
        found = {h: np.zeros((len(starts), neurons), "f4") for h, starts in origins.items()}
        y = self.fits[0].transform(activity.centred)
        for number, lds in enumerate(self.fits):
            if any(self.weights[h][number] for h in origins):
                means = filtered_means(lds.dynamics, y, activity.present)
                for h, starts in origins.items():
                    if weight := self.weights[h][number]:
                        expected = run_on(lds, means[starts], h)
                        readout = self.readouts[h][number].astype(expected.dtype)
                        found[h] += np.float32(weight) * read_out(readout, expected)
        return found


def run_on(lds: LDS, means: BinsDims, horizon: int) -> BinsNeurons:
    """The expectation of transformed activity so many bins after filtered latents."""
    ahead = lds.dynamics.loadings @ np.linalg.matrix_power(lds.dynamics.transition, horizon)
    return means @ ahead.T.astype(means.dtype)


def linear_dynamics(activity: Activity, fits: Sequence[LDS]) -> WeightedDynamics:
    """Readouts of each horizon, fitted to train, and weights that fit validation, not negative."""
    y = fits[0].transform(activity.centred)
    fitted, judged = (origins(activity.split, name) for name in ("train", "validation"))
    readouts, estimates = {h: [] for h in HORIZONS}, {h: [] for h in HORIZONS}
    for lds in fits:
        means = filtered_means(lds.dynamics, y, activity.present)
        for h in HORIZONS:
            targets = fitted[h] + h
            of_train = activity.centred[targets], activity.present[targets]
            readout = fit_readout(run_on(lds, means[fitted[h]], h), *of_train)
            expected = run_on(lds, means[judged[h]], h)
            readouts[h].append(readout)
            estimates[h].append(read_out(readout.astype(expected.dtype), expected))
    weights = {}
    for h in HORIZONS:
        present = activity.present[judged[h] + h]
        truth = activity.centred[judged[h] + h]
        x = np.stack([np.where(present, e, 0).ravel() for e in estimates[h]]).astype(np.float64)
        weights[h] = nnls(x @ x.T, x @ truth.ravel())[0]
    return WeightedDynamics(fits, readouts, weights)
