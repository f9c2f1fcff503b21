"""Neurons and entries that are hidden from every source."""

import numpy as np
import pytest
from tensor_files import write_tensor

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
    """And what is hidden with its copies, where train has any: neuron 8 is neuron 0 again."""
    activity, split = np.random.default_rng(0).standard_normal((20, 9)), np.repeat([0, 2], 10)
    folds, entries = neuron_folds(9, 5), hidden_entries(20, 9, 5)
    for name, copied in (("own", False), ("twice", True)):
        if copied:
            activity[:10, 8] = 2 * activity[:10, 0]
        write_tensor(tmp_path / f"{name}.h5", activity, split)
        write_masks(tmp_path / f"{name}.h5", tmp_path / "hidden.h5", seed=5)
        found = read_masks(tmp_path / "hidden.h5")
        np.testing.assert_array_equal(found.folds, folds)
        np.testing.assert_array_equal(found.entries, entries)
        if not copied:
            assert found.neurons_alone is found.entries_alone is None
    assert found.neurons_alone.tolist() == [folds[0] == folds[8], *[True] * 7, folds[0] == folds[8]]
    both = entries[:, 0] & entries[:, 8]
    expected = np.column_stack([both, entries[:, 1:8], both])
    np.testing.assert_array_equal(found.entries_alone, expected)
    assert expected.sum() < entries.sum()
