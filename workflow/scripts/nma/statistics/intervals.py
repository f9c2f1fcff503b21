"""Values with their 95 % intervals.

The intervals are written out on scipy.special: the functions of scipy.stats for them cost every job
half a second of import, and differ in the last digit at most (tests/unit/statistics).
"""

from collections.abc import Callable, Sequence
from typing import Annotated, NamedTuple

import numpy as np
from scipy.special import bdtr, ndtri, stdtrit

from nma.statistics.r2 import r2
from nma.types import Array, Bins

BLOCKS = 10
Blocks = Annotated[np.ndarray, "(blocks,)"]


class Interval(NamedTuple):
    """A value with the ends of its 95 % interval, which are NaN where there is none."""

    value: float
    low: float = np.nan
    high: float = np.nan


class Estimate(NamedTuple):
    """A value with the ends of its 95 % interval, and n, the number of blocks it comes from."""

    value: float
    low: float = np.nan
    high: float = np.nan
    n: int = 1


def block_sums(values: Bins, blocks: int = BLOCKS) -> Blocks:
    """Sums over consecutive runs of bins of nearly equal length, at most `blocks` of them."""
    return np.array([part.sum() for part in np.array_split(values, min(blocks, len(values)))])


def jackknife(statistic: Callable[..., float], *sums: Blocks) -> Interval:
    """The statistic of the sums over all blocks, and its 95 % interval from leaving blocks out.

    statistic: a function of one total for each array of sums (blocks,). The interval is Student's
    t around the value with the delete-one standard error; neighbouring blocks of slow signals are
    not quite independent, so it is a lower bound of the uncertainty. A single block has none.
    """
    n = len(sums[0])
    totals = [array.sum() for array in sums]
    value = float(statistic(*totals))
    if n < 2:
        return Interval(value)
    left_out = np.array(
        [
            statistic(*(total - array[i] for total, array in zip(totals, sums, strict=True)))
            for i in range(n)
        ]
    )
    error = np.sqrt((n - 1) / n * np.sum((left_out - left_out.mean()) ** 2))
    half = stdtrit(n - 1, 0.975) * error
    return Interval(value, float(value - half), float(value + half))


def per_entry(sums: Bins, neurons: int | Bins) -> Estimate:
    """Mean of an entry, from sums over so many neurons at each bin; n: the blocks used."""
    entries = block_sums(np.full(len(sums), neurons))
    return Estimate(*jackknife(np.divide, block_sums(sums), entries), len(entries))


def pooled_r2(error: Bins, deviation: Bins) -> Estimate:
    """r2 of all neurons together; n: the blocks used.

    error, deviation: as `squared_errors` returns them, summed over neurons.
    """
    sums = block_sums(error), block_sums(deviation)
    return Estimate(*jackknife(r2, *sums), len(sums[0]))


def mean_interval(values: Sequence[float] | Array) -> Interval:
    """Mean of values (n,) and its 95 % Student interval; a single value has none."""
    values = np.asarray(values, dtype=float)
    mean = float(values.mean())
    if len(values) < 2:
        return Interval(mean)
    half = float(stdtrit(len(values) - 1, 0.975) * values.std(ddof=1) / np.sqrt(len(values)))
    return Interval(mean, mean - half, mean + half)


def permutation_p(observed: float, null: Sequence[float] | Array) -> float:
    """The share of values, those of the null and the observed one, that reach the observed one."""
    return (1 + int(np.sum(np.asarray(null) >= observed))) / (1 + len(null))


def wilson(count: int, n: int) -> Interval:
    """The share `count` of `n` and its 95 % interval (Wilson 1927, J. Am. Stat. Assoc. 22:209)."""
    z = ndtri(0.975)
    share, weight = count / n, z**2 / n
    centre = (share + weight / 2) / (1 + weight)
    half = z * np.sqrt(share * (1 - share) / n + weight / (4 * n)) / (1 + weight)
    # The ends are exact where rounding would miss them.
    low, high = (0.0 if count == 0 else centre - half), (1.0 if count == n else centre + half)
    return Interval(float(share), float(low), float(high))


def median_interval(values: Sequence[float] | Array) -> Interval:
    """Median of values (n,) and its 95 % interval by order statistics; fewer than six have none.

    It shows how far the median depends on which signals were recorded. They share one stretch of
    time, so it is a lower bound of the uncertainty.
    """
    values, n = np.sort(values), len(values)
    rank = int(np.sum(bdtr(np.arange(n), n, 0.5) < 0.025))  # the binomial's 2.5 % quantile
    low, high = (values[rank - 1], values[-rank]) if rank else (np.nan, np.nan)
    return Interval(float(np.median(values)), float(low), float(high))
