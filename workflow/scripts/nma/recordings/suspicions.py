"""Recordings that can be read but may not be what was meant: sentences for log and report."""

from collections.abc import Iterator

import numpy as np

from nma.types import Array, NeuronsBins

LONG, SHORT = 5.0, 0.5e-3  # s, between which bins of recordings of neurons last
BY_FAR = 10  # times as many neurons as bins
SOME = 400, 4000  # rows and columns that are looked at
ALIKE = 0.1  # correlation of neighbours, from which on it is none of chance
FEWEST = 30  # rows and columns


def of_bin_seconds(seconds: float) -> Iterator[str]:
    """A sentence where time bins are far longer or shorter than those of recordings."""
    if seconds > LONG:
        yield (
            f"a time bin of {seconds:g} s is very long; if {seconds:g} is in milliseconds, "
            f"`bin_seconds` is {seconds / 1000:g}, and if it is a rate in Hz, {1 / seconds:.4g}"
        )
    if seconds < SHORT:
        yield f"a time bin of {seconds:g} s is very short; `bin_seconds` is in seconds"


def of_shape(activity: NeuronsBins) -> Iterator[str]:
    """A sentence where activity looks like bins x neurons.

    Activity is slow, so neighbouring bins are alike, and the order of neurons means little. Where
    neither are alike, there are many more neurons than bins.
    """
    rows, columns = activity.shape
    some = np.asarray(activity[: SOME[0], : SOME[1]], np.float64)
    some = np.where(np.isfinite(some), some, 0)
    of_bins, of_neurons = (_neighbours(values) for values in (some, some.T))
    if of_neurons > ALIKE and of_neurons > 2 * of_bins:
        reason = (
            f"neighbouring neurons have a correlation of {of_neurons:.2f} and neighbouring bins "
            f"one of {of_bins:.2f}"
        )
    elif rows > BY_FAR * columns and of_bins < ALIKE:
        reason = "there are many more neurons than bins"
    else:
        return
    yield (
        f"activity of {rows} neurons x {columns} bins looks transposed, as {reason}; "
        "`orientation` in the config says how it lies: neurons_by_bins, or bins_by_neurons"
    )


def _neighbours(values: Array) -> float:
    """The mean correlation of a column with the next, of values (rows, columns).

    Rows are standardised, so that a row that is larger than others does not make columns alike.
    """
    deviation = values.std(axis=1)
    values = values[deviation > 0]
    if min(values.shape) < FEWEST:
        return 0.0
    values = (values - values.mean(axis=1, keepdims=True)) / deviation[deviation > 0][:, None]
    return max(float(np.mean(values[:, 1:] * values[:, :-1])), 0.0)
