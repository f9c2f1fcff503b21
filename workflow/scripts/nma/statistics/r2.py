"""Squared errors, and r2 from them."""

import numpy as np

from nma.types import Array, BinsNeurons, Neurons

LARGEST = 1e15  # of activity, raw or normalised: float32 holds sums of squares of such numbers


def squared_errors(
    activity: BinsNeurons, reconstruction: BinsNeurons, train_mean: Neurons | float
) -> tuple[BinsNeurons, BinsNeurons]:
    """(error, deviation): squared errors of a reconstruction and of the train mean, in float64."""
    return (
        np.square(activity - reconstruction, dtype=np.float64),
        np.square(activity - train_mean, dtype=np.float64),
    )


def r2(error: Array | float, deviation: Array | float) -> Array:
    """1 - error / deviation, of sums of what `squared_errors` returns; NaN where there is nothing
    to explain."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(deviation > 0, 1 - error / deviation, np.nan)
