"""From what linear dynamics predict of transformed activity to activity: a quadratic a neuron."""

import numpy as np

from nma.types import Array, BinsNeurons, Neurons

RIDGE = 1e-6  # share of the mean square, against neurons that are predicted to be constant


def fit_readout(
    predicted: BinsNeurons, activity: BinsNeurons, present: BinsNeurons | bool = True
) -> Array:
    """Coefficients (3, neurons) of 1, m and m^2 by least squares; m: predicted.

    present: which entries were recorded (bool), as others do not count.
    """

    def total(*factors: BinsNeurons) -> Neurons:
        return np.einsum("tn,tn->n", *factors)

    one = np.broadcast_to(1.0, predicted.shape)
    if not np.all(present):
        one, predicted, activity = (x * present for x in (one, predicted, activity))
    squared = np.square(predicted)
    powers = [total(one, one), total(one, predicted), total(one, squared)]
    powers += [total(predicted, squared), total(squared, squared)]
    inner = np.stack([[powers[i + j] for j in range(3)] for i in range(3)]).transpose(2, 0, 1)
    cross = np.stack([total(power, activity) for power in (one, predicted, squared)], axis=1)
    power = np.maximum(np.trace(inner, axis1=1, axis2=2), 1e-9)  # 0 where nothing was recorded
    inner = inner + RIDGE * power[:, None, None] * np.eye(3) / 3
    return np.linalg.solve(inner, cross[:, :, None])[:, :, 0].T


def read_out(coefficients: Array, predicted: BinsNeurons) -> BinsNeurons:
    """Activity less its train mean, of predicted transformed activity."""
    constant, slope, bend = coefficients
    found = bend * predicted
    found += slope
    found *= predicted
    found += constant
    return found
