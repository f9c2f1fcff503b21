"""Points of maps and probes: neurons or latent units, described by their activity in time bins."""

from collections.abc import Sequence

import numpy as np

from nma.latents.reading import of_layer
from nma.preprocessing.splits import in_split
from nma.types import Bins, FilePath, PointsFeatures

MODES = ("supervised", "unsupervised")  # maps of each source, in the order of its file
# The dataset (bins, points) of each kind of points: in tensors for raw neurons, or in latents.
DATASETS = {"raw": "activity", "neurons": "reconstruction", "latents": "latents"}


def shown_bins(split: Bins, time: str) -> Bins:
    """Which bins (bins,) bool are the features of a point: those of `test`, or `all`.

    split: the split code of each bin (bins,).
    """
    return in_split(split, "test") if time == "test" else np.ones(len(split), bool)


def points_of(
    files: Sequence[FilePath], kind: str, time: str, layer_count: int
) -> list[PointsFeatures]:
    """One array (points, features) a layer.

    files: tensors (raw) or latents of a source, one a layer, or one that holds all layers; kind: a
    key of DATASETS; time: as in shown_bins.
    """
    bins = shown_bins(of_layer(files, "split", 0), time)
    return [of_layer(files, DATASETS[kind], number)[bins].T for number in range(layer_count)]
