"""Time scales of signals whose time scale is known, and scores of bins averaged by hand."""

import csv

import h5py
import numpy as np
import pytest
from edited import edited_h5
from scipy.signal import lfilter
from sklearn.decomposition import PCA
from tensor_files import write_tensor

import score_time_scales
from nma.preprocessing.tensors import read_tensor
from nma.scores.table import COLUMNS, write_table
from nma.scores.time_scales import (
    explained_scores,
    masked_r2,
    masked_scores,
    time_scale_scores,
    widened,
    widened_r2,
    write_time_scales,
)
from nma.scores.truth import simulation_scores
from nma.statistics.autocorrelation import autocorrelation, time_scales
from nma.statistics.components import principal
from nma.statistics.intervals import median_interval, pooled_r2
from nma.statistics.r2 import squared_errors

BIN_SECONDS = 2.4
RNG = np.random.default_rng


def slow(tau, bins=3000, signals=300, seed=0):
    """AR(1) of variance 1 that decorrelates as exp(-lag / tau), tau in bins: (bins, signals)."""
    step = np.exp(-1 / tau)
    noise = RNG(seed).standard_normal((bins + int(20 * tau), signals))
    return lfilter([np.sqrt(1 - step**2)], [1, -step], noise, axis=0)[-bins:]


def noise(like, variance, seed=1):
    return like + np.sqrt(variance) * RNG(seed).standard_normal(like.shape)


# Autocorrelation


def test_autocorrelation_is_that_of_direct_sums():
    signals = slow(3, bins=50, signals=4) + 7
    centred = signals - signals.mean(axis=0)
    by_hand = [np.mean(centred[: 50 - lag] * centred[lag:], axis=0) for lag in range(13)]
    np.testing.assert_allclose(autocorrelation(signals, 12), by_hand / by_hand[0], atol=1e-12)


def test_autocorrelation_of_ar1_decays_exponentially():
    found = autocorrelation(slow(5), 10).mean(axis=1)
    np.testing.assert_allclose(found, np.exp(-np.arange(11) / 5), atol=0.02)


def test_autocorrelation_of_a_constant_is_nan_and_needs_more_bins_than_lags():
    constant = np.full((40, 1), 0.1, np.float32) + np.float32(1e-9)
    assert np.isnan(autocorrelation(constant, 5)).all()
    with pytest.raises(ValueError, match="40 bins for a reach of 40 lags"):
        autocorrelation(constant, 40)


# Time scales


@pytest.mark.parametrize("tau", [1, 3, 10, 30])
@pytest.mark.parametrize("variance", [0, 2])
def test_time_scale_of_ar1_with_and_without_noise(tau, variance):
    found = time_scales(noise(slow(tau), variance), BIN_SECONDS)
    assert np.nanmedian(found) == pytest.approx(tau * BIN_SECONDS, rel=0.1)
    assert np.isfinite(found).mean() > 0.98


@pytest.mark.parametrize("tau", [2, 8])
def test_a_short_block_does_not_shorten_time_scales_much(tau):
    """100 bins; without the allowance for the block's own mean it is 0.6 of 8 bins."""
    found = time_scales(slow(tau, bins=100, signals=1000), 1)
    assert np.nanmedian(found) == pytest.approx(tau, rel=0.2)


def test_averaging_within_bins_leaves_the_time_scale():
    found = time_scales(widened(slow(10, bins=9000), 3), 3 * BIN_SECONDS)
    assert np.nanmedian(found) == pytest.approx(10 * BIN_SECONDS, rel=0.1)


def test_an_exact_exponential_is_found_between_the_points_of_the_grid(monkeypatch):
    """A block so long that its mean takes nothing away; the grid's step is 4 % and more."""
    taus = np.array([1.0, 3.21, 7.77, 20.5])
    exact = 0.4 * np.exp(-np.arange(101)[:, None] / taus)
    monkeypatch.setattr(
        "nma.statistics.autocorrelation.autocorrelation", lambda signals, reach, present: exact
    )
    monkeypatch.setattr(
        "nma.statistics.autocorrelation.variance_of_mean", lambda taus, bins: 0 * taus
    )
    np.testing.assert_allclose(time_scales(np.zeros((400, 4)), 2.0), 2 * taus, rtol=2e-3)


