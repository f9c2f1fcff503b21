"""Neurons and entries that are hidden from every source."""

import h5py
import numpy as np
import pytest

from nma.preprocessing.masks import hidden_entries, neuron_folds, read_masks, write_masks


def test_folds_are_balanced_random_and_seeded():
    folds = neuron_folds(1131, 3)
    assert sorted(np.bincount(folds)) == [282, 283, 283, 283]
    np.testing.assert_array_equal(folds, neuron_folds(1131, 3))
    assert np.mean(folds == neuron_folds(1131, 4)) < 0.35
    assert np.abs(np.diff(folds)).mean() > 1  # not in runs


def test_a_quarter_of_the_entries_is_hidden():
    entries = hidden_entries(400, 500, 1)
    assert entries.mean() == pytest.approx(0.25, abs=0.005)
    np.testing.assert_array_equal(entries, hidden_entries(400, 500, 1))


def test_the_file_holds_what_was_drawn(tmp_path):
    with h5py.File(tmp_path / "tensor.h5", "w") as file:
        file["activity"] = np.zeros((20, 9))
    write_masks(tmp_path / "tensor.h5", tmp_path / "hidden.h5", seed=5)
    folds, entries = read_masks(tmp_path / "hidden.h5")
    np.testing.assert_array_equal(folds, neuron_folds(9, 5))
    np.testing.assert_array_equal(entries, hidden_entries(20, 9, 5))
