"""Autocorrelation, and the time scale of a signal from it."""

from typing import Annotated

import numpy as np
from scipy import fft
from scipy.special import ndtri  # importing scipy.stats would take half a second more

from nma.statistics.filling import counted
from nma.types import Array

FEWEST_BINS = 8
SHORTEST = 0.5  # bins: a faster decay is over before lag 1
CHANCE = 0.01  # share of white noise that is taken to have a time scale
GRID = 160
BinsSignals = Annotated[np.ndarray, "(bins, signals)"]
Signals = Annotated[np.ndarray, "(signals,)"]


def autocorrelation(signals: BinsSignals, reach: int, present: BinsSignals | bool = True) -> Array:
    """Autocorrelation at lags 0 to `reach`: (bins, signals) to (reach + 1, signals), 1 at lag 0.

    Each lag is the mean over its pairs of bins (dividing by all bins would shrink long lags). The
    mean of these bins is subtracted, not the true one. So every lag is too low by about the
    variance of that mean, which grows as the signal is slower and the block shorter; `time_scales`
    allows for it. present: which entries were recorded (bool), as others do not count. NaN where a
    signal is constant. Raises ValueError where there are not more bins than `reach`.
    """
    signals = np.asarray(signals, np.float64)
    bins = len(signals)
    if bins <= reach:
        raise ValueError(f"{bins} bins for a reach of {reach} lags")
    where = counted(np.broadcast_to(present, signals.shape))
    centred = (signals - signals.mean(axis=0, where=where)) * present
    # Signals come as float32, in which a constant has a variance of its rounding.
    constant = centred.std(axis=0) <= 8 * np.finfo(np.float32).eps * np.abs(signals).max(axis=0)
    length = fft.next_fast_len(bins + reach, real=True)  # long enough not to wrap around

    def products(values: BinsSignals) -> Array:
        power = np.square(np.abs(fft.rfft(values, length, axis=0)))
        return fft.irfft(power, length, axis=0)[: reach + 1]

    pairs = (bins - np.arange(reach + 1))[:, None]
    if not np.all(present):
        pairs = np.maximum(np.rint(products(present.astype(float))), 1)
    covariance = products(centred) / pairs
    return covariance / np.where(constant, np.nan, covariance[0])


def time_scales(
    signals: BinsSignals, bin_seconds: float, present: BinsSignals | bool = True
) -> Signals:
    """Intrinsic time scale of each signal in seconds: (bins, signals) to (signals,).

    Least squares of A exp(-lag / tau) to the autocorrelation from lag 1 on, over a grid of tau
    (refined by a parabola), each with its best A > 0. Lag 0 is left out and A free, so that white
    noise changes nothing, and nor does averaging within bins (Murray et al. 2014, Nat. Neurosci.
    17:1661, who add an offset). Lags reach over a quarter of the block and weigh 1 / lag, since
    late ones are mostly noise. In place of a free offset, each exponential is lowered by the bias
    that subtracting the block's own mean causes, which follows from tau.

    tau lies between half a bin and a quarter of the block: signals at the ends are at least as fast
    or as slow. NaN where the autocorrelation at lag 1 does not stand out of white noise (1 % of it
    does), where a signal is constant, and where there are fewer than 8 bins. present: which entries
    were recorded (bool), as others do not count.
    """
    bins, count = np.shape(signals)
    if bins < FEWEST_BINS:
        return np.full(count, np.nan)
    reach = longest(bins)
    measured = autocorrelation(signals, reach, present)[1:]
    recorded = bins * np.mean(np.broadcast_to(present, (bins, count)), axis=0)
    with np.errstate(invalid="ignore"):
        slow = measured[0] * np.sqrt(recorded) > -ndtri(CHANCE)

    lags = np.arange(1, reach + 1)
    taus = np.geomspace(SHORTEST, reach, GRID)
    curves = np.exp(-lags / taus[:, None])
    curves -= variance_of_mean(taus, bins)[:, None]
    # With the best A, the squared error falls by the squared projection on the curve.
    projection = np.maximum((curves / lags) @ np.nan_to_num(measured), 0)
    gain = projection**2 / np.sum(curves**2 / lags, axis=1)[:, None]
    best = gain.argmax(axis=0)
    slow &= gain.max(axis=0) > 0
    inner, column = np.clip(best, 1, GRID - 2), np.arange(count)
    before, peak, after = (gain[inner + step, column] for step in (-1, 0, 1))
    bend = before - 2 * peak + after
    shift = np.where((inner == best) & (bend < 0), before - after, 0) / np.where(bend, 2 * bend, 1)
    found = taus[best] * (taus[1] / taus[0]) ** shift * bin_seconds
    return np.where(slow, found, np.nan)


def longest(bins: int) -> int:
    """The longest time scale, in bins, that can be told in a block of so many bins."""
    return bins // 4


def variance_of_mean(taus: Array, bins: int) -> Array:
    """Variance of the mean of `bins` bins of variance 1 that decorrelate as exp(-lag / tau).

    taus (n,) in bins to (n,).
    """
    lags = np.arange(1, bins)
    return (bins + 2 * np.exp(-lags / taus[:, None]) @ (bins - lags)) / bins**2
