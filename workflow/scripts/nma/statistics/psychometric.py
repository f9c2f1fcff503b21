"""How small a difference is told right, from choices at many differences."""

import numpy as np
from scipy.special import ndtr, ndtri

from nma.types import Array

CRITERION = 0.75  # share of right choices at the threshold
LAPSES = np.linspace(0, 0.2, 11)
STEP = 0.01  # of the log of slopes that are tried
SMALLEST, LARGEST = 1e-3, 30.0  # slopes, in units of the largest difference


def chance_right(differences: Array, slope: float | Array, lapse: float | Array) -> Array:
    """The chance of a right choice: 1/2 + (1/2 - lapse) (2 Phi(difference / slope) - 1)."""
    return 0.5 + (0.5 - lapse) * (2 * ndtr(differences / slope) - 1)


def fit(differences: Array, right: Array, total: Array) -> tuple[Array, Array]:
    """The slopes and lapses (draws,) of chance_right that have the highest likelihood on a grid.

    differences: (levels,), absolute; right, total: choices (draws, levels) there.
    """
    low, high = np.log(SMALLEST * differences.max()), np.log(LARGEST * differences.max())
    slopes, lapses = np.meshgrid(np.exp(np.arange(low, high, STEP)), LAPSES)
    slopes, lapses = slopes.ravel(), lapses.ravel()
    chance = chance_right(differences, slopes[:, None], lapses[:, None]).clip(1e-9, 1 - 1e-9)
    likelihood = right @ np.log(chance).T + (total - right) @ np.log1p(-chance).T
    best = np.argmax(likelihood, axis=1)
    return slopes[best], lapses[best]


def threshold(slope: Array, lapse: Array) -> Array:
    """The difference at which CRITERION of the choices are right; lapse: below 1 - CRITERION."""
    return slope * ndtri(0.5 + (CRITERION - 0.5) / (1 - 2 * lapse))