def test_white_noise_has_no_time_scale():
    found = time_scales(RNG(2).standard_normal((500, 2000)), 1)
    assert np.isnan(found).mean() == pytest.approx(0.99, abs=0.01)


def test_constants_alternation_and_too_few_bins_have_no_time_scale():
    bins = np.arange(60)
    still = np.stack([np.zeros(60), np.full(60, 3.7), (-1.0) ** bins, np.full(60, np.nan)], axis=1)
    assert np.isnan(time_scales(still, 1)).all()
    assert np.isnan(time_scales(slow(3, bins=7), 1)).all()
    assert time_scales(np.empty((60, 0)), 1).shape == (0,)


def test_time_scales_stay_within_what_a_block_shows():
    drift = np.linspace(0, 1, 80)[:, None]
    assert time_scales(drift, 1) == pytest.approx(20)
    found = time_scales(slow(0.3, bins=4000), 1)
    assert np.nanmin(found) >= 0.5


# Medians


def test_median_and_its_order_statistics():
    """Of 20 values the 6th and the 15th bound the median at 95 %; of 5, none do."""
    assert median_interval(RNG(3).permutation(np.arange(1.0, 21)))[:3] == (10.5, 6, 15)
    assert median_interval([3.0, 1, 2, 5, 4])[0] == 3
    assert np.isnan(median_interval([3.0, 1, 2, 5, 4])[1:3]).all()


def test_interval_of_the_median_holds_it_19_times_in_20():
    draws = RNG(4).exponential(size=(2000, 41))
    bounds = np.array([median_interval(draw)[1:3] for draw in draws])
    inside = (bounds[:, 0] <= np.log(2)) & (np.log(2) <= bounds[:, 1])
    assert 0.94 < inside.mean() < 0.99


# Wider bins


def test_widened_by_hand():
    values = np.array([[1, 10], [3, 20], [5, 30], [7, 50], [99, 99]], float)
    np.testing.assert_array_equal(widened(values, 2), [[2, 15], [6, 40]])
    np.testing.assert_array_equal(widened(values, 1), values)
    assert widened(values, 10).shape == (0, 2)


def test_r2_at_width_one_is_pooled_r2_and_wider_ones_are_left_out_of_short_blocks():
    activity = slow(4, bins=9, signals=5)
    estimate, mean = noise(activity, 0.3), np.full(5, 0.1)
    found = widened_r2(activity, estimate, mean)
    sums = [values.sum(axis=1) for values in squared_errors(activity, estimate, mean)]
    assert found[1] == pytest.approx(pooled_r2(*sums))
    assert list(found) == [1, 2, 5]


def test_r2_rises_with_width_as_noise_averages_out():
    """Slow signal of variance 1, error of variance 1: over w bins the error falls to 1 / w."""
    activity = slow(200, bins=4000, signals=50)
    found = widened_r2(activity, noise(activity, 1), np.zeros(50))
    for width, (value, *_) in found.items():
        assert 1 - value == pytest.approx(1 / width, rel=0.15)


@pytest.mark.parametrize("bins", [200, 30])
def test_principal_components_are_those_of_scikit_learn(bins):
    """Also with fewer bins than neurons."""
    train = slow(3, bins=bins, signals=40) @ RNG(5).standard_normal((40, 40))
    components, variances, total = principal(train, 4)
    known = PCA(4, svd_solver="full").fit(train)
    np.testing.assert_allclose(variances, known.explained_variance_, rtol=1e-9)
    np.testing.assert_allclose(variances / total, known.explained_variance_ratio_, rtol=1e-9)
    agreement = np.abs(np.sum(components * known.components_, axis=1))
    np.testing.assert_allclose(agreement, 1, rtol=1e-9)


