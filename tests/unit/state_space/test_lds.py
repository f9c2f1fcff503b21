"""Transforms, readouts and predictions of a layer's linear dynamical system."""

import numpy as np
import pytest

from nma.state_space.em import fit, principal_start, start
from nma.state_space.files import read_fit, write_fits
from nma.state_space.lds import calibrate
from nma.state_space.readout import (
    EXPONENTIAL,
    QUADRATIC,
    expected_readout,
    fit_readout,
    near_zero,
    read_out,
)
from nma.state_space.transform import CANDIDATES, fit_transform

FOLDS = np.arange(24) % 4


def activity(bins=1500, seed=0):
    """Gamma noise around the exponential of slow latents, less its mean: never negative before."""
    rng = np.random.default_rng(seed)
    z = np.zeros((bins, 3))
    for t in range(1, bins):
        z[t] = 0.9 * z[t - 1] + np.sqrt(1 - 0.81) * rng.normal(size=3)
    rates = np.exp(z @ rng.normal(0, 0.4, (3, 24)))
    x = rates * rng.gamma(5, 0.2, rates.shape)
    return x - x[:1000].mean(axis=0)


@pytest.mark.parametrize(("kind", "constant"), CANDIDATES)
def test_a_transform_is_standardised_on_train_and_rises(kind, constant):
    x = activity()
    g = fit_transform(x[:1000], kind, constant)
    np.testing.assert_allclose(g(x[:1000]).mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(g(x[:1000]).std(axis=0), 1, atol=1e-9)
    order = np.argsort(x[:, 0])
    assert (np.diff(g(x)[order, 0]) >= 0).all()
    # It knows no unit.
    np.testing.assert_allclose(fit_transform(7 * x[:1000], kind, constant)(7 * x), g(x), atol=1e-8)


@pytest.mark.parametrize(("kind", "constant"), CANDIDATES)
def test_constant_neurons_and_wild_values_stay_finite(kind, constant):
    x = activity()
    x[:1000, 0] = 0
    g = fit_transform(x[:1000], kind, constant)
    x[1200] = 1e6
    x[1201] = -1e6
    assert np.isfinite(g(x)).all()
    np.testing.assert_allclose(g(x[:1000])[:, 0], 0, atol=1e-9)


def test_a_readout_finds_a_quadratic():
    m = np.random.default_rng(0).normal(size=(400, 3))
    coefficients = np.array([[1.0, 0.0, -2.0], [0.5, 1.0, 3.0], [0.2, 0.0, -1.0]])
    found = fit_readout(QUADRATIC, m, read_out(QUADRATIC, coefficients, m), np.ones(3))
    np.testing.assert_allclose(found, coefficients, atol=1e-3)


@pytest.mark.parametrize("missing", [0, 0.3])
def test_a_readout_finds_an_exponential(missing):
    rng = np.random.default_rng(0)
    m, spread = rng.standard_normal((2000, 3)), np.array([0.5, 1, 0.8])
    coefficients = np.stack([[1.0, 2, 3], [0.5, 1, 2], 0.75 * spread])
    activity, present = read_out(EXPONENTIAL, coefficients, m), rng.random(m.shape) >= missing
    activity = np.where(present, activity, 100)
    found = fit_readout(EXPONENTIAL, m, activity, spread, present)
    np.testing.assert_allclose(found, coefficients, rtol=1e-6)


@pytest.mark.parametrize("link", [QUADRATIC, EXPONENTIAL])
def test_readouts_near_zero_and_their_expectation(link):
    coefficients = np.array([[1.0], [0.5], [0.7]])
    step = 1e-6
    low, high = read_out(link, coefficients, np.array([[-step], [step]]))
    value, slope = near_zero(link, coefficients)
    assert value == pytest.approx((low + high) / 2)
    assert slope == pytest.approx((high - low) / (2 * step))
    drawn = 0.3 + np.sqrt(0.5) * np.random.default_rng(0).standard_normal((400_000, 1))
    expected = expected_readout(link, coefficients, np.array([[0.3]]), np.array([[0.5]]))
    assert expected == pytest.approx(read_out(link, coefficients, drawn).mean(), rel=0.005)


@pytest.fixture(scope="module")
def lds():
    x = activity()
    transform = fit_transform(x[:1000], "log", 0.1)
    y = transform(x[:1000])
    dynamics, _ = fit(y, start(y, *principal_start(y, 3)), 15)
    return calibrate(transform, dynamics, x[:1000], FOLDS)


def r2(estimate, x, counted):
    return 1 - np.square(estimate - x)[counted].sum() / np.square(x)[counted].sum()


def test_hidden_neurons_and_entries_are_predicted_and_never_seen(lds):
    x = activity()[1000:]
    hidden = np.broadcast_to(FOLDS == 0, x.shape)
    entries = np.random.default_rng(1).random(x.shape) < 0.25
    for counted in (hidden, entries):
        estimate = lds.predict(x * ~counted, ~counted)
        assert r2(estimate, x, counted) > 0.25
        wild = np.where(counted, 1e3, x)
        np.testing.assert_allclose(lds.predict(wild, ~counted), estimate, atol=1e-9)


def test_the_file_gives_the_same_predictions(lds, tmp_path):
    write_fits(tmp_path / "L1.h5", {3: lds}, 3, bin_seconds=0.5, validation={"x": np.zeros(1)})
    again, x = read_fit(tmp_path / "L1.h5"), activity()[1000:]
    visible = np.broadcast_to(FOLDS > 0, x.shape)
    estimates = [fit.predict(x * visible, visible) for fit in (again, lds)]
    np.testing.assert_allclose(*estimates, atol=1e-9)
    assert np.array_equal(read_fit(tmp_path / "L1.h5", 3).hidden, lds.hidden)
