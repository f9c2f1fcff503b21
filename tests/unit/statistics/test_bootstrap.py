"""Intervals over trials, against those of normal theory."""

import numpy as np
import pytest

from nma.statistics.bootstrap import of_median, of_sums, trial_draws


def test_as_many_trials_are_drawn_as_there_are():
    counts = trial_draws(50, 30)
    assert counts.shape == (30, 50) and (counts.sum(axis=1) == 50).all()
    assert (counts == trial_draws(50, 30)).all()


def test_the_interval_of_a_ratio_of_sums():
    rng = np.random.default_rng(0)
    value, whole = rng.normal(2, 1, 400), np.ones(400)
    found = of_sums(np.divide, value, whole)
    assert found.value == pytest.approx(value.mean()) and found.n == 400
    half = 1.96 * value.std() / 20
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=0.1)
    assert found.low < found.value < found.high


def test_the_interval_of_a_median():
    values = np.random.default_rng(1).normal(5, 1, 801)
    found = of_median(values)
    assert found.value == np.median(values)
    half = 1.96 * np.sqrt(np.pi / 2 / 801)
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=0.25)
