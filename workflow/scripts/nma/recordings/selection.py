"""The neurons and bins of a raw recording that can be used, and what is missing in them."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from nma.recordings.checks import MIN_BINS, MIN_NEURONS, Field
from nma.recordings.mapped import give_back
from nma.types import Bins, Neurons, NeuronsBins, Positions

BLOCK_BYTES = 16 * 2**20
POLICIES = ("error", "drop_neurons", "drop_bins", "mask")
DROP_HINT = "`nan: drop_neurons` leaves these neurons out"
# Shares: of neurons left out and of their values that are missing, from which on and below which
# neurons are lost for little.
MANY, LITTLE = 0.1, 0.5
LOST = 0.01  # of a neuron's standard deviation: the largest step of float32 that loses nothing


class Selection(NamedTuple):
    """kept: ids of the neurons kept; bins: indices of the bins kept; offsets: what is subtracted
    from the activity of every neuron, or None; constant, not_finite: how many other neurons are
    constant, or have NaN or infinity; warnings: sentences for log and report."""

    kept: Neurons
    bins: Bins
    offsets: Neurons | None
    constant: int
    not_finite: int
    warnings: tuple[str, ...] = ()

    def blocks(self, activity: NeuronsBins) -> Iterator[tuple[int, NeuronsBins]]:
        """Yield what was selected of activity, as activity_blocks does."""
        for start, block in activity_blocks(activity, self.kept, self.offsets):
            yield start, block if len(self.bins) == block.shape[1] else block[:, self.bins]


class _NotFinite(NamedTuple):
    """How many values are NaN or infinite of each neuron and in each bin; first: (neuron, bin)."""

    of_neuron: Neurons
    of_bin: Bins
    first: tuple[int, int] | None

    @property
    def empty(self) -> Neurons:
        """Neurons without any value (bool)."""
        return self.of_neuron == len(self.of_bin)

    @property
    def dropped(self) -> Bins:
        """Bins in which no neuron has a value, but for those that never have one (bool)."""
        neurons = len(self.of_neuron)
        return (self.of_bin == neurons) & (self.empty.sum() < neurons)


def select_neurons(activity: Field, positions: Field, nan: str) -> Selection:
    """Choose the neurons and bins that can be used.

    activity: (neurons, bins); positions: (3, neurons) in um, or None; both checked. nan: what
    becomes of NaN and infinity in activity: `error`; `drop_neurons` or `drop_bins`, which leave
    neurons or bins with any out; or `mask`, which keeps both. Neurons without a value, or whose
    values are all alike, are left out in any case but `error`; those without a position with
    `drop_neurons` alone, as layers that need one are no concern of the import. Raises InputError
    where a value is not finite and `nan` is "error", and where too little is left.
    """
    found = _not_finite(activity.value)
    offsets = large_offsets(activity.value)
    if found.first and nan == "error":
        raise _error(activity, found)
    bins = np.arange(len(found.of_bin))
    usable = found.of_neuron == 0 if nan == "drop_neurons" else ~found.empty
    if nan == "drop_bins":
        bins = np.flatnonzero(found.of_bin == found.empty.sum())
        if len(bins) < MIN_BINS:
            raise activity.error(
                f"{len(bins)} of {len(found.of_bin)} bins without NaN or infinity",
                f"at least {MIN_BINS}",
                _hint(found, without="drop_bins"),
            )
    if nan == "drop_neurons" and positions.value is not None:
        usable &= _in_a_place(positions.value)
    varies = _varies(activity.value, bins, offsets)
    kept = np.flatnonzero(usable & varies)
    constant, not_finite = int(np.sum(usable & ~varies)), int(np.sum(~usable))
    if len(kept) < MIN_NEURONS:
        raise activity.error(
            f"{len(kept)} usable of {len(usable)} neurons ({constant} constant, {not_finite} with "
            "NaN or infinity)",
            f"at least {MIN_NEURONS} that vary",
            _hint(found, without=nan),
        )
    warnings = list(_losses(found, nan))
    if offsets is not None:
        warnings.append(
            f"the activity of {np.sum(offsets != 0)} neurons lies on an offset of up to "
            f"{np.abs(offsets).max():.4g}, next to which float32 would lose it: the lowest value "
            "of each was subtracted first"
        )
    return Selection(kept, bins, offsets, constant, not_finite, tuple(warnings))


def activity_blocks(
    activity: NeuronsBins, neurons: Neurons, offsets: Neurons | None = None
) -> Iterator[tuple[int, NeuronsBins]]:
    """Yield the activity of these neurons (ids) as float32, block by block: (position, block).

    position: that of the block's first neuron in `neurons`; offsets: of every neuron of activity,
    subtracted in float64. No second copy of a recording is made.
    """
    size = max(1, BLOCK_BYTES // (4 * activity.shape[1]))
    for start in range(0, len(neurons), size):
        ids = neurons[start : start + size]
        block = activity[ids]
        if offsets is not None:
            block = block.astype(np.float64) - offsets[ids, None]
        with np.errstate(over="ignore"):
            yield start, block.astype(np.float32)
        give_back()


def large_offsets(activity: NeuronsBins) -> Neurons | None:
    """What to subtract from each neuron before its activity is float32, 0 from most; None if from
    all.

    It is the lowest value of neurons whose activity float32 would keep in steps of more than LOST.
    """
    if np.can_cast(activity.dtype, np.float32):
        return None
    offsets = np.zeros(len(activity))
    size = max(1, BLOCK_BYTES // (8 * activity.shape[1]))
    for start in range(0, len(activity), size):
        block = np.asarray(activity[start : start + size], np.float64)
        finite = np.isfinite(block) & (np.abs(block) < np.finfo(np.float32).max)
        block = np.where(finite, block, 0)
        finite[~finite.any(axis=1)] = True
        lowest = block.min(axis=1, where=finite, initial=np.inf)
        largest = np.abs(block).max(axis=1).astype(np.float32)
        deviation = (block - lowest[:, None]).std(axis=1, where=finite)
        lost = (deviation > 0) & (np.spacing(largest) > LOST * deviation)
        offsets[start : start + size] = np.where(lost, lowest, 0)
        give_back()
    return offsets if offsets.any() else None


def _not_finite(activity: NeuronsBins) -> _NotFinite:
    neurons, bins = activity.shape
    of_neuron, of_bin, first = np.zeros(neurons, int), np.zeros(bins, int), None
    for start, block in activity_blocks(activity, np.arange(neurons)):
        wrong = ~np.isfinite(block)
        of_neuron[start : start + len(block)] = wrong.sum(axis=1)
        of_bin += wrong.sum(axis=0)
        if first is None and wrong.any():
            row, column = np.argwhere(wrong)[0]
            first = int(start + row), int(column)
    return _NotFinite(of_neuron, of_bin, first)


def _varies(activity: NeuronsBins, bins: Bins, offsets: Neurons | None) -> Neurons:
    """Which neurons have finite values in these bins that differ (bool)."""
    varies = np.zeros(len(activity), bool)
    for start, block in activity_blocks(activity, np.arange(len(activity)), offsets):
        block = block if len(bins) == block.shape[1] else block[:, bins]
        finite = np.isfinite(block)
        lowest = block.min(axis=1, where=finite, initial=np.inf)
        varies[start : start + len(block)] = lowest < block.max(
            axis=1, where=finite, initial=-np.inf
        )
    return varies


def _error(field: Field, found: _NotFinite) -> Exception:
    """The error for values that are not finite, with the policy that suits what was found."""
    wrong, neurons = found.of_neuron, len(found.of_neuron)
    return field.error(
        f"{wrong.sum()} values that are NaN or infinite in {np.sum(wrong > 0)} of {neurons} "
        f"neurons, the first ({field.value[found.first]}) at neuron {found.first[0]}, "
        f"bin {found.first[1]}",
        "numbers within float32",
        _hint(found, without="error"),
    )


def _hint(found: _NotFinite, without: str) -> str:
    """The policy that loses least of a recording, other than one that was tried; else nothing."""
    if not found.first or found.empty.all():
        return ""
    of_others = found.of_neuron[~found.empty]
    scattered = (of_others > found.dropped.sum()).any()
    if scattered:
        return "`nan: mask` keeps all neurons and bins and leaves these values out"
    if not found.dropped.any():
        return DROP_HINT if without != "drop_neurons" else ""
    frames = f"in {found.dropped.sum()} bins no neuron has a value: "
    if without == "drop_bins":
        return f"{frames}`nan: mask` keeps these bins and leaves their values out"
    if found.dropped.mean() > MANY:  # which may be all of a split
        return f"{frames}`nan: drop_bins` leaves these bins out"
    return f"{frames}`nan: drop_bins` leaves these bins out, `nan: mask` their values alone"


def _losses(found: _NotFinite, nan: str) -> Iterator[str]:
    """A sentence where a policy leaves out much for little."""
    for policy, counts, unit, size in (
        ("drop_neurons", found.of_neuron[~found.empty], "neurons", len(found.of_bin)),
        ("drop_bins", found.of_bin - found.empty.sum(), "bins", np.sum(~found.empty)),
    ):
        lost = counts[counts > 0]
        if nan == policy and len(lost) > MANY * len(counts) and lost.mean() < LITTLE * size:
            yield (
                f"`nan: {nan}` left out {len(lost)} of {len(counts)} {unit} for {lost.sum()} "
                "values that are NaN or infinite; `nan: mask` leaves out these values alone"
            )


def _in_a_place(positions: Positions) -> Neurons:
    """Which neurons have all coordinates that any neuron has (boolean)."""
    known = np.isfinite(positions)
    return known[known.any(axis=1)].all(axis=0)
