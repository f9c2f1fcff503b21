"""Positive means and draws around them, for tests of observation models."""

import numpy as np


def means(bins, neurons, seed=0):
    """Positive means with a common course."""
    rng = np.random.default_rng(seed)
    course = np.sin(np.arange(bins) / 30)[:, None] * rng.uniform(0.2, 0.9, neurons)
    return rng.uniform(0.5, 3, neurons) * np.exp(course)


def zero_inflated(mean, rate, shape, seed=1):
    """Draws of the model: zero with probability exp(-rate mean), otherwise gamma."""
    rng = np.random.default_rng(seed)
    chance = 1 - np.exp(-rate * mean)
    size = rng.gamma(shape, mean / chance / shape)
    return np.where(rng.random(mean.shape) < chance, size, 0)
