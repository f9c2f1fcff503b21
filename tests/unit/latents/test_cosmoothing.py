"""Prediction of hidden neurons and entries, against known answers."""

import numpy as np

from nma.latents.cosmoothing import (
    cosmooth_errors,
    fold_estimates,
    masked_errors,
    predict_entries,
    predict_folds,
)
from nma.preprocessing.masks import hidden_entries, hidden_with_copies, neuron_folds

SPLIT = np.array([0] * 6 + [-1] + [1] * 4 + [-1] + [2] * 8)


def noise(bins, neurons, seed=0):
    return np.random.default_rng(seed).standard_normal((bins, neurons))


def test_a_prediction_never_sees_what_is_hidden():
    """The prediction of a cheat that returns its input is 0 wherever it counts."""
    activity = noise(12, 8)
    folds, entries = neuron_folds(8, 0), hidden_entries(12, 8, 0)
    assert not predict_folds(lambda seen, visible: seen, activity, folds).any()
    assert not predict_entries(lambda seen, visible: seen, activity, entries)[entries].any()


def test_every_neuron_is_predicted_once_with_its_own_fold_hidden():
    folds = neuron_folds(8, 0)
    found = predict_folds(lambda seen, visible: 1.0 * ~visible, noise(5, 8), folds)
    assert (found == 1).all()


def test_errors_count_the_hidden_part_of_held_out_bins():
    activity = noise(len(SPLIT), 8, seed=2) + 3
    folds, entries = neuron_folds(8, 0), hidden_entries(len(SPLIT), 8, 0)
    mean = np.full(8, 3.0)

    def predict(seen, visible):
        return 0 * seen

    estimate = fold_estimates(predict, activity - mean, SPLIT, folds)
    sums = cosmooth_errors(estimate, activity - mean, SPLIT)
    sums |= masked_errors(predict, activity - mean, SPLIT, entries)
    held_out = SPLIT > 0
    squares = (activity - 3) ** 2
    for kind, expected in {
        "cosmooth": squares.sum(1),
        "masked": (squares * entries).sum(1),
    }.items():
        for part in ("error", "deviation"):
            np.testing.assert_allclose(sums[f"{kind}_{part}"][held_out], expected[held_out])
            assert np.isnan(sums[f"{kind}_{part}"][~held_out]).all()


def test_r2_of_each_neuron_on_each_held_out_split():
    """Of a predictor that leaves to each neuron another share of its deviation."""
    activity = np.repeat(noise(len(SPLIT), 1, seed=2), 8, axis=1)  # all neurons do the same
    entries, left = hidden_entries(len(SPLIT), 8, 0), np.linspace(0, 2, 8)
    folds = neuron_folds(8, 0)

    def predict(seen, visible):
        return np.outer(seen.sum(axis=1) / visible.sum(axis=1), 1 - left)

    found = cosmooth_errors(fold_estimates(predict, activity, SPLIT, folds), activity, SPLIT)
    found |= masked_errors(predict, activity, SPLIT, entries)
    for code, split in ((1, "validation"), (2, "test")):
        hidden = entries[code == SPLIT].any(axis=0)
        for kind, known in (("cosmooth", np.ones(8, bool)), ("masked", hidden)):
            of_neurons = found[f"{kind}_r2_of_neurons_{split}"]
            np.testing.assert_allclose(of_neurons[known], 1 - left[known] ** 2, rtol=1e-6)
            assert np.isnan(of_neurons[~known]).all()  # with nothing to explain
    assert not [name for name in found if name.endswith("train")]


def test_segments_are_predicted_on_their_own():
    lengths = []

    def predict(seen, visible):
        lengths.append(len(seen))
        return seen

    activity, entries = noise(len(SPLIT), 8), hidden_entries(len(SPLIT), 8, 0)
    fold_estimates(predict, activity, SPLIT, neuron_folds(8, 0))
    assert set(lengths) == {6, 1, 4, 8}
    lengths.clear()
    masked_errors(predict, activity, SPLIT, entries)
    assert set(lengths) == {4, 8}


def test_what_is_hidden_with_its_copies_is_summed_apart():
    """Neuron 1 is neuron 0 again: each counts alone only where the other is hidden too."""
    activity = noise(len(SPLIT), 8)
    folds, entries = neuron_folds(8, 0), hidden_entries(len(SPLIT), 8, 0)
    pairs = np.zeros((8, 8), bool)
    pairs[0, 1] = pairs[1, 0] = True
    neurons, alone = hidden_with_copies(folds, entries, pairs)
    assert neurons.tolist() == [folds[0] == folds[1]] * 2 + [True] * 6
    expected = entries.copy()
    expected[:, 0] &= entries[:, 1]
    expected[:, 1] &= entries[:, 0]
    np.testing.assert_array_equal(alone, expected)
    assert expected.sum() < entries.sum() and expected[:, 0].any()
    sums = cosmooth_errors(0 * activity, activity, SPLIT, alone=neurons)
    sums |= masked_errors(lambda seen, _: 0 * seen, activity, SPLIT, entries, alone=alone)
    held_out, squares = SPLIT > 0, activity**2
    for kind, of_all, of_alone in (
        ("cosmooth", squares.sum(1), squares[:, neurons].sum(1)),
        ("masked", (squares * entries).sum(1), (squares * expected).sum(1)),
    ):
        for end, values in (("", of_all), ("_without_copies", of_alone)):
            found = sums[f"{kind}_error{end}"]
            np.testing.assert_allclose(found[held_out], values[held_out])
            assert np.isnan(found[~held_out]).all()
