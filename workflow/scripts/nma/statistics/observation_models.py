"""Observation models: how activity scatters around a source's estimates of its mean.

A source gives means (bins, neurons), or one of each neuron for all bins (1, neurons). Each family
has parameters for the scatter of each neuron, fitted to train by maximum likelihood in the same way
for every source. Noisy neurons have a large squared error around the right mean; a likelihood takes
their noise into account.

- `gaussian`: any activity.
- `poisson`: whole counts.
- `zero_inflated_gamma`: activity that is never negative, as deconvolved calcium, whose exact zeros
  have a probability of their own (Wei et al. 2020, Neurons Behav. Data Anal. Theory 3).
"""

import numpy as np
from scipy.special import digamma, gammaln, polygamma

from nma.types import Array, BinsNeurons, Neurons

NOTHING = 1e-4  # standard deviations, or counts: closer to zero, activity is zero but for rounding
FLOORS = (0.02, 0.05, 0.1, 0.2, 0.4)  # shares of a neuron's mean that estimates are raised to
CONVERGED = 1e-9  # of a rate: Newton's next step would change nothing
SPARSE = 8  # the floor is chosen on every eighth bin


class Gaussian:
    """A normal distribution around the mean, with a variance for each neuron."""

    parameters = ("variance",)
    variance: Neurons

    def fit(self, activity: BinsNeurons, mean: BinsNeurons) -> None:
        """Fit the variances to activity of train and its estimated means."""
        self.variance = np.maximum(np.square(activity - mean).mean(axis=0), 1e-6)

    def log_likelihood(self, activity: BinsNeurons, mean: BinsNeurons) -> BinsNeurons:
        """Nats of each entry."""
        scatter = np.square(activity - mean) / self.variance
        return -0.5 * (np.log(2 * np.pi * self.variance) + scatter)


class _Positive:
    """A family with positive means. Linear sources estimate negative ones too: estimates are raised
    to a share of the neuron's mean over train, for each neuron the best of FLOORS on train."""

    floor: Neurons  # that share
    typical: Neurons  # the mean over train

    def fit(self, activity: BinsNeurons, mean: BinsNeurons) -> None:
        """Fit the floors and the scatter to activity of train and its estimated means."""
        self.typical = np.maximum(activity.mean(axis=0), NOTHING)
        some, some_mean = activity[::SPARSE], mean[::SPARSE]
        likelihoods, near = [], None
        for floor in FLOORS:
            raised = self._raised(some_mean, floor)
            near = self._fit(some, raised, near)
            likelihoods.append(self._log_likelihood(some, raised).sum(axis=0))
        self.floor = np.array(FLOORS)[np.argmax(likelihoods, axis=0)]
        self._fit(activity, self._raised(mean, self.floor), near)

    def log_likelihood(self, activity: BinsNeurons, mean: BinsNeurons) -> BinsNeurons:
        """Nats of each entry."""
        return self._log_likelihood(activity, self._raised(mean, self.floor))

    def _raised(self, mean: BinsNeurons, floor: Neurons | float) -> BinsNeurons:
        return np.maximum(mean, floor * self.typical)


class Poisson(_Positive):
    """Counts of events that come independently of each other."""

    parameters = ()

    def _fit(self, counts: BinsNeurons, mean: BinsNeurons, near: None) -> None:
        """Nothing: the mean is the only parameter."""

    def _log_likelihood(self, counts: BinsNeurons, mean: BinsNeurons) -> BinsNeurons:
        return counts * np.log(mean) - mean - gammaln(counts + 1)


class ZeroInflatedGamma(_Positive):
    """Zero with probability exp(-rate * mean), as if events of mean size 1 / rate came
    independently, or else gamma with a shape of each neuron around the mean that is left."""

    parameters = ("rate", "shape")
    rate: Neurons
    shape: Neurons

    def _fit(self, activity: BinsNeurons, mean: BinsNeurons, near: Neurons | None) -> Neurons:
        """Fit rate and shape; return the rate.

        near: the rate of a similar fit (another floor, or fewer bins), from which few steps are
        enough; None where there was none.
        """
        positive = activity > NOTHING
        # Half a zero and half a positive bin are added: a neuron that was never zero may be so yet.
        typical = mean.mean(axis=0)
        of_zeros = (mean * ~positive).sum(axis=0) + typical / 2
        of_positive = (mean * positive).sum(axis=0) + typical / 2
        # From below the root of a falling convex function, Newton's steps never pass it.
        lowest = (positive.sum(axis=0) + 0.5) / (of_zeros + of_positive / 2)
        rate, steps = (lowest, 15) if near is None else (near, 5)
        means = np.vstack([mean, typical])
        counts = positive if len(mean) > 1 else positive.sum(axis=0, keepdims=True)
        weights = np.vstack([counts, np.full_like(typical, 0.5)])
        for _ in range(steps):
            power = np.exp(-np.minimum(means * rate, 500))
            rest = 1 - power
            share = weights * means * power / rest
            slope = np.einsum("tn,tn->n", share, means / rest)
            step = (share.sum(axis=0) - of_zeros) / np.maximum(slope, 1e-300)
            before, rate = rate, np.maximum(rate + step, lowest)
            if (np.abs(rate - before) <= CONVERGED * rate).all():
                break
        self.rate = rate
        relative = np.where(positive, activity * self._chance(mean) / mean, 1)
        excess = (relative - np.log(relative) - 1).sum(axis=0)
        self.shape = gamma_shape(excess / np.maximum(positive.sum(axis=0), 1))
        return rate

    def _chance(self, mean: BinsNeurons) -> BinsNeurons:
        """The probability of activity above zero."""
        return -np.expm1(-self.rate * mean)

    def _log_likelihood(self, activity: BinsNeurons, mean: BinsNeurons) -> BinsNeurons:
        positive = activity > NOTHING
        chance, shape = self._chance(mean), self.shape
        size = np.where(positive, activity, 1)
        scaled = shape * chance / mean
        gamma = shape * np.log(scaled) + (shape - 1) * np.log(size) - scaled * size - gammaln(shape)
        return np.where(positive, np.log(chance) + gamma, -self.rate * mean)


def gamma_shape(excess: Array) -> Array:
    """The most likely shapes of gamma variables x of known means m.

    excess (n,): the mean of x / m - log(x / m) - 1. Solves log(shape) - digamma(shape) = excess.
    """
    excess = np.clip(excess, 1e-4, 1e3)
    shape = (3 - excess + np.sqrt((excess - 3) ** 2 + 24 * excess)) / (12 * excess)
    for _ in range(5):
        missing = np.log(shape) - digamma(shape) - excess
        # In the logarithm of the shape, so that it stays positive.
        shape *= np.exp(-missing / (1 - shape * polygamma(1, shape)))
    return shape


FAMILIES = {
    "gaussian": Gaussian,
    "poisson": Poisson,
    "zero_inflated_gamma": ZeroInflatedGamma,
}
