"""What an LDS is chosen by, where validation is long and where it is short."""

import numpy as np
import pytest
from tensor_files import tensor

from nma.latents import lds_choice
from nma.latents.lds_choice import choose_lds, trials_of
from nma.preprocessing.masks import Masks, hidden_entries, neuron_folds

NEURONS, BINS = 60, 500
SPLIT = np.repeat([0, -1, 1, -1, 2], [340, 5, 50, 5, 100]).astype("i1")


def activity(seed):
    """Gamma noise around the exponential of eight latents of ten bins, standardised."""
    rng = np.random.default_rng(seed)
    z, noise = np.zeros((8, BINS)), rng.standard_normal((8, BINS))
    keep = np.exp(-1 / 10)
    for t in range(1, BINS):
        z[:, t] = keep * z[:, t - 1] + np.sqrt(1 - keep**2) * noise[:, t]
    rates = np.exp(0.9 * rng.standard_normal((NEURONS, 8)) @ z / np.sqrt(8))
    x = (rates * rng.gamma(1.7, 1 / 1.7, rates.shape)).T
    train = x[SPLIT == 0]
    return ((x - train.mean(axis=0)) / train.std(axis=0)).astype("f4")


def test_long_validation_judges_alone():
    split = np.repeat([0, -1, 1, 2], [40, 3, 200, 30])
    (trial,) = trials_of(split)
    assert (trial.fitted, trial.judged) == (slice(0, 40), slice(43, 243))
    assert trial.runs == [slice(0, 40), slice(40, 43), slice(43, 243), slice(243, 273)]


def test_halves_of_train_predict_each_other_where_validation_is_short():
    _, *halves = trials_of(np.repeat([-1, 0, 1, 2], [5, 41, 199, 30]))
    first, second = slice(5, 25), slice(25, 46)
    assert halves == [([first, second], first, second), ([first, second], second, first)]


def test_halves_keep_a_short_validation_from_misleading(monkeypatch):
    """Test r2 of hidden neurons and entries, as means over three recordings."""
    found, test = {0: [], lds_choice.SHORT: []}, SPLIT == 2
    for seed in (3, 4, 5):
        layer = tensor(activity(seed), SPLIT)
        masks = Masks(neuron_folds(NEURONS, 0), hidden_entries(BINS, NEURONS, 0))
        x, entries = layer.centred[test], masks.entries[test]
        for short, scores in found.items():
            monkeypatch.setattr(lds_choice, "SHORT", short)
            choice = choose_lds(layer, masks)
            of_dims = zip(choice.cosmooth, choice.estimates, strict=True)
            cosmooth = sum(weight * estimate[test] for weight, estimate in of_dims)
            masked = choice.weighted("masked").predict(np.where(entries, 0, x), ~entries)
            scores.append(
                [
                    1 - np.square(x - estimate)[where].sum() / np.square(x)[where].sum()
                    for estimate, where in ((cosmooth, np.full(x.shape, True)), (masked, entries))
                ]
            )
            assert choice.judged.shape[1] == (50 + 340 if short else 50)
    alone, with_halves = (np.mean(scores, axis=0) for scores in found.values())
    assert (with_halves > alone + 0.03).all()
    assert (with_halves > 0.2).all()


def test_nothing_of_test_reaches_a_choice():
    masks = Masks(neuron_folds(NEURONS, 0), hidden_entries(BINS, NEURONS, 0))
    before = activity(3)
    after = np.where((SPLIT == 2)[:, None], 9 - before[::-1], before)
    ours, theirs = (choose_lds(tensor(x, SPLIT), masks) for x in (before, after))
    assert ours.dims == theirs.dims
    for name in ("scores", "cosmooth", "masked"):
        np.testing.assert_array_equal(getattr(ours, name), getattr(theirs, name))


@pytest.mark.parametrize("kind", ["cosmooth", "masked"])
def test_what_has_no_weight_is_left_out(kind):
    masks = Masks(neuron_folds(NEURONS, 0), hidden_entries(BINS, NEURONS, 0))
    choice = choose_lds(tensor(activity(0), SPLIT), masks)
    weights = getattr(choice, kind)
    found = choice.weighted(kind)
    np.testing.assert_array_equal(found.weights, weights[weights > 0])
    kept = [lds for lds, weight in zip(choice.fits.values(), weights, strict=True) if weight]
    assert [id(lds) for lds in found.fits] == [id(lds) for lds in kept]
