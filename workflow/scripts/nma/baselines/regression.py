"""Shared parts of the regressions of hidden activity on the visible activity of the same bin."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from nma.baselines.fitting import Fit
from nma.preprocessing.masks import neuron_folds
from nma.types import Array, BinsNeurons, Neurons

BLOCKS = 5  # runs of consecutive bins that train is cut into


@dataclass(frozen=True)
class Inputs:
    """Activity as a regression sees it: as it is, or squashed to asinh(activity / deviation).

    deviation: of each neuron on train; mean: of the inputs on train.
    """

    squashed: bool
    deviation: Neurons
    mean: Neurons

    def of(self, centred: BinsNeurons, visible: Array) -> BinsNeurons:
        """Inputs less their train mean, 0 where they are not visible (bool)."""
        found = _scaled(centred, self.deviation, self.squashed)
        return (found - self.mean.astype(found.dtype)) * visible


def inputs_of(train: BinsNeurons, squashed: bool) -> Inputs:
    """The inputs with the statistics of train, which is less its mean."""
    deviation = train.std(axis=0, dtype=np.float64)
    deviation = np.where(deviation > 1e-6, deviation, 1)
    mean = _scaled(train, deviation, squashed).mean(axis=0, dtype=np.float64)
    return Inputs(squashed, deviation, mean)


def _scaled(centred: BinsNeurons, deviation: Neurons, squashed: bool) -> BinsNeurons:
    return np.arcsinh(centred / deviation.astype(centred.dtype)) if squashed else centred


@dataclass(frozen=True)
class Regression:
    """A regression fitted to all of train, and others to all of it but one of BLOCKS."""

    whole: Fit
    others: Sequence[Fit]

    def predict(self, centred: BinsNeurons, visible: BinsNeurons) -> BinsNeurons:
        """Estimates of hidden entries in bins that the regression was not fitted to."""
        return self.whole.predict(centred, visible)

    def predict_train(self, centred: BinsNeurons, visible: BinsNeurons) -> BinsNeurons:
        """Estimates of hidden entries of train, each block from the fit to the other blocks.

        Those of the fit to all bins would be closer to train than any others are to test.
        """
        parts = zip(self.others, blocks(len(centred)), strict=True)
        return np.concatenate([fit.predict(centred[bins], visible[bins]) for fit, bins in parts])


def cross_fitted(fit: Callable[[BinsNeurons], Fit], train: BinsNeurons) -> Regression:
    """The Regression of `fit`, a function that fits some bins of train."""
    rest = (np.delete(train, block, axis=0) for block in blocks(len(train)))
    return Regression(fit(train), [fit(bins) for bins in rest])


def blocks(bins: int) -> list[slice]:
    """BLOCKS runs of consecutive bins that cover all."""
    edges = np.linspace(0, bins, BLOCKS + 1).astype(int)
    return [slice(a, b) for a, b in zip(edges[:-1], edges[1:], strict=True)]


def hidden_groups(neurons: int, seed: int) -> list[Neurons]:
    """Neurons (bool) that are hidden together on validation to choose settings: each one once."""
    folds = neuron_folds(neurons, seed)
    return [folds == fold for fold in np.unique(folds)]
