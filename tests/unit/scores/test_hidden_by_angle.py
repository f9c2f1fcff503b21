"""Hidden neurons from the angle, other neurons and both, where shared noise is known."""

import numpy as np
import pytest
from tensor_files import trial_tensor

from nma.io.hdf5 import new_h5
from nma.preprocessing.masks import Masks, neuron_folds
from nma.preprocessing.splits import trial_split
from nma.recordings.trial_simulation import tuning
from nma.scores.tuning import angle_estimate, tuning_scores
from nma.statistics.angles import TURN

TRIALS, NEURONS = 1600, 120
SIGNAL = 0.3


def tensor(shared, seed=0):
    """Trials with a share SIGNAL of signal and so much noise that neurons share, in two latents."""
    rng = np.random.default_rng(seed)
    angles = rng.uniform(0, TURN, TRIALS)
    tuned = tuning(angles[:, None], rng.uniform(0, TURN, NEURONS), np.full(NEURONS, 2.0))
    loadings = rng.standard_normal((2, NEURONS))
    moved = rng.standard_normal((TRIALS, 2)) @ (loadings / np.linalg.norm(loadings, axis=0))
    private = rng.standard_normal((TRIALS, NEURONS))
    activity = np.sqrt(SIGNAL) * tuned + np.sqrt(shared) * moved
    activity += np.sqrt(1 - SIGNAL - shared) * private
    return trial_tensor(activity, angles, trial_split(TRIALS, "every_fourth"))


def scored(of_trials, others=None):
    """{(source, metric): Score} on test."""
    masks = Masks(neuron_folds(NEURONS, 1), None)
    found = tuning_scores(of_trials, masks, others or {})
    return {(s.source, s.metric): s for s in found if s.split == "test"}


def test_the_angle_explains_the_signal_and_no_more():
    found = scored(tensor(shared=0.0))["angle", "cosmooth_r2"]
    assert found.value == pytest.approx(SIGNAL, abs=0.02) and found.n == 400
    assert found.ci_low < found.value < found.ci_high


def test_without_shared_noise_other_neurons_add_nothing():
    gap = scored(tensor(shared=0.0))["angle_and_neurons", "cosmooth_r2_above_angle"]
    assert abs(gap.value) < 0.01


def test_with_shared_noise_other_neurons_add_its_share():
    found = scored(tensor(shared=0.4))
    gap = found["angle_and_neurons", "cosmooth_r2_above_angle"]
    # Of two latents seen through 90 visible neurons hardly anything is left unknown.
    assert 0.36 < gap.value < 0.41 and gap.ci_low > 0.3
    both, angle = (found[s, "cosmooth_r2"].value for s in ("angle_and_neurons", "angle"))
    assert both - angle == pytest.approx(gap.value)


def test_differences_from_other_sources_are_paired_by_trial(tmp_path):
    of_trials = tensor(shared=0.2)
    square = np.square(of_trials.centred).sum(axis=1)
    with new_h5(tmp_path / "mean.h5") as file:
        file["cosmooth_error"] = np.where(of_trials.held_out, square, np.nan)
    found = scored(of_trials, {"mean": tmp_path / "mean.h5"})
    gap = found["angle_and_neurons", "cosmooth_r2_above_mean"]
    both = found["angle_and_neurons", "cosmooth_r2"]
    assert gap[5:] == pytest.approx(both[5:])
    assert found["mean", "cosmooth_r2_above_angle"].value == pytest.approx(
        -found["angle", "cosmooth_r2"].value
    )


def test_the_angle_is_fitted_to_train_alone():
    of_trials = tensor(shared=0.0)
    before = angle_estimate(of_trials)
    of_trials.activity[of_trials.split == 2] = 99
    assert np.array_equal(before, angle_estimate(of_trials))
