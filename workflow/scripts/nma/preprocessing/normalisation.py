"""Normalisation of a layer's activity."""

import numpy as np

from nma.types import Neurons, NeuronsBins


def population_normalise(activity: NeuronsBins) -> NeuronsBins:
    """Divide each time bin by the population's mean in it, as the study did.

    It uses every neuron and every bin, held-out ones included: for the paper preset alone. Raises
    ValueError where that mean is not positive.
    """
    mean = activity.mean(axis=0, dtype=np.float64)
    bad = np.flatnonzero(mean <= 0)
    if bad.size:
        raise ValueError(f"a population mean of {mean[bad[0]]:g} in bin {bad[0]} ({bad.size} such)")
    return activity / mean.astype(activity.dtype)


def neuron_statistics(
    train: NeuronsBins, normalise: str, present: NeuronsBins | bool = True
) -> tuple[Neurons, Neurons]:
    """The offset to subtract from each neuron and the scale to divide it by, fitted to train.

    present: which entries count (bool), at least one of each neuron.
    A neuron that is constant over train has no scale of its own and is divided by 1. Raises
    ValueError where `mean` meets a negative mean.
    """
    mean = train.mean(axis=1, dtype=np.float64, where=present)
    offset, scale = np.zeros_like(mean), np.ones_like(mean)
    if normalise == "zscore":
        offset, scale = mean, train.std(axis=1, dtype=np.float64, where=present)
    elif normalise == "mean":
        if (mean < 0).any():
            raise ValueError(f"a mean below zero in {np.sum(mean < 0)} neurons")
        scale = mean
    scale[scale < 1e-12] = 1
    return offset.astype(np.float32), scale.astype(np.float32)