def test_masked_r2_of_one_latent_in_noise():
    """Signal 1 of each neuron, noise 1, 40 neurons of which 30 are seen: the posterior mean of the
    latent lacks 1 / 31, so r2 is (1 - 1 / 31) / 2."""
    drive = slow(2, bins=4000, signals=1) @ np.ones((1, 40))
    found = masked_r2(*np.array_split(noise(drive, 1), 2), 1, 0)
    assert found[0] == pytest.approx(0.5 * (1 - 1 / 31), abs=0.03)


# Files


@pytest.fixture
def files(tmp_path):
    """Tensors of two layers of 12 neurons, latents of two seeds of each, and a truth."""
    split = np.repeat([0, 1, 2], [300, 40, 200]).astype("i1")
    found = {"tensors": [], "latents": {0: [], 1: []}, "truth": tmp_path / "truth.h5"}
    for number, dims in enumerate((3, 2)):
        courses = slow(5, bins=540, signals=dims, seed=number)
        rates = courses @ RNG(number).standard_normal((dims, 12))
        path = tmp_path / f"tensor{number}.h5"
        named = {"layer": f"L{number + 1}", "first_id": 12 * number, "bin_seconds": BIN_SECONDS}
        found["tensors"].append(write_tensor(path, noise(rates, 1), split, **named))
        for seed in (0, 1):
            path = tmp_path / f"latents{number}{seed}.h5"
            with h5py.File(path, "w") as file:
                file["latents"], file["reconstruction"] = courses, rates
                for dataset in file.values():
                    dataset.attrs["axes"] = ["bin", "signal"]
                file.attrs["dims_tried"] = [1, dims]
                file.attrs["masked_r2_validation"] = [0.1, 0.2]
            found["latents"][seed].append(path)
    with h5py.File(found["truth"], "w") as file:
        file["latent_layers"], file["layers"] = [0, 1, 2], np.repeat([1, 2], 12)
        file["time_constants"], file["latent_variances"] = [4.0, 8.0, 16.0], [1.0, 3.0, 0.5]
        file["frequencies"] = [0.0, 0.0, 0.0]
    return found


def of_source(source, tensors, latents, out):
    """The scores of a source on all layers, and its file."""
    scores, layers = [], {}
    for number, tensor in enumerate(map(read_tensor, tensors)):
        found, layers[tensor.layer] = time_scale_scores(source, tensor, latents, number, "test")
        scores += found
    how = {"source": source, "seed": 0, "split": "test", "bin_seconds": BIN_SECONDS}
    write_time_scales(out, layers, **how)
    return scores


def test_rows_and_file_of_a_source(files, tmp_path):
    out = tmp_path / "gru.h5"
    rows = of_source("gru", files["tensors"], files["latents"], out)
    values = {(s.layer, s.metric, s.split, s.seed): s[5:] for s in rows}
    assert {s.layer for s in rows} == {"L1", "L2"} and {s.seed for s in rows} == {0, 1}
    assert {s.source for s in rows} == {"gru"}
    medians = [f"time_scale_{kind}" for kind in ("latents", "neurons")]
    shares = [f"time_scale_share_{kind}" for kind in ("latents", "neurons")]
    widths = [f"r2_at_bins_of_{width}" for width in (1, 2, 5, 10)]
    assert {s.metric for s in rows} == {*medians, *shares, *widths}
    assert values["L1", "time_scale_share_latents", "test", 0][::3] == (1, 3)
    with h5py.File(out) as file:
        assert file["latents"].shape == (2, 3) and file["neurons"].shape == (2, 12)
        assert np.isnan(file["latents"][1, 2])  # the second layer has two dims
        assert file["neurons"].attrs["units"] == "s"
        assert list(file["neurons"].attrs["axes"]) == ["layer", "neuron"]
        median, low, high, n = values["L2", "time_scale_neurons", "test", 0]
        assert (median, n) == (np.median(file["neurons"][1]), 12) and low <= median <= high


