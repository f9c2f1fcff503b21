"""Decay times of rotations and decays that were simulated, and intervals in closed form."""

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from nma.preprocessing.splits import SPLITS
from nma.preprocessing.tensors import Tensor
from nma.scores.decay_times import decay_scores, jackknife_of_logs, quantile
from nma.state_space.em import fit, principal_start, start
from nma.state_space.lds import LDS
from nma.state_space.transform import fit_transform

RNG = np.random.default_rng
BIN_SECONDS = 0.5


def scored(hertz, seconds, bins=4000, neurons=40, sd=1.0):
    """Scores of a layer with one pair of latents that turn and decay."""
    angle, size = 2 * np.pi * hertz * BIN_SECONDS, np.exp(-BIN_SECONDS / seconds)
    step, rng = size * np.exp(1j * angle), RNG(0)
    shocks = np.sqrt(1 - size**2) * (rng.standard_normal((bins, 2)) @ [1, 1j])
    z = np.zeros(bins, complex)
    for t in range(1, bins):
        z[t] = step * z[t - 1] + shocks[t]
    loadings = rng.standard_normal((2, neurons))
    activity = np.stack([z.real, z.imag], 1) @ loadings + sd * rng.standard_normal((bins, neurons))
    ones = np.ones(neurons)
    tensor = Tensor(
        "a file",
        "L1",
        activity.astype(np.float32),
        np.full(bins, SPLITS.index("train"), np.int8),
        activity.mean(axis=0),
        np.arange(neurons),
        0 * ones,
        ones,
        BIN_SECONDS,
        1,
        "none",
    )
    transform = fit_transform(tensor.centred, "identity", 1.0)
    y = transform(tensor.centred)
    dynamics, _ = fit(y, start(y, *principal_start(y, 2)))
    return {s.metric: s for s in decay_scores(tensor, LDS(transform, dynamics, ones, ones))}


def test_a_rotation_is_found():
    found = scored(hertz=0.1, seconds=10)
    assert found["rotation_frequency"].value == pytest.approx(0.1, rel=0.05)
    assert found["rotating_share"].value == pytest.approx(1)
    assert found["decay_time"].value == pytest.approx(10, rel=0.25)
    assert found["decay_time_longest"].value == 2000
    for name in ("rotation_frequency", "decay_time"):
        score = found[name]
        assert score.ci_low < score.value < score.ci_high
    assert found["decay_time"].ci_low < 10 < found["decay_time"].ci_high


def test_plain_decays_have_no_frequency():
    found = scored(hertz=0, seconds=5)
    assert "rotation_frequency" not in found and found["rotating_share"].value == 0
    assert found["decay_time"].value == pytest.approx(5, rel=0.25)


def test_weighted_quantiles():
    assert quantile(np.array([4.0, 1.0]), np.array([1.0, 1.0]), 0.5) == pytest.approx(2)
    assert quantile(np.array([8.0, 2.0, 1.0]), np.array([2.0, 2.0, 2.0]), 0.5) == pytest.approx(2)
    assert quantile(np.array([8.0, 2.0]), np.array([0.0, 1.0]), 0.25) == pytest.approx(2)


def test_the_jackknife_of_a_mean_is_students_interval():
    logs = RNG(0).standard_normal(10)
    left_out = [np.exp(np.delete(logs, i).mean()) for i in range(10)]
    ends = ttest_1samp(logs, 0).confidence_interval()
    np.testing.assert_allclose(
        np.log(jackknife_of_logs(float(np.exp(logs.mean())), left_out)), ends, rtol=1e-9
    )
