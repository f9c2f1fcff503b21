"""From what linear dynamics predict of transformed activity to activity.

Two links: a quadratic of each neuron, or an exponential, for activity whose logarithm is linear in
latents. Coefficients are (3, neurons): of 1, m and m squared; or base, gain and slope of base +
gain exp(slope m), where m is what is predicted.
"""

from collections.abc import Callable

import numpy as np

from nma.types import Array, BinsNeurons, Neurons

RIDGE = 1e-6  # share of the mean square, against neurons that are predicted to be constant
QUADRATIC, EXPONENTIAL = "quadratic", "exponential"
SLOPES = (0.1, 0.3, 0.5, 0.75, 1.0, 1.25)  # 1 where the transform is the logarithm itself
HIGHEST = 6.0  # exponent


def fit_readout(
    link: str,
    predicted: BinsNeurons,
    activity: BinsNeurons,
    spread: Neurons,
    present: BinsNeurons | bool = True,
) -> Array:
    """Coefficients (3, neurons) of a link by least squares.

    spread: of the transform (state_space.transform); present: which entries were recorded (bool),
    as others do not count.
    """
    if link == QUADRATIC:
        return fit_quadratic(predicted, activity, present)
    return fit_exponential(predicted, activity, spread, present)


def read_out(link: str, coefficients: Array, m: BinsNeurons, exp: Callable = np.exp) -> BinsNeurons:
    """Activity less its train mean, of predicted transformed activity; exp: of arrays like m."""
    first, second, third = coefficients
    if link == QUADRATIC:
        return first + m * (second + third * m)
    return first + second * exp((third * m).clip(-HIGHEST, HIGHEST))


def expected_readout(
    link: str, coefficients: Array, m: BinsNeurons, variance: BinsNeurons
) -> BinsNeurons:
    """The expectation of a readout of normal variables, of mean m and this variance."""
    if link == QUADRATIC:
        return read_out(link, coefficients, m) + coefficients[2] * variance
    return read_out(link, coefficients, m + coefficients[2] * variance / 2)


def near_zero(link: str, coefficients: Array) -> tuple[Neurons, Neurons]:
    """Value and slope of a readout where predicted transformed activity is 0."""
    first, second, third = coefficients
    return (first, second) if link == QUADRATIC else (first + second, second * third)


def fit_quadratic(
    predicted: BinsNeurons, activity: BinsNeurons, present: BinsNeurons | bool = True
) -> Array:
    """Coefficients of a quadratic: see fit_readout."""

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


def fit_exponential(
    predicted: BinsNeurons,
    activity: BinsNeurons,
    spread: Neurons,
    present: BinsNeurons | bool = True,
) -> Array:
    """Coefficients of an exponential, whose slopes are the spreads times a factor of all neurons.

    A factor of each neuron would follow its noise.
    """
    counts = np.maximum(np.sum(np.broadcast_to(present, predicted.shape), axis=0), 1)

    def centred(x: BinsNeurons) -> tuple[BinsNeurons, Neurons]:
        mean = np.where(present, x, 0).sum(axis=0, dtype=np.float64) / counts
        return (x - mean.astype(x.dtype)) * present, mean

    (target, level), found, least = centred(activity), None, np.inf
    for factor in SLOPES:
        slope = (factor * spread).astype(predicted.dtype)
        curve, mean = centred(np.exp((slope * predicted).clip(-HIGHEST, HIGHEST)))
        power = np.maximum(np.einsum("tn,tn->n", curve, curve), 1e-9)
        gain = np.einsum("tn,tn->n", curve, target) / power
        error = -float(np.sum(np.square(gain) * power))
        if error < least:
            found, least = np.stack([level - gain * mean, gain, slope]).astype(np.float64), error
    return found
