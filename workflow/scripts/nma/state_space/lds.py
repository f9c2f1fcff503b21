"""A linear dynamical system of a layer's activity: latents, and predictions of what is hidden."""

from dataclasses import dataclass

import numpy as np

from nma.state_space.em import LinearDynamics
from nma.state_space.kalman import Smoothed, smooth
from nma.state_space.readout import fit_readout, read_out
from nma.state_space.transform import Transform
from nma.types import Array, BinsDims, BinsNeurons, Neurons


@dataclass(frozen=True)
class LDS:
    """Dynamics of transformed activity, with readouts (3, neurons) to activity.

    hidden: fitted to predictions of train in which the neuron was hidden; visible: to those in
    which no neuron was. centred: activity less the train mean, 0 where it is not visible (bool).
    """

    transform: Transform
    dynamics: LinearDynamics
    hidden: Array
    visible: Array

    def latents(self, centred: BinsNeurons, visible: BinsNeurons) -> BinsDims:
        """Smoothed latents given the visible entries of a run of bins."""
        return posterior(self.dynamics, self.transform(centred), visible).means

    def predict(self, centred: BinsNeurons, visible: BinsNeurons) -> BinsNeurons:
        """Estimates of all entries given the visible ones, less the train mean."""
        readout = self.visible if visible.all() else self.hidden
        return self.read(self.latents(centred, visible), readout)

    def read(self, latents: BinsDims, readout: Array) -> BinsNeurons:
        """Activity less the train mean of latents; readout: `hidden` or `visible`."""
        return read_out(readout, latents @ self.dynamics.loadings.T)


@dataclass(frozen=True)
class Weighted:
    """Predictions of several fits, summed with weights; all weights may be 0."""

    fits: list[LDS]
    weights: Array

    def predict(self, centred: BinsNeurons, visible: BinsNeurons) -> BinsNeurons:
        """Estimates of hidden entries given the visible ones, less the train mean."""
        estimate = np.zeros(centred.shape)
        for weight, lds in zip(self.weights, self.fits, strict=True):
            if weight:
                estimate += weight * lds.predict(centred, visible)
        return estimate


def posterior(dynamics: LinearDynamics, y: BinsNeurons, visible: BinsNeurons) -> Smoothed:
    """The posterior of latents; y: transformed activity, of any value where it is not visible."""
    weighted = dynamics.weighted()
    same = (visible == visible[0]).all()
    if same:
        seen = visible[0]
        precision = dynamics.loadings[seen].T @ weighted[seen]
        return smooth(dynamics.transition, dynamics.noise, precision, y[:, seen] @ weighted[seen])

    def precision(t: int) -> Array:
        seen = visible[t]
        return dynamics.loadings[seen].T @ weighted[seen]

    projection = np.where(visible, y, 0) @ weighted
    return smooth(dynamics.transition, dynamics.noise, precision, projection)


def calibrate(
    transform: Transform, dynamics: LinearDynamics, train: BinsNeurons, folds: Neurons
) -> LDS:
    """Fit the readouts to train, activity less its mean; folds: that are hidden in turn."""
    y = transform(train)
    everything = posterior(dynamics, y, np.broadcast_to(np.True_, y.shape)).means
    predicted = np.empty_like(y)
    for fold in np.unique(folds):
        seen = folds != fold
        found = posterior(dynamics, y, np.broadcast_to(seen, y.shape)).means
        predicted[:, ~seen] = found @ dynamics.loadings[~seen].T
    visible = fit_readout(everything @ dynamics.loadings.T, train)
    return LDS(transform, dynamics, fit_readout(predicted, train), visible)
