"""Planes of imaging in the depths of neurons: they lie further apart than each is deep."""

import numpy as np

from nma.types import Array

# Planes that are looked for, and the fewest neurons of one on average.
MOST_PLANES, PLANE_NEURONS = 100, 10
APART = 2  # gaps, in depths of the deepest plane
OTHER_GAPS = 3  # the same, in widths of the widest gap within one


def planes_of(depths: Array, sizes: Array) -> Array:
    """The plane of each depth; depths: sorted; sizes: the number of neurons at each.

    Planes are as many as can be so that every gap between two is twice as wide as any of them is
    deep. They have PLANE_NEURONS on average, and two of them at least half of that. Where depths
    have no such planes, each is one of its own.
    """
    most = min(len(depths), MOST_PLANES, int(sizes.sum()) // PLANE_NEURONS)
    for groups in range(most, 1, -1):
        plane = cut(depths, groups)
        between, _, extent = gaps_of(depths, plane)
        # A few neurons far from all others do not make these a plane.
        large = 2 * np.bincount(plane, weights=sizes) >= PLANE_NEURONS
        if between >= APART * extent and large.sum() > 1:
            return plane
    return np.arange(len(depths))


def stand_apart(depths: Array, sizes: Array, groups: int) -> bool:
    """Whether the widest gaps, one fewer than groups, stand out.

    They do where each is twice as wide as any group is deep, or three times as wide as any other
    gap and each group has half of PLANE_NEURONS.
    """
    if not 1 < groups <= len(depths):
        return False
    group = cut(depths, groups)
    between, within, extent = gaps_of(depths, group)
    fewest = np.bincount(group, weights=sizes).min()
    far = between >= OTHER_GAPS * within and 2 * fewest >= PLANE_NEURONS
    return bool(far or between >= APART * extent)


def cut(depths: Array, groups: int) -> Array:
    """The group of each depth (sorted), where the widest gaps cut them into so many."""
    widest = np.argsort(-np.diff(depths), kind="stable")[: groups - 1]
    return np.searchsorted(np.sort(widest), np.arange(len(depths)))


def gaps_of(depths: Array, group: Array) -> tuple[float, float, float]:
    """The narrowest gap between groups of sorted depths, the widest in one, the deepest group."""
    gaps, here = np.diff(depths), np.diff(group) > 0
    first, last = np.append(depths[0], depths[1:][here]), np.append(depths[:-1][here], depths[-1])
    return gaps[here].min(), gaps[~here].max(initial=0), (last - first).max()


def spans(depths: Array, group: Array) -> list[str]:
    """The depth of each group of sorted depths, or its first and last, without the unit."""
    ends = [depths[group == number][[0, -1]] for number in range(group[-1] + 1)]
    return [f"{a:.4g}" if a == b else f"{a:.4g} to {b:.4g}" for a, b in ends]
