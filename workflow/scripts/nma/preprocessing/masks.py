"""Neurons and entries that are hidden from every source, to be predicted by it (METHODS 3)."""

from typing import NamedTuple

import numpy as np

from nma.io.hdf5 import new_h5, open_h5, put
from nma.preprocessing.tensors import read_tensor
from nma.statistics.copies import Pairs, copies
from nma.types import BinsNeurons, FilePath, Neurons

KINDS = ("cosmooth", "masked")  # whole neurons are hidden, or single entries
PARTS = ("error", "deviation")  # of a prediction of them, and of the train mean
WITHOUT_COPIES = "_without_copies"  # ending of sums over what is hidden with all its copies
FOLDS = 4
SHARE = 0.25
EVER_HIDDEN = 1 / 8  # the smallest fold of seven neurons is 1 / 7 of them


class Masks(NamedTuple):
    """folds: the fold 0..3 of each neuron; entries: which are hidden, bool.

    neurons_alone, entries_alone: which of them are hidden together with all their copies, bool;
    None where no neuron has a copy.
    """

    folds: Neurons
    entries: BinsNeurons
    neurons_alone: Neurons | None = None
    entries_alone: BinsNeurons | None = None


def neuron_folds(neurons: int, seed: int) -> Neurons:
    """Draw the fold 0..3 of each neuron: four random groups of nearly equal size."""
    return np.random.default_rng(seed).permutation(neurons) % FOLDS


def hidden_entries(
    bins: int, neurons: int, seed: int | list[int] | np.random.Generator
) -> BinsNeurons:
    """Draw which entries are hidden, bool: each with probability 0.25.

    seed: or a generator of numpy, which goes on from where it is.
    """
    drawn = np.random.default_rng(seed).bytes(bins * neurons)  # five times faster than floats
    return np.frombuffer(drawn, np.uint8).reshape(bins, neurons) < SHARE * 256


def hides_neurons(visible: BinsNeurons) -> bool:
    """Whether neurons as a whole are visible (bool) or hidden, rather than single entries.

    Single entries of them may be missing. A fold is more than EVER_HIDDEN of all neurons: where
    fewer are never visible, these were not recorded for as long, and entries are hidden.
    """
    return bool((visible == visible[0]).all() or (~visible.any(axis=0)).mean() > EVER_HIDDEN)


def write_masks(tensor: FilePath, out: FilePath, *, seed: int) -> None:
    """Write hidden/{layer}.h5 for tensors/{layer}.h5: the same masks for every source.

    Where neurons have copies in train, it also says what is hidden together with all of them.
    """
    layer = read_tensor(tensor)
    bins, neurons = layer.activity.shape
    folds, entries = neuron_folds(neurons, seed), hidden_entries(bins, neurons, seed)
    pairs = copies(layer.train)
    with new_h5(out, seed=seed, folds=FOLDS, share=SHARE) as file:

        def put_entries(name: str, values: BinsNeurons) -> None:
            put(file, name, values, units="bool", axes=("bin", "neuron"), compression="lzf")

        put(file, "fold", folds, units="fold", axes=("neuron",))
        put_entries("entries", entries)
        if pairs.any():
            neurons_alone, entries_alone = hidden_with_copies(folds, entries, pairs)
            put(file, "neurons_alone", neurons_alone, units="bool", axes=("neuron",))
            put_entries("entries_alone", entries_alone)


def read_masks(path: FilePath) -> Masks:
    """The masks of hidden/{layer}.h5. Raises InputError where the file is damaged."""
    with open_h5(path) as file:
        found = [file[name][:] for name in ("fold", "entries")]
        alone = [file[name][:] for name in ("neurons_alone", "entries_alone") if name in file]
    return Masks(*found, *alone)


def hidden_with_copies(
    folds: Neurons, entries: BinsNeurons, pairs: Pairs
) -> tuple[Neurons, BinsNeurons]:
    """Which neurons, and which entries, are hidden together with all their copies, bool.

    pairs: of statistics.copies.
    """
    apart = folds[:, None] != folds
    visible = ~entries @ pairs.astype(np.float32) > 0
    return ~(pairs & apart).any(axis=0), entries & ~visible
