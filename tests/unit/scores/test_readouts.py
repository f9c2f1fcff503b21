"""What latents know: of signals that are mixes of them, of the truth, of each other."""

import h5py
import numpy as np
import pytest
from tensor_files import write_tensor

from nma.preprocessing.tensors import read_tensor
from nma.scores.readouts import (
    behaviours,
    consistency,
    readout_errors,
    readout_scores,
    true_latents,
)
from nma.statistics.intervals import pooled_r2

BINS = 600
SPLIT = np.repeat([0, 1, 2], [400, 60, 140]).astype("i1")
RNG = np.random.default_rng


def latents(seed=0, dims=4):
    return RNG(seed).standard_normal((BINS, dims))


def score(sums, code=2):
    error, deviation = (values[code == SPLIT] for values in sums)
    return pooled_r2(error, deviation)[0]


def errors(signal):
    return readout_errors(latents(), {"signal": signal}, SPLIT)["signal"]


def test_a_signal_is_known_but_for_its_noise():
    """Variance 4 of which 1 is noise: r2 of 3/4."""
    mixing = RNG(1).normal(size=(4, 1))
    signal = np.sqrt(3) * latents() @ mixing / np.linalg.norm(mixing)
    noisy = signal + RNG(2).standard_normal(signal.shape)
    assert score(errors(noisy)) == pytest.approx(0.75, abs=0.06)


def test_what_is_not_in_the_latents_is_not_known():
    assert abs(score(errors(latents(9)))) < 0.03


def test_bins_without_a_signal_are_left_out():
    signal = latents() @ np.ones((4, 1))
    signal[::7] = np.nan
    sums = errors(signal)
    assert score(sums) > 0.999
    assert not sums[:, ::7].any()
    assert not errors(np.full((BINS, 1), np.nan)).any()


def test_signals_are_read_out_together_as_each_alone():
    signals = {"known": latents() @ np.ones((4, 2)), "noise": RNG(6).standard_normal((BINS, 3))}
    signals["gaps"] = np.where(np.arange(BINS)[:, None] % 7, signals["known"], np.nan)
    together = readout_errors(latents(), signals, SPLIT)
    for name, signal in signals.items():
        np.testing.assert_allclose(together[name], errors(signal), rtol=1e-9, atol=1e-12)


def test_consistency_of_a_rotated_copy_is_one():
    rotation = np.linalg.qr(RNG(3).normal(size=(4, 4)))[0]
    sums = consistency(latents(), [3 * latents() @ rotation + 5], SPLIT)
    assert score(sums) == pytest.approx(1)


def test_consistency_with_noise_and_with_strangers():
    noisy = latents() + RNG(4).standard_normal((BINS, 4))
    assert score(consistency(latents(), [noisy], SPLIT)) == pytest.approx(0.5, abs=0.06)
    assert abs(score(consistency(latents(), [latents(5)], SPLIT))) < 0.05


@pytest.fixture
def recorded(tmp_path):
    """recording.h5, truth.h5 and a tensor of six neurons of plane 1; bins of two."""
    raw = np.repeat(latents(dims=3), 2, axis=0)
    with h5py.File(tmp_path / "recording.h5", "w") as file:
        file["behaviour/run"] = raw[:, :1] * 7 + 3
        face = np.concatenate([raw, np.full((2 * BINS, 20), 9.0)], axis=1)
        file["behaviour/beh_svd_time"] = face
        file["behaviour/pupilCOM"] = raw
    with h5py.File(tmp_path / "truth.h5", "w") as file:
        file["latents"] = raw
        file["latent_layers"] = [0, 1, 2]
        file["layers"] = [1, 1, 1, 1, 1, 1, 2]
    activity = np.repeat(latents(dims=3), 2, axis=1)
    write_tensor(tmp_path / "tensor.h5", activity, SPLIT, bin_width=2)
    return tmp_path


def test_behaviours_are_binned_scaled_and_cut_to_ten_components(recorded):
    found = behaviours(recorded / "recording.h5", 2, BINS)
    assert set(found) == {"running", "face"}
    assert found["face"].shape == (BINS, 10)
    for values in found.values():
        assert values.var(axis=0).sum() == pytest.approx(1)
    assert np.corrcoef(found["running"][:, 0], latents(dims=3)[:, 0])[0, 1] == pytest.approx(1)


def test_behaviours_of_other_names_are_read_out_too(recorded):
    with h5py.File(recorded / "recording.h5", "r+") as file:
        file["behaviour/licks"] = file["behaviour/run"][:]
    tensors = [read_tensor(recorded / "tensor.h5")]
    scores = readout_scores("raw", tensors, {}, recorded / "recording.h5")
    values = {score.metric: score.value for score in scores if score.split == "test"}
    assert set(values) == {f"behavior_r2{name}" for name in ("", "_running", "_face", "_licks")}
    assert values["behavior_r2_licks"] == values["behavior_r2_running"]


def test_true_latents_are_the_shared_and_the_layers_own(recorded):
    found = true_latents(recorded / "truth.h5", read_tensor(recorded / "tensor.h5"))
    np.testing.assert_allclose(found, latents(dims=3)[:, [0, 1]])


def test_rows_of_neurons_that_know_everything(recorded):
    tensors = [read_tensor(recorded / "tensor.h5")]
    scores = readout_scores("raw", tensors, {}, recorded / "recording.h5", recorded / "truth.h5")
    values = {(score.metric, score.split): score.value for score in scores}
    names = ["behavior_r2", "behavior_r2_running", "behavior_r2_face", "latent_recovery_r2"]
    assert set(values) == {(n, s) for n in names for s in ("validation", "test")}
    assert min(values.values()) > 0.999
    assert {(score.layer, score.source) for score in scores} == {("L1", "raw")}


def test_rows_of_seeds_that_agree(recorded):
    for seed in (0, 1):
        with h5py.File(recorded / f"{seed}.h5", "w") as file:
            dataset = file.create_dataset("latents", data=latents(dims=3) * (1 + seed))
            dataset.attrs["axes"] = ["bin", "dim"]
    files = {seed: [recorded / f"{seed}.h5"] for seed in (0, 1)}
    tensors = [read_tensor(recorded / "tensor.h5")]
    scores = readout_scores("gru", tensors, files, recorded / "recording.h5")
    consistent = {(s.seed, s.split): s.value for s in scores if s.metric == "consistency_r2"}
    assert set(consistent) == {(s, n) for s in (0, 1) for n in ("validation", "test")}
    assert min(consistent.values()) == pytest.approx(1)
    assert "latent_recovery_r2" not in {score.metric for score in scores}
