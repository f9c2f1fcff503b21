"""Corrections of the LDS: baselines beside it, private activity, and how much of each counts."""

import numpy as np
import pytest
from lds_starts import judged, lds_start, tensor_of
from scipy.signal import lfilter

from nma.latents.corrections import corrected_lds
from nma.latents.cosmoothing import predict_entries, predict_folds
from nma.preprocessing.masks import Masks, hidden_entries, neuron_folds
from nma.state_space.corrected import (
    Stack,
    WeightedFit,
    gain,
    read_corrected,
    write_corrections,
)
from nma.state_space.files import write_fits
from nma.state_space.lds import Weighted
from nma.state_space.private_activity import REACH, fit_private_activity, neighbours

BINS, NEURONS = 600, 16
SPLIT = np.repeat([0, 1, 2], [400, 100, 100]).astype("i1")


def quadratic(seed=0):
    """Activity (bins, neurons) that is a curved function of two slow latents, and noise."""
    generator = np.random.default_rng(seed)
    latents = lfilter([0.3], [1, -0.9], generator.standard_normal((BINS, 2)), axis=0)
    features = np.column_stack([latents, latents**2, latents[:, :1] * latents[:, 1:]])
    activity = features @ generator.standard_normal((5, NEURONS))
    return (activity + 0.3 * generator.standard_normal(activity.shape)).astype("f4")


def masks_of(activity):
    return Masks(neuron_folds(activity.shape[1], 1), hidden_entries(*activity.shape, 1))


def validation_r2(start, activity):
    """r2 at hidden neurons and at hidden entries of validation, of the LDS and corrected."""
    masks, part = masks_of(activity), SPLIT == 1
    centred, entries = activity[part] - start.mean, masks.entries[part]
    found = []
    for neurons, single in (
        (start.corrected.cosmooth, start.corrected.masked),
        (start.corrected, start.corrected),
    ):
        estimates = predict_folds(neurons.predict, centred, masks.folds)
        of_entries = predict_entries(single.predict, centred, entries)[entries]
        pairs = ((centred, estimates), (centred[entries], of_entries))
        found.append([1 - np.square(x - e).sum() / np.square(x).sum() for x, e in pairs])
    return found


def test_what_no_linear_system_sees_is_predicted():
    activity = quadratic()
    start = lds_start(activity, SPLIT, 2)
    (lds, _), (corrected, _) = validation_r2(start, activity)
    assert start.corrected.neurons.fits["kernel_ridge"].weight > 0.1
    assert corrected > lds + 0.05


def test_baselines_that_add_nothing_are_left_out():
    """Where a linear system made the activity, regressions of single bins say nothing more."""
    generator = np.random.default_rng(3)
    latents = lfilter([0.3], [1, -0.95], generator.standard_normal((BINS, 2)), axis=0)
    activity = latents @ generator.standard_normal((2, NEURONS))
    activity = (activity + 2 * generator.standard_normal(activity.shape)).astype("f4")
    start = lds_start(activity, SPLIT, 2)
    assert not start.corrected.neurons.fits
    x, visible = activity[SPLIT == 2], np.broadcast_to(np.arange(NEURONS) > 3, (100, NEURONS))
    expected = start.corrected.cosmooth.predict(x, visible)
    np.testing.assert_array_equal(start.corrected.predict(x, visible), expected)


def test_a_stack_is_a_sum_with_weights():
    class Always:
        def predict(self, centred, visible):
            return np.full(centred.shape, 10.0, "f4")

    x, seen = np.ones((2, 3), "f4"), np.zeros((2, 3), bool)
    stack = Stack(0.5, {"a": WeightedFit(0.25, {}, Always())})
    np.testing.assert_array_equal(stack(4 * x, x, seen), 4.5 * x)
    np.testing.assert_array_equal(Stack(1.0, {})(4 * x, x, seen), 4 * x)


def test_private_activity_is_what_least_squares_find():
    generator = np.random.default_rng(0)
    noise = generator.standard_normal((4000, 8))
    errors = lfilter([1], [1, -0.9], noise, axis=0)
    hidden = hidden_entries(*errors.shape, 3)
    found = fit_private_activity(errors, hidden)
    scaled = errors / errors.std(axis=0)
    near = np.stack([x[hidden] for x in neighbours(np.where(hidden, 0, scaled))], axis=1)
    expected, *_ = np.linalg.lstsq(near, scaled[hidden], rcond=None)
    np.testing.assert_allclose(found.weights, expected, atol=1e-5)
    estimate = found(np.where(hidden, 0, errors))[hidden]
    # Both neighbours of an AR(1) process: 1 - (1 - a^2) / (1 + a^2), less what is hidden of them.
    r2 = 1 - np.square(errors[hidden] - estimate).sum() / np.square(errors[hidden]).sum()
    assert 0.8 < r2 < 1 - (1 - 0.81) / (1 + 0.81)


