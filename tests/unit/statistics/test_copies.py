"""Neurons that are there twice."""

import numpy as np
import pytest

from nma.statistics.copies import copies

BINS, NEURONS = 400, 6


@pytest.fixture
def activity():
    return np.random.default_rng(0).gamma(2, 1, (BINS, NEURONS)).astype("f4")


def pairs(activity):
    """Pairs of copies, each once."""
    found = copies(activity)
    np.testing.assert_array_equal(found, found.T)
    return [tuple(pair) for pair in np.argwhere(np.triu(found)).tolist()]


def test_neurons_of_their_own_have_no_copies(activity):
    assert pairs(activity) == []


@pytest.mark.parametrize(("noise", "expected"), [(0, True), (0.2, True), (0.6, False)])
def test_a_copy_may_have_another_scale_and_a_little_noise(activity, noise, expected):
    """Noise of 0.2 standard deviations leaves a correlation of 0.98, of 0.6 one of 0.86."""
    more = noise * activity.std() * np.random.default_rng(1).standard_normal(BINS)
    activity[:, 4] = 3 * (activity[:, 1] + more) + 5
    assert pairs(activity) == [(1, 4)] * expected


def test_three_are_copies_of_one_another(activity):
    activity[:, [2, 5]] = activity[:, [0]]
    assert pairs(activity) == [(0, 2), (0, 5), (2, 5)]


def test_a_mirror_image_is_no_copy(activity):
    activity[:, 1] = -activity[:, 0]
    assert pairs(activity) == []


def test_one_moment_makes_no_copies(activity):
    activity[17] += 1e4
    assert np.corrcoef(activity.T).min() > 0.95 and pairs(activity) == []
    single = np.zeros((BINS, 2))
    single[30] = 1
    assert pairs(single) == []


@pytest.mark.parametrize("bins", [0, 1, 3])
def test_too_few_bins_tell_nothing(bins):
    assert pairs(np.ones((bins, 3)) * np.arange(bins)[:, None]) == []
