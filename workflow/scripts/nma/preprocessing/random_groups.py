"""Random groups of neurons in place of layers: what is left of a layer once its name is gone."""

import numpy as np

from nma.io.hdf5 import open_h5
from nma.preprocessing.slicing import write_layer


def write_random_groups(layer_paths, outs, *, seed):
    """Write files in the form of layers/{layer}.h5, of the same sizes, with their neurons shuffled.

    layer_paths, outs: in the order of the layers; seed: of the permutation, a number or several.
    """
    activity, ids, positions, attributes = [], [], [], []
    for path in layer_paths:
        with open_h5(path) as file:
            attributes.append(dict(file.attrs))
            activity.append(file["activity"][:])
            ids.append(file["neuron_ids"][:])
            positions.append(file["positions"][:] if "positions" in file else None)
    sizes = [len(part) for part in ids]
    groups = np.split(np.random.default_rng(seed).permutation(sum(sizes)), np.cumsum(sizes)[:-1])
    activity, ids = np.concatenate(activity), np.concatenate(ids)
    known = all(part is not None for part in positions)
    positions = np.concatenate(positions, axis=1) if known else None
    for out, attrs, group in zip(outs, attributes, groups, strict=True):
        write_layer(
            out,
            activity[group],
            ids[group],
            positions[:, group] if known else None,
            **attrs | {"grouping": "random"},
        )
