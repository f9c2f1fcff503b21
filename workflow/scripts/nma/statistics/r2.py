"""Squared errors, and r2 of them."""

import numpy as np


def squared_errors(activity, reconstruction, train_mean):
    """Squared error of a reconstruction and of the train-mean predictor, each (bins, neurons)."""
    return (
        np.square(activity - reconstruction, dtype=np.float64),
        np.square(activity - train_mean, dtype=np.float64),
    )


def r2(error, deviation):
    """1 - SSE / SSE of the train-mean predictor, from sums of squares; NaN where there is nothing
    to explain."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(deviation > 0, 1 - error / deviation, np.nan)
