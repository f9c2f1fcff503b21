"""The share of the variance that is signal, of neurons whose share is known."""

from dataclasses import replace

import numpy as np
import pytest
from tensor_files import trial_tensor

from nma.preprocessing.splits import trial_split
from nma.recordings.trial_simulation import tuning
from nma.scores.signal import signal_of_neurons, signal_scores
from nma.statistics.angles import TURN

SHARES = np.repeat([0.0, 0.3, 0.9], 40)


@pytest.fixture
def tensor():
    rng = np.random.default_rng(0)
    angles, neurons = rng.uniform(0, TURN, 2000), len(SHARES)
    tuned = tuning(angles[:, None], rng.uniform(0, TURN, neurons), np.full(neurons, 3.0))
    noise = rng.standard_normal(tuned.shape)
    activity = np.sqrt(SHARES) * tuned + np.sqrt(1 - SHARES) * noise
    return trial_tensor(7 * activity + 3, angles, trial_split(2000, "every_fourth"))


def test_known_shares_of_neurons_are_recovered(tensor):
    found = signal_of_neurons(tensor, "test")
    for share in (0.0, 0.3, 0.9):
        mine = found[share == SHARES]
        assert mine.mean() == pytest.approx(share, abs=0.03)
        assert (np.abs(mine - share) < 0.2).all()


def test_known_share_of_all_neurons_lies_in_the_interval(tensor):
    found = {(s.metric, s.split): s for s in signal_scores(tensor, None)}
    pooled = found["signal_share", "test"]
    assert pooled.ci_low < 0.4 < pooled.ci_high and pooled.n == 500
    assert pooled.value == pytest.approx(0.4, abs=0.02)
    median = found["signal_share_median", "test"]
    assert median.ci_low < 0.3 < median.ci_high and median.n == len(SHARES)


def test_shuffled_angles_leave_no_signal(tensor):
    shuffled = [np.random.default_rng(seed).permutation(tensor.stimulus) for seed in range(8)]
    found = [
        score
        for angles in shuffled
        for score in signal_scores(replace(tensor, stimulus=angles), None)
        if (score.metric, score.split) == ("signal_share", "test")
    ]
    assert abs(np.mean([score.value for score in found])) < 0.015
    assert sum(score.ci_low < 0 < score.ci_high for score in found) >= 6
