"""Observation models: how activity scatters around what a source makes of it.

A source gives means. Each family has parameters a neuron for the scatter, fitted to train by
maximum likelihood in the same way for every source. Noisy neurons have a large squared error around
the right mean; the likelihood knows that.

- `gaussian`: any activity.
- `poisson`: whole counts.
- `zero_inflated_gamma`: activity that is never negative, as deconvolved calcium, whose exact zeros
  have a probability of their own (Wei et al. 2020, Neurons Behav. Data Anal. Theory 3).
"""

import numpy as np
from scipy.special import digamma, gammaln, polygamma

NOTHING = 1e-4  # standard deviations, or counts: closer to zero, activity is zero but for rounding
FLOORS = (0.02, 0.05, 0.1, 0.2, 0.4)  # shares of a neuron's mean that estimates are raised to
SPARSE = 8  # the floor is chosen on every eighth bin


class Gaussian:
    """Around the mean with a variance of each neuron."""

    parameters = ("variance",)

    def fit(self, activity, mean):
        """activity, mean: (bins, neurons) of train."""
        self.variance = np.maximum(np.square(activity - mean).mean(axis=0), 1e-6)

    def log_likelihood(self, activity, mean):
        """Nats of each entry (bins, neurons)."""
        scatter = np.square(activity - mean) / self.variance
        return -0.5 * (np.log(2 * np.pi * self.variance) + scatter)


class _Positive:
    """A family of positive means. Linear sources make negative ones too: estimates are raised to a
    share of the neuron's mean over train, for each neuron whichever of FLOORS does best there."""

    def fit(self, activity, mean):
        self.typical = np.maximum(activity.mean(axis=0), NOTHING)
        some, some_mean, likelihoods = activity[::SPARSE], mean[::SPARSE], []
        for self.floor in FLOORS:
            self._fit(some, self._raised(some_mean))
            likelihoods.append(self.log_likelihood(some, some_mean).sum(axis=0))
        self.floor = np.array(FLOORS)[np.argmax(likelihoods, axis=0)]
        self._fit(activity, self._raised(mean))

    def _raised(self, mean):
        return np.maximum(mean, self.floor * self.typical)

    def log_likelihood(self, activity, mean):
        return self._log_likelihood(activity, self._raised(mean))


class Poisson(_Positive):
    """Counts of events that come independently of each other."""

    parameters = ()

    def _fit(self, counts, mean):
        pass

    def _log_likelihood(self, counts, mean):
        return counts * np.log(mean) - mean - gammaln(counts + 1)


class ZeroInflatedGamma(_Positive):
    """Zero with probability exp(-rate * mean), as if events of mean size 1 / rate came
    independently, or else gamma with a shape of each neuron around the mean that is left."""

    parameters = ("rate", "shape")
    rate = None

    def _fit(self, activity, mean):
        positive = activity > NOTHING
        # Half a zero and half a positive bin are added: a neuron that was never zero may be so yet.
        typical = mean.mean(axis=0)
        of_zeros = (mean * ~positive).sum(axis=0) + typical / 2
        of_positive = (mean * positive).sum(axis=0) + typical / 2
        # From below the root of a falling convex function, Newton's steps never pass it; later fits
        # (other floors, all bins) start from the one before, which is close.
        lowest = (positive.sum(axis=0) + 0.5) / (of_zeros + of_positive / 2)
        self.rate, steps = (lowest, 15) if self.rate is None else (self.rate, 5)
        means = np.vstack([mean, typical])
        weights = np.vstack([positive, np.full_like(typical, 0.5)])
        for _ in range(steps):
            power = np.exp(-np.minimum(means * self.rate, 500))
            share = weights * means * power / (1 - power)
            slope = (share * means / (1 - power)).sum(axis=0)
            step = (share.sum(axis=0) - of_zeros) / np.maximum(slope, 1e-300)
            self.rate = np.maximum(self.rate + step, lowest)
        relative = np.where(positive, activity * self._chance(mean) / mean, 1)
        excess = (relative - np.log(relative) - 1).sum(axis=0)
        self.shape = gamma_shape(excess / np.maximum(positive.sum(axis=0), 1))

    def _chance(self, mean):
        """Of activity above zero."""
        return -np.expm1(-self.rate * mean)

    def _log_likelihood(self, activity, mean):
        positive = activity > NOTHING
        chance, shape = self._chance(mean), self.shape
        size = np.where(positive, activity, 1)
        scaled = shape * chance / mean
        gamma = shape * np.log(scaled) + (shape - 1) * np.log(size) - scaled * size - gammaln(shape)
        return np.where(positive, np.log(chance) + gamma, -self.rate * mean)


def gamma_shape(excess):
    """The shape of gamma variables of known means from the mean of x / m - log(x / m) - 1, each
    x with its m: maximum likelihood solves log(shape) - digamma(shape) = excess."""
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
