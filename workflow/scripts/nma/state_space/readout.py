"""From what linear dynamics predict of transformed activity to activity: a quadratic a neuron."""

import numpy as np

from nma.types import Array, BinsNeurons

RIDGE = 1e-6  # share of the mean square, against neurons that are predicted to be constant


def fit_readout(predicted: BinsNeurons, activity: BinsNeurons) -> Array:
    """Coefficients (3, neurons) of 1, m and m^2 by least squares; m: predicted."""
    powers = np.stack([np.ones_like(predicted), predicted, np.square(predicted)])
    inner = np.einsum("itn,jtn->nij", powers, powers, optimize=True)
    cross = np.einsum("itn,tn->ni", powers, activity, optimize=True)
    inner += RIDGE * np.trace(inner, axis1=1, axis2=2)[:, None, None] * np.eye(3) / 3
    return np.linalg.solve(inner, cross[:, :, None])[:, :, 0].T


def read_out(coefficients: Array, predicted: BinsNeurons) -> BinsNeurons:
    """Activity less its train mean, of predicted transformed activity."""
    constant, slope, bend = coefficients
    return constant + predicted * (slope + bend * predicted)
