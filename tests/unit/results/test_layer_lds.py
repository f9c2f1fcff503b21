"""Forecasts of the LDS are those of the system that it was fitted to."""

import numpy as np
import pytest
from lds_starts import tensor_of

from nma.preprocessing.masks import neuron_folds
from nma.results.dynamics import LayerLDS
from nma.state_space.at_dims import fit_lds
from nma.state_space.em import LinearDynamics
from nma.state_space.lds import LDS
from nma.state_space.transform import Transform, fit_transform

DIMS, NEURONS = 2, 12
DECAY, TURN = 0.9, 0.4  # of the state in a bin: it turns by so many radians


def system():
    """A turning, decaying state of variance 1, that neurons see with noise of variance 0.5."""
    turn = np.array([[np.cos(TURN), -np.sin(TURN)], [np.sin(TURN), np.cos(TURN)]])
    loadings = np.random.default_rng(1).normal(size=(NEURONS, DIMS))
    noise = (1 - DECAY**2) * np.eye(DIMS)
    return LinearDynamics(DECAY * turn, noise, loadings, np.full(NEURONS, 0.5))


def simulated(bins, seed=0):
    """States and activity of the system."""
    generator, of = np.random.default_rng(seed), system()
    states = np.zeros((bins, DIMS))
    for t in range(bins):
        states[t] = of.transition @ states[t - 1] if t else 0
        states[t] += generator.normal(size=DIMS) * np.sqrt(1 - DECAY**2 if t else 1)
    spread = np.sqrt(of.variances)
    return states, states @ of.loadings.T + spread * generator.normal(size=(bins, NEURONS))


def layer_lds(activity, readout, mean=0.0):
    """The true system as that of a layer, with this readout (3,) of every neuron."""
    ones = np.ones(NEURONS)
    transform = Transform("identity", 1.0, -9 * ones, ones, 0 * ones, ones)
    lines = np.tile(np.array(readout, float)[:, None], NEURONS)
    split = np.zeros(len(activity), np.int8)
    tensor = tensor_of((activity + mean).astype("f4"), split)
    fit = LDS(transform, system(), lines, lines)
    return LayerLDS(None, None, None, None, fit, tensor, {})


def filtered(activity):
    """Mean and covariance of the last state by the textbook's Kalman filter, bin by bin; NaN where
    activity is missing."""
    of = system()
    mean, covariance = np.zeros(DIMS), np.eye(DIMS)
    for t, y in enumerate(activity):
        if t:
            mean = of.transition @ mean
            covariance = of.transition @ covariance @ of.transition.T + of.noise
        there = np.isfinite(y)
        loadings = of.loadings[there]
        inner = loadings @ covariance @ loadings.T + np.diag(of.variances[there])
        gain = covariance @ loadings.T @ np.linalg.inv(inner)
        mean = mean + gain @ (y[there] - loadings @ mean)
        covariance = covariance - gain @ loadings @ covariance
    return mean, covariance


def test_a_forecast_is_the_filtered_state_carried_on():
    _, activity = simulated(80)
    lds = layer_lds(activity, (0, 1, 0), mean=3.0)
    mean = lds.tensor.train_mean
    state, _ = filtered(activity + 3 - mean)
    found = lds.forecast(activity + 3, 5)
    assert found.dims == ("bin", "neuron") and found.units == "normalised activity"
    for ahead, values in enumerate(found.values, start=1):
        expected = np.linalg.matrix_power(system().transition, ahead) @ state
        np.testing.assert_allclose(values, mean + system().loadings @ expected, atol=1e-4)
    np.testing.assert_array_equal(found.bin, np.arange(80, 85))
    np.testing.assert_array_equal(found.time, np.arange(80.0, 85.0))


def test_missing_entries_do_not_count():
    _, activity = simulated(60)
    lds = layer_lds(activity, (0, 1, 0))
    hidden = activity.copy()
    hidden[50:, 3:] = np.nan
    found = lds.forecast(hidden, 1)
    state, _ = filtered(hidden - lds.tensor.train_mean)
    np.testing.assert_allclose(lds.smooth(hidden)[-1], state, atol=1e-4)
    expected = lds.tensor.train_mean + system().loadings @ (system().transition @ state)
    np.testing.assert_allclose(found[0], expected, atol=1e-4)
    assert np.abs(found - lds.forecast(activity, 1)).max() > 0.01


def test_the_square_of_an_unsure_forecast_is_larger():
    """E[m^2] of what is known of m: of the readout m^2 alone, far ahead that of all states less
    what smoothing does not know."""
    _, activity = simulated(300)
    lds = layer_lds(activity, (0, 0, 1))
    centred = activity - lds.tensor.train_mean
    state, covariance = filtered(centred)
    of = system()
    # Of a state amid a long run, what is known is the precision of all states together, inverted.
    step = np.linalg.inv(of.noise)
    inside = of.loadings.T @ of.weighted() + step + of.transition.T @ step @ of.transition
    whole = np.kron(np.eye(99), inside) - np.kron(np.eye(99, k=1), of.transition.T @ step)
    whole -= np.kron(np.eye(99, k=-1), step @ of.transition)
    smoothed = np.linalg.inv(whole)[49 * DIMS : 50 * DIMS, 49 * DIMS : 50 * DIMS]
    ahead = of.transition @ covariance @ of.transition.T + of.noise
    found = lds.forecast(activity, 60) - lds.tensor.train_mean
    more = np.einsum("nd,de,ne->n", of.loadings, ahead - smoothed, of.loadings)
    expected = (of.loadings @ of.transition @ state) ** 2 + more
    np.testing.assert_allclose(found[0], expected, atol=1e-3)
    far = np.einsum("nd,de,ne->n", of.loadings, np.eye(DIMS) - smoothed, of.loadings)
    np.testing.assert_allclose(found[-1], far, atol=1e-3)


def test_a_fitted_system_forecasts_as_well_as_the_true_one():
    """Activity of the same system later: r2 of each bin ahead near that of the true system, whose
    states lose DECAY in a bin, and the squared errors of no forecast above those of the mean."""
    _, train = simulated(2000)
    split = np.zeros(len(train), np.int8)
    tensor = tensor_of(train.astype("f4"), split)
    transform = fit_transform(tensor.centred, "log", 0.3)
    fit = fit_lds(tensor.centred, neuron_folds(NEURONS, 0), transform, DIMS)
    fitted = LayerLDS(None, None, None, None, fit, tensor, {})
    true = layer_lds(train, (0, 1, 0))
    _, test = simulated(700, seed=1)
    ends = range(40, 690, 10)
    errors = {name: np.zeros(8) for name in ("fitted", "true", "mean")}
    for end in ends:
        after = test[end : end + 8]
        for name, lds in (("fitted", fitted), ("true", true)):
            found = lds.forecast(test[end - 40 : end], 8).values
            errors[name] += np.square(found - after).sum(axis=1)
        errors["mean"] += np.square(after - tensor.train_mean).sum(axis=1)
    r2 = {name: 1 - errors[name] / errors["mean"] for name in ("fitted", "true")}
    assert r2["true"][0] > 0.4
    np.testing.assert_allclose(r2["fitted"], r2["true"], atol=0.06)


@pytest.mark.parametrize("bins", [0, -1])
def test_bins_ahead_are_at_least_one(bins):
    _, activity = simulated(30)
    with pytest.raises(Exception, match=f"bins: found {bins}, expected 1 or more"):
        layer_lds(activity, (0, 1, 0)).forecast(activity, bins)
