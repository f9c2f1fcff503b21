"""A neuron's private activity: what its own residuals near in time tell of its hidden entries.

A residual is visible activity less what the LDS predicts there, which other neurons share.
"""

from dataclasses import dataclass

import numpy as np

from nma.types import Array, BinsNeurons

REACH = 6  # bins before and after


@dataclass(frozen=True)
class PrivateActivity:
    """weights (2 * REACH,): of the residuals that `neighbours` gives, the same for all neurons.

    A filter for each neuron was measured to predict worse: its weights are learnt from few bins.
    """

    weights: Array

    def __call__(self, residuals: BinsNeurons) -> BinsNeurons:
        """Corrections of all entries; residuals: 0 where activity is hidden."""
        near = zip(self.weights, neighbours(residuals), strict=True)
        return sum(weight * shifted for weight, shifted in near)


def neighbours(residuals: BinsNeurons) -> list[BinsNeurons]:
    """Residuals of the bins up to REACH before and after, but not of the bin; 0 beyond the ends."""
    padded = np.pad(residuals, ((REACH, REACH), (0, 0)))
    starts = [start for start in range(2 * REACH + 1) if start != REACH]
    return [padded[start : start + len(residuals)] for start in starts]


def fit_private_activity(errors: BinsNeurons, hidden: BinsNeurons) -> PrivateActivity:
    """Least squares of errors where activity is hidden (bool) on residuals near in time.

    errors: activity of train less the LDS's estimate, which saw what is not hidden. All neurons
    count alike.
    """
    deviation = errors.std(axis=0)
    scaled = errors / np.where(deviation > 1e-6, deviation, 1)
    near = [shifted[hidden] for shifted in neighbours(np.where(hidden, 0, scaled))]
    inner = np.array([[float(first @ second) for second in near] for first in near])
    cross = np.array([float(shifted @ scaled[hidden]) for shifted in near])
    return PrivateActivity(np.linalg.lstsq(inner, cross, rcond=1e-6)[0].astype(np.float32))
