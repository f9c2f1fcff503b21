"""Random groups of neurons in the place of layers, the null of scores that compare layers."""

from collections.abc import Sequence

import numpy as np

from nma.io.hdf5 import open_h5
from nma.preprocessing.layer_files import write_layer
from nma.types import FilePath


def write_random_groups(
    layer_files: Sequence[FilePath], outs: Sequence[FilePath], *, seed: int | list[int]
) -> None:
    """Write files in the form of layers/{layer}.h5, of the same sizes, with neurons shuffled.

    layer_files, outs: in the order of the layers; seed: of the permutation.
    """
    activity, ids, positions, missing, attributes, units = [], [], [], [], [], []
    for path in layer_files:
        with open_h5(path) as file:
            attributes.append(dict(file.attrs))
            activity.append(file["activity"][:])
            ids.append(file["neuron_ids"][:])
            if "positions" in file:
                positions.append(file["positions"][:])
                units.append(file["positions"].attrs["units"])
            of_layer = file["missing"][:] if "missing" in file else None
            missing.append(np.zeros(activity[-1].shape, bool) if of_layer is None else of_layer)
    sizes = [len(part) for part in ids]
    groups = np.split(np.random.default_rng(seed).permutation(sum(sizes)), np.cumsum(sizes)[:-1])
    activity, ids, missing = (np.concatenate(parts) for parts in (activity, ids, missing))
    known = len(positions) == len(layer_files)
    positions = np.concatenate(positions, axis=1) if known else None
    for out, attrs, group in zip(outs, attributes, groups, strict=True):
        write_layer(
            out,
            activity[group],
            ids[group],
            positions[:, group] if known else None,
            position_unit=units[0] if known else "",
            missing=missing[group],
            **attrs | {"grouping": "random", "layer_name": attrs["layer"]},
        )