def test_rows_of_neurons_themselves(files, tmp_path):
    out = tmp_path / "raw.h5"
    rows = of_source("raw", files["tensors"], {}, out)
    metrics = {f"time_scale_{name}" for name in ("neurons", "share_neurons", "least", "most")}
    assert {s.metric for s in rows} == metrics
    with h5py.File(out) as file:
        assert set(file) == {"neurons"} and list(file.attrs["layers"]) == ["L1", "L2"]


def test_no_time_scale_anywhere_leaves_a_share_of_none(files, tmp_path):
    with edited_h5(files["tensors"][0]) as file:
        file["activity"][:] = 0
    rows = of_source("raw", files["tensors"][:1], {}, tmp_path / "x.h5")
    assert [row[:6] for row in rows] == [
        ("L1", "raw", "time_scale_least", "test", 0, BIN_SECONDS / 2),
        ("L1", "raw", "time_scale_most", "test", 0, 120.0),
        ("L1", "raw", "time_scale_share_neurons", "test", 0, 0),
    ]


def test_explained_variance_of_wide_bins_is_that_of_scikit_learn(files):
    rows = explained_scores(read_tensor(files["tensors"][0]))
    with h5py.File(files["tensors"][0]) as file:
        train = file["activity"][:300].astype(float)
    assert {(s.layer, s.source) for s in rows} == {("L1", "pca")}
    values = {s.metric: s.value for s in rows}
    for width in (1, 10):
        known = PCA(1, svd_solver="full").fit(train.reshape(-1, width, 12).mean(axis=1))
        found = values[f"explained_variance_at_n10_at_bins_of_{width}"]
        assert found == pytest.approx(known.explained_variance_ratio_[0])


def test_masked_rows_use_the_dims_that_did_best(files, monkeypatch):
    used = []
    monkeypatch.setattr(
        "nma.scores.time_scales.masked_r2", lambda *parts: used.append(parts[2]) or (0, 0, 0, 1)
    )
    rows = []
    for path, latents in zip(files["tensors"], files["latents"][0], strict=True):
        rows += masked_scores(read_tensor(path), latents, split="test", seed=0)
    assert used == [3] * 4 + [2] * 4
    assert [s.metric for s in rows[:2]] == ["masked_r2_at_bins_of_1", "masked_r2_at_bins_of_2"]
    assert {s.source for s in rows} == {"ppca"}


# Script


def table_of(tmp_path, files, layers, truth=False):
    """metrics.tsv of raw, ppca and pca of these layers, as the scripts write it."""
    rows = []
    for source in ("raw", "pca", "ppca"):
        latents = [] if source == "raw" else files["latents"][0][:layers]
        score_time_scales.main(
            files["tensors"][:layers],
            latents,
            tmp_path / f"{source}.h5",
            tmp_path / f"{source}.tsv",
            source=source,
            seeds=[0],
            split="test",
            seed=1,
        )
        with open(tmp_path / f"{source}.tsv", newline="") as file:
            rows += [["x", *row] for row in list(csv.reader(file, delimiter="\t"))[1:]]
    neurons = {f"L{n + 1}": np.arange(12) + 12 * n for n in range(layers)}
    rows += [["x", *score] for score in simulation_scores(neurons, files["truth"]) if truth]
    write_table(tmp_path / "metrics.tsv", COLUMNS, rows)
    return {(row[2], row[3]) for row in rows}


def test_script(files, tmp_path):
    found = table_of(tmp_path, files, 2, truth=True)
    assert {s for s, metric in found if metric.startswith("masked_r2_at")} == {"ppca"}
    assert {s for s, metric in found if metric.startswith("explained_variance")} == {"pca"}


def test_script_where_nothing_has_a_time_scale(files, tmp_path):
    for name, paths in (("activity", files["tensors"]), ("reconstruction", files["latents"][0])):
        for path in paths:
            with edited_h5(path) as file:
                file[name][:] = 0
    found = table_of(tmp_path, files, 1)
    assert "time_scale_neurons" not in {metric for _, metric in found}
