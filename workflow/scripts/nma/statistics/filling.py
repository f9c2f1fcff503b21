"""Missing entries: statistics without them, and values in their place where some are needed."""

from collections.abc import Iterator

import numpy as np

from nma.types import Bins, BinsNeurons, Neurons, NeuronsBins

LONGEST = 5  # bins in a row that are interpolated: farther away neighbours tell little


def filled(activity: NeuronsBins, present: NeuronsBins, level: Neurons) -> NeuronsBins:
    """Activity with its missing entries filled in; present: which are there (bool).

    Up to LONGEST missing bins in a row are interpolated linearly between the neuron's own values
    before and after them. Longer gaps, and those at the ends, are the level of the neuron.
    """
    found = np.where(present, activity, level[:, None]).astype(activity.dtype)
    for neuron in np.flatnonzero(~present.all(axis=1)):
        there, gone = np.flatnonzero(present[neuron]), np.flatnonzero(~present[neuron])
        after = np.searchsorted(there, gone)
        between = (after > 0) & (after < len(there))
        gone, after = gone[between], after[between]
        gone = gone[there[after] - there[after - 1] - 1 <= LONGEST]
        if len(gone):
            found[neuron, gone] = np.interp(gone, there, activity[neuron, there])
    return found


def counted(present: BinsNeurons, axis: int = 0) -> BinsNeurons | bool:
    """Which entries statistics of neurons are taken over, for NumPy's `where`.

    present: which were recorded (bool); axis: that of bins. True if all were; of a neuron without
    any, all count.
    """
    return True if present.all() else present | ~present.any(axis=axis, keepdims=True)


def alike(present: BinsNeurons) -> Iterator[tuple[Neurons, Bins]]:
    """(neurons, bins in which they were recorded) of neurons that were recorded in the same bins.

    Indices. Each neuron comes once, but for those that never were recorded.
    """
    if present.all():
        bins, neurons = present.shape
        yield np.arange(neurons), np.arange(bins)
        return
    patterns, which = np.unique(np.packbits(present, axis=0), axis=1, return_inverse=True)
    for number in range(patterns.shape[1]):
        neurons = np.flatnonzero(which.ravel() == number)
        bins = np.flatnonzero(present[:, neurons[0]])
        if len(bins):
            yield neurons, bins
