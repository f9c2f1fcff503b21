"""Values with their 95 % intervals."""

import numpy as np
from scipy.special import ndtri, stdtrit
from scipy.stats import binom

from nma.statistics.r2 import r2

BLOCKS = 10


def block_sums(values, blocks=BLOCKS):
    """Sums over `blocks` consecutive runs of bins of nearly equal length: (bins,) to (blocks,)."""
    return np.array([part.sum() for part in np.array_split(values, min(blocks, len(values)))])


def jackknife(statistic, *sums):
    """The statistic of the sums over all blocks, and its 95 % interval from leaving blocks out.

    statistic: a function of one total for each array of sums (blocks,). The interval is Student's
    t around the value with the delete-one standard error; neighbouring blocks of slow signals are
    not quite independent, so it is a lower bound of the uncertainty.
    """
    n = len(sums[0])
    totals = [array.sum() for array in sums]
    value = float(statistic(*totals))
    if n < 2:
        return value, np.nan, np.nan
    left_out = np.array(
        [
            statistic(*(total - array[i] for total, array in zip(totals, sums, strict=True)))
            for i in range(n)
        ]
    )
    error = np.sqrt((n - 1) / n * np.sum((left_out - left_out.mean()) ** 2))
    half = stdtrit(n - 1, 0.975) * error
    return value, float(value - half), float(value + half)


def per_entry(sums, neurons):
    """(value, low, high, blocks) of the mean of an entry from per-bin sums over neurons (bins,)."""
    entries = block_sums(np.full(len(sums), neurons))
    return (*jackknife(np.divide, block_sums(sums), entries), len(entries))


def pooled_r2(error, deviation):
    """(value, low, high, blocks) of r2 from per-bin sums of squares (bins,)."""
    sums = block_sums(error), block_sums(deviation)
    return (*jackknife(r2, *sums), len(sums[0]))


def mean_interval(values):
    """Mean of values (n,) and its 95 % Student interval; NaN bounds for a single value."""
    values = np.asarray(values, dtype=float)
    if len(values) < 2:
        return float(values.mean()), np.nan, np.nan
    half = stdtrit(len(values) - 1, 0.975) * values.std(ddof=1) / np.sqrt(len(values))
    return float(values.mean()), float(values.mean() - half), float(values.mean() + half)


def permutation_p(observed, null):
    """The share of values, those of the null and the observed one, that reach the observed one."""
    return (1 + int(np.sum(np.asarray(null) >= observed))) / (1 + len(null))


def wilson(count, n):
    """The share `count` of `n` and its 95 % interval (Wilson 1927, J. Am. Stat. Assoc. 22:209)."""
    z = ndtri(0.975)
    share, weight = count / n, z**2 / n
    centre = (share + weight / 2) / (1 + weight)
    half = z * np.sqrt(share * (1 - share) / n + weight / (4 * n)) / (1 + weight)
    # The ends are exact where rounding would miss them.
    low, high = (0.0 if count == 0 else centre - half), (1.0 if count == n else centre + half)
    return float(share), float(low), float(high)


def median_interval(values):
    """Median of values (n,) and its 95 % interval by order statistics; NaN bounds below six.

    It says how far the median rests on which signals there are. They share one stretch of time,
    so it is a lower bound of the uncertainty.
    """
    values = np.sort(values)
    rank = int(binom.ppf(0.025, len(values), 0.5))
    low, high = (values[rank - 1], values[-rank]) if rank else (np.nan, np.nan)
    return float(np.median(values)), float(low), float(high)
