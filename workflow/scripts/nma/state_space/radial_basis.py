"""What the LDS misses of hidden neurons, by a network of radial basis functions.

Broomhead & Lowe 1988, Complex Systems 2:321. A linear system cannot see states that differ in kind.
Bins that are alike in all neurons have alike errors of the LDS, which makes them predictable.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from nma.statistics.kernels import kernel, median_distance, solved, thinned
from nma.types import Array, BinsNeurons, Neurons

UNITS = 1000  # bins of train that are centres, at most
WIDTH = 0.5  # over the median squared distance between bins
PENALTY = 0.1  # of the squared norm in the kernel's space, a bin that was predicted once
JITTER = 1e-8  # of the mean of the equations' diagonal, against rounding


@dataclass(frozen=True)
class RadialBasis:
    """Units exp(-factor * squared distance to a centre), and a linear map of them to neurons.

    Activity enters squashed to asinh(x / deviation). deviation: of train (neurons,); centres:
    squashed bins of train (units, neurons); weights (units, neurons).
    """

    deviation: Neurons
    centres: Array
    factor: float
    weights: Array

    def __call__(self, filled: BinsNeurons, hidden: Neurons) -> BinsNeurons:
        """Corrections of hidden neurons (bool), 0 of others; filled: centred activity, estimates
        where it is hidden."""
        units = kernel(squashed(filled, self.deviation), self.centres, self.factor)
        found = np.zeros(filled.shape, units.dtype)
        found[:, hidden] = units @ self.weights[:, hidden]
        return found


def squashed(centred: BinsNeurons, deviation: Neurons) -> BinsNeurons:
    """asinh(x / deviation), float32."""
    return np.arcsinh(centred / deviation).astype(np.float32)


def fit_radial_basis(
    train: BinsNeurons, predicted: Iterable[tuple[Neurons, BinsNeurons]]
) -> RadialBasis:
    """Fit the LDS's errors at hidden neurons of train, activity less its mean.

    predicted: (hidden neurons, bool; estimates of all activity given the others), such that all
    neurons are hidden equally often. The equations of a neuron's weights hold in the bins in which
    it was hidden. Their left sides are taken to be alike for all neurons, which was measured to
    predict better than a left side for each, and needs one factorisation.
    """
    deviation = train.std(axis=0, dtype=np.float64)
    deviation = np.where(deviation > 1e-6, deviation, 1).astype(np.float32)
    centres = thinned(squashed(train, deviation), UNITS)
    factor = np.float32(WIDTH / median_distance(centres))
    left = np.zeros((len(centres), len(centres)))
    right, hidden_bins = np.zeros((len(centres), train.shape[1])), 0.0
    for hidden, estimate in predicted:
        units = kernel(squashed(np.where(hidden, estimate, train), deviation), centres, factor)
        right[:, hidden] += units.T @ (train - estimate)[:, hidden].astype(np.float32)
        units = units.astype(np.float64)  # as powers are squared here
        left += hidden.mean() * (units.T @ units)
        hidden_bins += hidden.mean()
    doubles = centres.astype(np.float64)
    left += hidden_bins * PENALTY * kernel(doubles, doubles, float(factor))
    weights = solved(left, right, JITTER * np.trace(left) / len(left))
    return RadialBasis(deviation, centres, float(factor), weights.astype(np.float32))
