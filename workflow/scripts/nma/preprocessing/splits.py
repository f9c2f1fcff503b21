"""Train, validation and test: blocks of time."""

import numpy as np

SPLITS = ("train", "validation", "test")
GAP = -1


def split_bounds(bins, *, train, validation, test, gap):
    """(start, stop) of each split in time order, as a dict; a split of share 0 is left out.

    Shares add up to 1; `gap` bins before each later split belong to none. Raises ValueError where
    a split would be empty.
    """
    shares = (train, validation, test)
    edges = np.round(np.cumsum([0, *shares]) * bins).astype(int)
    bounds = {}
    for split, share, start, stop in zip(SPLITS, shares, edges, edges[1:], strict=False):
        if share > 0:
            bounds[split] = (int(start + (gap if start else 0)), int(stop))
            if bounds[split][0] >= stop:
                raise ValueError(f"{split} has no bin left of {stop - start} after a gap of {gap}")
    return bounds


def segments(split_index):
    """(split code, slice) of each run of bins that belong together, in time order.

    Each is encoded on its own, so that no bin of one split reaches another through a network.
    """
    edges = np.flatnonzero(np.diff(split_index)) + 1
    bounds = [0, *edges.tolist(), len(split_index)]
    return [
        (int(split_index[a]), slice(a, b)) for a, b in zip(bounds[:-1], bounds[1:], strict=True)
    ]
