"""Decoding of angles from neurons whose tuning is known."""

import numpy as np
import pytest

from nma.preprocessing.splits import trial_split
from nma.recordings.trial_simulation import tuning
from nma.scores.decoding import Choices, decode, decoding_scores, levels, threshold_of
from nma.statistics.angles import TURN, wrapped
from nma.statistics.psychometric import chance_right

TRIALS = 800
SPLIT = trial_split(TRIALS, "every_fourth")


def population(noise, neurons=100, seed=0):
    """(activity (trials, neurons), angles) of neurons with von Mises tuning and normal noise."""
    rng = np.random.default_rng(seed)
    angles, preferred = rng.uniform(0, TURN, TRIALS), rng.uniform(0, TURN, neurons)
    tuned = tuning(angles[:, None], preferred, np.full(neurons, 4.0))
    return tuned + noise * rng.standard_normal(tuned.shape), angles


def scores(activity, angles):
    """{(metric, split): Score} of one source."""
    ((found, source, _),) = decoding_scores("L1", {"raw": activity}, angles, SPLIT)
    assert source == "raw" and all(s.source == "raw" and s.layer == "L1" for s in found)
    return {(score.metric, score.split): score for score in found}


def test_without_noise_angles_are_decoded_to_a_step():
    activity, angles = population(noise=0)
    errors = np.degrees(np.abs(wrapped(decode(activity, angles, SPLIT) - angles)))
    assert np.median(errors[SPLIT == 2]) < 0.1
    found = scores(activity, angles)
    assert found["discrimination_threshold", "test"].value < 1


def test_of_shuffled_angles_the_error_is_that_of_chance():
    activity, angles = population(noise=0.1)
    found = scores(activity, np.random.default_rng(1).permutation(angles))
    error = found["decoding_error", "test"]
    assert error.ci_low < 90 < error.ci_high and error.n == 200
    assert error.value == pytest.approx(90, abs=15)
    assert not np.isfinite(found["discrimination_threshold", "test"].value)


def test_the_error_grows_with_noise_as_fisher_information_says():
    """Of independent normal noise the smallest error is 1 / sqrt(sum f'^2 / noise^2)."""
    noise = 1.0
    activity, angles = population(noise)
    rng = np.random.default_rng(0)
    rng.uniform(0, TURN, TRIALS)
    preferred, step = rng.uniform(0, TURN, 100), 1e-4
    slopes = [
        tuning(angles[:, None] + side, preferred, np.full(100, 4.0)) for side in (-step, step)
    ]
    information = np.square((slopes[1] - slopes[0]) / (2 * step)).sum(axis=1).mean() / noise**2
    best = 0.6745 * np.degrees(1 / np.sqrt(information))  # median absolute normal deviation
    error = scores(activity, angles)["decoding_error", "test"].value
    assert 0.9 * best < error < 1.6 * best


def test_thresholds_of_choices_of_a_known_psychometric_curve():
    slope, found = 5.0, []
    for seed in range(12):
        rng, total = np.random.default_rng(seed), np.zeros((400, 29))
        np.add.at(total, (np.arange(400)[:, None], rng.integers(0, 29, (400, 10))), 1)
        right = rng.binomial(total.astype(int), chance_right(levels(), slope, 0.0))
        found.append(threshold_of(Choices(right.astype(float), total)))
    true = 0.6745 * slope
    assert all(estimate.n == 400 for estimate in found)
    assert np.mean([estimate.value for estimate in found]) == pytest.approx(true, rel=0.04)
    assert sum(estimate.low < true < estimate.high for estimate in found) >= 9  # 95 % of 12 is 11
