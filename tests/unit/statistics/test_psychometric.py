"""Thresholds of choices whose chances are known in closed form."""

import numpy as np
import pytest
from scipy.stats import norm

from nma.statistics.psychometric import STEP, chance_right, fit, threshold

DISTANCES = np.arange(29) + 0.5


@pytest.mark.parametrize("slope", [0.5, 2.0, 10.0])
@pytest.mark.parametrize("lapse", [0.0, 0.1])
def test_the_threshold_of_exact_chances(slope, lapse):
    total = np.full((1, len(DISTANCES)), 1e6)
    right = total * chance_right(DISTANCES, slope, lapse)
    (found,) = threshold(*fit(DISTANCES, right, total))
    expected = slope * norm.ppf(0.5 + 0.25 / (1 - 2 * lapse))
    assert found == pytest.approx(expected, rel=2 * STEP)
    assert chance_right(expected, slope, lapse) == pytest.approx(0.75)


def test_thresholds_of_drawn_choices_scatter_around_the_true_one():
    rng, slope = np.random.default_rng(0), 4.0
    total = np.full((200, len(DISTANCES)), 40.0)
    right = rng.binomial(40, chance_right(DISTANCES, slope, 0.0), total.shape)
    found = threshold(*fit(DISTANCES, right, total))
    assert found.mean() == pytest.approx(slope * norm.ppf(0.75), rel=0.03)
    assert 0.02 < found.std() / found.mean() < 0.12


def test_guesses_reach_no_threshold_within_the_distances():
    total = np.full((1, len(DISTANCES)), 1000.0)
    (found,) = threshold(*fit(DISTANCES, total / 2, total))
    assert found > 10 * DISTANCES.max()
