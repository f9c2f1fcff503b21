"""A linear dynamical system of a layer's activity: latents, and predictions of what is hidden."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from nma.state_space.em import LinearDynamics
from nma.state_space.kalman import smoothed_means
from nma.state_space.readout import fit_readout, read_out
from nma.state_space.scattered import is_scattered, scattered_means
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
        return posterior_means(self.dynamics, self.transform(centred), visible)

    def predict(self, centred: BinsNeurons, visible: BinsNeurons) -> BinsNeurons:
        """Estimates of all entries given the visible ones, less the train mean."""
        readout = self.visible if visible.all() else self.hidden
        return self.read(self.latents(centred, visible), readout)

    def reconstruct(self, latents: BinsDims) -> BinsNeurons:
        """Activity of latents that saw all that was recorded, less the train mean."""
        return self.read(latents, self.visible)

    def read(
        self, latents: BinsDims, readout: Array, neurons: Neurons | slice = slice(None)
    ) -> BinsNeurons:
        """Activity less the train mean of latents; readout: `hidden` or `visible`; neurons: which
        (bool), all by default."""
        loadings, readout = (
            x.astype(latents.dtype) for x in (self.dynamics.loadings[neurons], readout[:, neurons])
        )
        return read_out(self.transform.link, readout, latents @ loadings.T)


@dataclass(frozen=True)
class Weighted:
    """Predictions of several fits to activity under one transform, summed with weights.

    There may be none at all.
    """

    fits: list[LDS]
    weights: Array

    @classmethod
    def of(cls, fits: Iterable[LDS], weights: Array) -> "Weighted":
        """Those of the fits that have a weight."""
        kept = [(lds, float(w)) for lds, w in zip(fits, weights, strict=True) if w]
        return cls([lds for lds, _ in kept], np.array([w for _, w in kept]))

    def predict(self, centred: BinsNeurons, visible: BinsNeurons) -> BinsNeurons:
        """Estimates of hidden entries given the visible ones, less the train mean.

        Neurons that are visible in all bins need none, and stay as they are.
        """
        estimate, hidden = centred.copy(), ~visible.all(axis=0)
        found = np.zeros((len(centred), hidden.sum()), centred.dtype)
        y = self.fits[0].transform(centred) if self.fits else None
        for weight, lds in zip(self.weights, self.fits, strict=True):
            latents = posterior_means(lds.dynamics, y, visible)
            found += float(weight) * lds.read(latents, lds.hidden, hidden)
        estimate[:, hidden] = found
        return estimate

    def predict_folds(
        self,
        centred: BinsNeurons,
        folds: Neurons,
        present: BinsNeurons | bool = True,
        runs: Sequence[slice] = (slice(None),),
    ) -> BinsNeurons:
        """Estimates of each neuron from the neurons of the other folds: see the function."""
        found = np.zeros_like(centred)
        y = self.fits[0].transform(centred) if self.fits else None
        for weight, lds in zip(self.weights, self.fits, strict=True):
            predicted = predict_folds(lds.dynamics, y, folds, present, runs)
            of_fit = read_out(lds.transform.link, lds.hidden.astype(y.dtype), predicted)
            found += float(weight) * of_fit
        return found


def posterior_means(dynamics: LinearDynamics, y: BinsNeurons, visible: BinsNeurons) -> BinsDims:
    """Means of latents; y: transformed activity, of any finite value where it is not visible."""
    weighted = dynamics.weighted().astype(y.dtype)
    if (visible == visible[0]).all():
        projection = y @ (weighted * visible[0][:, None])
    else:
        projection = np.where(visible, y, 0) @ weighted
        if is_scattered(visible):
            found = scattered_means(dynamics, projection, visible)
            if found is not None:
                return found
    precision = dynamics.precision(visible)
    return smoothed_means(dynamics.transition, dynamics.noise, precision, projection)


def predict_folds(
    dynamics: LinearDynamics,
    y: BinsNeurons,
    folds: Neurons,
    present: BinsNeurons | bool = True,
    runs: Sequence[slice] = (slice(None),),
) -> BinsNeurons:
    """Transformed activity of each neuron from the neurons of the other folds.

    y: transformed activity; present: which entries were recorded (bool); runs: of bins, each
    predicted on its own, 0 in bins of none. The sums over the neurons of a fold are taken once, for
    all folds that see them.
    """
    loadings, weighted = dynamics.loadings, dynamics.weighted()
    groups = [folds == fold for fold in np.unique(folds)]
    predicted = np.zeros_like(y)
    if not np.all(present):
        for run, group in product(runs, groups):
            found = posterior_means(dynamics, y[run], present[run] & ~group)
            predicted[run, group] = found @ loadings[group].T.astype(y.dtype)
        return predicted
    precisions = [loadings[group].T @ weighted[group] for group in groups]
    projections = [y[:, group] @ weighted[group].astype(y.dtype) for group in groups]
    for hidden, group in enumerate(groups):
        others = [n for n in range(len(groups)) if n != hidden]
        precision = sum((precisions[n] for n in others), np.zeros_like(precisions[0]))
        projection = sum((projections[n] for n in others), np.zeros_like(projections[0]))
        found = smoothed_means(dynamics.transition, dynamics.noise, precision, projection, runs)
        predicted[:, group] = found @ loadings[group].T.astype(y.dtype)
    return predicted


def calibrate(
    transform: Transform,
    dynamics: LinearDynamics,
    train: BinsNeurons,
    folds: Neurons,
    present: BinsNeurons | bool = True,
) -> LDS:
    """Fit the readouts to train, activity less its mean; folds: that are hidden in turn; present:
    which entries were recorded (bool)."""
    y = transform(train)
    hidden = predict_folds(dynamics, y, folds, present)
    return with_readouts(transform, dynamics, train, y, hidden, present)


def with_readouts(
    transform: Transform,
    dynamics: LinearDynamics,
    train: BinsNeurons,
    y: BinsNeurons,
    hidden: BinsNeurons,
    present: BinsNeurons | bool = True,
) -> LDS:
    """The same, of y and hidden: train transformed, and predict_folds of it."""
    means = posterior_means(dynamics, y, np.broadcast_to(present, y.shape))
    both = hidden, means @ dynamics.loadings.T.astype(means.dtype)
    readouts = [fit_readout(transform.link, m, train, transform.spread, present) for m in both]
    return LDS(transform, dynamics, *readouts)
