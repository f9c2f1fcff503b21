"""95 % intervals by the bootstrap over trials, which come in no order."""

from collections.abc import Callable

import numpy as np

from nma.statistics.intervals import Estimate
from nma.types import Array

DRAWS = 1000
SEED = 0  # of the draws, the same of every source, so that their noise is too
ENDS = (0.025, 0.975)


def trial_draws(trials: int, draws: int = DRAWS) -> Array:
    """How often each trial is drawn (draws, trials) when as many are drawn with replacement."""
    generator = np.random.default_rng(SEED)
    return generator.multinomial(trials, np.full(trials, 1 / trials), draws).astype(float)


def of_sums(statistic: Callable[..., Array], *values: Array) -> Estimate:
    """A statistic of sums over trials, with its interval; n: trials.

    statistic: a function of one sum over trials for each array of values (trials, ...), which has
    its axes but the first, and the axis of draws in front; it gives (draws,).
    """
    counts = trial_draws(len(values[0]))
    every = np.ones((1, len(values[0])))
    value = float(statistic(*(np.tensordot(every, v, 1) for v in values))[0])
    found = statistic(*(np.tensordot(counts, v, 1) for v in values))
    return Estimate(value, *map(float, np.nanquantile(found, ENDS)), len(values[0]))


def of_median(values: Array) -> Estimate:
    """The median of values (trials,), with its interval; n: trials."""
    order = np.sort(values)
    reached = trial_draws(len(order)).cumsum(axis=1)
    drawn = order[np.argmax(2 * reached >= len(order), axis=1)]
    ends = map(float, np.quantile(drawn, ENDS))
    return Estimate(float(np.median(order)), *ends, len(order))
