"""Forecasts of networks, and files of forecasts: which bins and entries count."""

from dataclasses import replace

import h5py
import numpy as np
import pytest
import torch
from tensor_files import tensor

from nma.blocks.autoencoder import Autoencoder
from nma.forecasts.files import write_forecasts
from nma.forecasts.filters import autoregression, last_bin
from nma.forecasts.networks import NetworkForecaster
from nma.forecasts.origins import HORIZONS, activity_of, scored_origins

SPLIT = np.repeat([0, -1, 1, -1, 2], [300, 3, 97, 3, 197]).astype("i1")
BINS, NEURONS = len(SPLIT), 6


class Decaying(Autoencoder):
    """Halves its last visible bin from bin to bin, and takes note of what it was given."""

    forecasts, context = True, 10

    def __init__(self, neurons, dims=1):
        super().__init__(neurons, dims)
        self.shapes = set()

    def forecast(self, activity, visible, bins):
        self.shapes.add(activity.shape[1:])
        last = activity[:, -1:] * visible[:, -1:]
        return last * 0.5 ** torch.arange(1, bins + 1)[:, None]


@pytest.fixture
def layer():
    """AR(1) activity whose coefficient is a half."""
    rng, x = np.random.default_rng(0), np.zeros((BINS, NEURONS))
    for t in range(1, BINS):
        x[t] = 0.5 * x[t - 1] + rng.normal(size=NEURONS)
    x = x.astype("f4")
    found = tensor(x, SPLIT)
    return replace(found, train_mean=np.zeros(NEURONS, "f4"))


def read(path):
    with h5py.File(path) as file:
        return {name: file[name][:] for name in file}, dict(file.attrs)


def with_missing(layer, seed=1):
    missing = np.random.default_rng(seed).random(layer.activity.shape) < 0.2
    return replace(layer, missing=missing)


def test_a_network_runs_on_from_every_origin(layer):
    model = Decaying(NEURONS)
    activity, origins = activity_of(layer), scored_origins(SPLIT)
    found = NetworkForecaster(model, layer.train_mean).forecast(activity, origins)
    for h, starts in origins.items():
        np.testing.assert_allclose(found[h], 0.5**h * layer.activity[starts], rtol=1e-5)
    assert model.shapes == {(10, NEURONS)}


def test_a_network_is_given_as_many_bins_as_there_are(layer):
    model = Decaying(NEURONS)
    NetworkForecaster(model, layer.train_mean).forecast(
        activity_of(layer), {1: np.array([3, 30]), 2: np.array([30])}
    )
    assert model.shapes == {(4, NEURONS)}


def test_a_network_sees_neither_the_future_nor_what_is_missing(layer):
    layer = replace(with_missing(layer), train_mean=np.ones(NEURONS, "f4"))
    origins = {h: np.array([350, 360]) for h in HORIZONS}

    def forecast(of):
        return NetworkForecaster(Decaying(NEURONS), of.train_mean).forecast(
            activity_of(of), origins
        )

    changed = layer.activity.copy()
    changed[361:] = 9
    changed[layer.missing] = -9
    one, other = forecast(layer), forecast(replace(layer, activity=changed))
    for h in HORIZONS:
        np.testing.assert_array_equal(one[h], other[h])


def test_a_file_has_the_errors_of_held_out_bins(layer, tmp_path):
    activity, network = activity_of(layer), NetworkForecaster(Decaying(NEURONS), layer.train_mean)
    out = tmp_path / "f.h5"
    write_forecasts(out, layer, activity, network, source="decaying", seed=3)
    found, attributes = read(out)
    assert (attributes["source"], attributes["layer"], attributes["seed"]) == ("decaying", "L1", 3)
    assert list(found["horizons"]) == list(HORIZONS) and "entries" not in found
    held_out = SPLIT > 0
    assert np.isnan(found["error"][~held_out]).all()
    assert np.isfinite(found["error"][held_out]).all()
    x = layer.activity
    for column, h in enumerate(HORIZONS):
        bin_ = 420
        expected = np.square(x[bin_] - 0.5**h * x[bin_ - h]).sum()
        assert found["error"][bin_, column] == pytest.approx(expected, rel=1e-5)
        assert found["deviation"][bin_, column] == pytest.approx(np.square(x[bin_]).sum(), rel=1e-5)


def test_bins_that_are_forecast_are_the_same_for_every_source(layer, tmp_path):
    activity, network = activity_of(layer), NetworkForecaster(Decaying(NEURONS), layer.train_mean)
    deviations = []
    for name, forecaster in {"a": network, "b": last_bin(activity)}.items():
        write_forecasts(tmp_path / name, layer, activity, forecaster, source=name)
        deviations.append(read(tmp_path / name)[0]["deviation"])
    np.testing.assert_array_equal(*deviations)


def test_a_network_is_scaled_by_what_is_best_on_validation(layer, tmp_path):
    """One that is right up to a factor is right, and one that tells nothing says nothing."""
    activity = activity_of(layer)

    class Loud(Decaying):
        def forecast(self, activity, visible, bins):
            return 3 * super().forecast(activity, visible, bins)

    class Noise(Decaying):
        def forecast(self, activity, visible, bins):
            return -super().forecast(activity, visible, bins)

    errors = {}
    for kind in (Decaying, Loud, Noise):
        forecaster, out = NetworkForecaster(kind(NEURONS), layer.train_mean), tmp_path / "f.h5"
        write_forecasts(out, layer, activity, forecaster, source="a", calibrate=True)
        found = read(out)[0]
        errors[kind] = found["error"][SPLIT == 2].sum(0), found["deviation"][SPLIT == 2].sum(0)
    np.testing.assert_allclose(errors[Loud][0][:2], errors[Decaying][0][:2], rtol=0.02)
    np.testing.assert_allclose(errors[Noise][0][:2], errors[Noise][1][:2])


@pytest.mark.parametrize("fit", [last_bin, autoregression])
def test_missing_entries_neither_count_nor_tell(layer, tmp_path, fit):
    """Whatever was filled in there, as it may come of later bins."""
    layer, files = with_missing(layer), []
    changed = np.where(layer.missing, 5, layer.activity).astype("f4")
    for of in (layer, replace(layer, activity=changed)):
        activity = activity_of(of)
        write_forecasts(tmp_path / "f.h5", of, activity, fit(activity), source="a")
        files.append(read(tmp_path / "f.h5")[0])
    for name in files[0]:
        np.testing.assert_array_equal(files[0][name], files[1][name])
    np.testing.assert_array_equal(files[0]["entries"], (~layer.missing).sum(axis=1))
    squares = np.where(layer.missing, 0, np.square(layer.activity, dtype=float)).sum(axis=1)
    np.testing.assert_allclose(files[0]["deviation"][SPLIT > 0, 0], squares[SPLIT > 0], rtol=1e-5)
