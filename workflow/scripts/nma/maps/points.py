"""Points that maps and probes are made of: neurons or latent units, described by time bins."""

import numpy as np

from nma.io.hdf5 import open_h5
from nma.latents.reading import of_layer
from nma.preprocessing.splits import SPLITS

DATASETS = {"raw": "activity", "neurons": "reconstruction", "latents": "latents"}


def shown_bins(tensor, time):
    """Which bins (bins,) are the features of a point: those of `test`, or `all`."""
    with open_h5(tensor) as file:
        split = file["split"][:]
    return split == SPLITS.index("test") if time == "test" else np.ones(len(split), bool)


def points_of(paths, name, bins, layer_count):
    """One (points, features) array a layer from dataset `name` (bins, points) of its file.

    paths: one file a layer, or one that holds all layers; bins: the bins (bool or slice) that are
    the features of a point.
    """
    return [of_layer(paths, name, number)[bins].T for number in range(layer_count)]
