"""The neurons of a raw recording that can be used: finite, in a known place, and not constant."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from nma.recordings.checks import MIN_NEURONS, Field
from nma.types import Neurons, NeuronsBins, Positions

BLOCK_BYTES = 16 * 2**20
DROP_HINT = "`nan: drop_neurons` leaves these neurons out"


class Selection(NamedTuple):
    """kept: ids of the neurons kept; and how many others are constant, or have NaN or infinity."""

    kept: Neurons
    constant: int
    not_finite: int


def select_neurons(activity: Field, positions: Field, nan: str) -> Selection:
    """Choose the neurons whose activity is finite and varies and whose position is known.

    activity: (neurons, bins); positions: (3, neurons) in um, or None; both checked. nan: "error"
    or "drop_neurons". A position is only missed with "drop_neurons": layers that need one are no
    concern of the import. Raises InputError where activity is not finite and `nan` is "error", and
    where fewer than MIN_NEURONS are left.
    """
    finite, varies = _inspect(activity, nan)
    if nan == "drop_neurons" and positions.value is not None:
        finite &= _in_a_place(positions.value)
    kept = np.flatnonzero(finite & varies)
    constant, not_finite = int(np.sum(finite & ~varies)), int(np.sum(~finite))
    if len(kept) < MIN_NEURONS:
        raise activity.error(
            f"{len(kept)} usable of {len(finite)} neurons ({constant} constant, {not_finite} with "
            "NaN or infinity)",
            f"at least {MIN_NEURONS} that vary",
        )
    return Selection(kept, constant, not_finite)


def activity_blocks(activity: NeuronsBins, neurons: Neurons) -> Iterator[tuple[int, NeuronsBins]]:
    """Yield the activity of these neurons (ids) as float32, block by block: (position, block).

    position: that of the block's first neuron in `neurons`. No second copy of a recording is made.
    """
    size = max(1, BLOCK_BYTES // (4 * activity.shape[1]))
    for start in range(0, len(neurons), size):
        with np.errstate(over="ignore"):
            yield start, activity[neurons[start : start + size]].astype(np.float32)


def _inspect(field: Field, nan: str) -> tuple[Neurons, Neurons]:
    """Which neurons are finite throughout, and which vary; two boolean arrays."""
    activity = field.value
    neurons = len(activity)
    wrong, varies, first = np.zeros(neurons, int), np.zeros(neurons, bool), None
    for start, block in activity_blocks(activity, np.arange(neurons)):
        finite = np.isfinite(block)
        rows = slice(start, start + len(block))
        wrong[rows] = finite.shape[1] - finite.sum(axis=1)
        varies[rows] = block.min(axis=1) != block.max(axis=1)
        if first is None and not finite.all():
            row, column = np.argwhere(~finite)[0]
            first = start + row, column
    if first is not None and nan == "error":
        raise field.error(
            f"{wrong.sum()} values that are NaN or infinite in {np.sum(wrong > 0)} of {neurons} "
            f"neurons, the first ({activity[first]}) at neuron {first[0]}, bin {first[1]}",
            "numbers within float32",
            DROP_HINT,
        )
    return wrong == 0, varies


def _in_a_place(positions: Positions) -> Neurons:
    """Which neurons have all coordinates that any neuron has (boolean)."""
    known = np.isfinite(positions)
    return known[known.any(axis=1)].all(axis=0)