def test_neighbours_are_the_bins_before_and_after():
    residuals = np.arange(1.0, 21)[:, None]
    near = neighbours(residuals)
    assert len(near) == 2 * REACH
    assert [x[10, 0] for x in near] == [5, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16, 17]
    assert [x[0, 0] for x in near] == [0] * REACH + [2, 3, 4, 5, 6, 7]
    assert [x[-1, 0] for x in near] == [14, 15, 16, 17, 18, 19] + [0] * REACH


@pytest.mark.parametrize(("true", "expected"), [(0.4, 0.4), (-1.0, 0.0), (7.0, 3.0)])
def test_gains_are_least_squares_within_limits(true, expected):
    correction = np.random.default_rng(0).standard_normal((50, 4))
    assert gain(true * correction, correction) == pytest.approx(expected)
    assert gain(correction, np.zeros_like(correction)) == 0


def test_corrections_are_never_below_the_lds_on_validation():
    for activity in (quadratic(), np.random.default_rng(1).gamma(2, 1, (BINS, 5)).astype("f4")):
        before, after = validation_r2(lds_start(activity, SPLIT, 2), activity)
        assert after[0] >= before[0] - 1e-6 and after[1] >= before[1] - 1e-6


def test_of_noise_nothing_is_predicted():
    activity = np.random.default_rng(2).standard_normal((BINS, NEURONS)).astype("f4")
    start, test = lds_start(activity, SPLIT, 2), SPLIT == 2
    centred = activity[test] - start.mean
    estimate = predict_folds(start.corrected.predict, centred, masks_of(activity).folds)
    assert abs(1 - np.square(centred - estimate).sum() / np.square(centred).sum()) < 0.05


def test_hidden_values_do_not_matter():
    activity = quadratic()
    start = lds_start(activity, SPLIT, 2)
    centred = (activity - start.mean)[SPLIT == 2]
    whole = np.broadcast_to(np.arange(NEURONS) % 3 > 0, centred.shape)
    for visible in (whole, np.random.default_rng(0).random(centred.shape) > 0.3):
        changed = np.where(visible, centred, 1e3)
        found, expected = (start.corrected.predict(x, visible) for x in (changed, centred))
        np.testing.assert_allclose(found, expected, atol=1e-4)


def test_files_give_the_same_predictions(tmp_path):
    activity = quadratic()
    start = lds_start(activity, SPLIT, 2)
    one = {"cosmooth_weights": np.ones(1), "masked_weights": np.ones(1)}
    write_fits(tmp_path / "fits.h5", {2: start.lds}, 2, bin_seconds=1.0, validation=one)
    write_corrections(tmp_path / "corrections.h5", start.corrected, {}, layer="L1")
    centred = activity - start.mean
    files = tmp_path / "fits.h5", tmp_path / "corrections.h5"
    again = read_corrected(*files, centred[SPLIT == 0])
    for visible in (np.broadcast_to(np.arange(NEURONS) > 3, centred.shape), centred > -0.5):
        found, expected = (c.predict(centred, visible) for c in (again, start.corrected))
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_weights_come_from_validation_and_fits_from_train():
    """Changed test data change nothing; changed validation changes weights and gain alone."""
    activity = quadratic()
    start, masks = lds_start(activity, SPLIT, 2), masks_of(activity)
    alone, found = Weighted([start.lds], np.ones(1)), {}
    for name, code in (("test", 2), ("validation", 1)):
        changed = activity.copy()
        changed[code == SPLIT] = np.random.default_rng(4).standard_normal((100, NEURONS))
        layer = tensor_of(changed, SPLIT)
        of_lds = {2: start.lds}, alone, judged(start.lds, layer, masks)
        found[name] = corrected_lds(layer, masks, *of_lds)
        np.testing.assert_array_equal(found[name].private.weights, start.corrected.private.weights)
    for name, same in (("test", True), ("validation", False)):
        assert (found[name].lds_weights == start.corrected.lds_weights).all() == same
        assert (found[name].private_gain == start.corrected.private_gain) == same
