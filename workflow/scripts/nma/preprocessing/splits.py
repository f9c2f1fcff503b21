"""Train, validation and test: blocks of time, or sets of trials."""

from collections.abc import Iterator

import numpy as np

from nma.types import Bins, Trials

SPLITS = ("train", "validation", "test")
GAP = -1


def split_bounds(
    bins: int, *, train: float, validation: float, test: float, gap: int
) -> dict[str, tuple[int, int]]:
    """(start, stop) of each split in time order; a split of share 0 is left out.

    Shares add up to 1; `gap` bins before each later split belong to none. Raises ValueError where
    a split would be empty.
    """
    shares = (train, validation, test)
    edges = _edges(bins, shares)
    bounds = {}
    for split, share, start, stop in zip(SPLITS, shares, edges, edges[1:], strict=False):
        if share > 0:
            bounds[split] = (int(start + (gap if start else 0)), int(stop))
            if bounds[split][0] >= stop:
                raise ValueError(f"{split} has no bin left of {stop - start} after a gap of {gap}")
    return bounds


def split_parts(bins: int, *, train: float, validation: float, test: float) -> list[slice]:
    """The bins of each split in time order, with the gap before it; none without a train."""
    edges = _edges(bins, (train, validation, test))
    parts = [slice(int(a), int(b)) for a, b in zip(edges, edges[1:], strict=False) if b > a]
    return parts if edges[1] else []


def trial_split(trials: int, rule: str) -> Trials:
    """The split code of each trial (trials,), in the order of the recording.

    rule: `every_fourth` trial tests, or the `last_quarter`, which shows what drift does. Of the
    others a quarter validates, chosen likewise.
    """
    codes = np.zeros(trials, np.int8)
    for name in ("test", "validation"):
        left = np.flatnonzero(in_split(codes, "train"))
        start = 3 if rule == "every_fourth" else len(left) - len(left) // 4
        codes[left[start :: 4 if rule == "every_fourth" else 1]] = SPLITS.index(name)
    return codes


def trial_parts(trials: int, rule: str) -> list[Trials]:
    """The indices of the trials of each split; rule: as in trial_split."""
    codes = trial_split(trials, rule)
    return [np.flatnonzero(in_split(codes, name)) for name in SPLITS]


def _edges(bins: int, shares: tuple[float, ...]) -> Bins:
    """Where splits with these shares of so many bins begin and end."""
    return np.round(np.cumsum([0, *shares]) * bins).astype(int)


def in_split(index: Bins, name: str) -> Bins:
    """Which bins (bins,) bool are in a split; index: the split code of each bin (bins,)."""
    return index == SPLITS.index(name)


def held_out(index: Bins) -> Bins:
    """Which bins (bins,) bool are in validation or test."""
    return index > SPLITS.index("train")


def evaluated(index: Bins) -> Iterator[tuple[str, Bins]]:
    """(name, its bins (bins,) bool) of validation and test, as far as they have bins."""
    for name in SPLITS[1:]:
        if (bins := in_split(index, name)).any():
            yield name, bins


def segments(index: Bins) -> list[tuple[int, slice]]:
    """(split code, slice) of each run of bins that belong together, in time order.

    Each is encoded on its own, so that no bin of one split reaches another through a network.
    """
    edges = np.flatnonzero(np.diff(index)) + 1
    bounds = [0, *edges.tolist(), len(index)]
    return [(int(index[a]), slice(a, b)) for a, b in zip(bounds[:-1], bounds[1:], strict=True)]
