"""Neurons and entries hidden from every source (METHODS 3)."""

import numpy as np

from nma.io.hdf5 import new_h5, open_h5, put

FOLDS = 4
SHARE = 0.25


def neuron_folds(neurons, seed):
    """The fold 0..3 of each neuron (neurons,): four random groups of nearly equal size."""
    return np.random.default_rng(seed).permutation(neurons) % FOLDS


def hidden_entries(bins, neurons, seed):
    """Which entries are hidden, bool (bins, neurons): each with probability 0.25.

    seed: or a generator of numpy, which goes on from where it is.
    """
    drawn = np.random.default_rng(seed).bytes(bins * neurons)  # five times faster than floats
    return np.frombuffer(drawn, np.uint8).reshape(bins, neurons) < SHARE * 256


def write_hidden(tensor, out, *, seed):
    """Write hidden/{layer}.h5: what is hidden of one layer, the same for every source."""
    with open_h5(tensor) as file:
        bins, neurons = file["activity"].shape
    with new_h5(out, seed=seed, folds=FOLDS, share=SHARE) as file:
        put(file, "fold", neuron_folds(neurons, seed), units="fold", axes=("neuron",))
        entries = hidden_entries(bins, neurons, seed)
        put(file, "entries", entries, units="bool", axes=("bin", "neuron"), compression="lzf")


def read_hidden(path):
    """The fold of each neuron (neurons,) and the hidden entries, bool (bins, neurons)."""
    with open_h5(path) as file:
        return file["fold"][:], file["entries"][:]
