"""The ceiling of forecasts of a simulation, against closed forms."""

from dataclasses import replace

import numpy as np
import pytest
from tensor_files import tensor

from nma.forecasts.ceiling import read_ceiling
from nma.forecasts.files import squared_sums
from nma.forecasts.origins import HORIZONS, activity_of, origins_of
from nma.io.hdf5 import new_h5, put
from nma.statistics.intervals import pooled_r2

TAU, AMPLITUDE, SHAPE, SECONDS = 3.0, 0.8, 2.0, 0.5
NEURONS, BINS = 30, 8000
SPLIT = np.repeat([0, 1, 2], [1000, 1000, BINS - 2000]).astype("i1")


def courses(taus, hertz, rng):
    """Pairs of latents of variance 1 that decay and turn (bins, latents); hertz: of each pair."""
    pole = np.exp(-SECONDS / taus[::2] + 2j * np.pi * SECONDS * hertz)
    z = np.zeros((BINS, len(pole)), complex)
    for t in range(1, BINS):
        shocks = rng.normal(size=(2, len(pole)))
        z[t] = pole * z[t - 1] + np.sqrt(1 - abs(pole) ** 2) * (shocks[0] + 1j * shocks[1])
    return z.view(float)


def simulated(folder, hertz=0.0, taus=TAU, width=1):
    """(tensor, truth file, rates (bins, neurons)) of two pairs of latents."""
    rng = np.random.default_rng(0)
    taus, hertz = np.full(4, taus), np.full(2, hertz)
    latents = courses(np.nan_to_num(taus, nan=TAU), hertz, rng) / 2
    loadings = rng.normal(size=(NEURONS, 4))
    loadings /= np.sqrt(np.square(loadings).sum(axis=1, keepdims=True) / 4)
    gain = rng.uniform(0.5, 2, NEURONS)
    rates = gain * np.exp(AMPLITUDE * latents @ loadings.T - AMPLITUDE**2 / 2)
    activity = (rates * rng.gamma(SHAPE, 1 / SHAPE, rates.shape)).astype("f4")
    truth = folder / "truth.h5"
    with new_h5(truth, amplitude=AMPLITUDE, bin_seconds=SECONDS, noise_shape=SHAPE) as file:
        axes = {"units": "", "axes": ()}
        put(file, "latents", latents.astype("f4"), **axes)
        put(file, "latent_variances", np.full(4, 0.25), **axes)
        put(file, "time_constants", taus, **axes)
        if hertz.any():
            put(file, "frequencies", np.repeat(hertz, 2), **axes)
        put(file, "loadings", loadings, **axes)
        put(file, "gain", gain, **axes)
    binned = activity.reshape(-1, width, NEURONS).mean(axis=1)
    scale = binned.std(axis=0)
    found = tensor((binned / scale).astype("f4"), SPLIT[::width])
    return replace(found, scale=scale, bin_width=width), truth, rates


def expected_r2(correlation):
    """r2 of expected rates, which know a share correlation**2 of the variance of the log rate."""
    power = AMPLITUDE**2
    return np.expm1(power * correlation**2) / (np.exp(power) * (1 + 1 / SHAPE) - 1)


@pytest.mark.parametrize("hertz", [0.0, 0.2])
def test_it_falls_as_the_latents_decay(tmp_path, hertz):
    """However they turn."""
    layer, truth, _ = simulated(tmp_path, hertz)
    activity, found = activity_of(layer), origins_of(SPLIT, "test")
    estimates = read_ceiling(layer, truth).forecast(activity, found)
    for h in HORIZONS:
        r2 = pooled_r2(*squared_sums(activity, found[h] + h, estimates[h]))
        expected = expected_r2(np.exp(-h * SECONDS / TAU))
        assert r2.value == pytest.approx(expected, abs=0.02)


def test_a_turning_pair_is_expected_where_it_turns_to(tmp_path):
    """A quarter of a turn a bin, and hardly any decay: the next rates themselves."""
    layer, truth, rates = simulated(tmp_path, 0.25 / SECONDS, taus=1e6)
    ceiling = read_ceiling(layer, truth)
    starts = np.array([100, 2000])
    for steps in (1, 2, 5):
        np.testing.assert_allclose(ceiling.rates(starts, steps), rates[starts + steps], rtol=0.05)


def test_of_chaos_the_future_is_known(tmp_path):
    layer, truth, rates = simulated(tmp_path, taus=np.nan)
    starts = np.array([10, 500])
    found = read_ceiling(layer, truth).rates(starts, 7)
    np.testing.assert_allclose(found, rates[starts + 7], rtol=1e-4)


def test_rates_of_a_bin_are_those_of_its_bins_in_the_recording(tmp_path):
    """Averaged and normalised as activity is; known up to the last of the bins of the origin."""
    layer, truth, _ = simulated(tmp_path, width=2)
    ceiling, starts = read_ceiling(layer, truth), np.array([50, 60])
    found = ceiling.forecast(activity_of(layer), {4: starts})[4]
    last = 2 * starts + 1
    rates = [ceiling.rates(last, steps) for steps in (7, 8)]
    expected = np.mean(rates, axis=0) / layer.scale - layer.train_mean
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_the_future_of_latents_that_are_drawn_is_not_used(tmp_path):
    layer, truth, _ = simulated(tmp_path, 0.2)
    ceiling, starts = read_ceiling(layer, truth), {h: np.array([3000]) for h in HORIZONS}
    later = ceiling.latents.copy()
    later[3001:] = 7
    activity = activity_of(layer)
    one, other = (c.forecast(activity, starts) for c in (ceiling, replace(ceiling, latents=later)))
    for h in HORIZONS:
        np.testing.assert_array_equal(one[h], other[h])
